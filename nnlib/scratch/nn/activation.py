"""Activation functions: the nonlinearity between two linear layers, each with its derivative."""

import math
from typing import Literal

import numpy as np

from nnlib.scratch.autograd.special import erf
from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn.module import Module


def _select(grad, mask):
    """``grad`` where ``mask`` is true, 0 elsewhere, also where ``grad`` is infinite or NaN.

    A product with the mask takes a tenth of the time of ``np.where``, but 0 * inf is NaN. The sum
    shows whether there is an infinity or a NaN.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        product = grad * mask
        finite = np.isfinite(product.sum())
    return product if finite else np.where(mask, grad, 0)


@primitive
def relu(x: np.ndarray):
    """max(x, 0); the derivative at 0 is taken as 0."""
    return np.maximum(x, 0), lambda grad: (_select(grad, ~(x <= 0)),)  # a NaN passes it on


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
def sigmoid(x: np.ndarray):
    """1 / (1 + exp(-x)), computed without overflow."""
    out = _sigmoid(x)
    return out, lambda grad: (grad * out * (1 - out),)


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


@primitive
def tanh(x: np.ndarray):
    """Hyperbolic tangent."""
    out = np.tanh(x)
    return out, lambda grad: (grad * (1 - out * out),)


@primitive
def softmax(x: np.ndarray, dim: int = -1):
    """exp(x) / sum(exp(x)) along ``dim``, after subtracting the maximum so exp cannot overflow."""
    out = np.exp(x - x.max(axis=dim, keepdims=True, initial=-np.inf))
    out /= out.sum(axis=dim, keepdims=True)
    return out, lambda grad: (out * (grad - (grad * out).sum(axis=dim, keepdims=True)),)


@primitive
def log_softmax(x: np.ndarray, dim: int = -1):
    """log(softmax(x)) along ``dim``, without taking the logarithm of a number rounded to 0."""
    shifted = x - x.max(axis=dim, keepdims=True, initial=-np.inf)
    out = shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
    return out, lambda grad: (grad - np.exp(out) * grad.sum(axis=dim, keepdims=True),)


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
