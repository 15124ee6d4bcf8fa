"""Explorations of the perceptron chapter."""

import itertools

import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery
from nnlib.scratch.models import Perceptron


def perceptron_boundary(x, y, *, angles=12, biases=(-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)):
    """Turn the weights of a neuron and move its bias: watch the boundary and count the mistakes.

    Args:
        x: points (n, 2).
        y: labels (n,), -1 or +1.
        angles: directions of the weight vector, which has length 1.
        biases: values of the bias.
    """
    reach = np.abs(x).max() + 0.5

    def draw(ax, direction, bias):
        weight = np.array([np.cos(np.radians(direction)), np.sin(np.radians(direction))])
        wrong = y * (x @ weight + bias) <= 0
        plot.points(x, y, ax=ax)
        ax.scatter(*x[wrong].T, s=110, facecolor="none", edgecolor=plot.PALETTE["ink"], lw=1.2)
        plot.boundary(weight, bias, ax=ax)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        ax.set_title(f"direction {direction:g}°, bias {bias:g}: {wrong.sum()} of {len(x)} wrong")

    degrees = [360 * i / angles for i in range(angles)]
    return gallery(
        draw,
        size=(3.9, 3.9),
        direction={f"{degree:g}°": degree for degree in degrees},
        bias={f"{bias:+.1f}": bias for bias in biases},
    )


def perceptron_steps(x, y, *, steps=20):
    """Go through the perceptron rule one example at a time.

    Args:
        x: points (n, 2), taken in order, again and again.
        y: labels (n,), -1 or +1.
        steps: how many examples to show.
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
        verdict = "wrong, so it moves" if mistake else "right, so it stays"
        ax.set_title(f"example {example + 1}: {verdict}; mistakes: {total}")

    return gallery(
        draw, size=(3.9, 3.9), example={f"{step + 1}": step for step in range(len(history))}
    )
