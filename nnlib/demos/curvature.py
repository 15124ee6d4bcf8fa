"""Interactive figure of the chapter on curvature."""

import ipywidgets as widgets
import numpy as np
from matplotlib.axes import Axes

from nnlib import plot
from nnlib.demos.gallery import gallery

_METHODS = ("gradient descent", "diagonal", "Newton")


def preconditioned_path(
    ax: Axes, method: str, *, angle: float = 45.0, condition: float = 30.0, steps: int = 60
) -> int:
    """Draw a preconditioned descent in a quadratic valley, a dot for every step.

    The step is theta - eta K^-1 A theta, where A is the Hessian and K the identity, the diagonal
    of A, or A itself, and eta is best for K: 2 over the sum of the smallest and the largest
    eigenvalue of K^-1 A.

    Args:
        ax: axes to draw on.
        method: "gradient descent", "diagonal" or "Newton": what K is.
        angle: between the valley and the first axis, in degrees.
        condition: condition number of A.
        steps: at most that many steps are taken.

    Returns:
        The number of steps until the distance to the minimum is 1 % of the start; ``steps`` if
        they are too few.

    Raises:
        KeyError: for an unknown method.
    """
    if method not in _METHODS:
        raise KeyError(f"unknown method {method!r}; known: {[*_METHODS]}")
    turn = np.radians(angle)
    axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    hessian = axes @ np.diag([1.0, condition]) @ axes.T
    preconditioner = {
        "gradient descent": np.eye(2),
        "diagonal": np.diag(np.diag(hessian)),
        "Newton": hessian,
    }[method]
    matrix = np.linalg.solve(preconditioner, hessian)
    curvatures = np.sort(np.linalg.eigvals(matrix).real)
    rate = 2 / (curvatures[0] + curvatures[-1])
    path = [axes @ np.array([-2.0, 2.0 / condition**0.5])]
    for _ in range(steps):
        path.append(path[-1] - rate * matrix @ path[-1])
    across, up = np.meshgrid(np.linspace(-2.5, 2.5, 101), np.linspace(-2.5, 2.5, 101))
    points = np.stack([across, up], axis=-1)
    ax.contour(
        across,
        up,
        0.5 * np.einsum("...i,ij,...j->...", points, hessian, points),
        levels=(0.5, 2.0, 8.0, 25.0),
        colors=plot.PALETTE["gray"],
        linewidths=0.6,
    )
    ax.plot(*np.transpose(path), "o-", ms=2.5, lw=0.9, color=plot.PALETTE["blue"])
    ax.plot(*path[0], "o", ms=8, mfc="none", mec=plot.PALETTE["ink"], mew=1.4)
    ax.plot(0, 0, "*", ms=10, color=plot.PALETTE["ink"])
    ax.set(xlim=(-2.5, 2.5), ylim=(-2.5, 2.5), xticks=[], yticks=[], aspect="equal")
    ax.grid(visible=False)
    distances = np.linalg.norm(path, axis=1)
    near = distances < 0.01 * distances[0]
    return int(near.argmax()) if near.any() else steps


def preconditioners() -> widgets.VBox:
    """Turn a valley, and compare gradient descent, a diagonal preconditioner and Newton's method.

    Returns:
        The widget.
    """

    def draw(ax, method, angle, condition_number):
        steps = preconditioned_path(ax, method, angle=angle, condition=condition_number, steps=300)
        ax.set_title(
            f"{method}, angle {angle}°, condition\nnumber {condition_number}: "
            f"{steps} step{'' if steps == 1 else 's'} to 1 %"
        )

    return gallery(
        draw,
        size=(3.4, 3.5),
        method={name: name for name in _METHODS},
        angle={f"{angle}°": angle for angle in (0, 15, 30, 45)},
        condition_number={str(number): number for number in (3, 10, 30, 100)},
    )
