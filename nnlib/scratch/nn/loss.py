"""Losses: one number that says how wrong a batch of outputs is, each beside its derivative."""

import numpy as np

from nnlib.scratch.nn.module import Module
from nnlib.scratch.tensor import primitive

_REDUCTIONS = {"mean": np.mean, "sum": np.sum, "none": lambda losses: losses}


def _reduce(losses, reduction):
    """Reduce ``losses``; also the function that spreads the gradient of the result over them."""
    if losses.size == 0:
        raise ValueError("a loss needs at least one sample, got an empty batch")
    if reduction not in _REDUCTIONS:
        raise ValueError(f"reduction must be one of {[*_REDUCTIONS]}, got {reduction!r}")
    share = 1 / losses.size if reduction == "mean" else 1.0
    return _REDUCTIONS[reduction](losses), lambda grad: grad * share


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
    out, spread = _reduce(error * error, reduction)
    return out, lambda grad: (
        lambda: spread(grad) * 2 * error,
        lambda: spread(grad) * -2 * error,
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
    out, spread = _reduce(losses, reduction)
    probability = np.where(input >= 0, 1, decay) / (1 + decay)
    return out, lambda grad: (
        lambda: spread(grad) * (probability - target),
        lambda: spread(grad) * -input,
    )


@primitive
def cross_entropy(input, target, *, reduction="mean"):
    """-log softmax(input)[target] for logits (N, C) and class indices (N,).

    The derivative is softmax(input), less 1 at the target.
    """
    if input.ndim != 2 or target.shape != input.shape[:1]:
        raise ValueError(
            "cross_entropy expects logits (N, C) and class indices (N,), "
            f"got {input.shape} and {target.shape}"
        )
    if target.dtype.kind not in "iu":
        raise TypeError(f"cross_entropy expects integer class indices, got {target.dtype}")
    samples, classes = np.arange(len(input)), input.shape[1]
    if target.size and not (target.min() >= 0 and target.max() < classes):
        raise ValueError(
            f"cross_entropy expects class indices from 0 to {classes - 1}, "
            f"got {target.min()} to {target.max()}"
        )
    shifted = input - input.max(axis=1, keepdims=True)
    exps = np.exp(shifted)
    totals = exps.sum(axis=1)
    out, spread = _reduce(np.log(totals) - shifted[samples, target], reduction)

    def pullback(grad):
        grad_input = exps / totals[:, None]
        grad_input[samples, target] -= 1
        return (grad_input * np.reshape(spread(grad), (-1, 1)),)

    return out, pullback


class _Loss(Module):
    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction


class MSELoss(_Loss):
    """Mean squared error.

    Args:
        reduction: "mean", "sum" or "none" over the elements.
    Shapes: input and target of one shape -> (), or that shape for "none".
    Raises: ValueError if the shapes differ or the batch is empty.
    """

    def forward(self, input, target):
        return mse_loss(input, target, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Binary cross-entropy of the probability sigmoid(input).

    Args:
        reduction: "mean", "sum" or "none" over the elements.
    Shapes: input and target (probabilities, 0 to 1) of one shape -> (), or that shape for "none".
    Raises: ValueError for unequal shapes, an empty batch, or targets outside [0, 1].
    """

    def forward(self, input, target):
        return binary_cross_entropy_with_logits(input, target, reduction=self.reduction)


class CrossEntropyLoss(_Loss):
    """Negative log-likelihood of the right class under softmax(input).

    Args:
        reduction: "mean", "sum" or "none" over the samples.
    Shapes: input (N, C) logits, target (N,) integers from 0 to C - 1 -> (), or (N,) for "none".
    Raises: ValueError for wrong shapes, an empty batch, or a class out of range; TypeError for
        targets that are not integers.
    """

    def forward(self, input, target):
        return cross_entropy(input, target, reduction=self.reduction)
