"""Dropout: in training, set elements to zero by chance, so that none can be relied on alone."""

import numpy as np

from nnlib.scratch.nn.module import Module
from nnlib.scratch.rng import generator
from nnlib.scratch.tensor import primitive


@primitive
def _drop(x, p):
    if not 0 <= p <= 1:
        raise ValueError(f"a dropout probability must be from 0 to 1, got {p}")
    kept = (generator().random(x.shape, dtype=np.float32) >= p).astype(x.dtype)
    if p < 1:
        kept *= 1 / (1 - p)
    return x * kept, lambda grad: (grad * kept,)


def dropout(x, p=0.5, training=True):
    """In training, each element is 0 with probability ``p``, else x / (1 - p); otherwise x."""
    return _drop(x, p) if training and p else x


class Dropout(Module):
    """Zeros by chance in training, nothing in evaluation (Srivastava et al., 2014).

    Args:
        p: probability that an element is set to zero.
    Shapes: any -> the same.
    Raises: ValueError if p is not from 0 to 1.
    """

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"a dropout probability must be from 0 to 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"
