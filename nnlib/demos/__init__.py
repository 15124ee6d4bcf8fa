"""Explorations with sliders. They also work on the published page, where no kernel runs.

A demo is one function that wraps one plot; each chapter's are in a module of its name.
"""

from nnlib.demos.gallery import gallery
from nnlib.demos.perceptron import perceptron_boundary, perceptron_steps
from nnlib.demos.pytorch import diagnose, tensor_views

__all__ = [
    "diagnose",
    "gallery",
    "perceptron_boundary",
    "perceptron_steps",
    "tensor_views",
]
