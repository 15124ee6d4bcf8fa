"""Many elements to one: sums, means, extremes, along some dimensions or all."""

from typing import NamedTuple

import numpy as np

from nnlib.scratch.autograd.shapes import gather, squeeze
from nnlib.scratch.autograd.tensor import Tensor, primitive


def _spread(reduced, shape, dim, keepdim):
    """Give a reduced array its axes back and stretch it to the ``shape`` it came from."""
    if dim is not None and not keepdim:
        reduced = np.expand_dims(reduced, dim)
    return np.broadcast_to(reduced, shape)


@primitive
def sum(x, dim=None, keepdim=False):
    """Sum over dimension ``dim`` (int, tuple, or None for all)."""
    out = x.sum(axis=dim, keepdims=keepdim)
    return out, lambda grad: (_spread(grad, x.shape, dim, keepdim),)


@primitive
def mean(x, dim=None, keepdim=False):
    """Mean over dimension ``dim`` (int, tuple, or None for all)."""
    out = x.mean(axis=dim, keepdims=keepdim)
    share = out.size / x.size
    return out, lambda grad: (_spread(grad * share, x.shape, dim, keepdim),)


def _variance(x, dim, correction, keepdim):
    """The variance, the deviations from the mean, and the share that each square has."""
    deviation = x - x.mean(axis=dim, keepdims=True)
    squares = (deviation * deviation).sum(axis=dim, keepdims=keepdim)
    freedom = x.size // squares.size - correction
    if freedom <= 0:
        raise ValueError(
            f"a variance with correction {correction} needs more than {correction} elements, "
            f"got shape {x.shape}, dim {dim}"
        )
    return squares / freedom, deviation, 1 / freedom


@primitive
def var(x, dim=None, *, correction=1, keepdim=False):
    """Mean squared distance from the mean over ``dim``, with n - ``correction`` in place of n."""
    out, deviation, share = _variance(x, dim, correction, keepdim)
    return out, lambda grad: (_spread(grad * (2 * share), x.shape, dim, keepdim) * deviation,)


@primitive
def std(x, dim=None, *, correction=1, keepdim=False):
    """Square root of `var`; where it is 0 the derivative is taken as 0."""
    out, deviation, share = _variance(x, dim, correction, keepdim)
    out = np.sqrt(out)

    def pullback(grad):
        per_deviation = grad * share / np.where(out > 0, out, 1)
        return (_spread(per_deviation, x.shape, dim, keepdim) * deviation,)

    return out, pullback


def _extremum(x, out, dim, keepdim):
    """``out`` and the pullback that shares its gradient among all elements equal to it."""

    def pullback(grad):
        chosen = x == _spread(out, x.shape, dim, keepdim)
        ties = chosen.sum(axis=dim, keepdims=True)
        return (_spread(grad, x.shape, dim, keepdim) * (chosen / ties).astype(x.dtype),)

    return out, pullback


@primitive
def amax(x, dim=None, keepdim=False):
    """Largest element over ``dim``; equal ones share the gradient."""
    return _extremum(x, x.max(axis=dim, keepdims=keepdim), dim, keepdim)


@primitive
def amin(x, dim=None, keepdim=False):
    """Smallest element over ``dim``; equal ones share the gradient."""
    return _extremum(x, x.min(axis=dim, keepdims=keepdim), dim, keepdim)


class ValuesIndices(NamedTuple):
    """What `max` and `min` along a dimension return."""

    values: Tensor
    indices: Tensor


def _extremum_along(x, find, dim, keepdim):
    """The elements along ``dim`` that ``find`` points to; the gradient goes to them alone."""
    indices = find(x, dim, keepdim=True)
    values = gather(x, dim, indices)
    if keepdim:
        return ValuesIndices(values, indices)
    return ValuesIndices(squeeze(values, dim), squeeze(indices, dim))


def max(x, dim=None, keepdim=False):
    """Largest element of all; or along ``dim``, as (values, indices), the first of equal ones."""
    return amax(x) if dim is None else _extremum_along(x, argmax, dim, keepdim)


def min(x, dim=None, keepdim=False):
    """Smallest element of all; or along ``dim``, as (values, indices), the first of equal ones."""
    return amin(x) if dim is None else _extremum_along(x, argmin, dim, keepdim)


@primitive
def logsumexp(x, dim, keepdim=False):
    """log(sum(exp(x))) over ``dim``; shifted by the maximum, so that exp cannot overflow."""
    highest = x.max(axis=dim, keepdims=True)
    exps = np.exp(x - highest)
    totals = exps.sum(axis=dim, keepdims=True)
    out = highest + np.log(totals)
    if not keepdim:
        out = out.squeeze(dim)
    return out, lambda grad: (_spread(grad, x.shape, dim, keepdim) * (exps / totals),)


@primitive
def cumsum(x, dim):
    """Sums of all elements up to each along ``dim``; an element is part of all sums after it."""
    return np.cumsum(x, axis=dim), lambda grad: (
        np.flip(np.cumsum(np.flip(grad, dim), axis=dim), dim),
    )


def _array(x):
    return x.data if isinstance(x, Tensor) else np.asarray(x)


def argmax(x, dim=None, keepdim=False):
    """Index of the largest element along ``dim``, or of all, counted row by row."""
    return Tensor(np.argmax(_array(x), axis=dim, keepdims=keepdim))


def argmin(x, dim=None, keepdim=False):
    """Index of the smallest element along ``dim``, or of all, counted row by row."""
    return Tensor(np.argmin(_array(x), axis=dim, keepdims=keepdim))


def any(x, dim=None, keepdim=False):
    """Whether an element along ``dim``, or of all, is not 0."""
    return Tensor(np.any(_array(x), axis=dim, keepdims=keepdim))


def all(x, dim=None, keepdim=False):
    """Whether every element along ``dim``, or of all, is not 0."""
    return Tensor(np.all(_array(x), axis=dim, keepdims=keepdim))
