"""Built twice, proven equal: the same weights in, the same outputs and gradients out."""

import numpy as np
import pytest
import torch
from cases import DISCRETE, FUNCTIONS, LAYERS, MODELS, OPS, joined

from nnlib import pytorch, scratch
from nnlib.data import digits
from nnlib.scratch import Tensor

EXACT = {"rtol": 1e-9, "atol": 1e-12}  # float64 leaves no room for a wrong constant


def leaves(arrays):
    """The arrays on both sides; those of real numbers require a gradient."""
    ours = [Tensor(array, requires_grad=array.dtype.kind == "f") for array in arrays]
    theirs = [torch.tensor(array, requires_grad=array.dtype.kind == "f") for array in arrays]
    return ours, theirs


def assert_same_backward(ours, theirs, pairs):
    """Compare two results, send one random cotangent back through both, compare the gradients."""
    ours, theirs = joined(scratch, ours), joined(torch, theirs)
    np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), **EXACT)
    cotangent = np.random.default_rng(1).standard_normal(ours.shape)
    ours.backward(cotangent)
    theirs.backward(torch.tensor(cotangent))
    for name, our_tensor, torch_tensor in pairs:
        if torch_tensor.grad is None:
            assert our_tensor.grad is None, f"{name} has a gradient here, none in PyTorch"
        else:
            np.testing.assert_allclose(
                our_tensor.grad, torch_tensor.grad.numpy(), err_msg=name, **EXACT
            )


# PyTorch warns that the mean over elements is not the divergence.
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
@pytest.mark.parametrize(
    ("case", "ours", "theirs"),
    [(case, scratch, torch) for case in OPS]
    + [(case, scratch.functional, torch.nn.functional) for case in FUNCTIONS],
    ids=str,
)
def test_function_equals_pytorch(case, ours, theirs):
    our_inputs, torch_inputs = leaves(case.arrays())
    pairs = [
        (f"input {i}", *pair) for i, pair in enumerate(zip(our_inputs, torch_inputs, strict=True))
    ]
    assert_same_backward(case.apply(ours, *our_inputs), case.apply(theirs, *torch_inputs), pairs)


@pytest.mark.parametrize("case", DISCRETE, ids=str)
def test_operation_without_derivative_equals_pytorch(case):
    our_inputs, torch_inputs = leaves(case.arrays())
    ours, theirs = case.apply(scratch, *our_inputs), case.apply(torch, *torch_inputs)
    assert not ours.requires_grad
    assert ours.numpy().dtype == theirs.numpy().dtype
    np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize(
    ("case", "ours", "theirs"),
    [(case, scratch.nn, pytorch.nn) for case in LAYERS]
    + [(case, scratch.models, pytorch.models) for case in MODELS],
    ids=str,
)
def test_module_equals_its_twin(case, ours, theirs, training):
    module, twin = case.apply(ours).double(), case.apply(theirs).double()
    module.train(training)
    twin.train(training)
    rng = np.random.default_rng(2)
    state = {name: rng.standard_normal(value.shape) for name, value in module.state_dict().items()}
    state |= {name: rng.uniform(1, 2, value.shape) for name, value in module.named_buffers()}
    module.load_state_dict(state)
    twin.load_state_dict(pytorch.from_numpy(module.state_dict()))

    our_inputs, torch_inputs = leaves(case.arrays())
    pairs = [
        (f"input {i}", *pair) for i, pair in enumerate(zip(our_inputs, torch_inputs, strict=True))
    ]
    parameters = dict(twin.named_parameters())
    assert parameters.keys() == dict(module.named_parameters()).keys()
    pairs += [(name, value, parameters[name]) for name, value in module.named_parameters()]
    assert_same_backward(case.run(module, *our_inputs), case.run(twin, *torch_inputs), pairs)
    buffers = dict(module.named_buffers())
    for name, value in twin.named_buffers():
        np.testing.assert_allclose(buffers[name], value.numpy(), err_msg=name, **EXACT)


@pytest.mark.parametrize("case", [*LAYERS, *MODELS], ids=str)
def test_state_dict_moves_both_ways(case):
    ours, theirs = (scratch.nn, pytorch.nn) if case in LAYERS else (scratch.models, pytorch.models)
    module, twin = case.apply(ours), case.apply(theirs)
    assert [*module.state_dict()] == [*twin.state_dict()]
    twin.load_state_dict(pytorch.from_numpy(module.state_dict()))
    back = case.apply(ours)
    back.load_state_dict(twin.state_dict())
    for name, value in module.state_dict().items():
        assert value.dtype == twin.state_dict()[name].numpy().dtype
        np.testing.assert_array_equal(back.state_dict()[name], value)


@pytest.mark.parametrize(
    "case",
    [case for case in LAYERS if not hasattr(torch.nn, case.name)] + MODELS,
    ids=str,
)
def test_twins_have_the_same_public_names(case):
    ours, theirs = (scratch.nn, pytorch.nn) if case in LAYERS else (scratch.models, pytorch.models)

    def names(module, base):
        names = {*dir(module)} - {*dir(base)}
        return {name for name in names if not name.startswith("_")}

    assert names(case.apply(ours), scratch.nn.Module()) == names(
        case.apply(theirs), torch.nn.Module()
    )


@pytest.mark.parametrize("stride", [1, (2, 1)])
@pytest.mark.parametrize("dilation", [1, 2])
def test_convolution_is_a_product_with_the_unfolded_image(stride, dilation):
    rng = np.random.default_rng(0)
    x, weight = Tensor(rng.standard_normal((2, 3, 8, 7))), Tensor(rng.standard_normal((4, 3, 3, 2)))
    settings = {"stride": stride, "padding": (1, 0), "dilation": dilation}
    out = scratch.functional.conv2d(x, weight, **settings).numpy()
    columns = scratch.functional.unfold(x, (3, 2), **settings)
    product = (weight.reshape(4, -1) @ columns).numpy()
    np.testing.assert_allclose(product.reshape(out.shape), out, **EXACT)


@pytest.mark.parametrize("name", ["batch_norm", "layer_norm", "group_norm"])
@pytest.mark.parametrize("mean", [0, 100])
def test_norms_of_float32_are_as_exact_as_pytorchs(name, mean):
    x = (np.random.default_rng(0).standard_normal((64, 4, 56, 56)) + mean).astype(np.float32)

    def run(functional, x):
        settings = {
            "batch_norm": {"running_mean": None, "running_var": None, "training": True},
            "layer_norm": {"normalized_shape": x.shape[1:]},
            "group_norm": {"num_groups": 2},
        }
        return np.asarray(getattr(functional, name)(x, **settings[name]))

    exact = run(torch.nn.functional, torch.tensor(x).double())
    error = np.abs(run(scratch.functional, Tensor(x)) - exact).max()
    assert error < 2 * np.abs(run(torch.nn.functional, torch.tensor(x)) - exact).max()


@pytest.mark.parametrize("shuffled", [False, True], ids=["in order", "shuffled"])
def test_perceptrons_make_the_same_mistakes(shuffled):
    split = digits()
    x, y = split.x_train[:300], split.y_train[:300]
    for name, arguments, labels in (
        ("Perceptron", (64,), np.where(y < 5, 1, -1)),
        ("MulticlassPerceptron", (64, 10), y),
    ):
        runs = []
        for library in (scratch.models, pytorch.models):
            model = getattr(library, name)(*arguments)
            generator = np.random.default_rng(0) if shuffled else None
            mistakes = model.fit(x, labels, epochs=3, generator=generator)
            weight = np.asarray(model.state_dict()["weight"])
            runs.append((mistakes, weight, np.asarray(model.predict(x))))
        assert runs[0][0] == runs[1][0]
        np.testing.assert_array_equal(runs[0][1], runs[1][1])
        np.testing.assert_array_equal(runs[0][2], runs[1][2])
