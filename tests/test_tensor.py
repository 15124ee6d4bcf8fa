"""The engine: recording, going backward, freeing, and refusing what makes no sense."""

import gc
import tracemalloc

import numpy as np
import pytest
from cases import FUNCTIONS, LAYERS, MODELS, OPS, graph_of, joined

from nnlib import scratch
from nnlib.scratch import Tensor, nn, no_grad, optim


def leaf(values):
    return Tensor(np.array(values, dtype=np.float64), requires_grad=True)


def test_python_floats_become_float32_and_arrays_keep_their_dtype():
    assert Tensor([1.0, 2.0]).dtype == np.float32
    assert Tensor(1.5).dtype == np.float32
    assert Tensor([1, 2]).dtype == np.int64
    assert Tensor(np.ones(2)).dtype == np.float64
    assert Tensor(Tensor(np.ones(2))).dtype == np.float64


@pytest.mark.parametrize("bad", ["text", ["a", "b"], {"x": 1}, None, [object()]])
def test_data_that_is_no_number_is_refused(bad):
    with pytest.raises(TypeError, match="expects numbers"):
        Tensor(bad)


def test_integers_cannot_require_a_gradient():
    with pytest.raises(TypeError, match="floating-point"):
        Tensor([1, 2], requires_grad=True)


def test_a_value_used_twice_collects_both_gradients():
    x = leaf(3.0)
    (x * x + x).backward()
    assert x.grad == 7.0


def test_gradients_add_up_over_calls():
    x = leaf([1.0, 2.0])
    (x * 2).sum().backward()
    (x * 3).sum().backward()
    np.testing.assert_array_equal(x.grad, [5.0, 5.0])


def test_gradients_of_two_leaves_do_not_share_memory():
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (x + y).backward(np.ones(2))
    x.grad *= 10
    np.testing.assert_array_equal(y.grad, [1.0, 1.0])


def test_a_long_chain_does_not_overflow_the_stack():
    x = y = leaf(1.0)
    for _ in range(50_000):
        y = y + 1.0
    y.backward()
    assert x.grad == 1.0


def test_no_grad_records_nothing_as_block_and_as_decorator():
    x = leaf(2.0)
    with no_grad():
        assert not (x * x).requires_grad

    @no_grad()
    def square(t):
        return t * t

    assert not square(x).requires_grad
    assert (x * x).requires_grad


def test_recording_resumes_after_an_error_inside_no_grad():
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (leaf(1.0) * 2).requires_grad


def test_detach_stops_the_gradient():
    x = leaf(2.0)
    (x * x.detach()).backward()
    assert x.grad == 2.0


def test_keyword_arguments_carry_gradients_too():
    x, weight, bias = leaf([[1.0, 2.0]]), leaf([[3.0, 4.0]]), leaf([5.0])
    scratch.functional.linear(x, weight=weight, bias=bias).sum().backward()
    assert bias.grad == [1.0]
    np.testing.assert_array_equal(weight.grad, [[1.0, 2.0]])


def test_gradient_of_a_constant_is_never_computed():
    calls = []

    @scratch.primitive
    def spy(x, y):
        return x + y, lambda grad: (lambda: calls.append("x"), lambda: grad)

    x, y = Tensor(np.ones(2)), leaf([1.0, 1.0])
    spy(x, y).sum().backward()
    assert calls == []
    np.testing.assert_array_equal(y.grad, [1.0, 1.0])


def test_backward_twice_needs_retain_graph():
    x = leaf(2.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad == 8.0
    with pytest.raises(ValueError, match="retain_graph"):
        y.backward()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Tensor([1.0]).backward(), "computed from one with requires_grad"),
        (lambda: leaf([1.0, 2.0]).backward(), r"single number, got shape \(2,\)"),
        (lambda: leaf([1.0, 2.0]).backward(np.ones(3)), r"shape \(2,\), got \(3,\)"),
        (lambda: leaf([1.0, 2.0]).item(), "exactly one element"),
        (lambda: leaf([1.0]).clamp(), "at least one of min and max"),
        (lambda: leaf([1.0]).var(), "more than 1 elements, got shape .1,., dim None"),
        (lambda: leaf([1.0]).unsqueeze(2), "dim must be from -2 to 1, got 2"),
        (lambda: leaf([[1.0]]).flatten(1, 0), "start_dim before end_dim, got 1 and 0"),
        (lambda: leaf([1.0]).gather(0, Tensor([1])), "from 0 to 0, got 1 to 1"),
        (lambda: leaf([1.0]).gather(0, Tensor([-1])), "from 0 to 0, got -1 to -1"),
        (lambda: leaf([[1.0]]).gather(0, Tensor([0])), "an index of 2 dimensions"),
        (lambda: leaf([[1.0]]).gather(0, Tensor([[0, 0]])), r"fits into \(1, 1\) except in dim 0"),
        (lambda: scratch.einsum("ij->i", leaf([1.0])), "a label for each dimension, got 'ij->i'"),
        (lambda: scratch.einsum("ii->i", leaf([[1.0]])), "each once in a term"),
        (lambda: scratch.einsum("i->j", leaf([1.0])), "none in the result that no operand has"),
        (
            lambda: scratch.einsum("i,i->i", leaf([1.0]), leaf([1.0, 2.0])),
            "einsum: i is both 1 and 2 long",
        ),
    ],
)
def test_misuse_gets_a_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_arrays_and_tensors_mix_on_either_side():
    x = leaf([1.0, 2.0])
    for result in (np.array([3.0, 4.0]) * x, x * np.array([3.0, 4.0])):
        assert isinstance(result, Tensor)
        np.testing.assert_array_equal(result.numpy(), [3.0, 8.0])


def test_comparisons_are_elementwise_and_carry_no_gradient():
    x = leaf([1.0, 2.0, 3.0])
    np.testing.assert_array_equal((x > 2).numpy(), [False, False, True])
    np.testing.assert_array_equal((x == x).numpy(), [True, True, True])
    assert not (x >= 2).requires_grad
    np.testing.assert_array_equal(x[x > 1].numpy(), [2.0, 3.0])


def test_float32_stays_float32_through_forward_and_backward():
    x = Tensor(np.ones((2, 3), dtype=np.float32), requires_grad=True)
    y = ((2.0 * x - 1).exp().sqrt() / 3).clamp(min=0.1).mean()
    y.backward()
    assert y.dtype == x.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("case", "library"),
    [(case, scratch) for case in OPS]
    + [(case, scratch.functional) for case in FUNCTIONS]
    + [(case, scratch.nn) for case in LAYERS]
    + [(case, scratch.models) for case in MODELS],
    ids=str,
)
def test_every_result_and_gradient_of_float32_is_float32(case, library):
    inputs = [
        Tensor(array.astype(np.float32), requires_grad=True)
        if array.dtype.kind == "f"
        else Tensor(array)
        for array in case.arrays()
    ]
    if library in (scratch.nn, scratch.models):
        out = joined(scratch, case.run(case.apply(library), *inputs))
    else:
        out = case.apply(library, *inputs)
    assert out.dtype == np.float32
    for node in graph_of(out):  # a leaf converts what it gets: look at what it is sent
        if node._pullback:
            grads = node._pullback(np.ones_like(node.data))
            for source, grad in zip(node._inputs, grads, strict=False):
                if source is not None and source.requires_grad:
                    grad = grad() if callable(grad) else grad
                    assert (grad.dtype, grad.shape) == (np.float32, source.shape)


def test_repr_shows_values_and_whether_a_gradient_is_wanted():
    assert repr(Tensor([1.0, 2.5])) == "Tensor([1. , 2.5])"
    assert repr(leaf([1.0])) == "Tensor([1.], requires_grad=True)"


def test_200_training_steps_hold_no_memory():
    x = Tensor(np.random.default_rng(0).standard_normal((256, 64)).astype(np.float32))
    target = Tensor(np.zeros((256, 1), dtype=np.float32))
    model = nn.Sequential(nn.Linear(64, 256), nn.Tanh(), nn.Linear(256, 1))
    optimizer = optim.SGD(model.parameters(), lr=0.01)

    def step():
        loss = nn.MSELoss()(model(x), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    step()
    gc.disable()  # freeing must not wait for the collector: the graph has no cycles
    tracemalloc.start()
    step()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(200):
        step()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    gc.enable()
    assert after - before < 200_000, f"{after - before} bytes more after 200 steps"


@pytest.mark.parametrize("exponent", [0, 0.0, np.zeros(3)], ids=["int", "float", "array"])
def test_x_to_the_power_of_0_has_derivative_0_also_at_0(exponent):
    x = leaf([-2.0, 0.0, 3.0])
    (x**exponent).sum().backward()
    assert x.grad.tolist() == [0, 0, 0]


def test_a_power_keeps_the_dtype_of_its_base():
    x = Tensor(np.ones(2, dtype=np.float32), requires_grad=True)
    (x**3).sum().backward()
    assert (x**3).dtype == x.grad.dtype == np.float32
