"""Interactive figures of the chapter on optimization."""

from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.axes import Axes

from nnlib import plot
from nnlib.demos.gallery import gallery
from nnlib.scratch import Tensor, optim
from nnlib.scratch.nn import Parameter


def _ravine(x: Any, y: Any) -> Any:
    along, across = (x + y) / 2**0.5, (y - x) / 2**0.5
    return 0.5 * (along**2 + 30 * across**2)


def _saddle(x: Any, y: Any) -> Any:
    return 0.5 * x**2 - 0.5 * y**2 + 0.1 * y**4


def _rosenbrock(x: Any, y: Any) -> Any:
    return (1 - x) ** 2 + 10 * (y - x**2) ** 2


# name -> loss, start, minima, window (left, right, bottom, top), contour levels
_SURFACES: dict[str, tuple[Callable[..., Any], tuple, list, tuple, tuple]] = {
    "ravine": (_ravine, (-2.4, -1.2), [(0, 0)], (-3.2, 1.6, -2.6, 1.6), (1, 8, 25, 60)),
    "saddle": (
        _saddle,
        (-1.8, 0.01),
        [(0, 2.5**0.5), (0, -(2.5**0.5))],
        (-2.2, 1.6, -1.0, 2.3),
        (-0.5, -0.2, 0.0, 0.6, 1.5),
    ),
    "Rosenbrock": (_rosenbrock, (-1.2, 1.4), [(1, 1)], (-1.8, 1.6, -0.75, 2.2), (0.5, 4, 16, 50)),
}
# name -> optimizer, learning rate on each surface
_OPTIMIZERS: dict[str, tuple[Callable[..., optim.Optimizer], dict[str, float]]] = {
    "SGD": (optim.SGD, {"ravine": 0.05, "saddle": 0.15, "Rosenbrock": 0.01}),
    "momentum": (
        partial(optim.SGD, momentum=0.9),
        {"ravine": 0.03, "saddle": 0.05, "Rosenbrock": 0.004},
    ),
    "Adagrad": (optim.Adagrad, {"ravine": 0.5, "saddle": 0.4, "Rosenbrock": 0.4}),
    "RMSprop": (
        partial(optim.RMSprop, alpha=0.9),
        {"ravine": 0.08, "saddle": 0.08, "Rosenbrock": 0.05},
    ),
    "Adam": (optim.Adam, {"ravine": 0.2, "saddle": 0.15, "Rosenbrock": 0.1}),
}


def _path(surface: str, name: str, factor: float, steps: int) -> np.ndarray:
    """Iterates of an optimizer, (steps + 1, 2); a diverging one stops outside the window."""
    loss, start, *_ = _SURFACES[surface]
    make, rates = _OPTIMIZERS[name]
    point = Parameter(np.array(start))
    optimizer = make([point], lr=factor * rates[surface])
    path = [point.data.copy()]
    for _ in range(steps):
        if np.abs(point.data).max() < 10:
            optimizer.zero_grad()
            loss(point[0], point[1]).backward()
            optimizer.step()
        path.append(point.data.copy())
    return np.array(path)


def optimizer_paths(
    ax: Axes, surface: str, *, factor: float = 1.0, steps: int = 60
) -> dict[str, float]:
    """Draw the paths of five optimizers on one surface.

    Args:
        ax: axes to draw on.
        surface: "ravine", "saddle" or "Rosenbrock".
        factor: multiplies all learning rates.
        steps: number of steps.

    Returns:
        {optimizer: loss after the last step}, infinite for an optimizer that diverged.

    Raises:
        KeyError: for an unknown surface.
    """
    if surface not in _SURFACES:
        raise KeyError(f"unknown surface {surface!r}; known: {[*_SURFACES]}")
    loss, start, minima, window, levels = _SURFACES[surface]
    left, right, bottom, top = window
    across, up = np.meshgrid(np.linspace(left, right, 91), np.linspace(bottom, top, 91))
    ax.contour(
        across,
        up,
        loss(across, up),
        levels=levels,
        colors=plot.PALETTE["gray"],
        linestyles="solid",
        linewidths=0.6,
    )
    losses = {}
    for (name, _), color, marker in zip(
        _OPTIMIZERS.items(), plot.CLASS_COLORS, plot.MARKERS, strict=False
    ):
        path = _path(surface, name, factor, steps)
        ax.plot(*path.T, "-", lw=1.3, color=color, label=name, marker=marker, markevery=[-1], ms=6)
        gone = np.abs(path[-1]).max() >= 10
        losses[name] = np.inf if gone else loss(*map(Tensor, path[-1])).item()
    ax.plot(*start, "o", ms=9, mfc="none", mec=plot.PALETTE["ink"], mew=1.5)
    for minimum in minima:
        ax.plot(*minimum, "*", ms=10, color=plot.PALETTE["ink"])
    ax.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[], aspect="equal")
    ax.grid(visible=False)
    return losses


def optimizer_race() -> widgets.VBox:
    """Compare five optimizers on three surfaces: choose the learning rates and the step.

    Returns:
        The widget.
    """

    def draw(ax, surface, rates, step):
        losses = optimizer_paths(ax, surface, factor=rates, steps=step)
        ax.legend(fontsize=8, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.01))
        ahead = min(losses, key=losses.get)
        gone = sum(np.isinf(value) for value in losses.values())
        left = f", {gone} left the picture" if gone else ""
        ax.set_title(f"{surface}, rates × {rates:g}, step {step}:\n{ahead} is lowest{left}")

    return gallery(
        draw,
        size=(3.2, 3.6),
        surface={name: name for name in _SURFACES},
        rates={"× ¼": 0.25, "× 1": 1.0, "× 4": 4.0},
        step={str(step): step for step in (15, 40, 120)},
    )
