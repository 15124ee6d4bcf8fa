"""Explorations with sliders. They also work on the published page, where no kernel runs.

A demo is one function that wraps one plot; each chapter's are in a module of its name.
"""

from nnlib.demos.gallery import gallery
from nnlib.demos.generalization import polynomial_fit
from nnlib.demos.perceptron import perceptron_boundary, perceptron_steps

__all__ = ["gallery", "perceptron_boundary", "perceptron_steps", "polynomial_fit"]
