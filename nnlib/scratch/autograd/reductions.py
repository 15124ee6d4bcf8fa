"""Many elements to one: sums, means, extremes, norms, along some dimensions or all."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlib.scratch.autograd.graph import primitive
from nnlib.scratch.autograd.indexing import ValuesIndices, gather
from nnlib.scratch.autograd.ops import as_float, signs
from nnlib.scratch.autograd.shapes import Dims, normalize_dim, normalize_dims, squeeze

if TYPE_CHECKING:
    from nnlib.scratch.autograd.tensor import Tensor

Axes = tuple[int, ...] | None


def broadcast_back(reduced: Any, shape: tuple[int, ...], axes: Axes, keepdim: bool) -> np.ndarray:
    """Give a reduced array its axes back and broadcast it to the ``shape`` it came from."""
    if axes is not None and not keepdim:
        reduced = np.expand_dims(reduced, axes)
    return np.broadcast_to(reduced, shape)


def _count(x: np.ndarray, axes: Axes) -> int:
    """How many elements go into one result."""
    return x.size if axes is None else math.prod(x.shape[axis] for axis in axes)


@primitive
def sum(x: np.ndarray, dim: Dims | None = None, keepdim: bool = False):
    """Sum over dimension ``dim`` (int, tuple, or None for all)."""
    axes = normalize_dims(dim, x.ndim)
    out = x.sum(axis=axes, keepdims=keepdim)
    return out, lambda grad: (broadcast_back(grad, x.shape, axes, keepdim),)


@primitive
def mean(x: np.ndarray, dim: Dims | None = None, keepdim: bool = False):
    """Mean over dimension ``dim`` (int, tuple, or None for all); NaN over no elements.

    The mean of integers or booleans is a float32; PyTorch refuses it.
    """
    axes = normalize_dims(dim, x.ndim)
    share = 1 / (_count(x, axes) or math.nan)
    out = x.sum(axis=axes, keepdims=keepdim) / (_count(x, axes) or math.nan)
    if x.dtype.kind != "f":
        out = out.astype(np.float32)
    return out, lambda grad: (broadcast_back(grad * share, x.shape, axes, keepdim),)


@primitive
def prod(x: np.ndarray, dim: int | None = None, keepdim: bool = False):
    """Product over dimension ``dim``, or of all elements."""
    axes = None if dim is None or x.ndim == 0 else (normalize_dim(dim, x.ndim),)
    out = x.prod(axis=axes, keepdims=keepdim)

    def pullback(grad):
        """The derivative with respect to a factor is the product of the others, also at 0."""
        rows = x.reshape(1, -1) if axes is None else np.moveaxis(x, axes[0], -1)
        ones = np.ones_like(rows[..., :1])
        before = np.cumprod(np.concatenate([ones, rows[..., :-1]], axis=-1), axis=-1)
        after = np.cumprod(np.concatenate([ones, rows[..., :0:-1]], axis=-1), axis=-1)
        others = before * after[..., ::-1]
        others = others.reshape(x.shape) if axes is None else np.moveaxis(others, -1, axes[0])
        return (broadcast_back(grad, x.shape, axes, keepdim) * others,)

    return out, pullback


def _variance(x, dim, correction, keepdim):
    """The variance, its axes, the deviations from the mean, and the share of each square."""
    axes = normalize_dims(dim, x.ndim)
    freedom = _count(x, axes) - correction
    if freedom <= 0:
        raise ValueError(
            f"a variance with correction {correction} needs more than {correction} elements, "
            f"got shape {x.shape}, dim {dim}"
        )
    deviation = x - x.mean(axis=axes, keepdims=True)
    squares = (deviation * deviation).sum(axis=axes, keepdims=keepdim)
    return squares / freedom, axes, deviation, 1 / freedom


@primitive
def var(x: np.ndarray, dim: Dims | None = None, *, correction: int = 1, keepdim: bool = False):
    """Mean squared distance from the mean over ``dim``, divided by n - ``correction``, not n.

    Raises: ValueError if n - ``correction`` is not positive, where PyTorch gives NaN or infinity.
    """
    out, axes, deviation, share = _variance(as_float(x), dim, correction, keepdim)
    return out, lambda grad: (
        broadcast_back(grad * (2 * share), x.shape, axes, keepdim) * deviation,
    )


@primitive
def std(x: np.ndarray, dim: Dims | None = None, *, correction: int = 1, keepdim: bool = False):
    """Square root of `var`; where it is 0 the derivative is taken as 0.

    Raises: ValueError if n - ``correction`` is not positive, where PyTorch gives NaN or infinity.
    """
    variance, axes, deviation, share = _variance(as_float(x), dim, correction, keepdim)
    out = np.sqrt(variance)

    def pullback(grad):
        scale = np.where(out == 0, 0, grad * share / np.where(out == 0, 1, out))
        return (broadcast_back(scale, x.shape, axes, keepdim) * deviation,)

    return out, pullback


@primitive
def norm(x: np.ndarray, p: float | str = 2.0, dim: Dims | None = None, keepdim: bool = False):
    """The p-norm (Σ |x|^p)^(1/p) of the elements along ``dim``; p = inf takes the largest |x|.

    Where the norm is 0 the derivative is taken as 0.

    Raises: ValueError for a p that is not a positive number or "fro", which means 2.
    """
    power = 2.0 if p == "fro" else p
    if isinstance(power, str) or not power > 0:
        raise ValueError(f"norm expects a positive p or 'fro', got {p!r}")
    x = as_float(x)
    axes = normalize_dims(dim, x.ndim)
    size = np.abs(x)
    if power == math.inf:
        return _extremum(x, size.max(axis=axes, keepdims=keepdim, initial=0), axes, keepdim, size)
    if power == 2:
        out = np.sqrt((x * x).sum(axis=axes, keepdims=keepdim))
    else:
        out = (size**power).sum(axis=axes, keepdims=keepdim) ** (1 / power)

    def pullback(grad):
        scale = np.where(out == 0, 0, grad / np.where(out == 0, 1, out) ** (power - 1))
        if power == 2:
            slope = x
        elif power >= 1:
            slope = signs(x) * size ** (power - 1)
        else:
            slope = np.where(x == 0, 0, signs(x) * np.where(x == 0, 1, size) ** (power - 1))
        return (broadcast_back(scale, x.shape, axes, keepdim) * slope,)

    return out, pullback


def _extremum(x, out, axes, keepdim, size=None):
    """``out`` and the pullback that shares its gradient among all elements equal to it.

    A result that is NaN came from the NaNs. With ``size`` = |x| the extremum is that of ``size``.
    """
    candidates = x if size is None else size

    def pullback(grad):
        found = broadcast_back(out, x.shape, axes, keepdim)
        chosen = (candidates == found) | (np.isnan(candidates) & np.isnan(found))
        share = broadcast_back(grad, x.shape, axes, keepdim) / chosen.sum(axis=axes, keepdims=True)
        if size is not None:
            share = share * signs(x)
        return (np.where(chosen, share, 0).astype(x.dtype, copy=False),)

    return out, pullback


@primitive
def amax(x: np.ndarray, dim: Dims | None = None, keepdim: bool = False):
    """Largest element over ``dim`` (int, tuple, or None for all); equal ones share the gradient.

    Where the result is NaN, the elements that are NaN get the gradient; in PyTorch all are NaN.
    """
    axes = _axes_with_elements("amax", x, dim)
    return _extremum(x, x.max(axis=axes, keepdims=keepdim), axes, keepdim)


@primitive
def amin(x: np.ndarray, dim: Dims | None = None, keepdim: bool = False):
    """Smallest element over ``dim`` (int, tuple, or None for all); equal ones share the gradient.

    Where the result is NaN, the elements that are NaN get the gradient; in PyTorch all are NaN.
    """
    axes = _axes_with_elements("amin", x, dim)
    return _extremum(x, x.min(axis=axes, keepdims=keepdim), axes, keepdim)


def _axes_with_elements(name, x, dim):
    """The axes to reduce over, for a function that has no value over no elements."""
    axes = normalize_dims(dim, x.ndim)
    if _count(x, axes) == 0:
        raise ValueError(f"{name} needs at least one element, got shape {x.shape}, dim {dim}")
    return axes


def _extremum_along(x, find, dim, keepdim):
    """The elements along ``dim`` that ``find`` points to; the gradient goes to them alone."""
    indices = find(x, dim, keepdim=True)
    values = gather(x, dim, indices)
    if keepdim:
        return ValuesIndices(values, indices)
    return ValuesIndices(squeeze(values, dim), squeeze(indices, dim))


def max(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """Largest element of all; or along ``dim``, as (values, indices), the first of equal ones.

    For the element-by-element maximum of two tensors, which PyTorch's ``max`` gives too, use
    `maximum`.
    """
    return amax(x) if dim is None else _extremum_along(x, argmax, dim, keepdim)


def min(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """Smallest element of all; or along ``dim``, as (values, indices), the first of equal ones.

    For the element-by-element minimum of two tensors, which PyTorch's ``min`` gives too, use
    `minimum`.
    """
    return amin(x) if dim is None else _extremum_along(x, argmin, dim, keepdim)


@primitive
def logsumexp(x: np.ndarray, dim: Dims, keepdim: bool = False):
    """log(Σ exp(x)) over ``dim``; shifted by the maximum, so that exp cannot overflow."""
    x = as_float(x)
    axes = normalize_dims(dim, x.ndim)
    highest = x.max(axis=axes, keepdims=True, initial=-np.inf)
    highest = np.where(np.isinf(highest), 0, highest)  # inf - inf is NaN
    exps = np.exp(x - highest)
    totals = exps.sum(axis=axes, keepdims=True)
    with np.errstate(divide="ignore"):  # the logarithm of no probability at all is -inf
        out = highest + np.log(totals)

    def pullback(grad):
        share = broadcast_back(grad, x.shape, axes, keepdim)
        return (share * (exps / totals),)

    return out if keepdim else out.squeeze(axes), pullback


@primitive
def softmax(x: np.ndarray, dim: int = -1):
    """exp(x) / Σ exp(x) along ``dim``; shifted by the maximum, so that exp cannot overflow.

    PyTorch has no default for ``dim``.
    """
    x = as_float(x)
    axes = normalize_dims(normalize_dim(dim, x.ndim), x.ndim)
    out = np.exp(x - x.max(axis=axes, keepdims=True, initial=-np.inf))
    out /= out.sum(axis=axes, keepdims=True)
    return out, lambda grad: (out * (grad - (grad * out).sum(axis=axes, keepdims=True)),)


@primitive
def log_softmax(x: np.ndarray, dim: int = -1):
    """log(softmax(x)) along ``dim``, without taking the logarithm of a number that became 0.

    PyTorch has no default for ``dim``.
    """
    x = as_float(x)
    axes = normalize_dims(normalize_dim(dim, x.ndim), x.ndim)
    shifted = x - x.max(axis=axes, keepdims=True, initial=-np.inf)
    out = shifted - np.log(np.exp(shifted).sum(axis=axes, keepdims=True))
    return out, lambda grad: (grad - np.exp(out) * grad.sum(axis=axes, keepdims=True),)


@primitive
def cumsum(x: np.ndarray, dim: int):
    """Sums of all elements up to each along ``dim``; an element is part of all sums after it."""
    axis = normalize_dim(dim, x.ndim)
    if x.ndim == 0:
        return x, lambda grad: (grad,)
    return np.cumsum(x, axis=axis), lambda grad: (
        np.flip(np.cumsum(np.flip(grad, axis), axis=axis), axis),
    )


def _pick(find: Callable, name: str, x: np.ndarray, dim: int | None, keepdim: bool):
    axes = _axes_with_elements(name, x, dim)
    return find(x, axis=None if axes is None else axes[0], keepdims=keepdim), None


@primitive
def argmax(x: np.ndarray, dim: int | None = None, keepdim: bool = False):
    """Index of the largest element along ``dim``, or of all, counted row by row.

    The first of equal ones; PyTorch does not say which it takes.
    """
    return _pick(np.argmax, "argmax", np.asarray(x), dim, keepdim)


@primitive
def argmin(x: np.ndarray, dim: int | None = None, keepdim: bool = False):
    """Index of the smallest element along ``dim``, or of all, counted row by row.

    The first of equal ones; PyTorch does not say which it takes.
    """
    return _pick(np.argmin, "argmin", np.asarray(x), dim, keepdim)


@primitive
def any(x: np.ndarray, dim: Dims | None = None, keepdim: bool = False):
    """Whether an element along ``dim``, or of all, is not 0."""
    return np.any(x, axis=normalize_dims(dim, np.ndim(x)), keepdims=keepdim), None


@primitive
def all(x: np.ndarray, dim: Dims | None = None, keepdim: bool = False):
    """Whether every element along ``dim``, or of all, is not 0."""
    return np.all(x, axis=normalize_dims(dim, np.ndim(x)), keepdims=keepdim), None
