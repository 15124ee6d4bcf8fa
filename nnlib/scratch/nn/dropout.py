"""Dropout: in training, chance sets elements to zero, so that none can be relied on alone."""

import numpy as np

from nnlib.scratch.autograd.tensor import primitive
from nnlib.scratch.nn.module import Module
from nnlib.scratch.random import generator


def _check_probability(p):
    if not 0 <= p <= 1:
        raise ValueError(f"p must be a probability from 0 to 1, got {p}")


def keep_mask(shape, p, dtype):
    """An array of 0 with probability p, else 1 / (1 - p): multiplying by it keeps the mean."""
    _check_probability(p)
    mask = (generator().random(shape, dtype=np.float32) >= p).astype(dtype)
    if p < 1:
        mask *= 1 / (1 - p)
    return mask


@primitive
def _dropout(x, p):
    mask = keep_mask(x.shape, p, x.dtype)
    return x * mask, lambda grad: (grad * mask,)


def dropout(x, p=0.5, training=True):
    """In training each element is 0 with probability ``p``, else x / (1 - p); otherwise x."""
    _check_probability(p)
    return _dropout(x, p) if training and p > 0 else x


class Dropout(Module):
    """Zeros by chance in training, nothing in evaluation (Srivastava et al., 2014).

    What is kept grows by 1 / (1 - p), so that sums keep their mean and evaluation needs no change.

    Args:
        p: probability that an element is set to zero.
    Shapes: any -> the same.
    Raises: ValueError if p is not from 0 to 1.
    """

    def __init__(self, p=0.5):
        super().__init__()
        _check_probability(p)
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"
