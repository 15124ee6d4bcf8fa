"""The Tensor: a `Node` of the graph with PyTorch's operators and methods.

The class is a table: each method is the function of the same name, so that ``x.exp()`` and
``exp(x)`` are one thing with one docstring.
"""

from __future__ import annotations

import builtins
import difflib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlib.scratch.autograd import indexing, ops, reductions, shapes
from nnlib.scratch.autograd.graph import (
    Node,
    increment_version,
    is_grad_enabled,
    no_grad,
    primitive,
    result_type,
)
from nnlib.scratch.autograd.missing import REPLACEMENTS

__all__ = ["Tensor", "no_grad", "primitive"]


def _several(function: Callable) -> Callable[..., Tensor]:
    """A method whose numbers may come one by one or as a tuple: ``reshape(2, 3)``, or ((2, 3))."""

    def method(self: Tensor, *numbers: Any) -> Tensor:
        one_tuple = len(numbers) == 1 and np.iterable(numbers[0])
        return function(self, tuple(numbers[0]) if one_tuple else numbers)

    method.__name__, method.__doc__ = function.__name__, function.__doc__
    return method


def _reflected(function: Callable) -> Callable[..., Tensor]:
    """The operator for a Tensor to the right of something else."""
    return lambda self, other: function(other, self)


def _in_place(function: Callable) -> Callable[..., Any]:
    """An augmented assignment such as ``x += y``.

    It writes into the memory of x where nothing is recorded; on a result that gradients flow
    through, it makes a new Tensor, and other names of x keep the old one. PyTorch writes even then.
    """

    def method(self, other):
        if is_grad_enabled() and self.requires_grad and self.is_leaf:
            raise ValueError(
                "a leaf Tensor that requires a gradient cannot be changed in place while "
                "operations are recorded; change it inside no_grad()"
            )
        result = function(self, other)
        if result.requires_grad:
            return result
        return self.copy_(result)

    method.__name__ = f"__i{function.__name__}__"
    return method


@result_type
class Tensor(Node):
    """An n-dimensional array that can take part in a gradient computation.

    Args:
        data: array, number or nested list. Python floats become float32, as in PyTorch; an array
            keeps its dtype and is shared, not copied.
        requires_grad: whether ``backward()`` stores a gradient in ``grad``.

    Attributes:
        data: the ``numpy.ndarray`` itself.
        grad: array of the same shape once ``backward()`` has run, else None. Gradients add up over
            calls until they are set to None; each sum is a new array.
        requires_grad: as above; a result requires a gradient if one of its inputs does.

    Raises:
        TypeError: for data that is not numeric, or a gradient asked of integers. Floating-point
            dtypes are float32 and float64; float16, which PyTorch has, is refused, because sums
            in it are off by whole units.

    Example:
        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        array([2., 4.], dtype=float32)
    """

    __slots__ = ()
    __array_ufunc__ = None  # so that array + Tensor asks the Tensor
    __hash__ = object.__hash__  # == compares elements, a graph needs identity

    def __init__(self, data: Any, requires_grad: builtins.bool = False) -> None:
        array = np.asarray(data.data if isinstance(data, Node) else data)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"Tensor expects numbers, got {type(data).__name__} ({array.dtype})")
        ops.check_dtype(array.dtype, "Tensor")
        if array.dtype == np.float64 and not hasattr(data, "dtype"):
            array = array.astype(np.float32)
        super().__init__(array)
        self.requires_grad_(requires_grad)

    shape = property(lambda self: self.data.shape, doc="Length of each dimension.")
    ndim = property(lambda self: self.data.ndim, doc="Number of dimensions.")
    dtype = property(lambda self: self.data.dtype, doc="NumPy dtype of the elements.")
    T = property(
        lambda self: _matrix_transposed(self), doc="A matrix with its rows and columns swapped."
    )
    mT = property(  # noqa: N815
        lambda self: shapes.transpose(self, -2, -1), doc="The last two dimensions swapped."
    )
    is_leaf = property(
        lambda self: self._pullback is None, doc="Whether no recorded operation computed it."
    )

    def size(self, dim: builtins.int | None = None) -> Any:
        """The shape, or the length of dimension ``dim``."""
        return self.shape if dim is None else self.shape[shapes.normalize_dim(dim, self.ndim)]

    def dim(self) -> builtins.int:
        """Number of dimensions."""
        return self.ndim

    def numel(self) -> builtins.int:
        """Number of elements."""
        return self.data.size

    def requires_grad_(self, requires_grad: builtins.bool = True) -> Tensor:
        """Set whether ``backward()`` stores a gradient here; returns this Tensor."""
        if requires_grad and self.dtype.kind != "f":
            raise TypeError(f"only floating-point data can require a gradient, got {self.dtype}")
        if not requires_grad and not self.is_leaf:
            raise ValueError("a result requires a gradient as its inputs do; detach() it instead")
        self.requires_grad = requires_grad
        return self

    def detach(self) -> Tensor:
        """The same data, shared, as a Tensor through which no gradient flows."""
        return Tensor(self.data)

    def numpy(self) -> np.ndarray:
        """The array itself, shared, not copied; PyTorch refuses if a gradient is required."""
        return self.data

    def item(self) -> Any:
        """The only element, as a Python number; ``ValueError`` if there are more."""
        if self.data.size != 1:
            raise ValueError(f"item() needs exactly one element, got shape {self.shape}")
        return self.data.item()

    def tolist(self) -> Any:
        """The elements as Python numbers, in nested lists; a number for a 0-d Tensor."""
        return self.data.tolist()

    # What PyTorch has as methods and functions alike, from top to bottom: arithmetic, functions of
    # single elements, truth, reductions, picking, shapes.

    add, sub, mul, div, pow, neg = ops.add, ops.sub, ops.mul, ops.div, ops.pow, ops.neg
    matmul = ops.matmul
    maximum, minimum = ops.maximum, ops.minimum

    abs, sign, square, sqrt = ops.abs, ops.sign, ops.square, ops.sqrt
    exp, log, sin, cos = ops.exp, ops.log, ops.sin, ops.cos
    relu, sigmoid, tanh = ops.relu, ops.sigmoid, ops.tanh
    clamp = clip = ops.clamp

    eq, ne, lt, le, gt, ge = ops.eq, ops.ne, ops.lt, ops.le, ops.gt, ops.ge
    isnan, isinf, isfinite, logical_not = ops.isnan, ops.isinf, ops.isfinite, ops.logical_not
    any, all = reductions.any, reductions.all

    sum, mean, prod, norm = reductions.sum, reductions.mean, reductions.prod, reductions.norm
    var, std = reductions.var, reductions.std
    max, min, amax, amin = reductions.max, reductions.min, reductions.amax, reductions.amin
    argmax, argmin = reductions.argmax, reductions.argmin
    softmax, log_softmax = reductions.softmax, reductions.log_softmax
    logsumexp, cumsum = reductions.logsumexp, reductions.cumsum

    gather, masked_fill = indexing.gather, indexing.masked_fill
    sort, argsort, topk = indexing.sort, indexing.argsort, indexing.topk

    reshape, view = _several(shapes.reshape), _several(shapes.view)
    permute, expand = _several(shapes.permute), _several(shapes.expand)
    repeat, flip = _several(shapes.repeat), _several(shapes.flip)
    transpose, squeeze, unsqueeze = shapes.transpose, shapes.squeeze, shapes.unsqueeze
    flatten, clone, contiguous = shapes.flatten, shapes.clone, shapes.contiguous
    split, chunk, unbind = shapes.split, shapes.chunk, shapes.unbind

    def where(self, condition: Any, other: Any) -> Tensor:
        """This Tensor where ``condition`` holds, ``other`` elsewhere."""
        return ops.where(condition, self, other)

    def expand_as(self, other: Tensor) -> Tensor:
        """`expand` to the shape of ``other``."""
        return shapes.expand(self, other.shape)

    def view_as(self, other: Tensor) -> Tensor:
        """`view` with the shape of ``other``."""
        return shapes.view(self, other.shape)

    # Conversions. A Tensor that has the dtype already is returned as it is.

    def to(self, dtype: Any) -> Tensor:
        """This Tensor in another ``dtype``, NumPy's or its name; gradients flow back through it.

        There are no devices: PyTorch's ``to("cuda")`` has nothing to do here.
        """
        return self if np.dtype(dtype) == self.dtype else ops.to(self, dtype)

    def float(self) -> Tensor:
        """As float32."""
        return self.to(np.float32)

    def double(self) -> Tensor:
        """As float64."""
        return self.to(np.float64)

    def int(self) -> Tensor:
        """As int32; fractions are cut off."""
        return self.to(np.int32)

    def long(self) -> Tensor:
        """As int64; fractions are cut off."""
        return self.to(np.int64)

    def bool(self) -> Tensor:
        """True where an element is not 0."""
        return self.to(np.bool_)

    # Changes in place: what was computed from the old values refuses to go backward.

    def __setitem__(self, index: Any, value: Any) -> None:
        if is_grad_enabled() and (self.requires_grad or getattr(value, "requires_grad", False)):
            raise ValueError(
                "a Tensor cannot be changed in place while gradients flow through it or its new "
                "values; change it inside no_grad(), or choose between values with where()"
            )
        values = np.asarray(value.data if isinstance(value, Node) else value)
        if not np.can_cast(values.dtype, self.dtype, "same_kind"):
            raise TypeError(f"cannot write {values.dtype} into a Tensor of {self.dtype}")
        self.data[indexing.arrays_of(index)] = values
        increment_version(self)

    def copy_(self, other: Any) -> Tensor:
        """Write the values of ``other``, broadcast; returns this Tensor."""
        self[...] = other
        return self

    def fill_(self, value: Any) -> Tensor:
        """Write one ``value`` everywhere; returns this Tensor."""
        return self.copy_(value)

    def zero_(self) -> Tensor:
        """Write 0 everywhere; returns this Tensor."""
        return self.copy_(0)

    # Operators.

    __add__ = __radd__ = ops.add
    __sub__, __rsub__ = ops.sub, _reflected(ops.sub)
    __mul__ = __rmul__ = ops.mul
    __truediv__, __rtruediv__ = ops.div, _reflected(ops.div)
    __pow__, __rpow__ = ops.pow, _reflected(ops.pow)
    __matmul__, __rmatmul__ = ops.matmul, _reflected(ops.matmul)
    __neg__, __abs__ = ops.neg, ops.abs
    __iadd__, __isub__ = _in_place(ops.add), _in_place(ops.sub)
    __imul__, __itruediv__ = _in_place(ops.mul), _in_place(ops.div)
    __eq__, __ne__ = ops.eq, ops.ne
    __lt__, __le__, __gt__, __ge__ = ops.lt, ops.le, ops.gt, ops.ge
    __and__ = __rand__ = ops.bitwise_and
    __or__ = __ror__ = ops.bitwise_or
    __xor__ = __rxor__ = ops.bitwise_xor
    __getitem__ = indexing.getitem

    def __invert__(self) -> Tensor:
        if self.dtype.kind == "f":
            raise TypeError("~ expects booleans or integers, got " + str(self.dtype))
        return Tensor(np.invert(self.data))

    # What Python and NumPy ask of an array.

    def __repr__(self) -> str:
        body = np.array2string(self.data, separator=", ", prefix="Tensor(", precision=4)
        return f"Tensor({body}, requires_grad=True)" if self.requires_grad else f"Tensor({body})"

    def __format__(self, spec: str) -> str:
        if self.ndim == 0 or (spec and self.data.size == 1):
            return format(self.item(), spec)
        if spec:
            raise TypeError(f"only one element can be formatted with {spec!r}, got {self.shape}")
        return repr(self)

    def __len__(self) -> builtins.int:
        if self.ndim == 0:
            raise TypeError("a 0-d Tensor has no len()")
        return len(self.data)

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("a 0-d Tensor cannot be iterated over")
        return iter(self.unbind(0))

    def __contains__(self, element: Any) -> builtins.bool:
        return builtins.bool(np.any((self == element).data))

    def __bool__(self) -> builtins.bool:
        if self.data.size != 1:
            raise ValueError(
                f"the truth of shape {self.shape} is not one truth; reduce it with any() or all()"
            )
        return builtins.bool(self.item())

    def __float__(self) -> builtins.float:
        return builtins.float(self.item())

    def __int__(self) -> builtins.int:
        return builtins.int(self.item())

    def __index__(self) -> builtins.int:
        if self.dtype.kind == "f" or self.data.size != 1:
            raise TypeError("only a Tensor of one integer can be an index")
        return builtins.int(self.item())

    def __array__(self, dtype: Any = None, copy: builtins.bool | None = None) -> np.ndarray:
        if copy is False and dtype is not None and np.dtype(dtype) != self.dtype:
            raise ValueError(f"a Tensor of {self.dtype} becomes {np.dtype(dtype)} only as a copy")
        return np.array(self.data, dtype) if copy else np.asarray(self.data, dtype)

    if not TYPE_CHECKING:  # type checkers know the table above, and report what is not in it

        def __getattr__(self, name):
            raise AttributeError(_explain(name), name=name, obj=self)


def _matrix_transposed(matrix: Tensor) -> Tensor:
    if matrix.ndim > 2:
        raise ValueError(
            f"T expects at most 2 dimensions, got shape {matrix.shape}; use mT or permute"
        )
    return shapes.transpose(matrix, 0, -1)


def _explain(name: str) -> str:
    """The message for an attribute that Tensor lacks."""
    message = f"Tensor has no attribute {name!r}"
    if name.startswith("__"):
        return message
    if name in REPLACEMENTS:
        return f"{message}; {REPLACEMENTS[name]}"
    if name.endswith("_") and hasattr(Tensor, name[:-1]):
        return f"{message}; nnlib lacks this in-place method, write x = x.{name[:-1]}(...)"
    similar = difflib.get_close_matches(name, dir(Tensor), n=1)
    advice = f"; did you mean {similar[0]!r}?" if similar else ""
    return f"{message}; nnlib has only a part of torch.Tensor's methods{advice}"
