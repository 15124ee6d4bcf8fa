"""Interactive figures with sliders, which also work on the published page, without a kernel.

A demo is a function that returns a widget. Each chapter's demos are in the module of its name.
"""

from nnlib.demos.attention import attention_steps
from nnlib.demos.automatic_differentiation import (
    checkpoint_schedule,
    checkpoint_timeline,
    tangent_of_a_program,
)
from nnlib.demos.backpropagation import backpropagation_steps
from nnlib.demos.cnn import worst_and_random_changes
from nnlib.demos.convolution import filter_playground
from nnlib.demos.curvature import preconditioned_path, preconditioners
from nnlib.demos.decoding_and_scaling import induction_heads
from nnlib.demos.gallery import gallery
from nnlib.demos.generalization import polynomial_fit
from nnlib.demos.gpt import draw_tokens, tokenization
from nnlib.demos.lstm_gru import gates_by_hand
from nnlib.demos.mlp import hidden_units
from nnlib.demos.neuron import probability_curve
from nnlib.demos.optimization import optimizer_path, optimizer_paths
from nnlib.demos.perceptron import perceptron_boundary, perceptron_steps
from nnlib.demos.pytorch import diagnose, tensor_views
from nnlib.demos.representation import fold_and_cut, relu_units
from nnlib.demos.resnet import signal_and_gradient
from nnlib.demos.rnn import next_letter
from nnlib.demos.training_at_scale import memory_per_device
from nnlib.demos.transformer import attention_maps
from nnlib.demos.what_is_a_neural_network import network_playground

__all__ = [
    "attention_maps",
    "attention_steps",
    "backpropagation_steps",
    "checkpoint_schedule",
    "checkpoint_timeline",
    "diagnose",
    "draw_tokens",
    "filter_playground",
    "fold_and_cut",
    "gallery",
    "gates_by_hand",
    "hidden_units",
    "induction_heads",
    "memory_per_device",
    "network_playground",
    "next_letter",
    "optimizer_path",
    "optimizer_paths",
    "perceptron_boundary",
    "perceptron_steps",
    "polynomial_fit",
    "preconditioned_path",
    "preconditioners",
    "probability_curve",
    "relu_units",
    "signal_and_gradient",
    "tangent_of_a_program",
    "tensor_views",
    "tokenization",
    "worst_and_random_changes",
]
