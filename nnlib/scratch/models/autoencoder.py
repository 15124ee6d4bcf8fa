"""The autoencoder: squeeze the data through a narrow place, and see what comes out again."""

from nnlib.scratch.models.mlp import MLP
from nnlib.scratch.nn.module import Module


class Autoencoder(Module):
    """An encoder to a short code and a mirrored decoder (Hinton & Salakhutdinov, 2006).

    Args:
        in_features: length of an input.
        hidden_sizes: lengths of the encoder's hidden layers; the decoder has them in reverse.
        code_size: length of the code.
        activation: "relu", "sigmoid" or "tanh".
    Shapes: x (..., in_features) -> its reconstruction (..., in_features), any real numbers: take
        them as they are with `MSELoss`, as logits with `BCEWithLogitsLoss`.
    Parameters: encoder.layers.i and decoder.layers.i, as in `MLP`.
    """

    def __init__(self, in_features, hidden_sizes, code_size, activation="relu"):
        super().__init__()
        self.encoder = MLP(in_features, hidden_sizes, code_size, activation)
        self.decoder = MLP(code_size, hidden_sizes[::-1], in_features, activation)

    def encode(self, x):
        """x (..., in_features) to codes (..., code_size)."""
        return self.encoder(x)

    def decode(self, code):
        """Codes (..., code_size) to reconstructions (..., in_features)."""
        return self.decoder(code)

    def forward(self, x):
        return self.decode(self.encode(x))
