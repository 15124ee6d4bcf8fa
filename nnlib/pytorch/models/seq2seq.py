"""Sequence to sequence: read one sequence, write another, looking back where it matters."""

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
    """A GRU reads, a GRU writes, attention looks back at every word read (Luong et al., 2015).

    Args:
        source_size: number of source symbols.
        target_size: V, number of target symbols.
        embed_dim: length of a symbol's vector.
        hidden_size: length of a state.
        attention: "additive" or "dot".
    Shapes: source (batch, S), target (batch, T), lengths (batch,) of the sources or None
        -> logits (batch, T, V) and attention weights (batch, T, S).
    Parameters: source_embedding, target_embedding, encoder, decoder, score (additive only),
        combine, head.
    """

    def __init__(self, source_size, target_size, embed_dim, hidden_size, attention="additive"):
        super().__init__()
        if attention not in ("additive", "dot"):
            raise ValueError(f"attention must be additive or dot, got {attention!r}")
        self.source_embedding = nn.Embedding(source_size, embed_dim)
        self.target_embedding = nn.Embedding(target_size, embed_dim)
        self.encoder = nn.GRU(embed_dim, hidden_size, batch_first=True)
        self.decoder = nn.GRU(embed_dim, hidden_size, batch_first=True)
        self.score = _AdditiveScore(hidden_size) if attention == "additive" else _DotScore()
        self.combine = nn.Linear(2 * hidden_size, hidden_size)
        self.head = nn.Linear(hidden_size, target_size)

    def encode(self, source, lengths):
        """States of the encoder, zero after each end, and the last one."""
        embedded = self.source_embedding(source)
        if lengths is None:
            return self.encoder(embedded)
        lengths = torch.as_tensor(lengths).cpu()
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        states, last = self.encoder(packed)
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=source.size(1))
        return states, last

    def decode(self, target, state, memory, lengths):
        """Logits, attention weights and the state after ``target``, from the ``state`` before."""
        hidden, state = self.decoder(self.target_embedding(target), state)
        scores = self.score(hidden, memory)
        if lengths is not None:
            ends = torch.as_tensor(lengths, device=scores.device)[:, None, None]
            beyond = torch.arange(memory.size(1), device=scores.device) >= ends
            scores = scores.masked_fill(beyond, float("-inf"))
        weights = scores.softmax(dim=-1)
        context = torch.bmm(weights, memory)
        mixed = self.combine(torch.cat([context, hidden], dim=-1)).tanh()
        return self.head(mixed), weights, state

    def forward(self, source, target, lengths=None):
        memory, state = self.encode(source, lengths)
        return self.decode(target, state, memory, lengths)[:2]

    @torch.no_grad()
    def translate(self, source, start, max_len, lengths=None):
        """The likeliest symbol at each step, after the symbol ``start``: (batch, max_len)."""
        memory, state = self.encode(source, lengths)
        symbol = source.new_full((len(source), 1), start)
        symbols = []
        for _ in range(max_len):
            logits, _, state = self.decode(symbol, state, memory, lengths)
            symbol = logits.argmax(dim=-1)
            symbols.append(symbol)
        return torch.cat(symbols, dim=1)
