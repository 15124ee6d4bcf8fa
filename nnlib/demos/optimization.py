"""Interactive figures of the chapter on optimization."""

from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.axes import Axes

from nnlib import plot
from nnlib.demos.gallery import gallery
from nnlib.scratch import optim
from nnlib.scratch.nn import Parameter


def _valley(x: Any, y: Any) -> Any:
    return 0.5 * (x**2 + 100 * y**2)


def _turned_valley(x: Any, y: Any) -> Any:
    return _valley((x + y) / 2**0.5, (y - x) / 2**0.5)


def _saddle(x: Any, y: Any) -> Any:
    return 0.5 * x**2 - 0.5 * y**2 + 0.1 * y**4


def _rosenbrock(x: Any, y: Any) -> Any:
    return (1 - x) ** 2 + 10 * (y - x**2) ** 2


# name -> loss, start, minima, window (left, right, bottom, top), contour levels
_SURFACES: dict[str, tuple[Callable[..., Any], tuple, list, tuple, tuple]] = {
    "valley": (_valley, (-2.4, 0.8), [(0, 0)], (-2.8, 1.2, -1.1, 1.1), (1, 5, 15, 35)),
    "turned valley": (
        _turned_valley,
        (-2.262, -1.131),
        [(0, 0)],
        (-2.8, 1.4, -2.8, 1.4),
        (1, 10, 40, 100),
    ),
    "saddle": (
        _saddle,
        (-1.8, 0.01),
        [(0, 2.5**0.5), (0, -(2.5**0.5))],
        (-2.2, 1.6, -1.0, 2.3),
        (-0.5, -0.2, 0.0, 0.6, 1.5),
    ),
    "Rosenbrock": (_rosenbrock, (-1.2, 1.4), [(1, 1)], (-1.8, 1.6, -0.75, 2.2), (0.5, 4, 16, 50)),
}
# name -> optimizer and its learning rate on each surface: of rates a tenth of a decade apart, the
# one that brings the loss, above its minimum, below 0.5 % of its start for good soonest
_OPTIMIZERS: dict[str, tuple[Callable[..., optim.Optimizer], tuple[float, ...]]] = {
    "SGD": (optim.SGD, (0.016, 0.016, 0.8, 0.02)),
    "momentum": (partial(optim.SGD, momentum=0.9), (0.005, 0.005, 0.5, 0.008)),
    "Adagrad": (optim.Adagrad, (1.0, 1.0, 1.0, 1.6)),
    "RMSprop": (partial(optim.RMSprop, alpha=0.9), (0.025, 0.04, 0.05, 0.02)),
    "Adam": (optim.Adam, (0.1, 0.8, 0.13, 0.5)),
}


def _rate(surface: str, name: str) -> float:
    return _OPTIMIZERS[name][1][list(_SURFACES).index(surface)]


def _path(surface: str, name: str, factor: float, steps: int) -> np.ndarray:
    """Iterates of an optimizer, (steps + 1, 2); a diverging one stops outside the window."""
    loss, start, *_ = _SURFACES[surface]
    point = Parameter(np.array(start))
    optimizer = _OPTIMIZERS[name][0]([point], lr=factor * _rate(surface, name))
    path = [point.data.copy()]
    for _ in range(steps):
        if np.abs(point.data).max() < 10:
            optimizer.zero_grad()
            loss(point[0], point[1]).backward()
            optimizer.step()
        path.append(point.data.copy())
    return np.array(path)


def optimizer_path(
    ax: Axes, surface: str, optimizer: str, *, factor: float = 1.0, steps: int = 60
) -> np.ndarray:
    """Draw the path of one optimizer on one surface, a dot for every step.

    Args:
        ax: axes to draw on.
        surface: "valley", "turned valley", "saddle" or "Rosenbrock".
        optimizer: "SGD", "momentum", "Adagrad", "RMSprop" or "Adam".
        factor: multiplies the learning rate, which suits the surface.
        steps: number of steps.

    Returns:
        The loss before the first step and after each step, (steps + 1,); infinite from the step
        on at which the optimizer is far outside the picture.

    Raises:
        KeyError: for an unknown surface or optimizer.
    """
    if surface not in _SURFACES:
        raise KeyError(f"unknown surface {surface!r}; known: {[*_SURFACES]}")
    if optimizer not in _OPTIMIZERS:
        raise KeyError(f"unknown optimizer {optimizer!r}; known: {[*_OPTIMIZERS]}")
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
    path = _path(surface, optimizer, factor, steps)
    ax.plot(*path.T, "o-", ms=2.5, lw=0.9, color=plot.PALETTE["blue"])
    ax.plot(*start, "o", ms=8, mfc="none", mec=plot.PALETTE["ink"], mew=1.4)
    for minimum in minima:
        ax.plot(*minimum, "*", ms=10, color=plot.PALETTE["ink"])
    ax.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[], aspect="equal")
    ax.grid(visible=False)
    return np.where(np.abs(path).max(axis=1) < 10, loss(*path.T), np.inf)


def optimizer_paths() -> widgets.VBox:
    """Watch one of five optimizers on one of four surfaces, at three learning rates.

    Returns:
        The widget.
    """

    def draw(ax, surface, optimizer, learning_rate):
        losses = optimizer_path(ax, surface, optimizer, factor=learning_rate, steps=100)
        end = "left the picture" if np.isinf(losses[-1]) else f"loss {losses[-1]:.2g}"
        rate = learning_rate * _rate(surface, optimizer)
        ax.set_title(f"{optimizer}, {surface}, learning\nrate {rate:.2g}, 100 steps: {end}")

    return gallery(
        draw,
        size=(3.4, 3.4),
        surface={name: name for name in _SURFACES},
        optimizer={name: name for name in _OPTIMIZERS},
        learning_rate={"a quarter": 0.25, "well chosen": 1.0, "fourfold": 4.0},
    )
