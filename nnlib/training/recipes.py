"""Every training run of the book: what is trained on what, how, and what it should reach."""

import ast
import dataclasses
import types
import typing
from dataclasses import dataclass, field, replace
from typing import Any

from nnlib.training import schedules

SCHEDULES = ("constant", "cosine")
PRECISIONS = ("auto", "float32", "float64", "bfloat16", "float16")
BACKENDS = ("pytorch", "scratch")
LOSSES = ("cross_entropy", "perceptron")
METRICS = ("accuracy", "exact_match", "loss", "mfu")


@dataclass(frozen=True)
class Recipe:
    """One training run; a seed and a device complete it.

    Attributes:
        about: what is trained, in a line.
        task: name of a class in ``nnlib.training.tasks``, and its settings.
        model: name of a class in ``models``, and the settings that the data do not fix.
        steps: changes of the parameters.
        batch_size: examples that a change is computed from, over all processes.
        lr: the largest learning rate.
        optimizer: name of an optimizer class, and its settings besides the learning rate.
        schedule: "constant" or "cosine": the rate after ``warmup_steps`` of climbing.
        min_lr_ratio: the share of ``lr`` at which "cosine" ends.
        loss: "cross_entropy", or "perceptron": by how much the highest score lies above that of
            the right class.
        label_smoothing: share of each target that cross-entropy spreads over all classes.
        max_grad_norm: gradients longer than this are cut to it; None for none.
        ema_decay: decay of the exponential moving average of the parameters, which is evaluated
            in their place; 0 for none.
        grad_accum_steps: pieces that each process works a batch off in, to save memory.
        eval_interval: steps between two evaluations on the validation examples.
        eval_batch_size: examples in a batch of an evaluation.
        patience: evaluations without improvement after which training stops; None for never.
        precision: of products; "auto" is bfloat16 on a GPU that has it, float16 with scaled losses
            on one that has not, and float32 on a CPU. Only "float32" refuses TF32.
        compiled: whether ``torch.compile`` fuses the operations.
        sharded: whether processes share out the parameters, as models need that fit no device.
        threads: of a processor that compute; None for one a core.
        backend: "pytorch", or "scratch" for NumPy; `nnlib train --backend` chooses another.
        metric: "accuracy", "exact_match" (all targets of an example right), "loss", or "mfu"
            (model FLOPs utilization: the model's operations over the peak of the device).
        target: the value of the metric to reach on the test examples, or on the validation examples
            where a task has no test split.
        ensemble_size: number of trained networks in the ensemble of the record, whose probabilities
            are averaged; 0 for none.
        ensemble_target: the value of the metric that the ensemble should reach.
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

    def __post_init__(self):
        for name, hint in typing.get_type_hints(Recipe).items():
            if not _fits(getattr(self, name), hint):
                kind = getattr(hint, "__name__", hint)
                raise ValueError(f"{name} must be of the kind {kind}, got {getattr(self, name)!r}")
        for name, known in (
            ("schedule", SCHEDULES),
            ("precision", PRECISIONS),
            ("backend", BACKENDS),
            ("loss", LOSSES),
            ("metric", METRICS),
        ):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}"
                )
        for name in (
            *("steps", "batch_size", "grad_accum_steps", "eval_interval", "eval_batch_size"),
            *("patience", "threads"),
        ):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, got {getattr(self, name)}")
        for name in ("lr", "max_grad_norm"):
            if getattr(self, name) is not None and not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        if self.grad_accum_steps > self.batch_size:
            raise ValueError(
                f"a batch of {self.batch_size} has no {self.grad_accum_steps} micro-batches: "
                f"lower grad_accum_steps"
            )
        for name in ("ema_decay", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be from 0 to below 1, got {getattr(self, name)}")
        if self.fsdp and self.ema_decay:
            raise ValueError("parameters that are shared out have no running mean: set ema_decay=0")
        self.lr_at(0)  # a schedule that does not fit is told here

    def lr_at(self, step):
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
    def monitor(self):
        """Which of the scores on the validation examples decides between two moments of a run."""
        return "loss" if self.metric == "mfu" else self.metric

    def is_improvement(self, value, than):
        """Whether a value of `monitor` is better than another, or than None."""
        if than is None:
            return True
        return value < than if self.monitor == "loss" else value > than


def _fits(value, hint):
    """Whether a value is of the kind that a type hint asks for; an int will do for a float."""
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    kinds = tuple(typing.get_origin(kind) or kind for kind in kinds)
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, kinds) or (float in kinds and isinstance(value, int))


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
    known = {entry.name for entry in dataclasses.fields(recipe)}
    changed = {}  # all at once: steps and warm-up, say, have to fit together
    for setting in settings:
        key, equals, text = setting.partition("=")
        name, dot, inner = key.partition(".")
        if not equals or name not in known:
            raise ValueError(
                f"expected key=value with a key of {', '.join(sorted(known))}; got {setting!r}"
            )
        old = changed.get(name, getattr(recipe, name))
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            value = text
        if dot:
            if not isinstance(old, dict):
                raise ValueError(f"{name} is no dict, so {key} names nothing; set {name}=...")
            value = {**old, inner: value}
        elif isinstance(old, float) and _fits(value, int):
            value = float(value)
        changed[name] = value
    return replace(recipe, **changed)


MNIST = Recipe(
    description="",
    task="ImageClassification",
    task_settings={"dataset": "mnist", "flatten": True},
    model="MLP",
    steps=1,
    batch_size=100,
    lr=1e-3,
    schedule="cosine",
    threads=1,
)

VARIED = {"dataset": "mnist", "translate": 2, "degrees": 12.0, "scale": 0.1}
# The ladder of handwritten digits: each rung adds one thing to the one before. The targets are what
# Nielsen's "Neural Networks and Deep Learning" (2015, chapter 6) reports at the same rung.
LADDER = {
    "mnist-perceptron": replace(
        MNIST,
        description="one layer that learns from its mistakes alone",
        model_settings={"hidden_sizes": ()},
        backend="scratch",
        loss="perceptron",
        optimizer="SGD",
        schedule="constant",
        lr=1.0,
        batch_size=1,
        steps=275_000,  # 5 epochs
        eval_interval=11_000,
    ),
    "mnist-softmax": replace(
        MNIST,
        description="one layer, and softmax in place of the mistakes",
        model_settings={"hidden_sizes": ()},
        backend="scratch",
        steps=5500,
    ),
    "mnist-mlp": replace(
        MNIST,
        description="one hidden layer of 100 units",
        model_settings={"hidden_sizes": (100,)},
        backend="scratch",
        steps=5500,
        lr=8e-3,
        target=0.9780,
    ),
    "mnist-regularized": replace(
        MNIST,
        description="800 hidden units, dropout, soft labels, averaged parameters",
        model_settings={"hidden_sizes": (800,), "dropout": 0.3},
        backend="scratch",
        steps=4280,  # 20 epochs
        batch_size=256,
        lr=8e-3,
        label_smoothing=0.1,
        ema_decay=0.98,
    ),
    "mnist-cnn": replace(
        MNIST,
        description="three convolutions before the two linear layers, dropout",
        task_settings={"dataset": "mnist"},
        model="ConvNet",
        model_settings={"channels": (24, 48, 96), "dropout": 0.4},
        steps=4400,  # 8 epochs
        lr=2e-3,
        ema_decay=0.99,
        target=0.9923,
    ),
    "mnist-augmented": replace(
        MNIST,
        description="the same on images translated, rotated and scaled a little, for longer",
        task_settings=VARIED,
        model="ConvNet",
        model_settings={"channels": (24, 48, 96), "dropout": 0.4},
        steps=6050,  # 11 epochs
        lr=2e-3,
        ema_decay=0.99,
        target=0.9937,
    ),
    "mnist-normalized": replace(
        MNIST,
        description="two convolutions per pooling, batch normalization; an ensemble of five",
        task_settings=VARIED,
        model="ConvNet",
        model_settings={
            "channels": (16, 32, 64),
            "depth": 2,
            "dropout": 0.3,
            "batch_norm": True,
        },
        steps=7150,  # 13 epochs
        lr=5e-3,
        warmup_steps=300,
        ema_decay=0.99,
        target=0.9960,
        ensemble_size=5,
        ensemble_target=0.9967,
    ),
}

RECIPES = {
    "mlp-digits": Recipe(
        description="the multilayer perceptron on scikit-learn's digits, in seconds",
        task="ImageClassification",
        task_settings={"dataset": "digits", "flatten": True, "val_size": 200},
        model="MLP",
        model_settings={"hidden_sizes": (64,)},
        steps=600,
        batch_size=32,
        lr=3e-3,
        eval_interval=100,
        schedule="cosine",
        target=0.95,
    ),
    "mlp-mnist": replace(
        MNIST,
        description="the multilayer perceptron from NumPy on handwritten digits, on one core",
        model_settings={"hidden_sizes": (400,)},
        backend="scratch",
        steps=2140,  # 10 epochs
        batch_size=256,
        lr=8e-3,
        warmup_steps=50,
        label_smoothing=0.1,
        ema_decay=0.98,
        eval_interval=43,
        target=0.984,
    ),
    **LADDER,
    "cnn-fashion": Recipe(
        description="a convolutional network on Fashion-MNIST",
        task="ImageClassification",
        task_settings={"dataset": "fashion_mnist", "hflip": True},
        model="ConvNet",
        model_settings={"channels": (32, 64, 128), "dropout": 0.2, "batch_norm": True},
        steps=2145,  # 5 epochs
        batch_size=128,
        lr=5e-3,
        schedule="cosine",
        warmup_steps=200,
        ema_decay=0.98,
        eval_interval=195,
        target=0.915,
    ),
    "resnet-fashion": Recipe(
        description="a residual network on Fashion-MNIST",
        task="ImageClassification",
        task_settings={"dataset": "fashion_mnist", "hflip": True},
        model="ResNet",
        model_settings={"depth": 8, "width": 16},
        steps=2000,
        batch_size=128,
        lr=5e-3,
        schedule="cosine",
        warmup_steps=200,
        ema_decay=0.98,
        eval_interval=200,
        target=0.915,
    ),
    "resnet20-fashion": Recipe(
        description="a residual network of 20 layers on Fashion-MNIST, for a GPU",
        task="ImageClassification",
        task_settings={"dataset": "fashion_mnist", "hflip": True, "translate": 2},
        model="ResNet",
        model_settings={"depth": 20, "width": 64},
        steps=17_160,  # 40 epochs
        batch_size=128,
        lr=0.1,
        optimizer="SGD",
        optimizer_settings={"momentum": 0.9, "nesterov": True, "weight_decay": 5e-4},
        schedule="cosine",
        warmup_steps=429,
        label_smoothing=0.1,
        ema_decay=0.999,
        eval_interval=858,
        compile=True,
        target=0.949,
    ),
    "gpt-shakespeare": Recipe(
        description="a character-level GPT of 0.8 million parameters on Shakespeare",
        task="LanguageModeling",
        task_settings={"dataset": "tiny_shakespeare", "block_size": 128},
        model="GPT",
        model_settings={
            "block_size": 128,
            "num_layers": 4,
            "num_heads": 4,
            "embed_dim": 128,
            "init_std": 0.05,
        },
        steps=2000,
        batch_size=12,
        lr=3e-3,
        optimizer_settings={"betas": (0.9, 0.99), "weight_decay": 0.1},
        schedule="cosine",
        warmup_steps=100,
        min_lr_ratio=0.05,
        max_grad_norm=1.0,
        ema_decay=0.98,
        eval_interval=100,
        eval_batch_size=100,
        metric="loss",
        target=1.70,
    ),
    "gpt-shakespeare-10m": Recipe(
        description="a character-level GPT of 10 million parameters on Shakespeare, for a GPU",
        task="LanguageModeling",
        task_settings={"dataset": "tiny_shakespeare", "block_size": 256},
        model="GPT",
        model_settings={
            "block_size": 256,
            "num_layers": 6,
            "num_heads": 6,
            "embed_dim": 384,
            "dropout": 0.2,
        },
        steps=5000,
        batch_size=64,
        lr=1e-3,
        optimizer_settings={"betas": (0.9, 0.99), "weight_decay": 0.1},
        schedule="cosine",
        warmup_steps=100,
        min_lr_ratio=0.1,
        max_grad_norm=1.0,
        ema_decay=0.99,
        eval_interval=250,
        eval_batch_size=100,
        compile=True,
        metric="loss",
        target=1.46,
    ),
    "transformer-numbers": Recipe(
        description="a Transformer from English number words to French ones",
        task="NumberTranslation",
        model="Transformer",
        model_settings={
            "embed_dim": 128,
            "num_heads": 4,
            "num_layers": 2,
            "dim_feedforward": 256,
        },
        steps=1000,
        batch_size=64,
        lr=2e-3,
        schedule="cosine",
        warmup_steps=100,
        max_grad_norm=1.0,
        ema_decay=0.99,
        eval_interval=100,
        threads=1,
        metric="exact_match",
        target=0.99,
    ),
    "gpt-124m-throughput": Recipe(
        description="GPT-2's smallest size on random tokens, to measure its speed",
        task="SyntheticTokens",
        model="GPT",
        model_settings={"block_size": 1024, "num_layers": 12, "num_heads": 12, "embed_dim": 768},
        steps=100,
        batch_size=32,
        lr=6e-4,
        eval_interval=20,
        eval_batch_size=8,
        compile=True,
        metric="mfu",
        target=0.5,
    ),
}
