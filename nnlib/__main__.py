"""``python -m nnlib``: the command line."""

import os
import sys

from nnlib.cli import main

status = main()
if "RANK" in os.environ:
    # Under torchrun: threads of PyTorch's process group may still hold Python objects, and now and
    # then block an interpreter that tidies up (pytorch/pytorch#190489). All is written: leave.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
sys.exit(status)
