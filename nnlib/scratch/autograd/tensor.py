"""The Tensor: an array that remembers how it was made, so that a derivative can find its way back.

A `primitive` is a function of plain arrays that returns its result and its pullback: the function
that turns the gradient of the result into the gradients of the inputs. The mathematics lives in the
primitives; the graph lives here, and nowhere else.
"""

import functools
import inspect
import itertools
from contextlib import contextmanager
from heapq import heappop, heappush

import numpy as np

_clock = itertools.count().__next__  # a result is always younger than what it was made from
_recording = True


@contextmanager
def no_grad():
    """Compute without recording, as a ``with`` block or as a decorator.

    Results made inside do not remember how they were made, so they cost no memory and take no part
    in a later ``backward()``.
    """
    global _recording
    before, _recording = _recording, False
    try:
        yield
    finally:
        _recording = before


class Tensor:
    """An n-dimensional array that can take part in a gradient computation.

    Args:
        data: array, number or nested list. Python floats become float32, as in PyTorch; an array
            keeps its dtype and is shared, not copied.
        requires_grad: whether ``backward()`` shall leave a gradient in ``grad``.

    Attributes:
        data: the ``numpy.ndarray`` itself.
        grad: array of the same shape once ``backward()`` has run, else None. Gradients add up over
            calls until they are set to None; replace the array rather than write into it.
        requires_grad: as above; a result requires a gradient if one of its inputs does.

    Raises:
        TypeError: for data that is not numeric, or a gradient asked of integers.

    Example:
        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        array([2., 4.], dtype=float32)
    """

    __slots__ = ("_inputs", "_pullback", "_time", "data", "grad", "requires_grad")
    __array_ufunc__ = None  # so that array + Tensor asks the Tensor

    def __init__(self, data, requires_grad=False):
        array = np.asarray(data.data if isinstance(data, Tensor) else data)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"Tensor expects numbers, got {type(data).__name__} ({array.dtype})")
        if array.dtype == np.float64 and not hasattr(data, "dtype"):
            array = array.astype(np.float32)
        if requires_grad and array.dtype.kind != "f":
            raise TypeError(f"only floating-point data can require a gradient, got {array.dtype}")
        self.data = array
        self.grad = None
        self.requires_grad = requires_grad
        self._inputs = ()
        self._pullback = None
        self._time = _clock()

    shape = property(lambda self: self.data.shape, doc="Length of each dimension.")
    ndim = property(lambda self: self.data.ndim, doc="Number of dimensions.")
    dtype = property(lambda self: self.data.dtype, doc="NumPy dtype of the elements.")

    def numpy(self):
        """The array itself, without the graph; shared, not copied."""
        return self.data

    def item(self):
        """The only element, as a Python number; ``ValueError`` if there are more."""
        if self.data.size != 1:
            raise ValueError(f"item() needs exactly one element, got shape {self.shape}")
        return self.data.item()

    def detach(self):
        """The same data as a Tensor that no gradient reaches."""
        return Tensor(self.data)

    def backward(self, grad=None, retain_graph=False):
        """Add d(self)/d(leaf) to ``grad`` of every leaf that requires one (reverse mode).

        Args:
            grad: gradient of the final result with respect to this Tensor, of the same shape; may
                be left out for a single number, where it is 1.
            retain_graph: keep the graph for another call; by default it is freed on the way.

        Raises:
            ValueError: if there is nothing to differentiate, or ``grad`` has the wrong shape.
        """
        if not self.requires_grad:
            raise ValueError("backward() on a Tensor that no input with requires_grad=True led to")
        if grad is None:
            if self.data.size != 1:
                raise ValueError(
                    f"backward() without a gradient needs a single number, got shape {self.shape}; "
                    "reduce it with sum() or mean(), or pass grad"
                )
            grad = np.ones_like(self.data)
        grad = np.asarray(grad.data if isinstance(grad, Tensor) else grad, dtype=self.dtype)
        if grad.shape != self.shape:
            raise ValueError(f"grad must have the Tensor's shape {self.shape}, got {grad.shape}")

        # Youngest first is a topological order: whatever used a Tensor was made after it, so when
        # its turn comes, its gradient is complete. No recursion, hence no limit to the depth.
        grads = {self: grad}
        waiting = [(-self._time, self)]
        while waiting:
            node = heappop(waiting)[1]
            grad = grads.pop(node)
            if node._pullback is None:
                grad = np.asarray(grad, dtype=node.dtype)
                node.grad = grad if node.grad is None else node.grad + grad
                continue
            for source, gradient in zip(node._inputs, node._pullback(grad), strict=False):
                if source is None:  # nobody asked for this one
                    continue
                if callable(gradient):
                    gradient = gradient()
                if source in grads:
                    grads[source] = grads[source] + gradient  # never in place: it may be borrowed
                    continue
                if source._pullback is None and (gradient is grad or gradient.base is not None):
                    gradient = gradient.copy()  # a leaf keeps it: it must be its own
                grads[source] = gradient
                heappush(waiting, (-source._time, source))
            if not retain_graph:
                node._inputs, node._pullback = (), _freed

    def __repr__(self):
        body = np.array2string(self.data, separator=", ", prefix="Tensor(", precision=4)
        return f"Tensor({body}, requires_grad=True)" if self.requires_grad else f"Tensor({body})"

    def __len__(self):
        return len(self.data)

    def __bool__(self):
        return bool(self.item())

    def __float__(self):
        return float(self.item())

    def __array__(self, dtype=None, copy=None):
        return np.array(self.data, dtype=dtype, copy=copy)

    __hash__ = object.__hash__  # == compares elements, a graph needs identity


def _freed(_grad):
    raise ValueError(
        "backward() ran through this graph before and freed it; "
        "pass retain_graph=True the first time to go through it again"
    )


def primitive(function):
    """Make a differentiable operation of ``function(*arrays, **settings) -> (out, pullback)``.

    ``pullback(grad)`` returns one gradient for each array argument, in their order; settings come
    after the arrays and get none. A gradient that is costly is returned as a function without
    arguments, which is called only if it is needed. A pullback must close over arrays, never over
    Tensors, and must not write into ``grad``.

    Example:
        >>> @primitive
        ... def square(x):
        ...     return x * x, lambda grad: (grad * 2 * x,)
        >>> x = Tensor(3.0, requires_grad=True)
        >>> square(x).backward()
        >>> x.grad
        array(6., dtype=float32)
    """
    signature = inspect.signature(function)
    new = Tensor.__new__  # past __init__, which checks what a user gives

    @functools.wraps(function)
    def operation(*args, **settings):
        if settings and any(isinstance(value, Tensor) for value in settings.values()):
            bound = signature.bind(*args, **settings)  # gradients flow to positional arguments
            bound.apply_defaults()  # what was left out before it holds its place
            args, settings = bound.args, bound.kwargs
        recorded = False
        arrays, inputs = [], []
        for arg in args:
            if isinstance(arg, Tensor):
                arrays.append(arg.data)
                if arg.requires_grad and _recording:
                    inputs.append(arg)
                    recorded = True
                else:
                    inputs.append(None)
            else:
                arrays.append(arg)
                inputs.append(None)

        out, pullback = function(*arrays, **settings)
        result = new(Tensor)
        result.data = out if type(out) is np.ndarray else np.asarray(out)
        result.grad = None
        result.requires_grad = recorded
        result._time = _clock()
        result._inputs, result._pullback = (inputs, pullback) if recorded else ((), None)
        return result

    return operation
