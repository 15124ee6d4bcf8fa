"""Is a derivative right? Compare it with the slope that small steps measure."""

import numpy as np

from nnlib.scratch.autograd.graph import no_grad


def gradcheck(func, inputs, eps=1e-6, atol=1e-7, rtol=1e-5, fast_mode=False, seed=0):
    """Check the gradients of ``func`` against central differences; True if they agree.

    The result is weighted with a random cotangent v and summed. With weights of one, errors that
    cancel in the sum go unseen: a softmax derivative three times too large passes such a check.

    Args:
        func: maps the inputs to one Tensor.
        inputs: tuple of float64 Tensors; those that require a gradient are checked, and each has
            its ``grad`` left as it was.
        eps: half the distance between the two points of a central difference.
        atol, rtol: a difference up to ``atol + rtol * |slope|`` is accepted.
        fast_mode: compare one slope, along a random direction through all inputs, instead of one
            for each entry; fast for large inputs.
        seed: of the cotangent and of the direction.

    Raises:
        TypeError: if an input to be checked is not float64, where steps of 1e-6 drown in rounding.
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

    def slope(steps):
        """Measured derivative of sum(cotangent * out) when the checked inputs move by ``steps``."""
        points = [tensor.data for tensor in checked]
        values = []
        for sign in (1, -1):
            for tensor, point, step in zip(checked, points, steps, strict=True):
                tensor.data = point + sign * eps * step
            with no_grad():
                values.append(np.sum(cotangent * func(*inputs).data))
        for tensor, point in zip(checked, points, strict=True):
            tensor.data = point
        return (values[0] - values[1]) / (2 * eps)

    def compare(gradient, measured, where):
        if not abs(gradient - measured) <= atol + rtol * abs(measured):
            raise ValueError(f"gradient of {where} is {gradient}, measured {measured}")

    if fast_mode:
        steps = [rng.standard_normal(tensor.shape) for tensor in checked]
        along = sum(np.sum(g * s) for g, s in zip(gradients, steps, strict=True))
        compare(along, slope(steps), "the whole, along a random direction,")
        return True
    for number, (tensor, gradient) in enumerate(zip(checked, gradients, strict=True)):
        for entry in np.ndindex(tensor.shape):
            steps = [np.zeros(other.shape) for other in checked]
            steps[number][entry] = 1.0
            compare(gradient[entry], slope(steps), f"input {number} at {entry}")
    return True
