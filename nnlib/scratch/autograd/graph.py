"""The graph: what each result was computed from, and how gradients flow back through it.

A `primitive` is a function of plain arrays that returns its result and its pullback: the function
that turns the gradient with respect to the result into the gradients with respect to the inputs.
The mathematics lives in the primitives; the graph lives here and nowhere else. ``tensor.py`` adds
the operators and methods that make a `Node` a Tensor.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from nnlib.scratch.autograd.tensor import Tensor

_clock = itertools.count().__next__  # a result is always younger than what it was computed from
_recording = True


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording, as a ``with`` block or as a decorator.

    Results computed inside do not remember their inputs: they cost no memory and no gradient flows
    through them.
    """
    global _recording
    before, _recording = _recording, False
    try:
        yield
    finally:
        _recording = before


def is_grad_enabled() -> bool:
    """Whether operations are recorded: False inside `no_grad`."""
    return _recording


class Node:
    """An array, its gradient, and the operation that computed it; `Tensor` is its public face."""

    __slots__ = ("_inputs", "_pullback", "_time", "_version", "data", "grad", "requires_grad")

    data: np.ndarray
    grad: Any  # an array, None before backward()
    requires_grad: bool
    _inputs: Sequence[Node | None]  # arguments of the operation, None where it is not a Node
    _pullback: Callable | None  # None for a leaf
    _time: int  # when it was created
    _version: int  # when its data last changed in place, by the same clock; 0 for never

    def __init__(self, data: np.ndarray, requires_grad: bool = False) -> None:
        self.data, self.grad, self.requires_grad = data, None, requires_grad
        self._inputs, self._pullback = (), None
        self._time, self._version = _clock(), 0

    def backward(self, grad: Any = None, retain_graph: bool = False) -> None:
        """Add d(self)/d(leaf) to ``grad`` of every leaf that requires it (reverse mode).

        Args:
            grad: gradient of the final result with respect to this Tensor, of the same shape; may
                be left out for a single number, where it is 1.
            retain_graph: keep the graph for another call; by default it is freed on the way.

        Raises:
            ValueError: if there is nothing to differentiate, ``grad`` has the wrong shape, or an
                input of the graph was changed in place after it was used: its gradient would be
                that of other values. PyTorch raises only if the old values are needed; here every
                input of an operation counts.
        """
        if not self.requires_grad:
            raise ValueError(
                "backward() needs a Tensor computed from one with requires_grad=True, outside "
                "no_grad()"
            )
        if grad is None:
            if self.data.size != 1:
                raise ValueError(
                    f"backward() without grad needs a single number, got shape {self.data.shape}; "
                    "reduce it with sum() or mean(), or pass grad"
                )
            grad = np.ones_like(self.data)
        grad = np.array(grad.data if isinstance(grad, Node) else grad, dtype=self.data.dtype)
        if grad.shape != self.data.shape:
            raise ValueError(f"grad must have shape {self.data.shape}, got {grad.shape}")

        # Youngest first is a topological order: whatever used a Tensor was created after it, so
        # when its turn comes its gradient is complete. No recursion: the depth has no limit.
        grads = {self: grad}
        waiting = [(-self._time, self)]
        while waiting:
            node = heappop(waiting)[1]
            grad = grads.pop(node)
            if node._pullback is None:
                grad = np.asarray(grad, dtype=node.data.dtype)
                node.grad = grad if node.grad is None else node.grad + grad
                continue
            inputs, gradients = node._inputs, node._pullback(grad)
            if len(gradients) < len(inputs):
                _check_complete(node, gradients)
            for source, gradient in zip(inputs, gradients, strict=False):
                if source is None:
                    continue
                if source._version > node._time:
                    raise _changed_in_place(node, source)
                if not source.requires_grad:
                    continue
                if callable(gradient):
                    gradient = gradient()
                if gradient is None:
                    raise _missing_gradient(node, source)
                if source in grads:
                    grads[source] = grads[source] + gradient  # never in place: it may be borrowed
                    continue
                if source._pullback is None and (gradient is grad or gradient.base is not None):
                    gradient = gradient.copy()  # a leaf keeps it: it must be its own
                grads[source] = gradient
                heappush(waiting, (-source._time, source))
            if not retain_graph:
                node._inputs, node._pullback = (), _freed


def increment_version(tensor: Node) -> None:
    """Note that ``tensor.data`` was changed in place, so that graphs that used it are refused.

    Optimizers, ``load_state_dict``, ``nn.init`` and the in-place methods call it. Writing into
    ``tensor.data`` directly goes unnoticed, as in PyTorch.
    """
    tensor._version = _clock()


def _name(node: Node) -> str:
    """Name of the operation that computed ``node``."""
    return getattr(node._pullback, "__qualname__", "an operation").split(".<locals>.")[-2:][0]


def _check_complete(node: Node, gradients: Sequence) -> None:
    """A pullback may leave out trailing inputs only if none of them requires a gradient."""
    for source in node._inputs[len(gradients) :]:
        if source is not None and source.requires_grad:
            raise _missing_gradient(node, source)


def _missing_gradient(node: Node, source: Node) -> TypeError:
    return TypeError(
        f"{_name(node)} has no derivative with respect to its argument "
        f"{node._inputs.index(source)}, which requires a gradient; detach() it"
    )


def _changed_in_place(node: Node, source: Node) -> ValueError:
    return ValueError(
        "a Tensor needed for the gradient computation was modified by an in-place operation: "
        f"argument of {_name(node)}, shape {source.data.shape}, changed after it was used (by an "
        "optimizer step, load_state_dict or an in-place method); compute the result again before "
        "backward()"
    )


def _freed(_grad: np.ndarray) -> tuple:
    raise ValueError(
        "backward() ran through this graph before and freed it; "
        "pass retain_graph=True the first time to go through it again"
    )


_AnyNode = TypeVar("_AnyNode", bound=type[Node])
_result_type: type[Node] = Node


def result_type(cls: _AnyNode) -> _AnyNode:
    """Class decorator: primitives return instances of ``cls``.

    The class of the results has the primitives as its methods, so it is defined after them.
    """
    global _result_type
    _result_type = cls
    return cls


def primitive(function: Callable) -> Callable[..., Tensor]:
    """Make a differentiable operation of ``function(*arrays, **settings) -> (out, pullback)``.

    ``pullback(grad)`` returns one gradient for each array argument, in their order; settings come
    after the arrays and get none. A gradient that is expensive is returned as a function without
    arguments, which is called only if it is needed. A pullback must close over arrays, never over
    Tensors, and must not write into ``grad``. None as pullback: the operation has no derivative.

    Example:
        >>> from nnlib.scratch import Tensor
        >>> @primitive
        ... def square(x):
        ...     return x * x, lambda grad: (grad * 2 * x,)
        >>> x = Tensor(3.0, requires_grad=True)
        >>> square(x).backward()
        >>> x.grad
        array(6., dtype=float32)
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def operation(*args, **settings):
        if settings and any(isinstance(value, Node) for value in settings.values()):
            bound = signature.bind(*args, **settings)  # gradients flow to positional arguments
            bound.apply_defaults()  # one that was left out keeps its position
            args, settings = bound.args, bound.kwargs
        recorded = False
        arrays: list = []
        inputs: list[Node | None] = []
        for arg in args:
            if isinstance(arg, Node):
                arrays.append(arg.data)
                inputs.append(arg)
                if arg.requires_grad:
                    recorded = _recording
            else:
                arrays.append(arg)
                inputs.append(None)

        out, pullback = function(*arrays, **settings)
        result = object.__new__(_result_type)  # past __init__, which checks what users pass
        result.data = out if type(out) is np.ndarray else np.asarray(out)
        result.grad = None
        result._time = _clock()
        result._version = 0
        if recorded and pullback is not None:
            result.requires_grad = True
            result._inputs, result._pullback = inputs, pullback
        else:
            result.requires_grad = False
            result._inputs, result._pullback = (), None
        return result

    return operation
