"""Optimizers that divide each step by the size that the gradient had: every entry its own rate."""

import math

import numpy as np

from nnlib.scratch.optim.optimizer import Optimizer, blocks, check_not_negative


class Adagrad(Optimizer):
    """Steps divided by the root of all squared gradients so far (Duchi et al., 2011).

    Args:
        params: Parameters or groups of them.
        lr: learning rate.
        lr_decay: the rate of step t is lr / (1 + (t - 1) lr_decay).
        weight_decay: added to the gradient, as a multiple of the parameter itself.
        initial_accumulator_value: what the sum of squares starts at.
        eps: added to the root, so that nothing is divided by 0.
    Raises: ValueError for a negative setting.
    """

    def __init__(
        self,
        params,
        lr=1e-2,
        lr_decay=0.0,
        weight_decay=0.0,
        initial_accumulator_value=0.0,
        eps=1e-10,
    ):
        settings = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
        }
        check_not_negative(**settings)
        super().__init__(params, **settings)

    def update(self, parameter, state, group):
        if not state:
            start = group["initial_accumulator_value"]
            state.update(step=0, sum=np.full_like(parameter.data, start))
        state["step"] = step = int(state["step"]) + 1
        rate = group["lr"] / (1 + (step - 1) * group["lr_decay"])
        for data, grad, total in blocks(parameter.data, parameter.grad, state["sum"]):
            if group["weight_decay"]:
                grad = grad + group["weight_decay"] * data
            total += grad * grad
            data -= rate * grad / (np.sqrt(total) + group["eps"])


class RMSprop(Optimizer):
    """Steps divided by the root of the mean of recent squared gradients (Tieleman & Hinton, 2012).

    Args:
        params: Parameters or groups of them.
        lr: learning rate.
        alpha: share of the mean of squares that carries on at each step.
        eps: added to the root, so that nothing is divided by 0.
        weight_decay: added to the gradient, as a multiple of the parameter itself.
        momentum: share of the previous step that carries on.
        centered: divide by the standard deviation of the gradient, not the root of its square.
    Raises: ValueError for a negative setting.
    """

    def __init__(
        self,
        params,
        lr=1e-2,
        alpha=0.99,
        eps=1e-8,
        weight_decay=0.0,
        momentum=0.0,
        centered=False,
    ):
        settings = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
        }
        check_not_negative(**settings)
        super().__init__(params, **settings, centered=centered)

    def update(self, parameter, state, group):
        if not state:
            state.update(step=0, square_avg=np.zeros_like(parameter.data))
            if group["momentum"]:
                state["momentum_buffer"] = np.zeros_like(parameter.data)
            if group["centered"]:
                state["grad_avg"] = np.zeros_like(parameter.data)
        state["step"] = int(state["step"]) + 1
        arrays = {name: array for name, array in state.items() if name != "step"}
        for data, grad, *averages in blocks(parameter.data, parameter.grad, *arrays.values()):
            self._update(data, grad, dict(zip(arrays, averages, strict=True)), group)

    def _update(self, data, grad, state, group):
        alpha = group["alpha"]
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * data
        _average(state["square_avg"], alpha, grad * grad)
        square = state["square_avg"]
        if group["centered"]:
            _average(state["grad_avg"], alpha, grad)
            square = square - state["grad_avg"] ** 2
        step = grad / (np.sqrt(square) + group["eps"])
        if group["momentum"]:
            state["momentum_buffer"] *= group["momentum"]
            state["momentum_buffer"] += step
            step = state["momentum_buffer"]
        data -= group["lr"] * step


class Adam(Optimizer):
    """Momentum, divided by the root of the mean of recent squared gradients (Kingma & Ba, 2015).

    Both means start at 0 and are corrected for it.

    Args:
        params: Parameters or groups of them.
        lr: learning rate.
        betas: shares of the mean gradient and of the mean square that carry on at each step.
        eps: added to the root, so that nothing is divided by 0.
        weight_decay: added to the gradient, as a multiple of the parameter itself.
        amsgrad: divide by the largest mean square so far (Reddi et al., 2018).
    Raises: ValueError for a negative setting, or a beta that is not in [0, 1).
    """

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False
    ):
        check_not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        if len(betas) != 2 or not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must be two numbers in [0, 1), got {betas}")
        super().__init__(
            params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad
        )

    def decay(self, data, grad, group):
        """The gradient to use, with the weight decay in it."""
        return grad + group["weight_decay"] * data

    def update(self, parameter, state, group):
        names = ["exp_avg", "exp_avg_sq"] + ["max_exp_avg_sq"] * group["amsgrad"]
        if not state:
            state.update(step=0, **{name: np.zeros_like(parameter.data) for name in names})
        state["step"] = step = int(state["step"]) + 1
        beta1, beta2 = group["betas"]
        rate = group["lr"] / (1 - beta1**step)
        unbias = 1 / math.sqrt(1 - beta2**step)
        averages = [state[name] for name in names]
        for data, grad, mean, square, *largest in blocks(parameter.data, parameter.grad, *averages):
            if group["weight_decay"]:
                grad = self.decay(data, grad, group)
            _average(mean, beta1, grad)
            _average(square, beta2, grad * grad)
            if largest:
                square = np.maximum(*largest, square, out=largest[0])
            scale = np.sqrt(square)
            scale *= unbias
            scale += group["eps"]
            np.divide(mean, scale, out=scale)
            scale *= rate
            data -= scale


class AdamW(Adam):
    """`Adam` that shrinks the parameters apart from the gradient (Loshchilov & Hutter, 2019).

    Args:
        weight_decay: share of itself, times lr, that a parameter loses at each step; the other
            arguments are those of Adam.
    Raises: ValueError for a negative setting, or a beta that is not in [0, 1).
    """

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False
    ):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)

    def decay(self, data, grad, group):
        """Shrink the parameter itself; its gradient stays as it is."""
        data *= 1 - group["lr"] * group["weight_decay"]
        return grad


def _average(average, share, value):
    """Let a running average keep ``share`` of itself and take the rest from ``value``."""
    average *= share
    average += (1 - share) * value
