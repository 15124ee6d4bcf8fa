"""The same elements in another arrangement: shapes, joining and splitting."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlib.scratch.autograd.graph import primitive

if TYPE_CHECKING:
    from nnlib.scratch.autograd.tensor import Tensor

Dims = int | Sequence[int]


def shape_of(x: Any) -> tuple[int, ...]:
    """Shape of an array, () of a plain number; np.shape takes four times as long."""
    return getattr(x, "shape", ())


def unbroadcast(grad: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum ``grad`` over the axes along which an input of ``shape`` was broadcast.

    An element that was used several times collects the gradient from each use.
    """
    if grad.shape == shape:
        return grad
    added = grad.ndim - len(shape)
    stretched = [i for i, length in enumerate(shape, added) if length == 1 and grad.shape[i] != 1]
    return grad.sum(axis=(*range(added), *stretched), keepdims=True).reshape(shape)


def normalize_dim(dim: int, ndim: int) -> int:
    """``dim`` counted from the front, 0 to ``ndim`` - 1; a 0-d array counts as 1-d, as in PyTorch.

    Raises: ValueError for a dim out of range, TypeError for one that is not an integer.
    """
    ndim = max(ndim, 1)
    try:
        position = operator.index(dim)
    except TypeError:
        raise TypeError(f"dim must be an integer, got {dim!r}") from None
    if not -ndim <= position < ndim:
        raise ValueError(f"dim must be from {-ndim} to {ndim - 1}, got {dim}")
    return position % ndim


def normalize_dims(dim: Dims | None, ndim: int) -> tuple[int, ...] | None:
    """The axes to reduce over, counted from the front; None, or no dims, means all of them.

    Raises: ValueError for a dim that is out of range or given twice.
    """
    if dim is None:
        return None
    dims = [normalize_dim(d, ndim) for d in (dim if isinstance(dim, Iterable) else (dim,))]
    if len(set(dims)) < len(dims):
        raise ValueError(f"each dim may be given once, got {dim}")
    return tuple(dims) if dims and ndim else None


@primitive
def reshape(x: np.ndarray, shape: int | Sequence[int]):
    """The same elements in another ``shape``; one length may be -1."""
    return x.reshape(shape), lambda grad: (grad.reshape(x.shape),)


@primitive
def view(x: np.ndarray, shape: int | Sequence[int]):
    """`reshape` that refuses to copy: the result shares the memory of x.

    Raises: ValueError if the elements of x do not lie in memory in the order that ``shape`` needs.
    """
    out = x.reshape(shape)
    if x.size and not np.may_share_memory(x, out):
        raise ValueError(f"view cannot give shape {shape} to these elements in memory; use reshape")
    return out, lambda grad: (grad.reshape(x.shape),)


@primitive
def clone(x: np.ndarray):
    """A copy, through which gradients flow."""
    return x.copy(), lambda grad: (grad,)


@primitive
def contiguous(x: np.ndarray):
    """x with its elements in row-major order in memory; x itself if they are."""
    return np.asarray(x, order="C"), lambda grad: (grad,)


def squeeze(x: Tensor, dim: Dims | None = None) -> Tensor:
    """Drop dimensions of length 1: all of them, or ``dim`` (int or tuple) where it has length 1."""
    shape = np.shape(x)
    dims = range(len(shape)) if dim is None else normalize_dims(dim, len(shape)) or ()
    return reshape(x, tuple(n for i, n in enumerate(shape) if n != 1 or i not in dims))


def unsqueeze(x: Tensor, dim: int) -> Tensor:
    """Insert a dimension of length 1 so that it becomes dimension ``dim``."""
    shape = np.shape(x)
    dim = normalize_dim(dim, len(shape) + 1)
    return reshape(x, (*shape[:dim], 1, *shape[dim:]))


def flatten(x: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Make one dimension of those from ``start_dim`` to ``end_dim``."""
    shape = np.shape(x) or (1,)
    start, end = normalize_dim(start_dim, len(shape)), normalize_dim(end_dim, len(shape))
    if start > end:
        raise ValueError(f"flatten needs start_dim before end_dim, got {start_dim} and {end_dim}")
    return reshape(x, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


@primitive
def expand(x: np.ndarray, shape: Sequence[int]):
    """Repeat x along dimensions of length 1, without copying, to ``shape``; -1 keeps a length.

    Raises: ValueError if ``shape`` does not fit x, or is -1 for a dimension that x does not have.
    """
    added = len(shape) - x.ndim
    if added < 0 or -1 in shape[:added]:
        raise ValueError(
            f"expand needs a length for each of {x.ndim} dimensions, after those it adds, which "
            f"cannot be -1; got {tuple(shape)} for shape {x.shape}"
        )
    lengths = [x.shape[i - added] if n == -1 else n for i, n in enumerate(shape)]
    return np.broadcast_to(x, lengths), lambda grad: (unbroadcast(grad, x.shape),)


def repeat(x: Tensor, repeats: Sequence[int]) -> Tensor:
    """Copies of x side by side: ``repeats[i]`` of them along dimension i, as np.tile makes them.

    More repeats than dimensions add dimensions in front.
    """
    shape = np.shape(x)
    added = len(repeats) - len(shape)
    if added < 0 or min(repeats, default=0) < 0:
        raise ValueError(
            f"repeat needs a number, 0 or more, for each of {len(shape)} dimensions, got {repeats}"
        )
    shape = (1,) * added + shape
    apart = reshape(x, [n for length in shape for n in (1, length)])  # (1, n0, 1, n1, ...)
    copies = expand(apart, [n for pair in zip(repeats, shape, strict=True) for n in pair])
    out = reshape(copies, [r * n for r, n in zip(repeats, shape, strict=True)])
    return clone(out) if math.prod(repeats) == 1 else out  # a copy, always


@primitive
def pad(x: np.ndarray, pad: Sequence[int], value: float = 0.0):
    """Surround x with ``value``.

    ``pad`` gives how many to add before and after the last dimension, then before and after the one
    before it, and so on: (left, right, top, bottom) for images. Unlike PyTorch's, no number may be
    negative.
    """
    if len(pad) % 2 or len(pad) > 2 * x.ndim or min(pad, default=0) < 0:
        raise ValueError(
            f"pad expects a pair of numbers, 0 or more, for each of up to {x.ndim} dimensions, "
            f"got {pad}"
        )
    pairs = [(0, 0)] * (x.ndim - len(pad) // 2) + [*zip(pad[-2::-2], pad[::-2], strict=True)]
    inside = tuple(
        slice(before, before + length) for (before, _), length in zip(pairs, x.shape, strict=True)
    )
    return np.pad(x, pairs, constant_values=value), lambda grad: (grad[inside],)


@primitive
def permute(x: np.ndarray, dims: Sequence[int]):
    """Reorder the dimensions: dimension i of the result is dimension ``dims[i]`` of x.

    Raises: ValueError unless ``dims`` names each dimension once.
    """
    order = [normalize_dim(dim, x.ndim) for dim in dims]
    if sorted(order) != [*range(x.ndim)]:
        raise ValueError(f"permute needs each of {x.ndim} dimensions once, got {tuple(dims)}")
    return x.transpose(order), lambda grad: (grad.transpose(np.argsort(order)),)


@primitive
def transpose(x: np.ndarray, dim0: int, dim1: int):
    """Swap two dimensions."""
    if x.ndim == 0:
        return x, lambda grad: (grad,)
    dim0, dim1 = normalize_dim(dim0, x.ndim), normalize_dim(dim1, x.ndim)
    return x.swapaxes(dim0, dim1), lambda grad: (grad.swapaxes(dim0, dim1),)


@primitive
def flip(x: np.ndarray, dims: Dims):
    """Reverse the order of the elements along ``dims`` (int or tuple)."""
    axes = normalize_dims(dims, x.ndim) or ()
    return np.flip(x, axes), lambda grad: (np.flip(grad, axes),)


def _joined_shapes(name: str, arrays: Sequence[np.ndarray]) -> list[tuple[int, ...]]:
    if not arrays:
        raise ValueError(f"{name} expects at least one tensor, got none")
    return [array.shape for array in arrays]


@primitive
def _cat(*arrays, dim):
    arrays = tuple(map(np.asarray, arrays))
    shapes = _joined_shapes("cat", arrays)
    dim = normalize_dim(dim, arrays[0].ndim)
    if () in shapes or len({(len(s), s[:dim], s[dim + 1 :]) for s in shapes}) > 1:
        raise ValueError(f"cat expects shapes that differ only in dim {dim}, got {shapes}")
    ends = np.cumsum([array.shape[dim] for array in arrays])[:-1]
    return np.concatenate(arrays, axis=dim), lambda grad: np.split(grad, ends, axis=dim)


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Join tensors along an existing dimension."""
    return _cat(*tensors, dim=dim)


@primitive
def _stack(*arrays, dim):
    arrays = tuple(map(np.asarray, arrays))
    shapes = _joined_shapes("stack", arrays)
    if len(set(shapes)) > 1:
        raise ValueError(f"stack expects tensors of one shape, got {shapes}")
    dim = normalize_dim(dim, arrays[0].ndim + 1)
    return np.stack(arrays, axis=dim), lambda grad: np.moveaxis(grad, dim, 0)


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Join tensors of one shape along a new dimension."""
    return _stack(*tensors, dim=dim)


def split(
    x: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0
) -> tuple[Tensor, ...]:
    """Cut x along ``dim`` into a tuple of parts that share its memory.

    Args:
        split_size_or_sections: the length of each part (the last may be shorter), or a list of
            the lengths of all parts.
    """
    shape = np.shape(x)
    dim = normalize_dim(dim, len(shape))
    if not shape:
        raise ValueError("split expects at least one dimension, got a 0-d tensor")
    sections = split_size_or_sections
    if isinstance(sections, int):
        if sections < 1:
            raise ValueError(f"split_size must be 1 or more, got {sections}")
        starts = range(0, shape[dim] or 1, sections)
        sections = [min(sections, shape[dim] - start) for start in starts]
    if sum(sections) != shape[dim] or min(sections, default=0) < 0:
        raise ValueError(f"split needs lengths that add up to {shape[dim]}, got {sections}")
    ends = [sum(sections[: i + 1]) for i in range(len(sections))]
    before = (slice(None),) * dim
    return tuple(
        x[(*before, slice(end - length, end))] for end, length in zip(ends, sections, strict=True)
    )


def chunk(x: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut x along ``dim`` into at most ``chunks`` parts of equal length; the last may be shorter.

    The parts share the memory of x.
    """
    if chunks < 1:
        raise ValueError(f"chunk expects 1 or more chunks, got {chunks}")
    length = (np.shape(x) or (1,))[normalize_dim(dim, np.ndim(x))]
    if length == 0:
        return split(x, [0] * chunks, dim)
    return split(x, -(-length // chunks), dim)


def unbind(x: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices of x along ``dim``, which the result no longer has, as a tuple."""
    if np.ndim(x) == 0:
        raise ValueError("unbind expects at least one dimension, got a 0-d tensor")
    before = (slice(None),) * normalize_dim(dim, np.ndim(x))
    return tuple(x[(*before, i)] for i in range(np.shape(x)[len(before)]))
