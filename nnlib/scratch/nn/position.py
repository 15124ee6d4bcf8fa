"""Positions: attention sees a set of places, so each has to be told where it stands."""

import numpy as np

from nnlib.scratch.autograd.tensor import primitive
from nnlib.scratch.nn.module import Module


def _angles(time, features, base):
    """Position t times base^(-2i / features), for the pairs i of features: (time, features / 2)."""
    if features < 2 or features % 2:
        raise ValueError(f"positions need an even number of features, got {features}")
    return np.arange(time)[:, None] * base ** (-np.arange(0, features, 2) / features)


class SinusoidalPositions(Module):
    """Add a fixed wave pattern that is different at every position (Vaswani et al., 2017).

    Feature 2i gets sin(t / base^(2i / E)), feature 2i + 1 the cosine of the same.

    Args:
        embed_dim: E, even.
        max_len: positions that there can be.
        base: sets the longest wavelength, 2 pi base.
    Shapes: x (batch, time, embed_dim) -> the same; ``start`` is the position of the first place.
    Parameters: none.
    Raises: ValueError if embed_dim is odd, x does not fit or reaches beyond max_len.
    """

    def __init__(self, embed_dim, max_len=1024, base=10000.0):
        super().__init__()
        angles = _angles(max_len, embed_dim, base)
        pairs = np.stack([np.sin(angles), np.cos(angles)], axis=-1)  # (time, features / 2, 2)
        self.table = pairs.reshape(max_len, embed_dim)

    def forward(self, x, start=0):
        max_len, embed_dim = self.table.shape
        if x.ndim != 3 or x.shape[-1] != embed_dim or start + x.shape[1] > max_len:
            raise ValueError(
                f"SinusoidalPositions expects (batch, time, {embed_dim}) within {max_len} "
                f"positions, got {x.shape} from position {start}"
            )
        return x + self.table[start : start + x.shape[1]].astype(x.dtype)

    def extra_repr(self):
        return f"{self.table.shape[1]}, max_len={len(self.table)}"


@primitive
def _rotate(x, cos, sin):
    """Turn the pairs (x_i, x_(i + E/2)) by the angles whose cosine and sine are given."""
    half = x.shape[-1] // 2

    def turned(x, sin):
        first, second = x[..., :half], x[..., half:]
        return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)

    return turned(x, sin), lambda grad: (turned(grad, -sin), None, None)  # back by the same angle


class RotaryPositions(Module):
    """Rotate pairs of features by an angle that grows with the position (Su et al., 2021).

    Applied to queries and keys: their product then depends only on how far apart they are. Feature
    i is paired with i + E/2, as most implementations do, not with its neighbor as in the paper.

    Args:
        head_dim: E, even.
        base: sets the slowest rotation, base^(-1 + 2/E) a position.
    Shapes: x (..., time, head_dim) -> the same; ``start`` is the position of the first place.
    Parameters: none.
    Raises: ValueError if head_dim is odd or x does not fit.
    """

    def __init__(self, head_dim, base=10000.0):
        super().__init__()
        _angles(0, head_dim, base)  # refuses an odd head_dim here, not at the first use
        self.head_dim, self.base = head_dim, base

    def forward(self, x, start=0):
        if x.ndim < 2 or x.shape[-1] != self.head_dim:
            raise ValueError(f"RotaryPositions expects (..., time, {self.head_dim}), got {x.shape}")
        angles = _angles(start + x.shape[-2], self.head_dim, self.base)[start:]
        return _rotate(x, np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype))

    def extra_repr(self):
        return f"{self.head_dim}, base={self.base}"
