"""Explorations with sliders. They also work on the published page, where no kernel runs.

A demo is one function that wraps one plot; each chapter's are in a module of its name.
"""

from nnlib.demos.gallery import gallery
from nnlib.demos.mlp import fold_and_cut, relu_units
from nnlib.demos.perceptron import perceptron_boundary, perceptron_steps

__all__ = [
    "fold_and_cut",
    "gallery",
    "perceptron_boundary",
    "perceptron_steps",
    "relu_units",
]
