"""Schedules: PyTorch's where it has them, and what the others promise."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from nnlib.training import schedules


def pytorchs(build, steps):
    """The learning rates that a scheduler of PyTorch gives an optimizer of rate 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = build(optimizer)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < steps - 1:
            scheduler.step()
    return rates


def cosine_with_warmup(optimizer):
    climb = lr_scheduler.LinearLR(optimizer, start_factor=1 / 6, total_iters=5)
    wave = lr_scheduler.CosineAnnealingLR(optimizer, T_max=15, eta_min=0.1)
    return lr_scheduler.SequentialLR(optimizer, [climb, wave], milestones=[5])


# SequentialLR calls its parts in a way that PyTorch has deprecated.
@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")
@pytest.mark.parametrize(
    ("schedule", "build", "steps"),
    [
        (
            schedules.constant,
            partial(lr_scheduler.ConstantLR, factor=1.0),
            5,
        ),
        (
            partial(schedules.step_decay, step_size=3, gamma=0.4),
            partial(lr_scheduler.StepLR, step_size=3, gamma=0.4),
            11,
        ),
        (
            partial(schedules.linear, total_steps=7, start_factor=0.2, end_factor=0.9),
            partial(lr_scheduler.LinearLR, total_iters=7, start_factor=0.2, end_factor=0.9),
            11,
        ),
        (
            partial(schedules.cosine, total_steps=9, final_factor=0.2),
            partial(lr_scheduler.CosineAnnealingLR, T_max=9, eta_min=0.2),
            10,
        ),
        (
            partial(schedules.cosine, total_steps=20, warmup_steps=5, final_factor=0.1),
            cosine_with_warmup,
            21,
        ),
        (
            partial(schedules.one_cycle, total_steps=17),
            partial(lr_scheduler.OneCycleLR, max_lr=1.0, total_steps=17, cycle_momentum=False),
            17,
        ),
        (
            partial(
                schedules.one_cycle,
                total_steps=10,
                pct_start=0.43,
                div_factor=5.0,
                final_div_factor=7.0,
            ),
            partial(
                lr_scheduler.OneCycleLR,
                max_lr=1.0,
                total_steps=10,
                pct_start=0.43,
                div_factor=5.0,
                final_div_factor=7.0,
                cycle_momentum=False,
            ),
            10,
        ),
    ],
)
def test_schedule_equals_pytorch(schedule, build, steps):
    ours = [schedule(step) for step in range(steps)]
    np.testing.assert_allclose(ours, pytorchs(build, steps), rtol=1e-12, atol=1e-15)


def test_after_the_last_step_the_factor_stays():
    assert schedules.cosine(99, total_steps=10, final_factor=0.25) == 0.25
    assert schedules.linear(99, total_steps=10) == 1.0
    assert schedules.one_cycle(99, total_steps=10) == schedules.one_cycle(9, total_steps=10)


def test_a_warm_up_climbs_evenly_to_the_full_rate():
    factors = [schedules.cosine(step, total_steps=10, warmup_steps=3) for step in range(4)]
    np.testing.assert_allclose(factors, [0.25, 0.5, 0.75, 1.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: schedules.step_decay(0, step_size=0), "step_size must be 1 or more, got 0"),
        (lambda: schedules.linear(0, total_steps=0), "total_steps must be 1 or more"),
        (
            lambda: schedules.cosine(0, total_steps=5, warmup_steps=5),
            "warmup_steps must be from 0 to 4, got 5",
        ),
        (
            lambda: schedules.one_cycle(0, total_steps=5, pct_start=1.0),
            "pct_start must be between 0 and 1, got 1.0",
        ),
    ],
)
def test_misuse_gets_a_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
