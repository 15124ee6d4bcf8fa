"""Whole networks, one file each: the twins of ``nnlib.scratch.models``."""

from nnlib.pytorch.models.autoencoder import Autoencoder
from nnlib.pytorch.models.char_rnn import CharRNN
from nnlib.pytorch.models.conv_net import ConvNet
from nnlib.pytorch.models.gcn import GCN
from nnlib.pytorch.models.gpt import GPT
from nnlib.pytorch.models.lenet import LeNet
from nnlib.pytorch.models.mlp import MLP
from nnlib.pytorch.models.perceptron import MulticlassPerceptron, Perceptron
from nnlib.pytorch.models.resnet import ResNet
from nnlib.pytorch.models.seq2seq import Seq2Seq
from nnlib.pytorch.models.transformer import Transformer

__all__ = [
    "GCN",
    "GPT",
    "MLP",
    "Autoencoder",
    "CharRNN",
    "ConvNet",
    "LeNet",
    "MulticlassPerceptron",
    "Perceptron",
    "ResNet",
    "Seq2Seq",
    "Transformer",
]
