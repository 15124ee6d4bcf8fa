"""A recurrent language model: reads a token, predicts the next one, and keeps a state."""

from typing import Literal

import numpy as np
import torch
from torch import nn

from nnlib.data.sampling import check_sampling
from nnlib.pytorch.sampling import sample


class CharRNN(nn.Module):
    """Embedding, recurrent layers, linear output layer (Mikolov et al., 2010; Karpathy, 2015).

    Args:
        vocab_size: V, number of tokens in the vocabulary.
        embed_dim: features of a token's embedding.
        hidden_size: H, features of the state.
        cell: "rnn", "lstm" or "gru".
        num_layers: recurrent layers.
        dropout: probability of dropping, in training, between recurrent layers.
    Shapes: tokens (batch, time) and a state or None -> logits (batch, time, V), state.
    Parameters: embedding, rnn, head.
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
        if cell not in ("rnn", "lstm", "gru"):
            raise ValueError(f"cell must be rnn, lstm or gru, got {cell!r}")
        recurrent = getattr(nn, cell.upper())
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.rnn = recurrent(
            embed_dim, hidden_size, num_layers=num_layers, dropout=dropout, batch_first=True
        )
        self.head = nn.Linear(hidden_size, vocab_size)

    def forward(
        self, tokens: torch.Tensor, state: torch.Tensor | tuple[torch.Tensor, ...] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor | tuple[torch.Tensor, ...]]:
        hidden, state = self.rnn(self.embedding(tokens), state)
        return self.head(hidden), state

    @torch.no_grad()
    def generate(
        self,
        tokens: torch.Tensor,
        max_new_tokens: int,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        generator: np.random.Generator | None = None,
    ) -> torch.Tensor:
        """Continue each row of ``tokens``, one token at a time.

        Args:
            tokens: integers (batch, time), at least one in each row.
            max_new_tokens: how many to append.
            temperature, top_k, top_p: as in ``nnlib.scratch.sampling.sample``.
            generator: ``numpy.random.Generator`` of the draws, with which both sides draw the same;
                None for PyTorch's own.

        Returns: integers (batch, time + max_new_tokens).

        Raises:
            ValueError: for a sampling setting out of range.
        """
        check_sampling(temperature, top_k, top_p)
        tokens = torch.as_tensor(tokens, device=self.head.weight.device)
        result = [tokens]
        state = None
        for _ in range(max_new_tokens):
            logits, state = self(result[-1], state)
            if generator is None:
                draws = torch.rand(len(tokens), dtype=torch.float64)
            else:
                draws = torch.from_numpy(generator.random(len(tokens)))
            result.append(sample(logits[:, -1], draws, temperature, top_k, top_p).unsqueeze(1))
        return torch.cat(result, dim=1)
