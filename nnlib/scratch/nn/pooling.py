"""Pooling: a window slides over each channel and keeps one number, so that images become smaller.

For each element of the window, `_views` gives all pixels that it meets as the window slides: as
many views of the image as the window has elements, each of the size of the output. So a maximum
over windows is a maximum of a few arrays.
"""

import numpy as np

from nnlib.scratch.autograd.tensor import primitive
from nnlib.scratch.nn.module import Module
from nnlib.scratch.nn.window import check_images, pair, positions


def _geometry(name, x, kernel_size, stride, padding, dilation=1):
    """The settings as pairs, and the size of the output."""
    check_images(name, x)
    kernel = pair("kernel_size", kernel_size)
    stride = kernel if stride is None else pair("stride", stride)
    padding, dilation = pair("padding", padding, least=0), pair("dilation", dilation)
    if any(2 * pad > k for pad, k in zip(padding, kernel, strict=True)):
        raise ValueError(f"{name}: padding may be half of the window {kernel}, got {padding}")
    out_size = positions(x.shape[2:], kernel, stride, padding, dilation)
    return out_size, kernel, stride, padding, dilation


def _padded(x, padding, value):
    """The images with ``value`` around them; x itself if the padding is 0."""
    if not any(padding):
        return x
    return np.pad(x, ((0, 0), (0, 0), *((pad, pad) for pad in padding)), constant_values=value)


def _inside(x, padding):
    """The images without the padding around them; x itself if it is 0."""
    if not any(padding):
        return x
    (top, left), (height, width) = padding, x.shape[2:]
    return x[:, :, top : height - top, left : width - left]


def _views(x, out_size, kernel, stride, dilation):
    """For each element of the window, what it meets: views (N, C, H', W') of x."""
    reach = [step * (length - 1) + 1 for step, length in zip(stride, out_size, strict=True)]
    for i in range(0, kernel[0] * dilation[0], dilation[0]):
        for j in range(0, kernel[1] * dilation[1], dilation[1]):
            yield x[:, :, i : i + reach[0] : stride[0], j : j + reach[1] : stride[1]]


@primitive
def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1):
    """The largest number in each window; it alone gets the gradient, the first among equals."""
    out_size, kernel, stride, padding, dilation = _geometry(
        "max_pool2d", x, kernel_size, stride, padding, dilation
    )
    slide = (out_size, kernel, stride, dilation)
    frame = _padded(x, padding, -np.inf)
    views = _views(frame, *slide)
    out = next(views).copy()
    for view in views:
        np.maximum(out, view, out=out)

    def pullback(grad):
        grad_frame = np.zeros_like(frame)
        left = grad.copy()
        for view, grad_view in zip(_views(frame, *slide), _views(grad_frame, *slide), strict=True):
            share = left * (view == out)
            grad_view += share
            left -= share  # what one element took is gone for the others
        return (_inside(grad_frame, padding),)

    return out, pullback


@primitive
def avg_pool2d(x, kernel_size, stride=None, padding=0):
    """The mean of each window, zeros of the padding counted."""
    out_size, kernel, stride, padding, dilation = _geometry(
        "avg_pool2d", x, kernel_size, stride, padding
    )
    slide = (out_size, kernel, stride, dilation)
    frame = _padded(x, padding, 0)
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
        return (_inside(grad_frame, padding),)

    return out, pullback


def _averaging(length, out_length, dtype):
    """A matrix (out_length, length) whose row i takes the mean of the i-th part of an axis."""
    matrix = np.zeros((out_length, length), dtype)
    for i, row in enumerate(matrix):
        part = slice(i * length // out_length, -((i + 1) * length // -out_length))
        row[part] = 1 / (part.stop - part.start)
    return matrix


@primitive
def adaptive_avg_pool2d(x, output_size):
    """A x Bᵀ for each channel: the rows of A and B average parts of the height and the width."""
    check_images("adaptive_avg_pool2d", x)
    over_height, over_width = (
        _averaging(length, out_length, x.dtype)
        for length, out_length in zip(x.shape[2:], pair("output_size", output_size), strict=True)
    )
    return over_height @ x @ over_width.T, lambda grad: (over_height.T @ grad @ over_width,)


class MaxPool2d(Module):
    """The largest number in each window of each channel (Ranzato et al., 2007).

    Args:
        kernel_size: K, height and width of the window in pixels, int or pair, as all that follow.
        stride: pixels from one window to the next; None for windows that touch.
        padding: pixels added on each side, never the largest; at most K / 2.
        dilation: pixels from one element of the window to the next.
    Shapes: x (N, C, H, W) -> (N, C, H', W'),
        H' = (H + 2 padding - dilation (K - 1) - 1) // stride + 1.
    Raises: ValueError if the window does not fit.
    """

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1):
        super().__init__()
        self.kernel_size, self.padding, self.dilation = kernel_size, padding, dilation
        self.stride = kernel_size if stride is None else stride

    def forward(self, x):
        return max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def extra_repr(self):
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, "
            f"padding={self.padding}, dilation={self.dilation}"
        )


class AvgPool2d(Module):
    """The mean of each window of each channel (LeCun et al., 1989).

    Args:
        kernel_size: K, height and width of the window in pixels, int or pair, as all that follow.
        stride: pixels from one window to the next; None for windows that touch.
        padding: zeros added on each side, which count; at most K / 2.
    Shapes: x (N, C, H, W) -> (N, C, H', W'), H' = (H + 2 padding - K) // stride + 1.
    Raises: ValueError if the window does not fit.
    """

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride

    def forward(self, x):
        return avg_pool2d(x, self.kernel_size, self.stride, self.padding)

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool2d(Module):
    """The mean of each part of each channel; 1 part is the whole image (Lin et al., 2014).

    Args:
        output_size: parts along height and width, int or pair. Where they do not divide the image
            evenly, neighbors share pixels.
    Shapes: x (N, C, H, W) -> (N, C, *output_size).
    """

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, x):
        return adaptive_avg_pool2d(x, self.output_size)

    def extra_repr(self):
        return f"output_size={self.output_size}"
