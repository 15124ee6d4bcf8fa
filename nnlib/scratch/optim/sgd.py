"""Stochastic gradient descent: a step against the gradient, optionally with momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.optim.optimizer import Optimizer, check_not_negative


class SGD(Optimizer):
    """Stochastic gradient descent, optionally with momentum (Sutskever et al., 2013).

    Args:
        params: Parameters or groups of them.
        lr: learning rate, the length of a step per unit of gradient.
        momentum: the fraction of the previous step that is added to this one, 0 to 1.
        dampening: the fraction of the gradient that is left out of the momentum.
        weight_decay: this multiple of the parameter is added to its gradient.
        nesterov: evaluate the momentum after the gradient step (Nesterov's form).
    Raises: ValueError for a negative setting, or nesterov without momentum.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        *,
        nesterov: bool = False,
    ) -> None:
        check_not_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum == 0 or dampening != 0):
            raise ValueError("nesterov needs a momentum above 0 and no dampening")
        super().__init__(
            params,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
        )

    def update(self, parameter: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        step = parameter.grad
        if group["weight_decay"]:
            step = step + group["weight_decay"] * parameter.data
        if momentum := group["momentum"]:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = np.array(step)
            else:
                velocity = state["momentum_buffer"]
                velocity *= momentum
                velocity += (1 - group["dampening"]) * step
            velocity = state["momentum_buffer"]
            step = step + momentum * velocity if group["nesterov"] else velocity
        parameter.data -= group["lr"] * step
