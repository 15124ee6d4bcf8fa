"""Optimizers: how gradients become steps. They update parameters in place."""

from nnlib.scratch.optim import lr_scheduler
from nnlib.scratch.optim.adaptive import Adagrad, Adam, AdamW, RMSprop
from nnlib.scratch.optim.muon import Muon
from nnlib.scratch.optim.optimizer import Optimizer
from nnlib.scratch.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Muon",
    "Optimizer",
    "RMSprop",
    "lr_scheduler",
]
