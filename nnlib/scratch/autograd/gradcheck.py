"""Gradient checking: compare a derivative with its estimate from finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nnlib.scratch.autograd.graph import no_grad
from nnlib.scratch.autograd.tensor import Tensor


def gradcheck(
    func: Callable[..., Tensor],
    inputs: Sequence[Tensor],
    eps: float = 1e-6,
    atol: float = 1e-7,
    rtol: float = 1e-5,
    fast_mode: bool = False,
    seed: int = 0,
) -> bool:
    """Check the gradients of ``func`` against central differences; True if they agree.

    The result is weighted with a random cotangent v and summed. With weights of one, errors that
    cancel in the sum go unseen: a softmax derivative three times too large passes such a check.
    The tolerances are stricter than PyTorch's.

    Args:
        func: maps the inputs to one Tensor.
        inputs: float64 Tensors; those that require a gradient are checked. Their ``data`` and
            ``grad`` are left as they were.
        eps: half the distance between the two points of a central difference.
        atol, rtol: a difference up to ``atol + rtol * |slope|`` is accepted.
        fast_mode: compare one slope, along a random direction through all inputs, instead of one
            for each entry; fast for large inputs.
        seed: of the cotangent and of the direction.

    Raises:
        TypeError: if an input to be checked is not float64: rounding would hide steps of 1e-6.
        ValueError: if a gradient is wrong; names the input and the entry.

    Example:
        >>> from nnlib.scratch import Tensor
        >>> gradcheck(lambda x: x.exp(), (Tensor(np.array([0.5, -1.0]), requires_grad=True),))
        True
    """
    rng = np.random.default_rng(seed)
    checked = [tensor for tensor in inputs if tensor.requires_grad]
    for tensor in checked:
        if tensor.dtype != np.float64:
            raise TypeError(f"gradcheck expects float64 inputs, got {tensor.dtype}")
    out = func(*inputs)
    cotangent = rng.standard_normal(out.shape)

    before = [tensor.grad for tensor in checked]
    for tensor in checked:
        tensor.grad = None
    out.backward(cotangent)
    gradients = [np.zeros(t.shape) if t.grad is None else t.grad for t in checked]
    for tensor, grad in zip(checked, before, strict=True):
        tensor.grad = grad

    points = [tensor.data for tensor in checked]

    def value(steps):
        """sum(cotangent * out) when the checked inputs move by ``steps``."""
        try:
            for tensor, point, step in zip(checked, points, steps, strict=True):
                tensor.data = point + step
            with no_grad():
                return np.sum(cotangent * func(*inputs).data)
        finally:
            for tensor, point in zip(checked, points, strict=True):
                tensor.data = point

    def compare(gradient, steps, what):
        measured = (value([eps * s for s in steps]) - value([-eps * s for s in steps])) / (2 * eps)
        if not abs(gradient - measured) <= atol + rtol * abs(measured):
            raise ValueError(f"gradient of {what} is {gradient}, measured {measured}")

    if fast_mode:
        steps = [rng.standard_normal(tensor.shape) for tensor in checked]
        along = sum(np.sum(g * s) for g, s in zip(gradients, steps, strict=True))
        compare(along, steps, "func along a random direction")
        return True
    for number, (tensor, gradient) in enumerate(zip(checked, gradients, strict=True)):
        for entry in np.ndindex(tensor.shape):
            steps = [np.zeros(other.shape) for other in checked]
            steps[number][entry] = 1.0
            compare(gradient[entry], steps, f"input {number} at {entry}")
    return True
