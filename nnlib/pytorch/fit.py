"""The training loop, written out once: batches, gradients, steps."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from nnlib.data.batching import batches


def fit(
    model: nn.Module,
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    x: np.ndarray,
    y: np.ndarray,
    *,
    epochs: int,
    batch_size: int | None = None,
    generator: np.random.Generator | None = None,
) -> list[float]:
    """Train ``model`` and return the mean loss of each epoch.

    Args:
        model: module that maps a batch of x to outputs.
        criterion: loss of (outputs, targets), a tensor of one number.
        optimizer: over the parameters of ``model``.
        x, y: arrays of samples and targets, paired along the first axis.
        epochs: passes through the data.
        batch_size: samples per step; None for all of them.
        generator: ``numpy.random.Generator`` that shuffles the samples before each epoch; None to
            keep their order. A NumPy generator, so that both sides see the same batches.

    Raises:
        FloatingPointError: at the first step whose loss is not finite, before that step changes the
            parameters; the message names the step.
        ValueError: if x and y differ in length or are empty.
    """
    losses = []
    step = 0
    for epoch in range(epochs):
        total = 0.0
        for batch in batches(x, y, batch_size=batch_size, generator=generator):
            inputs, targets = map(torch.as_tensor, batch)
            loss = criterion(model(inputs), targets)
            if not loss.isfinite():
                raise FloatingPointError(
                    f"loss became {loss.item()} at step {step} (epoch {epoch}); "
                    "try a smaller learning rate, or look for bad values in the data"
                )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
            step += 1
        losses.append(total / len(x))
    return losses
