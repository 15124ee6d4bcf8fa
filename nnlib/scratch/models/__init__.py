"""Whole networks, one file each."""

from nnlib.scratch.models.autoencoder import Autoencoder
from nnlib.scratch.models.char_rnn import CharRNN
from nnlib.scratch.models.conv_net import ConvNet
from nnlib.scratch.models.gcn import GCN
from nnlib.scratch.models.gpt import GPT
from nnlib.scratch.models.lenet import LeNet
from nnlib.scratch.models.mlp import MLP
from nnlib.scratch.models.perceptron import MulticlassPerceptron, Perceptron
from nnlib.scratch.models.resnet import ResNet
from nnlib.scratch.models.seq2seq import Seq2Seq
from nnlib.scratch.models.transformer import Transformer

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
