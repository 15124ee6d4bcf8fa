"""How parameters start. Each function fills a Tensor in place and returns it.

The aim of all but the simplest: signals, and gradients on their way back, should neither grow nor
shrink from layer to layer. For that the variance of a weight must be gain² over the number of terms
in a sum: fan_in on the way forward, fan_out on the way back.
"""

import math

import numpy as np

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


def uniform_(tensor, a=0.0, b=1.0):
    """Independent draws from the uniform distribution on [a, b)."""
    tensor.data[...] = generator().uniform(a, b, tensor.shape)
    return tensor


def normal_(tensor, mean=0.0, std=1.0):
    """Independent draws from the normal distribution."""
    tensor.data[...] = generator().normal(mean, std, tensor.shape)
    return tensor


def constant_(tensor, val):
    """The same value everywhere."""
    tensor.data[...] = val
    return tensor


def zeros_(tensor):
    """0 everywhere."""
    return constant_(tensor, 0.0)


def ones_(tensor):
    """1 everywhere."""
    return constant_(tensor, 1.0)


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0):
    """Draws from the normal distribution, each repeated until it falls in [a, b]."""
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
    tensor.data[...] = values
    return tensor


def calculate_gain(nonlinearity, param=None):
    """How much larger weights must be to make up for what ``nonlinearity`` takes from a signal.

    ``param`` is the negative slope of "leaky_relu", 0.01 if not given.
    """
    if nonlinearity not in _GAINS:
        raise ValueError(f"nonlinearity must be one of {[*_GAINS]}, got {nonlinearity!r}")
    gain = _GAINS[nonlinearity]
    if nonlinearity == "leaky_relu":
        gain /= math.sqrt(1 + (0.01 if param is None else param) ** 2)
    return gain


def _fans(tensor):
    """Terms in the sum of an output, and outputs an input takes part in, of (out, in, ...)."""
    if tensor.ndim < 2:
        raise ValueError(f"this needs a weight of 2 or more dimensions, got shape {tensor.shape}")
    positions = math.prod(tensor.shape[2:])  # of a convolution's filter
    return tensor.shape[1] * positions, tensor.shape[0] * positions


def xavier_uniform_(tensor, gain=1.0):
    """Uniform with variance 2 gain² / (fan_in + fan_out) (Glorot & Bengio, 2010)."""
    bound = gain * math.sqrt(6 / sum(_fans(tensor)))
    return uniform_(tensor, -bound, bound)


def xavier_normal_(tensor, gain=1.0):
    """Normal with variance 2 gain² / (fan_in + fan_out) (Glorot & Bengio, 2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))))


def _kaiming_std(tensor, a, mode, nonlinearity):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}")
    fan_in, fan_out = _fans(tensor)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan_in if mode == "fan_in" else fan_out)


def kaiming_uniform_(tensor, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    """Uniform with variance gain² / fan (He et al., 2015); ``a`` is the slope of a leaky ReLU."""
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound)


def kaiming_normal_(tensor, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    """Normal with variance gain² / fan (He et al., 2015); ``a`` is the slope of a leaky ReLU."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity))


def orthogonal_(tensor, gain=1.0):
    """``gain`` times a random matrix with orthonormal rows or columns (Saxe et al., 2014).

    Dimensions after the first count as one. The signs make every orthogonal matrix equally likely.
    """
    _fans(tensor)
    rows, columns = len(tensor), math.prod(tensor.shape[1:])
    tall = generator().standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q *= np.sign(np.diag(r))
    tensor.data[...] = gain * (q if rows >= columns else q.T).reshape(tensor.shape)
    return tensor
