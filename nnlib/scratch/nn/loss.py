"""Losses: one number for how far a batch of outputs is from its targets, each with its derivative.

The losses for class indices are in ``cross_entropy.py``.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn.module import Module

Reduction = Literal["mean", "sum", "none"]


def reduce(
    losses: np.ndarray, reduction: str, count: float | None = None
) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Reduce ``losses`` to their mean or sum, or leave them as they are.

    Args:
        losses: array of any shape.
        reduction: "mean", "sum" or "none".
        count: what a mean divides by; the number of losses if None.
    Returns: the result, and the function that maps the gradient with respect to the result to the
        gradient with respect to the losses (or to a number, if it is the same for all).
    Raises: ValueError for an unknown reduction, or the mean of nothing, which is NaN in PyTorch.
    """
    if reduction == "none":
        return losses, lambda grad: grad
    if reduction == "sum":
        return losses.sum(), lambda grad: grad
    if reduction != "mean":
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
    if losses.size == 0:
        raise ValueError("the mean of a loss needs at least one sample, got an empty batch")
    count = losses.size if count is None else count
    if count == 0:
        raise ValueError(
            "the mean of a loss needs at least one target that is not ignored and has a class "
            "weight above 0"
        )
    return losses.sum() / count, lambda grad: grad * (1 / count)


def _check_same_shape(name, input, target):
    if input.shape != target.shape:
        raise ValueError(
            f"{name} expects input and target of the same shape, "
            f"got {input.shape} and {target.shape}; reshape one"
        )


@primitive
def mse_loss(input: np.ndarray, target: np.ndarray, *, reduction: Reduction = "mean"):
    """(input - target)², elementwise."""
    _check_same_shape("mse_loss", input, target)
    error = input - target
    out, grad_losses = reduce(error * error, reduction)
    return out, lambda grad: (
        lambda: grad_losses(grad) * 2 * error,
        lambda: grad_losses(grad) * -2 * error,
    )


@primitive
def l1_loss(input: np.ndarray, target: np.ndarray, *, reduction: Reduction = "mean"):
    """|input - target|, elementwise; the derivative at 0 is taken as 0."""
    _check_same_shape("l1_loss", input, target)
    error = input - target
    sign = (error > 0).astype(error.dtype) - (error < 0)  # 0 for NaN, as in PyTorch
    out, grad_losses = reduce(np.abs(error), reduction)
    return out, lambda grad: (
        lambda: grad_losses(grad) * sign,
        lambda: grad_losses(grad) * -sign,
    )


@primitive
def huber_loss(
    input: np.ndarray, target: np.ndarray, *, reduction: Reduction = "mean", delta: float = 1.0
):
    """error² / 2 where |error| <= delta, delta * (|error| - delta / 2) elsewhere.

    The derivative is the error, clipped to [-delta, delta]. In terms of the clipped error both
    branches are one formula.
    """
    _check_same_shape("huber_loss", input, target)
    if not delta > 0:
        raise ValueError(f"huber_loss expects a delta above 0, got {delta}")
    error = input - target
    clipped = np.clip(error, -delta, delta)
    out, grad_losses = reduce(clipped * (error - 0.5 * clipped), reduction)
    return out, lambda grad: (
        lambda: grad_losses(grad) * clipped,
        lambda: grad_losses(grad) * -clipped,
    )


@primitive
def binary_cross_entropy_with_logits(
    input: np.ndarray, target: np.ndarray, *, reduction: Reduction = "mean"
):
    """-target log p - (1 - target) log(1 - p) with p = sigmoid(input), stable for any input.

    The loss is log(1 + exp(-|input|)) plus |input| times the probability that the target gives to
    the class against which the logit decides. So no exp overflows and no log(0) is taken.
    """
    _check_same_shape("binary_cross_entropy_with_logits", input, target)
    if target.size and not (target.min() >= 0 and target.max() <= 1):
        raise ValueError(
            "binary_cross_entropy_with_logits expects targets between 0 and 1, "
            f"got {target.min()} to {target.max()}"
        )
    size = np.abs(input)
    decay = np.exp(-size)
    losses = size * np.where(input >= 0, 1 - target, target) + np.log1p(decay)
    out, grad_losses = reduce(losses, reduction)
    probability = np.where(input >= 0, 1, decay) / (1 + decay)
    return out, lambda grad: (
        lambda: grad_losses(grad) * (probability - target),
        lambda: grad_losses(grad) * -input,
    )


@primitive
def kl_div(
    input: np.ndarray,
    target: np.ndarray,
    *,
    reduction: Literal["mean", "sum", "none", "batchmean"] = "mean",
    log_target: bool = False,
):
    """target * (log(target) - input) for log-probabilities ``input``, with 0 log(0) = 0.

    With ``log_target``, the target consists of log-probabilities too. Without it, the derivative
    with respect to a target of 0 takes log(0) as 0 too (in PyTorch it is NaN).
    """
    _check_same_shape("kl_div", input, target)
    if not log_target and target.size and not target.min() >= 0:
        raise ValueError(
            f"kl_div expects probabilities as target, got {target.min()}; "
            "pass log_target=True for log-probabilities"
        )
    if log_target:
        probability, log_probability = np.exp(target), target
    else:
        probability, log_probability = target, np.log(np.where(target > 0, target, 1))
    losses = probability * (log_probability - input)
    if reduction == "batchmean":  # the divergence is a sum over classes; its mean, over samples
        if input.ndim == 0:
            raise ValueError("kl_div with 'batchmean' expects a batch dimension, got shape ()")
        out, grad_losses = reduce(losses, "mean", count=len(input))
    else:
        out, grad_losses = reduce(losses, reduction)
    return out, lambda grad: (
        lambda: grad_losses(grad) * -probability,
        lambda: (
            grad_losses(grad)
            * (losses + probability if log_target else log_probability + 1 - input)
        ),
    )


class Loss(Module):
    """Base class of the losses: holds the reduction.

    Args:
        reduction: "mean", "sum" or "none".
    """

    def __init__(self, reduction: str = "mean"):
        super().__init__()
        self.reduction = reduction


class MSELoss(Loss):
    """Mean squared error.

    Args:
        reduction: "mean", "sum" or "none" over the elements.
    Shapes: input and target of the same shape -> (), or that shape for "none".
    Raises: ValueError if the shapes differ, or for the mean of an empty batch.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return mse_loss(input, target, reduction=self.reduction)


class L1Loss(Loss):
    """Mean absolute error.

    Args:
        reduction: "mean", "sum" or "none" over the elements.
    Shapes: input and target of the same shape -> (), or that shape for "none".
    Raises: ValueError if the shapes differ, or for the mean of an empty batch.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return l1_loss(input, target, reduction=self.reduction)


class HuberLoss(Loss):
    """Squared error for small errors, absolute error for large ones (Huber, 1964).

    The gradient of an outlier is at most delta, however large its error.

    Args:
        reduction: "mean", "sum" or "none" over the elements.
        delta: the error at which the parabola becomes a straight line.
    Shapes: input and target of the same shape -> (), or that shape for "none".
    Raises: ValueError if the shapes differ, if delta is not above 0, or for the mean of an empty
        batch.
    """

    def __init__(self, reduction: Reduction = "mean", delta: float = 1.0):
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy of the probability sigmoid(input).

    Args:
        reduction: "mean", "sum" or "none" over the elements.
    Shapes: input and target (probabilities, 0 to 1) of the same shape -> (), or that shape for
        "none".
    Raises: ValueError if the shapes differ, a target is outside [0, 1] (which PyTorch accepts), or
        for the mean of an empty batch.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return binary_cross_entropy_with_logits(input, target, reduction=self.reduction)


class KLDivLoss(Loss):
    """Kullback-Leibler divergence of a target distribution from the input (1951).

    Args:
        reduction: "batchmean" for the divergence itself, averaged over samples; or "mean", "sum" or
            "none" over the elements.
        log_target: whether the target consists of log-probabilities.
    Shapes: input (log-probabilities) and target (probabilities) of the same shape -> (), or that
        shape for "none".
    Raises: ValueError if the shapes differ, a probability is negative (which PyTorch accepts), or
        for the mean of an empty batch.
    """

    def __init__(
        self,
        *,
        reduction: Literal["mean", "sum", "none", "batchmean"] = "mean",
        log_target: bool = False,
    ):
        super().__init__(reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return kl_div(input, target, reduction=self.reduction, log_target=self.log_target)
