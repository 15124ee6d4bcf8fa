"""Initialization of parameters. Each function fills a Tensor in place and returns it.

The aim of all but the simplest: signals in the forward pass and gradients in the backward pass
should neither grow nor shrink from layer to layer. That needs weights of variance gain² / n, where
n is the number of terms in a sum: fan_in in the forward pass, fan_out in the backward pass.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nnlib.scratch.autograd.graph import increment_version
from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.random import generator

_GAINS = {
    "linear": 1.0,
    "conv1d": 1.0,
    "conv2d": 1.0,
    "conv_transpose2d": 1.0,
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "leaky_relu": math.sqrt(2),
    "selu": 3 / 4,
}


def _fill(tensor: Tensor, values: Any) -> Tensor:
    tensor.data[...] = values
    increment_version(tensor)
    return tensor


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0) -> Tensor:
    """Independent draws from the uniform distribution on [a, b)."""
    return _fill(tensor, generator().uniform(a, b, tensor.shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Independent draws from the normal distribution."""
    return _fill(tensor, generator().normal(mean, std, tensor.shape))


def constant_(tensor: Tensor, val: float) -> Tensor:
    """The same value everywhere."""
    return _fill(tensor, val)


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere."""
    return _fill(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return _fill(tensor, 1.0)


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0
) -> Tensor:
    """Draws from the normal distribution, each repeated until it falls in [a, b].

    Raises: ValueError if fewer than 1 in 1000 draws fall in [a, b].
    """
    below_b, below_a = (math.erf((x - mean) / (std * math.sqrt(2))) / 2 for x in (b, a))
    if not below_b - below_a > 0.001:
        raise ValueError(
            f"fewer than 1 in 1000 draws with mean {mean} and std {std} fall in [{a}, {b}]; "
            "choose a mean inside it, or a wider range"
        )
    values = generator().normal(mean, std, tensor.shape)
    outside = (values < a) | (values > b)
    while outside.any():
        values[outside] = generator().normal(mean, std, outside.sum())
        outside = (values < a) | (values > b)
    return _fill(tensor, values)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which weights must be larger to keep the variance of a signal.

    Args:
        nonlinearity: name of the activation function that follows the weights.
        param: the negative slope of "leaky_relu", 0.01 if not given.
    Raises: ValueError for an unknown nonlinearity.
    """
    if nonlinearity not in _GAINS:
        raise ValueError(f"nonlinearity must be one of {[*_GAINS]}, got {nonlinearity!r}")
    gain = _GAINS[nonlinearity]
    if nonlinearity == "leaky_relu":
        gain /= math.sqrt(1 + (0.01 if param is None else param) ** 2)
    return gain


def _fans(tensor: Tensor) -> tuple[int, int]:
    """fan_in, the inputs of one output, and fan_out, the outputs of one input; (out, in, ...)."""
    if tensor.ndim < 2:
        raise ValueError(f"this needs a weight of 2 or more dimensions, got shape {tensor.shape}")
    positions = math.prod(tensor.shape[2:])  # of a convolution's filter
    return tensor.shape[1] * positions, tensor.shape[0] * positions


def xavier_uniform_(tensor: Tensor, gain: float = 1.0) -> Tensor:
    """Uniform with variance 2 gain² / (fan_in + fan_out) (Glorot & Bengio, 2010)."""
    bound = gain * math.sqrt(6 / sum(_fans(tensor)))
    return uniform_(tensor, -bound, bound)


def xavier_normal_(tensor: Tensor, gain: float = 1.0) -> Tensor:
    """Normal with variance 2 gain² / (fan_in + fan_out) (Glorot & Bengio, 2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))))


def _kaiming_std(tensor, a, mode, nonlinearity):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}")
    fan_in, fan_out = _fans(tensor)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan_in if mode == "fan_in" else fan_out)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> Tensor:
    """Uniform with variance gain² / fan (He et al., 2015); ``a`` is the slope of a leaky ReLU."""
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound)


def kaiming_normal_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> Tensor:
    """Normal with variance gain² / fan (He et al., 2015); ``a`` is the slope of a leaky ReLU."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity))


def orthogonal_(tensor: Tensor, gain: float = 1.0) -> Tensor:
    """``gain`` times a random matrix with orthonormal rows or columns (Saxe et al., 2014).

    All dimensions after the first count as columns. The signs make every orthogonal matrix equally
    likely.
    """
    _fans(tensor)
    rows, columns = len(tensor), math.prod(tensor.shape[1:])
    tall = generator().standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q *= np.sign(np.diag(r))
    return _fill(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))
