"""The multilayer perceptron: linear layers with a nonlinearity between them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.nn.activation import relu, sigmoid, tanh
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module, ModuleList

Activation = Literal["relu", "sigmoid", "tanh"]
ACTIVATIONS = {"relu": relu, "sigmoid": sigmoid, "tanh": tanh}


class MLP(Module):
    """Linear layers, an activation after each but the last (Rumelhart et al., 1986).

    Args:
        in_features: number of input features.
        hidden_sizes: units of each hidden layer, in order; without any, the model is linear.
        out_features: number of output features.
        activation: "relu", "sigmoid" or "tanh".
        dropout: probability of dropping a hidden unit, in training.
    Shapes: x (..., in_features) -> (..., out_features).
    Parameters: layers.i.weight and layers.i.bias, as in `Linear`.
    Raises: ValueError for an unknown activation.
    """

    def __init__(
        self,
        in_features: int,
        hidden_sizes: Sequence[int],
        out_features: int,
        activation: Activation = "relu",
        dropout: float = 0.0,
    ):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {[*ACTIVATIONS]}, got {activation!r}")
        sizes = (in_features, *hidden_sizes, out_features)
        self.layers = ModuleList(Linear(before, after) for before, after in pairwise(sizes))
        self.activation = ACTIVATIONS[activation]
        self.drop = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.layers
        for layer in hidden:
            x = self.drop(self.activation(layer(x)))
        return last(x)
