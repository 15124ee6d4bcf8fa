"""Losses: one number that says how wrong a batch of outputs is, each beside its derivative.

Those that know the right class are in ``cross_entropy.py``.
"""

import numpy as np

from nnlib.scratch.autograd.tensor import primitive
from nnlib.scratch.nn.module import Module


def reduce(losses, reduction, count=None):
    """Reduce ``losses``; also the function that spreads the gradient of the result over them.

    A mean divides by ``count``, by default the number of losses.
    """
    if losses.size == 0:
        raise ValueError("a loss needs at least one sample, got an empty batch")
    if reduction == "none":
        return losses, lambda grad: grad
    if reduction == "sum":
        return losses.sum(), lambda grad: grad
    if reduction != "mean":
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
    count = losses.size if count is None else count
    if count == 0:
        raise ValueError("a mean needs a sample that counts; all are ignored or have weight 0")
    return losses.sum() / count, lambda grad: grad * (1 / count)


def _same_shape(name, input, target):
    if input.shape != target.shape:
        raise ValueError(
            f"{name} expects input and target of one shape, "
            f"got {input.shape} and {target.shape}; reshape one"
        )


@primitive
def mse_loss(input, target, *, reduction="mean"):
    """(input - target)², element by element."""
    _same_shape("mse_loss", input, target)
    error = input - target
    out, spread = reduce(error * error, reduction)
    return out, lambda grad: (
        lambda: spread(grad) * 2 * error,
        lambda: spread(grad) * -2 * error,
    )


@primitive
def l1_loss(input, target, *, reduction="mean"):
    """|input - target|, element by element; the derivative at 0 is taken as 0."""
    _same_shape("l1_loss", input, target)
    error = input - target
    out, spread = reduce(np.abs(error), reduction)
    return out, lambda grad: (
        lambda: spread(grad) * np.sign(error),
        lambda: spread(grad) * -np.sign(error),
    )


@primitive
def huber_loss(input, target, *, reduction="mean", delta=1.0):
    """error² / 2 up to |error| = delta, and on along the tangent: delta (|error| - delta / 2).

    The derivative is the error, clipped to ±delta; in terms of it both branches are one formula.
    """
    _same_shape("huber_loss", input, target)
    if not delta > 0:
        raise ValueError(f"huber_loss expects a delta above 0, got {delta}")
    error = input - target
    slope = np.clip(error, -delta, delta)
    out, spread = reduce(slope * (error - 0.5 * slope), reduction)
    return out, lambda grad: (
        lambda: spread(grad) * slope,
        lambda: spread(grad) * -slope,
    )


@primitive
def binary_cross_entropy_with_logits(input, target, *, reduction="mean"):
    """-target log p - (1 - target) log(1 - p) with p = sigmoid(input), stable for any input.

    Uses log(1 - p) = -input - log(1 + exp(-input)), so that no logarithm of 0 is ever taken.
    """
    _same_shape("binary_cross_entropy_with_logits", input, target)
    if target.size and not (target.min() >= 0 and target.max() <= 1):
        raise ValueError(
            "binary_cross_entropy_with_logits expects targets between 0 and 1, "
            f"got {target.min()} to {target.max()}"
        )
    decay = np.exp(-np.abs(input))
    losses = np.maximum(input, 0) - input * target + np.log1p(decay)
    out, spread = reduce(losses, reduction)
    probability = np.where(input >= 0, 1, decay) / (1 + decay)
    return out, lambda grad: (
        lambda: spread(grad) * (probability - target),
        lambda: spread(grad) * -input,
    )


@primitive
def kl_div(input, target, *, reduction="mean", log_target=False):
    """target (log(target) - input) for log-probabilities ``input``, 0 where target is 0.

    With ``log_target`` the target is given as log-probabilities too.
    """
    _same_shape("kl_div", input, target)
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
    if reduction == "batchmean":  # the mean over samples of the divergence, summed over classes
        out, spread = reduce(losses, "mean", count=len(input))
    else:
        out, spread = reduce(losses, reduction)
    return out, lambda grad: (
        lambda: spread(grad) * -probability,
        lambda: (
            spread(grad) * (losses + probability if log_target else log_probability + 1 - input)
        ),
    )


class Loss(Module):
    """What the losses share: how they reduce the losses of the samples to one number."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction


class MSELoss(Loss):
    """Mean squared error.

    Args:
        reduction: "mean", "sum" or "none" over the elements.
    Shapes: input and target of one shape -> (), or that shape for "none".
    Raises: ValueError if the shapes differ or the batch is empty.
    """

    def forward(self, input, target):
        return mse_loss(input, target, reduction=self.reduction)


class L1Loss(Loss):
    """Mean absolute error.

    Args:
        reduction: "mean", "sum" or "none" over the elements.
    Shapes: input and target of one shape -> (), or that shape for "none".
    Raises: ValueError if the shapes differ or the batch is empty.
    """

    def forward(self, input, target):
        return l1_loss(input, target, reduction=self.reduction)


class HuberLoss(Loss):
    """Squared error for small errors, absolute error for large ones (Huber, 1964).

    An outlier pulls with a force of at most delta, however far out it is.

    Args:
        reduction: "mean", "sum" or "none" over the elements.
        delta: the error at which the parabola becomes a straight line.
    Shapes: input and target of one shape -> (), or that shape for "none".
    Raises: ValueError if the shapes differ, the batch is empty, or delta is not above 0.
    """

    def __init__(self, reduction="mean", delta=1.0):
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input, target):
        return huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy of the probability sigmoid(input).

    Args:
        reduction: "mean", "sum" or "none" over the elements.
    Shapes: input and target (probabilities, 0 to 1) of one shape -> (), or that shape for "none".
    Raises: ValueError for unequal shapes, an empty batch, or targets outside [0, 1].
    """

    def forward(self, input, target):
        return binary_cross_entropy_with_logits(input, target, reduction=self.reduction)


class KLDivLoss(Loss):
    """How far a distribution is from a target distribution (Kullback & Leibler, 1951).

    Args:
        reduction: "batchmean" for the divergence itself, a mean over samples; or "mean", "sum" or
            "none" over the elements.
        log_target: whether the target is given as log-probabilities.
    Shapes: input (log-probabilities) and target (probabilities) of one shape -> (), or that shape
        for "none".
    Raises: ValueError for unequal shapes, an empty batch, or negative probabilities.
    """

    def __init__(self, *, reduction="mean", log_target=False):
        super().__init__(reduction)
        self.log_target = log_target

    def forward(self, input, target):
        return kl_div(input, target, reduction=self.reduction, log_target=self.log_target)
