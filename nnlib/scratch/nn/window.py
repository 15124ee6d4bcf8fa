"""What convolution and pooling share: a window slides over an image; how many positions it has."""

from collections.abc import Sequence
from numbers import Integral

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor


def pair(name: str, value: int | tuple[int, int], least: int = 1) -> tuple[int, int]:
    """``value`` for height and width: an integer stands for both.

    Args:
        name: of the argument, for the message.
        value: an integer, or a pair of them.
        least: the smallest value allowed.
    Raises: ValueError for anything else.
    """
    both = (value, value) if isinstance(value, Integral) else value
    if not (
        isinstance(both, tuple | list)
        and len(both) == 2
        and all(isinstance(length, Integral) and length >= least for length in both)
    ):
        raise ValueError(
            f"{name} must be an integer of at least {least}, or a pair of them, got {value!r}"
        )
    return int(both[0]), int(both[1])


def output_size(
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> tuple[int, ...]:
    """Number of window positions per axis: (size + 2 padding - extent) // stride + 1.

    Args:
        size, kernel, stride, padding, dilation: pixels, one number for each axis.
    Raises: ValueError if the window does not fit into the padded image.
    """
    out = []
    for length, k, step, pad, spacing in zip(size, kernel, stride, padding, dilation, strict=True):
        extent = spacing * (k - 1) + 1
        if length + 2 * pad < extent:
            raise ValueError(
                f"a window that extends over {extent} does not fit into "
                f"{length} with padding {pad}; use a larger input or more padding"
            )
        out.append((length + 2 * pad - extent) // step + 1)
    return tuple(out)


def check_images(name: str, x: Tensor | np.ndarray) -> None:
    """Raise ValueError unless x is a batch of images (N, C, H, W), of which only N may be 0."""
    if x.ndim != 4:
        raise ValueError(
            f"{name} expects (batch, channels, height, width), got {x.shape}"
            + ("; add a batch dimension?" if x.ndim == 3 else "")
        )
    if 0 in x.shape[1:]:
        raise ValueError(f"{name} expects at least one channel and one pixel, got {x.shape}")
