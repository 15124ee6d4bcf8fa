"""The book's figures: one palette, one style, and the plots that several chapters share.

Most functions draw on the given axes, or on the current ones, and return them.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, ListedColormap, to_rgb
from matplotlib.figure import Figure

# The colors of Okabe & Ito (2008), which readers with any form of color blindness can tell apart,
# and the neutral colors of the page. The book's style sheet takes them from here.
PALETTE = {
    "blue": "#0072B2",
    "orange": "#D55E00",
    "green": "#009E73",
    "purple": "#AA4499",
    "yellow": "#E69F00",
    "sky": "#56B4E9",
    "gray": "#6B7280",
    "ink": "#1F2933",
    "paper": "#FFFFFF",
}
CLASS_COLORS = [PALETTE[name] for name in ("blue", "orange", "green", "purple", "yellow", "sky")]
MARKERS = "os^DvP"  # one per class, so color is never the only cue

_ink, _gray, _paper = PALETTE["ink"], PALETTE["gray"], PALETTE["paper"]
STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": _gray,
    "axes.facecolor": _paper,
    "axes.grid": True,
    "axes.labelcolor": _ink,
    "axes.labelsize": 10,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": plt.cycler(color=CLASS_COLORS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": _ink,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "figure.dpi": 120,  # a figure is as many pixels wide as the page
    "figure.facecolor": _paper,
    "figure.figsize": (6.5, 3.6),
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same figure on every machine
    "font.size": 10,
    "grid.color": "#E5E7EB",
    "grid.linewidth": 0.8,
    "image.cmap": "gray_r",
    "image.interpolation": "nearest",
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "lines.markersize": 5.5,
    "text.color": _ink,
    "xtick.color": _gray,
    "xtick.labelcolor": _ink,
    "xtick.labelsize": 9,
    "ytick.color": _gray,
    "ytick.labelcolor": _ink,
    "ytick.labelsize": 9,
}
# negative - zero - positive, for weights
SIGNED = LinearSegmentedColormap.from_list(
    "signed", [PALETTE["orange"], _paper, PALETTE["blue"]], N=256
)


def use_style() -> None:
    """Use the book's style for all figures created afterwards."""
    plt.style.use(STYLE)


def tint(color: str, strength: float) -> tuple[float, ...]:
    """Mix a color with the background.

    Args:
        color: any Matplotlib color.
        strength: from 0, the background, to 1, the color itself.

    Returns:
        Red, green and blue, from 0 to 1.
    """
    return tuple(strength * np.array(to_rgb(color)) + (1 - strength) * np.array(to_rgb(_paper)))


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
            edgecolor=_paper,
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
    ax.axline(foot, foot + np.array([-weight[1], weight[0]]), **{"color": _ink, "lw": 1.8, **style})
    if arrow:
        arrow_style = {"arrowstyle": "-|>", "color": _ink, "lw": 1.8}
        ax.annotate("", foot + weight / length, foot, arrowprops=arrow_style, zorder=4)
    return ax


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
        ax.plot(0, y, "o", ms=14, color=_paper, mec=_ink, mew=1.4)
        ax.text(-0.18, y, name, ha="right", va="center")
        ax.text(0.85, y * (1 - 0.85 / 2.2) + 0.16, f"{weight:g}", ha="center", color=_ink,
                bbox={"fc": _paper, "ec": "none", "pad": 0.8}, zorder=3)  # fmt: skip
    for end, start in ((3.32, 2.45), (4.6, 3.9)):
        ax.annotate("", (end, 0), (start, 0), arrowprops={"arrowstyle": "-|>", "color": _ink})
    ax.plot(2.2, 0, "o", ms=30, color=_paper, mec=_ink, mew=1.4, zorder=3)
    ax.text(2.2, 0, "Σ", ha="center", va="center", fontsize=15, zorder=4)
    ax.add_patch(plt.Rectangle((3.34, -0.36), 0.52, 0.72, fc=_paper, ec=_ink, lw=1.4))
    ax.plot([3.42, 3.6, 3.6, 3.78], [-0.2, -0.2, 0.2, 0.2], color=_ink, lw=1.8)
    ax.text(2.2, -0.78, "score", ha="center", color=_gray)
    ax.text(3.6, -0.78, "sign", ha="center", color=_gray)
    ax.text(4.68, 0, "+1 or −1", va="center")
    ax.set(xlim=(-1.3, 5.6), ylim=(heights[-1] - 0.4, heights[0] + 0.4))
    ax.axis("off")
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


def _graph(result: Any) -> tuple[list[Any], list[tuple[int, int]]]:
    """The nodes of a graph, oldest first, and its edges as pairs of indices (input, output)."""
    found, pending = {result}, [result]
    while pending:
        inputs = {
            tensor
            for tensor in pending.pop()._inputs
            if tensor is not None and tensor.requires_grad
        }
        pending += inputs - found
        found |= inputs
    nodes = sorted(found, key=lambda node: node._time)
    index = {node: i for i, node in enumerate(nodes)}
    edges = [
        (index[tensor], index[node]) for node in nodes for tensor in node._inputs if tensor in index
    ]
    return nodes, edges


def _node_label(node: Any, names: Mapping[Any, str]) -> str:
    """Name of a Tensor, or of the operation that computed it; then its value or shape."""
    content = f"{node.item():.3g}" if node.shape == () else str(node.shape).replace(" ", "")
    operation = node._pullback.__qualname__.split(".")[0].lstrip("_") if node._pullback else "leaf"
    return f"{names.get(node, operation)}\n{content}"


def computation_graph(result: Any, names: Mapping[Any, str] | None = None) -> Any:
    """Draw the graph that computed a Tensor, with one box per node that gradients flow through.

    Args:
        result: `nnlib.scratch.Tensor` whose ``backward()`` has not been called yet, since that
            frees the graph.
        names: {Tensor: name} for boxes that show a name instead of their operation.

    Returns:
        A ``graphviz.Digraph`` if Graphviz is installed, otherwise a Matplotlib figure. A notebook
        displays both.

    Raises:
        ValueError: if the Tensor does not require a gradient, so there is no graph.
    """
    if not result.requires_grad:
        raise ValueError("nothing to draw: no input of this Tensor requires a gradient")
    nodes, edges = _graph(result)
    labels = [_node_label(node, names or {}) for node in nodes]
    if shutil.which("dot"):
        import graphviz

        graph = graphviz.Digraph(graph_attr={"rankdir": "LR"}, node_attr={"shape": "box"})
        for i, label in enumerate(labels):
            graph.node(str(i), label)
        graph.edges([(str(start), str(end)) for start, end in edges])
        return graph

    columns = [0] * len(nodes)  # length of the longest path from a leaf
    for start, end in edges:  # inputs are older, so their columns are final
        columns[end] = max(columns[end], columns[start] + 1)
    rows = [columns[:i].count(column) for i, column in enumerate(columns)]
    positions = [(c, r - (columns.count(c) - 1) / 2) for c, r in zip(columns, rows, strict=True)]
    figure, ax = plt.subplots(figsize=(1.3 * (max(columns) + 1), 0.9 * (max(rows) + 1) + 0.3))
    for start, end in edges:
        curvature = 0.3 if columns[end] - columns[start] > 1 else 0  # around the boxes between
        arrow = {
            "arrowstyle": "-|>",
            "color": _gray,
            "connectionstyle": f"arc3,rad={curvature}",
            "shrinkA": 18,
            "shrinkB": 20,
        }
        ax.annotate("", positions[end], positions[start], arrowprops=arrow)
    for position, label, node in zip(positions, labels, nodes, strict=True):
        edge = PALETTE["orange"] if node._pullback is None else PALETTE["blue"]
        box = {"boxstyle": "round", "fc": _paper, "ec": edge}
        ax.text(*position, label, ha="center", va="center", fontsize=9, bbox=box)
    ax.set(xlim=(-0.6, max(columns) + 0.6), ylim=(max(rows) / 2 + 0.6, -max(rows) / 2 - 0.6))
    ax.axis("off")
    return figure


def passes(
    positions: Mapping[str, tuple[float, float]],
    edges: Sequence[tuple[str, str]],
    values: Mapping[str, str],
    gradients: Mapping[str, str],
    *,
    radius: float = 0.34,
    ax: Axes | None = None,
) -> Axes:
    """The forward and the backward pass on a graph: each node with its value and its gradient.

    Args:
        positions: {name: (x, y)}, the center of each node.
        edges: pairs of names (from, to).
        values: {name: text above the node}; a node without a value is drawn pale.
        gradients: {name: text below the node}, for the nodes that have one.
        radius: of a node, in the units of the positions.
        ax: axes to draw on; None for the current ones.

    Returns:
        The axes.
    """
    ax = ax or plt.gca()
    box = {"fc": _paper, "ec": "none", "pad": 0.4}  # keeps an arrow from crossing the numbers
    for start, end in edges:
        computed = start in values and end in values
        arrow = {"arrowstyle": "-|>", "color": _gray if computed else "#C9CDD3", "lw": 1.1}
        offset = np.subtract(positions[end], positions[start])
        offset = offset / np.hypot(*offset) * radius
        ax.annotate("", np.subtract(positions[end], offset), np.add(positions[start], offset),
                    arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0}, zorder=1)  # fmt: skip
    for name, (x, y) in positions.items():
        edge = _ink if name in values else "#C9CDD3"
        ax.add_patch(plt.Circle((x, y), radius, fc=_paper, ec=edge, lw=1.3, zorder=3))
        ax.text(x, y, name, ha="center", va="center", style="italic", color=edge, zorder=4)
        for notes, height, color, side in (
            (values, radius + 0.05, PALETTE["blue"], "bottom"),
            (gradients, -radius - 0.05, PALETTE["orange"], "top"),
        ):
            if name in notes:
                note: dict[str, Any] = {"ha": "center", "va": side, "color": color, "fontsize": 9}
                ax.text(x, y + height, notes[name], **note, bbox=box, zorder=2)
    across, up = zip(*positions.values(), strict=True)
    ax.set(xlim=(min(across) - 0.6, max(across) + 0.6), ylim=(min(up) - 0.85, max(up) + 0.8))
    ax.set_aspect("equal")
    ax.axis("off")
    return ax
