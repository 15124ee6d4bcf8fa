"""Interactive figures of the chapter on the neuron."""

from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery


def descent(
    x: np.ndarray,
    y: np.ndarray,
    *,
    shares: Sequence[float] = (0.1, 0.2, 0.5, 0.9, 1.0, 1.05),
    steps: Sequence[int] = (1, 2, 3, 5, 10, 20, 30),
) -> widgets.VBox:
    """Gradient descent on a linear fit with two weights: choose learning rate and steps.

    The loss is half the mean squared error of x w. Descent starts at w = 0.

    Args:
        x: inputs (n, 2).
        y: targets (n,).
        shares: learning rates, as fractions of the largest one that does not diverge.
        steps: numbers of steps to show.

    Returns:
        The widget.
    """
    hessian, xy = x.T @ x / len(x), x.T @ y / len(x)
    best = np.linalg.solve(hessian, xy)
    edge = 2 / np.linalg.eigvalsh(hessian)[-1]  # learning rates above this diverge

    def excess(w: np.ndarray) -> np.ndarray:
        """Loss above its minimum, for w (..., 2)."""
        return 0.5 * np.sum((w - best) @ hessian * (w - best), axis=-1)

    reach = 1.25 * np.abs(best).max()
    corner = best / 2 - reach  # of a square centered between start and minimum
    lines = [np.linspace(low, low + 2 * reach, 80) for low in corner]
    grid = np.stack(np.meshgrid(*lines), axis=-1)
    height = excess(grid)
    levels = excess(np.zeros(2)) * np.geomspace(0.003, 10, 6)

    def draw(ax, rate, steps):
        path = [np.zeros(2)]
        for _ in range(steps):
            path.append(path[-1] - rate * edge * (hessian @ path[-1] - xy))
        ax.contour(*lines, height, levels, colors=plot.PALETTE["gray"], linewidths=0.6)
        ax.plot(*best, "X", color=plot.PALETTE["orange"], ms=9)
        ax.plot(*np.transpose(path), ".-", color=plot.PALETTE["blue"], lw=1.2, ms=5)
        ax.plot(*path[-1], "o", color=plot.PALETTE["ink"], ms=6)
        ax.set(xlim=lines[0][[0, -1]], ylim=lines[1][[0, -1]], xlabel="$w_1$", ylabel="$w_2$")
        left = excess(path[-1]) / excess(path[0])
        ax.set_title(f"rate {rate:g} of the edge, step {steps}: gap {left:.2g}")

    return gallery(
        draw,
        size=(3.9, 3.7),
        rate={f"{share:g}": share for share in shares},
        steps={f"{count}": count for count in steps},
    )


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
    reach = np.array([x.min(), x.max()]) + 0.2 * np.array([-1, 1])
    grid = np.linspace(*reach, 300)

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
        ax.set(xlim=reach, ylim=(-0.14, 1.14), xlabel="feature", ylabel="probability of class 1")
        ax.set_title(f"accuracy {accuracy:.3f}, cross-entropy {loss:.3f}")

    return gallery(
        draw,
        size=(4.4, 3.3),
        boundary={f"{value:g}": value for value in boundaries},
        weight={f"{value:g}": value for value in weights},
    )
