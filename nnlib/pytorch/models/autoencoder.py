"""The autoencoder: compress the data to a short code, and reconstruct the data from it."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn

from nnlib.pytorch.models.mlp import MLP


class Autoencoder(nn.Module):
    """An encoder to a short code and a decoder in reverse (Hinton & Salakhutdinov, 2006).

    Args:
        in_features: number of input features.
        hidden_sizes: units of the encoder's hidden layers; the decoder has them in reverse.
        code_size: features of the code.
        activation: "relu", "sigmoid" or "tanh".
    Shapes: x (..., in_features) -> its reconstruction (..., in_features), unbounded.
    Parameters: encoder.layers.i and decoder.layers.i, as in ``MLP``.
    """

    def __init__(
        self,
        in_features: int,
        hidden_sizes: Sequence[int],
        code_size: int,
        activation: Literal["relu", "sigmoid", "tanh"] = "relu",
    ):
        super().__init__()
        self.encoder = MLP(in_features, hidden_sizes, code_size, activation)
        self.decoder = MLP(code_size, [*reversed(hidden_sizes)], in_features, activation)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """The codes (..., code_size) of x (..., in_features)."""
        return self.encoder(x)

    def decode(self, code: torch.Tensor) -> torch.Tensor:
        """The reconstructions (..., in_features) from codes (..., code_size)."""
        return self.decoder(code)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        code = self.encode(x)
        return self.decode(code)
