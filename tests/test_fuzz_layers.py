"""Random shapes, settings, memory layouts and edge values: functions and losses against PyTorch.

All runs are derandomized, so they draw the same examples each time.
"""

import numpy as np
import pytest
import torch
from cases import Case
from edges import EDGES, LAYOUTS, compare
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import scratch

VALUES = {name: EDGES[name] for name in ("tied", "zero", "tiny", "equal")}
VALUES["normal"] = lambda rng, shape: rng.standard_normal(shape)
ORDERS = {name: LAYOUTS[name] for name in ("column-major", "reversed", "strided", "read-only")}
ORDERS["row-major"] = np.asarray

FUZZ = settings(deadline=None, derandomize=True, max_examples=25)


@st.composite
def arrays(draw, *shapes):
    """One array of each shape, with its own values and layout."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return [
        ORDERS[draw(st.sampled_from([*ORDERS]))](
            np.asarray(VALUES[draw(st.sampled_from([*VALUES]))](rng, shape))
        ).reshape(shape)
        for shape in shapes
    ]


def compare_function(name, inputs, call=None, **options):
    with np.errstate(all="ignore"):
        case = Case(name, settings=options, call=call)
        compare(case, scratch.functional, torch.nn.functional, inputs)


side = st.integers(1, 4)
ACTIVATIONS = ["relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sigmoid", "tanh"]


@FUZZ
@given(st.data())
def test_activations(data):
    shape = tuple(data.draw(st.lists(side, max_size=3)))
    name = data.draw(st.sampled_from([*ACTIVATIONS, "softmax", "log_softmax"]))
    options = {}
    if name.endswith("softmax"):
        options["dim"] = data.draw(st.integers(-len(shape), len(shape) - 1)) if shape else 0
    compare_function(name, data.draw(arrays(shape)), **options)


@FUZZ
@given(st.data())
def test_losses(data):
    shape = tuple(data.draw(st.lists(side, max_size=3)))
    name = data.draw(st.sampled_from(["mse_loss", "l1_loss", "huber_loss"]))
    reduction = data.draw(st.sampled_from(["mean", "sum", "none"]))
    compare_function(name, data.draw(arrays(shape, shape)), reduction=reduction)


@FUZZ
@given(st.data())
def test_cross_entropies(data):
    batch, classes = data.draw(side), data.draw(side)
    extra = tuple(data.draw(st.lists(side, max_size=2)))
    name = data.draw(st.sampled_from(["cross_entropy", "nll_loss"]))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    target = rng.integers(0, classes, (batch, *extra))
    options = {"reduction": data.draw(st.sampled_from(["mean", "sum", "none"]))}
    if name == "cross_entropy":
        options["label_smoothing"] = data.draw(st.sampled_from([0.0, 0.1, 1.0]))
    ignored = data.draw(st.sampled_from([-100, 0]))
    if (target != ignored).any():
        options["ignore_index"] = ignored
    inputs = data.draw(arrays((batch, classes, *extra)))
    compare_function(name, [*inputs, target], **options)


@st.composite
def sliding(draw, *, transposed=False):
    """Settings of a window that fits into an image, and the image's height and width."""
    kernel, stride, dilation = (
        draw(st.tuples(st.integers(1, 3), st.integers(1, 3))) for _ in "abc"
    )
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    extent = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    size = [draw(st.integers(1 if transposed else e, e + 3)) for e in extent]
    return kernel, {"stride": stride, "padding": padding, "dilation": dilation}, tuple(size)


@FUZZ
@given(st.data())
def test_convolutions(data):
    name = data.draw(st.sampled_from(["conv2d", "conv_transpose2d"]))
    kernel, options, size = data.draw(sliding(transposed=name == "conv_transpose2d"))
    groups = options["groups"] = data.draw(st.integers(1, 2))
    batch, channels, features = data.draw(side), data.draw(side), data.draw(side)
    shape = (batch, groups * channels, *size)
    if name == "conv2d":
        weight = (groups * features, channels, *kernel)
    else:
        weight = (groups * channels, features, *kernel)
    compare_function(name, data.draw(arrays(shape, weight, (groups * features,))), **options)


@FUZZ
@given(st.data())
def test_windows(data):
    kernel, options, size = data.draw(sliding())
    name = data.draw(st.sampled_from(["max_pool2d", "avg_pool2d", "unfold", "adaptive_avg_pool2d"]))
    if name == "avg_pool2d":
        del options["dilation"]
    options["kernel_size"] = kernel
    if name == "adaptive_avg_pool2d":
        options = {"output_size": (data.draw(side), data.draw(side))}
    compare_function(name, data.draw(arrays((data.draw(side), data.draw(side), *size))), **options)


@FUZZ
@given(st.data())
def test_attention(data):
    batch, heads, queries, keys, features = (data.draw(side) for _ in range(5))
    shapes = [(batch, heads, length, features) for length in (queries, keys, keys)]
    inputs = data.draw(arrays(*shapes))
    masking = data.draw(st.sampled_from(["none", "causal", "boolean", "numbers"]))
    if masking == "boolean":
        rng = np.random.default_rng(data.draw(st.integers(0, 99)))
        inputs.append(rng.random((queries, keys)) < 0.6)
    if masking == "numbers":
        inputs += data.draw(arrays((heads, queries, keys)))
    compare_function("scaled_dot_product_attention", inputs, is_causal=masking == "causal")


@FUZZ
@given(st.data())
def test_norms(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    shape = (data.draw(side) + 1, 2 * data.draw(side), data.draw(side))
    x = ORDERS[data.draw(st.sampled_from([*ORDERS]))](rng.standard_normal(shape))
    channels, last = data.draw(arrays((shape[1],), (shape[2],)))
    name = data.draw(st.sampled_from(["group_norm", "batch_norm", "layer_norm", "rms_norm"]))
    compare_function(
        name,
        [x, channels if name in ("group_norm", "batch_norm") else last],
        call={
            "group_norm": lambda F, x, weight: F.group_norm(x, 2, weight),
            "batch_norm": lambda F, x, weight: F.batch_norm(x, None, None, weight, training=True),
            "layer_norm": lambda F, x, weight: F.layer_norm(x, shape[2:], weight),
            "rms_norm": lambda F, x, weight: F.rms_norm(x, shape[2:], weight),
        }[name],
    )


@pytest.mark.parametrize("seed", range(6))
def test_embeddings(seed):
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(1, 6, 2)
    index = rng.integers(0, rows, rng.integers(0, 4, rng.integers(0, 3)))
    padding = int(rng.integers(-rows, rows))
    compare_function(
        "embedding", [index, rng.standard_normal((rows, columns))], padding_idx=padding
    )
