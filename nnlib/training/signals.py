"""Ctrl-C and SIGTERM during training: the first lets the step finish, a second Ctrl-C does not."""

import os
import signal
import threading
from types import FrameType
from typing import Any


class InterruptHandler:
    """Context in which the first SIGINT or SIGTERM only sets a flag, so that a run can be saved.

    A second SIGINT raises KeyboardInterrupt. A second SIGTERM does not, because torchrun sends one
    to each process after the terminal has sent SIGINT.

    Attributes:
        requested: whether a signal has arrived.
    """

    def __init__(self) -> None:
        self.requested = False
        self._interrupted = False
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> "InterruptHandler":
        if threading.current_thread() is threading.main_thread():  # the only one that can set them
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and self._interrupted:
            raise KeyboardInterrupt
        if not self.requested and os.environ.get("RANK", "0") == "0":
            # Not print: the signal may have arrived in the middle of one.
            os.write(2, b"\nnnlib: saving a checkpoint; press Ctrl-C again to stop at once\n")
        self._interrupted |= number == signal.SIGINT
        self.requested = True
