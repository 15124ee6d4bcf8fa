"""Optimizers that scale each entry's step by the size of its past gradients (adaptive rates)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.optim.optimizer import Optimizer, blocks, check_not_negative


class Adagrad(Optimizer):
    """Steps divided by the root of all squared gradients so far (Duchi et al., 2011).

    Args:
        params: Parameters or groups of them.
        lr: learning rate.
        lr_decay: the rate of step t is lr / (1 + (t - 1) lr_decay).
        weight_decay: this multiple of the parameter is added to its gradient.
        initial_accumulator_value: initial value of the sum of squares.
        eps: added to the root, so that the divisor is never 0.
    Raises: ValueError for a negative setting.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        settings = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
        }
        check_not_negative(**settings)
        super().__init__(params, **settings)

    def update(self, parameter: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
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
        alpha: decay rate of the running mean of squares.
        eps: added to the root, so that the divisor is never 0.
        weight_decay: this multiple of the parameter is added to its gradient.
        momentum: the fraction of the previous step that is added to this one.
        centered: divide by the standard deviation of the gradient, not the root of its square.
    Raises: ValueError for a negative setting.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        settings = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
        }
        check_not_negative(**settings)
        super().__init__(params, **settings, centered=centered)

    def update(self, parameter: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
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

    Both means start at 0; the bias of that is corrected.

    Args:
        params: Parameters or groups of them.
        lr: learning rate.
        betas: decay rates of the running means of the gradient and of its square.
        eps: added to the root, so that the divisor is never 0.
        weight_decay: this multiple of the parameter is added to its gradient.
        amsgrad: divide by the largest mean square so far (Reddi et al., 2018).
    Raises: ValueError for a negative setting, or a beta that is not in [0, 1).
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ) -> None:
        check_not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        if len(betas) != 2 or not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must be two numbers in [0, 1), got {betas}")
        super().__init__(
            params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad
        )

    def decay(self, data: np.ndarray, grad: np.ndarray, group: dict[str, Any]) -> np.ndarray:
        """The gradient to use, with the weight decay in it."""
        return grad + group["weight_decay"] * data

    def update(self, parameter: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
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
                square = np.maximum(largest[0], square, out=largest[0])
            scale = np.sqrt(square)
            scale *= unbias
            scale += group["eps"]
            np.divide(mean, scale, out=scale)
            scale *= rate
            data -= scale


class AdamW(Adam):
    """`Adam` with weight decay decoupled from the gradient (Loshchilov & Hutter, 2019).

    Args:
        weight_decay: each step first multiplies the parameter by 1 - lr weight_decay; the other
            arguments are those of Adam.
    Raises: ValueError for a negative setting, or a beta that is not in [0, 1).
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)

    def decay(self, data: np.ndarray, grad: np.ndarray, group: dict[str, Any]) -> np.ndarray:
        """Shrink the parameter itself; its gradient stays as it is."""
        data *= 1 - group["lr"] * group["weight_decay"]
        return grad


def _average(average: np.ndarray, decay: float, value: np.ndarray) -> None:
    """Update an exponential moving average in place: decay average + (1 - decay) value."""
    average *= decay
    average += (1 - decay) * value
