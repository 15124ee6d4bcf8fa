"""THE list: every primitive, layer, loss, optimizer and model, with the settings it is tested in.

The tests enumerate these lists. A public name without a case here fails a test that names it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


def normal(*shape):
    """An input of independent standard normal numbers."""
    return lambda rng: rng.standard_normal(shape)


def positive(*shape):
    """An input of numbers from 0.5 to 2, for functions that need them."""
    return lambda rng: rng.uniform(0.5, 2.0, shape)


def distinct(*shape):
    """An input in which no two elements are closer than 0.1: a maximum keeps its place."""
    return lambda rng: 0.1 * rng.permutation(int(np.prod(shape))).reshape(shape) + 0.05


def probabilities(*shape):
    """An input of numbers from 0 to 1."""
    return lambda rng: rng.uniform(0.0, 1.0, shape)


def indices(high, *shape):
    """An input of integers from 0 to ``high`` - 1, which takes no gradient."""
    return lambda rng: rng.integers(0, high, shape)


@dataclass(frozen=True)
class Case:
    """One thing to test in one setting.

    Attributes:
        name: the public name, the same on both sides.
        inputs: functions of a random generator, one for each array argument.
        settings: keyword arguments of the function, or of the constructor of a class.
        call: maps (library, *inputs) to the result, for what is not called by its name.
    """

    name: str
    inputs: tuple[Callable, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    call: Callable | None = None

    def __str__(self):
        shapes = ",".join(str(array.shape).replace(" ", "") for array in self.arrays())
        settings = ",".join(f"{key}={value}" for key, value in self.settings.items())
        return "-".join(filter(None, (self.name, shapes, settings)))

    def arrays(self, seed=0):
        """The inputs, float64 or integer."""
        rng = np.random.default_rng(seed)
        return [make(rng) for make in self.inputs]

    def apply(self, library, *inputs):
        """The result of the function in ``library``, which is ours or PyTorch's."""
        if self.call:
            return self.call(library, *inputs)
        return getattr(library, self.name)(*inputs, **self.settings)


# Operations: nnlib.scratch against torch.

MASK = [[True, False, True], [False, False, True]]

OPS = [
    Case("add", (normal(2, 3), normal(2, 3)), call=lambda lib, x, y: x + y),
    Case("add", (normal(2, 1, 3), normal(4, 1)), call=lambda lib, x, y: x + y),
    Case("add", (normal(2, 3),), call=lambda lib, x: 1.5 + x),
    Case("add", (normal(2, 3),), call=lambda lib, x: x + x),
    Case("sub", (normal(2, 3), normal(3)), call=lambda lib, x, y: x - y),
    Case("sub", (normal(2, 3),), call=lambda lib, x: 2.0 - x),
    Case("mul", (normal(2, 3), normal(2, 1)), call=lambda lib, x, y: x * y),
    Case("mul", (normal(), normal(3)), call=lambda lib, x, y: x * y),
    Case("div", (normal(2, 3), positive(3)), call=lambda lib, x, y: x / y),
    Case("div", (positive(2, 3),), call=lambda lib, x: 1.0 / x),
    Case("pow", (normal(2, 3),), call=lambda lib, x: x**3),
    Case("pow", (positive(2, 3), normal(3)), call=lambda lib, x, y: x**y),
    Case("pow", (normal(2, 3),), call=lambda lib, x: 2.0**x),
    Case("neg", (normal(2, 3),), call=lambda lib, x: -x),
    Case("abs", (normal(2, 3),)),
    Case("exp", (normal(2, 3),)),
    Case("log", (positive(2, 3),)),
    Case("sqrt", (positive(2, 3),)),
    Case("maximum", (normal(2, 3), normal(3))),
    Case("minimum", (normal(2, 3), normal(3))),
    Case("clamp", (normal(4, 5),), {"min": -0.5, "max": 0.7}),
    Case("clamp", (normal(4, 5),), {"min": 0.0}),
    Case("where", (lambda rng: np.array(MASK), normal(2, 3), normal(3))),
    Case("matmul", (normal(2, 3), normal(3, 4))),
    Case("matmul", (normal(3), normal(3))),
    Case("matmul", (normal(2, 3), normal(3))),
    Case("matmul", (normal(3), normal(3, 4))),
    Case("matmul", (normal(3), normal(5, 3, 4))),
    Case("matmul", (normal(5, 2, 3), normal(3))),
    Case("matmul", (normal(5, 2, 3), normal(3, 4))),
    Case("matmul", (normal(5, 1, 2, 3), normal(6, 3, 4))),
    Case("sum", (normal(2, 3, 4),)),
    Case("sum", (normal(2, 3, 4),), {"dim": 1}),
    Case("sum", (normal(2, 3, 4),), {"dim": (0, -1), "keepdim": True}),
    Case("mean", (normal(2, 3, 4),)),
    Case("mean", (normal(2, 3, 4),), {"dim": (0, 2)}),
    Case("mean", (normal(2, 3, 4),), {"dim": -1, "keepdim": True}),
    Case("amax", (distinct(2, 3, 4),), {"dim": 1}),
    Case("amax", (distinct(2, 3),), {"dim": (0, 1), "keepdim": True}),
    Case("amin", (distinct(2, 3, 4),), {"dim": (0, 2)}),
    Case("reshape", (normal(2, 3, 4),), {"shape": (4, -1)}),
    Case("permute", (normal(2, 3, 4),), {"dims": (2, 0, 1)}),
    Case("transpose", (normal(2, 3, 4),), {"dim0": 0, "dim1": -1}),
    Case("getitem", (normal(4, 5),), call=lambda lib, x: x[1]),
    Case("getitem", (normal(4, 5),), call=lambda lib, x: x[1:3, ::2]),
    Case("getitem", (normal(4, 5),), call=lambda lib, x: x[:, None, -1]),
    Case("getitem", (normal(4, 5),), call=lambda lib, x: x[[0, 2, 2], [1, 1, 1]]),
    Case("getitem", (normal(2, 3),), call=lambda lib, x: x[np.array(MASK)]),
    Case("cat", (normal(2, 3), normal(4, 3)), call=lambda lib, x, y: lib.cat([x, y])),
    Case("cat", (normal(2, 3), normal(2, 1)), call=lambda lib, x, y: lib.cat([x, y], dim=1)),
    Case("stack", (normal(2, 3), normal(2, 3)), call=lambda lib, x, y: lib.stack([x, y], dim=-1)),
]

# Functions: nnlib.scratch.functional against torch.nn.functional.

FUNCTIONS = [
    Case("relu", (normal(3, 4),)),
    Case("sigmoid", (normal(3, 4),)),
    Case("sigmoid", (lambda rng: rng.uniform(-40, 40, (3, 4)),)),
    Case("tanh", (normal(3, 4),)),
    Case("softmax", (normal(3, 4),), {"dim": -1}),
    Case("softmax", (normal(2, 3, 4),), {"dim": 1}),
    Case("log_softmax", (normal(3, 4),), {"dim": -1}),
    Case("log_softmax", (normal(2, 3, 4),), {"dim": 0}),
    Case("linear", (normal(5, 3), normal(4, 3), normal(4))),
    Case("linear", (normal(2, 5, 3), normal(4, 3))),
    Case("mse_loss", (normal(3, 4), normal(3, 4))),
    Case("mse_loss", (normal(3, 4), normal(3, 4)), {"reduction": "none"}),
    Case("binary_cross_entropy_with_logits", (normal(5), probabilities(5))),
    Case(
        "binary_cross_entropy_with_logits",
        (normal(3, 2), probabilities(3, 2)),
        {"reduction": "sum"},
    ),
    Case("cross_entropy", (normal(5, 3), indices(3, 5))),
    Case("cross_entropy", (normal(5, 3), indices(3, 5)), {"reduction": "none"}),
]

# Images, normalization, embedding.

FUNCTIONS += [
    Case("conv1d", (normal(2, 3, 7), normal(4, 3, 3), normal(4))),
    Case(
        "conv1d",
        (normal(1, 4, 9), normal(2, 2, 3)),
        {"stride": 2, "padding": 2, "dilation": 2, "groups": 2},
    ),
    Case("conv2d", (normal(2, 3, 5, 4), normal(4, 3, 3, 3), normal(4)), {"padding": 1}),
    Case("conv2d", (normal(1, 1, 1, 1), normal(1, 1, 1, 1))),
    Case("conv2d", (normal(2, 2, 6, 5), normal(3, 2, 2, 3)), {"stride": (2, 1)}),
    Case("conv2d", (normal(1, 2, 5, 7), normal(2, 2, 3, 2), normal(2)), {"stride": (1, 3)}),
    Case("conv2d", (normal(2, 1, 7, 6), normal(2, 1, 3, 3)), {"dilation": (2, 1), "padding": 2}),
    Case("conv2d", (normal(1, 1, 2, 1), normal(1, 1, 1, 7)), {"padding": (0, 3)}),
    Case("conv2d", (normal(1, 1, 2, 2), normal(2, 1, 1, 1), normal(2)), {"padding": 3}),
    Case(
        "conv2d",
        (normal(2, 4, 5, 5), normal(6, 2, 3, 3), normal(6)),
        {"stride": 2, "padding": 1, "groups": 2},
    ),
    Case("conv2d", (normal(1, 3, 4, 4), normal(3, 1, 3, 3)), {"groups": 3}),
    Case("conv_transpose2d", (normal(2, 3, 4, 3), normal(3, 2, 3, 3), normal(2))),
    Case(
        "conv_transpose2d",
        (normal(1, 2, 3, 3), normal(2, 3, 3, 2)),
        {"stride": 2, "padding": 1, "output_padding": 1},
    ),
    Case(
        "conv_transpose2d",
        (normal(2, 4, 2, 3), normal(4, 1, 2, 3), normal(2)),
        {"stride": (1, 3), "padding": (0, 2), "groups": 2, "dilation": (2, 1)},
    ),
    Case("max_pool2d", (distinct(2, 3, 4, 6),), {"kernel_size": 2}),
    Case("max_pool2d", (distinct(1, 2, 5, 7),), {"kernel_size": (2, 3), "stride": (1, 2)}),
    Case("max_pool2d", (distinct(2, 1, 5, 5),), {"kernel_size": 3, "stride": 2, "padding": 1}),
    Case("max_pool2d", (distinct(1, 1, 7, 6),), {"kernel_size": 2, "stride": 2, "dilation": 3}),
    Case("avg_pool2d", (normal(2, 3, 5, 6),), {"kernel_size": 2}),
    Case("avg_pool2d", (normal(1, 2, 5, 5),), {"kernel_size": 3, "stride": (2, 1), "padding": 1}),
    Case("adaptive_avg_pool2d", (normal(2, 3, 5, 7),), {"output_size": (2, 3)}),
    Case("adaptive_avg_pool2d", (normal(1, 2, 4, 3),), {"output_size": 1}),
    Case("adaptive_avg_pool2d", (normal(1, 1, 2, 3),), {"output_size": 5}),
    Case("interpolate", (normal(2, 1, 2, 3),), {"scale_factor": 2}),
    Case("interpolate", (normal(1, 2, 3, 1),), {"scale_factor": (1, 3)}),
    Case(
        "layer_norm",
        (normal(2, 3, 4), normal(4), normal(4)),
        call=lambda F, x, weight, bias: F.layer_norm(x, (4,), weight, bias),
    ),
    Case(
        "layer_norm",
        (normal(2, 3, 4), normal(3, 4)),
        call=lambda F, x, bias: F.layer_norm(x, (3, 4), bias=bias, eps=0.1),
    ),
    Case(
        "rms_norm",
        (normal(2, 3, 4), normal(3, 4)),
        call=lambda F, x, weight: F.rms_norm(x, (3, 4), weight),
    ),
    Case("rms_norm", (normal(5, 3),), {"normalized_shape": (3,), "eps": 0.1}),
    Case(
        "group_norm",
        (normal(2, 6, 3), normal(6), normal(6)),
        call=lambda F, x, weight, bias: F.group_norm(x, 2, weight, bias),
    ),
    Case("group_norm", (normal(1, 2, 2, 2),), {"num_groups": 1, "eps": 0.1}),
    Case(
        "batch_norm",
        (normal(4, 3, 2), normal(3), normal(3)),
        call=lambda F, x, weight, bias: F.batch_norm(x, None, None, weight, bias, training=True),
    ),
    Case("dropout", (normal(3, 4),), {"training": False}),
    Case("dropout", (normal(3, 4),), {"p": 1.0}),
    Case("embedding", (indices(5, 2, 3), normal(5, 4))),
    Case("embedding", (indices(1, 7), normal(1, 2))),
]

# Layers and losses: nnlib.scratch.nn against nnlib.pytorch.nn.

LAYERS = [
    Case("Linear", (normal(5, 3),), {"in_features": 3, "out_features": 4}),
    Case("Linear", (normal(3),), {"in_features": 3, "out_features": 1}),
    Case("Linear", (normal(2, 1, 3),), {"in_features": 3, "out_features": 4, "bias": False}),
    Case("ReLU", (normal(3, 4),)),
    Case("Sigmoid", (normal(3, 4),)),
    Case("Tanh", (normal(3, 4),)),
    Case("Softmax", (normal(2, 3, 4),), {"dim": 1}),
    Case("LogSoftmax", (normal(2, 3, 4),), {"dim": -1}),
    Case(
        "Sequential",
        (normal(5, 3),),
        call=lambda nn: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2, bias=False)),
    ),
    Case("MSELoss", (normal(3, 4), normal(3, 4))),
    Case("MSELoss", (normal(1), normal(1)), {"reduction": "sum"}),
    Case("BCEWithLogitsLoss", (normal(5), probabilities(5))),
    Case("BCEWithLogitsLoss", (normal(5, 1), probabilities(5, 1)), {"reduction": "none"}),
    Case("CrossEntropyLoss", (normal(5, 3), indices(3, 5))),
    Case("CrossEntropyLoss", (normal(1, 3), indices(3, 1)), {"reduction": "sum"}),
]

# Images, normalization, embedding.

LAYERS += [
    Case("Conv1d", (normal(2, 3, 7),), {"in_channels": 3, "out_channels": 4, "kernel_size": 3}),
    Case(
        "Conv1d",
        (normal(1, 4, 6),),
        {
            "in_channels": 4,
            "out_channels": 2,
            "kernel_size": 2,
            "stride": 2,
            "padding": 1,
            "dilation": 2,
            "groups": 2,
            "bias": False,
        },
    ),
    Case("Conv2d", (normal(2, 3, 5, 4),), {"in_channels": 3, "out_channels": 4, "kernel_size": 3}),
    Case(
        "Conv2d",
        (normal(1, 4, 7, 5),),
        {
            "in_channels": 4,
            "out_channels": 6,
            "kernel_size": (3, 2),
            "stride": (2, 1),
            "padding": (1, 0),
            "dilation": (1, 2),
            "groups": 2,
            "bias": False,
        },
    ),
    Case(
        "ConvTranspose2d",
        (normal(2, 3, 3, 2),),
        {"in_channels": 3, "out_channels": 2, "kernel_size": 2, "stride": 2},
    ),
    Case(
        "ConvTranspose2d",
        (normal(1, 4, 3, 3),),
        {
            "in_channels": 4,
            "out_channels": 6,
            "kernel_size": 3,
            "stride": (2, 1),
            "padding": 1,
            "output_padding": (1, 0),
            "groups": 2,
            "bias": False,
            "dilation": 2,
        },
    ),
    Case("MaxPool2d", (distinct(2, 3, 5, 4),), {"kernel_size": 2}),
    Case("MaxPool2d", (distinct(1, 2, 5, 5),), {"kernel_size": 3, "stride": 2, "padding": 1}),
    Case("AvgPool2d", (normal(2, 3, 5, 4),), {"kernel_size": 2}),
    Case("AvgPool2d", (normal(1, 2, 5, 5),), {"kernel_size": 3, "stride": 1, "padding": 1}),
    Case("AdaptiveAvgPool2d", (normal(2, 3, 5, 4),), {"output_size": 1}),
    Case("AdaptiveAvgPool2d", (normal(1, 2, 5, 7),), {"output_size": (3, 2)}),
    Case("Flatten", (normal(2, 3, 4),)),
    Case("Flatten", (normal(2, 3, 4, 5),), {"start_dim": 0, "end_dim": -2}),
    Case("Identity", (normal(2, 3),)),
    Case("Upsample", (normal(2, 1, 2, 3),), {"scale_factor": 2}),
    Case("BatchNorm1d", (normal(5, 3),), {"num_features": 3}),
    Case("BatchNorm1d", (normal(2, 3, 4),), {"num_features": 3, "momentum": None}),
    Case("BatchNorm1d", (normal(2, 3),), {"num_features": 3, "track_running_stats": False}),
    Case("BatchNorm2d", (normal(3, 2, 4, 5),), {"num_features": 2, "eps": 0.1}),
    Case("BatchNorm2d", (normal(1, 2, 1, 2),), {"num_features": 2, "affine": False}),
    Case("LayerNorm", (normal(5, 3),), {"normalized_shape": 3}),
    Case("LayerNorm", (normal(2, 3, 4),), {"normalized_shape": (3, 4), "bias": False}),
    Case("LayerNorm", (normal(4),), {"normalized_shape": 4, "elementwise_affine": False}),
    Case("RMSNorm", (normal(2, 5, 3),), {"normalized_shape": 3}),
    Case("RMSNorm", (normal(2, 3),), {"normalized_shape": 3, "elementwise_affine": False}),
    Case("GroupNorm", (normal(2, 6, 3, 2),), {"num_groups": 3, "num_channels": 6}),
    Case("GroupNorm", (normal(2, 4),), {"num_groups": 2, "num_channels": 4, "affine": False}),
    Case("Dropout", (normal(3, 4),), {"p": 0.0}),
    Case("Dropout", (normal(3, 4),), {"p": 1.0}),
    Case("Embedding", (indices(5, 2, 3),), {"num_embeddings": 5, "embedding_dim": 4}),
    Case("Embedding", (indices(4, 9),), {"num_embeddings": 4, "embedding_dim": 1}),
]

# Optimizers: nnlib.scratch.optim against torch.optim.

OPTIMIZERS = [
    Case("SGD", settings={"lr": 0.1}),
    Case("SGD", settings={"lr": 0.05, "momentum": 0.9}),
    Case("SGD", settings={"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    Case("SGD", settings={"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
]

# Models: nnlib.scratch.models against nnlib.pytorch.models.

MODELS = [
    Case("Perceptron", (normal(5, 3),), {"in_features": 3}),
    Case("Perceptron", (normal(3),), {"in_features": 3}),
    Case("MulticlassPerceptron", (normal(5, 3),), {"in_features": 3, "num_classes": 4}),
    Case("MulticlassPerceptron", (normal(1, 1),), {"in_features": 1, "num_classes": 2}),
]

MODELS += [
    Case("MLP", (normal(5, 3),), {"in_features": 3, "hidden_sizes": (4, 6), "out_features": 2}),
    Case(
        "MLP",
        (normal(2, 1, 3),),
        {"in_features": 3, "hidden_sizes": [4], "out_features": 1, "activation": "tanh"},
    ),
    Case("MLP", (normal(1, 3),), {"in_features": 3, "hidden_sizes": (), "out_features": 2}),
    Case("LeNet", (normal(2, 1, 28, 28),)),
    Case(
        "LeNet",
        (normal(1, 2, 8, 8),),
        {"in_channels": 2, "num_classes": 3, "image_size": 8, "kernel_size": 3},
    ),
    Case("ResNet", (normal(2, 3, 9, 8),), {"depth": 14, "width": 4}),
    Case("ResNet", (normal(3, 1, 5, 6),), {"depth": 8, "num_classes": 2, "in_channels": 1}),
    Case("Autoencoder", (normal(5, 8),), {"in_features": 8, "hidden_sizes": (6,), "code_size": 2}),
    Case(
        "Autoencoder",
        (normal(1, 4),),
        {"in_features": 4, "hidden_sizes": [3, 5], "code_size": 1, "activation": "sigmoid"},
    ),
]
