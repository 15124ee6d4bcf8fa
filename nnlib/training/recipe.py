"""A recipe: everything that a training run depends on besides its seed and its device."""

import ast
import dataclasses
import json
import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from nnlib.training import schedules
from nnlib.training.checks import check_between, check_choice, check_int, check_positive
from nnlib.training.tasks import TASKS

SCHEDULES = ("constant", "cosine")
PRECISIONS = ("auto", "float32", "float64", "bfloat16", "float16")
BACKENDS = ("pytorch", "scratch")
MAX_THREADS = 1024


@dataclass(frozen=True)
class Recipe:
    """A training run; a seed and a device complete it.

    Attributes:
        description: what is trained, in a line.
        task: name of a class in ``nnlib.training.tasks``, and its settings.
        model: name of a class in ``models``, and its settings besides those that the task fixes.
        steps: number of parameter updates.
        batch_size: examples per update, over all processes.
        lr: the largest learning rate.
        optimizer: name of an optimizer class, and its settings besides the learning rate.
        schedule: "constant" or "cosine": the learning rate after ``warmup_steps`` of linear warmup.
        min_lr_ratio: the share of ``lr`` at which "cosine" ends.
        loss: "cross_entropy", or "perceptron": by how much the highest logit exceeds that of the
            target.
        label_smoothing: share of each target that cross-entropy spreads over all classes.
        max_grad_norm: larger gradients are scaled down to this norm; None for no clipping.
        ema_decay: decay of the exponential moving average of the parameters, which is evaluated
            in their place; 0 for none.
        grad_accum_steps: micro-batches that each process splits its share of a batch into, to save
            memory.
        eval_interval: steps between evaluations on the validation split.
        eval_batch_size: examples per batch of an evaluation.
        patience: evaluations without improvement after which training stops; None for never.
        precision: of matrix products; "auto" is bfloat16 on a GPU that has it, float16 with loss
            scaling on an older GPU, and float32 on a CPU. Only "float32" switches TF32 off.
        compile: whether ``torch.compile`` fuses the operations; the results are the same.
        fsdp: whether several processes shard the parameters, for a model that fits no single
            device.
        threads: CPU threads; None for one per core.
        backend: "pytorch", or "scratch" for NumPy; `nnlib train --backend` chooses another.
        metric: the metric of the record: one of the task's, or "mfu" (model FLOPs utilization: the
            model's operations over what the device could compute in the same time).
        target: the value of the metric to reach on the test split, or on the validation split of a
            task without a test split.
        ensemble_size: number of trained networks in the ensemble of the record, whose probabilities
            are averaged; 0 for none.
        ensemble_target: the value of the metric that the ensemble should reach.

    Raises:
        ValueError: for a setting of another type or out of its range; names the setting.
    """

    description: str
    task: str
    model: str
    steps: int
    batch_size: int
    lr: float
    task_settings: dict[str, Any] = field(default_factory=dict)
    model_settings: dict[str, Any] = field(default_factory=dict)
    optimizer: str = "AdamW"
    optimizer_settings: dict[str, Any] = field(default_factory=dict)
    schedule: str = "constant"
    warmup_steps: int = 0
    min_lr_ratio: float = 0.0
    loss: str = "cross_entropy"
    label_smoothing: float = 0.0
    max_grad_norm: float | None = None
    ema_decay: float = 0.0
    grad_accum_steps: int = 1
    eval_interval: int = 500
    eval_batch_size: int = 1000
    patience: int | None = None
    precision: str = "auto"
    compile: bool = False
    fsdp: bool = False
    threads: int | None = None
    backend: str = "pytorch"
    metric: str = "accuracy"
    target: float | None = None
    ensemble_size: int = 0
    ensemble_target: float | None = None

    def __post_init__(self) -> None:
        self._check_types()
        self._check_choices()
        self._check_ranges()
        self._check_combinations()

    def _check_types(self) -> None:
        for name, hint in typing.get_type_hints(Recipe).items():
            value = getattr(self, name)
            if not _fits(value, hint):
                raise ValueError(
                    f"{name} must be of type {getattr(hint, '__name__', hint)}, got {value!r}"
                )
            try:  # a run's folder holds its recipe as JSON
                json.dumps(value)
            except (TypeError, ValueError) as error:
                raise ValueError(f"{name} cannot be written as JSON: {error}") from None

    def _check_choices(self) -> None:
        check_choice("task", self.task, TASKS)
        check_choice("loss", self.loss, TASKS[self.task].losses)
        check_choice("metric", self.metric, [*TASKS[self.task].metrics, "mfu"])
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("precision", self.precision, PRECISIONS)
        check_choice("backend", self.backend, BACKENDS)

    def _check_ranges(self) -> None:
        for name in ("steps", "batch_size", "grad_accum_steps", "eval_interval", "eval_batch_size"):
            check_int(name, getattr(self, name), 1)
        for name in ("warmup_steps", "ensemble_size"):
            check_int(name, getattr(self, name), 0)
        if self.patience is not None:
            check_int("patience", self.patience, 1)
        if self.threads is not None:
            check_int("threads", self.threads, 1, MAX_THREADS)
        check_positive("lr", self.lr)
        if self.max_grad_norm is not None:
            check_positive("max_grad_norm", self.max_grad_norm)
        check_between("min_lr_ratio", self.min_lr_ratio, 0, 1)
        for name in ("ema_decay", "label_smoothing"):
            check_between(name, getattr(self, name), 0, 1, include_high=False)

    def _check_combinations(self) -> None:
        if self.grad_accum_steps > self.batch_size:
            raise ValueError(
                f"a batch of {self.batch_size} has no {self.grad_accum_steps} micro-batches: "
                "lower grad_accum_steps"
            )
        if self.schedule == "cosine" and self.warmup_steps >= self.steps:
            raise ValueError(
                f"warmup_steps must be below steps = {self.steps}, got {self.warmup_steps}"
            )
        if self.loss == "perceptron" and self.label_smoothing:
            raise ValueError("the perceptron loss knows no probabilities: set label_smoothing=0")
        if self.fsdp and self.ema_decay:
            raise ValueError("sharded parameters have no moving average: set ema_decay=0")
        if self.ensemble_target is not None and not self.ensemble_size:
            raise ValueError("ensemble_target needs an ensemble: set ensemble_size")

    def lr_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        if self.schedule == "constant":
            return self.lr * min(1.0, (step + 1) / (self.warmup_steps + 1))
        return self.lr * schedules.cosine(
            step,
            total_steps=self.steps,
            warmup_steps=self.warmup_steps,
            final_factor=self.min_lr_ratio,
        )

    @property
    def monitor(self) -> str:
        """The validation metric by which the best checkpoint of a run is chosen."""
        return "loss" if self.metric == "mfu" else self.metric

    def is_improvement(self, value: float, best: float | None) -> bool:
        """Whether a value of `monitor` is better than the best so far; None for none so far."""
        if best is None:
            return True
        higher_is_better = TASKS[self.task].metrics[self.monitor].higher_is_better
        return value > best if higher_is_better else value < best


def _fits(value: object, hint: Any) -> bool:
    """Whether a value is of the type that a hint asks for; an int will do for a float."""
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    kinds = tuple(typing.get_origin(kind) or kind for kind in kinds)
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, kinds) or (float in kinds and isinstance(value, int))


def override(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """A recipe with other values.

    Args:
        recipe: the recipe to start from.
        settings: strings "key=value"; "model_settings.dropout=0.2" changes one entry of a dict.

    Raises:
        ValueError: for a key that a recipe does not have, listing those it has, or for a value of
            another type or out of its range.

    Example:
        >>> from nnlib.training.recipes import RECIPES
        >>> override(RECIPES["mlp-digits"], ["steps=7", "model_settings.hidden_sizes=(8,)"]).steps
        7
    """
    known = {entry.name for entry in dataclasses.fields(recipe)}
    changed: dict[str, Any] = {}  # at once: a number of steps and one of warmup steps must agree
    for setting in settings:
        key, equals, text = setting.partition("=")
        name, dot, inner = key.partition(".")
        if not equals or name not in known:
            raise ValueError(
                f"expected key=value with a key of {', '.join(sorted(known))}; got {setting!r}"
            )
        old, value = changed.get(name, getattr(recipe, name)), _parse(text)
        if dot:
            if not isinstance(old, dict):
                raise ValueError(f"{name} is not a dict, so it has no entry {key}; set {name}=...")
            value = {**old, inner: value}
        elif isinstance(old, float) and _fits(value, int):
            try:
                value = float(value)
            except OverflowError:
                raise ValueError(f"{name} must be finite, got {text}") from None
        changed[name] = value
    return replace(recipe, **changed)


def _parse(text: str) -> Any:
    """The Python literal that a text is, or else the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text
