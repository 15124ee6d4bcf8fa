"""Position encodings: without them attention does not depend on the order of its inputs."""

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn.module import Module


def _check_even(name, features):
    if features < 2 or features % 2:
        raise ValueError(f"{name} must be an even number of features, got {features}")


def _angles(positions, features, base):
    """Position t times base^(-2i / features), for each pair i of features: (time, features / 2)."""
    return positions[:, None] * base ** (-np.arange(0, features, 2) / features)


class SinusoidalPositionalEncoding(Module):
    """Adds sines and cosines that differ at each position (Vaswani et al., 2017).

    Feature 2i gets sin(t / base^(2i / E)), feature 2i + 1 the cosine of the same angle.

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
        _check_even("embed_dim", embed_dim)
        angles = _angles(np.arange(max_len), embed_dim, base)
        pairs = np.stack([np.sin(angles), np.cos(angles)], axis=-1)  # (time, features / 2, 2)
        self.table = pairs.reshape(max_len, embed_dim)

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        max_len, embed_dim = self.table.shape
        if x.ndim != 3 or x.shape[-1] != embed_dim or not 0 <= start <= max_len - x.shape[1]:
            raise ValueError(
                f"SinusoidalPositionalEncoding expects (batch, time, {embed_dim}) within "
                f"{max_len} positions, got {tuple(x.shape)} from position {start}"
            )
        return x + self.table[start : start + x.shape[1]].astype(x.dtype)

    def extra_repr(self) -> str:
        return f"{self.table.shape[1]}, max_len={len(self.table)}"


@primitive
def _rotate(x, *, cos, sin):
    """Rotate the pairs (x_i, x_(i + E/2)) by the angles with these cosines and sines."""
    half = x.shape[-1] // 2

    def rotated(x, sin):
        first, second = x[..., :half], x[..., half:]
        return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)

    return rotated(x, sin), lambda grad: (rotated(grad, -sin),)  # back by the same angle


class RotaryEmbedding(Module):
    """Rotates pairs of features by an angle proportional to the position (Su et al., 2021).

    It is applied to queries and keys, whose product then depends on their distance only. Feature i
    is paired with feature i + E/2, as in most implementations, instead of with its neighbor as in
    the paper.

    Args:
        head_dim: E, even.
        base: sets the slowest rotation, base^(-1 + 2/E) radians per position.
    Shapes: x (..., time, head_dim) -> the same; ``start`` is the position of x[..., 0, :].
    Parameters: none.
    Raises: ValueError if head_dim is odd, for another shape, or a negative start.
    """

    def __init__(self, head_dim: int, base: float = 10000.0):
        super().__init__()
        _check_even("head_dim", head_dim)
        self.head_dim, self.base = head_dim, base

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        if x.ndim < 2 or x.shape[-1] != self.head_dim or start < 0:
            raise ValueError(
                f"RotaryEmbedding expects (..., time, {self.head_dim}) and a start of at least 0, "
                f"got {tuple(x.shape)} and {start}"
            )
        positions = np.arange(start, start + x.shape[-2])
        angles = _angles(positions, self.head_dim, self.base)
        return _rotate(x, cos=np.cos(angles).astype(x.dtype), sin=np.sin(angles).astype(x.dtype))

    def extra_repr(self) -> str:
        return f"{self.head_dim}, base={self.base}"
