"""Arithmetic, reductions, shapes and indexing, each with its derivative beside it.

At the end the operations become methods and operators of `Tensor`.
"""

import numpy as np

from nnlib.scratch.tensor import Tensor, primitive


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
        lambda: unbroadcast(grad * y * x ** (y - 1), shape_of(x)),
        lambda: unbroadcast(grad * out * np.log(np.where(x == 0, 1, x)), shape_of(y)),
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


@primitive
def reshape(x, shape):
    """The same elements in another ``shape``; one length may be -1."""
    return x.reshape(shape), lambda grad: (grad.reshape(x.shape),)


@primitive
def permute(x, dims):
    """Reorder the dimensions: dimension i of the result is dimension ``dims[i]`` of x."""
    return x.transpose(dims), lambda grad: (grad.transpose(np.argsort(dims)),)


@primitive
def transpose(x, dim0, dim1):
    """Swap two dimensions."""
    return x.swapaxes(dim0, dim1), lambda grad: (grad.swapaxes(dim0, dim1),)


def _may_repeat(index):
    """Whether an index holds arrays or lists, which can pick an element more than once."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, (list, np.ndarray)) for part in parts)


@primitive
def getitem(x, index):
    """x[index], with integers, slices, None, masks and integer arrays."""

    def pullback(grad):
        grad_x = np.zeros_like(x)
        if _may_repeat(index):
            np.add.at(grad_x, index, grad)
        else:
            grad_x[index] = grad  # five times as fast
        return (grad_x,)

    return x[index], pullback


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
Tensor.clamp = clamp
Tensor.matmul = matmul
Tensor.sum = sum
Tensor.mean = mean
Tensor.amax = amax
Tensor.amin = amin
Tensor.transpose = transpose
Tensor.reshape = lambda self, *shape: reshape(self, _as_tuple(shape))
Tensor.permute = lambda self, *dims: permute(self, _as_tuple(dims))
Tensor.argmax = lambda self, dim=None: Tensor(self.data.argmax(axis=dim))
Tensor.T = property(lambda self: transpose(self, -2, -1), doc="A matrix with its axes swapped.")
