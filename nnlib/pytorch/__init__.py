"""The same models in PyTorch, under the same names; torch's own classes where it has them."""

from nnlib.pytorch import models, nn, sampling
from nnlib.pytorch.arrays import from_numpy
from nnlib.pytorch.fit import fit

__all__ = ["fit", "from_numpy", "models", "nn", "sampling"]
