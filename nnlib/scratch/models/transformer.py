"""The Transformer: an encoder and a decoder built from attention (Vaswani et al., 2017)."""

import math

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor, no_grad
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.embedding import Embedding
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module, Sequential
from nnlib.scratch.nn.position import SinusoidalPositionalEncoding
from nnlib.scratch.nn.transformer import TransformerDecoderLayer, TransformerEncoderLayer


class Transformer(Module):
    """Encoder and decoder of attention layers, for sequences of tokens (Vaswani et al., 2017).

    Args:
        src_vocab_size: number of source tokens.
        tgt_vocab_size: V, number of target tokens.
        embed_dim: E, features at each position, even and a multiple of num_heads.
        num_heads: attention heads in each layer.
        num_layers: layers of the encoder, and of the decoder.
        dim_feedforward: hidden units of the feed-forward network in each layer.
        dropout: probability of dropping, in training.
        max_len: largest number of positions of source and target.
    Shapes: src (batch, S) and tgt (batch, T), integers -> logits (batch, T, V) for the token after
        each target token. src_key_padding_mask (batch, S): True hides a source position.
    Parameters: src_embedding, tgt_embedding, encoder, decoder, head. Embeddings are initialized
        from a normal distribution with standard deviation 1/sqrt(E) and multiplied by sqrt(E).
    Raises: ValueError for settings or sequences that do not match.
    """

    def __init__(
        self,
        src_vocab_size: int,
        tgt_vocab_size: int,
        embed_dim: int,
        num_heads: int,
        num_layers: int,
        dim_feedforward: int,
        dropout: float = 0.0,
        max_len: int = 256,
    ):
        super().__init__()
        settings = (embed_dim, num_heads, dim_feedforward, dropout)
        self.src_embedding = Embedding(src_vocab_size, embed_dim)
        self.tgt_embedding = Embedding(tgt_vocab_size, embed_dim)
        for embedding in (self.src_embedding, self.tgt_embedding):
            embedding.weight.data /= math.sqrt(embed_dim)
        self.positions = SinusoidalPositionalEncoding(embed_dim, max_len)
        self.drop = Dropout(dropout)
        self.encoder = Sequential(
            *(TransformerEncoderLayer(*settings, batch_first=True) for _ in range(num_layers))
        )
        self.decoder = Sequential(
            *(TransformerDecoderLayer(*settings, batch_first=True) for _ in range(num_layers))
        )
        self.head = Linear(embed_dim, tgt_vocab_size)

    def forward(
        self, src: Tensor, tgt: Tensor, src_key_padding_mask: np.ndarray | None = None
    ) -> Tensor:
        memory = self.encode(src, src_key_padding_mask)
        return self.decode(tgt, memory, src_key_padding_mask)

    def _embed(self, tokens, embedding):
        scale = math.sqrt(embedding.weight.shape[1])
        return self.drop(self.positions(embedding(tokens) * scale))  # (batch, time, embed_dim)

    def encode(self, src: Tensor, src_key_padding_mask: np.ndarray | None = None) -> Tensor:
        """The encoder's output for the source: (batch, S, embed_dim)."""
        x = self._embed(src, self.src_embedding)
        for layer in self.encoder:
            x = layer(x, src_key_padding_mask=src_key_padding_mask)
        return x

    def decode(
        self, tgt: Tensor, memory: Tensor, src_key_padding_mask: np.ndarray | None = None
    ) -> Tensor:
        """Logits (batch, T, V) for the token after each target token, given `encode`'s output."""
        x = self._embed(tgt, self.tgt_embedding)
        for layer in self.decoder:
            x = layer(x, memory, tgt_is_causal=True, memory_key_padding_mask=src_key_padding_mask)
        return self.head(x)

    @no_grad()
    def greedy_decode(
        self,
        src: Tensor,
        bos_token: int,
        max_len: int,
        src_key_padding_mask: np.ndarray | None = None,
    ) -> np.ndarray:
        """Write the most probable token at each step, beginning after ``bos_token``.

        Args:
            src: integers (batch, S).
            bos_token: the token that begins each target.
            max_len: number of tokens to write. A row goes on after its end-of-sequence token; cut
                it there.
            src_key_padding_mask: as in `forward`.

        Returns: integers (batch, max_len).
        """
        memory = self.encode(src, src_key_padding_mask)
        tokens = np.full((len(memory), 1), bos_token)
        for _ in range(max_len):
            logits = self.decode(Tensor(tokens), memory, src_key_padding_mask).numpy()
            tokens = np.concatenate([tokens, logits[:, -1:].argmax(axis=-1)], axis=1)
        return tokens[:, 1:]
