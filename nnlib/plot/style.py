"""The look of the book's figures: one palette and one Matplotlib style."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgb

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

INK, GRAY, PAPER = PALETTE["ink"], PALETTE["gray"], PALETTE["paper"]
STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GRAY,
    "axes.facecolor": PAPER,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": plt.cycler(color=CLASS_COLORS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "figure.dpi": 120,  # a figure is as many pixels wide as the page
    "figure.facecolor": PAPER,
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
    "text.color": INK,
    "xtick.color": GRAY,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.color": GRAY,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 9,
}
# negative - zero - positive, for weights
SIGNED = LinearSegmentedColormap.from_list(
    "signed", [PALETTE["orange"], PAPER, PALETTE["blue"]], N=256
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
    return tuple(strength * np.array(to_rgb(color)) + (1 - strength) * np.array(to_rgb(PAPER)))
