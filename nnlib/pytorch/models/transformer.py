"""The Transformer: attention reads, attention writes (Vaswani et al., 2017)."""

import torch
from torch import nn

from nnlib.pytorch.nn.position import SinusoidalPositions


class Transformer(nn.Module):
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
    Shapes: source (batch, S), target (batch, T), source_padding (batch, S), where True hides a
        place, or None -> logits (batch, T, V).
    Parameters: source_embedding, target_embedding, encoder, decoder, head.
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
        self.scale = embed_dim**0.5
        self.source_embedding = nn.Embedding(source_size, embed_dim)
        self.target_embedding = nn.Embedding(target_size, embed_dim)
        nn.init.normal_(self.source_embedding.weight, std=1 / self.scale)
        nn.init.normal_(self.target_embedding.weight, std=1 / self.scale)
        self.positions = SinusoidalPositions(embed_dim, max_len)
        self.drop = nn.Dropout(dropout)
        settings = {
            "d_model": embed_dim,
            "nhead": num_heads,
            "dim_feedforward": dim_feedforward,
            "dropout": dropout,
            "batch_first": True,
        }
        self.encoder = nn.ModuleList(
            nn.TransformerEncoderLayer(**settings) for _ in range(num_layers)
        )
        self.decoder = nn.ModuleList(
            nn.TransformerDecoderLayer(**settings) for _ in range(num_layers)
        )
        self.head = nn.Linear(embed_dim, target_size)

    def encode(self, source, source_padding=None):
        """What the encoder makes of the source: (batch, S, embed_dim)."""
        x = self.drop(self.positions(self.scale * self.source_embedding(source)))
        for layer in self.encoder:
            x = layer(x, src_key_padding_mask=source_padding)
        return x

    def decode(self, target, memory, source_padding=None):
        """Logits after each target symbol, given the encoder's output."""
        x = self.drop(self.positions(self.scale * self.target_embedding(target)))
        length = target.size(1)
        later = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(1)
        for layer in self.decoder:
            x = layer(x, memory, tgt_mask=later, memory_key_padding_mask=source_padding)
        return self.head(x)

    def forward(self, source, target, source_padding=None):
        return self.decode(target, self.encode(source, source_padding), source_padding)

    @torch.no_grad()
    def translate(self, source, start, max_len, source_padding=None):
        """The likeliest symbol at each step, after the symbol ``start``: (batch, max_len)."""
        memory = self.encode(source, source_padding)
        symbols = source.new_full((len(source), 1), start)
        for _ in range(max_len):
            best = self.decode(symbols, memory, source_padding)[:, -1:].argmax(dim=-1)
            symbols = torch.cat([symbols, best], dim=1)
        return symbols[:, 1:]
