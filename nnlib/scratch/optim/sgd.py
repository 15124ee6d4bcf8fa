"""Stochastic gradient descent: a step against the gradient, with momentum if asked for."""

import numpy as np

from nnlib.scratch.optim.optimizer import Optimizer, check_not_negative


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for (Sutskever et al., 2013).

    Args:
        params: Parameters or groups of them.
        lr: learning rate, the length of a step per unit of gradient.
        momentum: share of the previous step that carries on, 0 to 1.
        dampening: share of the gradient that is held back from the momentum.
        weight_decay: added to the gradient, as a multiple of the parameter itself.
        nesterov: take the gradient's step after the momentum's.
    Raises: ValueError for a negative setting, or nesterov without momentum.
    """

    def __init__(
        self, params, lr=1e-3, momentum=0.0, dampening=0.0, weight_decay=0.0, *, nesterov=False
    ):
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

    def update(self, parameter, state, group):
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
