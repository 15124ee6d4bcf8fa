"""Metrics of an evaluation: means over all targets or examples of a split.

A metric is written once for both backends. It sees the model's logits and the targets, either as
NumPy arrays or as PyTorch tensors, and uses what the two have in common; what they do not is in
``F``, which is ``nnlib.scratch.functional`` or ``torch.nn.functional``. To add a metric, write a
class here and name it among the ``metrics`` of a task.
"""

import math
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, ClassVar

IGNORE_INDEX = -100  # a target that is not counted; the default of cross_entropy


class Metric:
    """A mean, kept as two sums that add up over batches and over processes.

    A subclass defines ``update``, which calls ``add``.

    Args:
        F: module of the backend's functions.

    Attributes:
        higher_is_better: whether an increase is an improvement.
    """

    higher_is_better: ClassVar[bool] = True

    def __init__(self, F: ModuleType):
        self.F = F
        self.totals: list[Any] = []  # of each batch, unread: reading a number waits for the GPU
        self.counts: list[Any] = []

    def update(self, logits: Any, targets: Any) -> None:
        """Add a batch.

        Args:
            logits: (N, ..., C), scores of C classes.
            targets: (N, ...), integers below C, or `IGNORE_INDEX`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define update")

    def add(self, total: Any, count: Any) -> None:
        """Add a batch's sum and the number of its terms."""
        self.totals.append(total)
        self.counts.append(count)

    def sums(self) -> tuple[float, float]:
        """The sum over all batches, and the number of its terms."""
        return sum(map(float, self.totals)), sum(map(float, self.counts))

    @staticmethod
    def compute(total: float, count: float) -> float:
        """The metric, from sums over all batches of all processes."""
        return total / count if count else math.nan


class CrossEntropy(Metric):
    """The mean negative log-likelihood of a target, in nats; without label smoothing."""

    higher_is_better = False

    def update(self, logits: Any, targets: Any) -> None:
        rows, classes = logits.reshape(-1, logits.shape[-1]), targets.reshape(-1)
        total = self.F.cross_entropy(rows, classes, ignore_index=IGNORE_INDEX, reduction="sum")
        self.add(total, (targets != IGNORE_INDEX).sum())


class Accuracy(Metric):
    """The share of targets that have the highest logit."""

    def update(self, logits: Any, targets: Any) -> None:
        self.add((logits.argmax(-1) == targets).sum(), (targets != IGNORE_INDEX).sum())


class ExactMatch(Metric):
    """The share of examples whose targets all have the highest logit.

    For a translation this is the share that greedy decoding translates without a mistake.
    """

    def update(self, logits: Any, targets: Any) -> None:
        correct = (logits.argmax(-1) == targets) | (targets == IGNORE_INDEX)
        rows = correct.reshape(len(targets), math.prod(targets.shape[1:]))
        self.add(rows.all(1).sum(), len(targets))


def new_metrics(classes: Mapping[str, type[Metric]], F: ModuleType) -> dict[str, Metric]:
    """Name -> metric, each of no batches yet."""
    return {name: metric(F) for name, metric in classes.items()}


def compute_metrics(
    metrics: Mapping[str, Metric], sums: Iterable[tuple[float, float]] | None = None
) -> dict[str, float]:
    """Name -> value.

    Args:
        metrics: name -> metric.
        sums: the total and count of each, over all processes; by default those of this one.
    """
    if sums is None:
        sums = [metric.sums() for metric in metrics.values()]
    return {
        name: metric.compute(*pair)
        for (name, metric), pair in zip(metrics.items(), sums, strict=True)
    }
