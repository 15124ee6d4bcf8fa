"""Layers and losses under PyTorch's names."""

from nnlib.scratch.nn import init
from nnlib.scratch.nn.activation import LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
from nnlib.scratch.nn.module import Module, Parameter, Sequential

__all__ = [
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "init",
]
