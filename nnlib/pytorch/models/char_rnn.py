"""A recurrent language model: one symbol in, the scores of the next one out."""

import torch
from torch import nn

from nnlib.pytorch.sampling import sample


class CharRNN(nn.Module):
    """Embedding, recurrent layers, linear scores (Mikolov et al., 2010; Karpathy, 2015).

    Args:
        vocab_size: V, number of symbols.
        embed_dim: length of a symbol's vector.
        hidden_size: H, length of the state.
        cell: "rnn", "lstm" or "gru".
        num_layers: recurrent layers.
        dropout: probability of dropping, in training, between recurrent layers.
    Shapes: tokens (batch, time) and a state or None -> logits (batch, time, V), state.
    Parameters: embedding, rnn, head.
    """

    def __init__(self, vocab_size, embed_dim, hidden_size, cell="lstm", num_layers=1, dropout=0.0):
        super().__init__()
        if cell not in ("rnn", "lstm", "gru"):
            raise ValueError(f"cell must be rnn, lstm or gru, got {cell!r}")
        recurrent = getattr(nn, cell.upper())
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.rnn = recurrent(
            embed_dim, hidden_size, num_layers=num_layers, dropout=dropout, batch_first=True
        )
        self.head = nn.Linear(hidden_size, vocab_size)

    def forward(self, tokens, state=None):
        hidden, state = self.rnn(self.embedding(tokens), state)
        return self.head(hidden), state

    @torch.no_grad()
    def generate(
        self, tokens, max_new_tokens, *, temperature=1.0, top_k=None, top_p=None, generator=None
    ):
        """Continue each row of ``tokens``; arguments as the twin's, the result a tensor.

        A ``numpy.random.Generator`` makes both twins draw alike; None draws from torch.
        """
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
