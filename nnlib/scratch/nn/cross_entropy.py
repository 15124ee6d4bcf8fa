"""The losses that compare scores of classes with the right class, each beside its derivative."""

import numpy as np

from nnlib.scratch.autograd.tensor import primitive
from nnlib.scratch.nn.loss import Loss, reduce


def _by_sample(name, input, target, weight, ignore_index):
    """Lay out scores (N, C, d1, ...) as one row for each target.

    Returns:
        The rows (M, C), their classes (M,), whether they count or are ignored (M,), and the
        weights of their classes (M,), 0 if ignored; M = N d1 ...
    """
    dim = min(input.ndim, 2) - 1
    if input.ndim == 0 or target.shape != input.shape[:dim] + input.shape[dim + 1 :]:
        raise ValueError(
            f"{name} expects scores (N, C) and class indices (N,), or (N, C, d1, ...) and "
            f"(N, d1, ...), got {input.shape} and {target.shape}"
        )
    if target.dtype.kind not in "iu":
        raise TypeError(f"{name} expects integer class indices, got {target.dtype}")
    rows = np.moveaxis(input, dim, -1).reshape(-1, input.shape[dim])
    num_classes = rows.shape[1]
    classes = target.reshape(-1)
    counted = classes != ignore_index
    known = classes[counted]
    if known.size and not (known.min() >= 0 and known.max() < num_classes):
        raise ValueError(
            f"{name} expects class indices from 0 to {num_classes - 1}, "
            f"got {known.min()} to {known.max()}"
        )
    classes = np.where(counted, classes, 0)
    if weight is None:
        return rows, classes, counted, counted.astype(input.dtype)
    if weight.shape != (num_classes,) or weight.dtype != input.dtype:
        raise ValueError(
            f"{name} expects a weight for each of {num_classes} classes, {input.dtype}, "
            f"got {weight.shape}, {weight.dtype}"
        )
    return rows, classes, counted, counted * weight[classes]


def _as_scores(rows, shape):
    """Undo the layout of `_by_sample`: rows (M, C) -> scores (N, C, d1, ...), the ``shape``."""
    dim = min(len(shape), 2) - 1
    return np.moveaxis(rows.reshape(*shape[:dim], *shape[dim + 1 :], shape[dim]), -1, dim)


@primitive
def nll_loss(input, target, weight=None, *, ignore_index=-100, reduction="mean"):
    """-weight[target] input[target] for log-probabilities (N, C, ...) and class indices (N, ...).

    A mean divides by the weights of the targets, as in PyTorch.
    """
    rows, classes, _, weights = _by_sample("nll_loss", input, target, weight, ignore_index)
    samples = np.arange(len(rows))
    losses = -weights * rows[samples, classes]
    out, spread = reduce(losses.reshape(target.shape), reduction, weights.sum())

    def pullback(grad):
        grad_rows = np.zeros_like(rows)
        grad_rows[samples, classes] = -weights * np.reshape(spread(grad), -1)
        return (_as_scores(grad_rows, input.shape),)

    return out, pullback


@primitive
def cross_entropy(
    input, target, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0
):
    """-Σ q log softmax(input) for logits (N, C, ...) and class indices (N, ...).

    q is 1 at the target and 0 elsewhere; label smoothing ε moves a share ε of it evenly to all
    classes, and each class has its weight. The derivative is (Σ q) softmax(input) - q.
    """
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing must be from 0 to 1, got {label_smoothing}")
    rows, classes, counted, weights = _by_sample(
        "cross_entropy", input, target, weight, ignore_index
    )
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
    out, spread = reduce(losses.reshape(target.shape), reduction, weights.sum())

    def pullback(grad):
        grad_rows = exps * ((at_target + counted * at_all.sum()) / totals)[:, None]
        grad_rows[samples, classes] -= at_target
        if label_smoothing:
            grad_rows -= np.outer(counted, at_all)
        grad_rows *= np.reshape(spread(grad), (-1, 1))
        return (_as_scores(grad_rows, input.shape),)

    return out, pullback


class _WeightedLoss(Loss):
    def __init__(self, weight=None, *, ignore_index=-100, reduction="mean"):
        super().__init__(reduction)
        self.weight = None
        if weight is not None:
            self.register_buffer("weight", np.array(weight))
        self.ignore_index = ignore_index


class NLLLoss(_WeightedLoss):
    """Negative log-likelihood of the right class, for outputs of `LogSoftmax`.

    Args:
        weight: (C,) a weight for each class, against unequal frequencies.
        ignore_index: a target with this value counts nothing.
        reduction: "mean" (weighted), "sum" or "none" over the samples.
    Shapes: input (C), (N, C) or (N, C, d1, ...) log-probabilities; target (), (N) or (N, d1, ...)
        integers from 0 to C - 1 -> (), or the shape of the target for "none".
    Raises: ValueError for wrong shapes, an empty batch, a class out of range, or a mean over
        nothing; TypeError for targets that are not integers.
    """

    def forward(self, input, target):
        return nll_loss(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )


class CrossEntropyLoss(_WeightedLoss):
    """Negative log-likelihood of the right class under softmax(input).

    Args:
        weight: (C,) a weight for each class, against unequal frequencies.
        ignore_index: a target with this value counts nothing.
        reduction: "mean" (weighted), "sum" or "none" over the samples.
        label_smoothing: share of the target that is spread evenly over all classes, 0 to 1
            (Szegedy et al., 2016).
    Shapes: input (C), (N, C) or (N, C, d1, ...) logits; target (), (N) or (N, d1, ...) integers
        from 0 to C - 1 -> (), or the shape of the target for "none".
    Raises: ValueError for wrong shapes, an empty batch, a class out of range, a mean over nothing,
        or label_smoothing outside [0, 1]; TypeError for targets that are not integers.
    """

    def __init__(self, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, ignore_index=ignore_index, reduction=reduction)
        self.label_smoothing = label_smoothing

    def forward(self, input, target):
        return cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )
