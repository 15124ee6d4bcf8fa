"""IPython runs this at the start of each kernel of `tools/portable.py` (PYTHONSTARTUP)."""

import witness  # stands in this folder, which IPython puts on the path for the time of this file

witness.start(get_ipython())  # noqa: F821 -- IPython gives the function to the files it runs
