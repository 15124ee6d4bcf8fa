"""Learning-rate schedules: pure functions from a step, counted from 0, to a factor.

Multiply the learning rate by the factor, or let ``LambdaLR`` of either backend do it:
``LambdaLR(optimizer, partial(cosine, total_steps=1000, warmup_steps=100))``.
"""

import math


def constant(_step: int) -> float:
    """The factor 1 at every step."""
    return 1.0


def step_decay(step: int, *, step_size: int, gamma: float = 0.1) -> float:
    """Multiply by ``gamma`` every ``step_size`` steps, as PyTorch's ``StepLR``.

    Args:
        step: the step, from 0.
        step_size: steps between two reductions.
        gamma: factor of each reduction.

    Raises:
        ValueError: for a step_size below 1.
    """
    _check_steps(step_size=step_size)
    return gamma ** (step // step_size)


def linear(
    step: int, *, total_steps: int, start_factor: float = 1 / 3, end_factor: float = 1.0
) -> float:
    """Go from ``start_factor`` to ``end_factor`` linearly and stay there, as ``LinearLR``.

    Args:
        step: the step, from 0.
        total_steps: the step at which the factor reaches ``end_factor``.
        start_factor: the factor at step 0.
        end_factor: the factor at the end.

    Raises:
        ValueError: for total_steps below 1.
    """
    _check_steps(total_steps=total_steps)
    return start_factor + (end_factor - start_factor) * min(step / total_steps, 1.0)


def cosine(
    step: int, *, total_steps: int, warmup_steps: int = 0, final_factor: float = 0.0
) -> float:
    """Linear warmup, then half a cosine wave from 1 down to ``final_factor``.

    Args:
        step: the step, from 0.
        total_steps: the step at which the wave ends; the factor stays there.
        warmup_steps: steps of the warmup, which starts above 0, so that the first step is not
            wasted, and reaches 1 at step ``warmup_steps``.
        final_factor: the factor at the end.

    Raises:
        ValueError: for total_steps below 1, or a warmup that is not shorter.

    Source: Loshchilov & Hutter (2017), arXiv:1608.03983.
    """
    _check_steps(total_steps=total_steps)
    if not 0 <= warmup_steps < total_steps:
        raise ValueError(f"warmup_steps must be from 0 to {total_steps - 1}, got {warmup_steps}")
    if step < warmup_steps:
        return (step + 1) / (warmup_steps + 1)
    progress = min((step - warmup_steps) / (total_steps - warmup_steps), 1.0)
    return _wave(1.0, final_factor, progress)


def one_cycle(
    step: int,
    *,
    total_steps: int,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> float:
    """Up to the full rate and far down again, in two half cosine waves, as ``OneCycleLR``.

    Args:
        step: the step, from 0.
        total_steps: number of steps; at the last, ``total_steps`` - 1, the factor is smallest.
        pct_start: share of the steps in which the factor rises.
        div_factor: the factor starts at 1 / div_factor.
        final_div_factor: it ends at 1 / (div_factor final_div_factor).

    Raises:
        ValueError: for total_steps below 1, or a pct_start that is not between 0 and 1.

    Source: Smith & Topin (2019), arXiv:1708.07120.
    """
    _check_steps(total_steps=total_steps)
    if not 0 < pct_start < 1:
        raise ValueError(f"pct_start must be between 0 and 1, got {pct_start}")
    start, end = 1 / div_factor, 1 / (div_factor * final_div_factor)
    peak, last = pct_start * total_steps - 1, total_steps - 1
    if step < peak:
        return _wave(start, 1.0, step / peak)
    return _wave(1.0, end, min((step - peak) / (last - peak), 1.0))


def _wave(start: float, end: float, progress: float) -> float:
    """From ``start`` to ``end`` along half a cosine wave, flat at both ends."""
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2


def _check_steps(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} must be 1 or more, got {number}")
