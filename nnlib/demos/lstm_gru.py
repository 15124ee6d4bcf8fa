"""Interactive figures of the chapter on LSTM and GRU."""

from collections.abc import Iterable

import ipywidgets as widgets
import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery

WRITING = ("at every step", "half at every step", "at marks only")
KEEPING = ("0", "0.5", "0.73", "0.9", "0.95", "1", "1, but 0 at resets")


def memory(values: Iterable[float], write: Iterable[float], keep: Iterable[float]) -> np.ndarray:
    """The cell state c_t = keep_t c_(t-1) + write_t values_t, starting from c = 0.

    Args:
        values: inputs (time,).
        write: input gate at each step (time,), from 0 to 1.
        keep: forget gate at each step (time,), from 0 to 1.

    Returns:
        The cell state after each step (time,).
    """
    cell, held = 0.0, []
    for value, i, f in zip(values, write, keep, strict=True):
        cell = f * cell + i * value
        held.append(cell)
    return np.array(held)


def gates_by_hand(values: np.ndarray, marks: np.ndarray, resets: np.ndarray) -> widgets.VBox:
    """Set the forget gate and the input gate of one LSTM cell, and see its cell state.

    The target is the sum of the marked values since the last reset.

    Args:
        values: inputs (time,).
        marks: 1 where a value belongs to the sum, else 0 (time,).
        resets: 1 where the sum starts again from 0 before the step's own value, else 0 (time,).

    Returns:
        The widget.
    """
    values, marks, resets = (np.asarray(series, dtype=float) for series in (values, marks, resets))
    steps = np.arange(1, len(values) + 1)
    wanted = memory(values, marks, 1 - resets)

    def draw(ax, forget_gate, input_gate):
        keep = 1 - resets if "but" in forget_gate else np.full(len(values), float(forget_gate))
        write = {WRITING[0]: np.ones_like(marks), WRITING[1]: 0.5 + 0 * marks}.get(
            input_gate, marks
        )
        held = memory(values, write, keep)
        error = np.sqrt(np.mean((held - wanted) ** 2))
        ax.bar(steps[marks == 1], values[marks == 1], 0.5, color=plot.PALETTE["sky"])
        ax.bar(steps[marks == 0], values[marks == 0], 0.5, color="#D1D5DB")
        for step in steps[resets == 1]:
            ax.axvline(step - 0.5, color=plot.PALETTE["gray"], ls=":", lw=1.2)
            ax.text(step - 0.4, 3.15, "reset", fontsize=9, va="top")
        ax.plot(steps, wanted, "--", color=plot.PALETTE["ink"], lw=1.4)
        ax.plot(steps, held, "o-", color=plot.PALETTE["orange"], ms=4)
        ax.set(xlim=(0.3, len(values) + 0.7), ylim=(-3.2, 3.2), xlabel="step")
        ax.set_title(f"f = {forget_gate}; writes {input_gate}\noff by {error:.2f} on average")

    return gallery(
        draw,
        size=(4.6, 3.5),
        forget_gate={name: name for name in KEEPING},
        input_gate={name: name for name in WRITING},
    )
