"""The book's figures: one style, and the plots and diagrams that several chapters share."""

from nnlib.plot.charts import boundary, curves, decision_regions, images, points
from nnlib.plot.diagrams import Diagram, network, neuron
from nnlib.plot.graphs import computation_graph, passes
from nnlib.plot.style import CLASS_COLORS, MARKERS, PALETTE, SIGNED, STYLE, tint, use_style

__all__ = [
    "CLASS_COLORS",
    "MARKERS",
    "PALETTE",
    "SIGNED",
    "STYLE",
    "Diagram",
    "boundary",
    "computation_graph",
    "curves",
    "decision_regions",
    "images",
    "network",
    "neuron",
    "passes",
    "points",
    "tint",
    "use_style",
]
