"""Drawings of computations: the graph that a Tensor came from, and its two passes."""

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from nnlib.plot.style import GRAY, INK, PALETTE, PAPER


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
            "color": GRAY,
            "connectionstyle": f"arc3,rad={curvature}",
            "shrinkA": 18,
            "shrinkB": 20,
        }
        ax.annotate("", positions[end], positions[start], arrowprops=arrow)
    for position, label, node in zip(positions, labels, nodes, strict=True):
        edge = PALETTE["orange"] if node._pullback is None else PALETTE["blue"]
        box = {"boxstyle": "round", "fc": PAPER, "ec": edge}
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
    box = {"fc": PAPER, "ec": "none", "pad": 0.4}  # keeps an arrow from crossing the numbers
    for start, end in edges:
        computed = start in values and end in values
        arrow = {"arrowstyle": "-|>", "color": GRAY if computed else "#C9CDD3", "lw": 1.1}
        offset = np.subtract(positions[end], positions[start])
        offset = offset / np.hypot(*offset) * radius
        ax.annotate("", np.subtract(positions[end], offset), np.add(positions[start], offset),
                    arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0}, zorder=1)  # fmt: skip
    for name, (x, y) in positions.items():
        edge = INK if name in values else "#C9CDD3"
        ax.add_patch(plt.Circle((x, y), radius, fc=PAPER, ec=edge, lw=1.3, zorder=3))
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
