"""Initial values: their bounds, moments and shapes, and PyTorch's formulas for all of them."""

import math

import numpy as np
import pytest
import torch

from nnlib.scratch import Tensor, manual_seed, nn
from nnlib.scratch.nn import init

SHAPE = (200, 30, 3, 3)


def pair(shape=SHAPE):
    """An empty weight for each library, each with its seed set."""
    manual_seed(0)
    torch.manual_seed(0)
    return Tensor(np.empty(shape)), torch.empty(shape, dtype=torch.float64)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("uniform_", {"a": -0.5, "b": 2.0}),
        ("xavier_uniform_", {}),
        ("xavier_uniform_", {"gain": 2.5}),
        ("kaiming_uniform_", {}),
        ("kaiming_uniform_", {"a": math.sqrt(5)}),
        ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "relu"}),
        ("kaiming_uniform_", {"nonlinearity": "tanh"}),
        ("trunc_normal_", {"std": 2.0, "a": -1.0, "b": 1.5}),
    ],
)
def test_bounded_values_fill_the_same_range_as_in_pytorch(name, settings):
    ours, theirs = pair()
    assert getattr(init, name)(ours, **settings) is ours
    getattr(torch.nn.init, name)(theirs, **settings)
    for extreme in ("min", "max"):
        expected = getattr(theirs, extreme)().item()
        assert getattr(ours, extreme)().item() == pytest.approx(expected, rel=1e-3)
    assert ours.mean().item() == pytest.approx(theirs.mean().item(), abs=0.01 * ours.std().item())
    assert ours.std().item() == pytest.approx(theirs.std().item(), rel=0.01)


@pytest.mark.parametrize(
    ("name", "settings", "std"),
    [
        ("normal_", {"mean": 3.0, "std": 0.5}, 0.5),
        ("xavier_normal_", {"gain": 1.5}, 1.5 * math.sqrt(2 / (270 + 1800))),
        ("kaiming_normal_", {}, math.sqrt(2 / 270)),
        ("kaiming_normal_", {"a": 0.3, "mode": "fan_out"}, math.sqrt(2 / 1.09 / 1800)),
        ("kaiming_normal_", {"nonlinearity": "selu"}, 0.75 / math.sqrt(270)),
        ("trunc_normal_", {"mean": 0.1, "std": 0.02}, 0.02),
    ],
)
def test_normal_values_have_the_moments_of_the_formula_and_of_pytorch(name, settings, std):
    ours, theirs = pair()
    getattr(init, name)(ours, **settings)
    getattr(torch.nn.init, name)(theirs, **settings)
    for values in (ours.numpy(), theirs.numpy()):
        deviations = (values - settings.get("mean", 0.0)) / std
        assert abs(deviations.mean()) < 0.02
        assert deviations.std() == pytest.approx(1.0, rel=0.01)
        assert (deviations**4).mean() == pytest.approx(3.0, rel=0.05)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (3, 2, 2, 2), (9, 2, 2)])
@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_orthogonal_rows_or_columns(shape, gain):
    ours, _ = pair(shape)
    matrix = init.orthogonal_(ours, gain).numpy().reshape(shape[0], -1)
    wide = matrix if len(matrix) <= matrix.shape[1] else matrix.T
    np.testing.assert_allclose(wide @ wide.T, gain**2 * np.eye(len(wide)), atol=1e-14)


def test_orthogonal_matrices_have_no_preferred_direction():
    manual_seed(0)
    diagonals = [init.orthogonal_(Tensor(np.empty((3, 3)))).numpy().diagonal() for _ in range(2000)]
    np.testing.assert_allclose(np.mean(diagonals, axis=0), 0.0, atol=0.05)


@pytest.mark.parametrize(
    ("nonlinearity", "param"),
    [
        ("linear", None),
        ("conv2d", None),
        ("sigmoid", None),
        ("tanh", None),
        ("relu", None),
        ("selu", None),
        ("leaky_relu", None),
        ("leaky_relu", 0.2),
    ],
)
def test_gain_equals_pytorchs(nonlinearity, param):
    expected = torch.nn.init.calculate_gain(nonlinearity, param)
    assert init.calculate_gain(nonlinearity, param) == pytest.approx(expected, rel=1e-15)


def test_constants():
    ours, _ = pair((2, 3))
    assert (init.constant_(ours, 1.5) == 1.5).all()
    assert (init.zeros_(ours) == 0).all()
    assert (init.ones_(ours) == 1).all()


def test_linear_starts_as_in_pytorch():
    manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = nn.Linear(300, 200).state_dict(), torch.nn.Linear(300, 200).state_dict()
    for name in ("weight", "bias"):
        assert np.abs(ours[name]).max() == pytest.approx(theirs[name].abs().max().item(), rel=0.02)
        assert ours[name].std() == pytest.approx(theirs[name].std().item(), rel=0.1)


def test_values_keep_the_dtype():
    tensor = Tensor(np.empty((4, 4), dtype=np.float32))
    for fill in (init.uniform_, init.orthogonal_, init.trunc_normal_, init.kaiming_normal_):
        assert fill(tensor).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: init.xavier_uniform_(Tensor(np.empty(3))), r"2 or more dimensions, got .* \(3,\)"),
        (lambda: init.orthogonal_(Tensor(np.empty(3))), "2 or more dimensions"),
        (
            lambda: init.kaiming_normal_(Tensor(np.empty((3, 3))), mode="in"),
            "'fan_in' or 'fan_out', got 'in'",
        ),
        (lambda: init.calculate_gain("gelu"), "one of .*'relu'.*, got 'gelu'"),
        (
            lambda: init.trunc_normal_(Tensor(np.empty(3)), mean=5.0, a=-1.0, b=1.0),
            "fewer than 1 in 1000",
        ),
    ],
)
def test_misuse_gets_a_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
