"""Dropout: random elements are set to zero in training, so that no unit can rely on another."""

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn.module import Module
from nnlib.scratch.random import generator


def _check_probability(p):
    if not 0 <= p <= 1:
        raise ValueError(f"p must be a probability from 0 to 1, got {p}")


def dropout_mask(shape: tuple[int, ...], p: float, dtype: np.dtype) -> np.ndarray:
    """An array of 0 with probability p, else 1 / (1 - p): multiplying by it preserves the mean.

    Args:
        shape: of the array.
        p: probability of a 0.
        dtype: of the array.
    Raises: ValueError if p is not from 0 to 1.
    """
    _check_probability(p)
    mask = (generator().random(shape, dtype=np.float32) >= p).astype(dtype)
    if p < 1:
        mask *= 1 / (1 - p)
    return mask


@primitive
def _dropout(x, p):
    mask = dropout_mask(x.shape, p, x.dtype)
    return x * mask, lambda grad: (grad * mask,)


def dropout(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """In training, each element becomes 0 with probability ``p``, else x / (1 - p).

    A dropped infinity or NaN becomes NaN, as in PyTorch.

    Args:
        x: any shape.
        p: probability that an element is set to zero.
        training: if false, the result is x itself.
    Raises: ValueError if p is not from 0 to 1.
    """
    _check_probability(p)
    return _dropout(x, p) if training and p > 0 else x


class Dropout(Module):
    """Random zeros in training, the identity in evaluation (Srivastava et al., 2014).

    The kept elements are multiplied by 1 / (1 - p), so that sums keep their mean and evaluation
    needs no change.

    Args:
        p: probability that an element is set to zero.
    Shapes: any -> the same.
    Raises: ValueError if p is not from 0 to 1.
    """

    def __init__(self, p: float = 0.5):
        super().__init__()
        _check_probability(p)
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        return dropout(x, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}"
