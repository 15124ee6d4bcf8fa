"""The engine: recording, going backward, freeing, and refusing what makes no sense."""

import gc
import tracemalloc

import numpy as np
import pytest
import torch
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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Tensor(np.ones(2, dtype=np.float16)), "float32 or float64, got float16"),
        (lambda: leaf([1.0]).to("float16"), "float32 or float64, got float16"),
        (lambda: leaf([1.0]).to(complex), "expects numbers, got complex128"),
        (lambda: len(leaf(1.0)), "0-d Tensor has no len"),
        (lambda: [*leaf(1.0)], "0-d Tensor cannot be iterated over"),
        (lambda: leaf([1.0]).sum(dim=0.5), "dim must be an integer, got 0.5"),
        (lambda: scratch.where(leaf([1.0]), 1.0, 2.0), "boolean condition, got float64"),
        (lambda: [1, 2][leaf(1.0)], "one integer can be an index"),
        (lambda: f"{leaf([1.0, 2.0]):.2f}", "only one element can be formatted with '.2f'"),
        (lambda: ~leaf([1.0]), "expects booleans or integers, got float64"),
        (lambda: Tensor([1, 2]).requires_grad_(), "only floating-point data"),
        (lambda: Tensor([1, 2]).fill_(0.5), "cannot write float64 into a Tensor of int64"),
    ],
)
def test_what_has_the_wrong_type_gets_a_clear_error(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: leaf([[1.0]]).permute(0, 0), r"each of 2 dimensions once, got \(0, 0\)"),
        (lambda: leaf([[1.0]]).permute(0), r"each of 2 dimensions once, got \(0,\)"),
        (lambda: leaf([[1.0]]).permute(0, 2), "dim must be from -2 to 1, got 2"),
        (lambda: leaf([1.0]).sum(dim=1), "dim must be from -1 to 0, got 1"),
        (lambda: leaf([[1.0]]).sum(dim=(0, -2)), r"given once, got \(0, -2\)"),
        (lambda: leaf([[1.0]]).transpose(0, 2), "dim must be from -2 to 1, got 2"),
        (lambda: leaf([[[1.0]]]).T, r"at most 2 dimensions, got shape \(1, 1, 1\); use mT"),
        (lambda: leaf(np.ones((0, 3))).amax(dim=0), "at least one element, got shape .0, 3., dim"),
        (lambda: leaf(np.ones((0, 3))).argmax(), "argmax needs at least one element"),
        (lambda: leaf([1.0, 2.0, 3.0]).expand(-1, 3), "cannot be -1"),
        (lambda: leaf([[1.0]]).expand(1), "a length for each of 2 dimensions"),
        (lambda: leaf([[1.0]]).repeat(2), r"each of 2 dimensions, got \(2,\)"),
        (lambda: leaf(np.ones((2, 3))).T.view(6), "use reshape"),
        (lambda: scratch.cat([]), "at least one tensor, got none"),
        (lambda: scratch.cat([leaf([1.0]), leaf([[1.0]])]), "differ only in dim 0"),
        (lambda: scratch.stack([leaf([1.0]), leaf([[1.0]])]), "tensors of one shape"),
        (lambda: leaf([1.0]).split(0), "1 or more, got 0"),
        (lambda: leaf([1.0, 2.0]).split([1, 2]), r"add up to 2, got \[1, 2\]"),
        (lambda: leaf([1.0]).chunk(0), "1 or more chunks"),
        (lambda: leaf(1.0).unbind(), "got a 0-d tensor"),
        (lambda: leaf(1.0).split(1), "got a 0-d tensor"),
        (lambda: leaf([1.0]).topk(2), "k from 0 to 1, got 2"),
        (lambda: leaf([1.0]).norm(p=0), "positive p or 'fro', got 0"),
        (lambda: leaf([1.0]).norm(p="nuc"), "positive p or 'fro', got 'nuc'"),
        (lambda: leaf([1.0]).masked_fill(np.array([True]), np.ones(1)), "expects one value"),
        (lambda: bool(leaf([1.0, 2.0]) > 1), "reduce it with any.. or all"),
        (lambda: leaf(1.0) @ leaf(1.0), "matmul multiplies"),
        (lambda: (leaf([1.0]) * 2).requires_grad_(False), "detach"),
        (lambda: np.array(leaf([1.0]), dtype="f4", copy=False), "becomes float32 only as a copy"),
    ],
)
def test_shapes_that_do_not_fit_get_a_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cuda", "on the CPU: leave it out"),
        ("gelu", "use nnlib.scratch.functional.gelu"),
        ("half", "float32 and float64 only"),
        ("mm", "use @"),
        ("relu_", "write x = x.relu"),
        ("sigmod", "did you mean 'sigmoid'"),
        ("__array_interface__", "Tensor has no attribute '__array_interface__'$"),
    ],
)
def test_an_unknown_attribute_says_what_to_use_instead(name, message):
    with pytest.raises(AttributeError, match=message):
        getattr(leaf([1.0]), name)


def test_every_attribute_of_pytorchs_tensor_is_there_or_explained():
    x = Tensor([1.0])
    for name in dir(torch.Tensor):
        if not name.startswith("_") and not hasattr(Tensor, name):
            with pytest.raises(AttributeError, match=r"nnlib|use |write "):
                getattr(x, name)


def test_what_replaces_an_attribute_exists():
    from nnlib.scratch.autograd.missing import REPLACEMENTS

    for name, advice in REPLACEMENTS.items():
        assert not hasattr(Tensor, name), f"{name} is there"
        if "nnlib.scratch.functional." in advice:
            assert hasattr(scratch.functional, name)


# Graphs that no longer match the values they were computed from.


def step_of_sgd(weight):
    weight.grad = np.ones_like(weight.data)
    optim.SGD([weight], lr=0.1).step()


def load(weight):
    layer = nn.Linear(2, 1, bias=False)
    layer.weight = weight
    layer.load_state_dict({"weight": np.zeros((1, 2))})


def in_place(weight):
    with no_grad():
        weight *= 2.0


@pytest.mark.parametrize("change", [step_of_sgd, load, in_place, nn.init.zeros_])
def test_a_graph_refuses_to_go_backward_when_a_parameter_changed_in_place(change):
    weight = nn.Parameter([[1.0, 2.0]])
    loss = (weight * weight).sum()
    change(weight)
    with pytest.raises(ValueError, match=r"modified by an in-place operation: argument of mul"):
        loss.backward()
    (weight * weight).sum().backward()  # a new graph is fine


def test_a_graph_refuses_to_go_backward_when_a_constant_changed_in_place():
    x, weight = Tensor([1.0, 2.0]), nn.Parameter([3.0, 4.0])
    loss = (x * weight).sum()
    x += 1.0
    with pytest.raises(ValueError, match="in-place"):
        loss.backward()


def test_a_graph_that_does_not_use_the_changed_parameter_goes_backward():
    first, second = nn.Parameter([1.0]), nn.Parameter([1.0])
    loss = (first * 2.0).sum()
    step_of_sgd(second)
    loss.backward()
    assert first.grad == [2.0]


def test_a_pullback_with_too_few_gradients_is_an_error():
    @scratch.primitive
    def forgetful(x, y):
        return x + y, lambda grad: (grad,)

    with pytest.raises(TypeError, match=r"forgetful has no derivative .* argument 1"):
        forgetful(leaf(1.0), leaf(2.0)).backward()
    x = leaf(1.0)
    forgetful(x, 2.0).backward()  # a constant needs none
    assert x.grad == 1.0


def test_an_argument_without_derivative_is_an_error():
    @scratch.primitive
    def shift(x, y):
        return x + y, lambda grad: (grad, None)

    with pytest.raises(TypeError, match=r"argument 1, which requires a gradient; detach"):
        shift(leaf(1.0), leaf(2.0)).backward()


def test_an_operation_without_pullback_is_not_recorded():
    assert not (leaf([1.0]) > 0).requires_grad
    assert not leaf([1.0, 3.0]).argmax().requires_grad


# Changes in place.


def test_augmented_assignment_writes_into_the_memory_as_in_pytorch():
    for library, ones in ((scratch, Tensor(np.ones(3))), (torch, torch.ones(3))):
        x = ones
        other = x
        x += 2
        x *= library.cat([x[:1], x[:2] * 0 + 2])
        x -= 1
        x /= 2
        assert x is other
        assert x.tolist() == [4.0, 2.5, 2.5]


def test_manual_gradient_descent_changes_the_parameter_itself():
    weight = nn.Parameter([1.0, 2.0])
    (weight * weight).sum().backward()
    with no_grad():
        for parameter in [weight]:
            parameter -= 0.25 * parameter.grad
    assert weight.tolist() == [0.5, 1.0]
    assert weight.requires_grad
    assert weight.is_leaf


def test_augmented_assignment_to_a_recorded_result_keeps_the_gradient():
    x = leaf([1.0, 2.0])
    y = x * 3
    y += x
    y.sum().backward()
    assert x.grad.tolist() == [4.0, 4.0]


def test_augmented_assignment_with_a_recorded_operand_is_recorded():
    total, x = Tensor(np.zeros(2)), leaf([1.0, 2.0])
    total += x
    total.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.__iadd__(1.0),
        lambda x: x.__setitem__(0, 1.0),
        lambda x: x.zero_(),
        lambda x: (x * 2).fill_(0.0),
        lambda x: Tensor(np.zeros(2)).copy_(x),
    ],
)
def test_changes_in_place_that_gradients_would_miss_are_refused(change):
    with pytest.raises(ValueError, match="in place"):
        change(leaf([1.0, 2.0]))


def test_setting_elements_fills_and_copies():
    x = Tensor(np.zeros((2, 3)))
    x[0] = Tensor([1, 2, 3])
    x[x > 2] = 9.0
    x[-1, Tensor([0])] = 4
    assert x.tolist() == [[1.0, 2.0, 9.0], [4.0, 0.0, 0.0]]
    assert x.zero_().sum() == 0
    assert x.fill_(2.0).copy_(Tensor([1.0, 2.0, 3.0])).tolist() == [[1.0, 2.0, 3.0]] * 2


# Who shares memory with whom.


def shares(x, y):
    return np.shares_memory(np.asarray(x), np.asarray(y))


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x.detach(),
        lambda x: x.numpy() if isinstance(x, Tensor) else x.detach().numpy(),
        lambda x: x.reshape(3, 2),
        lambda x: x.view(-1),
        lambda x: x.T,
        lambda x: x.permute(1, 0),
        lambda x: x[1:],
        lambda x: x[0],
        lambda x: x.split(1)[0],
        lambda x: x.chunk(2, dim=1)[1],
        lambda x: x.expand(4, 2, 3),
        lambda x: x.squeeze(),
        lambda x: x.flatten(),
        lambda x: x.contiguous(),
        lambda x: x.double(),
        lambda x: x.clone(),
        lambda x: x.float(),
        lambda x: x.T.contiguous(),
        lambda x: x[[0, 1]],
        lambda x: x[x > -9],
        lambda x: x.T.flatten(),
        lambda x: x.repeat(1, 1),
        lambda x: x.sort().values,
        lambda x: x + 0,
        lambda x: x.flip(0),
    ],
)
def test_results_share_memory_with_their_input_where_pytorchs_do(view):
    array = np.random.default_rng(0).standard_normal((2, 3))
    our_tensor, torch_tensor = Tensor(array), torch.tensor(array)
    same_storage = shares(view(torch_tensor), torch_tensor)
    if same_storage:
        assert shares(view(our_tensor), our_tensor)
    elif view(our_tensor).shape == (2, 3) and np.array_equal(view(our_tensor).numpy(), array[::-1]):
        assert shares(view(our_tensor), our_tensor)  # NumPy flips without copying
    else:
        assert not shares(view(our_tensor), our_tensor)


def test_a_tensor_shares_the_array_it_is_given_and_a_parameter_copies_it():
    array = np.ones(2)
    assert shares(Tensor(array), array)
    assert not shares(nn.Parameter(array), array)
    assert not shares(nn.Parameter(Tensor(array)), array)


@pytest.mark.parametrize(
    ("case", "library"),
    [(case, scratch) for case in OPS]
    + [(case, scratch.functional) for case in FUNCTIONS]
    + [(case, scratch.nn) for case in LAYERS],
    ids=str,
)
def test_every_gradient_has_memory_of_its_own(case, library):
    inputs = [Tensor(a, requires_grad=a.dtype.kind == "f") for a in case.arrays()]
    parameters = []
    if library is scratch.nn:
        module = case.apply(library).double()
        parameters = [*module.parameters()]
        out = joined(scratch, case.run(module, *inputs))
    else:
        with np.errstate(all="ignore"):  # roots and logarithms of 0, where masked
            out = case.apply(library, *inputs)
    cotangent = np.ones(out.shape)
    with np.errstate(all="ignore"):
        out.backward(cotangent)
    leaves = [tensor for tensor in (*inputs, *parameters) if tensor.grad is not None]
    arrays = [cotangent, *(t.data for t in leaves), *(t.grad for t in leaves)]
    for i, tensor in enumerate(leaves):
        others = [array for array in arrays if array is not tensor.grad]
        assert not any(np.may_share_memory(tensor.grad, array) for array in others), i
        assert tensor.grad.flags.writeable


def test_the_gradient_of_a_leaf_is_a_copy_of_the_cotangent():
    x, cotangent = leaf([1.0, 2.0]), np.ones(2)
    x.backward(cotangent)
    assert not shares(x.grad, cotangent)


# dtypes: PyTorch's rule.

ARRAYS = {
    "float32": np.ones(2, np.float32),
    "float64": np.ones(2),
    "int64": np.ones(2, np.int64),
    "int32": np.ones(2, np.int32),
    "uint8": np.ones(2, np.uint8),
    "bool": np.ones(2, bool),
    "0-d float32": np.ones((), np.float32),
    "0-d float64": np.ones(()),
    "0-d int64": np.ones((), np.int64),
}
NUMBERS = {"2.5": 2.5, "2": 2, "True": True, "np.float64": np.float64(2.5), "np.int64": np.int64(2)}
OPERATIONS = {
    "add": lambda x, y: x + y,
    "mul": lambda x, y: y * x,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "maximum": lambda x, y: (scratch if isinstance(x, Tensor) else torch).maximum(x, y),
    "where": lambda x, y: x.where(x > 0, y),
    "less": lambda x, y: x < y,
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("left", ARRAYS)
def test_dtypes_of_results_equal_pytorchs(left, operation):
    x = ARRAYS[left]
    for name, y in {**ARRAYS, **NUMBERS}.items():
        number = name in NUMBERS
        if operation == "pow" and left == "bool" and np.asarray(y).dtype == bool:
            continue  # a boolean in PyTorch, int8 in NumPy
        try:
            theirs = OPERATIONS[operation](torch.tensor(x), y if number else torch.tensor(y))
        except (RuntimeError, TypeError):
            continue  # PyTorch refuses; nnlib is at liberty
        ours = OPERATIONS[operation](Tensor(x), y if number else Tensor(y))
        assert ours.dtype == theirs.numpy().dtype, f"{left} {operation} {name}"


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "sin", "tanh", "sigmoid", "relu", "abs"])
@pytest.mark.parametrize("dtype", ["int64", "float32", "float64"])
def test_dtypes_of_functions_equal_pytorchs(name, dtype):
    x = ARRAYS[dtype]
    ours, theirs = getattr(Tensor(x), name)(), getattr(torch.tensor(x), name)()
    assert ours.dtype == theirs.numpy().dtype


def test_the_mean_of_truths_is_float32():
    assert (Tensor([1, 2, 3]) > 1).mean().dtype == np.float32
    assert Tensor([1, 2]).mean() == 1.5


def test_conversions_carry_gradients():
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x.double() * np.array([1.0, 3.0])).sum().backward()
    assert x.grad.dtype == np.float32
    assert x.grad.tolist() == [1.0, 3.0]
    assert x.float() is x
    assert not x.long().requires_grad


def test_a_gradient_has_the_dtype_of_its_tensor():
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x * np.array([1.0, 3.0])).sum().backward()
    assert x.grad.dtype == np.float32


# What Python and NumPy ask of a Tensor.


def test_a_tensor_of_one_element_is_a_number_to_python():
    x = Tensor(2.5)
    assert f"{x:.2f} {x}" == f"{torch.tensor(2.5):.2f} {torch.tensor(2.5)}" == "2.50 2.5"
    assert f"{Tensor([2.5]):6.1f}" == "   2.5"
    assert f"{Tensor([1.0, 2.0])}" == "Tensor([1., 2.])"
    assert (int(x), float(x), bool(x)) == (2, 2.5, True)
    assert ["a", "b", "c"][Tensor(1)] == "b"
    assert (Tensor([1, 2]).tolist(), x.tolist()) == ([1, 2], 2.5)


def test_iteration_gives_the_slices_with_their_gradients():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    first, second = x
    (first * second).sum().backward()
    assert x.grad.tolist() == [[3.0, 4.0], [1.0, 2.0]]
    assert 3.0 in x
    assert 5.0 not in x


def test_sizes_are_those_of_pytorch():
    for x in (Tensor(np.ones((2, 3))), torch.ones(2, 3)):
        assert (tuple(x.size()), x.size(-1), x.dim(), x.numel()) == ((2, 3), 3, 2, 6)
        assert x.is_leaf
        assert x.requires_grad_() is x


def test_numpy_takes_a_tensor_for_an_array():
    x = Tensor(np.arange(3.0))
    assert np.asarray(x) is x.data
    assert np.array(x) is not x.data
    assert np.asarray(x, dtype=np.float32).dtype == np.float32
    assert np.array(x, copy=True).base is None


def test_methods_are_the_functions_of_the_same_name():
    for name in scratch.__all__:
        method = getattr(Tensor, name, None)
        if method is not None and name not in ("reshape", "permute", "flip", "where"):
            assert method is getattr(scratch, name), name


def test_equal_elements_of_topk_are_pytorchs_values():
    array = np.random.default_rng(0).choice([0.0, 1.0, np.inf, -np.inf], (5, 6))
    for largest in (True, False):
        ours = Tensor(array).topk(4, largest=largest)
        theirs = torch.tensor(array).topk(4, largest=largest)
        np.testing.assert_array_equal(ours.values.numpy(), theirs.values.numpy())
        picked = np.take_along_axis(array, ours.indices.numpy(), axis=-1)
        np.testing.assert_array_equal(picked, ours.values.numpy())


def test_the_mean_of_nothing_is_nan_as_in_pytorch():
    assert np.isnan(Tensor(np.ones((0, 3))).mean().item())
    assert np.isnan(Tensor(np.ones((0, 3))).mean(dim=0).numpy()).all()


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
        with np.errstate(all="ignore"):
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
