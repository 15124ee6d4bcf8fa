"""The training loop, once: batches, gradients, steps."""

import torch

from nnlib.data.batching import batches


def fit(model, criterion, optimizer, x, y, *, epochs, batch_size=None, generator=None):
    """Train ``model`` and return the mean loss of each epoch.

    Args:
        model: ``torch.nn.Module`` that maps a batch of x to outputs.
        criterion: loss of (outputs, targets), a tensor of one number.
        optimizer: ``torch.optim.Optimizer`` over the parameters of ``model``.
        x, y: arrays of samples and targets, paired along the first axis.
        epochs: passes through the data.
        batch_size: samples a step; None for all of them.
        generator: ``numpy.random.Generator`` that shuffles each epoch, so that both twins see the
            same batches; None for the order given.

    Raises:
        FloatingPointError: at the first step whose loss is not finite; names the step, before the
            parameters are changed by it.
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
