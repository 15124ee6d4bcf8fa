"""The same elements in another arrangement: shapes, indexing, joining."""

import math

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor, primitive


def shape_of(x):
    """Shape of an array, () of a plain number; np.shape takes four times as long."""
    return getattr(x, "shape", ())


def unbroadcast(grad, shape):
    """Sum ``grad`` over the axes along which an input of ``shape`` was broadcast.

    An element that was used in many places collects the gradient from all of them.
    """
    if grad.shape == shape:
        return grad
    added = grad.ndim - len(shape)
    stretched = [i for i, length in enumerate(shape, added) if length == 1 and grad.shape[i] != 1]
    return grad.sum(axis=(*range(added), *stretched), keepdims=True).reshape(shape)


@primitive
def reshape(x, shape):
    """The same elements in another ``shape``; one length may be -1."""
    return x.reshape(shape), lambda grad: (grad.reshape(x.shape),)


def _position(dim, ndim):
    """``dim`` counted from the front."""
    if not -ndim <= dim < ndim:
        raise ValueError(f"dim must be from {-ndim} to {ndim - 1}, got {dim}")
    return dim % ndim


def squeeze(x, dim=None):
    """Drop dimensions of length 1: all of them, or ``dim`` (int or tuple) where it has length 1."""
    shape = np.shape(x)
    if dim is None:
        dims = range(len(shape))
    else:
        dims = [_position(d, len(shape)) for d in (dim if np.iterable(dim) else (dim,))]
    return reshape(x, tuple(n for i, n in enumerate(shape) if n != 1 or i not in dims))


def unsqueeze(x, dim):
    """Insert a dimension of length 1 so that it becomes dimension ``dim``."""
    shape = np.shape(x)
    dim = _position(dim, len(shape) + 1)
    return reshape(x, (*shape[:dim], 1, *shape[dim:]))


def flatten(x, start_dim=0, end_dim=-1):
    """Make one dimension of those from ``start_dim`` to ``end_dim``."""
    shape = np.shape(x) or (1,)
    start, end = _position(start_dim, len(shape)), _position(end_dim, len(shape))
    if start > end:
        raise ValueError(f"flatten needs start_dim before end_dim, got {start_dim} and {end_dim}")
    return reshape(x, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


@primitive
def expand(x, shape):
    """Repeat x along dimensions of length 1, without copying, to ``shape``; -1 keeps a length."""
    added = len(shape) - x.ndim
    lengths = [x.shape[i - added] if n == -1 else n for i, n in enumerate(shape)]
    return np.broadcast_to(x, lengths), lambda grad: (unbroadcast(grad, x.shape),)


@primitive
def pad(x, pad, value=0.0):
    """Surround x with ``value``.

    ``pad`` gives how many to add before and after the last dimension, then before and after the one
    before it, and so on: (left, right, top, bottom) for images.
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
def permute(x, dims):
    """Reorder the dimensions: dimension i of the result is dimension ``dims[i]`` of x."""
    return x.transpose(dims), lambda grad: (grad.transpose(np.argsort(dims)),)


@primitive
def transpose(x, dim0, dim1):
    """Swap two dimensions."""
    return x.swapaxes(dim0, dim1), lambda grad: (grad.swapaxes(dim0, dim1),)


def _picks_once(index):
    """Whether no element can be picked twice: true of slices and integers, not of arrays."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is ... or isinstance(part, int | slice) for part in parts)


@primitive
def getitem(x, index):
    """x[index], with integers, slices, None, masks and integer arrays."""

    def pullback(grad):
        grad_x = np.zeros_like(x)
        if _picks_once(index):
            grad_x[index] = grad
        else:
            np.add.at(grad_x, index, grad)  # adds, where an element was picked more than once
        return (grad_x,)

    return x[index], pullback


def gather(x, dim, index):
    """Pick elements along ``dim``; for dim 0, out[i, j] = x[index[i, j], j].

    ``index`` has the dimensions of x, and none longer but ``dim``.
    """
    index = index.data if isinstance(index, Tensor) else np.asarray(index)
    shape = np.shape(x)
    dim = _position(dim, len(shape))
    if index.ndim != len(shape) or any(
        n > length for i, (n, length) in enumerate(zip(index.shape, shape, strict=True)) if i != dim
    ):
        raise ValueError(
            f"gather expects an index of {len(shape)} dimensions that fits into {shape} beside "
            f"dim {dim}, got {index.shape}"
        )
    if index.size and not (index.min() >= 0 and index.max() < shape[dim]):
        raise ValueError(
            f"gather expects indices from 0 to {shape[dim] - 1}, got {index.min()} to {index.max()}"
        )
    position = np.ogrid[tuple(map(slice, index.shape))]
    return getitem(x, (*position[:dim], index, *position[dim + 1 :]))


@primitive
def _cat(*arrays, dim):
    ends = np.cumsum([array.shape[dim] for array in arrays])[:-1]
    return np.concatenate(arrays, axis=dim), lambda grad: np.split(grad, ends, axis=dim)


def cat(tensors, dim=0):
    """Join tensors along an existing dimension."""
    return _cat(*tensors, dim=dim)


@primitive
def _stack(*arrays, dim):
    return np.stack(arrays, axis=dim), lambda grad: np.moveaxis(grad, dim, 0)


def stack(tensors, dim=0):
    """Join tensors of one shape along a new dimension."""
    return _stack(*tensors, dim=dim)
