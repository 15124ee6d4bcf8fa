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
from nnlib.scratch.nn.module import Module, Parameter, Sequential
from nnlib.scratch.nn.norm import LayerNorm
from nnlib.scratch.nn.position import RotaryPositions, SinusoidalPositions
from nnlib.scratch.nn.recurrent import GRU, LSTM, RNN
from nnlib.scratch.nn.transformer import TransformerDecoderLayer, TransformerEncoderLayer

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "GCNConv",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "MultiheadAttention",
    "NLLLoss",
    "Parameter",
    "ReLU",
    "RotaryPositions",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SinusoidalPositions",
    "Softmax",
    "Softplus",
    "Tanh",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
    "clip_grad_norm_",
    "clip_grad_value_",
    "init",
]
