"""Diagrams: a neuron, a fully connected network, and boxes joined by arrows.

On a phone a page is about 350 pixels wide. Text of 10 points stays legible there in a diagram of
at most 5 inches, so that is the greatest width of a `Diagram`.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from nnlib.plot.style import GRAY, INK, PALETTE, PAPER, tint

MOST_INCHES = 5.0


def neuron(
    inputs: Sequence[str], weights: Sequence[float], bias: float, *, ax: Axes | None = None
) -> Axes:
    """Diagram of one neuron: inputs, weights, weighted sum, step function.

    Args:
        inputs: names of the inputs.
        weights: one number per input; line width shows its magnitude, color its sign.
        bias: number.
        ax: axes to draw on; None for a new figure.

    Returns:
        The axes.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(6.5, 0.75 * len(inputs) + 0.9))
    heights = np.linspace(len(inputs) / 2, -len(inputs) / 2, len(inputs) + 1)
    for name, weight, y in zip([*inputs, "1"], [*weights, bias], heights, strict=True):
        color = PALETTE["blue" if weight >= 0 else "orange"]
        ax.plot([0, 2.2], [y, 0], color=color, lw=1 + 6 * abs(weight), solid_capstyle="round")
        ax.plot(0, y, "o", ms=14, color=PAPER, mec=INK, mew=1.4)
        ax.text(-0.18, y, name, ha="right", va="center")
        ax.text(0.85, y * (1 - 0.85 / 2.2) + 0.16, f"{weight:g}", ha="center", color=INK,
                bbox={"fc": PAPER, "ec": "none", "pad": 0.8}, zorder=3)  # fmt: skip
    for end, start in ((3.32, 2.45), (4.6, 3.9)):
        ax.annotate("", (end, 0), (start, 0), arrowprops={"arrowstyle": "-|>", "color": INK})
    ax.plot(2.2, 0, "o", ms=30, color=PAPER, mec=INK, mew=1.4, zorder=3)
    ax.text(2.2, 0, "Σ", ha="center", va="center", fontsize=15, zorder=4)
    ax.add_patch(plt.Rectangle((3.34, -0.36), 0.52, 0.72, fc=PAPER, ec=INK, lw=1.4))
    ax.plot([3.42, 3.6, 3.6, 3.78], [-0.2, -0.2, 0.2, 0.2], color=INK, lw=1.8)
    ax.text(2.2, -0.78, "score", ha="center", color=GRAY)
    ax.text(3.6, -0.78, "sign", ha="center", color=GRAY)
    ax.text(4.68, 0, "+1 or −1", va="center")
    ax.set(xlim=(-1.3, 5.6), ylim=(heights[-1] - 0.4, heights[0] + 0.4))
    ax.axis("off")
    return ax


def network(
    layers: Sequence[Sequence[str]],
    *,
    titles: Sequence[str] | None = None,
    weights: Sequence[np.ndarray] | None = None,
    marked: Mapping[tuple[int, int, int], str] | None = None,
    size: tuple[float, float] = (1.6, 0.8),
    ax: Axes | None = None,
) -> Axes:
    """Diagram of a fully connected network: a column of circles per layer, a line per weight.

    Args:
        layers: the text in each circle, layer by layer from the inputs on; a unit named "⋮" is
            drawn as dots and has no lines.
        titles: text above each layer, or None.
        weights: one array (out, in) for each pair of neighboring layers; the width of a line shows
            the magnitude of its weight, its color the sign. None draws thin gray lines.
        marked: {(layer, i, j): label} for lines to emphasize, from unit j of the previous layer
            to unit i of that layer; the layer after the inputs is 1, units count from 0.
        size: distance between layers and between units, in inches.
        ax: axes to draw on; None for a new figure.

    Returns:
        The axes. Unit i of layer l is at x = l * size[0], and layers are centered at y = 0.

    Raises:
        ValueError: if the shape of an array of weights does not match its layers.
    """
    across, up = size
    centers = [
        [(column * across, ((len(units) - 1) / 2 - row) * up) for row in range(len(units))]
        for column, units in enumerate(layers)
    ]
    if ax is None:
        tallest = max(len(units) for units in layers)
        width, height = across * (len(layers) - 1) + 1.0, up * (tallest - 1) + 1.2
        _, ax = plt.subplots(figsize=(width, height))
    marked = marked or {}
    for layer in range(1, len(layers)):
        shape = (len(layers[layer]), len(layers[layer - 1]))
        weight = None if weights is None else np.asarray(weights[layer - 1])
        if weight is not None and weight.shape != shape:
            raise ValueError(f"layer {layer} needs weights {shape}, got {weight.shape}")
        largest = 1.0 if weight is None else max(float(np.abs(weight).max()), 1e-12)
        for i, j in np.ndindex(*shape):
            if "⋮" in (layers[layer][i], layers[layer - 1][j]):
                continue
            color, thickness = GRAY, 0.7
            if weight is not None:
                color = PALETTE["blue" if weight[i, j] >= 0 else "orange"]
                thickness = 0.3 + 3 * float(abs(weight[i, j])) / largest
            label = marked.get((layer, i, j))
            if label is not None:
                color, thickness = PALETTE["orange"], 2.6
            start, end = np.array(centers[layer - 1][j]), np.array(centers[layer][i])
            ax.plot(*zip(start, end, strict=True), color=color, lw=thickness, zorder=1)
            if label:
                x, y = start + 0.42 * (end - start)
                ax.text(x, y, label, ha="center", va="center", zorder=3,
                        color=color, bbox={"fc": PAPER, "ec": "none", "pad": 1.0})  # fmt: skip
    reach = (max(len(units) for units in layers) - 1) / 2 * up + 0.4
    for column, units in enumerate(layers):
        for unit, center in zip(units, centers[column], strict=True):
            if unit != "⋮":
                ax.add_patch(plt.Circle(center, 0.27, fc=PAPER, ec=INK, lw=1.3, zorder=2))
            ax.text(*center, unit, ha="center", va="center", zorder=4)
        if titles is not None:
            ax.text(column * across, reach + 0.05, titles[column], ha="center", color=GRAY)
    ax.set(
        xlim=(-0.5, across * (len(layers) - 1) + 0.5),
        ylim=(-reach, reach + (0.4 if titles is not None else 0)),
        aspect="equal",
    )
    ax.axis("off")
    return ax


class Diagram:
    """Boxes joined by arrows. Coordinates are inches from the lower left corner.

    >>> diagram = Diagram(4, 2)
    >>> diagram.box("x", 0.6, 1, width=0.6)
    >>> diagram.box("block", 2, 1, text="attention", color="blue")
    >>> diagram.arrow("x", "block")
    >>> diagram.arrow("x", (0.6, 1.8), (3.4, 1.8), text="skip connection")

    Args:
        width: of the figure in inches, at most 5.
        height: of the figure in inches.
        ax: axes to draw on; None for a new figure.

    Raises:
        ValueError: if the diagram is too wide to be read on a phone.
    """

    def __init__(self, width: float, height: float, *, ax: Axes | None = None) -> None:
        if width > MOST_INCHES:
            raise ValueError(f"a diagram is at most {MOST_INCHES:g} inches wide, got {width:g}")
        if ax is None:
            _, ax = plt.subplots(figsize=(width, height))
        self.ax = ax
        self._boxes: dict[str, tuple[float, float, float, float]] = {}  # x, y, width, height
        ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
        ax.axis("off")

    def box(
        self,
        name: str,
        x: float,
        y: float,
        *,
        text: str | None = None,
        width: float = 1.3,
        height: float = 0.42,
        color: str = "gray",
        rounded: bool = True,
    ) -> None:
        """Draw a box around the point (x, y).

        Args:
            name: by which arrows find the box.
            x: center in inches.
            y: center in inches.
            text: in the box; None for its name.
            width: in inches.
            height: in inches.
            color: name in `PALETTE`, for the border and, mixed with white, the inside.
            rounded: False for sharp corners; a circle is a box of equal sides with ``rounded``
                and a width of at most 0.4.
        """
        radius = min(width, height) / 2 if max(width, height) <= 0.4 else 0.08
        self.ax.add_patch(
            FancyBboxPatch(
                (x - width / 2, y - height / 2),
                width,
                height,
                boxstyle=f"round,pad=0,rounding_size={radius}" if rounded else "square,pad=0",
                fc=tint(PALETTE[color], 0.12),
                ec=PALETTE[color],
                lw=1.3,
                zorder=2,
            )
        )
        shown = name if text is None else text
        self.ax.text(x, y, shown, ha="center", va="center", zorder=4, linespacing=1.15)
        self._boxes[name] = (x, y, width, height)

    def arrow(
        self,
        *stops: str | tuple[float, float],
        text: str = "",
        color: str = "ink",
        dashed: bool = False,
        head: bool = True,
    ) -> None:
        """Draw an arrow from stop to stop; it begins and ends at the border of a box.

        Args:
            stops: two or more names of boxes or points (x, y); points between make corners.
            text: beside the middle of the longest part.
            color: name in `PALETTE`.
            dashed: draw a dashed line.
            head: False for a line without an arrowhead.

        Raises:
            ValueError: if a stop is not the name of a box drawn before, or there are too few.
        """
        if len(stops) < 2:
            raise ValueError(f"an arrow needs two stops or more, got {len(stops)}")
        points = [self._center(stop) for stop in stops]
        first, last = points[0], points[-1]
        points[0] = self._border(stops[0], first, toward=points[1])
        points[-1] = self._border(stops[-1], last, toward=points[-2])
        style: dict[str, Any] = {"color": PALETTE[color], "lw": 1.3, "ls": "--" if dashed else "-"}
        if len(points) > 2:
            corners = points[:-1] if head else points
            self.ax.plot(*zip(*corners, strict=True), **style, zorder=1, solid_joinstyle="round")
        if head or len(points) == 2:
            style["arrowstyle"] = "-|>" if head else "-"
            arrow = {**style, "shrinkA": 0, "shrinkB": 0}
            self.ax.annotate("", points[-1], points[-2], arrowprops=arrow, zorder=1)
        if text:
            parts = list(itertools.pairwise(points))
            start, end = max(parts, key=lambda part: np.hypot(*np.subtract(*part)))
            x, y = (np.array(start) + end) / 2
            self.ax.text(x, y, text, ha="center", va="center", color=PALETTE[color], zorder=3,
                         bbox={"fc": PAPER, "ec": "none", "pad": 1.2})  # fmt: skip

    def text(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write text centered at (x, y); ``style`` as `Axes.text` takes it."""
        self.ax.text(x, y, text, **{"ha": "center", "va": "center", **style})

    def frame(self, *names: str, text: str = "", margin: float = 0.15, color: str = "gray") -> None:
        """Draw a dashed frame around boxes drawn before, with text at its upper right corner.

        Args:
            names: of the boxes.
            text: for example "× N".
            margin: between boxes and frame, in inches.
            color: name in `PALETTE`.
        """
        boxes = np.array([self._boxes[name] for name in names])
        left, bottom = (boxes[:, :2] - boxes[:, 2:] / 2).min(axis=0) - margin
        right, top = (boxes[:, :2] + boxes[:, 2:] / 2).max(axis=0) + margin
        self.ax.add_patch(
            FancyBboxPatch(
                (left, bottom),
                right - left,
                top - bottom,
                boxstyle="round,pad=0,rounding_size=0.12",
                fc="none",
                ec=PALETTE[color],
                lw=1.1,
                ls=(0, (4, 3)),
                zorder=0,
            )
        )
        self.ax.text(right + 0.08, top - 0.02, text, ha="left", va="top", color=PALETTE[color])

    def _center(self, stop: str | tuple[float, float]) -> tuple[float, float]:
        """The point at which a stop lies."""
        if not isinstance(stop, str):
            return stop
        if stop not in self._boxes:
            raise ValueError(f"no box named {stop!r}; there are {sorted(self._boxes)}")
        return self._boxes[stop][:2]

    def _border(
        self, stop: str | tuple[float, float], point: tuple[float, float], *, toward: Any
    ) -> tuple[float, float]:
        """Where the line from a stop toward another point leaves the box of the stop."""
        if not isinstance(stop, str):
            return point
        x, y, width, height = self._boxes[stop]
        dx, dy = toward[0] - x, toward[1] - y
        ratios = [abs(d) / (side / 2) for d, side in ((dx, width), (dy, height))]
        scale = max(*ratios, 1e-12)
        return x + dx / scale, y + dy / scale
