"""Plots that several chapters share: points, decision regions, training curves, images.

Most functions draw on the given axes, or on the current ones, and return them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure

from nnlib.plot.style import CLASS_COLORS, INK, MARKERS, PAPER, SIGNED, tint


def points(
    x: np.ndarray,
    y: np.ndarray,
    *,
    labels: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Scatter plot of points in the plane, with one color and one marker per class.

    Args:
        x: points (n, 2).
        y: their classes (n,), any integers.
        labels: names of the classes in increasing order, for the legend; None for no names.
        ax: axes to draw on; None for the current ones.

    Returns:
        The axes.
    """
    ax = ax or plt.gca()
    for i, value in enumerate(np.unique(y)):
        ax.scatter(
            x[y == value, 0],
            x[y == value, 1],
            color=CLASS_COLORS[i % len(CLASS_COLORS)],
            marker=MARKERS[i % len(MARKERS)],
            edgecolor=PAPER,
            linewidth=0.7,
            s=34,
            zorder=3,
            label=labels[i] if labels else None,
        )
    return ax


def decision_regions(
    predict: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    *,
    labels: Sequence[str] | None = None,
    margin: float = 0.4,
    resolution: int = 300,
    ax: Axes | None = None,
) -> Axes:
    """Points in the plane over the decision regions of a classifier.

    Args:
        predict: function from points (m, 2) to classes (m,).
        x: points (n, 2).
        y: their classes (n,).
        labels: names of the classes in increasing order, for the legend; None for no names.
        margin: distance from the outermost points to the edge of the plot, in units of x.
        resolution: grid points along each axis.
        ax: axes to draw on; None for the current ones.

    Returns:
        The axes.

    Raises:
        ValueError: if x is not (n, 2).
    """
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"decision_regions draws points (n, 2), got {x.shape}")
    ax = ax or plt.gca()
    (left, bottom), (right, top) = x.min(axis=0) - margin, x.max(axis=0) + margin
    across, up = np.meshgrid(
        np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    )
    grid = np.stack([across.ravel(), up.ravel()], axis=1).astype(x.dtype)
    classes = np.unique(y)
    regions = np.searchsorted(classes, np.asarray(predict(grid))).reshape(across.shape)
    ax.imshow(
        regions,
        extent=(left, right, bottom, top),
        origin="lower",
        aspect="auto",
        cmap=ListedColormap([tint(color, 0.18) for color in CLASS_COLORS[: len(classes)]]),
        vmin=0,
        vmax=len(classes) - 1,
    )
    ax.grid(visible=False)
    return points(x, y, labels=labels, ax=ax)


def boundary(
    weight: np.ndarray,
    bias: float,
    *,
    arrow: bool = True,
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    """The decision boundary weight · x + bias = 0 in the plane; nothing if the weights are zero.

    Args:
        weight: array (2,).
        bias: number.
        arrow: also draw an arrow of length 1 in the direction of the weights, toward class +1.
        ax: axes to draw on; None for the current ones.
        style: line properties, as ``Axes.plot`` takes them.

    Returns:
        The axes.
    """
    ax = ax or plt.gca()
    length = np.hypot(*weight)
    if length == 0:
        return ax
    foot = -bias * weight / length**2  # the point of the line closest to the origin
    ax.axline(foot, foot + np.array([-weight[1], weight[0]]), **{"color": INK, "lw": 1.8, **style})
    if arrow:
        arrow_style = {"arrowstyle": "-|>", "color": INK, "lw": 1.8}
        ax.annotate("", foot + weight / length, foot, arrowprops=arrow_style, zorder=4)
    return ax


def curves(
    values: Sequence[np.ndarray],
    *,
    labels: Sequence[str] | None = None,
    xlabel: str = "epoch",
    ylabel: str = "loss",
    ax: Axes | None = None,
) -> Axes:
    """Training curves, with a band over the seeds if there are several.

    Args:
        values: list of curves: arrays (steps,), or (seeds, steps), drawn as the mean and a band
            from the lowest to the highest seed.
        labels: names for the legend; None for no names.
        xlabel: label of the x-axis.
        ylabel: label of the y-axis.
        ax: axes to draw on; None for the current ones.

    Returns:
        The axes.
    """
    ax = ax or plt.gca()
    for i, curve in enumerate(values):
        runs = np.atleast_2d(curve)
        steps = np.arange(1, runs.shape[1] + 1)
        (line,) = ax.plot(steps, runs.mean(axis=0), label=labels[i] if labels else None)
        if len(runs) > 1:
            ax.fill_between(
                steps, runs.min(axis=0), runs.max(axis=0), color=line.get_color(), alpha=0.2, lw=0
            )
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if labels:
        ax.legend()
    return ax


def images(
    arrays: np.ndarray | Sequence[np.ndarray],
    *,
    titles: Sequence[str] | None = None,
    columns: int = 5,
    cmap: Colormap | None = None,
    limit: float | None = None,
    size: float = 1.2,
) -> Figure:
    """A grid of small images in a new figure, all on the same color scale.

    Args:
        arrays: images (n, height, width).
        titles: one per image, or None.
        columns: images per row.
        cmap: color map; None for the style's, `SIGNED` for values around zero.
        limit: with `SIGNED`, the scale runs from -limit to limit; None for the largest magnitude.
        size: edge of an image in inches.

    Returns:
        The figure.
    """
    arrays = np.asarray(arrays)
    rows = -(-len(arrays) // columns)
    height = size * (1.25 if titles is not None else 1.0)
    figure, axes = plt.subplots(
        rows, columns, figsize=(size * columns, height * rows), squeeze=False
    )
    low, high = (arrays.min(), arrays.max())
    if cmap is SIGNED:
        high = limit or np.abs(arrays).max()
        low = -high
    for i, ax in enumerate(axes.flat):
        ax.axis("off")
        if i < len(arrays):
            ax.imshow(arrays[i], cmap=cmap, vmin=low, vmax=high)
            if titles is not None:
                ax.set_title(titles[i], fontsize=9, loc="center")
    return figure
