"""What convolution and pooling share: a window that slides over an image, and how often it fits."""

from numbers import Integral


def pair(name, value, least=1):
    """``value`` for height and width: an integer stands for both."""
    both = (value, value) if isinstance(value, Integral) else value
    if not (
        isinstance(both, tuple | list)
        and len(both) == 2
        and all(isinstance(length, Integral) and length >= least for length in both)
    ):
        raise ValueError(
            f"{name} must be an integer from {least} up, or a pair of them, got {value!r}"
        )
    return tuple(both)


def positions(size, kernel, stride, padding, dilation):
    """How many places a window finds along each axis: (size + 2 padding - reach) // stride + 1."""
    out = []
    for length, k, step, pad, spacing in zip(size, kernel, stride, padding, dilation, strict=True):
        reach = spacing * (k - 1) + 1
        if length + 2 * pad < reach:
            raise ValueError(
                f"a window that reaches over {reach} does not fit into "
                f"{length} with padding {pad}; give a larger input or more padding"
            )
        out.append((length + 2 * pad - reach) // step + 1)
    return tuple(out)


def check_images(name, x):
    """Raise ValueError unless x is a batch of images."""
    if x.ndim != 4:
        raise ValueError(
            f"{name} expects (batch, channels, height, width), got {x.shape}"
            + ("; add a batch dimension?" if x.ndim == 3 else "")
        )
