"""Interactive figures of the chapter on generalization."""

from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np
from numpy.polynomial.legendre import legvander

from nnlib import plot
from nnlib.demos.gallery import gallery


def ridge_polynomial(x: np.ndarray, y: np.ndarray, degree: int, ridge: float) -> np.ndarray:
    """Ridge regression in the basis of Legendre polynomials.

    Args:
        x: points (n,) between -1 and 1.
        y: values (n,).
        degree: of the polynomial.
        ridge: λ of the penalty λ · norm²; 0 gives the least-squares solution of minimum norm.

    Returns:
        The coefficients (degree + 1,) that minimize squared error + penalty.
    """
    left, values, right = np.linalg.svd(legvander(x, degree), full_matrices=False)
    kept = values > 1e-10 * values[0]
    inverse = np.where(kept, values / np.where(kept, values**2 + ridge, 1), 0)
    return right.T @ (inverse * (left.T @ y))


def polynomial_fit(
    *,
    degrees: Sequence[int] = (1, 3, 5, 8, 12, 20),
    sizes: Sequence[int] = (12, 20, 60),
    ridges: Sequence[float] = (0.0, 0.01, 1.0),
    noise: float = 0.3,
    seed: int = 0,
) -> widgets.VBox:
    """Fit a polynomial to noisy points: training and test error by degree, data and penalty.

    Args:
        degrees: of the polynomials.
        sizes: numbers of training points.
        ridges: strengths of the ridge penalty.
        noise: standard deviation of the points around the true curve.
        seed: of the noise.

    Returns:
        The widget.
    """
    grid = np.linspace(-1, 1, 201)
    wave = np.sin(np.pi * grid)

    def draw(ax, degree, points, penalty):
        x = np.linspace(-1, 1, points)
        y = np.sin(np.pi * x) + np.random.default_rng(seed).normal(0, noise, points)
        coefficients = ridge_polynomial(x, y, degree, penalty)
        fit = legvander(grid, degree) @ coefficients
        train = np.sqrt(np.mean((legvander(x, degree) @ coefficients - y) ** 2))
        test = np.sqrt(np.mean((fit - wave) ** 2) + noise**2)
        ax.plot(grid, wave, "--", color=plot.PALETTE["gray"], lw=1.5)
        ax.plot(grid, fit, color=plot.PALETTE["blue"])
        ax.plot(x, y, "o", color=plot.PALETTE["orange"], ms=4.5)
        ax.set(xlim=(-1.05, 1.05), ylim=(-2.2, 2.2), xlabel="x", ylabel="y")
        ax.set_title(f"error on the points {train:.2f}, on fresh ones {test:.2f}")

    return gallery(
        draw,
        size=(4.1, 3.1),
        degree={str(degree): degree for degree in degrees},
        points={str(size): size for size in sizes},
        penalty={f"{ridge:g}": ridge for ridge in ridges},
    )
