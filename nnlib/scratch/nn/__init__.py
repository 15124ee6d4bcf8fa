"""Layers and losses under PyTorch's names."""

from nnlib.scratch.nn import init
from nnlib.scratch.nn.activation import LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from nnlib.scratch.nn.attention import MultiheadAttention
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.embedding import Embedding
from nnlib.scratch.nn.graph import GCNConv
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
from nnlib.scratch.nn.module import Module, Parameter, Sequential
from nnlib.scratch.nn.norm import LayerNorm
from nnlib.scratch.nn.position import RotaryPositions, SinusoidalPositions
from nnlib.scratch.nn.recurrent import GRU, LSTM, RNN
from nnlib.scratch.nn.transformer import TransformerDecoderLayer, TransformerEncoderLayer

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "GCNConv",
    "LayerNorm",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "MultiheadAttention",
    "Parameter",
    "ReLU",
    "RotaryPositions",
    "Sequential",
    "Sigmoid",
    "SinusoidalPositions",
    "Softmax",
    "Tanh",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
    "init",
]
