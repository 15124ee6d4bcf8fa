"""Layers without parameters that change at most the shape: flatten, upsample, identity."""

import numpy as np

from nnlib.scratch.autograd.shapes import flatten
from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn.module import Module
from nnlib.scratch.nn.window import check_images, pair


@primitive
def interpolate(x: np.ndarray, *, scale_factor: int | tuple[int, int]):
    """Each pixel becomes a block of equal pixels; its gradient is the sum over the block.

    Raises: ValueError unless x is (N, C, H, W) and the factor an integer, or a pair of them.
    """
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
    """Returns its input: a placeholder for a layer.

    Shapes: any -> the same.
    """

    def forward(self, x: Tensor) -> Tensor:
        return x


class Flatten(Module):
    """Merges several dimensions into one, so that a linear layer can follow a convolution.

    Args:
        start_dim: the first dimension to merge; 1 leaves the batch alone.
        end_dim: the last dimension to merge.
    Shapes: x (N, C, H, W) -> (N, C H W) by default.
    Raises: ValueError if end_dim comes before start_dim, or x does not have both.
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Tensor) -> Tensor:
        return flatten(x, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Upsample(Module):
    """Enlarges images by repeating each pixel (nearest-neighbor interpolation).

    Args:
        scale_factor: repetitions of a pixel, int or pair (height, width).
    Shapes: x (N, C, H, W) -> (N, C, H scale_factor, W scale_factor).
    Raises: ValueError for a factor that is not an integer (PyTorch allows fractions).
    """

    def __init__(self, *, scale_factor: int | tuple[int, int]):
        super().__init__()
        self.scale_factor = scale_factor

    def forward(self, x: Tensor) -> Tensor:
        return interpolate(x, scale_factor=self.scale_factor)

    def extra_repr(self) -> str:
        return f"scale_factor={self.scale_factor}"
