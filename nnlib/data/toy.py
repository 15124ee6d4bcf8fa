"""Small sets of points in the plane, to see what a classifier does.

Each function returns points (n, 2) as float32 and classes (n,) as int64, from an integer seed.
"""

import numpy as np


def _arrays(points, classes):
    return points.astype(np.float32), classes.astype(np.int64)


def _check(n, noise=0.0):
    if n < 2:
        raise ValueError(f"n must be 2 or more, got {n}")
    if not noise >= 0:
        raise ValueError(f"noise must be 0 or more, got {noise}")


def blobs(n=100, *, centers=2, noise=1.0, seed=0):
    """Round clouds of points, one a class.

    Args:
        n: number of points.
        centers: number of clouds, or their middles as an array (k, 2).
        noise: standard deviation of a cloud.
        seed: of the random numbers.
    """
    from sklearn.datasets import make_blobs  # slow to import: only when asked for

    _check(n, noise)
    return _arrays(*make_blobs(n, centers=centers, cluster_std=noise, random_state=seed))


def moons(n=100, *, noise=0.1, seed=0):
    """Two half moons, one hooked into the other.

    Args:
        n: number of points.
        noise: standard deviation of what is added to each coordinate.
        seed: of the random numbers.
    """
    from sklearn.datasets import make_moons  # slow to import: only when asked for

    _check(n, noise)
    return _arrays(*make_moons(n, noise=noise, random_state=seed))


def circles(n=100, *, noise=0.05, factor=0.5, seed=0):
    """A ring around a smaller ring.

    Args:
        n: number of points.
        noise: standard deviation of what is added to each coordinate.
        factor: radius of the inner ring, as a share of the outer, between 0 and 1.
        seed: of the random numbers.
    """
    from sklearn.datasets import make_circles  # slow to import: only when asked for

    _check(n, noise)
    return _arrays(*make_circles(n, noise=noise, factor=factor, random_state=seed))


def spirals(n=100, *, classes=2, turns=1.0, noise=0.02, seed=0):
    """Arms that wind around each other, one a class.

    Args:
        n: number of points, shared out evenly; the first arms get one more if n does not divide.
        classes: number of arms.
        turns: how often an arm winds around the middle.
        noise: standard deviation of what is added to each coordinate; an arm ends at radius 1.
        seed: of the random numbers.
    """
    _check(n, noise)
    if classes < 1:
        raise ValueError(f"classes must be 1 or more, got {classes}")
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    radius = np.sqrt(rng.uniform(0.01, 1.0, n))  # the square root spreads points along the arm
    angle = 2 * np.pi * (turns * radius + labels / classes)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return _arrays(points + rng.normal(0.0, noise, (n, 2)), labels)


def xor(n=4, *, noise=0.0, seed=0):
    """Exclusive or: class 1 where exactly one of the two coordinates is 1.

    Args:
        n: number of points; the four corners in turn: (0, 0), (0, 1), (1, 0), (1, 1).
        noise: standard deviation of what is added to each coordinate.
        seed: of the random numbers.

    Example:
        >>> points, classes = xor()
        >>> classes.tolist()
        [0, 1, 1, 0]
    """
    _check(n, noise)
    corners = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])[np.arange(n) % 4]
    points = corners + np.random.default_rng(seed).normal(0.0, noise, (n, 2))
    return _arrays(points, corners[:, 0] ^ corners[:, 1])
