"""GPT: a stack of causal attention blocks that predicts the next token (Radford et al., 2019)."""

import math

import numpy as np

from nnlib.data.sampling import check_sampling
from nnlib.scratch import random
from nnlib.scratch.autograd.shapes import cat
from nnlib.scratch.autograd.tensor import Tensor, no_grad
from nnlib.scratch.nn import init
from nnlib.scratch.nn.activation import gelu
from nnlib.scratch.nn.attention import merge_heads, scaled_dot_product_attention, split_heads
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.embedding import Embedding
from nnlib.scratch.nn.linear import Linear, linear
from nnlib.scratch.nn.module import Module, Sequential
from nnlib.scratch.nn.norm import LayerNorm
from nnlib.scratch.sampling import sample


class _Attention(Module):
    """Causal self-attention: a position attends to itself and to those before it."""

    def __init__(self, embed_dim, num_heads, dropout):
        super().__init__()
        self.num_heads, self.dropout = num_heads, dropout
        self.qkv = Linear(embed_dim, 3 * embed_dim)
        self.proj = Linear(embed_dim, embed_dim)

    def forward(self, x, past=()):
        """The output, and keys and values so far; ``past`` holds those of earlier positions."""
        query, key, value = split_heads(x, x, x, self.qkv.weight, self.qkv.bias, self.num_heads)
        if past:
            key, value = cat([past[0], key], dim=2), cat([past[1], value], dim=2)
        queries, keys = query.shape[2], key.shape[2]
        mask = np.tri(queries, keys, keys - queries, dtype=bool)  # the queries are the last keys
        dropout_p = self.dropout if self.training else 0.0
        out = scaled_dot_product_attention(query, key, value, mask, dropout_p)
        return self.proj(merge_heads(out)), (key, value)


class _Block(Module):
    """Attention, then an MLP; each reads a normalized copy and adds to the residual stream."""

    def __init__(self, embed_dim, num_heads, dropout):
        super().__init__()
        self.norm1 = LayerNorm(embed_dim)
        self.attention = _Attention(embed_dim, num_heads, dropout)
        self.norm2 = LayerNorm(embed_dim)
        self.mlp_fc = Linear(embed_dim, 4 * embed_dim)
        self.mlp_proj = Linear(4 * embed_dim, embed_dim)
        self.drop = Dropout(dropout)

    def forward(self, x, past=()):
        attended, past = self.attention(self.norm1(x), past)
        x = x + self.drop(attended)
        hidden = gelu(self.mlp_fc(self.norm2(x)), approximate="tanh")
        return x + self.drop(self.mlp_proj(hidden)), past


class GPT(Module):
    """A decoder-only Transformer with pre-normalization (Radford et al., 2019).

    The weights of the token embedding are those of the output layer too (weight tying).

    Args:
        vocab_size: V, number of tokens in the vocabulary.
        block_size: context length, the largest number of positions.
        num_layers: number of blocks.
        num_heads: attention heads in each block.
        embed_dim: E, features at each position, a multiple of num_heads.
        dropout: probability of dropping, in training: attention weights, elements of the embedding,
            and elements of the output of each attention and MLP.
        init_std: standard deviation of the initial weights. 0.02 suits the widths of GPT-2;
            0.55 / √E preserves the scale of the activations better.
    Shapes: tokens (batch, time), integers below V -> logits (batch, time, V).
    Parameters: token_embedding, position_embedding, blocks, norm. Weights are initialized from a
        normal distribution with standard deviation init_std, those of proj and mlp_proj with
        init_std / sqrt(2 num_layers); biases with zero.
    Raises: ValueError if num_heads does not divide embed_dim, or for tokens of the wrong shape, out
        of range or beyond block_size.
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
        self.token_embedding = Embedding(vocab_size, embed_dim)
        self.position_embedding = Embedding(block_size, embed_dim)
        self.drop = Dropout(dropout)
        self.blocks = Sequential(
            *(_Block(embed_dim, num_heads, dropout) for _ in range(num_layers))
        )
        self.norm = LayerNorm(embed_dim)
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                parameter.data[...] = 0
            elif "norm" not in name:
                residual_layers = 2 * num_layers if name.endswith("proj.weight") else 1
                init.normal_(parameter, std=init_std / math.sqrt(residual_layers))

    def forward(self, tokens: Tensor, cache: list | None = None) -> Tensor:
        """Logits for the token after each position.

        Args:
            tokens: integers (batch, time).
            cache: None, or a list that holds () for each block before the first call. Each call
                leaves keys and values in it, and the next call gets only the tokens that follow.

        Returns: logits (batch, time, V).

        Raises:
            ValueError: for tokens of the wrong shape, out of range or beyond block_size.
        """
        start = cache[0][0].shape[2] if cache and cache[0] else 0
        end = start + tokens.shape[-1]
        if tokens.ndim != 2 or not start < end <= self.block_size:
            raise ValueError(
                f"GPT expects tokens (batch, time) with at most {self.block_size} positions, "
                f"got {tokens.shape}" + (f" after {start}" if start else "")
            )
        positions = self.position_embedding(np.arange(start, end))
        x = self.drop(self.token_embedding(tokens) + positions)  # (batch, time, embed_dim)
        for layer, block in enumerate(self.blocks):
            x, past = block(x, () if cache is None else cache[layer])
            if cache is not None:
                cache[layer] = past
        return linear(self.norm(x), self.token_embedding.weight)

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
        use_cache: bool = True,
    ) -> np.ndarray:
        """Continue each row of ``tokens``, one token at a time; call ``eval()`` before.

        Args:
            tokens: integers (batch, time), at least one in each row.
            max_new_tokens: how many to append.
            temperature, top_k, top_p: as in `nnlib.scratch.sampling.sample`.
            generator: ``numpy.random.Generator`` of the draws; None for the package's own.
            use_cache: keep keys and values instead of recomputing them for every token; the tokens
                are the same. Beyond block_size the window slides, so that the position of each
                token changes, and nothing can be kept.

        Returns: integers (batch, time + max_new_tokens).

        Raises:
            ValueError: for a sampling setting out of range, or tokens as in `forward`.
        """
        check_sampling(temperature, top_k, top_p)
        generator = generator or random.generator()
        tokens = np.asarray(tokens)
        cache = None
        for _ in range(max_new_tokens):
            if use_cache and tokens.shape[1] <= self.block_size:
                recent = tokens if cache is None else tokens[:, -1:]
                cache = cache or [()] * len(self.blocks)
            else:
                recent, cache = tokens[:, -self.block_size :], None
            logits = self(recent, cache).numpy()[:, -1]
            draws = generator.random(len(tokens))
            chosen = sample(logits, draws, temperature, top_k, top_p)
            tokens = np.concatenate([tokens, chosen[:, None]], axis=1)
        return tokens
