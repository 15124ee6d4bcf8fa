"""The autoencoder: compress the data to a short code, and reconstruct the data from it."""

from collections.abc import Sequence
from typing import Literal

from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.models.mlp import MLP
from nnlib.scratch.nn.module import Module


class Autoencoder(Module):
    """An encoder to a short code and a decoder in reverse (Hinton & Salakhutdinov, 2006).

    Args:
        in_features: number of input features.
        hidden_sizes: units of the encoder's hidden layers; the decoder has them in reverse.
        code_size: features of the code.
        activation: "relu", "sigmoid" or "tanh".
    Shapes: x (..., in_features) -> its reconstruction (..., in_features), unbounded: values for
        `MSELoss`, logits for `BCEWithLogitsLoss`.
    Parameters: encoder.layers.i and decoder.layers.i, as in `MLP`.
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
        self.decoder = MLP(code_size, hidden_sizes[::-1], in_features, activation)

    def encode(self, x: Tensor) -> Tensor:
        """The codes (..., code_size) of x (..., in_features)."""
        return self.encoder(x)

    def decode(self, code: Tensor) -> Tensor:
        """The reconstructions (..., in_features) from codes (..., code_size)."""
        return self.decoder(code)

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))
