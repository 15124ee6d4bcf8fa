"""The losses that compare scores for the classes with a class index, each with its derivative."""

import math

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn.loss import Loss, Reduction, reduce


def _by_sample(name, input, target, weight, ignore_index):
    """Lay out scores (N, C, d1, ...) as one row for each target.

    Returns:
        The rows (M, C), their classes (M,), whether each counts or is ignored (M,), and the weights
        of their classes (M,), 0 if ignored; M = N d1 ...
    """
    dim = min(input.ndim, 2) - 1
    if input.ndim == 0 or target.shape != input.shape[:dim] + input.shape[dim + 1 :]:
        raise ValueError(
            f"{name} expects scores (N, C) and class indices (N,), or (N, C, d1, ...) and "
            f"(N, d1, ...), got {input.shape} and {target.shape}"
        )
    if target.dtype.kind not in "iu":
        raise TypeError(f"{name} expects integer class indices, got {target.dtype}")
    num_classes = input.shape[dim]
    if num_classes == 0:
        raise ValueError(f"{name} expects at least one class, got scores {input.shape}")
    rows = np.moveaxis(input, dim, -1).reshape(math.prod(target.shape), num_classes)
    classes = target.reshape(-1)
    counted = classes != ignore_index
    indices = classes[counted]
    if indices.size and not (indices.min() >= 0 and indices.max() < num_classes):
        raise ValueError(
            f"{name} expects class indices from 0 to {num_classes - 1}, "
            f"got {indices.min()} to {indices.max()}"
        )
    classes = np.where(counted, classes, 0)
    if weight is None:
        return rows, classes, counted, counted.astype(input.dtype)
    if weight.shape != (num_classes,) or weight.dtype != input.dtype:
        raise ValueError(
            f"{name} expects {num_classes} class weights of dtype {input.dtype}, "
            f"got shape {weight.shape}, dtype {weight.dtype}"
        )
    return rows, classes, counted, np.where(counted, weight[classes], 0)


def _as_scores(rows, shape):
    """Undo the layout of `_by_sample`: rows (M, C) -> scores (N, C, d1, ...), the ``shape``."""
    dim = min(len(shape), 2) - 1
    return np.moveaxis(rows.reshape(*shape[:dim], *shape[dim + 1 :], shape[dim]), -1, dim)


@primitive
def nll_loss(
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
):
    """-weight[target] * input[target] for log-probabilities (N, C, ...), class indices (N, ...).

    A mean divides by the sum of the targets' weights.
    """
    rows, classes, counted, weights = _by_sample("nll_loss", input, target, weight, ignore_index)
    samples = np.arange(len(rows))
    losses = -weights * np.where(counted, rows[samples, classes], 0)
    out, grad_losses = reduce(losses.reshape(target.shape), reduction, weights.sum())

    def pullback(grad):
        grad_rows = np.zeros_like(rows)
        grad_at_target = -weights * np.reshape(grad_losses(grad), -1)
        grad_rows[samples, classes] = np.where(counted, grad_at_target, 0)
        return (_as_scores(grad_rows, input.shape),)

    return out, pullback


@primitive
def cross_entropy(
    input: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
):
    """-Σ q log softmax(input) for logits (N, C, ...) and class indices (N, ...).

    q is 1 at the target and 0 elsewhere; label smoothing ε spreads a share ε of it evenly over all
    classes, and each class is multiplied by its weight. A mean divides by the sum of the targets'
    weights. The derivative is (Σ q) softmax(input) - q, and 0 for the scores of an ignored target,
    whatever they are (in PyTorch NaN where the scores have no softmax).
    """
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing must be from 0 to 1, got {label_smoothing}")
    rows, classes, counted, weights = _by_sample(
        "cross_entropy", input, target, weight, ignore_index
    )
    ignored = np.flatnonzero(~counted)
    if ignored.size:  # their scores may be anything, so they must not reach the arithmetic
        rows = rows.copy()
        rows[ignored] = 0
    samples = np.arange(len(rows))
    at_target = (1 - label_smoothing) * weights
    at_all = np.full(rows.shape[1], label_smoothing / rows.shape[1], rows.dtype)
    if weight is not None:
        at_all *= weight

    shifted = rows - rows.max(axis=1, keepdims=True)
    exps = np.exp(shifted)
    totals = exps.sum(axis=1)
    log_totals = np.log(totals)
    losses = at_target * (log_totals - shifted[samples, classes])
    if label_smoothing:
        losses += counted * (log_totals * at_all.sum() - shifted @ at_all)
    out, grad_losses = reduce(losses.reshape(target.shape), reduction, weights.sum())

    def pullback(grad):
        grad_rows = exps * ((at_target + at_all.sum()) / totals)[:, None]
        grad_rows[samples, classes] -= at_target
        if label_smoothing:
            grad_rows -= at_all
        grad_rows *= np.reshape(grad_losses(grad), (-1, 1))
        grad_rows[ignored] = 0
        return (_as_scores(grad_rows, input.shape),)

    return out, pullback


class _WeightedLoss(Loss):
    def __init__(
        self,
        weight: np.ndarray | None = None,
        *,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
    ):
        super().__init__(reduction)
        self.weight = None
        if weight is not None:
            self.register_buffer("weight", np.array(weight))
        self.ignore_index = ignore_index


class NLLLoss(_WeightedLoss):
    """Negative log-likelihood of the target class, for outputs of `LogSoftmax`.

    Args:
        weight: (C,) a weight for each class, to balance unequal frequencies.
        ignore_index: targets with this value do not contribute.
        reduction: "mean" (weighted), "sum" or "none" over the samples.
    Shapes: input (C), (N, C) or (N, C, d1, ...) log-probabilities; target (), (N) or (N, d1, ...)
        integers from 0 to C - 1 -> (), or the shape of the target for "none".
    Raises: ValueError for shapes that do not match, a class out of range, or a mean over no target
        (which is NaN in PyTorch); TypeError for targets that are not integers.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return nll_loss(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )


class CrossEntropyLoss(_WeightedLoss):
    """Negative log-likelihood of the target class under softmax(input).

    Args:
        weight: (C,) a weight for each class, to balance unequal frequencies.
        ignore_index: targets with this value do not contribute.
        reduction: "mean" (weighted), "sum" or "none" over the samples.
        label_smoothing: share of the target probability that is spread evenly over all classes, 0
            to 1 (Szegedy et al., 2016).
    Shapes: input (C), (N, C) or (N, C, d1, ...) logits; target (), (N) or (N, d1, ...) integers
        from 0 to C - 1 -> (), or the shape of the target for "none".
    Raises: ValueError for shapes that do not match, a class out of range, a mean over no target
        (which is NaN in PyTorch), or label_smoothing outside [0, 1]; TypeError for targets that are
        not integers.
    """

    def __init__(
        self,
        weight: np.ndarray | None = None,
        *,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
    ):
        super().__init__(weight, ignore_index=ignore_index, reduction=reduction)
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )
