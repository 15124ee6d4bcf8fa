"""Losses of classification, written once for both backends.

Each returns the sum over all targets that are counted; a trainer divides it by their number. ``F``
is ``nnlib.scratch.functional`` or ``torch.nn.functional``.
"""

from types import ModuleType
from typing import Any

from nnlib.training.metrics import IGNORE_INDEX


def cross_entropy(F: ModuleType, logits: Any, targets: Any, *, label_smoothing: float = 0.0) -> Any:
    """The negative log-likelihood of the targets, in nats.

    Args:
        F: module of the backend's functions.
        logits: (N, ..., C), scores of C classes.
        targets: (N, ...), integers below C, or `IGNORE_INDEX`.
        label_smoothing: share of each target that is spread evenly over all classes.
    """
    return F.cross_entropy(
        logits.reshape(-1, logits.shape[-1]),
        targets.reshape(-1),
        ignore_index=IGNORE_INDEX,
        reduction="sum",
        label_smoothing=label_smoothing,
    )


def perceptron(_F: ModuleType, logits: Any, targets: Any) -> Any:
    """By how much the highest logit exceeds that of the target: the multiclass perceptron's loss.

    Args:
        logits: (N, ..., C), scores of C classes.
        targets: (N, ...), integers below C, or `IGNORE_INDEX`.
    """
    rows, classes = logits.reshape(-1, logits.shape[-1]), targets.reshape(-1)
    counted = classes != IGNORE_INDEX
    of_target = rows.gather(1, classes.clip(0)[:, None])[:, 0]
    return (rows.max(dim=1)[0] - of_target)[counted].sum()
