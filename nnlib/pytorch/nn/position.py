"""Positions, which PyTorch has no classes for: waves to add, rotations to apply."""

import math

import torch
from torch import nn


class SinusoidalPositions(nn.Module):
    """Add a fixed wave pattern that is different at every position (Vaswani et al., 2017).

    Args:
        embed_dim: E, even.
        max_len: positions that there can be.
        base: sets the longest wavelength, 2 pi base.
    Shapes: x (batch, time, embed_dim) -> the same; ``start`` is the position of the first place.
    Parameters: none.
    """

    def __init__(self, embed_dim, max_len=1024, base=10000.0):
        super().__init__()
        if embed_dim % 2:
            raise ValueError(f"embed_dim must be even, got {embed_dim}")
        position = torch.arange(max_len, dtype=torch.float64).unsqueeze(1)
        exponent = torch.arange(0, embed_dim, 2, dtype=torch.float64) / embed_dim
        frequency = torch.exp(-math.log(base) * exponent)
        table = torch.empty(max_len, embed_dim, dtype=torch.float64)
        table[:, 0::2] = torch.sin(position * frequency)
        table[:, 1::2] = torch.cos(position * frequency)
        self.table = table  # no buffer: it stays float64 until it is used

    def forward(self, x, start=0):
        return x + self.table[start : start + x.size(1)].to(x)


class RotaryPositions(nn.Module):
    """Rotate pairs of features by an angle that grows with the position (Su et al., 2021).

    Pairs are complex numbers here, multiplied by exp(i angle).

    Args:
        head_dim: E, even; feature i is paired with i + E/2.
        base: sets the slowest rotation.
    Shapes: x (..., time, head_dim) -> the same; ``start`` is the position of the first place.
    Parameters: none.
    """

    def __init__(self, head_dim, base=10000.0):
        super().__init__()
        if head_dim % 2:
            raise ValueError(f"head_dim must be even, got {head_dim}")
        exponent = torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim
        self.frequency = base**-exponent

    def forward(self, x, start=0):
        position = torch.arange(start, start + x.size(-2), dtype=torch.float64)
        angle = torch.outer(position, self.frequency)
        turn = torch.polar(torch.ones_like(angle), angle)
        pairs = torch.complex(*x.chunk(2, dim=-1))
        turned = pairs * turn.to(pairs)
        return torch.cat([turned.real, turned.imag], dim=-1)
