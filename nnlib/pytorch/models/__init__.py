"""Whole networks, one file each: the twins of ``nnlib.scratch.models``."""

from nnlib.pytorch.models.perceptron import MulticlassPerceptron, Perceptron

__all__ = ["MulticlassPerceptron", "Perceptron"]
