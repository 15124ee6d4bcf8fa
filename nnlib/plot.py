"""The book's figures: one palette, one style, and the plots that several chapters draw.

Every function draws on the axes it is given, or on the current ones, and returns them.
"""

import shutil

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, to_rgb

# Okabe & Ito's colors (2008), which readers with any form of color blindness can tell apart,
# and the two neutrals of the page. The book's style sheet takes them from here.
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
MARKERS = "os^DvP"  # one a class, so that color is never the only sign

_ink, _gray, _paper = PALETTE["ink"], PALETTE["gray"], PALETTE["paper"]
STYLE = {
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
    "figure.dpi": 120,  # the width of a page, pixel for pixel
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


def use_style():
    """Make the book's style that of every figure from here on."""
    plt.rcParams.update(STYLE)


def tint(color, strength):
    """``color`` mixed with paper: 0 is paper, 1 the color itself."""
    return tuple(strength * np.array(to_rgb(color)) + (1 - strength) * np.array(to_rgb(_paper)))


def points(x, y, *, labels=None, ax=None):
    """Scatter points in the plane, a color and a marker for each class.

    Args:
        x: array (n, 2).
        y: classes (n,), integers of any values.
        labels: names of the classes in increasing order, for the legend; None for no names.
        ax: axes to draw on; None for the current ones.
    """
    ax = ax or plt.gca()
    for i, value in enumerate(np.unique(y)):
        ax.scatter(
            *x[y == value].T,
            color=CLASS_COLORS[i % len(CLASS_COLORS)],
            marker=MARKERS[i % len(MARKERS)],
            edgecolor=_paper,
            linewidth=0.7,
            s=34,
            zorder=3,
            label=labels[i] if labels else None,
        )
    return ax


def decision_regions(predict, x, y, *, labels=None, margin=0.4, resolution=300, ax=None):
    """Points in the plane over the regions that a classifier assigns to each class.

    Args:
        predict: maps points (m, 2) to classes (m,).
        x: array (n, 2) of points to draw.
        y: their classes (n,).
        labels: names of the classes in increasing order, for the legend; None for no names.
        margin: how far the plot reaches beyond the points, in units of x.
        resolution: grid points along each axis.
        ax: axes to draw on; None for the current ones.

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


def boundary(weight, bias, *, arrow=True, ax=None, **style):
    """The line weight · x + bias = 0 in the plane; nothing is drawn while the weights are zero.

    Args:
        weight: array (2,).
        bias: number.
        arrow: also draw the direction of the weights, an arrow of length 1 toward class +1.
        ax: axes to draw on; None for the current ones.
        style: of the line, as ``Axes.plot`` takes it.
    """
    ax = ax or plt.gca()
    length = np.hypot(*weight)
    if length == 0:
        return ax
    foot = -bias * weight / length**2  # the point of the line that is nearest to the origin
    ax.axline(foot, foot + np.array([-weight[1], weight[0]]), **{"color": _ink, "lw": 1.8, **style})
    if arrow:
        look = {"arrowstyle": "-|>", "color": _ink, "lw": 1.8}
        ax.annotate("", foot + weight / length, foot, arrowprops=look, zorder=4)
    return ax


def neuron(inputs, weights, bias, *, ax=None):
    """Diagram of one neuron: inputs, weights, sum, step.

    Args:
        inputs: names of the inputs.
        weights: one number for each; its size is the thickness of the line, its sign the color.
        bias: number.
        ax: axes to draw on; None for new ones.
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


def curves(values, *, labels=None, xlabel="epoch", ylabel="loss", ax=None):
    """Training curves, with the spread over seeds where there are several.

    Args:
        values: list of curves; each an array (steps,), or (seeds, steps) drawn as the mean with a
            band from the lowest to the highest seed.
        labels: names for the legend; None for no names.
        xlabel, ylabel: names of the axes.
        ax: axes to draw on; None for the current ones.
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


def images(arrays, *, titles=None, columns=5, cmap=None, limit=None, size=1.2):
    """A grid of small images in a new figure, all on one scale.

    Args:
        arrays: images (n, height, width).
        titles: one for each image, or None.
        columns: images in a row.
        cmap: color map; None for the style's, `SIGNED` for weights around zero.
        limit: values from -limit to limit are shown with `SIGNED`; None for the largest there is.
        size: edge of an image in inches.

    Returns:
        The matplotlib figure.
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


def _steps(result):
    """The nodes of a computation, oldest first, and its edges (from, to) as pairs of numbers."""
    found, waiting = {result}, [result]
    while waiting:
        sources = {s for s in waiting.pop()._inputs if s is not None and s.requires_grad}
        waiting += sources - found
        found |= sources
    nodes = sorted(found, key=lambda node: node._time)
    number = {node: i for i, node in enumerate(nodes)}
    edges = [
        (number[source], number[node])
        for node in nodes
        for source in node._inputs
        if source in number
    ]
    return nodes, edges


def _step_label(node, names):
    """Name of a Tensor, or of the operation that made it; then its value or shape."""
    what = f"{node.item():.3g}" if node.shape == () else str(node.shape).replace(" ", "")
    made_by = node._pullback.__qualname__.split(".")[0].lstrip("_") if node._pullback else "leaf"
    return f"{names.get(node, made_by)}\n{what}"


def computation_graph(result, names=None):
    """Draw how a Tensor was made: one box for each step that a gradient will go back through.

    Args:
        result: Tensor whose ``backward()`` has not been called, for that frees the graph.
        names: {Tensor: name} for the boxes that shall not show their operation.

    Returns:
        A ``graphviz.Digraph`` where Graphviz is installed, else a matplotlib figure. Both show
        themselves in a notebook.

    Raises:
        ValueError: if there is nothing to draw.
    """
    if not result.requires_grad:
        raise ValueError("nothing to draw: no input of this Tensor requires a gradient")
    nodes, edges = _steps(result)
    labels = [_step_label(node, names or {}) for node in nodes]
    if shutil.which("dot"):
        import graphviz

        graph = graphviz.Digraph(graph_attr={"rankdir": "LR"}, node_attr={"shape": "box"})
        for i, label in enumerate(labels):
            graph.node(str(i), label)
        graph.edges([(str(start), str(end)) for start, end in edges])
        return graph

    columns = [0] * len(nodes)  # as many steps from the leaves as the longest way there takes
    for start, end in edges:  # sources are older, so theirs is known
        columns[end] = max(columns[end], columns[start] + 1)
    rows = [columns[:i].count(column) for i, column in enumerate(columns)]
    places = [(c, r - (columns.count(c) - 1) / 2) for c, r in zip(columns, rows, strict=True)]
    figure, ax = plt.subplots(figsize=(1.3 * (max(columns) + 1), 0.9 * (max(rows) + 1) + 0.3))
    for start, end in edges:
        bend = 0.3 if columns[end] - columns[start] > 1 else 0  # around the boxes in between
        arrow = {
            "arrowstyle": "-|>",
            "color": _gray,
            "connectionstyle": f"arc3,rad={bend}",
            "shrinkA": 18,
            "shrinkB": 20,
        }
        ax.annotate("", places[end], places[start], arrowprops=arrow)
    for place, label, node in zip(places, labels, nodes, strict=True):
        edge = PALETTE["orange"] if node._pullback is None else PALETTE["blue"]
        box = {"boxstyle": "round", "fc": _paper, "ec": edge}
        ax.text(*place, label, ha="center", va="center", fontsize=9, bbox=box)
    ax.set(xlim=(-0.6, max(columns) + 0.6), ylim=(max(rows) / 2 + 0.6, -max(rows) / 2 - 0.6))
    ax.axis("off")
    return figure


def passes(places, edges, values, gradients, *, unit=0.34, ax=None):
    """A computation as a graph: above each step its value, below it the derivative of the result.

    Args:
        places: {name: (x, y)}, where the circle of each step stands.
        edges: pairs of names (from, to).
        values: {name: text above the circle}; a step without one is drawn pale.
        gradients: {name: text below the circle}, for the steps that have one.
        unit: radius of a circle, in the units of the places.
        ax: axes to draw on; None for the current ones.
    """
    ax = ax or plt.gca()
    box = {"fc": _paper, "ec": "none", "pad": 0.4}  # keeps an arrow from crossing the numbers
    for start, end in edges:
        known = start in values and end in values
        arrow = {"arrowstyle": "-|>", "color": _gray if known else "#C9CDD3", "lw": 1.1}
        step = np.subtract(places[end], places[start])
        step = step / np.hypot(*step) * unit
        ax.annotate("", np.subtract(places[end], step), np.add(places[start], step),
                    arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0}, zorder=1)  # fmt: skip
    for name, (x, y) in places.items():
        edge = _ink if name in values else "#C9CDD3"
        ax.add_patch(plt.Circle((x, y), unit, fc=_paper, ec=edge, lw=1.3, zorder=3))
        ax.text(x, y, name, ha="center", va="center", style="italic", color=edge, zorder=4)
        for notes, height, color, side in (
            (values, unit + 0.05, PALETTE["blue"], "bottom"),
            (gradients, -unit - 0.05, PALETTE["orange"], "top"),
        ):
            if name in notes:
                note = {"ha": "center", "va": side, "color": color, "fontsize": 9}
                ax.text(x, y + height, notes[name], **note, bbox=box, zorder=2)
    across, up = zip(*places.values(), strict=True)
    ax.set(xlim=(min(across) - 0.6, max(across) + 0.6), ylim=(min(up) - 0.85, max(up) + 0.8))
    ax.set_aspect("equal")
    ax.axis("off")
    return ax
