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
from nnlib.scratch.nn.clip import clip_grad_norm_, clip_grad_value_
from nnlib.scratch.nn.cross_entropy import CrossEntropyLoss, NLLLoss
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.loss import (
    BCEWithLogitsLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
)
from nnlib.scratch.nn.module import Module, Parameter, Sequential

__all__ = [
    "ELU",
    "GELU",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "NLLLoss",
    "Parameter",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "clip_grad_norm_",
    "clip_grad_value_",
    "init",
]
