"""Layers without weights that change at most the shape: flatten, enlarge, or nothing at all."""

import numpy as np

from nnlib.scratch.autograd.shapes import flatten
from nnlib.scratch.autograd.tensor import primitive
from nnlib.scratch.nn.module import Module
from nnlib.scratch.nn.window import check_images, pair


@primitive
def interpolate(x, *, scale_factor):
    """Every pixel becomes a block of equal pixels; its gradient is the sum over the block."""
    check_images("interpolate", x)
    rows, columns = pair("scale_factor", scale_factor)
    batch, channels, height, width = x.shape
    blocks = np.broadcast_to(
        x[:, :, :, None, :, None], (batch, channels, height, rows, width, columns)
    )
    return blocks.reshape(batch, channels, height * rows, width * columns), lambda grad: (
        grad.reshape(blocks.shape).sum(axis=(3, 5)),
    )


class Identity(Module):
    """Its input, unchanged: a place holder where a layer may stand."""

    def forward(self, x):
        return x


class Flatten(Module):
    """Several dimensions in one row, so that a linear layer can follow a convolution.

    Args:
        start_dim: the first of the dimensions; 1 leaves the batch alone.
        end_dim: the last of them.
    Shapes: x (N, C, H, W) -> (N, C H W) by default.
    Raises: ValueError if end_dim comes before start_dim, or x has neither.
    """

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return flatten(x, self.start_dim, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Upsample(Module):
    """Images enlarged by repeating every pixel: the nearest neighbor.

    Args:
        scale_factor: how often a pixel is repeated, int or pair (height, width).
    Shapes: x (N, C, H, W) -> (N, C, H scale_factor, W scale_factor).
    Raises: ValueError for a factor that is not a whole number.
    """

    def __init__(self, *, scale_factor):
        super().__init__()
        self.scale_factor = scale_factor

    def forward(self, x):
        return interpolate(x, scale_factor=self.scale_factor)

    def extra_repr(self):
        return f"scale_factor={self.scale_factor}"
