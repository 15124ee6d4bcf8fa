"""GPT: a stack of causal attention blocks that predicts the next token (Radford et al., 2019)."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from nnlib.data.sampling import check_sampling
from nnlib.pytorch.sampling import sample


class _Attention(nn.Module):
    """Causal self-attention: a position attends to itself and to those before it."""

    def __init__(self, embed_dim, num_heads, dropout):
        super().__init__()
        self.num_heads, self.dropout = num_heads, dropout
        self.qkv = nn.Linear(embed_dim, 3 * embed_dim)
        self.proj = nn.Linear(embed_dim, embed_dim)

    def forward(self, x, past=()):
        """The output, and keys and values so far; ``past`` holds those of earlier positions."""
        query, key, value = (
            part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
            for part in self.qkv(x).chunk(3, dim=-1)
        )
        dropout_p = self.dropout if self.training else 0.0
        if past:
            key, value = (torch.cat(pair, dim=2) for pair in zip(past, (key, value), strict=True))
            queries, keys = query.size(2), key.size(2)
            mask = torch.ones(queries, keys, dtype=torch.bool, device=x.device)
            out = F.scaled_dot_product_attention(
                query, key, value, mask.tril(keys - queries), dropout_p
            )
        else:  # is_causal, for which PyTorch has a faster kernel than for the same mask
            out = F.scaled_dot_product_attention(
                query, key, value, dropout_p=dropout_p, is_causal=True
            )
        return self.proj(out.transpose(1, 2).flatten(2)), (key, value)


class _Block(nn.Module):
    """Attention, then an MLP; each reads a normalized copy and adds to the residual stream."""

    def __init__(self, embed_dim, num_heads, dropout):
        super().__init__()
        self.norm1 = nn.LayerNorm(embed_dim)
        self.attention = _Attention(embed_dim, num_heads, dropout)
        self.norm2 = nn.LayerNorm(embed_dim)
        self.mlp_fc = nn.Linear(embed_dim, 4 * embed_dim)
        self.mlp_proj = nn.Linear(4 * embed_dim, embed_dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, x, past=()):
        attended, past = self.attention(self.norm1(x), past)
        x = x + self.drop(attended)
        hidden = F.gelu(self.mlp_fc(self.norm2(x)), approximate="tanh")
        return x + self.drop(self.mlp_proj(hidden)), past


class GPT(nn.Module):
    """A decoder-only Transformer with pre-normalization (Radford et al., 2019).

    Args:
        vocab_size: V, number of tokens in the vocabulary.
        block_size: context length, the largest number of positions.
        num_layers: number of blocks.
        num_heads: attention heads in each block.
        embed_dim: E, features at each position, a multiple of num_heads.
        dropout: probability of dropping, in training.
        init_std: standard deviation of the initial weights.
    Shapes: tokens (batch, time), integers below V -> logits (batch, time, V).
    Parameters: token_embedding (the output layer too), position_embedding, blocks, norm.
    Raises: ValueError if num_heads does not divide embed_dim, or for tokens of the wrong shape or
        beyond block_size.
    """

    def __init__(
        self,
        vocab_size: int,
        block_size: int,
        num_layers: int,
        num_heads: int,
        embed_dim: int,
        dropout: float = 0.0,
        init_std: float = 0.02,
    ):
        super().__init__()
        if num_heads < 1 or embed_dim % num_heads:
            raise ValueError(
                f"embed_dim must be a multiple of num_heads, got {embed_dim} and {num_heads}"
            )
        self.block_size = block_size
        self.token_embedding = nn.Embedding(vocab_size, embed_dim)
        self.position_embedding = nn.Embedding(block_size, embed_dim)
        self.drop = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            _Block(embed_dim, num_heads, dropout) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(embed_dim)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=init_std)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        for name, parameter in self.named_parameters():
            if name.endswith("proj.weight"):
                nn.init.normal_(parameter, std=init_std / (2 * num_layers) ** 0.5)

    def forward(self, tokens: torch.Tensor, cache: list | None = None) -> torch.Tensor:
        """Logits for the token after each position.

        Args:
            tokens: integers (batch, time).
            cache: None, or a list that holds () for each block before the first call. Each call
                leaves keys and values in it, and the next call gets only the tokens that follow.

        Returns: logits (batch, time, V).

        Raises:
            ValueError: for tokens of the wrong shape or beyond block_size.
        """
        start = cache[0][0].size(2) if cache and cache[0] else 0
        end = start + tokens.size(-1)
        if tokens.ndim != 2 or not start < end <= self.block_size:
            raise ValueError(
                f"GPT expects tokens (batch, time) with at most {self.block_size} positions, "
                f"got {tuple(tokens.shape)}" + (f" after {start}" if start else "")
            )
        positions = torch.arange(start, end, device=tokens.device)
        x = self.drop(self.token_embedding(tokens) + self.position_embedding(positions))
        for layer, block in enumerate(self.blocks):
            x, past = block(x, cache[layer] if cache else ())
            if cache:
                cache[layer] = past
        return F.linear(self.norm(x), self.token_embedding.weight)

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
        use_cache: bool = True,
    ) -> torch.Tensor:
        """Continue each row of ``tokens``, one token at a time; call ``eval()`` before.

        Args:
            tokens: integers (batch, time), at least one in each row.
            max_new_tokens: how many to append.
            temperature, top_k, top_p: as in ``nnlib.scratch.sampling.sample``.
            generator: ``numpy.random.Generator`` of the draws, with which both sides draw the same;
                None for PyTorch's own.
            use_cache: keep keys and values instead of recomputing them for every token.

        Returns: integers (batch, time + max_new_tokens).

        Raises:
            ValueError: for a sampling setting out of range, or tokens as in ``forward``.
        """
        check_sampling(temperature, top_k, top_p)
        tokens = torch.as_tensor(tokens, device=self.norm.weight.device)
        cache: list | None = None
        for _ in range(max_new_tokens):
            if not use_cache or tokens.size(1) > self.block_size:
                logits = self(tokens[:, -self.block_size :])
            elif cache is None:
                cache = [()] * len(self.blocks)
                logits = self(tokens, cache)
            else:
                logits = self(tokens[:, -1:], cache)
            if generator is None:
                draws = torch.rand(len(tokens), dtype=torch.float64)
            else:
                draws = torch.from_numpy(generator.random(len(tokens)))
            chosen = sample(logits[:, -1], draws, temperature, top_k, top_p)
            tokens = torch.cat([tokens, chosen.unsqueeze(1)], dim=1)
        return tokens
