"""The linear layer: each output is a weighted sum of all inputs."""

import math

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn import init
from nnlib.scratch.nn.module import Module, Parameter


@primitive
def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None):
    """x @ weight.T + bias, for x (..., in), weight (out, in), bias (out,) -> (..., out).

    Raises: ValueError if the last dimension of x is not that of the weight, TypeError if their
        dtypes differ.
    """
    if np.ndim(x) == 0 or x.shape[-1] != weight.shape[1]:
        raise ValueError(
            f"Linear expects (..., {weight.shape[1]}), got {np.shape(x)}"
            + ("; flatten the input first?" if np.ndim(x) > 2 else "")
        )
    if x.dtype != weight.dtype:
        raise TypeError(f"Linear has {weight.dtype} weights, got {x.dtype} input; convert one")
    samples = math.prod(x.shape[:-1])
    rows = x.reshape(samples, x.shape[-1])  # one matrix product, not one for each x[i]
    out = rows @ weight.T
    if bias is not None:
        out += bias

    def pullback(grad):
        grad_rows = grad.reshape(out.shape)  # (samples, out)
        return (
            lambda: (grad_rows @ weight).reshape(x.shape),
            lambda: grad_rows.T @ rows,
            lambda: grad_rows.sum(axis=0),
        )

    return out.reshape(*x.shape[:-1], len(weight)), pullback


class Linear(Module):
    """Affine map y = x Wᵀ + b.

    Args:
        in_features: number of input features.
        out_features: number of output features.
        bias: whether to add b.
    Shapes: x (..., in_features) -> (..., out_features).
    Parameters: weight (out_features, in_features), bias (out_features,); both initialized uniformly
        on ±1/sqrt(in_features).
    Raises: ValueError if the last dimension of x differs from in_features, TypeError if the dtype
        of x differs from that of the weights.

    Example:
        >>> from nnlib.scratch import Tensor
        >>> Linear(3, 2)(Tensor([[1.0, 2.0, 3.0]])).shape
        (1, 2)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True):
        super().__init__()
        if in_features < 1 or out_features < 1:
            raise ValueError(
                f"Linear needs at least one input and one output, got {in_features}, {out_features}"
            )
        bound = 1 / math.sqrt(in_features)
        self.weight = Parameter(np.empty((out_features, in_features), dtype=np.float32))
        self.bias = Parameter(np.empty(out_features, dtype=np.float32)) if bias else None
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        out_features, in_features = self.weight.shape
        return f"{in_features=}, {out_features=}, bias={self.bias is not None}"
