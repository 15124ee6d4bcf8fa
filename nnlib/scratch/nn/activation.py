"""Activation functions: the bend between two linear layers, each beside its derivative."""

import math

import numpy as np

from nnlib.scratch.nn.module import Module
from nnlib.scratch.tensor import primitive


@primitive
def relu(x):
    """max(x, 0)."""
    return np.maximum(x, 0), lambda grad: (grad * (x > 0),)


@primitive
def sigmoid(x):
    """1 / (1 + exp(-x)), written so that exp never sees a positive number and cannot overflow."""
    decay = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1, decay) / (1 + decay)
    return out, lambda grad: (grad * out * (1 - out),)


@primitive
def tanh(x):
    """Hyperbolic tangent."""
    out = np.tanh(x)
    return out, lambda grad: (grad * (1 - out * out),)


_erf = np.frompyfunc(math.erf, 1, 1)


@primitive
def gelu(x, approximate="none"):
    """x Phi(x), with Phi the distribution function of the standard normal.

    With approximate="tanh", Phi(x) is taken as ½ (1 + tanh(sqrt(2 / pi) (x + 0.044715 x³))).
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f'approximate must be "none" or "tanh", got {approximate!r}')
    square = x * x
    if approximate == "none":
        phi = 0.5 + 0.5 * _erf(x * math.sqrt(0.5)).astype(x.dtype)
    else:
        phi = square * (0.044715 * math.sqrt(2 / math.pi))
        phi += math.sqrt(2 / math.pi)
        phi *= x
        np.tanh(phi, out=phi)
        phi *= 0.5
        phi += 0.5

    def pullback(grad):
        if approximate == "none":
            slope = np.exp(square * -0.5)
            slope *= x / math.sqrt(2 * math.pi)
        else:  # phi' = 2 phi (1 - phi) times the slope of the polynomial inside tanh
            slope = square * (6 * 0.044715 * math.sqrt(2 / math.pi))
            slope += 2 * math.sqrt(2 / math.pi)
            slope *= x
            slope *= phi
            slope *= 1 - phi
        slope += phi
        slope *= grad
        return (slope,)

    return x * phi, pullback


@primitive
def softmax(x, dim=-1):
    """exp(x) / sum(exp(x)) along ``dim``; shifted by the maximum, so that exp cannot overflow."""
    out = np.exp(x - x.max(axis=dim, keepdims=True))
    out /= out.sum(axis=dim, keepdims=True)
    return out, lambda grad: (out * (grad - (grad * out).sum(axis=dim, keepdims=True)),)


@primitive
def log_softmax(x, dim=-1):
    """log(softmax(x)) along ``dim``, without taking the logarithm of a number that became 0."""
    shifted = x - x.max(axis=dim, keepdims=True)
    out = shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
    return out, lambda grad: (grad - np.exp(out) * grad.sum(axis=dim, keepdims=True),)


class ReLU(Module):
    """max(x, 0), element by element (Nair & Hinton, 2010)."""

    def forward(self, x):
        return relu(x)


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
