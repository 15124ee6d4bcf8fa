"""The Transformer: an encoder and a decoder built from attention (Vaswani et al., 2017)."""

import torch
from torch import nn

from nnlib.pytorch.nn.position import SinusoidalPositionalEncoding


class Transformer(nn.Module):
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
    Parameters: src_embedding, tgt_embedding, encoder, decoder, head.
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
        if num_heads < 1 or embed_dim % num_heads:
            raise ValueError(
                f"embed_dim must be a multiple of num_heads, got {embed_dim} and {num_heads}"
            )
        self._scale = embed_dim**0.5
        self.src_embedding = nn.Embedding(src_vocab_size, embed_dim)
        self.tgt_embedding = nn.Embedding(tgt_vocab_size, embed_dim)
        nn.init.normal_(self.src_embedding.weight, std=1 / self._scale)
        nn.init.normal_(self.tgt_embedding.weight, std=1 / self._scale)
        self.positions = SinusoidalPositionalEncoding(embed_dim, max_len)
        self.drop = nn.Dropout(dropout)
        settings = (embed_dim, num_heads, dim_feedforward, dropout)
        self.encoder = nn.ModuleList(
            nn.TransformerEncoderLayer(*settings, batch_first=True) for _ in range(num_layers)
        )
        self.decoder = nn.ModuleList(
            nn.TransformerDecoderLayer(*settings, batch_first=True) for _ in range(num_layers)
        )
        self.head = nn.Linear(embed_dim, tgt_vocab_size)

    def encode(
        self, src: torch.Tensor, src_key_padding_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The encoder's output for the source: (batch, S, embed_dim)."""
        x = self.drop(self.positions(self._scale * self.src_embedding(src)))
        for layer in self.encoder:
            x = layer(x, src_key_padding_mask=src_key_padding_mask)
        return x

    def decode(
        self,
        tgt: torch.Tensor,
        memory: torch.Tensor,
        src_key_padding_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Logits (batch, T, V) for the token after each target token, given `encode`'s output."""
        x = self.drop(self.positions(self._scale * self.tgt_embedding(tgt)))
        length = tgt.size(1)
        later = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(1)
        for layer in self.decoder:
            x = layer(x, memory, tgt_mask=later, memory_key_padding_mask=src_key_padding_mask)
        return self.head(x)

    def forward(
        self,
        src: torch.Tensor,
        tgt: torch.Tensor,
        src_key_padding_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        return self.decode(tgt, self.encode(src, src_key_padding_mask), src_key_padding_mask)

    @torch.no_grad()
    def greedy_decode(
        self,
        src: torch.Tensor,
        bos_token: int,
        max_len: int,
        src_key_padding_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Write the most probable token at each step, beginning after ``bos_token``.

        Args:
            src: integers (batch, S).
            bos_token: the token that begins each target.
            max_len: number of tokens to write. A row goes on after its end-of-sequence token; cut
                it there.
            src_key_padding_mask: as in ``forward``.

        Returns: integers (batch, max_len).
        """
        memory = self.encode(src, src_key_padding_mask)
        tokens = src.new_full((len(src), 1), bos_token)
        for _ in range(max_len):
            best = self.decode(tokens, memory, src_key_padding_mask)[:, -1:].argmax(dim=-1)
            tokens = torch.cat([tokens, best], dim=1)
        return tokens[:, 1:]
