"""Sequence to sequence: a recurrent encoder and decoder with attention between them."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from nnlib.scratch.autograd.ops import where
from nnlib.scratch.autograd.shapes import cat
from nnlib.scratch.autograd.tensor import Tensor, no_grad
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
    """A GRU encoder and a GRU decoder that attends to the encoder's states (Luong et al., 2015).

    The decoder's initial state is the encoder's final state. For each decoder state, attention
    averages the encoder's states into a context vector; the logits for the next token are a linear
    function of tanh(W [context, state]).

    Args:
        src_vocab_size: number of source tokens.
        tgt_vocab_size: V, number of target tokens.
        embed_dim: features of a token's embedding.
        hidden_size: features of a state.
        attention: "additive" or "dot", the score of a decoder state and an encoder state.
    Shapes: src (batch, S) and tgt (batch, T), integers -> logits (batch, T, V) for the token after
        each target token, and attention weights (batch, T, S). ``lengths`` (batch,) are those of
        the sources; None if all have length S.
    Parameters: src_embedding, tgt_embedding, encoder, decoder, score (additive only), combine,
        head.
    Raises: ValueError for an unknown attention, or lengths out of range.
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
            raise ValueError(f'attention must be "additive" or "dot", got {attention!r}')
        self.src_embedding = Embedding(src_vocab_size, embed_dim)
        self.tgt_embedding = Embedding(tgt_vocab_size, embed_dim)
        self.encoder = GRU(embed_dim, hidden_size, batch_first=True)
        self.decoder = GRU(embed_dim, hidden_size, batch_first=True)
        self.score = _AdditiveScore(hidden_size) if attention == "additive" else _DotScore()
        self.combine = Linear(2 * hidden_size, hidden_size)
        self.head = Linear(hidden_size, tgt_vocab_size)

    def forward(
        self, src: Tensor, tgt: Tensor, lengths: Sequence[int] | np.ndarray | None = None
    ) -> tuple[Tensor, Tensor]:
        memory, state = self.encode(src, lengths)
        logits, weights, _ = self.decode(tgt, state, memory, lengths)
        return logits, weights

    def encode(
        self, src: Tensor, lengths: Sequence[int] | np.ndarray | None
    ) -> tuple[Tensor, Tensor]:
        """The encoder's states (batch, S, H), zero after each end, and its final state."""
        return self.encoder(self.src_embedding(src), lengths=lengths)

    def decode(
        self,
        tgt: Tensor,
        state: Tensor,
        memory: Tensor,
        lengths: Sequence[int] | np.ndarray | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Logits, attention weights and the state after ``tgt``, given the ``state`` before it."""
        hidden, state = self.decoder(self.tgt_embedding(tgt), state)
        scores = self.score(hidden, memory)  # (batch, T, S)
        if lengths is not None:
            valid = np.arange(memory.shape[1]) < np.asarray(lengths)[:, None, None]
            scores = where(valid, scores, -np.inf)
        weights = softmax(scores)
        mixed = cat([weights @ memory, hidden], dim=-1)  # (batch, T, 2 * hidden_size)
        return self.head(tanh(self.combine(mixed))), weights, state

    @no_grad()
    def greedy_decode(
        self,
        src: Tensor,
        bos_token: int,
        max_len: int,
        lengths: Sequence[int] | np.ndarray | None = None,
    ) -> np.ndarray:
        """Write the most probable token at each step, beginning after ``bos_token``.

        Args:
            src: integers (batch, S).
            bos_token: the token that begins each target.
            max_len: number of tokens to write. A row goes on after its end-of-sequence token; cut
                it there.
            lengths: of the sources, as in `forward`.

        Returns: integers (batch, max_len).
        """
        memory, state = self.encode(src, lengths)
        tokens = [np.full((len(memory), 1), bos_token)]
        for _ in range(max_len):
            logits, _, state = self.decode(Tensor(tokens[-1]), state, memory, lengths)
            tokens.append(logits.numpy().argmax(axis=-1))
        return np.concatenate(tokens[1:], axis=1)
