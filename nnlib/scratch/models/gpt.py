"""GPT: a stack of causal attention blocks that predicts the next symbol (Radford et al., 2019)."""

import math

import numpy as np

from nnlib.scratch import random
from nnlib.scratch.autograd.shapes import cat
from nnlib.scratch.autograd.tensor import no_grad
from nnlib.scratch.nn import init
from nnlib.scratch.nn.activation import gelu
from nnlib.scratch.nn.attention import scaled_dot_product_attention, self_attention
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.embedding import Embedding
from nnlib.scratch.nn.linear import Linear, linear
from nnlib.scratch.nn.module import Module, Sequential
from nnlib.scratch.nn.norm import LayerNorm
from nnlib.scratch.sampling import check_sampling, sample


class _Attention(Module):
    """Each place attends to itself and to those before it."""

    def __init__(self, embed_dim, num_heads, dropout):
        super().__init__()
        self.num_heads, self.dropout = num_heads, dropout
        self.qkv = Linear(embed_dim, 3 * embed_dim)
        self.proj = Linear(embed_dim, embed_dim)

    def forward(self, x, past=None):
        """The result, with keys and values so far; ``past`` holds those of earlier places."""
        qkv = self.qkv(x)  # (batch, time, 3 * embed_dim)
        if past is None:
            dropout_p = self.dropout if self.training else 0.0
            out = self_attention(qkv, num_heads=self.num_heads, dropout_p=dropout_p, is_causal=True)
            return self.proj(out), None
        batch, time, _ = qkv.shape
        heads = qkv.reshape(batch, time, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = heads[0], heads[1], heads[2]  # (batch, heads, time, head_dim)
        if past:
            key, value = cat([past[0], key], dim=2), cat([past[1], value], dim=2)
        seen = np.tri(time, key.shape[2], key.shape[2] - time, dtype=bool)
        out = scaled_dot_product_attention(query, key, value, seen)
        return self.proj(out.transpose(1, 2).reshape(*x.shape)), (key, value)


class _Block(Module):
    """Attention, then two linear layers, each on a normalized copy and added to the stream."""

    def __init__(self, embed_dim, num_heads, dropout):
        super().__init__()
        self.norm1 = LayerNorm(embed_dim)
        self.attention = _Attention(embed_dim, num_heads, dropout)
        self.norm2 = LayerNorm(embed_dim)
        self.expand = Linear(embed_dim, 4 * embed_dim)
        self.proj = Linear(4 * embed_dim, embed_dim)
        self.drop = Dropout(dropout)

    def forward(self, x, past=None):
        attended, past = self.attention(self.norm1(x), past)
        x = x + self.drop(attended)
        hidden = gelu(self.expand(self.norm2(x)), approximate="tanh")
        return x + self.drop(self.proj(hidden)), past


class GPT(Module):
    """A decoder-only Transformer with the norms first (Radford et al., 2019).

    The token embedding is also the output layer: one matrix reads and writes symbols.

    Args:
        vocab_size: V, number of symbols.
        block_size: places that it can look back on, itself included.
        num_layers: blocks.
        num_heads: attention heads in each.
        embed_dim: E, length of the vector at each place.
        dropout: probability of dropping, in training: of attention weights, and of elements of the
            embedding and of what each step adds.
        init_std: standard deviation of the weights at the start. 0.02 suits GPT-2's widths; a
            signal keeps its size better at 0.55 / √E.
    Shapes: tokens (batch, time), integers below V -> logits (batch, time, V).
    Parameters: token_embedding, position_embedding, blocks, norm. Weights start normal with
        standard deviation init_std, those of each proj 1/sqrt(2 num_layers) of it; biases zero.
    Raises: ValueError for tokens that do not fit or reach beyond block_size.
    """

    def __init__(
        self,
        vocab_size,
        block_size,
        num_layers,
        num_heads,
        embed_dim,
        dropout=0.0,
        init_std=0.02,
    ):
        super().__init__()
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
                steps = 2 * num_layers if name.endswith("proj.weight") else 1
                init.normal_(parameter, std=init_std / math.sqrt(steps))

    def forward(self, tokens, cache=None):
        """Logits of the symbol after each place.

        ``cache`` is a list with () for each block before the first call; each call leaves keys and
        values in it, and the next is then given only the tokens that follow.
        """
        start = cache[0][0].shape[2] if cache and cache[0] else 0
        end = start + tokens.shape[-1]
        if tokens.ndim != 2 or not start < end <= self.block_size:
            raise ValueError(
                f"GPT expects tokens (batch, time) of at most {self.block_size} places, "
                f"got {tokens.shape}" + (f" after {start}" if start else "")
            )
        positions = self.position_embedding(np.arange(start, end))
        x = self.drop(self.token_embedding(tokens) + positions)  # (batch, time, embed_dim)
        for layer, block in enumerate(self.blocks):
            x, past = block(x, None if cache is None else cache[layer])
            if cache is not None:
                cache[layer] = past
        return linear(self.norm(x), self.token_embedding.weight)

    @no_grad()
    def generate(
        self,
        tokens,
        max_new_tokens,
        *,
        temperature=1.0,
        top_k=None,
        top_p=None,
        generator=None,
        use_cache=True,
    ):
        """Continue each row of ``tokens``, symbol by symbol; call ``eval()`` before, for dropout.

        Args:
            tokens: integers (batch, time), at least one in each row.
            max_new_tokens: how many to add.
            temperature, top_k, top_p: as in `nnlib.scratch.sampling.sample`.
            generator: ``numpy.random.Generator`` of the draws; None for the package's own.
            use_cache: keep keys and values rather than compute them again for every symbol. The
                symbols are the same. Beyond block_size the window slides, every place changes its
                position, and there is nothing to keep.

        Returns: array (batch, time + max_new_tokens).

        Raises:
            ValueError: for a sampling setting out of range, or tokens that do not fit.
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
