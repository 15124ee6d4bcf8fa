"""The learning rate over time: pure functions from a step, counted from 0, to a factor.

Multiply the learning rate with the factor, or let ``LambdaLR`` of either backend do it:
``LambdaLR(optimizer, partial(cosine, total_steps=1000, warmup_steps=100))``.
"""

import math


def constant(_step):
    """1 at every step."""
    return 1.0


def step_decay(step, *, step_size, gamma=0.1):
    """Multiply by ``gamma`` every ``step_size`` steps; PyTorch's ``StepLR``."""
    _check_steps(step_size=step_size)
    return gamma ** (step // step_size)


def linear(step, *, total_steps, start_factor=1 / 3, end_factor=1.0):
    """A straight line from ``start_factor`` to ``end_factor``, and on at that; ``LinearLR``."""
    _check_steps(total_steps=total_steps)
    return start_factor + (end_factor - start_factor) * min(step / total_steps, 1.0)


def cosine(step, *, total_steps, warmup_steps=0, final_factor=0.0):
    """Half a cosine wave from 1 to ``final_factor``, after a straight climb (Loshchilov & Hutter).

    Args:
        step: the step, from 0.
        total_steps: where the wave ends; the factor stays there.
        warmup_steps: length of the climb, which starts above 0 so that no step is wasted and
            reaches 1 at step ``warmup_steps``.
        final_factor: the factor at the end.
    """
    _check_steps(total_steps=total_steps)
    if not 0 <= warmup_steps < total_steps:
        raise ValueError(f"warmup_steps must be from 0 to {total_steps - 1}, got {warmup_steps}")
    if step < warmup_steps:
        return (step + 1) / (warmup_steps + 1)
    progress = min((step - warmup_steps) / (total_steps - warmup_steps), 1.0)
    return _wave(1.0, final_factor, progress)


def one_cycle(step, *, total_steps, pct_start=0.3, div_factor=25.0, final_div_factor=1e4):
    """Up to the full rate and far down again, in half waves (Smith & Topin, 2019); ``OneCycleLR``.

    Args:
        step: the step, from 0.
        total_steps: number of steps; at the last one, ``total_steps`` - 1, the factor is smallest.
        pct_start: share of the steps that climb.
        div_factor: the factor starts at 1 / div_factor.
        final_div_factor: it ends at 1 / (div_factor final_div_factor).
    """
    _check_steps(total_steps=total_steps)
    if not 0 < pct_start < 1:
        raise ValueError(f"pct_start must be between 0 and 1, got {pct_start}")
    start, end = 1 / div_factor, 1 / (div_factor * final_div_factor)
    top, last = pct_start * total_steps - 1, total_steps - 1
    if step < top:
        return _wave(start, 1.0, step / top)
    return _wave(1.0, end, min((step - top) / (last - top), 1.0))


def _wave(start, end, progress):
    """From ``start`` to ``end`` along half a cosine wave, flat at both ends."""
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2


def _check_steps(**numbers):
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} must be 1 or more, got {number}")
