"""A recurrent language model: reads a token, predicts the next one, and keeps a state."""

from typing import Literal

import numpy as np

from nnlib.data.sampling import check_sampling
from nnlib.scratch import random
from nnlib.scratch.autograd.tensor import Tensor, no_grad
from nnlib.scratch.nn.embedding import Embedding
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module
from nnlib.scratch.nn.recurrent import GRU, LSTM, RNN
from nnlib.scratch.sampling import sample

CELLS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}


class CharRNN(Module):
    """Embedding, recurrent layers, linear output layer (Mikolov et al., 2010; Karpathy, 2015).

    Args:
        vocab_size: V, number of tokens in the vocabulary.
        embed_dim: features of a token's embedding.
        hidden_size: H, features of the state.
        cell: "rnn", "lstm" or "gru".
        num_layers: recurrent layers.
        dropout: probability of dropping, in training, between recurrent layers.
    Shapes: tokens (batch, time), integers below V, and a state or None -> logits (batch, time, V)
        and the state after the last token, from which the next call continues.
    Parameters: embedding, rnn, head.
    Raises: ValueError for an unknown cell.
    """

    def __init__(
        self,
        vocab_size: int,
        embed_dim: int,
        hidden_size: int,
        cell: Literal["rnn", "lstm", "gru"] = "lstm",
        num_layers: int = 1,
        dropout: float = 0.0,
    ):
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"cell must be one of {[*CELLS]}, got {cell!r}")
        self.embedding = Embedding(vocab_size, embed_dim)
        self.rnn = CELLS[cell](
            embed_dim, hidden_size, num_layers, batch_first=True, dropout=dropout
        )
        self.head = Linear(hidden_size, vocab_size)

    def forward(
        self, tokens: Tensor, state: Tensor | tuple[Tensor, ...] | None = None
    ) -> tuple[Tensor, Tensor | tuple[Tensor, ...]]:
        hidden, state = self.rnn(self.embedding(tokens), state)  # (batch, time, hidden_size)
        return self.head(hidden), state

    @no_grad()
    def generate(
        self,
        tokens: np.ndarray,
        max_new_tokens: int,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        generator: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Continue each row of ``tokens``, one token at a time.

        Args:
            tokens: integers (batch, time), at least one in each row.
            max_new_tokens: how many to append.
            temperature, top_k, top_p: as in `nnlib.scratch.sampling.sample`.
            generator: ``numpy.random.Generator`` of the draws; None for the package's own.

        Returns: integers (batch, time + max_new_tokens).

        Raises:
            ValueError: for a sampling setting out of range.
        """
        check_sampling(temperature, top_k, top_p)
        generator = generator or random.generator()
        tokens = recent = np.asarray(tokens)
        state = None
        for _ in range(max_new_tokens):
            logits, state = self(recent, state)
            draws = generator.random(len(tokens))
            recent = sample(logits.numpy()[:, -1], draws, temperature, top_k, top_p)[:, None]
            tokens = np.concatenate([tokens, recent], axis=1)
        return tokens
