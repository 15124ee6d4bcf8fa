"""What is timed: each task gives both sides the same work, through their public interface.

A task is called with a dtype and returns two functions without arguments, ours and PyTorch's.
"""

import itertools

import numpy as np
import torch

from nnlib import pytorch, scratch


def _twins(build, dtype):
    """The same network on both sides, with the same weights."""
    ours, theirs = build(scratch.nn), build(pytorch.nn)
    theirs.load_state_dict(pytorch.from_numpy(ours.state_dict()))
    return ours.to(dtype), theirs.to(getattr(torch, np.dtype(dtype).name))


def mlp(sizes, optimizer, **settings):
    """A training step of a multilayer perceptron on a batch of 64."""

    def task(dtype):
        def build(nn):
            layers = []
            for size, following in itertools.pairwise(sizes):
                layers += [nn.Linear(size, following), nn.ReLU()]
            return nn.Sequential(*layers[:-1])

        ours, theirs = _twins(build, dtype)
        rng = np.random.default_rng(0)
        x, y = rng.standard_normal((64, sizes[0])).astype(dtype), rng.integers(0, 10, 64)
        sides = (
            (scratch.Tensor, ours, scratch.nn.CrossEntropyLoss(), scratch.optim),
            (torch.from_numpy, theirs, pytorch.nn.CrossEntropyLoss(), torch.optim),
        )

        def training_step(tensor, model, criterion, optim):
            inputs, targets = tensor(x), tensor(y)
            method = getattr(optim, optimizer)(model.parameters(), **settings)

            def step():
                loss = criterion(model(inputs), targets)
                method.zero_grad()
                loss.backward()
                method.step()

            return step

        return tuple(training_step(*side) for side in sides)

    return task


def engine_chain(dtype):
    """A chain of 256 operations on 256 numbers, forward and backward."""
    start = np.linspace(-1, 1, 256).astype(dtype)
    ones = np.ones_like(start)

    def forward(x):
        y = x
        for _ in range(64):
            y = (y * 0.5 + x) * 0.5 - x  # stays near x: no overflow, no denormals
        return y

    def ours():
        x = scratch.Tensor(start, requires_grad=True)
        forward(x).backward(ones)

    def theirs():
        x = torch.tensor(start, requires_grad=True)
        forward(x).backward(torch.from_numpy(ones))

    return ours, theirs


def _forward_backward(ours, theirs, run, *shape):
    """Forward and backward pass of both modules for an input of the given shape.

    ``run`` maps (module, x, is_torch) to the result.
    """
    rng = np.random.default_rng(0)
    dtype = next(ours.parameters()).dtype
    array = rng.standard_normal(shape).astype(dtype)
    x, twin_x = scratch.Tensor(array, requires_grad=True), torch.tensor(array, requires_grad=True)
    grad = rng.standard_normal(run(ours, x, False).shape).astype(dtype)
    twin_grad = torch.from_numpy(grad)

    def step(module, x, grad, is_torch):
        module.zero_grad()
        x.grad = None
        run(module, x, is_torch).backward(grad)

    return (
        lambda: step(ours, x, grad, False),
        lambda: step(theirs, twin_x, twin_grad, True),
    )


def lstm(dtype):
    """An LSTM of 64 inputs and 128 units over 64 steps, with a batch of 32."""
    ours, theirs = _twins(lambda nn: nn.LSTM(64, 128), dtype)
    return _forward_backward(ours, theirs, lambda m, x, _: m(x)[0], 64, 32, 64)


def attention(dtype):
    """Causal self-attention of 128 positions in a batch of 16: 128 features, 4 heads."""
    ours, theirs = _twins(lambda nn: nn.MultiheadAttention(128, 4, batch_first=True), dtype)
    mask = torch.ones(128, 128, dtype=torch.bool).triu(1)  # PyTorch needs it besides is_causal

    def run(module, x, is_torch):
        attn_mask = mask if is_torch else None
        return module(x, x, x, need_weights=False, attn_mask=attn_mask, is_causal=True)[0]

    return _forward_backward(ours, theirs, run, 16, 128, 128)


def gpt(dtype):
    """A training step of GPT, Adam: 4 layers, 128 features, 128 positions, batch 16, 65 tokens."""
    settings = {"block_size": 128, "num_layers": 4, "num_heads": 4, "embed_dim": 128}
    ours, theirs = scratch.models.GPT(65, **settings), pytorch.models.GPT(65, **settings)
    theirs.load_state_dict(pytorch.from_numpy(ours.state_dict()))
    ours, theirs = ours.to(dtype), theirs.to(getattr(torch, np.dtype(dtype).name))
    tokens = np.random.default_rng(0).integers(0, 65, (16, 129))

    def training_step(tensor, model, criterion, Adam):
        inputs, targets = tensor(tokens[:, :-1]), tensor(tokens[:, 1:].reshape(-1))
        optimizer = Adam(model.parameters(), lr=1e-3)

        def step():
            loss = criterion(model(inputs).reshape(-1, 65), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        return step

    return (
        training_step(scratch.Tensor, ours, scratch.nn.CrossEntropyLoss(), scratch.optim.Adam),
        training_step(torch.tensor, theirs, pytorch.nn.CrossEntropyLoss(), torch.optim.Adam),
    )


def layer(shape, build):
    """Forward and backward of the layer ``build(nn)``, to its input and parameters."""

    def task(dtype):
        ours, theirs = _twins(build, dtype)
        rng = np.random.default_rng(0)
        array = rng.standard_normal(shape).astype(dtype)
        cotangent = rng.standard_normal(ours(scratch.Tensor(array)).shape).astype(dtype)

        def step(module, x, grad):
            leaves = [x, *module.parameters()]

            def run():
                for leaf in leaves:
                    leaf.grad = None
                module(x).backward(grad)

            return run

        return (
            step(ours, scratch.Tensor(array, requires_grad=True), cotangent),
            step(theirs, torch.tensor(array, requires_grad=True), torch.from_numpy(cotangent)),
        )

    return task


TASKS = {
    "MLP 784-128-10, SGD": mlp((784, 128, 10), "SGD", lr=0.01),
    "MLP 784-512-512-10, Adam": mlp((784, 512, 512, 10), "Adam"),
    "LSTM, T64 B32 I64 H128": lstm,
    "causal multi-head attention, B16 T128 d128 h4": attention,
    "GPT step, 4 layers d128 T128 B16": gpt,
    "engine, 256-operation chain": engine_chain,
    "convolution 3x3, 3 to 16 channels": layer(
        (32, 3, 32, 32), lambda nn: nn.Conv2d(3, 16, 3, padding=1)
    ),
    "convolution 5x5, 16 to 32 channels": layer(
        (64, 16, 28, 28), lambda nn: nn.Conv2d(16, 32, 5, padding=2)
    ),
    "max-pooling 2x2": layer((64, 16, 28, 28), lambda nn: nn.MaxPool2d(2)),
    "LayerNorm (2048, 128)": layer((2048, 128), lambda nn: nn.LayerNorm(128)),
}
