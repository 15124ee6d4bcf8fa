"""Random calls of the public functions against PyTorch in float64: shapes, values and layouts.

Hypothesis draws them from a fixed seed (``derandomize``): the same calls on every run.
"""

import numpy as np
import pytest
import torch
from cases import Case
from edges import EDGES, LAYOUTS, compare
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

from nnlib import scratch

FUZZ = settings(deadline=None, derandomize=True, max_examples=100, database=None)
VALUES = {**EDGES, "normal": lambda rng, shape: rng.standard_normal(shape)}
SHAPES = st.one_of(st.just(()), array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=3))


@st.composite
def arrays(draw, shape):
    """An array of this shape, with values from an edge or not, in some layout."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    array = np.asarray(VALUES[draw(st.sampled_from([*VALUES]))](rng, shape))
    return LAYOUTS[draw(st.sampled_from([*LAYOUTS]))](array)


def check(call, *inputs):
    """Value and gradients of ``call(library, *tensors)``, or an error where PyTorch raises one."""
    with np.errstate(all="ignore"):
        compare(Case("fuzz", call=call), scratch, torch, [*inputs])


def dims(ndim):
    """A dim of an array, counted from either end; a few are out of range."""
    return st.integers(-ndim - 1, ndim)


ELEMENTWISE = "abs sign square exp log sqrt sin cos tanh sigmoid relu neg isnan isfinite".split()


@FUZZ
@given(st.data())
def test_functions_of_elements(data):
    name = data.draw(st.sampled_from(ELEMENTWISE))
    check(lambda lib, x: getattr(lib, name)(x), data.draw(arrays(data.draw(SHAPES))))


BINARY = "add sub mul div maximum minimum pow eq lt ge".split()


@FUZZ
@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), st.data())
def test_functions_of_two_tensors(shapes, data):
    name = data.draw(st.sampled_from(BINARY))
    x, y = (data.draw(arrays(shape)) for shape in shapes.input_shapes)
    check(lambda lib, x, y: getattr(lib, name)(x, y), x, y)


@FUZZ
@given(mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3), st.data())
def test_choices_between_tensors(shapes, data):
    x, y, z = (data.draw(arrays(shape)) for shape in shapes.input_shapes)
    call = data.draw(
        st.sampled_from(
            [
                lambda lib, x, y, z: lib.where(x > 0.5, y, z),
                lambda lib, x, y, z: lib.clamp(x, y, z) if x.shape == (x + y + z).shape else x,
                lambda lib, x, y, z: lib.clamp(x, max=z),
                lambda lib, x, y, z: (x + y).masked_fill(z > 0, 0.5),
            ]
        )
    )
    check(call, x, y, z)


REDUCTIONS = "sum mean amax logsumexp norm argmax softmax log_softmax cumsum prod max min".split()
NAN_SPREADS = {"amax"}  # the gradient of a NaN: see DIFFERENT in edges.py
UNEQUAL_PRODUCTS = {"prod"}  # the gradient with infinities: see there


@FUZZ
@given(st.data())
def test_reductions_along_dims(data):
    name = data.draw(st.sampled_from(REDUCTIONS))
    x = data.draw(arrays(data.draw(SHAPES)))
    if name in NAN_SPREADS | UNEQUAL_PRODUCTS and not np.isfinite(x).all():
        x = np.nan_to_num(x, posinf=1.0, neginf=0.0)
    settings = {"dim": data.draw(dims(x.ndim))}
    if name not in ("softmax", "log_softmax", "cumsum"):
        settings["keepdim"] = data.draw(st.booleans())

    def call(lib, x):
        out = getattr(lib, name)(x, **settings)
        return out.values if name in ("max", "min") else out

    check(call, x)


@FUZZ
@given(st.data())
def test_arrangements(data):
    shape = data.draw(SHAPES)
    x, n = data.draw(arrays(shape)), len(shape)
    first, second = data.draw(dims(n)), data.draw(dims(n))
    order = data.draw(st.permutations([*range(n)]))
    signs = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    order = tuple(d - n if negative else d for d, negative in zip(order, signs, strict=True))
    count = data.draw(st.integers(1, 4))
    calls = {
        "transpose": lambda lib, x: x.transpose(first, second),
        "permute": lambda lib, x: x.permute(order),
        "flip": lambda lib, x: lib.flip(x, (first,)),
        "unsqueeze": lambda lib, x: x.unsqueeze(first),
        "squeeze": lambda lib, x: x.squeeze(first),
        "flatten": lambda lib, x: lib.flatten(x, first, second),
        "chunk": lambda lib, x: lib.cat(lib.chunk(x, count, first)[::-1], first),
        "split": lambda lib, x: lib.cat(lib.split(x, count, first)[::-1], dim=first),
        "stack": lambda lib, x: lib.stack([x, 2 * x], first),
        "unbind": lambda lib, x: lib.stack(lib.unbind(x, first)[::-1]),
        "repeat": lambda lib, x: x.repeat(*([2] * n), count),
        "expand": lambda lib, x: x.expand(count, *([-1] * n)),
        "expand more": lambda lib, x: x.expand(-1, *([-1] * n)),
        "sort": lambda lib, x: lib.sort(x, first).values,
        "topk": lambda lib, x: lib.topk(x, count, first).values * 0,
    }
    check(calls[data.draw(st.sampled_from([*calls]))], x)


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs(seed):
    """Ten random operations, each on earlier results: gradients meet, split and broadcast."""

    def call(lib, *leaves):
        rng = np.random.default_rng(seed)
        values = [*leaves]
        for _ in range(10):
            x, y = (values[i] for i in rng.integers(len(values), size=2))
            steps = [
                lambda x=x, y=y: x * y,
                lambda x=x, y=y: lib.maximum(x, y),
                lambda x=x, y=y: x - y.mean(dim=0),
                lambda x=x, y=y: lib.softmax(x, -1) + y,
                lambda x=x, y=y: lib.where(x > y, x.tanh(), y),
                lambda x=x, y=y: x @ y.T.relu() @ y,
            ]
            values.append(steps[rng.integers(len(steps))]().sigmoid())
        return sum(values)

    rng = np.random.default_rng(seed)
    check(call, *(rng.standard_normal((3, 3)) for _ in range(3)))
