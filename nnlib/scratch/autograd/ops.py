"""Arithmetic, each operation with its derivative beside it.

At the end these operations, those on shapes and the reductions become methods and operators of
`Tensor`.
"""

import numpy as np

from nnlib.scratch.autograd.reductions import (
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    cumsum,
    logsumexp,
    max,
    mean,
    min,
    std,
    sum,
    var,
)
from nnlib.scratch.autograd.shapes import (
    expand,
    flatten,
    gather,
    getitem,
    permute,
    reshape,
    shape_of,
    squeeze,
    transpose,
    unbroadcast,
    unsqueeze,
)
from nnlib.scratch.autograd.tensor import Tensor, primitive


@primitive
def add(x, y):
    """x + y."""
    x_shape, y_shape = shape_of(x), shape_of(y)
    return x + y, lambda grad: (unbroadcast(grad, x_shape), unbroadcast(grad, y_shape))


@primitive
def sub(x, y):
    """x - y."""
    x_shape, y_shape = shape_of(x), shape_of(y)
    return x - y, lambda grad: (unbroadcast(grad, x_shape), lambda: unbroadcast(-grad, y_shape))


@primitive
def mul(x, y):
    """x * y, element by element."""
    return x * y, lambda grad: (
        lambda: unbroadcast(grad * y, shape_of(x)),
        lambda: unbroadcast(grad * x, shape_of(y)),
    )


@primitive
def div(x, y):
    """x / y, element by element."""
    return x / y, lambda grad: (
        lambda: unbroadcast(grad / y, shape_of(x)),
        lambda: unbroadcast(-grad * x / (y * y), shape_of(y)),
    )


@primitive
def pow(x, y):
    """x ** y, element by element."""
    out = x**y
    return out, lambda grad: (
        # for y = 0 the factor 0 shall meet 1, not 1 / x, which is infinite at x = 0
        lambda: unbroadcast(grad * y * x ** (y - 1 + (y == 0)), shape_of(x)),
        lambda: unbroadcast(
            grad * out * np.log(np.where(x == 0, 1, x)).astype(out.dtype), shape_of(y)
        ),
    )


@primitive
def neg(x):
    """-x."""
    return -x, lambda grad: (-grad,)


@primitive
def abs(x):
    """|x|; the derivative at 0 is taken as 0."""
    return np.abs(x), lambda grad: (grad * np.sign(x),)


@primitive
def exp(x):
    """e ** x."""
    out = np.exp(x)
    return out, lambda grad: (grad * out,)


@primitive
def log(x):
    """Natural logarithm."""
    return np.log(x), lambda grad: (grad / x,)


@primitive
def sqrt(x):
    """Square root."""
    out = np.sqrt(x)
    return out, lambda grad: (grad * 0.5 / out,)


@primitive
def sin(x):
    """Sine, of radians."""
    return np.sin(x), lambda grad: (grad * np.cos(x),)


@primitive
def cos(x):
    """Cosine, of radians."""
    return np.cos(x), lambda grad: (grad * -np.sin(x),)


@primitive
def maximum(x, y):
    """The larger of x and y; where they are equal each gets half of the gradient."""
    return np.maximum(x, y), lambda grad: (
        lambda: unbroadcast(grad * np.heaviside(x - y, 0.5), shape_of(x)),
        lambda: unbroadcast(grad * np.heaviside(y - x, 0.5), shape_of(y)),
    )


@primitive
def minimum(x, y):
    """The smaller of x and y; where they are equal each gets half of the gradient."""
    return np.minimum(x, y), lambda grad: (
        lambda: unbroadcast(grad * np.heaviside(y - x, 0.5), shape_of(x)),
        lambda: unbroadcast(grad * np.heaviside(x - y, 0.5), shape_of(y)),
    )


@primitive
def clamp(x, min=None, max=None):
    """x cut off below ``min`` and above ``max``; no gradient flows where it is cut."""
    if min is None and max is None:
        raise ValueError("clamp expects at least one of min and max")
    out = np.clip(x, min, max)
    return out, lambda grad: (grad * (out == x),)


@primitive
def where(condition, x, y):
    """x where ``condition`` holds, y elsewhere."""
    return np.where(condition, x, y), lambda grad: (
        None,
        lambda: unbroadcast(grad * condition, shape_of(x)),
        lambda: unbroadcast(grad * np.logical_not(condition), shape_of(y)),
    )


@primitive
def matmul(x, y):
    """Matrix product of the last two dimensions, broadcast over the others; vectors as in NumPy."""
    if x.shape[-1:] != y.shape[-2:][:1]:
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


def _arrays(index):
    """An index with its Tensors replaced by their arrays."""
    if isinstance(index, tuple):
        return tuple(map(_arrays, index))
    return index.data if isinstance(index, Tensor) else index


def _as_tuple(lengths):
    """``reshape(2, 3)`` and ``reshape((2, 3))`` mean the same."""
    return tuple(lengths[0]) if len(lengths) == 1 and np.iterable(lengths[0]) else lengths


def _compare(relation):
    """A method that compares element by element; truth has no derivative."""
    return lambda self, other: Tensor(
        relation(self.data, other.data if isinstance(other, Tensor) else other)
    )


Tensor.__add__ = Tensor.__radd__ = add
Tensor.__sub__ = sub
Tensor.__rsub__ = lambda self, other: sub(other, self)
Tensor.__mul__ = Tensor.__rmul__ = mul
Tensor.__truediv__ = div
Tensor.__rtruediv__ = lambda self, other: div(other, self)
Tensor.__pow__ = pow
Tensor.__rpow__ = lambda self, other: pow(other, self)
Tensor.__matmul__ = matmul
Tensor.__rmatmul__ = lambda self, other: matmul(other, self)
Tensor.__neg__ = neg
Tensor.__abs__ = abs
Tensor.__getitem__ = lambda self, index: getitem(self, _arrays(index))

Tensor.__eq__ = _compare(np.equal)
Tensor.__ne__ = _compare(np.not_equal)
Tensor.__lt__ = _compare(np.less)
Tensor.__le__ = _compare(np.less_equal)
Tensor.__gt__ = _compare(np.greater)
Tensor.__ge__ = _compare(np.greater_equal)

Tensor.abs = abs
Tensor.exp = exp
Tensor.log = log
Tensor.sqrt = sqrt
Tensor.sin = sin
Tensor.cos = cos
Tensor.clamp = clamp
Tensor.matmul = matmul
Tensor.sum = sum
Tensor.mean = mean
Tensor.var = var
Tensor.std = std
Tensor.amax = amax
Tensor.amin = amin
Tensor.max = max
Tensor.min = min
Tensor.argmax = argmax
Tensor.argmin = argmin
Tensor.any = any
Tensor.all = all
Tensor.logsumexp = logsumexp
Tensor.cumsum = cumsum
Tensor.transpose = transpose
Tensor.reshape = lambda self, *shape: reshape(self, _as_tuple(shape))
Tensor.permute = lambda self, *dims: permute(self, _as_tuple(dims))
Tensor.squeeze = squeeze
Tensor.unsqueeze = unsqueeze
Tensor.flatten = flatten
Tensor.gather = gather
Tensor.expand = lambda self, *shape: expand(self, _as_tuple(shape))
Tensor.T = property(lambda self: transpose(self, -2, -1), doc="A matrix with its axes swapped.")
