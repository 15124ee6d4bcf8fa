"""Embedding: a table of learned vectors, one for each token."""

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn import init
from nnlib.scratch.nn.module import Module, Parameter


def _row_index(padding_idx, rows):
    """``padding_idx`` counted from the first row, or None."""
    if padding_idx is None:
        return None
    if not -rows <= padding_idx < rows:
        raise ValueError(f"padding_idx must be from {-rows} to {rows - 1}, got {padding_idx}")
    return padding_idx % rows


@primitive
def embedding(input: np.ndarray, weight: np.ndarray, padding_idx: int | None = None):
    """weight[input], for row indices (...) and a table (rows, columns) -> (..., columns).

    The row ``padding_idx`` gets no gradient.

    Raises: TypeError for input that is not integer, ValueError for an index out of range.
    """
    if input.dtype.kind not in "iu":
        raise TypeError(f"embedding expects integers, got {input.dtype}")
    rows, columns = weight.shape
    if input.size and not (input.min() >= 0 and input.max() < rows):
        raise ValueError(
            f"embedding expects indices from 0 to {rows - 1}, got {input.min()} to {input.max()}"
        )
    padding_idx = _row_index(padding_idx, rows)

    def grad_weight(grad):
        # After sorting, the uses of a row are adjacent, and one call sums each stretch of them:
        # with a small vocabulary five times as fast as np.add.at.
        order = np.argsort(input, axis=None, kind="stable")
        used, first = np.unique(input.reshape(-1)[order], return_index=True)
        result = np.zeros_like(weight)
        if used.size:
            result[used] = np.add.reduceat(grad.reshape(input.size, columns)[order], first)
        if padding_idx is not None:
            result[padding_idx] = 0
        return result

    return weight[input], lambda grad: (None, lambda: grad_weight(grad))


class Embedding(Module):
    """A learned vector for each token of a vocabulary (Bengio et al., 2003).

    Args:
        num_embeddings: vocabulary size.
        embedding_dim: length of a vector.
        padding_idx: a token whose vector is initialized to zero and gets no gradient, for padding;
            a negative one counts from the end.
    Shapes: integers (...) -> (..., embedding_dim).
    Parameters: weight (num_embeddings, embedding_dim), initialized from a standard normal
        distribution.
    Raises: TypeError for input that is not integer, ValueError for an index out of range.
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None):
        super().__init__()
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), dtype=np.float32))
        init.normal_(self.weight)
        self.padding_idx = _row_index(padding_idx, num_embeddings)
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx] = 0

    def forward(self, input: Tensor) -> Tensor:
        return embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return "{}, {}".format(*self.weight.shape) + padding
