"""Activation functions: the bend between two linear layers, each beside its derivative."""

import math

import numpy as np

from nnlib.scratch.autograd.graph import primitive
from nnlib.scratch.autograd.ops import relu, sigmoid, tanh
from nnlib.scratch.autograd.reductions import log_softmax, softmax
from nnlib.scratch.autograd.special import erf
from nnlib.scratch.nn.module import Module


@primitive
def leaky_relu(x, negative_slope=0.01):
    """x where it is positive, ``negative_slope`` x elsewhere."""
    out = np.maximum(x, 0) + negative_slope * np.minimum(x, 0)
    return out, lambda grad: (np.where(x > 0, grad, negative_slope * grad),)


@primitive
def elu(x, alpha=1.0):
    """x where it is positive, ``alpha`` (exp(x) - 1) elsewhere."""
    out = np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))
    return out, lambda grad: (np.where(x > 0, grad, grad * (out + alpha)),)


@primitive
def gelu(x, approximate="none"):
    """x Φ(x), with the distribution function Φ of the standard normal distribution.

    Φ(x) = (1 + erf(x/√2)) / 2, or for "tanh" about (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.
    """
    if approximate == "none":
        probability = 0.5 * (1 + erf(x * math.sqrt(0.5)))

        def slope():
            density = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
            return probability + x * density

    elif approximate == "tanh":
        scale = math.sqrt(2 / math.pi)
        probability = 0.5 * (1 + np.tanh(scale * (x + 0.044715 * (x * x * x))))

        def slope():
            inner = scale * (1 + 3 * 0.044715 * (x * x))
            return probability + 2 * x * probability * (1 - probability) * inner

    else:
        raise ValueError(f"approximate must be 'none' or 'tanh', got {approximate!r}")
    return x * probability, lambda grad: (grad * slope(),)


def _sigmoid(x):
    """Written so that exp never sees a positive number and cannot overflow."""
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


@primitive
def silu(x):
    """x sigmoid(x)."""
    gate = _sigmoid(x)
    return x * gate, lambda grad: (grad * gate * (1 + x * (1 - gate)),)


@primitive
def softplus(x, beta=1.0, threshold=20.0):
    """log(1 + exp(``beta`` x)) / ``beta``; x itself where ``beta`` x is above ``threshold``."""
    scaled = beta * x
    linear = scaled > threshold
    bent = np.maximum(scaled, 0) + np.log1p(np.exp(-np.abs(scaled)))  # exp cannot overflow
    out = np.where(linear, x, bent / beta)
    return out, lambda grad: (grad * np.where(linear, 1, _sigmoid(scaled)),)


class ReLU(Module):
    """max(x, 0), element by element (Nair & Hinton, 2010)."""

    def forward(self, x):
        return relu(x)


class LeakyReLU(Module):
    """A ReLU that lets a small slope through, so that no unit dies (Maas et al., 2013).

    Args:
        negative_slope: derivative for negative inputs.
    """

    def __init__(self, negative_slope=0.01):
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x):
        return leaky_relu(x, self.negative_slope)

    def extra_repr(self):
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """x above 0, alpha (exp(x) - 1) below, never less than -alpha (Clevert et al., 2016).

    Args:
        alpha: how far below 0 the output can go.
    """

    def __init__(self, alpha=1.0):
        super().__init__()
        self.alpha = alpha

    def forward(self, x):
        return elu(x, self.alpha)

    def extra_repr(self):
        return f"alpha={self.alpha}"


class GELU(Module):
    """x times the probability that a standard normal number is below x (Hendrycks & Gimpel, 2016).

    Args:
        approximate: "none" for the exact probability, "tanh" for a faster formula that is at most
            0.0005 off, which GPT-2 uses.
    Raises: ValueError for another ``approximate``.
    """

    def __init__(self, approximate="none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, x):
        return gelu(x, self.approximate)

    def extra_repr(self):
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """x sigmoid(x), element by element, also called Swish (Ramachandran et al., 2017)."""

    def forward(self, x):
        return silu(x)


class Softplus(Module):
    """A smooth ReLU: log(1 + exp(beta x)) / beta (Dugas et al., 2001).

    Args:
        beta: how sharp the bend is.
        threshold: where beta x is above it, the output is x.
    """

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, x):
        return softplus(x, self.beta, self.threshold)

    def extra_repr(self):
        return f"beta={self.beta}, threshold={self.threshold}"


class Sigmoid(Module):
    """1 / (1 + exp(-x)), element by element: any number to one between 0 and 1."""

    def forward(self, x):
        return sigmoid(x)


class Tanh(Module):
    """Hyperbolic tangent, element by element: any number to one between -1 and 1."""

    def forward(self, x):
        return tanh(x)


class Softmax(Module):
    """Scores to probabilities that sum to 1 along ``dim``.

    Args:
        dim: the dimension that holds the classes.
    """

    def __init__(self, dim=-1):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return softmax(x, self.dim)

    def extra_repr(self):
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """Logarithm of `Softmax`, computed stably.

    Args:
        dim: the dimension that holds the classes.
    """

    def forward(self, x):
        return log_softmax(x, self.dim)
