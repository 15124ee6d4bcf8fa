"""Embedding: a table of learned vectors, one for each symbol."""

import numpy as np

from nnlib.scratch.nn import init
from nnlib.scratch.nn.module import Module, Parameter
from nnlib.scratch.tensor import primitive


@primitive
def embedding(input, weight):
    """weight[input]: row numbers (...) and a table (rows, columns) -> (..., columns)."""
    if input.dtype.kind not in "iu":
        raise TypeError(f"embedding expects integers, got {input.dtype}")
    rows = len(weight)
    if input.size and not (input.min() >= 0 and input.max() < rows):
        raise ValueError(
            f"embedding expects numbers from 0 to {rows - 1}, got {input.min()} to {input.max()}"
        )

    def pullback(grad):
        def grad_weight():
            order = np.argsort(input, axis=None, kind="stable")
            sorted_rows = input.reshape(-1)[order]
            starts = np.flatnonzero(np.diff(sorted_rows, prepend=-1))
            result = np.zeros_like(weight)
            grads = grad.reshape(-1, grad.shape[-1])[order]
            if len(starts):
                result[sorted_rows[starts]] = np.add.reduceat(grads, starts)
            return result

        return None, grad_weight

    return weight[input], pullback


class Embedding(Module):
    """A learned vector for each of a number of symbols.

    Args:
        num_embeddings: number of symbols.
        embedding_dim: length of a vector.
    Shapes: integers (...) -> (..., embedding_dim).
    Parameters: weight (num_embeddings, embedding_dim), standard normal at the start.
    Raises: TypeError for input that is not integer, ValueError for a number out of range.
    """

    def __init__(self, num_embeddings, embedding_dim):
        super().__init__()
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), dtype=np.float32))
        init.normal_(self.weight)

    def forward(self, input):
        return embedding(input, self.weight)

    def extra_repr(self):
        return "{}, {}".format(*self.weight.shape)
