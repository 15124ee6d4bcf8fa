"""Whole networks, one file each."""

from nnlib.scratch.models.perceptron import MulticlassPerceptron, Perceptron

__all__ = ["MulticlassPerceptron", "Perceptron"]
