"""Clipping: keep one bad batch from throwing the parameters far away. Use it before ``step()``.

PyTorch has these functions in ``torch.nn.utils``; ``nnlib.pytorch.nn`` has them here too.
"""

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor


def _with_gradient(parameters):
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    return [parameter for parameter in parameters if parameter.grad is not None]


def clip_grad_norm_(parameters, max_norm, norm_type=2.0):
    """Shorten all gradients by one factor, so that together they are no longer than ``max_norm``.

    The direction stays (Pascanu et al., 2013).

    Args:
        parameters: a Tensor or several; those without gradient are passed over.
        max_norm: the length allowed.
        norm_type: p of the p-norm; ``math.inf`` for the largest entry.

    Returns:
        The length before clipping, a Tensor of one number.
    """
    parameters = _with_gradient(parameters)
    if not parameters:
        return Tensor(0.0)
    norms = [np.linalg.norm(parameter.grad.ravel(), norm_type) for parameter in parameters]
    total = np.linalg.norm(np.array(norms), norm_type)
    factor = max_norm / (float(total) + 1e-6)
    if factor < 1:
        for parameter in parameters:
            parameter.grad = np.asarray(parameter.grad * factor)
    return Tensor(total)


def clip_grad_value_(parameters, clip_value):
    """Cut each entry of each gradient off at ±``clip_value``.

    Args:
        parameters: a Tensor or several; those without gradient are passed over.
        clip_value: the largest absolute value allowed.
    """
    for parameter in _with_gradient(parameters):
        parameter.grad = np.asarray(np.clip(parameter.grad, -clip_value, clip_value))
