"""Pooling: a window slides over each channel and keeps one number, so that images become smaller.

For each element of the window, `_views` gives the pixels that it covers as the window slides: as
many views of the image as the window has elements, each as large as the output. So the maximum over
all windows is the maximum of a few arrays.
"""

from collections.abc import Iterator

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn.module import Module
from nnlib.scratch.nn.window import check_images, output_size, pair


def _geometry(name, x, kernel_size, stride, padding, dilation=1):
    """The settings as pairs, and the size of the output."""
    check_images(name, x)
    kernel = pair("kernel_size", kernel_size)
    stride = kernel if stride is None else pair("stride", stride)
    padding, dilation = pair("padding", padding, least=0), pair("dilation", dilation)
    if any(2 * pad > k for pad, k in zip(padding, kernel, strict=True)):
        raise ValueError(
            f"{name}: padding may be at most half of the window {kernel}, got {padding}"
        )
    out_size = output_size(x.shape[2:], kernel, stride, padding, dilation)
    return out_size, kernel, stride, padding, dilation


def _padded(x, padding, value):
    """The images surrounded by ``value``; x itself if the padding is 0."""
    if not any(padding):
        return x
    return np.pad(x, ((0, 0), (0, 0), *((pad, pad) for pad in padding)), constant_values=value)


def _unpadded(x, padding):
    """The images without their padding; x itself if the padding is 0."""
    if not any(padding):
        return x
    (top, left), (height, width) = padding, x.shape[2:]
    return x[:, :, top : height - top, left : width - left]


def _views(x, out_size, kernel, stride, dilation) -> Iterator[np.ndarray]:
    """For each element of the window, the pixels it covers: views (N, C, H', W') of x."""
    extent = [step * (length - 1) + 1 for step, length in zip(stride, out_size, strict=True)]
    for i in range(0, kernel[0] * dilation[0], dilation[0]):
        for j in range(0, kernel[1] * dilation[1], dilation[1]):
            yield x[:, :, i : i + extent[0] : stride[0], j : j + extent[1] : stride[1]]


@primitive
def max_pool2d(
    x: np.ndarray,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
):
    """The largest pixel of each window; the gradient goes to it alone.

    Of equal pixels the first gets it, of several NaNs the last, padding never, as in PyTorch.

    Raises: ValueError if x is not (N, C, H, W) or the window does not fit.
    """
    out_size, kernel, step, border, spacing = _geometry(
        "max_pool2d", x, kernel_size, stride, padding, dilation
    )
    slide = (out_size, kernel, step, spacing)
    frame = _padded(x, border, -np.inf)
    views = _views(frame, *slide)
    out = next(views).copy()
    for view in views:
        np.maximum(out, view, out=out)

    def pullback(grad):
        grad_frame = np.zeros_like(frame)
        inside = _padded(np.ones((1, 1, *x.shape[2:]), bool), border, False)
        elements = [*zip(*(_views(a, *slide) for a in (frame, grad_frame, inside)), strict=True)]
        finite = np.isfinite(grad.sum())  # then a product selects, ten times as fast as np.where
        has_nan = np.isnan(out.sum())
        apart = all(s > d * (k - 1) for s, d, k in zip(step, spacing, kernel, strict=True))
        once = apart and finite and not has_nan  # then each pixel is written at most once

        def distribute(elements, waiting, is_largest):
            """Give each waiting window's gradient to its first element that is the largest."""
            for view, grad_view, inside_view in elements:
                chosen = is_largest(view)
                chosen &= waiting
                if any(border):
                    chosen &= inside_view
                if once:
                    np.multiply(grad, chosen, out=grad_view)
                else:
                    grad_view += grad * chosen if finite else np.where(chosen, grad, 0)
                waiting ^= chosen

        distribute(elements, np.ones(out.shape, bool), lambda view: view == out)
        if has_nan:  # NaN equals nothing, so those windows are still waiting
            distribute(elements[::-1], np.isnan(out), np.isnan)
        return (_unpadded(grad_frame, border),)

    return out, pullback


@primitive
def avg_pool2d(
    x: np.ndarray,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
):
    """The mean of each window, including the zeros of the padding.

    Raises: ValueError if x is not (N, C, H, W) or the window does not fit.
    """
    out_size, kernel, step, border, spacing = _geometry(
        "avg_pool2d", x, kernel_size, stride, padding
    )
    slide = (out_size, kernel, step, spacing)
    frame = _padded(x, border, 0)
    views = _views(frame, *slide)
    out = next(views).copy()
    for view in views:
        out += view
    share = 1 / (kernel[0] * kernel[1])
    out *= share

    def pullback(grad):
        grad_frame = np.zeros_like(frame)
        grad = grad * share
        for grad_view in _views(grad_frame, *slide):
            grad_view += grad
        return (_unpadded(grad_frame, border),)

    return out, pullback


def _cells(size, out_size):
    """Slices of the rows and columns that each output pixel averages, and their share 1 / pixels.

    Cell i of n covers the pixels from floor(i length / n) up to, but not including,
    ceil((i + 1) length / n).
    """
    rows, columns = (
        [slice(i * length // n, -((i + 1) * length // -n)) for i in range(n)]
        for length, n in zip(size, out_size, strict=True)
    )
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            pixels = (row.stop - row.start) * (column.stop - column.start)
            yield (..., i, j), (..., row, column), 1 / pixels


@primitive
def adaptive_avg_pool2d(x: np.ndarray, output_size: int | tuple[int, int]):
    """The mean of each cell of a grid of ``output_size`` cells laid over the image.

    Raises: ValueError if x is not (N, C, H, W) or has no pixels.
    """
    check_images("adaptive_avg_pool2d", x)
    out_size = pair("output_size", output_size)
    out = np.empty((*x.shape[:2], *out_size), x.dtype)
    for position, cell, share in _cells(x.shape[2:], out_size):
        out[position] = x[cell].sum(axis=(2, 3)) * share

    def pullback(grad):
        grad_x = np.zeros_like(x)
        for position, cell, share in _cells(x.shape[2:], out_size):
            grad_x[cell] += grad[position][..., None, None] * share
        return (grad_x,)

    return out, pullback


class MaxPool2d(Module):
    """The largest pixel in each window of each channel (Ranzato et al., 2007).

    Args:
        kernel_size: K, height and width of the window in pixels, int or pair, as all that follow.
        stride: pixels from one window position to the next; None for adjacent windows.
        padding: pixels added on each side, which are never the largest; at most K / 2.
        dilation: pixels from one element of the window to the next.
    Shapes: x (N, C, H, W) -> (N, C, H', W'),
        H' = (H + 2 padding - dilation (K - 1) - 1) // stride + 1.
    Raises: ValueError if x is not (N, C, H, W) or the window does not fit.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
    ):
        super().__init__()
        self.kernel_size, self.padding, self.dilation = kernel_size, padding, dilation
        self.stride = kernel_size if stride is None else stride

    def forward(self, x: Tensor) -> Tensor:
        return max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, "
            f"padding={self.padding}, dilation={self.dilation}"
        )


class AvgPool2d(Module):
    """The mean of each window of each channel (LeCun et al., 1989).

    Args:
        kernel_size: K, height and width of the window in pixels, int or pair, as all that follow.
        stride: pixels from one window position to the next; None for adjacent windows.
        padding: zeros added on each side, which count in the mean; at most K / 2.
    Shapes: x (N, C, H, W) -> (N, C, H', W'), H' = (H + 2 padding - K) // stride + 1.
    Raises: ValueError if x is not (N, C, H, W) or the window does not fit.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] = 0,
    ):
        super().__init__()
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride

    def forward(self, x: Tensor) -> Tensor:
        return avg_pool2d(x, self.kernel_size, self.stride, self.padding)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool2d(Module):
    """The mean of each cell of a grid laid over each channel; 1 averages all (Lin et al., 2014).

    Args:
        output_size: cells along height and width, int or pair. Where they do not divide the image
            evenly, neighboring cells share pixels.
    Shapes: x (N, C, H, W) -> (N, C, *output_size).
    Raises: ValueError if x is not (N, C, H, W) or has no pixels.
    """

    def __init__(self, output_size: int | tuple[int, int]):
        super().__init__()
        self.output_size = output_size

    def forward(self, x: Tensor) -> Tensor:
        return adaptive_avg_pool2d(x, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"
