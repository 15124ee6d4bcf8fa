"""GPT: a stack of causal attention blocks that predicts the next symbol (Radford et al., 2019)."""

import torch
from torch import nn
from torch.nn import functional as F

from nnlib.pytorch.sampling import sample


class _Attention(nn.Module):
    """Each place attends to itself and to those before it."""

    def __init__(self, embed_dim, num_heads, dropout):
        super().__init__()
        self.num_heads, self.dropout = num_heads, dropout
        self.qkv = nn.Linear(embed_dim, 3 * embed_dim)
        self.proj = nn.Linear(embed_dim, embed_dim)

    def forward(self, x, past=None):
        query, key, value = (
            part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
            for part in self.qkv(x).chunk(3, dim=-1)
        )
        alone = past is None or len(past) == 0
        if not alone:
            key, value = (torch.cat(pair, dim=2) for pair in zip(past, (key, value), strict=True))
        if alone:
            dropout_p = self.dropout if self.training else 0.0
            out = F.scaled_dot_product_attention(
                query, key, value, dropout_p=dropout_p, is_causal=True
            )
        else:
            new, seen = query.size(2), key.size(2)
            mask = torch.ones(new, seen, dtype=torch.bool, device=x.device).tril(seen - new)
            out = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return self.proj(out.transpose(1, 2).flatten(2)), (key, value)


class _Block(nn.Module):
    """Attention, then two linear layers, each on a normalized copy and added to the stream."""

    def __init__(self, embed_dim, num_heads, dropout):
        super().__init__()
        self.norm1 = nn.LayerNorm(embed_dim)
        self.attention = _Attention(embed_dim, num_heads, dropout)
        self.norm2 = nn.LayerNorm(embed_dim)
        self.expand = nn.Linear(embed_dim, 4 * embed_dim)
        self.proj = nn.Linear(4 * embed_dim, embed_dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, x, past=None):
        attended, past = self.attention(self.norm1(x), past)
        x = x + self.drop(attended)
        hidden = F.gelu(self.expand(self.norm2(x)), approximate="tanh")
        return x + self.drop(self.proj(hidden)), past


class GPT(nn.Module):
    """A decoder-only Transformer with the norms first (Radford et al., 2019).

    Args:
        vocab_size: V, number of symbols.
        block_size: places that it can look back on, itself included.
        num_layers: blocks.
        num_heads: attention heads in each.
        embed_dim: E, length of the vector at each place.
        dropout: probability of dropping, in training.
        init_std: standard deviation of the weights at the start.
    Shapes: tokens (batch, time), integers below V -> logits (batch, time, V).
    Parameters: token_embedding (the output layer too), position_embedding, blocks, norm.
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

    def forward(self, tokens, cache=None):
        """Logits; ``cache``, a list with () for each block at first, collects keys and values."""
        start = cache[0][0].size(2) if cache and cache[0] else 0
        end = start + tokens.size(1)
        if end > self.block_size:
            raise ValueError(f"GPT expects at most {self.block_size} places, got {end}")
        positions = torch.arange(start, end, device=tokens.device)
        x = self.drop(self.token_embedding(tokens) + self.position_embedding(positions))
        for layer, block in enumerate(self.blocks):
            x, past = block(x, cache[layer] if cache else None)
            if cache:
                cache[layer] = past
        return F.linear(self.norm(x), self.token_embedding.weight)

    @torch.no_grad()
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
        """Continue each row of ``tokens``; arguments as the twin's, the result a tensor.

        A ``numpy.random.Generator`` makes both twins draw alike; None draws from torch.
        """
        tokens = torch.as_tensor(tokens, device=self.norm.weight.device)
        cache = None
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
