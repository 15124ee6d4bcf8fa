"""Index of the differentiable functions behind the layers, as ``torch.nn.functional`` has them."""

from nnlib.scratch.nn.activation import log_softmax, relu, sigmoid, softmax, tanh
from nnlib.scratch.nn.conv import conv1d, conv2d, conv_transpose2d
from nnlib.scratch.nn.dropout import dropout
from nnlib.scratch.nn.embedding import embedding
from nnlib.scratch.nn.linear import linear
from nnlib.scratch.nn.loss import binary_cross_entropy_with_logits, cross_entropy, mse_loss
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
    "embedding",
    "group_norm",
    "interpolate",
    "layer_norm",
    "linear",
    "log_softmax",
    "max_pool2d",
    "mse_loss",
    "relu",
    "rms_norm",
    "sigmoid",
    "softmax",
    "tanh",
]
