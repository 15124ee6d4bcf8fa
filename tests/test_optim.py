"""Optimizers against PyTorch's: the same steps, the same state, the same learning rates."""

import math
from copy import deepcopy
from functools import partial

import numpy as np
import pytest
import torch
from cases import OPTIMIZERS

from nnlib import pytorch, scratch
from nnlib.scratch import Tensor, nn, optim
from nnlib.training import schedules


@pytest.fixture
def no_bfloat16(monkeypatch):
    """PyTorch's Muon without its rounding to bfloat16, which no other test is to see."""
    monkeypatch.setattr(torch.Tensor, "bfloat16", torch.Tensor.clone)


def parameters(case):
    """The parameters of a case, ours and PyTorch's."""
    our_params = [nn.Parameter(array) for array in case.arrays()]
    torch_params = [torch.nn.Parameter(torch.tensor(array)) for array in case.arrays()]
    return our_params, torch_params


def set_gradients(our_params, torch_params, step):
    """The same gradients for both; they depend on the parameters, as in training."""
    rng = np.random.default_rng(step)
    for parameter, other in zip(our_params, torch_params, strict=True):
        noise = rng.standard_normal(parameter.shape)
        parameter.grad = np.asarray(np.sin(parameter.data) + noise)
        other.grad = torch.tensor(parameter.grad)


def assert_equal(our_params, torch_params):
    for parameter, other in zip(our_params, torch_params, strict=True):
        np.testing.assert_allclose(
            parameter.numpy(), other.detach().numpy(), rtol=1e-10, atol=1e-12
        )


@pytest.mark.usefixtures("no_bfloat16")
@pytest.mark.parametrize("case", OPTIMIZERS, ids=str)
def test_optimizer_follows_pytorch_for_50_steps(case):
    our_params, torch_params = parameters(case)
    memory = [parameter.data for parameter in our_params]
    ours, theirs = case.apply(optim, our_params), case.apply(torch.optim, torch_params)
    for step in range(50):
        set_gradients(our_params, torch_params, step)
        before = [parameter.grad.copy() for parameter in our_params]
        ours.step()
        theirs.step()
        assert_equal(our_params, torch_params)
        for parameter, grad in zip(our_params, before, strict=True):
            np.testing.assert_array_equal(parameter.grad, grad)
    assert all(parameter.data is array for parameter, array in zip(our_params, memory, strict=True))


@pytest.mark.usefixtures("no_bfloat16")
@pytest.mark.parametrize("case", OPTIMIZERS, ids=str)
def test_optimizer_continues_from_the_state_dict_of_either_library(case):
    our_params, torch_params = parameters(case)
    ours, theirs = case.apply(optim, our_params), case.apply(torch.optim, torch_params)
    for step in range(4):
        set_gradients(our_params, torch_params, step)
        ours.step()
        theirs.step()
    for state_dict in (ours.state_dict(), theirs.state_dict()):
        our_params = [nn.Parameter(other.detach().numpy()) for other in torch_params]
        copies = [torch.nn.Parameter(other.detach().clone()) for other in torch_params]
        resumed = getattr(optim, case.name)(our_params, lr=99.0)
        resumed.load_state_dict(state_dict)
        twin = getattr(torch.optim, case.name)(copies, lr=99.0)
        twin.load_state_dict(deepcopy(theirs.state_dict()))  # PyTorch shares what it loads
        for step in range(4, 10):
            set_gradients(our_params, copies, step)
            resumed.step()
            twin.step()
            assert_equal(our_params, copies)


@pytest.mark.parametrize("case", OPTIMIZERS, ids=str)
def test_float32_state_stays_float32_also_after_resuming(case):
    our_params = [nn.Parameter(array.astype(np.float32)) for array in case.arrays()]
    first = case.apply(optim, our_params)
    second = case.apply(optim, our_params)
    for optimizer in (first, second):
        for _ in range(2):
            for parameter in our_params:
                parameter.grad = np.ones_like(parameter.data)
            optimizer.step()
        second.load_state_dict(first.state_dict())
    for parameter in our_params:
        assert parameter.dtype == np.float32
        for value in second.state[parameter].values():
            assert np.ndim(value) == 0 or value.dtype == np.float32


def test_muon_stays_within_the_rounding_of_pytorchs_bfloat16():
    rng = np.random.default_rng(0)
    for shape in ((64, 32), (48, 48), (20, 100)):
        start, grad = rng.standard_normal(shape), rng.standard_normal(shape)
        parameter = nn.Parameter(start)
        other = torch.nn.Parameter(torch.tensor(start))
        parameter.grad, other.grad = grad, torch.tensor(grad)
        optim.Muon([parameter], lr=1.0, weight_decay=0.0).step()
        torch.optim.Muon([other], lr=1.0, weight_decay=0.0).step()
        step = parameter.numpy() - start
        difference = step - (other.detach().numpy() - start)
        # Five iterations of products rounded to 8 bits: 1.4 to 2.1 % of the step were measured.
        assert np.linalg.norm(difference) < 0.03 * np.linalg.norm(step)


def test_muon_steps_have_singular_values_near_one():
    grad = np.random.default_rng(0).standard_normal((30, 50)) * np.logspace(-1, 1, 50)
    parameter = nn.Parameter(np.zeros((30, 50)))
    parameter.grad = grad
    optim.Muon([parameter], lr=1.0).step()
    values = np.linalg.svd(parameter.numpy(), compute_uv=False)
    assert values.min() > 0.6
    assert values.max() < 1.3


def test_parameter_groups_have_their_own_settings():
    slow, fast = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = optim.SGD([{"params": [slow], "lr": 0.1}, {"params": [fast]}], lr=0.5)
    for parameter in (slow, fast):
        parameter.grad = np.ones(1, dtype=np.float32)
    optimizer.step()
    np.testing.assert_allclose([slow.item(), fast.item()], [0.9, 0.5], rtol=1e-6)


@pytest.mark.usefixtures("no_bfloat16")
@pytest.mark.parametrize("name", ["Adagrad", "RMSprop", "Adam", "AdamW", "Muon"])
def test_groups_equal_pytorchs_groups(name):
    starts = [np.random.default_rng(i).standard_normal((3, 2)) for i in range(2)]
    sides = []
    our_params = [nn.Parameter(start) for start in starts]
    torch_params = [torch.nn.Parameter(torch.tensor(start)) for start in starts]
    for library, (slow, fast) in ((optim, our_params), (torch.optim, torch_params)):
        groups = [
            {"params": [slow], "lr": 0.01},
            {"params": [fast], "weight_decay": 0.2},
        ]
        sides.append(getattr(library, name)(groups, lr=0.1))
    for step in range(5):
        set_gradients(our_params, torch_params, step)
        for optimizer in sides:
            optimizer.step()
    assert_equal(our_params, torch_params)


@pytest.mark.parametrize("norm_type", [2.0, 1.0, 3.0, math.inf])
@pytest.mark.parametrize("max_norm", [0.1, 5.0, 1000.0])
def test_clip_grad_norm_equals_pytorch(norm_type, max_norm):
    our_params, torch_params = parameters(OPTIMIZERS[0])
    our_params, torch_params = our_params[:3], torch_params[:3]
    set_gradients(our_params, torch_params, 0)
    our_params.append(nn.Parameter([1.0]))  # without gradient
    before = [parameter.grad for parameter in our_params[:3]]
    copies = [grad.copy() for grad in before]
    total = nn.clip_grad_norm_(our_params, max_norm, norm_type)
    expected = pytorch.nn.clip_grad_norm_(torch_params, max_norm, norm_type)
    np.testing.assert_allclose(total.item(), expected.item(), rtol=1e-12)
    for parameter, other in zip(our_params, torch_params, strict=False):
        np.testing.assert_allclose(parameter.grad, other.grad.numpy(), rtol=1e-12)
    for grad, copy in zip(before, copies, strict=True):
        np.testing.assert_array_equal(grad, copy)  # it may be borrowed


def test_clip_grad_value_equals_pytorch():
    our_params, torch_params = parameters(OPTIMIZERS[0])
    set_gradients(our_params, torch_params, 0)
    nn.clip_grad_value_(our_params, 0.5)
    pytorch.nn.clip_grad_value_(torch_params, 0.5)
    for parameter, other in zip(our_params, torch_params, strict=True):
        np.testing.assert_array_equal(parameter.grad, other.grad.numpy())


def test_clipping_takes_one_tensor_or_none_with_a_gradient():
    parameter = nn.Parameter(np.array([[3.0], [4.0]], dtype=np.float32))
    assert nn.clip_grad_norm_([parameter], 1.0).item() == 0.0
    parameter.grad = parameter.data.copy()
    assert nn.clip_grad_norm_(parameter, 1.0).item() == 5.0
    assert parameter.grad.dtype == np.float32
    np.testing.assert_allclose(parameter.grad, [[0.6], [0.8]], rtol=1e-5)


SCHEDULES = [
    partial(schedules.constant),
    partial(schedules.step_decay, step_size=3, gamma=0.5),
    partial(schedules.linear, total_steps=7, start_factor=0.1, end_factor=0.8),
    partial(schedules.cosine, total_steps=12, warmup_steps=4, final_factor=0.1),
    partial(schedules.one_cycle, total_steps=15),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.func.__name__)
def test_lambda_lr_gives_both_libraries_the_same_rates(schedule):
    rates = []
    for library, parameter in (
        (optim, nn.Parameter(np.ones(2))),
        (torch.optim, torch.nn.Parameter(torch.ones(2))),
    ):
        groups = [{"params": [parameter], "lr": 0.3}]
        optimizer = library.SGD(groups)
        scheduler = library.lr_scheduler.LambdaLR(optimizer, schedule)
        seen = []
        for _ in range(20):
            seen.append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
        rates.append(seen)
    assert rates[0] == rates[1]
    assert rates[0] == [0.3 * schedule(step) for step in range(20)]


def test_a_schedule_continues_from_its_state_dict():
    def start():
        optimizer = optim.SGD([nn.Parameter([1.0])], lr=0.5)
        return optimizer, optim.lr_scheduler.LambdaLR(optimizer, SCHEDULES[3])

    first, scheduler = start()
    for _ in range(6):
        scheduler.step()
    second, resumed = start()
    second.load_state_dict(first.state_dict())
    resumed.load_state_dict(scheduler.state_dict())
    assert second.param_groups[0]["lr"] == first.param_groups[0]["lr"]
    scheduler.step()
    resumed.step()
    assert second.param_groups[0]["lr"] == first.param_groups[0]["lr"] < 0.5


def one():
    return nn.Parameter([1.0])


def in_two_groups(parameter):
    return [{"params": [parameter]}, {"params": parameter}]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: optim.SGD([]), ValueError, "at least one parameter"),
        (lambda: optim.SGD(iter([])), ValueError, "has the generator been used before"),
        (lambda: optim.SGD(nn.Parameter(np.ones((2, 2)))), TypeError, "a list of Tensors or of di"),
        (lambda: optim.SGD({"params": [one()]}), TypeError, "got one dict; put it into a list"),
        (lambda: optim.SGD([one()] * 2), ValueError, r"shape \(1,\) is given twice"),
        (lambda: optim.SGD(in_two_groups(one())), ValueError, "is given twice"),
        (lambda: optim.SGD([one() * 2]), ValueError, "leaf Tensors, got the result"),
        (lambda: optim.SGD([np.ones(2)]), TypeError, "changes Tensors, got ndarray"),
        (lambda: optim.SGD([("name", one())]), TypeError, "changes Tensors, got tuple"),
        (lambda: optim.SGD([{"lr": 0.1}]), TypeError, 'a dict with "params"'),
        (lambda: optim.Adam([one()], betas=(0.9,)), ValueError, "two numbers"),
        (lambda: optim.SGD([one()], lr=-1), ValueError, "lr must be 0 or more, got -1"),
        (lambda: optim.SGD([one()], nesterov=True), ValueError, "momentum above 0"),
        (
            lambda: optim.SGD([{"params": [one()], "speed": 1}]),
            TypeError,
            "unknown settings .'speed'",
        ),
        (lambda: optim.Adagrad([one()], lr_decay=-1), ValueError, "lr_decay must be 0 or more"),
        (lambda: optim.RMSprop([one()], alpha=-0.1), ValueError, "alpha must be 0 or more"),
        (lambda: optim.Adam([one()], betas=(0.9, 1.0)), ValueError, r"\[0, 1\), got \(0.9, 1.0\)"),
        (lambda: optim.AdamW([one()], eps=float("nan")), ValueError, "eps must be 0 or more"),
        (lambda: optim.Adam([one()], maximize=True), TypeError, "maximize"),
        (lambda: optim.Muon([one()]), ValueError, r"expects matrices, got shape \(1,\)"),
        (
            lambda: optim.Muon([nn.Parameter(np.ones((2, 2)))], adjust_lr_fn="rms"),
            ValueError,
            "'original', 'match_rms_adamw'",
        ),
        (
            lambda: optim.SGD([one(), one()]).load_state_dict(optim.SGD([one()]).state_dict()),
            ValueError,
            r"groups of \[2\] parameters, got \[1\]",
        ),
    ],
)
def test_misuse_gets_a_clear_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("case", OPTIMIZERS, ids=str)
def test_the_state_dict_shares_no_memory_with_any_optimizer(case):
    our_params, _ = parameters(case)
    first, second = case.apply(optim, our_params), case.apply(optim, our_params)
    for parameter in our_params:
        parameter.grad = np.ones_like(parameter.data)
    first.step()
    saved = first.state_dict()
    second.load_state_dict(saved)
    held = [*first.state.values(), *second.state.values(), *saved["state"].values()]
    arrays = [value for state in held for value in state.values() if np.ndim(value)]
    for i, array in enumerate(arrays):
        assert not any(np.may_share_memory(array, other) for other in arrays[:i])
    saved["param_groups"][0]["lr"] = 5.0
    assert second.param_groups[0]["lr"] == first.param_groups[0]["lr"] != 5.0


def test_groups_can_be_added_later():
    first, second = one(), one()
    optimizer = optim.SGD([first], lr=0.5)
    optimizer.add_param_group({"params": second, "lr": 0.25})
    first.grad = second.grad = np.ones(1, np.float32)
    optimizer.step()
    assert (first.item(), second.item()) == (0.5, 0.75)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_bad_gradient_shows_in_all_gradients_after_clipping_as_in_pytorch(bad):
    our_params, torch_params = parameters(OPTIMIZERS[0])
    set_gradients(our_params, torch_params, 0)
    our_params[0].grad[0, 0] = bad
    torch_params[0].grad[0, 0] = bad
    with np.errstate(invalid="ignore"):
        total = nn.clip_grad_norm_(our_params, 1.0)
    expected = pytorch.nn.clip_grad_norm_(torch_params, 1.0)
    np.testing.assert_array_equal(total.item(), expected.item())
    for parameter, other in zip(our_params, torch_params, strict=True):
        np.testing.assert_array_equal(parameter.grad, other.grad.numpy())


def test_clipping_can_refuse_a_bad_gradient():
    parameter = one()
    parameter.grad = np.array([np.nan])
    with pytest.raises(ValueError, match="norm of the gradients is nan"):
        nn.clip_grad_norm_([parameter], 1.0, error_if_nonfinite=True)


def test_every_optimizer_trains_a_network():
    scratch.manual_seed(0)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 5)).astype(np.float32)
    y = Tensor(np.sin(x.sum(axis=1, keepdims=True)))
    for name in ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "Muon"):
        model = nn.Sequential(nn.Linear(5, 16, bias=False), nn.Tanh(), nn.Linear(16, 1, bias=False))
        optimizer = getattr(optim, name)(model.parameters(), lr=0.02)
        losses = []
        for _ in range(60):
            loss = nn.MSELoss()(model(Tensor(x)), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert losses[-1] < losses[0], name
