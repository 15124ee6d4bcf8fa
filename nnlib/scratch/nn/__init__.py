"""Layers and losses under PyTorch's names."""

from nnlib.scratch.nn import init
from nnlib.scratch.nn.activation import LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from nnlib.scratch.nn.conv import Conv1d, Conv2d, ConvTranspose2d
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.embedding import Embedding
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
from nnlib.scratch.nn.module import Module, ModuleList, Parameter, Sequential
from nnlib.scratch.nn.norm import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, RMSNorm
from nnlib.scratch.nn.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from nnlib.scratch.nn.shape import Flatten, Identity, Upsample

__all__ = [
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
    "GroupNorm",
    "Identity",
    "LayerNorm",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "MaxPool2d",
    "Module",
    "ModuleList",
    "Parameter",
    "RMSNorm",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "Upsample",
    "init",
]
