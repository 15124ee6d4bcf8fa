"""Layers and losses under PyTorch's names."""

from nnlib.scratch.nn import init
from nnlib.scratch.nn.activation import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from nnlib.scratch.nn.attention import MultiheadAttention
from nnlib.scratch.nn.clip import clip_grad_norm_, clip_grad_value_
from nnlib.scratch.nn.conv import Conv1d, Conv2d, ConvTranspose2d
from nnlib.scratch.nn.cross_entropy import CrossEntropyLoss, NLLLoss
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.embedding import Embedding
from nnlib.scratch.nn.graph import GCNConv
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.loss import (
    BCEWithLogitsLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
)
from nnlib.scratch.nn.module import Module, ModuleList, Parameter, Sequential
from nnlib.scratch.nn.norm import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, RMSNorm
from nnlib.scratch.nn.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from nnlib.scratch.nn.position import RotaryEmbedding, SinusoidalPositionalEncoding
from nnlib.scratch.nn.recurrent import GRU, LSTM, RNN
from nnlib.scratch.nn.shape import Flatten, Identity, Upsample
from nnlib.scratch.nn.transformer import TransformerDecoderLayer, TransformerEncoderLayer

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "Flatten",
    "GCNConv",
    "GroupNorm",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "MaxPool2d",
    "Module",
    "ModuleList",
    "MultiheadAttention",
    "NLLLoss",
    "Parameter",
    "RMSNorm",
    "ReLU",
    "RotaryEmbedding",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SinusoidalPositionalEncoding",
    "Softmax",
    "Softplus",
    "Tanh",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
    "Upsample",
    "clip_grad_norm_",
    "clip_grad_value_",
    "init",
]
