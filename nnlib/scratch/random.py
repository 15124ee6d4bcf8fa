"""The package's random number generator: one seed makes a whole run repeatable."""

import numpy as np

_generator = np.random.default_rng()


def manual_seed(seed: int | tuple[int, ...]) -> None:
    """Seed the package's random numbers: the same ``seed`` gives the same numbers again."""
    global _generator
    _generator = np.random.default_rng(seed)


def generator() -> np.random.Generator:
    """The generator that initial weights and dropout masks are drawn from."""
    return _generator
