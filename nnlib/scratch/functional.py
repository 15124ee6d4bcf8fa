"""Index of the differentiable functions behind the layers, as ``torch.nn.functional`` has them."""

from nnlib.scratch.nn.activation import (
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)
from nnlib.scratch.nn.attention import scaled_dot_product_attention
from nnlib.scratch.nn.cross_entropy import cross_entropy, nll_loss
from nnlib.scratch.nn.embedding import embedding
from nnlib.scratch.nn.linear import linear
from nnlib.scratch.nn.loss import (
    binary_cross_entropy_with_logits,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
)
from nnlib.scratch.shapes import pad

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "elu",
    "embedding",
    "gelu",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mse_loss",
    "nll_loss",
    "pad",
    "relu",
    "scaled_dot_product_attention",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]
