"""Arithmetic and functions of single elements, each operation with its derivative beside it.

A derivative that is 0 for some elements is selected, by `select` or ``np.where``. A factor of 0
would not do: the gradient that arrives may be infinite there, and 0 times infinity is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlib.scratch.autograd.graph import primitive
from nnlib.scratch.autograd.shapes import shape_of, unbroadcast


def as_float(x: Any) -> np.ndarray:
    """x itself if it is a floating-point array; other numbers become float32, as in PyTorch."""
    if type(x) is np.ndarray and x.dtype.kind == "f":
        return x
    array = np.asarray(x)
    return array if array.dtype.kind == "f" and hasattr(x, "dtype") else array.astype(np.float32)


_KINDS = {"b": 0, "i": 1, "u": 1, "f": 2}  # boolean < integer < floating-point


def _dtype_and_rank(x: Any) -> tuple[np.dtype, int]:
    """A dtype and how much it counts: 2 for that of an array, 1 for a 0-d array, 0 for a number."""
    if isinstance(x, np.ndarray):
        return x.dtype, 2 if x.ndim else 1
    dtype = np.asarray(x).dtype
    return np.dtype(np.float32) if dtype.kind == "f" else dtype, 2 if np.ndim(x) else 0


def promote(x: Any, y: Any) -> tuple[Any, Any]:
    """x and y in one dtype, by PyTorch's rule.

    Numbers (those of NumPy too) and 0-d arrays take on the dtype of the other operand, unless they
    are of a higher kind: boolean < integer < floating-point. Beside integers a floating-point
    dtype stays as it is: float32 and int64 give float32, where NumPy gives float64.
    """
    if type(x) is np.ndarray and type(y) is np.ndarray and x.dtype is y.dtype:
        return x, y
    if type(y) in (int, float) and type(x) is np.ndarray and x.dtype.kind == "f":
        return x, y
    (x_dtype, x_rank), (y_dtype, y_rank) = _dtype_and_rank(x), _dtype_and_rank(y)
    x_kind, y_kind = _KINDS.get(x_dtype.kind, 3), _KINDS.get(y_dtype.kind, 3)
    if x_kind != y_kind:
        dtype = x_dtype if x_kind > y_kind else y_dtype
    elif x_rank != y_rank:
        dtype = x_dtype if x_rank > y_rank else y_dtype
    else:
        dtype = np.promote_types(x_dtype, y_dtype)
    return np.asarray(x, dtype=dtype), np.asarray(y, dtype=dtype)


def select(mask: np.ndarray, grad: np.ndarray) -> np.ndarray:
    """``grad`` where ``mask`` holds, 0 elsewhere; mostly many times faster than ``np.where``."""
    if np.isfinite(grad).all():
        return grad * mask
    return np.where(mask, grad, 0)


@primitive
def add(x: np.ndarray, y: np.ndarray):
    """x + y."""
    x, y = promote(x, y)
    x_shape, y_shape = shape_of(x), shape_of(y)
    return x + y, lambda grad: (unbroadcast(grad, x_shape), unbroadcast(grad, y_shape))


@primitive
def sub(x: np.ndarray, y: np.ndarray):
    """x - y."""
    x, y = promote(x, y)
    x_shape, y_shape = shape_of(x), shape_of(y)
    return x - y, lambda grad: (unbroadcast(grad, x_shape), lambda: unbroadcast(-grad, y_shape))


@primitive
def mul(x: np.ndarray, y: np.ndarray):
    """x * y, element by element."""
    x, y = promote(x, y)
    return x * y, lambda grad: (
        lambda: unbroadcast(grad * y, shape_of(x)),
        lambda: unbroadcast(grad * x, shape_of(y)),
    )


@primitive
def div(x: np.ndarray, y: np.ndarray):
    """x / y, element by element."""
    x, y = promote(x, y)
    if x.dtype.kind != "f":
        x, y = as_float(x), as_float(y)
    out = x / y
    return out, lambda grad: (
        lambda: unbroadcast(grad / y, shape_of(x)),
        lambda: unbroadcast(-grad * (out / y), shape_of(y)),
    )


@primitive
def pow(x: np.ndarray, y: np.ndarray):
    """x ** y, element by element; the derivative with respect to x is 0 where y is 0."""
    x, y = promote(x, y)
    out = x**y

    def grad_x(grad):
        zero = y == 0
        slope = grad * (y * x ** (y - 1 + zero))  # for y = 0 not 1 / x, which may be infinite
        return unbroadcast(np.where(zero, 0, slope) if np.any(zero) else slope, shape_of(x))

    def grad_y(grad):
        zero = (x == 0) & (y >= 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return unbroadcast(np.where(zero, 0, grad * (out * np.log(x))), shape_of(y))

    return out, lambda grad: (lambda: grad_x(grad), lambda: grad_y(grad))


@primitive
def neg(x: np.ndarray):
    """-x."""
    return -x, lambda grad: (-grad,)


@primitive
def abs(x: np.ndarray):
    """|x|; the derivative at 0 is taken as 0."""
    return np.abs(x), lambda grad: (np.where(x > 0, grad, np.where(x < 0, -grad, 0)),)


def signs(x: np.ndarray) -> np.ndarray:
    """1 where x is positive, -1 where it is negative, 0 at 0 and NaN (NumPy has NaN there)."""
    return np.where(np.isnan(x), 0, np.sign(x)).astype(x.dtype, copy=False)


@primitive
def sign(x: np.ndarray):
    """1 where x is positive, -1 where it is negative, 0 at 0 and NaN; the derivative is 0."""
    return signs(x), lambda grad: (np.zeros_like(grad),)


@primitive
def square(x: np.ndarray):
    """x², element by element."""
    return x * x, lambda grad: (grad * (2 * x),)


@primitive
def exp(x: np.ndarray):
    """e ** x."""
    out = np.exp(as_float(x))
    return out, lambda grad: (grad * out,)


@primitive
def log(x: np.ndarray):
    """Natural logarithm."""
    x = as_float(x)
    return np.log(x), lambda grad: (grad / x,)


@primitive
def sqrt(x: np.ndarray):
    """Square root; the derivative at 0 is infinite."""
    out = np.sqrt(as_float(x))
    return out, lambda grad: (grad / (2 * out),)


@primitive
def sin(x: np.ndarray):
    """Sine, of radians."""
    x = as_float(x)
    return np.sin(x), lambda grad: (grad * np.cos(x),)


@primitive
def cos(x: np.ndarray):
    """Cosine, of radians."""
    x = as_float(x)
    return np.cos(x), lambda grad: (grad * -np.sin(x),)


@primitive
def tanh(x: np.ndarray):
    """Hyperbolic tangent."""
    out = np.tanh(as_float(x))
    return out, lambda grad: (grad * (1 - out * out),)


@primitive
def sigmoid(x: np.ndarray):
    """1 / (1 + exp(-x)), written so that exp never sees a positive number and cannot overflow."""
    x = as_float(x)
    out = np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))
    return out, lambda grad: (grad * out * (1 - out),)


@primitive
def relu(x: np.ndarray):
    """max(x, 0); the derivative at 0 is taken as 0."""
    return np.maximum(x, 0), lambda grad: (select(~(x <= 0), grad),)  # NaN passes, as in PyTorch


def _larger_share(grad, x, y):
    """The gradient of max(x, y) with respect to x: all of it, half where equal, none below y."""
    return unbroadcast(np.where(x == y, grad / 2, np.where(x < y, 0, grad)), shape_of(x))


@primitive
def maximum(x: np.ndarray, y: np.ndarray):
    """The larger of x and y; where they are equal each gets half of the gradient."""
    x, y = promote(x, y)
    return np.maximum(x, y), lambda grad: (
        lambda: _larger_share(grad, x, y),
        lambda: _larger_share(grad, y, x),
    )


@primitive
def minimum(x: np.ndarray, y: np.ndarray):
    """The smaller of x and y; where they are equal each gets half of the gradient."""
    x, y = promote(x, y)
    return np.minimum(x, y), lambda grad: (
        lambda: _larger_share(grad, -x, -y),
        lambda: _larger_share(grad, -y, -x),
    )


@primitive
def clamp(x: np.ndarray, min: Any = None, max: Any = None):
    """x cut off below ``min`` and above ``max``, numbers or tensors that broadcast with x.

    No gradient flows to x where it is cut off; it flows to the bound instead. Where both bounds
    cut, ``max`` counts.
    """
    if min is None and max is None:
        raise ValueError("clamp expects at least one of min and max")
    for bound in (min, max):
        if bound is not None:
            x, _ = promote(x, bound)
    low = -np.inf if min is None else min
    high = np.inf if max is None else max

    def cut_below():
        return x < low if max is None else (x < low) & (low < high)

    return np.clip(x, min, max).astype(x.dtype, copy=False), lambda grad: (
        lambda: unbroadcast(select((x >= low) & (x <= high), grad), shape_of(x)),
        lambda: unbroadcast(select(cut_below(), grad), shape_of(min)),
        lambda: unbroadcast(select((x > high) | (high < low), grad), shape_of(max)),
    )


@primitive
def where(condition: np.ndarray, x: np.ndarray, y: np.ndarray):
    """x where ``condition`` holds, y elsewhere.

    Raises: TypeError if ``condition`` is not boolean.
    """
    condition = np.asarray(condition)
    if condition.dtype != bool:
        raise TypeError(f"where expects a boolean condition, got {condition.dtype}")
    x, y = promote(x, y)
    return np.where(condition, x, y), lambda grad: (
        None,
        lambda: unbroadcast(select(condition, grad), shape_of(x)),
        lambda: unbroadcast(select(~condition, grad), shape_of(y)),
    )


@primitive
def matmul(x: np.ndarray, y: np.ndarray):
    """Matrix product of the last two dimensions, broadcast over the others; vectors as in NumPy.

    Operands of two dtypes are promoted; PyTorch refuses them.
    """
    x, y = promote(x, y)
    if x.shape[-1:] != y.shape[-2:][:1] or x.ndim == 0:
        raise ValueError(
            f"matmul multiplies (..., n, k) by (..., k, m), got {x.shape} and {y.shape}"
        )
    out = x @ y

    def pullback(grad):
        rows, columns = x, y
        if y.ndim == 1:
            columns, grad = y[:, None], np.expand_dims(grad, -1)
        if x.ndim == 1:
            rows, grad = x[None, :], np.expand_dims(grad, -2)
        return (
            lambda: unbroadcast(grad @ columns.swapaxes(-1, -2), rows.shape).reshape(x.shape),
            lambda: unbroadcast(rows.swapaxes(-1, -2) @ grad, columns.shape).reshape(y.shape),
        )

    return out, pullback


@primitive
def to(x: np.ndarray, dtype: Any):
    """x in another ``dtype``, NumPy's or its name; x itself if it has that dtype already.

    Raises: TypeError for a dtype that a Tensor cannot have, such as float16.
    """
    check_dtype(np.dtype(dtype), "to()")
    return x.astype(dtype, copy=False), (
        (lambda grad: (grad.astype(x.dtype, copy=False),)) if np.dtype(dtype).kind == "f" else None
    )


def check_dtype(dtype: np.dtype, what: str) -> None:
    """Raise TypeError for a dtype that a Tensor cannot have."""
    if dtype.kind in "iub" or dtype in (np.float32, np.float64):
        return
    if dtype.kind == "f":
        raise TypeError(
            f"{what} expects float32 or float64, got {dtype}; a sum in float16 is off by whole "
            "units, so convert to float32 first"
        )
    raise TypeError(f"{what} expects numbers, got {dtype}")


def _relation(ufunc: np.ufunc, symbol: str) -> Callable:
    """An operation of two arrays, element by element, that has no derivative."""

    def relation(x, y):
        return ufunc(*promote(x, y)), None

    relation.__name__ = relation.__qualname__ = symbol
    relation.__doc__ = f"{ufunc.__name__} of x and y, element by element; truth has no derivative."
    return primitive(relation)


eq = _relation(np.equal, "eq")
ne = _relation(np.not_equal, "ne")
lt = _relation(np.less, "lt")
le = _relation(np.less_equal, "le")
gt = _relation(np.greater, "gt")
ge = _relation(np.greater_equal, "ge")
bitwise_and = _relation(np.bitwise_and, "bitwise_and")
bitwise_or = _relation(np.bitwise_or, "bitwise_or")
bitwise_xor = _relation(np.bitwise_xor, "bitwise_xor")


@primitive
def logical_not(x: np.ndarray):
    """True where x is 0."""
    return np.logical_not(x), None


@primitive
def isnan(x: np.ndarray):
    """True where x is not a number."""
    return np.isnan(x), None


@primitive
def isinf(x: np.ndarray):
    """True where x is infinite, of either sign."""
    return np.isinf(x), None


@primitive
def isfinite(x: np.ndarray):
    """True where x is neither infinite nor NaN."""
    return np.isfinite(x), None
