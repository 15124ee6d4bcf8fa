"""Activation functions: the nonlinearity between two linear layers, each with its derivative."""

import math
from typing import Literal

import numpy as np

from nnlib.scratch.autograd.ops import relu, sigmoid, tanh
from nnlib.scratch.autograd.reductions import log_softmax, softmax
from nnlib.scratch.autograd.special import erf
from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn.module import Module


@primitive
def leaky_relu(x: np.ndarray, negative_slope: float = 0.01):
    """x where it is positive, ``negative_slope`` * x elsewhere."""
    out = np.maximum(x, 0) + negative_slope * np.minimum(x, 0)
    return out, lambda grad: (np.where(x > 0, grad, negative_slope * grad),)


@primitive
def elu(x: np.ndarray, alpha: float = 1.0):
    """x where it is positive, ``alpha`` * (exp(x) - 1) elsewhere."""
    negative = np.minimum(x, 0)  # exp of a large positive x would overflow
    out = np.maximum(x, 0) + alpha * np.expm1(negative)
    return out, lambda grad: (np.where(x > 0, grad, grad * alpha * np.exp(negative)),)


@primitive
def gelu(x: np.ndarray, approximate: Literal["none", "tanh"] = "none"):
    """x Φ(x), where Φ is the cumulative distribution function of the standard normal distribution.

    Φ(x) = (1 + erf(x/√2)) / 2, or for "tanh" about (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.

    Raises: ValueError for another ``approximate``.
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
    """1 / (1 + exp(-x)), written so that the argument of exp is never positive: no overflow."""
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


@primitive
def silu(x: np.ndarray):
    """x * sigmoid(x)."""
    gate = _sigmoid(x)
    return x * gate, lambda grad: (grad * gate * (1 + x * (1 - gate)),)


@primitive
def softplus(x: np.ndarray, beta: float = 1.0, threshold: float = 20.0):
    """log(1 + exp(``beta`` * x)) / ``beta``; x itself where ``beta`` * x exceeds ``threshold``."""
    scaled = beta * x
    linear = scaled > threshold
    smooth = np.maximum(scaled, 0) + np.log1p(np.exp(-np.abs(scaled)))  # exp cannot overflow
    out = np.where(linear, x, smooth / beta)
    return out, lambda grad: (np.where(linear, grad, grad * _sigmoid(scaled)),)


class ReLU(Module):
    """max(x, 0), elementwise (Nair & Hinton, 2010).

    Shapes: any -> the same.
    """

    def forward(self, x: Tensor) -> Tensor:
        return relu(x)


class LeakyReLU(Module):
    """A ReLU with a small slope for negative inputs, so that no unit dies (Maas et al., 2013).

    Args:
        negative_slope: slope for negative inputs.
    Shapes: any -> the same.
    """

    def __init__(self, negative_slope: float = 0.01):
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        return leaky_relu(x, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """x for positive x, alpha * (exp(x) - 1) otherwise, never below -alpha (Clevert et al., 2016).

    Args:
        alpha: the limit for very negative inputs is -alpha.
    Shapes: any -> the same.
    """

    def __init__(self, alpha: float = 1.0):
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        return elu(x, self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class GELU(Module):
    """x times the probability that a standard normal variable is below x.

    Args:
        approximate: "none" for the exact probability, "tanh" for the faster approximation that
            GPT-2 uses, with an error of at most 0.0005.
    Shapes: any -> the same.
    Raises: ValueError for another ``approximate``.
    Source: Hendrycks & Gimpel, 2016.
    """

    def __init__(self, approximate: Literal["none", "tanh"] = "none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, x: Tensor) -> Tensor:
        return gelu(x, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """x * sigmoid(x), elementwise, also called Swish (Ramachandran et al., 2017).

    Shapes: any -> the same.
    """

    def forward(self, x: Tensor) -> Tensor:
        return silu(x)


class Softplus(Module):
    """A smooth ReLU: log(1 + exp(beta * x)) / beta (Dugas et al., 2001).

    Args:
        beta: the larger, the closer to a ReLU.
        threshold: where beta * x exceeds it, the output is x.
    Shapes: any -> the same.
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, x: Tensor) -> Tensor:
        return softplus(x, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Sigmoid(Module):
    """1 / (1 + exp(-x)), elementwise: maps the real numbers to (0, 1).

    Shapes: any -> the same.
    """

    def forward(self, x: Tensor) -> Tensor:
        return sigmoid(x)


class Tanh(Module):
    """Hyperbolic tangent, elementwise: maps the real numbers to (-1, 1).

    Shapes: any -> the same.
    """

    def forward(self, x: Tensor) -> Tensor:
        return tanh(x)


class Softmax(Module):
    """Scores to probabilities that sum to 1 along ``dim``.

    Args:
        dim: the dimension of the classes; the last by default, where PyTorch asks for it.
    Shapes: any -> the same.
    """

    def __init__(self, dim: int = -1):
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        return softmax(x, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """Logarithm of `Softmax`, computed stably.

    Args:
        dim: the dimension of the classes; the last by default, where PyTorch asks for it.
    Shapes: any -> the same.
    """

    def forward(self, x: Tensor) -> Tensor:
        return log_softmax(x, self.dim)
