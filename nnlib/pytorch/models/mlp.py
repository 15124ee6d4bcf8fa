"""The multilayer perceptron: linear layers with a nonlinearity between them."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn


class MLP(nn.Module):
    """Linear layers, an activation after each but the last (Rumelhart et al., 1986).

    Args:
        in_features: number of input features.
        hidden_sizes: units of each hidden layer, in order; without any, the model is linear.
        out_features: number of output features.
        activation: "relu", "sigmoid" or "tanh".
        dropout: probability of dropping a hidden unit, in training.
    Shapes: x (..., in_features) -> (..., out_features).
    Parameters: layers.i.weight and layers.i.bias, as in ``Linear``.
    Raises: ValueError for an unknown activation.
    """

    def __init__(
        self,
        in_features: int,
        hidden_sizes: Sequence[int],
        out_features: int,
        activation: Literal["relu", "sigmoid", "tanh"] = "relu",
        dropout: float = 0.0,
    ):
        super().__init__()
        if activation not in ("relu", "sigmoid", "tanh"):
            raise ValueError(f"activation must be relu, sigmoid or tanh, got {activation!r}")
        self.activation = getattr(torch, activation)
        self.drop = nn.Dropout(dropout)
        self.layers = nn.ModuleList()
        for size in (*hidden_sizes, out_features):
            self.layers.append(nn.Linear(in_features, size))
            in_features = size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers[:-1]:
            x = self.drop(self.activation(layer(x)))
        return self.layers[-1](x)
