"""The process of ``nnlib`` and ``python -m nnlib``: signals, output streams and the exit status.

It imports the command line last, so that Ctrl-C or a missing package says so in one line even while
the imports run.
"""

import os
import signal
import sys


def main() -> int:
    """Run the command line in this process; returns the exit status, see `nnlib.cli.main`."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a locale without ± or é must not stop a command
            stream.reconfigure(errors="backslashreplace")
    try:
        from nnlib.cli import main as run_command

        status = run_command()
    except KeyboardInterrupt:
        status = _fail("interrupted", 130)
    except ImportError as error:
        status = _fail(f"{error}; install the packages that nnlib requires", 1)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing is left to save
    status = _close_output(status)
    if "RANK" in os.environ:
        # Under torchrun, threads of PyTorch's process group may still hold Python objects and
        # sometimes block the interpreter's shutdown (pytorch/pytorch#190489).
        os._exit(status)
    return status


def _fail(message: str, status: int) -> int:
    if os.environ.get("RANK", "0") == "0":
        print(f"nnlib: {message}", file=sys.stderr)
    return status


def _close_output(status: int) -> int:
    """Flush both streams; Python would report one that is closed or full in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            status = status or 1
    return status


if __name__ == "__main__":
    sys.exit(main())
