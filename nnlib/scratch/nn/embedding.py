"""Embedding: a table of learned vectors, one for each symbol."""

import numpy as np

from nnlib.scratch.autograd.tensor import primitive
from nnlib.scratch.nn import init
from nnlib.scratch.nn.module import Module, Parameter


@primitive
def embedding(input, weight, padding_idx=None):
    """weight[input], for row numbers (...) and a table (rows, columns) -> (..., columns).

    The row ``padding_idx`` gets no gradient.
    """
    if input.dtype.kind not in "iu":
        raise TypeError(f"embedding expects integers, got {input.dtype}")
    rows = len(weight)
    if input.size and not (input.min() >= 0 and input.max() < rows):
        raise ValueError(
            f"embedding expects numbers from 0 to {rows - 1}, got {input.min()} to {input.max()}"
        )

    def pullback(grad):
        def grad_weight():
            # Sorted, the uses of a row stand side by side, and one call adds up each stretch:
            # with a small vocabulary five times as fast as np.add.at.
            order = np.argsort(input, axis=None, kind="stable")
            used, starts = np.unique(input.reshape(-1)[order], return_index=True)
            result = np.zeros_like(weight)
            if used.size:
                grads = grad.reshape(-1, weight.shape[1])[order]
                result[used] = np.add.reduceat(grads, starts)
            if padding_idx is not None:
                result[padding_idx] = 0
            return result

        return None, grad_weight

    return weight[input], pullback


class Embedding(Module):
    """A learned vector for each of a number of symbols (Bengio et al., 2003).

    Args:
        num_embeddings: number of symbols.
        embedding_dim: length of a vector.
        padding_idx: a symbol whose vector is zero and stays so, for the end of short sequences.
    Shapes: integers (...) -> (..., embedding_dim).
    Parameters: weight (num_embeddings, embedding_dim), standard normal at the start.
    Raises: TypeError for input that is not integer, ValueError for a number out of range.
    """

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None):
        super().__init__()
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), dtype=np.float32))
        init.normal_(self.weight)
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ValueError(
                    f"padding_idx must be one of {num_embeddings} symbols, got {padding_idx}"
                )
            padding_idx %= num_embeddings
            self.weight.data[padding_idx] = 0
        self.padding_idx = padding_idx

    def forward(self, input):
        return embedding(input, self.weight, self.padding_idx)

    def extra_repr(self):
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return "{}, {}".format(*self.weight.shape) + padding
