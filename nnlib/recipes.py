"""Every training run of the book: what is trained on what, how, and what it should reach."""

import ast
import dataclasses
from dataclasses import dataclass, field
from typing import Any

from nnlib import schedules

SCHEDULES = ("constant", "cosine")
PRECISIONS = ("auto", "float32", "float64", "bfloat16", "float16")
BACKENDS = ("pytorch", "scratch")


@dataclass(frozen=True)
class Recipe:
    """One training run; a seed and a device complete it.

    Attributes:
        about: what is trained, in a line.
        task: name of a class in ``nnlib.tasks``, and its settings.
        model: name of a class in ``models``, and the settings that the data do not fix.
        steps: changes of the parameters.
        batch_size: examples that a change is computed from, over all processes.
        lr: the largest learning rate.
        optimizer: name of an optimizer class, and its settings besides the learning rate.
        schedule: "constant" or "cosine": the rate after ``warmup_steps`` of climbing.
        final_factor: the share of ``lr`` at which "cosine" ends.
        label_smoothing: share of each target that is spread over all classes.
        clip_norm: gradients longer than this are cut to it; None for none.
        ema: decay of the running mean of the parameters that is judged in their place; 0 for none.
        accumulate: pieces that each process works a batch off in, to save memory.
        evaluate_every: steps between two looks at the validation examples.
        evaluate_batch: examples that are judged at once.
        patience: looks without a better one after which training stops; None for never.
        precision: of a GPU's products; "auto" is bfloat16 where it has that, else float16 with
            scaled losses. A CPU computes in float32, or in float64 where that is asked for.
        compiled: whether ``torch.compile`` fuses the operations.
        sharded: whether processes share out the parameters, as models need that fit no device.
        backend: "pytorch", or "scratch" for NumPy; `nnlib train --backend` chooses another.
        metric: "accuracy", "exact" (all of an example right) or "loss".
        goal: the value of it to reach on the test examples, or on the validation examples where a
            task keeps no others aside.
    """

    about: str
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
    final_factor: float = 0.0
    label_smoothing: float = 0.0
    clip_norm: float | None = None
    ema: float = 0.0
    accumulate: int = 1
    evaluate_every: int = 500
    evaluate_batch: int = 1000
    patience: int | None = None
    precision: str = "auto"
    compiled: bool = False
    sharded: bool = False
    backend: str = "pytorch"
    metric: str = "accuracy"
    goal: float | None = None

    def __post_init__(self):
        for name, known in (
            ("schedule", SCHEDULES),
            ("precision", PRECISIONS),
            ("backend", BACKENDS),
            ("metric", ("accuracy", "exact", "loss")),
        ):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}"
                )
        for name in ("steps", "batch_size", "accumulate", "evaluate_every", "evaluate_batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, got {getattr(self, name)}")
        if self.accumulate > self.batch_size:
            raise ValueError(
                f"a batch of {self.batch_size} has no {self.accumulate} pieces: accumulate less"
            )
        if not 0 <= self.ema < 1:
            raise ValueError(f"ema must be from 0 to below 1, got {self.ema}")

    def rate(self, step):
        """The learning rate of a step, counted from 0."""
        if self.schedule == "constant":
            return self.lr * min(1.0, (step + 1) / (self.warmup_steps + 1))
        return self.lr * schedules.cosine(
            step,
            total_steps=self.steps,
            warmup_steps=self.warmup_steps,
            final_factor=self.final_factor,
        )

    def better(self, value, than):
        """Whether a value of the metric is better than another, or than None."""
        if than is None:
            return True
        return value < than if self.metric == "loss" else value > than


def override(recipe, settings):
    """A recipe with other values.

    Args:
        recipe: `Recipe`.
        settings: strings "key=value"; "model_settings.dropout=0.2" reaches into a dict.

    Raises:
        ValueError: for a key that the recipe has not, listing those it has, or for a value of
            another kind.

    Example:
        >>> override(RECIPES["mlp-digits"], ["steps=7", "model_settings.hidden_sizes=(8,)"]).steps
        7
    """
    for setting in settings:
        key, equals, text = setting.partition("=")
        name, dot, inner = key.partition(".")
        known = {entry.name for entry in dataclasses.fields(recipe)}
        if not equals or name not in known:
            raise ValueError(
                f"expected key=value with a key of {', '.join(sorted(known))}; got {setting!r}"
            )
        old = getattr(recipe, name)
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            value = text
        if dot:
            if not isinstance(old, dict):
                raise ValueError(f"{name} is no dict, so {key} names nothing; set {name}=...")
            value = {**old, inner: value}
        elif isinstance(old, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        elif old is not None and value is not None and not isinstance(value, type(old)):
            raise ValueError(
                f"{key} must be of the kind of {old!r} ({type(old).__name__}), got {text!r}"
            )
        recipe = dataclasses.replace(recipe, **{name: value})
    return recipe


RECIPES = {
    "mlp-digits": Recipe(
        about="the multilayer perceptron on scikit-learn's digits, in seconds",
        task="Images",
        task_settings={"load": "digits", "flatten": True, "validation": 200},
        model="MLP",
        model_settings={"hidden_sizes": (64,)},
        steps=600,
        batch_size=32,
        lr=3e-3,
        evaluate_every=100,
        schedule="cosine",
        goal=0.95,
    ),
}
