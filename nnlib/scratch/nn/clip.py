"""Gradient clipping: keep one bad batch from throwing the parameters far away.

Call these functions between ``backward()`` and ``step()``. PyTorch has them in ``torch.nn.utils``;
``nnlib.pytorch.nn`` has them under the names used here.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor


def _with_gradient(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    return [parameter for parameter in parameters if parameter.grad is not None]


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """Scale all gradients by one factor so that their total norm is at most ``max_norm``.

    The direction of the step stays the same. If an entry is NaN, all gradients become NaN.

    Args:
        parameters: a Tensor or several; those without a gradient are skipped.
        max_norm: the largest norm allowed.
        norm_type: p of the p-norm; ``math.inf`` for the largest absolute value.
        error_if_nonfinite: whether to raise an error if the norm is NaN or infinite.

    Returns:
        The norm before clipping, a Tensor of one number.

    Raises:
        ValueError: for a norm that is NaN or infinite, with ``error_if_nonfinite``.

    Source: Pascanu et al., 2013.
    """
    parameters = _with_gradient(parameters)
    if not parameters:
        return Tensor(0.0)
    norms = [np.linalg.norm(parameter.grad.ravel(), norm_type) for parameter in parameters]
    total = np.linalg.norm(np.array(norms), norm_type)
    if error_if_nonfinite and not np.isfinite(total):
        raise ValueError(f"the norm of the gradients is {total}, so they cannot be clipped")
    factor = max_norm / (float(total) + 1e-6)
    if not factor >= 1:  # also if it is NaN: the error must show in every gradient
        for parameter in parameters:
            parameter.grad = np.asarray(parameter.grad * factor)
    return Tensor(total)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Clip each entry of each gradient to the interval from -``clip_value`` to ``clip_value``.

    Args:
        parameters: a Tensor or several; those without a gradient are skipped.
        clip_value: the largest absolute value allowed.
    """
    for parameter in _with_gradient(parameters):
        parameter.grad = np.asarray(np.clip(parameter.grad, -clip_value, clip_value))
