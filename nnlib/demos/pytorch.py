"""Interactive figures of the chapter on PyTorch."""

import string
from collections.abc import Mapping, Sequence

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery

# Views of twelve numbers in memory, 0 to 11, stored as x of shape (3, 4): shape, strides, and the
# address of the first entry.
_VIEWS = {
    "x": ((3, 4), (4, 1), 0),
    "x.T": ((4, 3), (1, 4), 0),
    "x[:, 1:]": ((3, 3), (4, 1), 1),
    "x.view(4, 3)": ((4, 3), (3, 1), 0),
    "x[0].expand(3, 4)": ((3, 4), (0, 1), 0),
}


def _square(x: float, y: float, face: str) -> plt.Rectangle:
    return plt.Rectangle((x, y), 1, 1, fc=face, ec=plot.PALETTE["gray"], lw=1)


def tensor_views() -> widgets.VBox:
    """Choose a view of a tensor and one of its entries, and see the entry's memory cell.

    For every view the address is offset + row * first stride + column * second stride.

    Returns:
        The widget.
    """

    def cell(ax, x, y, number, marked):
        face = plot.PALETTE["blue"] if marked else plot.PALETTE["paper"]
        ink = plot.PALETTE["paper"] if marked else plot.PALETTE["ink"]
        ax.add_patch(_square(x, y, face))
        ax.text(x + 0.5, y + 0.5, number, ha="center", va="center", color=ink, fontsize=11)

    def draw(ax, tensor, row, column):
        (rows, columns), strides, start = _VIEWS[tensor]
        address = start + row * strides[0] + column * strides[1]
        for i, j in np.ndindex(rows, columns):
            number = start + i * strides[0] + j * strides[1]
            cell(ax, 4 + j, 7.2 - i, number, (i, j) == (row, column))
        ax.text(3.6, 8.2 - rows / 2, tensor, ha="right", va="center", family="DejaVu Sans Mono")
        for number in range(12):
            cell(ax, number, 1.0, number, number == address)
        ax.text(0, 2.3, "memory")
        formula = f"{start} + {row} × {strides[0]} + {column} × {strides[1]} = {address}"
        ax.text(6, 0.2, formula, ha="center")
        ax.set(xlim=(-0.2, 12.2), ylim=(-0.2, 8.4), aspect="equal")
        ax.axis("off")
        ax.set_title(f"strides {strides}: entry [{row}, {column}] is memory cell {address}")

    return gallery(
        draw,
        size=(4.6, 3.6),
        tensor={name: name for name in _VIEWS},
        row={f"{i}": i for i in range(3)},
        column={f"{j}": j for j in range(3)},
    )


def diagnose(
    cases: Mapping[str, Sequence[np.ndarray]], fixed: Sequence[np.ndarray]
) -> widgets.VBox:
    """Identify a bug by its learning curves: one slider for the case, one for the answer.

    Args:
        cases: {name of the bug: (training losses, validation losses)}, one number per epoch, in
            the order to show them.
        fixed: the same two curves of the program without a bug.

    Returns:
        The widget.
    """
    letters = string.ascii_uppercase[: len(cases)]
    runs = dict(zip(letters, cases.items(), strict=True))

    def draw(ax, case, answer):
        name, (train, valid) = runs[case]
        epochs = np.arange(1, len(train) + 1)
        ax.grid(visible=True)
        ax.plot(epochs, train, color=plot.PALETTE["orange"], label="training")
        ax.plot(epochs, valid, "--", color=plot.PALETTE["orange"], label="validation")
        if answer:
            ink = plot.PALETTE["ink"]
            ax.plot(epochs, fixed[0], color=ink, lw=1.2, label="fixed")
            ax.plot(epochs, fixed[1], "--", color=ink, lw=1.2)
        ax.set(xlabel="epoch", ylabel="loss", yscale="log", xticks=epochs)
        huge = max(*train, *valid) > 10
        ticks = (1, 100, 10_000) if huge else (0.1, 0.2, 0.5, 1, 2)
        ax.set_ylim(0.1, 1e6 if huge else 5)  # with room for the legend
        ax.set_yticks(ticks, labels=[f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
        ax.legend(loc="upper right", ncols=3, fontsize=8.5)
        ends = f"training {train[-1]:.2g}, validation {valid[-1]:.2g}"
        ax.set_title(f"{case}: {name}" if answer else f"case {case}: {ends}")

    return gallery(
        draw,
        size=(4.6, 3.4),
        case={letter: letter for letter in letters},
        answer={"hidden": False, "shown": True},
    )
