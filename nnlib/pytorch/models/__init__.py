"""Whole networks, one file each: the twins of ``nnlib.scratch.models``."""

from nnlib.pytorch.models.gpt import GPT
from nnlib.pytorch.models.perceptron import MulticlassPerceptron, Perceptron

__all__ = ["GPT", "MulticlassPerceptron", "Perceptron"]
