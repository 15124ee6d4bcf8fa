"""Every derivative against measured slopes, and the checker against a wrong derivative."""

import numpy as np
import pytest
import torch
from cases import FUNCTIONS, LAYERS, MODELS, OPS, joined
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

from nnlib import scratch
from nnlib.scratch import Tensor, gradcheck, primitive

MANY = 1000  # entries: too many to measure a slope for each


def float64(arrays):
    return tuple(Tensor(array, requires_grad=array.dtype.kind == "f") for array in arrays)


@pytest.mark.parametrize(
    ("case", "library"),
    [(case, scratch) for case in OPS] + [(case, scratch.functional) for case in FUNCTIONS],
    ids=str,
)
def test_derivative_equals_measured_slope(case, library):
    assert gradcheck(lambda *inputs: case.apply(library, *inputs), float64(case.arrays()))


@pytest.mark.parametrize(
    ("case", "library"),
    [(case, scratch.nn) for case in LAYERS] + [(case, scratch.models) for case in MODELS],
    ids=str,
)
def test_layer_gradients_equal_measured_slope(case, library):
    module = case.apply(library).double()
    parameters = tuple(module.parameters())
    rng = np.random.default_rng(3)
    for parameter in parameters:
        parameter.data[...] = rng.standard_normal(parameter.shape)
    inputs = float64(case.arrays())
    entries = sum(tensor.data.size for tensor in inputs + parameters)
    for fast_mode in (False, True) if entries < MANY else (True,):
        assert gradcheck(
            lambda *tensors: joined(scratch, case.run(module, *tensors[: len(inputs)])),
            inputs + parameters,
            fast_mode=fast_mode,
        )


@settings(deadline=None, derandomize=True)
@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), st.integers(0, 99))
def test_broadcasting_equals_pytorch(shapes, seed):
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(shape) for shape in shapes.input_shapes]
    x, y = (Tensor(array, requires_grad=True) for array in arrays)
    tx, ty = (torch.tensor(array, requires_grad=True) for array in arrays)
    cotangent = rng.standard_normal(shapes.result_shape)
    (x * y - y).backward(cotangent)
    (tx * ty - ty).backward(torch.tensor(cotangent))
    np.testing.assert_allclose(x.grad, tx.grad, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(y.grad, ty.grad, rtol=1e-9, atol=1e-12)


def assert_same_with_gradient(function, array):
    """``function(library, tensor)`` and its gradient, in both libraries."""
    x, tx = Tensor(array, requires_grad=True), torch.tensor(array, requires_grad=True)
    ours, theirs = function(scratch, x), function(torch, tx)
    assert ours.shape == tuple(theirs.shape)
    cotangent = np.random.default_rng(1).standard_normal(ours.shape)
    ours.backward(cotangent)
    theirs.backward(torch.tensor(cotangent))
    np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(x.grad, tx.grad.numpy(), rtol=1e-9, atol=1e-12)


@st.composite
def indexed_shapes(draw):
    """A shape and an index into it, of all kinds that mean the same in NumPy and PyTorch.

    Slices go forward, and single integers do not stand beside lists of them.
    """
    shape = draw(array_shapes(max_dims=3, max_side=4))
    length = draw(st.integers(0, 5))
    index = []
    for side in shape[: draw(st.integers(0, len(shape)))]:
        position = st.integers(-side, side - 1)
        part = draw(
            st.one_of(
                st.lists(position, min_size=length, max_size=length) if length else position,
                st.builds(slice, position, position, st.integers(1, 3)),
                st.just(slice(None)),
            )
        )
        index += [None, part] if draw(st.booleans()) else [part]
    return shape, (*index, ...) if draw(st.booleans()) else tuple(index)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(indexed_shapes())
def test_indexing_equals_pytorch(shape_and_index):
    shape, index = shape_and_index
    array = np.random.default_rng(0).standard_normal(shape)
    assert_same_with_gradient(lambda lib, x: x[index], array)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.data())
def test_reductions_equal_pytorch(data):
    shape = data.draw(array_shapes(max_dims=4, max_side=3))
    array = np.random.default_rng(0).standard_normal(shape)
    keepdim = data.draw(st.booleans())
    dim = st.integers(-len(shape), len(shape) - 1)
    several = st.lists(dim, min_size=1, unique_by=lambda d: d % len(shape)).map(tuple)
    name = data.draw(
        st.sampled_from(["sum", "mean", "var", "amax", "amin", "logsumexp", "max", "min", "cumsum"])
    )
    if name in ("max", "min"):
        dim = data.draw(dim)
        ours = getattr(scratch, name)(Tensor(array), dim, keepdim)
        theirs = getattr(torch, name)(torch.tensor(array), dim, keepdim)
        np.testing.assert_array_equal(ours.indices.numpy(), theirs.indices.numpy())
        assert_same_with_gradient(
            lambda lib, x: getattr(lib, name)(x, dim, keepdim=keepdim).values, array
        )
    elif name == "cumsum":
        dim = data.draw(dim)
        assert_same_with_gradient(lambda lib, x: lib.cumsum(x, dim), array)
    else:
        settings = {"dim": data.draw(several), "keepdim": keepdim}
        if name == "var":
            settings["correction"] = 0
        assert_same_with_gradient(lambda lib, x: getattr(lib, name)(x, **settings), array)


@pytest.mark.parametrize("name", ["argmax", "argmin", "any", "all"])
@pytest.mark.parametrize(("dim", "keepdim"), [(None, False), (0, False), (-1, True)])
def test_choices_and_truths_equal_pytorch(name, dim, keepdim):
    array = np.array([[1.0, 0.0, 3.0], [-2.0, 5.0, 4.0]])
    settings = {} if dim is None else {"dim": dim, "keepdim": keepdim}
    ours = getattr(Tensor(array), name)(**settings)
    theirs = getattr(torch.tensor(array), name)(**settings)
    np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert ours.shape == tuple(theirs.shape)


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin"])
def test_equal_extremes_share_the_gradient_as_in_pytorch(name):
    array = np.array([[1.0, 2.0, 2.0], [2.0, 1.0, 1.0]])
    assert_same_with_gradient(lambda lib, x: getattr(lib, name)(x), array)


def test_the_deviation_of_equal_numbers_has_no_gradient():
    assert_same_with_gradient(lambda lib, x: lib.std(x), np.ones((2, 3)))


@primitive
def _softmax_with_wrong_derivative(x, factor):
    out = np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)
    return out, lambda grad: (factor * out * (grad - (grad * out).sum(axis=-1, keepdims=True)),)


@pytest.mark.parametrize("fast_mode", [False, True])
@pytest.mark.parametrize("factor", [3.0, 1.001, 0.999])
def test_gradcheck_catches_a_wrong_derivative(factor, fast_mode):
    x = Tensor(np.random.default_rng(0).standard_normal((2, 4)), requires_grad=True)
    assert gradcheck(lambda t: _softmax_with_wrong_derivative(t, 1.0), (x,), fast_mode=fast_mode)
    with pytest.raises(ValueError, match="gradient of"):
        gradcheck(lambda t: _softmax_with_wrong_derivative(t, factor), (x,), fast_mode=fast_mode)


def test_gradcheck_refuses_float32():
    x = Tensor(np.ones(3, dtype=np.float32), requires_grad=True)
    with pytest.raises(TypeError, match="float64"):
        gradcheck(scratch.exp, (x,))


def test_gradcheck_leaves_data_and_grad_as_they_were():
    x = Tensor(np.arange(3.0), requires_grad=True)
    x.grad = np.full(3, 7.0)
    gradcheck(scratch.exp, (x,))
    np.testing.assert_array_equal(x.numpy(), np.arange(3.0))
    np.testing.assert_array_equal(x.grad, np.full(3, 7.0))
