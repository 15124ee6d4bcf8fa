"""One source of chance for the whole package, so that one seed repeats a whole run."""

import numpy as np

_generator = np.random.default_rng()


def manual_seed(seed):
    """Start the package's random numbers afresh from an integer ``seed``."""
    global _generator
    _generator = np.random.default_rng(seed)


def generator():
    """The package's ``numpy.random.Generator``: initial weights and dropout masks come from it."""
    return _generator
