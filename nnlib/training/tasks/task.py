"""What every task gives: batches as a function of seed and step, held-out examples, loss, metrics.

A run that is stopped and resumed, or spread over several processes, sees the same batches, because
a task remembers nothing of what came before.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any, ClassVar, NamedTuple

import numpy as np

from nnlib import data
from nnlib.training.checks import resolve
from nnlib.training.losses import cross_entropy, perceptron
from nnlib.training.metrics import IGNORE_INDEX, Accuracy, CrossEntropy, ExactMatch, Metric

HELD_OUT_SEED = 0  # which examples are held out does not depend on the seed of a run


class Batch(NamedTuple):
    """Arguments of the model, and the targets of its outputs.

    Attributes:
        inputs: arrays, paired along the first axis.
        targets: integers, of the shape of the logits without their last axis; `IGNORE_INDEX` where
            nothing is predicted.
    """

    inputs: tuple[np.ndarray, ...]
    targets: np.ndarray

    @property
    def num_targets(self) -> int:
        """How many targets are counted; a batch's loss is the mean over them."""
        return int((self.targets != IGNORE_INDEX).sum())


class Task:
    """What a recipe trains a model to do.

    A subclass defines ``batch``, ``eval_batches`` and ``loss``.

    Attributes:
        unit: what the model processes, for displaying its speed: "images" or "tokens".
        splits: names of the held-out splits; the first is "validation".
        metrics: name -> class of a metric; "loss" is among them.
        losses: names of the losses that a recipe may choose from.
        model_settings: what the data fix of the model: its sizes of input and output.
    """

    unit: ClassVar[str]
    splits: ClassVar[tuple[str, ...]]
    metrics: ClassVar[Mapping[str, type[Metric]]]
    losses: ClassVar[tuple[str, ...]]
    model_settings: dict[str, Any]

    def batch(self, batch_size: int, seed: int, step: int) -> Batch:
        """The training batch of a step, counted from 0."""
        raise NotImplementedError(f"{type(self).__name__} does not define batch")

    def eval_batches(self, split: str, batch_size: int) -> Iterator[Batch]:
        """The batches of a held-out split, in order."""
        raise NotImplementedError(f"{type(self).__name__} does not define eval_batches")

    def loss(
        self, name: str, F: ModuleType, outputs: Any, targets: Any, *, label_smoothing: float
    ) -> Any:
        """The sum of the losses of a batch, which a trainer divides by ``batch.num_targets``.

        Args:
            name: one of ``losses``.
            F: module of the backend's functions.
            outputs: what the model returned.
            targets: the batch's, as the backend's array.
            label_smoothing: share of each target that is spread evenly over all classes.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define loss")


class Classification(Task):
    """A task whose every target is one of several classes: of an image, or for each next token."""

    metrics: ClassVar = {"loss": CrossEntropy, "accuracy": Accuracy, "exact_match": ExactMatch}
    losses: ClassVar = ("cross_entropy", "perceptron")

    def loss(
        self, name: str, F: ModuleType, outputs: Any, targets: Any, *, label_smoothing: float
    ) -> Any:
        if name == "perceptron":
            return perceptron(F, outputs, targets)
        return cross_entropy(F, outputs, targets, label_smoothing=label_smoothing)


def load_dataset(name: str) -> Callable:
    """The function of ``nnlib.data`` with that name; ValueError that lists them otherwise."""
    functions = {key: value for key, value in vars(data).items() if inspect.isfunction(value)}
    return resolve(functions, name, "data set")


def shuffled(n: int, batch_size: int, seed: int, step: int) -> np.ndarray:
    """Indices of the examples of a step, if every epoch shuffles all ``n`` anew.

    The last examples of an epoch that do not fill a batch are left out of it.

    Raises:
        ValueError: for a batch larger than an epoch.
    """
    if not 1 <= batch_size <= n:
        raise ValueError(
            f"batch_size must be from 1 to the {n} training examples, got {batch_size}"
        )
    epoch, position = divmod(step, n // batch_size)
    start = position * batch_size
    return _epoch_order(n, seed, epoch)[start : start + batch_size]


@lru_cache(maxsize=2)
def _epoch_order(n: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng((seed, epoch)).permutation(n)
