"""Position encodings, for which PyTorch has no classes: waves to add, rotations to apply."""

import math

import torch
from torch import nn


class SinusoidalPositionalEncoding(nn.Module):
    """Adds sines and cosines that differ at each position (Vaswani et al., 2017).

    Args:
        embed_dim: E, even.
        max_len: number of positions.
        base: sets the longest wavelength, which is close to 2π base.
    Shapes: x (batch, time, embed_dim) -> the same; ``start`` is the position of x[:, 0].
    Parameters: none.
    Raises: ValueError if embed_dim is odd, for another shape, or a position outside of max_len.
    """

    def __init__(self, embed_dim: int, max_len: int = 1024, base: float = 10000.0):
        super().__init__()
        if embed_dim < 2 or embed_dim % 2:
            raise ValueError(f"embed_dim must be an even number of features, got {embed_dim}")
        position = torch.arange(max_len, dtype=torch.float64).unsqueeze(1)
        exponent = torch.arange(0, embed_dim, 2, dtype=torch.float64) / embed_dim
        frequency = torch.exp(-math.log(base) * exponent)
        table = torch.empty(max_len, embed_dim, dtype=torch.float64)
        table[:, 0::2] = torch.sin(position * frequency)
        table[:, 1::2] = torch.cos(position * frequency)
        self.table = table  # not a buffer: it stays float64 until it is used

    def forward(self, x: torch.Tensor, start: int = 0) -> torch.Tensor:
        max_len, embed_dim = self.table.shape
        end = start + x.size(1) if x.ndim == 3 else 0
        if x.ndim != 3 or x.size(-1) != embed_dim or start < 0 or end > max_len:
            raise ValueError(
                f"SinusoidalPositionalEncoding expects (batch, time, {embed_dim}) within "
                f"{max_len} positions, got {tuple(x.shape)} from position {start}"
            )
        return x + self.table[start:end].to(x)

    def extra_repr(self) -> str:
        max_len, embed_dim = self.table.shape
        return f"{embed_dim}, max_len={max_len}"


class RotaryEmbedding(nn.Module):
    """Rotates pairs of features by an angle proportional to the position (Su et al., 2021).

    The pairs are complex numbers here, multiplied by exp(i angle).

    Args:
        head_dim: E, even; feature i is paired with feature i + E/2.
        base: sets the slowest rotation, base^(-1 + 2/E) radians per position.
    Shapes: x (..., time, head_dim) -> the same; ``start`` is the position of x[..., 0, :].
    Parameters: none.
    Raises: ValueError if head_dim is odd, for another shape, or a negative start.
    """

    def __init__(self, head_dim: int, base: float = 10000.0):
        super().__init__()
        if head_dim < 2 or head_dim % 2:
            raise ValueError(f"head_dim must be an even number of features, got {head_dim}")
        self.head_dim, self.base = head_dim, base

    def forward(self, x: torch.Tensor, start: int = 0) -> torch.Tensor:
        if x.ndim < 2 or x.size(-1) != self.head_dim or start < 0:
            raise ValueError(
                f"RotaryEmbedding expects (..., time, {self.head_dim}) and a start of at least 0, "
                f"got {tuple(x.shape)} and {start}"
            )
        exponent = torch.arange(0, self.head_dim, 2, dtype=torch.float64) / self.head_dim
        position = torch.arange(start, start + x.size(-2), dtype=torch.float64)
        angle = torch.outer(position, self.base**-exponent)
        rotation = torch.polar(torch.ones_like(angle), angle)
        pairs = torch.complex(*x.chunk(2, dim=-1))
        rotated = pairs * rotation.to(pairs)
        return torch.cat([rotated.real, rotated.imag], dim=-1)

    def extra_repr(self) -> str:
        return f"{self.head_dim}, base={self.base}"
