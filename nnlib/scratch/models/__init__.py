"""Whole networks, one file each."""

from nnlib.scratch.models.autoencoder import Autoencoder
from nnlib.scratch.models.lenet import LeNet
from nnlib.scratch.models.mlp import MLP
from nnlib.scratch.models.perceptron import MulticlassPerceptron, Perceptron
from nnlib.scratch.models.resnet import ResNet

__all__ = ["MLP", "Autoencoder", "LeNet", "MulticlassPerceptron", "Perceptron", "ResNet"]
