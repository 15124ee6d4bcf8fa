"""Normalization: keep the numbers inside a network near zero mean and unit variance."""

import numpy as np

from nnlib.scratch.nn.module import Module, Parameter
from nnlib.scratch.tensor import primitive


@primitive
def _layer_norm(x, weight, bias, *, features, eps):
    rows = x.reshape(-1, features)
    centered = rows - rows.mean(axis=1, keepdims=True)
    variance = np.einsum("nf,nf->n", centered, centered)[:, None] / features
    inverse = 1 / np.sqrt(variance + eps)
    normal = centered
    normal *= inverse
    out = normal if weight is None else normal * weight.reshape(-1)
    if bias is not None:
        out += bias.reshape(-1)

    def pullback(grad):
        grad = grad.reshape(-1, features)

        def grad_x():
            scaled = grad if weight is None else grad * weight.reshape(-1)
            along = np.einsum("nf,nf->n", scaled, normal)[:, None] / features
            result = scaled - scaled.mean(axis=1, keepdims=True)
            result -= normal * along
            result *= inverse
            return result.reshape(x.shape)

        return (
            grad_x,
            lambda: np.einsum("nf,nf->f", grad, normal).reshape(weight.shape),
            lambda: grad.sum(axis=0).reshape(bias.shape),
        )

    return out.reshape(x.shape), pullback


def layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-5):
    """(x - mean) / sqrt(variance + eps) * weight + bias over the last dimensions."""
    shape = tuple(normalized_shape)
    if x.shape[x.ndim - len(shape) :] != shape:
        raise ValueError(f"layer_norm expects (..., {shape}), got {x.shape}")
    return _layer_norm(x, weight, bias, features=int(np.prod(shape)), eps=eps)


class LayerNorm(Module):
    """Each sample normalized over its own features (Ba et al., 2016).

    Args:
        normalized_shape: the last dimensions, int or tuple.
        eps: added to the variance.
        elementwise_affine: whether to learn a weight, and with ``bias`` a bias, for each feature.
    Shapes: x (..., *normalized_shape) -> the same.
    Parameters: weight and bias (*normalized_shape), ones and zeros at the start.
    Raises: ValueError if x does not end in normalized_shape.
    """

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True):
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else normalized_shape
        self.normalized_shape, self.eps = tuple(shape), eps
        affine = elementwise_affine
        self.weight = Parameter(np.ones(shape, dtype=np.float32)) if affine else None
        self.bias = Parameter(np.zeros(shape, dtype=np.float32)) if affine and bias else None

    def forward(self, x):
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}"
