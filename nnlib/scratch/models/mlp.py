"""The multilayer perceptron: linear layers with a bend between them."""

from itertools import pairwise

from nnlib.scratch.nn.activation import relu, sigmoid, tanh
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module, ModuleList

ACTIVATIONS = {"relu": relu, "sigmoid": sigmoid, "tanh": tanh}


class MLP(Module):
    """Linear layers, an activation after each but the last (Rumelhart et al., 1986).

    Args:
        in_features: length of an input.
        hidden_sizes: length of each hidden layer, in order; none leaves a linear model.
        out_features: length of an output.
        activation: "relu", "sigmoid" or "tanh".
        dropout: probability of dropping, in training, of what a hidden layer gives.
    Shapes: x (..., in_features) -> (..., out_features).
    Parameters: layers.i.weight and layers.i.bias, as in `Linear`.
    Raises: ValueError for an unknown activation.
    """

    def __init__(self, in_features, hidden_sizes, out_features, activation="relu", dropout=0.0):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {[*ACTIVATIONS]}, got {activation!r}")
        sizes = (in_features, *hidden_sizes, out_features)
        self.layers = ModuleList(Linear(before, after) for before, after in pairwise(sizes))
        self.activation = ACTIVATIONS[activation]
        self.drop = Dropout(dropout)

    def forward(self, x):
        *hidden, last = self.layers
        for layer in hidden:
            x = self.drop(self.activation(layer(x)))
        return last(x)
