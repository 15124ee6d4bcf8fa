"""Whole networks, one file each: the twins of ``nnlib.scratch.models``."""

from nnlib.pytorch.models.autoencoder import Autoencoder
from nnlib.pytorch.models.lenet import LeNet
from nnlib.pytorch.models.mlp import MLP
from nnlib.pytorch.models.perceptron import MulticlassPerceptron, Perceptron
from nnlib.pytorch.models.resnet import ResNet

__all__ = ["MLP", "Autoencoder", "LeNet", "MulticlassPerceptron", "Perceptron", "ResNet"]
