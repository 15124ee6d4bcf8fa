"""Sequence to sequence: read one sequence, write another, looking back where it matters."""

import numpy as np

from nnlib.scratch.autograd.shapes import cat
from nnlib.scratch.autograd.tensor import no_grad
from nnlib.scratch.nn.activation import softmax, tanh
from nnlib.scratch.nn.embedding import Embedding
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module
from nnlib.scratch.nn.recurrent import GRU


class _AdditiveScore(Module):
    """vᵀ tanh(W query + U key) for every pair (Bahdanau et al., 2015)."""

    def __init__(self, hidden_size):
        super().__init__()
        self.query = Linear(hidden_size, hidden_size)
        self.key = Linear(hidden_size, hidden_size, bias=False)
        self.score = Linear(hidden_size, 1, bias=False)

    def forward(self, queries, keys):
        pairs = self.query(queries)[:, :, None] + self.key(keys)[:, None]
        return self.score(tanh(pairs))[..., 0]  # (batch, queries, keys)


class _DotScore(Module):
    """queryᵀ key for every pair (Luong et al., 2015)."""

    def forward(self, queries, keys):
        return queries @ keys.transpose(1, 2)  # (batch, queries, keys)


class Seq2Seq(Module):
    """A GRU reads, a GRU writes, attention looks back at every word read (Luong et al., 2015).

    The decoder starts from the encoder's last state. Each of its states mixes the encoder's states
    into a context, and both together, tanh(W [context, state]), score the next symbol.

    Args:
        source_size: number of source symbols.
        target_size: V, number of target symbols.
        embed_dim: length of a symbol's vector.
        hidden_size: length of a state.
        attention: "additive" or "dot", how a decoder state is matched with an encoder state.
    Shapes: source (batch, S) and target (batch, T), integers -> logits (batch, T, V) of the symbol
        after each target symbol, and attention weights (batch, T, S). ``lengths`` (batch,) are
        those of the sources, None for all of S.
    Parameters: source_embedding, target_embedding, encoder, decoder, score (additive only),
        combine, head.
    Raises: ValueError for an unknown attention or lengths that do not fit.
    """

    def __init__(self, source_size, target_size, embed_dim, hidden_size, attention="additive"):
        super().__init__()
        if attention not in ("additive", "dot"):
            raise ValueError(f'attention must be "additive" or "dot", got {attention!r}')
        self.source_embedding = Embedding(source_size, embed_dim)
        self.target_embedding = Embedding(target_size, embed_dim)
        self.encoder = GRU(embed_dim, hidden_size, batch_first=True)
        self.decoder = GRU(embed_dim, hidden_size, batch_first=True)
        self.score = _AdditiveScore(hidden_size) if attention == "additive" else _DotScore()
        self.combine = Linear(2 * hidden_size, hidden_size)
        self.head = Linear(hidden_size, target_size)

    def forward(self, source, target, lengths=None):
        memory, state = self.encode(source, lengths)
        logits, weights, _ = self.decode(target, state, memory, lengths)
        return logits, weights

    def encode(self, source, lengths):
        """States of the encoder, zero after each end, and the last one."""
        return self.encoder(self.source_embedding(source), lengths=lengths)

    def decode(self, target, state, memory, lengths):
        """Logits, attention weights and the state after ``target``, from the ``state`` before."""
        hidden, state = self.decoder(self.target_embedding(target), state)
        scores = self.score(hidden, memory)  # (batch, T, S)
        if lengths is not None:
            beyond = np.arange(memory.shape[1]) >= np.asarray(lengths)[:, None, None]
            scores = scores + np.where(beyond, -np.inf, 0).astype(scores.dtype)
        weights = softmax(scores)
        mixed = cat([weights @ memory, hidden], dim=-1)  # (batch, T, 2 * hidden_size)
        return self.head(tanh(self.combine(mixed))), weights, state

    @no_grad()
    def translate(self, source, start, max_len, lengths=None):
        """The likeliest symbol at each step, after the symbol ``start``: integers (batch, max_len).

        Rows go on after a symbol that means the end; cut them there.
        """
        memory, state = self.encode(source, lengths)
        symbols = [np.full((len(memory), 1), start)]
        for _ in range(max_len):
            logits, _, state = self.decode(symbols[-1], state, memory, lengths)
            symbols.append(logits.numpy().argmax(axis=-1))
        return np.concatenate(symbols[1:], axis=1)
