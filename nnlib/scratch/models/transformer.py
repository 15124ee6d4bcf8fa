"""The Transformer: attention reads, attention writes (Vaswani et al., 2017)."""

import math

import numpy as np

from nnlib.scratch.autograd.tensor import no_grad
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.embedding import Embedding
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module, Sequential
from nnlib.scratch.nn.position import SinusoidalPositions
from nnlib.scratch.nn.transformer import TransformerDecoderLayer, TransformerEncoderLayer


class Transformer(Module):
    """Encoder and decoder of attention layers, for sequences of symbols (Vaswani et al., 2017).

    Args:
        source_size: number of source symbols.
        target_size: V, number of target symbols.
        embed_dim: E, length of a symbol's vector, even.
        num_heads: attention heads.
        num_layers: layers of the encoder, and of the decoder.
        dim_feedforward: width between the two linear layers of a layer.
        dropout: probability of dropping, in training.
        max_len: places at most in source and target.
    Shapes: source (batch, S) and target (batch, T), integers -> logits (batch, T, V) of the symbol
        after each target symbol. source_padding (batch, S): True hides a source place.
    Parameters: source_embedding, target_embedding, encoder, decoder, head. Embeddings start normal
        with standard deviation 1/sqrt(E) and are multiplied by sqrt(E).
    Raises: ValueError for sequences or settings that do not fit.
    """

    def __init__(
        self,
        source_size,
        target_size,
        embed_dim,
        num_heads,
        num_layers,
        dim_feedforward,
        dropout=0.0,
        max_len=256,
    ):
        super().__init__()
        settings = (embed_dim, num_heads, dim_feedforward, dropout)
        self.source_embedding = Embedding(source_size, embed_dim)
        self.target_embedding = Embedding(target_size, embed_dim)
        for embedding in (self.source_embedding, self.target_embedding):
            embedding.weight.data /= math.sqrt(embed_dim)
        self.positions = SinusoidalPositions(embed_dim, max_len)
        self.drop = Dropout(dropout)
        self.encoder = Sequential(
            *(TransformerEncoderLayer(*settings, batch_first=True) for _ in range(num_layers))
        )
        self.decoder = Sequential(
            *(TransformerDecoderLayer(*settings, batch_first=True) for _ in range(num_layers))
        )
        self.head = Linear(embed_dim, target_size)

    def forward(self, source, target, source_padding=None):
        memory = self._encode(source, source_padding)
        return self._decode(target, memory, source_padding)

    def _embed(self, symbols, embedding):
        scale = math.sqrt(embedding.weight.shape[1])
        return self.drop(self.positions(embedding(symbols) * scale))  # (batch, places, embed_dim)

    def _encode(self, source, source_padding):
        x = self._embed(source, self.source_embedding)
        for layer in self.encoder:
            x = layer(x, src_key_padding_mask=source_padding)
        return x

    def _decode(self, target, memory, source_padding):
        x = self._embed(target, self.target_embedding)
        for layer in self.decoder:
            x = layer(x, memory, tgt_is_causal=True, memory_key_padding_mask=source_padding)
        return self.head(x)

    @no_grad()
    def translate(self, source, start, max_len, source_padding=None):
        """The likeliest symbol at each step, after the symbol ``start``: integers (batch, max_len).

        Rows go on after a symbol that means the end; cut them there.
        """
        memory = self._encode(source, source_padding)
        symbols = np.full((len(memory), 1), start)
        for _ in range(max_len):
            logits = self._decode(symbols, memory, source_padding).numpy()
            symbols = np.concatenate([symbols, logits[:, -1:].argmax(axis=-1)], axis=1)
        return symbols[:, 1:]
