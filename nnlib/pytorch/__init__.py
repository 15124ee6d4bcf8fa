"""The same models in PyTorch, under the same names; torch's own classes where it has them."""

from nnlib.pytorch import models, nn, sampling, train
from nnlib.pytorch.arrays import from_numpy

__all__ = ["from_numpy", "models", "nn", "sampling", "train"]
