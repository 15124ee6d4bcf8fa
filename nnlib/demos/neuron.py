"""Interactive figures of the chapter on the neuron."""

from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery


def probability_curve(
    x: np.ndarray,
    y: np.ndarray,
    *,
    boundaries: Sequence[float] = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5),
    weights: Sequence[float] = (1, 2, 5, 10, 20, 50),
) -> widgets.VBox:
    """Logistic regression with one feature: choose its decision boundary and its weight.

    The title gives the accuracy and the mean cross-entropy on the examples shown.

    Args:
        x: the feature (n,).
        y: labels 0 and 1 (n,).
        boundaries: values of the feature at which the probability is 1/2.
        weights: values of the weight; the bias is minus weight times boundary.

    Returns:
        The widget.
    """
    left, right = x.min() - 0.2, x.max() + 0.2
    grid = np.linspace(left, right, 300)

    def draw(ax, boundary, weight):
        scores = weight * (x - boundary)
        accuracy = np.mean((scores > 0) == y)
        loss = np.mean(np.logaddexp(0, scores) - y * scores)
        ax.plot(grid, 1 / (1 + np.exp(-weight * (grid - boundary))), color=plot.PALETTE["ink"])
        ax.axvline(boundary, ls="--", lw=1.2, color=plot.PALETTE["gray"])
        for label, color, marker in ((1, "orange", "^"), (0, "blue", "o")):
            own = x[y == label]
            height = np.full(len(own), 1.06 if label else -0.06)
            ax.plot(own, height, marker, color=plot.PALETTE[color], ms=4)
        ax.set(
            xlim=(left, right),
            ylim=(-0.14, 1.14),
            xlabel="feature",
            ylabel="probability of class 1",
        )
        ax.set_title(f"accuracy {accuracy:.3f}, cross-entropy {loss:.3f}")

    return gallery(
        draw,
        size=(4.4, 3.3),
        boundary={f"{value:g}": value for value in boundaries},
        weight={f"{value:g}": value for value in weights},
    )
