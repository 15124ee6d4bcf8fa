"""Explorations with sliders. They also work on the published page, where no kernel runs.

A demo is one function that wraps one plot; each chapter's are in a module of its name.
"""

from nnlib.demos.gallery import gallery
from nnlib.demos.optimization import optimizer_paths, optimizer_race
from nnlib.demos.perceptron import perceptron_boundary, perceptron_steps

__all__ = [
    "gallery",
    "optimizer_paths",
    "optimizer_race",
    "perceptron_boundary",
    "perceptron_steps",
]
