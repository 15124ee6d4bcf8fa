"""The training loop, written out once: batches, gradients, steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnlib.data.batching import batches
from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.optim import Optimizer


def fit(
    model: Callable[[Tensor], Tensor],
    criterion: Callable[[Tensor, Tensor], Tensor],
    optimizer: Optimizer,
    x: np.ndarray,
    y: np.ndarray,
    *,
    epochs: int,
    batch_size: int | None = None,
    generator: np.random.Generator | None = None,
) -> list[float]:
    """Train ``model`` and return the mean loss of each epoch.

    Args:
        model: Module that maps a batch of x to outputs.
        criterion: loss of (outputs, targets), a Tensor of one number.
        optimizer: over the parameters of ``model``.
        x, y: arrays of samples and targets, paired along the first axis.
        epochs: passes through the data.
        batch_size: samples per step; None for all of them.
        generator: ``numpy.random.Generator`` that shuffles the samples before each epoch; None to
            keep their order.

    Raises:
        FloatingPointError: at the first step whose loss is not finite, before that step changes the
            parameters; the message names the step.
        ValueError: if x and y differ in length or are empty.
    """
    losses = []
    step = 0
    for epoch in range(epochs):
        total = 0.0
        for batch_x, batch_y in batches(x, y, batch_size=batch_size, generator=generator):
            with np.errstate(over="ignore", invalid="ignore"):  # checked below
                loss = criterion(model(Tensor(batch_x)), Tensor(batch_y))
            if not np.isfinite(loss.item()):
                raise FloatingPointError(
                    f"loss became {loss.item()} at step {step} (epoch {epoch}); "
                    "try a smaller learning rate, or look for bad values in the data"
                )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch_x)
            step += 1
        losses.append(total / len(x))
    return losses
