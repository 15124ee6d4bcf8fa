"""Sequence to sequence: a recurrent encoder and decoder with attention between them."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class _AdditiveScore(nn.Module):
    """vᵀ tanh(W query + U key) for every pair (Bahdanau et al., 2015)."""

    def __init__(self, hidden_size):
        super().__init__()
        self.query = nn.Linear(hidden_size, hidden_size)
        self.key = nn.Linear(hidden_size, hidden_size, bias=False)
        self.score = nn.Linear(hidden_size, 1, bias=False)

    def forward(self, queries, keys):
        pairs = self.query(queries).unsqueeze(2) + self.key(keys).unsqueeze(1)
        return self.score(pairs.tanh()).squeeze(-1)


class _DotScore(nn.Module):
    """queryᵀ key for every pair (Luong et al., 2015)."""

    def forward(self, queries, keys):
        return torch.einsum("bqh,bkh->bqk", queries, keys)


class Seq2Seq(nn.Module):
    """A GRU encoder and a GRU decoder that attends to the encoder's states (Luong et al., 2015).

    Args:
        src_vocab_size: number of source tokens.
        tgt_vocab_size: V, number of target tokens.
        embed_dim: features of a token's embedding.
        hidden_size: features of a state.
        attention: "additive" or "dot", the score of a decoder state and an encoder state.
    Shapes: src (batch, S), tgt (batch, T), lengths (batch,) of the sources or None
        -> logits (batch, T, V) and attention weights (batch, T, S).
    Parameters: src_embedding, tgt_embedding, encoder, decoder, score (additive only), combine,
        head.
    Raises: ValueError for an unknown attention.
    """

    def __init__(
        self,
        src_vocab_size: int,
        tgt_vocab_size: int,
        embed_dim: int,
        hidden_size: int,
        attention: Literal["additive", "dot"] = "additive",
    ):
        super().__init__()
        if attention not in ("additive", "dot"):
            raise ValueError(f"attention must be additive or dot, got {attention!r}")
        self.src_embedding = nn.Embedding(src_vocab_size, embed_dim)
        self.tgt_embedding = nn.Embedding(tgt_vocab_size, embed_dim)
        self.encoder = nn.GRU(embed_dim, hidden_size, batch_first=True)
        self.decoder = nn.GRU(embed_dim, hidden_size, batch_first=True)
        self.score = _AdditiveScore(hidden_size) if attention == "additive" else _DotScore()
        self.combine = nn.Linear(2 * hidden_size, hidden_size)
        self.head = nn.Linear(hidden_size, tgt_vocab_size)

    def encode(
        self, src: torch.Tensor, lengths: Sequence[int] | torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The encoder's states (batch, S, H), zero after each end, and its final state."""
        embedded = self.src_embedding(src)
        if lengths is None:
            return self.encoder(embedded)
        lengths = torch.as_tensor(lengths).cpu()
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        states, final = self.encoder(packed)
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=src.size(1))
        return states, final

    def decode(
        self,
        tgt: torch.Tensor,
        state: torch.Tensor,
        memory: torch.Tensor,
        lengths: Sequence[int] | torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits, attention weights and the state after ``tgt``, given the ``state`` before it."""
        hidden, state = self.decoder(self.tgt_embedding(tgt), state)
        scores = self.score(hidden, memory)
        if lengths is not None:
            ends = torch.as_tensor(lengths, device=scores.device)[:, None, None]
            beyond = torch.arange(memory.size(1), device=scores.device) >= ends
            scores = scores.masked_fill(beyond, float("-inf"))
        weights = scores.softmax(dim=-1)
        context = torch.bmm(weights, memory)
        mixed = self.combine(torch.cat([context, hidden], dim=-1)).tanh()
        return self.head(mixed), weights, state

    def forward(
        self,
        src: torch.Tensor,
        tgt: torch.Tensor,
        lengths: Sequence[int] | torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        memory, state = self.encode(src, lengths)
        logits, weights, _ = self.decode(tgt, state, memory, lengths)
        return logits, weights

    @torch.no_grad()
    def greedy_decode(
        self,
        src: torch.Tensor,
        bos_token: int,
        max_len: int,
        lengths: Sequence[int] | torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Write the most probable token at each step, beginning after ``bos_token``.

        Args:
            src: integers (batch, S).
            bos_token: the token that begins each target.
            max_len: number of tokens to write. A row goes on after its end-of-sequence token; cut
                it there.
            lengths: of the sources, as in ``forward``.

        Returns: integers (batch, max_len).
        """
        memory, state = self.encode(src, lengths)
        token = src.new_full((len(src), 1), bos_token)
        tokens = []
        for _ in range(max_len):
            logits, _, state = self.decode(token, state, memory, lengths)
            token = logits.argmax(dim=-1)
            tokens.append(token)
        return torch.cat(tokens, dim=1)
