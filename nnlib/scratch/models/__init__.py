"""Whole networks, one file each."""

from nnlib.scratch.models.gpt import GPT
from nnlib.scratch.models.perceptron import MulticlassPerceptron, Perceptron

__all__ = ["GPT", "MulticlassPerceptron", "Perceptron"]
