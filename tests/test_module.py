"""Modules, losses and optimizers: state, modes, and errors for what a user can get wrong."""

import numpy as np
import pytest

from nnlib.scratch import Tensor, manual_seed, models, nn
from nnlib.scratch import functional as F


class Counter(nn.Module):
    """A layer with a buffer and a child."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 3)
        self.register_buffer("seen", np.zeros(1, dtype=np.int64))


def test_state_dict_holds_parameters_and_buffers_under_dotted_names():
    assert [*Counter().state_dict()] == ["seen", "inner.weight", "inner.bias"]


def test_state_dict_is_a_copy():
    layer = nn.Linear(2, 3)
    before = layer.state_dict()
    layer.weight.data += 1
    assert not np.array_equal(before["weight"], layer.weight.numpy())


def test_a_shared_parameter_is_listed_once_but_saved_under_both_names():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    assert [name for name, _ in model.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert "1.weight" in model.state_dict()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda state: state.pop("inner.bias"), KeyError, "missing .'inner.bias'"),
        (lambda state: state.update(extra=np.ones(1)), KeyError, "unexpected .'extra'"),
        (
            lambda state: state.update({"inner.bias": np.ones(2)}),
            ValueError,
            r"inner.bias must have shape \(3,\), got \(2,\)",
        ),
    ],
)
def test_a_state_dict_that_does_not_fit_changes_nothing(change, error, message):
    module = Counter()
    before = module.state_dict()
    state = {name: value + 1 for name, value in before.items()}
    change(state)
    with pytest.raises(error, match=message):
        module.load_state_dict(state)
    for name, value in module.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_train_and_eval_reach_every_module():
    model = nn.Sequential(Counter(), nn.ReLU())
    assert not any(module.training for module in model.eval().modules())
    assert all(module.training for module in model.train().modules())


def test_double_converts_parameters_but_not_integer_buffers():
    module = Counter().double()
    assert module.inner.weight.dtype == np.float64
    assert module.seen.dtype == np.int64
    assert module.float().inner.weight.dtype == np.float32


def test_repr_shows_the_tree():
    assert repr(nn.Sequential(nn.Linear(2, 3), nn.ReLU())) == (
        "Sequential(\n  (0): Linear(in_features=2, out_features=3, bias=True)\n  (1): ReLU()\n)"
    )


def test_one_seed_repeats_the_initial_weights():
    states = []
    for seed in (0, 0, 1):
        manual_seed(seed)
        states.append(nn.Linear(3, 3).weight.numpy())
    np.testing.assert_array_equal(states[0], states[1])
    assert not np.array_equal(states[0], states[2])


def test_linear_starts_uniform_within_one_over_root_of_inputs():
    manual_seed(0)
    weight = nn.Linear(400, 500).weight.numpy()
    assert np.abs(weight).max() <= 1 / 20
    assert abs(weight.std() - 1 / 20 / np.sqrt(3)) < 1e-4


def floats(*shape):
    return Tensor(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.Linear(4, 2)(floats(2, 3)), ValueError, r"expects \(..., 4\), got \(2, 3\)$"),
        (lambda: nn.Linear(784, 2)(floats(2, 1, 28, 28)), ValueError, "flatten the input first"),
        (
            lambda: nn.Linear(2, 2)(Tensor(np.zeros((1, 2)))),
            TypeError,
            "float32 weights, got float64",
        ),
        (lambda: nn.Linear(0, 2), ValueError, "at least one input"),
        (lambda: nn.Linear(2, 2, color="red"), TypeError, "color"),
        (lambda: F.mse_loss(floats(2), floats(2, 1)), ValueError, "one shape"),
        (lambda: F.mse_loss(floats(0), floats(0)), ValueError, "empty batch"),
        (lambda: F.mse_loss(floats(2), floats(2), reduction="max"), ValueError, "'mean', 'sum'"),
        (
            lambda: F.binary_cross_entropy_with_logits(floats(2), Tensor([0.0, 2.0])),
            ValueError,
            "between 0 and 1, got 0.0 to 2.0",
        ),
        (
            lambda: F.binary_cross_entropy_with_logits(floats(1), Tensor([float("nan")])),
            ValueError,
            "between 0 and 1",
        ),
        (
            lambda: F.cross_entropy(floats(2, 3), Tensor([0, 3])),
            ValueError,
            "from 0 to 2, got 0 to 3",
        ),
        (lambda: F.cross_entropy(floats(2, 3), Tensor([0, -1])), ValueError, "got -1 to 0"),
        (lambda: F.cross_entropy(floats(2, 3), floats(2)), TypeError, "integer class indices"),
        (lambda: F.cross_entropy(floats(2, 3), Tensor([0])), ValueError, r"\(2, 3\) and \(1,\)"),
        (
            lambda: F.cross_entropy(floats(0, 3), Tensor(np.zeros(0, int))),
            ValueError,
            "empty batch",
        ),
        (
            lambda: F.cross_entropy(floats(2, 3, 4), Tensor([0, 1])),
            ValueError,
            r"got \(2, 3, 4\) and \(2,\)",
        ),
        (
            lambda: F.cross_entropy(floats(2, 3), Tensor([-100, -100])),
            ValueError,
            "all are ignored or have weight 0",
        ),
        (
            lambda: F.cross_entropy(floats(1, 3), Tensor([0]), label_smoothing=1.5),
            ValueError,
            "from 0 to 1, got 1.5",
        ),
        (
            lambda: nn.CrossEntropyLoss(Tensor([1.0, 2.0]))(floats(1, 3), Tensor([0])),
            ValueError,
            r"each of 3 classes, float32, got \(2,\), float32",
        ),
        (
            lambda: nn.NLLLoss(np.ones(3))(floats(1, 3), Tensor([0])),
            ValueError,
            r"got \(3,\), float64",
        ),
        (lambda: F.nll_loss(floats(2, 3), Tensor([0, 5])), ValueError, "from 0 to 2, got 0 to 5"),
        (lambda: F.kl_div(floats(2), floats(3)), ValueError, "one shape"),
        (lambda: F.kl_div(floats(2), Tensor([-1.0, 0.5])), ValueError, "pass log_target=True"),
        (lambda: F.huber_loss(floats(2), floats(2), delta=0.0), ValueError, "above 0, got 0.0"),
        (lambda: F.gelu(floats(2), approximate="erf"), ValueError, "'none' or 'tanh', got 'erf'"),
        (lambda: F.pad(floats(2), (1, 1, 1, 1)), ValueError, "up to 1 dimensions"),
        (lambda: F.pad(floats(2), (-1, 0)), ValueError, "0 or more"),
        (lambda: nn.GELU(inplace=True), TypeError, "inplace"),
        (lambda: nn.Sequential(np.tanh), TypeError, "expects Modules, got ufunc"),
        (lambda: floats(2, 3) @ floats(2, 3), ValueError, r"got \(2, 3\) and \(2, 3\)"),
        (lambda: models.Perceptron(0), ValueError, "at least one input"),
        (lambda: models.MulticlassPerceptron(2, 1), ValueError, "2 or more, got 1"),
    ],
)
def test_misuse_gets_a_clear_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Counter does not define forward"):
        Counter()(floats(2))


def test_stable_at_extreme_logits():
    x = Tensor(np.array([-1000.0, 1000.0]), requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(x, Tensor(np.array([1.0, 1.0])))
    loss.backward()
    assert loss.item() == 500.0
    np.testing.assert_array_equal(x.grad, [-0.5, 0.0])
    np.testing.assert_array_equal(F.sigmoid(x).numpy(), [0.0, 1.0])
    assert F.cross_entropy(Tensor(np.array([[0.0, 1000.0]])), Tensor([0])).item() == 1000.0
    assert F.softplus(x).numpy()[1] == 1000.0
    np.testing.assert_array_equal(F.silu(x).numpy(), [0.0, 1000.0])
    np.testing.assert_array_equal(F.gelu(x).numpy(), [0.0, 1000.0])
    np.testing.assert_array_equal(F.elu(x).numpy(), [-1.0, 1000.0])
