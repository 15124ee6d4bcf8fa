"""Index of the differentiable functions behind the layers, as ``torch.nn.functional`` has them."""

from nnlib.scratch.nn.activation import gelu, log_softmax, relu, sigmoid, softmax, tanh
from nnlib.scratch.nn.attention import scaled_dot_product_attention
from nnlib.scratch.nn.linear import linear
from nnlib.scratch.nn.loss import binary_cross_entropy_with_logits, cross_entropy, mse_loss

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "gelu",
    "linear",
    "log_softmax",
    "mse_loss",
    "relu",
    "scaled_dot_product_attention",
    "sigmoid",
    "softmax",
    "tanh",
]
