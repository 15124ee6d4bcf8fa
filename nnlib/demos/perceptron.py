"""Interactive figures of the chapter on the perceptron."""

import itertools
from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery
from nnlib.scratch.models import Perceptron


def perceptron_boundary(
    x: np.ndarray,
    y: np.ndarray,
    *,
    angles: int = 12,
    biases: Sequence[float] = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5),
) -> widgets.VBox:
    """Set the direction of the weights and the bias of a perceptron; see its boundary and mistakes.

    Args:
        x: points (n, 2).
        y: labels (n,), -1 or +1.
        angles: number of directions of the weight vector, which has norm 1.
        biases: values of the bias.

    Returns:
        The widget.
    """
    reach = np.abs(x).max() + 0.5

    def draw(ax, direction, bias):
        weight = np.array([np.cos(np.radians(direction)), np.sin(np.radians(direction))])
        misclassified = y * (x @ weight + bias) <= 0
        plot.points(x, y, ax=ax)
        circle = {"facecolor": "none", "edgecolor": plot.PALETTE["ink"], "lw": 1.2}
        ax.scatter(*x[misclassified].T, s=110, **circle)
        plot.boundary(weight, bias, ax=ax)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        count = f"{misclassified.sum()} of {len(x)} misclassified"
        ax.set_title(f"{direction:g}°, bias {bias:g}: {count}")

    degrees = [360 * i / angles for i in range(angles)]
    return gallery(
        draw,
        size=(3.9, 3.9),
        direction={f"{degree:g}°": degree for degree in degrees},
        bias={f"{bias:+.1f}": bias for bias in biases},
    )


def perceptron_steps(x: np.ndarray, y: np.ndarray, *, steps: int = 20) -> widgets.VBox:
    """Step through the perceptron learning rule one example at a time.

    Args:
        x: points (n, 2), presented in order, over and over.
        y: labels (n,), -1 or +1.
        steps: number of examples to show.

    Returns:
        The widget.
    """
    model = Perceptron(2)
    history = []
    for i in itertools.islice(itertools.cycle(range(len(x))), steps):
        before = model.state_dict()
        history.append((i, before, model.update(x[i], y[i]), model.state_dict()))
    reach = np.abs(x).max() + 0.5

    def draw(ax, example):
        i, before, mistake, after = history[example]
        plot.points(x, y, ax=ax)
        ax.scatter(*x[i], s=160, facecolor="none", edgecolor=plot.PALETTE["ink"], lw=2, zorder=4)
        if mistake:
            plot.boundary(before["weight"][0], before["bias"][0], arrow=False, ls="--", ax=ax)
        plot.boundary(after["weight"][0], after["bias"][0], ax=ax)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        total = sum(was_mistake for _, _, was_mistake, _ in history[: example + 1])
        outcome = "mistake, so update" if mistake else "correct, no change"
        ax.set_title(f"example {example + 1}: {outcome}; mistakes: {total}")

    return gallery(
        draw, size=(3.9, 3.9), example={f"{step + 1}": step for step in range(len(history))}
    )
