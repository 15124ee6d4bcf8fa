"""Interactive figures of the chapter on what networks can represent."""

from collections.abc import Callable, Mapping, Sequence

import ipywidgets as widgets
import numpy as np
from matplotlib.colors import ListedColormap

from nnlib import plot
from nnlib.demos.gallery import gallery


def _folded(points: np.ndarray, folds: int) -> np.ndarray:
    """Positions of points (..., 2) after folding the paper through its center several times.

    Each fold halves the wedge, and its crease becomes the first axis: after k folds the paper
    covers the angles from 0 to π / 2 ** (k - 1).
    """
    for fold in range(folds):
        angle = np.pi / 2**fold
        along = points @ [np.cos(angle), np.sin(angle)]
        away = np.abs(points @ [-np.sin(angle), np.cos(angle)])
        points = np.stack([along, away], axis=-1)
    return points


def fold_and_cut(
    *,
    folds: int = 6,
    distances: Sequence[float] = (0.4, 0.7),
    turns: Sequence[float] = (0, 60),
    resolution: int = 240,
) -> widgets.VBox:
    """Fold a round sheet of paper, cut it once and unfold it: a deep ReLU network by hand.

    Args:
        folds: the slider goes from 0 folds to folds - 1.
        distances: of the cut from the center, measured along the middle of the folded wedge.
        turns: angles of the cut in degrees; 0 is perpendicular to that middle.
        resolution: grid points along each axis of the sheet.

    Returns:
        The widget.
    """
    axis = np.linspace(-1, 1, resolution)
    sheet = np.stack(np.meshgrid(axis, axis), axis=-1)  # (rows, columns, 2)
    angle = np.arctan2(sheet[..., 1], sheet[..., 0])
    disk = np.hypot(sheet[..., 0], sheet[..., 1]) <= 1
    colors = ListedColormap([plot.PALETTE["orange"], plot.PALETTE["sky"]])

    def draw(ax, folds, cut_at, turned):
        middle = np.pi / 2**folds if folds else 0.0
        foot = cut_at * np.array([np.cos(middle), np.sin(middle)])
        normal = np.array([np.cos(middle + turned), np.sin(middle + turned)])
        wedge = disk & (angle >= 0) & (angle <= 2 * middle) if folds else disk
        for x, paper, left in ((sheet, wedge, -1.0), (_folded(sheet, folds), disk, 1.3)):
            kept = np.where(paper, (foot - x) @ normal > 0, np.nan)
            extent = (left, left + 2, -1, 1)
            ax.imshow(kept, extent=extent, origin="lower", cmap=colors, vmin=0, vmax=1)
        ax.text(0, -1.28, "folded, one cut", ha="center")
        ax.text(2.3, -1.28, "unfolded", ha="center")
        ax.set(xlim=(-1.1, 3.4), ylim=(-1.4, 1.1))
        ax.axis("off")
        degrees = np.degrees(turned)
        ax.set_title(
            f"folds {folds}, units {4 * folds}; cut at {cut_at:g}, turned {degrees:.0f}°: "
            f"up to {2**folds} edge{'s' * (folds > 0)}",
            fontsize=10,
        )

    return gallery(
        draw,
        size=(5.4, 3.2),
        folds={str(count): count for count in range(folds)},
        cut_at={f"{distance:g}": distance for distance in distances},
        turned={f"{turn}°": np.radians(turn) for turn in turns},
    )


def relu_units(
    functions: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    *,
    units: Sequence[int] = (1, 2, 3, 4, 8, 16),
) -> widgets.VBox:
    """Approximate a function on [0, 1] by a growing number of ReLU units with weights set by hand.

    Args:
        functions: {name: function of an array}.
        units: numbers of hidden units, the positions of the slider.

    Returns:
        The widget.
    """
    x = np.linspace(0, 1, 961)

    def draw(ax, function, units):
        target = functions[function]
        knots = np.linspace(0, 1, units + 1)
        slopes = np.diff(target(knots)) * units
        output_weights = np.diff(slopes, prepend=0.0)
        network = target(knots[:1]) + np.maximum(x[:, None] - knots[:-1], 0) @ output_weights
        error = np.abs(network - target(x)).max()
        ax.plot(x, target(x), color=plot.PALETTE["gray"], lw=4, alpha=0.5, label="target")
        ax.plot(x, network, color=plot.PALETTE["blue"], label="network")
        ax.plot(knots, target(knots), "o", color=plot.PALETTE["blue"])
        ax.set(xlabel="x", xlim=(-0.02, 1.02), ylim=(-1.6, 1.6))
        ax.legend(loc="lower left", ncols=2)
        ax.set_title(f"{function}, hidden units: {units}, largest error {error:.3f}")

    return gallery(
        draw,
        size=(5.0, 3.2),
        function={name: name for name in functions},
        units={str(count): count for count in units},
    )
