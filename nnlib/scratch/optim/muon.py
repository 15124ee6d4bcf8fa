"""Muon: orthogonalized momentum for weight matrices."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.optim.optimizer import Optimizer, check_not_negative

_RATES = {
    "original": lambda rows, columns: math.sqrt(max(1, rows / columns)),
    "match_rms_adamw": lambda rows, columns: 0.2 * math.sqrt(max(rows, columns)),
}


def orthogonalize(
    matrix: np.ndarray, coefficients: tuple[float, float, float], eps: float, steps: int
) -> np.ndarray:
    """Approximately U Vᵀ for ``matrix`` = U S Vᵀ, by Newton-Schulz iteration (products only).

    Each step maps every singular value s to a s + b s³ + c s⁵. With Muon's coefficients small
    singular values grow fast and then stay roughly between 0.7 and 1.2, close enough to 1.
    """
    a, b, c = coefficients
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    wide = wide / max(float(np.linalg.norm(wide)), eps)  # no singular value above 1
    for _ in range(steps):
        gram = wide @ wide.T
        wide = a * wide + (b * gram + c * (gram @ gram)) @ wide
    return wide if wide.shape == matrix.shape else wide.T


class Muon(Optimizer):
    """Momentum, orthogonalized by Newton-Schulz iteration (Jordan et al., 2024).

    For the weight matrices of hidden layers; give biases, embeddings and the last layer to `AdamW`.
    PyTorch iterates in bfloat16, nnlib in the dtype of the parameters, which is more accurate.

    Args:
        params: matrices, or groups of them.
        lr: learning rate.
        weight_decay: each step first multiplies the parameter by 1 - lr weight_decay.
        momentum: decay rate of the running mean of the gradient.
        nesterov: add the current gradient once more before the step (Nesterov's form).
        ns_coefficients: a, b, c of the iteration.
        eps: lower bound of the norm that a matrix is divided by.
        ns_steps: number of iterations.
        adjust_lr_fn: "original" for lr times √max(1, rows / columns), also if None;
            "match_rms_adamw" for lr times 0.2 √max(rows, columns), so that a step is about as large
            as one of AdamW (Liu et al., 2025).
    Raises: ValueError for a negative setting, an unknown adjust_lr_fn, or a parameter that is not a
        matrix.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_not_negative(lr=lr, weight_decay=weight_decay, momentum=momentum)
        if adjust_lr_fn is not None and adjust_lr_fn not in _RATES:
            raise ValueError(f"adjust_lr_fn must be one of {[*_RATES]}, got {adjust_lr_fn!r}")
        super().__init__(
            params,
            lr=lr,
            weight_decay=weight_decay,
            momentum=momentum,
            nesterov=nesterov,
            ns_coefficients=ns_coefficients,
            eps=eps,
            ns_steps=ns_steps,
            adjust_lr_fn=adjust_lr_fn,
        )

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add matrices with settings of their own."""
        super().add_param_group(param_group)
        for parameter in self.param_groups[-1]["params"]:
            if parameter.ndim != 2:
                raise ValueError(f"Muon expects matrices, got shape {parameter.shape}")

    def update(self, parameter: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        grad, momentum = parameter.grad, group["momentum"]
        mean = state.setdefault("momentum_buffer", np.zeros_like(grad))
        mean *= momentum
        mean += (1 - momentum) * grad
        direction = (1 - momentum) * grad + momentum * mean if group["nesterov"] else mean
        direction = orthogonalize(
            direction, group["ns_coefficients"], group["eps"], group["ns_steps"]
        )
        adjust = _RATES[group["adjust_lr_fn"] or "original"]
        parameter.data *= 1 - group["lr"] * group["weight_decay"]
        parameter.data -= group["lr"] * adjust(*parameter.shape) * direction
