"""Elements picked out of a Tensor: by index, by mask, by rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nnlib.scratch.autograd.graph import Node, primitive
from nnlib.scratch.autograd.ops import where
from nnlib.scratch.autograd.shapes import normalize_dim

if TYPE_CHECKING:
    from nnlib.scratch.autograd.tensor import Tensor


def _picks_once(index: Any) -> bool:
    """Whether no element can be picked twice: true of slices, integers and masks."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None
        or part is ...
        or isinstance(part, int | np.integer | slice)
        or getattr(part, "dtype", None) == np.bool_
        for part in parts
    )


@primitive
def _getitem(x, index):
    def pullback(grad):
        grad_x = np.zeros_like(x)
        if _picks_once(index):
            grad_x[index] = grad
        else:
            np.add.at(grad_x, index, grad)  # adds, where an element was picked more than once
        return (grad_x,)

    return x[index], pullback


def arrays_of(index: Any) -> Any:
    """An index with its Tensors replaced by their arrays, and its lists by arrays."""
    if isinstance(index, tuple):
        return tuple(map(arrays_of, index))
    if isinstance(index, list):
        array = np.asarray(index)
        return array if array.size else array.astype(np.intp)
    return index.data if isinstance(index, Node) else index


def getitem(x: Tensor, index: Any) -> Tensor:
    """x[index], with integers, slices, None, ``...``, masks and integer arrays or Tensors.

    Slices may have negative steps, which PyTorch does not allow.
    """
    return _getitem(x, arrays_of(index))


def gather(x: Tensor, dim: int, index: Any) -> Tensor:
    """Pick elements along ``dim``; for dim 0, out[i, j] = x[index[i, j], j].

    ``index`` has as many dimensions as x, and is no longer than x in any but ``dim``.
    """
    index = np.asarray(arrays_of(index))
    shape = np.shape(x)
    dim = normalize_dim(dim, len(shape))
    if index.ndim != len(shape) or any(
        n > length for i, (n, length) in enumerate(zip(index.shape, shape, strict=True)) if i != dim
    ):
        raise ValueError(
            f"gather expects an index of {len(shape)} dimensions that fits into {shape} except in "
            f"dim {dim}, got {index.shape}"
        )
    if index.size and not (index.min() >= 0 and index.max() < (shape or (1,))[dim]):
        raise ValueError(
            f"gather expects indices from 0 to {(shape or (1,))[dim] - 1}, "
            f"got {index.min()} to {index.max()}"
        )
    if not shape:
        return _getitem(x, ())
    position = np.ogrid[tuple(map(slice, index.shape))]
    return _getitem(x, (*position[:dim], index, *position[dim + 1 :]))


def masked_fill(x: Tensor, mask: Any, value: Any) -> Tensor:
    """x with ``value`` (a number or 0-d Tensor) at the positions where ``mask`` holds.

    Raises: ValueError if ``value`` has dimensions, TypeError if ``mask`` is not boolean.
    """
    if np.ndim(value):
        raise ValueError(f"masked_fill expects one value, got shape {np.shape(value)}")
    return where(mask, value, x)


class ValuesIndices(NamedTuple):
    """What functions that pick elements along a dimension return."""

    values: Tensor
    indices: Tensor


@primitive
def argsort(x: np.ndarray, dim: int = -1, descending: bool = False):
    """Indices that sort x along ``dim``; equal elements keep their order, NaN is the largest."""
    if x.ndim == 0:
        normalize_dim(dim, 0)
        return np.zeros((), dtype=np.int64), None
    dim = normalize_dim(dim, x.ndim)
    if not descending:
        return np.argsort(x, axis=dim, kind="stable"), None
    backward = np.argsort(np.flip(x, dim), axis=dim, kind="stable")  # last of equal ones first
    return np.flip(x.shape[dim] - 1 - backward, dim), None


def sort(x: Tensor, dim: int = -1, descending: bool = False) -> ValuesIndices:
    """The elements in order along ``dim``, as (values, indices); equal elements keep their order.

    NaN counts as the largest. PyTorch keeps the order of equal elements only with ``stable=True``.
    """
    indices = argsort(x, dim, descending)
    return ValuesIndices(gather(x, dim, indices), indices)


def topk(x: Tensor, k: int, dim: int = -1, largest: bool = True) -> ValuesIndices:
    """The ``k`` largest (or smallest) elements along ``dim``, in order, as (values, indices).

    Of equal elements the first come first; PyTorch does not say which it takes.
    """
    shape = np.shape(x)
    dim = normalize_dim(dim, len(shape))
    if not 0 <= k <= (shape or (1,))[dim]:
        raise ValueError(f"topk expects k from 0 to {(shape or (1,))[dim]}, got {k}")
    indices = argsort(x, dim, largest)
    if shape:
        indices = indices[(slice(None),) * dim + (slice(k),)]
    return ValuesIndices(gather(x, dim, indices), indices)
