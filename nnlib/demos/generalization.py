"""Explorations of the chapter on generalization."""

import numpy as np
from numpy.polynomial.legendre import legvander

from nnlib import plot
from nnlib.demos.gallery import gallery


def ridge_polynomial(x, y, degree, ridge):
    """Coefficients, in Legendre polynomials, that minimize squared error + ridge · length².

    Args:
        x: points (n,) between -1 and 1.
        y: values (n,).
        degree: of the polynomial.
        ridge: strength of the penalty; with 0, the shortest of the best coefficients.
    """
    left, values, right = np.linalg.svd(legvander(x, degree), full_matrices=False)
    kept = values > 1e-10 * values[0]
    inverse = np.where(kept, values / np.where(kept, values**2 + ridge, 1), 0)
    return right.T @ (inverse * (left.T @ y))


def polynomial_fit(
    *,
    degrees=(1, 3, 5, 8, 12, 20),
    sizes=(12, 20, 60),
    ridges=(0.0, 0.01, 1.0),
    noise=0.3,
    seed=0,
):
    """Fit a wave from noisy points: degree, number of points and penalty against the true error.

    Args:
        degrees: of the polynomials.
        sizes: numbers of points.
        ridges: strengths of the penalty on the coefficients.
        noise: standard deviation of the points around the wave.
        seed: of the noise.
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
