"""Every derivative against measured slopes, and the checker against a wrong derivative."""

import numpy as np
import pytest
import torch
from cases import FUNCTIONS, LAYERS, MODELS, OPS
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

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
    for directional in (False, True) if entries < MANY else (True,):
        assert gradcheck(
            lambda *tensors: module(*tensors[: len(inputs)]),
            inputs + parameters,
            directional=directional,
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


@primitive
def _softmax_with_wrong_derivative(x, factor):
    out = np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)
    return out, lambda grad: (factor * out * (grad - (grad * out).sum(axis=-1, keepdims=True)),)


@pytest.mark.parametrize("directional", [False, True])
@pytest.mark.parametrize("factor", [3.0, 1.001, 0.999])
def test_gradcheck_catches_a_wrong_derivative(factor, directional):
    x = Tensor(np.random.default_rng(0).standard_normal((2, 4)), requires_grad=True)
    assert gradcheck(
        lambda t: _softmax_with_wrong_derivative(t, 1.0), (x,), directional=directional
    )
    with pytest.raises(ValueError, match="gradient of"):
        gradcheck(
            lambda t: _softmax_with_wrong_derivative(t, factor), (x,), directional=directional
        )


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
