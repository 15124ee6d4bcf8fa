"""Whole networks, one file each: the twins of ``nnlib.scratch.models``."""

from nnlib.pytorch.models.char_rnn import CharRNN
from nnlib.pytorch.models.gcn import GCN
from nnlib.pytorch.models.gpt import GPT
from nnlib.pytorch.models.perceptron import MulticlassPerceptron, Perceptron
from nnlib.pytorch.models.seq2seq import Seq2Seq
from nnlib.pytorch.models.transformer import Transformer

__all__ = [
    "GCN",
    "GPT",
    "CharRNN",
    "MulticlassPerceptron",
    "Perceptron",
    "Seq2Seq",
    "Transformer",
]
