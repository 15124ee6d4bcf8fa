"""Small two-dimensional data sets that show what a classifier does.

Each function returns points (n, 2) as float32 and classes (n,) as int64. The same seed gives the
same points.
"""

import numpy as np

from nnlib.data.checks import check_between, check_integer, check_real

Points = tuple[np.ndarray, np.ndarray]


def _arrays(points: np.ndarray, classes: np.ndarray) -> Points:
    return points.astype(np.float32), classes.astype(np.int64)


def _check(n: int, noise: float, seed: int) -> None:
    check_integer("n", n, 2)
    check_real("noise", noise, low=0)
    check_integer("seed", seed, 0, 2**32 - 1)


def blobs(
    n: int = 100, *, centers: int | np.ndarray = 2, noise: float = 1.0, seed: int = 0
) -> Points:
    """Isotropic Gaussian clusters, one per class.

    Args:
        n: number of points.
        centers: number of clusters, at random centers, or the centers as an array (k, 2).
        noise: standard deviation of each cluster.
        seed: of the random numbers.

    Returns:
        Points (n, 2) and their classes (n,).

    Raises:
        TypeError: if n or seed is not an integer, or noise not a number.
        ValueError: if n is below 2, noise or seed negative, or centers not (k, 2).
    """
    from sklearn.datasets import make_blobs  # slow to import, so only on use

    _check(n, noise, seed)
    if np.ndim(centers) == 0:
        check_integer("centers", centers, 1)
    else:
        centers = np.asarray(centers, dtype=float)
        if centers.ndim != 2 or centers.shape[1] != 2 or not np.isfinite(centers).all():
            raise ValueError(
                f"centers must be a number or finite points (k, 2), got shape {centers.shape}"
            )
    return _arrays(*make_blobs(n, centers=centers, cluster_std=noise, random_state=seed))


def moons(n: int = 100, *, noise: float = 0.1, seed: int = 0) -> Points:
    """Two interleaving half circles.

    Args:
        n: number of points.
        noise: standard deviation of the Gaussian noise added to each coordinate.
        seed: of the random numbers.

    Returns:
        Points (n, 2) and their classes (n,).

    Raises:
        TypeError: if n or seed is not an integer, or noise not a number.
        ValueError: if n is below 2, or noise or seed negative.
    """
    from sklearn.datasets import make_moons  # slow to import, so only on use

    _check(n, noise, seed)
    return _arrays(*make_moons(n, noise=noise, random_state=seed))


def circles(n: int = 100, *, noise: float = 0.05, factor: float = 0.5, seed: int = 0) -> Points:
    """A large circle around a small one.

    Args:
        n: number of points.
        noise: standard deviation of the Gaussian noise added to each coordinate.
        factor: radius of the inner circle as a fraction of the outer one, between 0 and 1.
        seed: of the random numbers.

    Returns:
        Points (n, 2) and their classes (n,).

    Raises:
        TypeError: if n or seed is not an integer, or noise or factor not a number.
        ValueError: if n is below 2, noise or seed negative, or factor not between 0 and 1.
    """
    from sklearn.datasets import make_circles  # slow to import, so only on use

    _check(n, noise, seed)
    check_between("factor", factor, 0, 1)
    return _arrays(*make_circles(n, noise=noise, factor=factor, random_state=seed))


def spirals(
    n: int = 100, *, classes: int = 2, turns: float = 1.0, noise: float = 0.02, seed: int = 0
) -> Points:
    """Interleaved spiral arms, one per class.

    Args:
        n: number of points, distributed evenly; the first arms get one more if n does not divide.
        classes: number of arms.
        turns: number of turns that each arm makes around the origin.
        noise: standard deviation of the Gaussian noise added to each coordinate; an arm ends at
            radius 1.
        seed: of the random numbers.

    Returns:
        Points (n, 2) and their classes (n,).

    Raises:
        TypeError: if n, classes or seed is not an integer, or turns or noise not a number.
        ValueError: if n is below 2, classes below 1, noise or seed negative, or turns not finite.
    """
    _check(n, noise, seed)
    check_integer("classes", classes, 1)
    check_real("turns", turns)
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    radius = np.sqrt(rng.uniform(0.01, 1.0, n))  # the square root spreads points along the arm
    angle = 2 * np.pi * (turns * radius + labels / classes)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return _arrays(points + rng.normal(0.0, noise, (n, 2)), labels)


def xor(n: int = 4, *, noise: float = 0.0, seed: int = 0) -> Points:
    """Exclusive or: class 1 where exactly one of the two coordinates is 1.

    Args:
        n: number of points, which cycle through the corners (0, 0), (0, 1), (1, 0), (1, 1).
        noise: standard deviation of the Gaussian noise added to each coordinate.
        seed: of the random numbers.

    Returns:
        Points (n, 2) and their classes (n,).

    Raises:
        TypeError: if n or seed is not an integer, or noise not a number.
        ValueError: if n is below 2, or noise or seed negative.

    Example:
        >>> points, classes = xor()
        >>> classes.tolist()
        [0, 1, 1, 0]
    """
    _check(n, noise, seed)
    corners = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])[np.arange(n) % 4]
    points = corners + np.random.default_rng(seed).normal(0.0, noise, (n, 2))
    return _arrays(points, corners[:, 0] ^ corners[:, 1])
