"""Index of the differentiable functions behind the layers, as ``torch.nn.functional`` has them."""

from nnlib.scratch.autograd.shapes import pad
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
from nnlib.scratch.nn.conv import conv1d, conv2d, conv_transpose2d, unfold
from nnlib.scratch.nn.cross_entropy import cross_entropy, nll_loss
from nnlib.scratch.nn.dropout import dropout
from nnlib.scratch.nn.embedding import embedding
from nnlib.scratch.nn.linear import linear
from nnlib.scratch.nn.loss import (
    binary_cross_entropy_with_logits,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
)
from nnlib.scratch.nn.norm import batch_norm, group_norm, layer_norm, rms_norm
from nnlib.scratch.nn.pooling import adaptive_avg_pool2d, avg_pool2d, max_pool2d
from nnlib.scratch.nn.shape import interpolate

__all__ = [
    "adaptive_avg_pool2d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy_with_logits",
    "conv1d",
    "conv2d",
    "conv_transpose2d",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "gelu",
    "group_norm",
    "huber_loss",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "max_pool2d",
    "mse_loss",
    "nll_loss",
    "pad",
    "relu",
    "rms_norm",
    "scaled_dot_product_attention",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
    "unfold",
]
