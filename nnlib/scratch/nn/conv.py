"""Convolution: one small filter is applied at every position of an image, with shared weights.

`unfold` shows the idea: put all pixels that the filter covers at one position into a column; then a
convolution is one matrix product, weight @ columns. The fast functions below do the same without
building the columns of a whole batch at once.

Three functions of arrays do all the work. `_correlate` maps an image to its features,
`_correlate_transposed` maps gradients of the features back to the image, and `_correlate_weight`
computes the gradient of the filters. A convolution is the first, with the other two as derivatives;
a transposed convolution is the second, with the first and the third as derivatives.

They read the image through *windows*: for each element (i, j) of the kernel, all pixels that it
meets as the kernel slides. With stride 1 these are the image itself, shifted, so the windows are
overlapping views and making them copies nothing.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn import init
from nnlib.scratch.nn.module import Module, Parameter
from nnlib.scratch.nn.window import check_images, output_size, pair


@primitive
def unfold(
    x: np.ndarray,
    kernel_size: int | tuple[int, int],
    dilation: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    stride: int | tuple[int, int] = 1,
):
    """The pixels under the kernel at each position, one column each, also called *im2col*.

    Images (N, C, H, W) -> columns (N, C K K, positions), row by row of positions. ``conv2d`` is
    weight.reshape(F, C K K) @ unfold(x), plus the bias, reshaped to (N, F, H', W').

    Raises: ValueError if x is not (N, C, H, W) or the kernel does not fit.
    """
    check_images("unfold", x)
    kernel, step = pair("kernel_size", kernel_size), pair("stride", stride)
    spacing = pair("dilation", dilation)
    top, left = pair("padding", padding, least=0)
    out_height, out_width = output_size(x.shape[2:], kernel, step, (top, left), spacing)
    extent = [d * (k - 1) + 1 for d, k in zip(spacing, kernel, strict=True)]

    def windows(padded, **settings):
        """Views (N, C, H', W', K, K)."""
        every = sliding_window_view(padded, extent, axis=(2, 3), **settings)
        return every[:, :, :: step[0], :: step[1], :: spacing[0], :: spacing[1]]

    padded = np.pad(x, ((0, 0), (0, 0), (top, top), (left, left)))
    columns = windows(padded).transpose(0, 1, 4, 5, 2, 3)  # (N, C, K, K, H', W')

    def pullback(grad):
        grad_padded = np.zeros_like(padded)
        met = windows(grad_padded, writeable=True)
        grad = grad.reshape(columns.shape)
        for i, j in np.ndindex(*kernel):
            met[..., i, j] += grad[:, :, i, j]
        height, width = x.shape[2:]
        return (grad_padded[:, :, top : top + height, left : left + width],)

    out_shape = (len(x), math.prod(columns.shape[1:4]), out_height * out_width)
    return columns.reshape(out_shape), pullback


def _windows(channels, size, out_size, kernel, stride, padding, dilation, dtype):
    """Make a frame of zeros for one image: the frame, the image's part of it, its windows.

    The windows are views (K, K, channels, H', run) of the frame. With stride 1, ``run`` is the
    width of the frame instead of W'. So a window runs on without a gap from each row into the next,
    and one long run of memory is fast to copy. A 3 x 3 kernel on a
    2 x 3 image with padding 1 (frame width 4; a to f are the pixels, 0 is padding):

        frame   0 0 0 0      window (0, 0)   0 0 0|0     the first W' = 3 columns are valid,
                0 a b c                      0 a b|c     what comes after | is surplus
                0 d e f      window (0, 1)   0 0 0|0
                0 0 0 0                      a b c|0
                0 0 0 0      window (0, 2)   0 0 0|a     the 0 before | is the left padding of the
                                             b c 0|d     next row: it serves as right padding too

    For the last window the frame has one row more at the bottom.
    """
    top, left = padding
    height, width = size
    frame_width = max(left + width, out_size[1], dilation[1] * (kernel[1] - 1))
    frame = np.zeros((channels, height + 2 * top + 1, frame_width), dtype)
    image = frame[:, top : top + height, left : left + width]
    run = frame_width if stride[1] == 1 else out_size[1]
    channel, row, column = frame.strides
    windows = as_strided(
        frame,
        (*kernel, channels, out_size[0], run),
        (dilation[0] * row, dilation[1] * column, channel, stride[0] * row, stride[1] * column),
    )
    return frame, image, windows


def _correlate(x, weight, bias, out_size, stride, padding, dilation, groups):
    """x (N, C, H, W) and weight (F, C / groups, K, K) to (N, F, H', W')."""
    batch, channels, *size = x.shape
    features, _, *kernel = weight.shape
    _, image, windows = _windows(
        channels, size, out_size, kernel, stride, padding, dilation, x.dtype
    )
    windows = windows.transpose(2, 0, 1, 3, 4)  # (C, K, K, H', run): the order of the weights
    columns = np.empty(windows.shape, x.dtype)
    filters = weight.reshape(groups, features // groups, -1)
    rows = np.empty((features, *windows.shape[3:]), x.dtype)  # (F, H', run)
    valid = rows[..., : out_size[1]]
    factors = (filters, columns.reshape(groups, filters.shape[2], -1))
    product = rows.reshape(groups, features // groups, -1)
    out = np.empty((batch, features, *out_size), x.dtype)
    for sample, result in zip(x, out, strict=True):  # one image at a time stays in the cache
        image[...] = sample
        columns[...] = windows
        np.matmul(*factors, out=product)
        result[...] = valid
        if bias is not None:
            result += bias[:, None, None]
    return out


def _correlate_transposed(grad, weight, size, stride, padding, dilation, groups):
    """grad (N, F, H', W') and weight (F, C / groups, K, K) to (N, C, H, W).

    Each element of the kernel adds its share to all pixels that it met.
    """
    batch, features, *out_size = grad.shape
    _, group_channels, *kernel = weight.shape
    channels = groups * group_channels
    frame, image, windows = _windows(
        channels, size, out_size, kernel, stride, padding, dilation, grad.dtype
    )
    windows = windows.reshape(*kernel, groups, group_channels, *windows.shape[3:])
    windows = windows.transpose(2, 0, 1, 3, 4, 5)  # (groups, K, K, C', H', run)
    shares = np.empty(windows.shape, grad.dtype)
    pairs = [(windows[:, i, j], shares[:, i, j]) for i, j in np.ndindex(*kernel)]
    rows = np.zeros((features, *windows.shape[4:]), grad.dtype)  # (F, H', run), surplus stays 0
    valid = rows[..., : out_size[1]]
    filters = weight.reshape(groups, features // groups, group_channels, *kernel)
    filters = filters.transpose(0, 3, 4, 2, 1).reshape(groups, -1, features // groups)
    factors = (filters, rows.reshape(groups, features // groups, -1))
    product = shares.reshape(groups, filters.shape[1], -1)
    out = np.empty((batch, channels, *size), grad.dtype)
    for sample, result in zip(grad, out, strict=True):
        valid[...] = sample
        np.matmul(*factors, out=product)
        frame[...] = 0
        for window, share in pairs:
            window += share
        result[...] = image
    return out


def _correlate_weight(x, grad, kernel, stride, padding, dilation, groups):
    """x (N, C, H, W) and grad (N, F, H', W') to the gradient of weight (F, C / groups, K, K)."""
    channels, *size = x.shape[1:]
    features, *out_size = grad.shape[1:]
    _, image, windows = _windows(
        channels, size, out_size, kernel, stride, padding, dilation, x.dtype
    )
    windows = windows.transpose(2, 0, 1, 3, 4)  # (C, K, K, H', run): the order of the weights
    columns = np.empty(windows.shape, x.dtype)
    # The gradient with the features last: a product of columns @ rows is faster than its transpose.
    rows = np.zeros((groups, *windows.shape[3:], features // groups), x.dtype)  # surplus stays 0
    valid = rows[:, :, : out_size[1]].transpose(0, 3, 1, 2)  # (groups, F', H', W')
    factors = (
        columns.reshape(groups, -1, math.prod(windows.shape[3:])),
        rows.reshape(groups, -1, features // groups),
    )
    total = np.zeros((groups, factors[0].shape[1], features // groups), x.dtype)
    for sample, sample_grad in zip(x, grad.reshape(-1, *valid.shape), strict=True):
        image[...] = sample
        columns[...] = windows
        valid[...] = sample_grad
        total += np.matmul(*factors)
    return total.swapaxes(1, 2).reshape(features, channels // groups, *kernel)


def _grad_input(grad, weight, size, stride, padding, dilation, groups):
    """What `_correlate_transposed` computes, in the faster way where there is one.

    With stride 1, the gradient of the image is the correlation of the gradient with the filters
    rotated by 180 degrees. If the image has few channels, that would copy the windows of many
    features for little arithmetic.
    """
    features, group_channels, *kernel = weight.shape
    few_channels = 2 * group_channels * groups < features
    around = [d * (k - 1) - p for d, k, p in zip(dilation, kernel, padding, strict=True)]
    if few_channels or stride != (1, 1) or min(around) < 0:
        return _correlate_transposed(grad, weight, size, stride, padding, dilation, groups)
    filters = weight[:, :, ::-1, ::-1].reshape(groups, -1, group_channels, *kernel).swapaxes(1, 2)
    rotated = filters.reshape(groups * group_channels, features // groups, *kernel)
    return _correlate(grad, rotated, None, size, stride, around, dilation, groups)


def _check(name, x, weight, in_channels, groups):
    """Raise unless x is a batch of images of ``in_channels`` channels that the groups divide."""
    check_images(name, x)
    if x.shape[1] != in_channels:
        raise ValueError(f"{name} expects {in_channels} channels, got {x.shape}")
    if groups < 1 or in_channels % groups or weight.shape[0] % groups:
        raise ValueError(f"{name}: {groups} groups do not divide the channels evenly")
    if x.dtype != weight.dtype:
        raise TypeError(f"{name} has {weight.dtype} weights, got {x.dtype} input; convert one")


@primitive
def conv2d(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
):
    """Sum over c, i, j of weight[f, c, i, j] x[c, s h + d i - p, s w + d j - p], plus bias[f].

    An infinity or a NaN in x, in the weight or in the gradient may turn more of the gradients NaN
    than in PyTorch, because it meets zeros of the padding there.

    Raises: ValueError for shapes that do not match or a kernel that does not fit, TypeError if the
        dtypes of x and the weight differ.
    """
    _check("conv2d", x, weight, groups * weight.shape[1], groups)
    stride, dilation = pair("stride", stride), pair("dilation", dilation)
    slide = (stride, pair("padding", padding, least=0), dilation, groups)
    kernel = weight.shape[2:]
    out_size = output_size(x.shape[2:], kernel, *slide[:3])
    return _correlate(x, weight, bias, out_size, *slide), lambda grad: (
        lambda: _grad_input(grad, weight, x.shape[2:], *slide),
        lambda: _correlate_weight(x, grad, kernel, *slide),
        lambda: np.einsum("nfhw->f", grad),
    )


@primitive
def conv_transpose2d(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    output_padding: int | tuple[int, int] = 0,
    groups: int = 1,
    dilation: int | tuple[int, int] = 1,
):
    """Each pixel of x adds its multiple of the filters to the output: the transpose of `conv2d`.

    Raises: ValueError for shapes that do not match or an empty output, TypeError if the dtypes of x
        and the weight differ.
    """
    _check("conv_transpose2d", x, weight, weight.shape[0], groups)
    stride, dilation = pair("stride", stride), pair("dilation", dilation)
    padding = pair("padding", padding, least=0)
    extra = pair("output_padding", output_padding, least=0)
    kernel = weight.shape[2:]
    size = []
    for length, k, step, pad, spacing, more in zip(
        x.shape[2:], kernel, stride, padding, dilation, extra, strict=True
    ):
        if more >= max(step, spacing):
            raise ValueError(
                f"output_padding must be smaller than stride or dilation, got {output_padding}"
            )
        size.append((length - 1) * step - 2 * pad + spacing * (k - 1) + more + 1)
    if min(size) < 1:
        raise ValueError(f"conv_transpose2d of {x.shape} would give height and width {size}")
    slide = (stride, padding, dilation, groups)
    out = _correlate_transposed(x, weight, size, *slide)
    if bias is not None:
        out += bias[:, None, None]
    return out, lambda grad: (
        lambda: _correlate(grad, weight, None, x.shape[2:], *slide),
        lambda: _correlate_weight(grad, x, kernel, *slide),
        lambda: np.einsum("nfhw->f", grad),
    )


def conv1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Tensor:
    """`conv2d` of images with a height of one pixel: x (N, C, L), weight (F, C / groups, K).

    Raises: as `conv2d`.
    """
    if x.ndim != 3:
        raise ValueError(f"conv1d expects (batch, channels, length), got {x.shape}")
    batch, channels, length = x.shape
    features, group_channels, kernel = weight.shape
    out = conv2d(
        x.reshape(batch, channels, 1, length),
        weight.reshape(features, group_channels, 1, kernel),
        bias,
        (1, stride),
        (0, padding),
        (1, dilation),
        groups,
    )
    return out.reshape(batch, features, out.shape[3])


class _Convolution(Module):
    """What the convolution layers share: the parameters and their initialization."""

    def __init__(self, weight_shape, out_channels, groups, bias):
        super().__init__()
        if min(weight_shape) < 1:
            raise ValueError(
                f"{type(self).__name__} needs at least one input channel, one output channel and "
                f"one pixel in its kernel, got weights of shape {weight_shape}"
            )
        bound = 1 / math.sqrt(math.prod(weight_shape[1:]))
        self.weight = Parameter(np.empty(weight_shape, dtype=np.float32))
        self.bias = Parameter(np.empty(out_channels, dtype=np.float32)) if bias else None
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)
        self.groups = groups

    def _per_group(self, in_channels, out_channels, groups):
        """The channels of one group, in and out."""
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{type(self).__name__}: groups must divide the channels, "
                f"got {groups} for {in_channels} -> {out_channels}"
            )
        return in_channels // groups, out_channels // groups

    def extra_repr(self) -> str:
        shown = ("stride", "padding", "output_padding", "dilation", "groups")
        settings = [f"{name}={getattr(self, name)}" for name in shown if hasattr(self, name)]
        return ", ".join([str(self.weight.shape), *settings, f"bias={self.bias is not None}"])


class Conv2d(_Convolution):
    """Cross-correlation of an image with learned filters (LeCun et al., 1989).

    Args:
        in_channels: C, channels of the input.
        out_channels: F, number of filters.
        kernel_size: K, height and width of a filter in pixels, int or pair, as all that follow.
        stride: pixels from one position of the filter to the next.
        padding: zeros added on each side.
        dilation: pixels from one element of the filter to the next (Yu & Koltun, 2016).
        groups: groups that the channels are divided into; each filter sees the channels of one.
        bias: whether to add a learned number for each filter.
    Shapes: x (N, C, H, W) -> (N, F, H', W'),
        H' = (H + 2 padding - dilation (K - 1) - 1) // stride + 1.
    Parameters: weight (F, C / groups, K, K), bias (F,); both initialized uniformly on
        ±1/sqrt(C K² / groups).
    Raises: ValueError if the channels of x differ from in_channels or the filter does not fit,
        TypeError if the dtype of x differs from that of the weights.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
    ):
        per_group, _ = self._per_group(in_channels, out_channels, groups)
        shape = (out_channels, per_group, *pair("kernel_size", kernel_size))
        super().__init__(shape, out_channels, groups, bias)
        self.stride, self.dilation = pair("stride", stride), pair("dilation", dilation)
        self.padding = pair("padding", padding, least=0)

    def forward(self, x: Tensor) -> Tensor:
        return conv2d(
            x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )


class Conv1d(_Convolution):
    """Cross-correlation of a sequence with learned filters (Waibel et al., 1989).

    Args:
        in_channels: C, channels of the input.
        out_channels: F, number of filters.
        kernel_size: K, length of a filter.
        stride, padding, dilation, groups, bias: as in `Conv2d`, along the one axis.
    Shapes: x (N, C, L) -> (N, F, L'), L' = (L + 2 padding - dilation (K - 1) - 1) // stride + 1.
    Parameters: weight (F, C / groups, K), bias (F,); both initialized uniformly on
        ±1/sqrt(C K / groups).
    Raises: ValueError if the channels of x differ from in_channels or the filter does not fit,
        TypeError if the dtype of x differs from that of the weights.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
    ):
        per_group, _ = self._per_group(in_channels, out_channels, groups)
        super().__init__((out_channels, per_group, kernel_size), out_channels, groups, bias)
        self.stride, self.padding, self.dilation = stride, padding, dilation

    def forward(self, x: Tensor) -> Tensor:
        return conv1d(
            x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )


class ConvTranspose2d(_Convolution):
    """The transpose of `Conv2d`: maps small images to large ones (Zeiler et al., 2010).

    Args:
        in_channels: C, channels of the input.
        out_channels: F, channels of the output.
        kernel_size: K, height and width of a filter in pixels, int or pair, as all that follow.
        stride: pixels of the output from one position of the filter to the next.
        padding: pixels cut off on each side of the output.
        output_padding: pixels added at the bottom and on the right, smaller than stride or
            dilation. A `Conv2d` with this stride gives images of several sizes the same output
            size; this chooses among them.
        groups, bias, dilation: as in `Conv2d`.
    Shapes: x (N, C, H, W) -> (N, F, H', W'),
        H' = (H - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1.
    Parameters: weight (C, F / groups, K, K), bias (F,); both initialized uniformly on
        ±1/sqrt(F K² / groups).
    Raises: ValueError if the channels of x differ from in_channels or the output would be empty,
        TypeError if the dtype of x differs from that of the weights.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        output_padding: int | tuple[int, int] = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | tuple[int, int] = 1,
    ):
        _, per_group = self._per_group(in_channels, out_channels, groups)
        shape = (in_channels, per_group, *pair("kernel_size", kernel_size))
        super().__init__(shape, out_channels, groups, bias)
        self.stride, self.dilation = pair("stride", stride), pair("dilation", dilation)
        self.padding = pair("padding", padding, least=0)
        self.output_padding = pair("output_padding", output_padding, least=0)

    def forward(self, x: Tensor) -> Tensor:
        return conv_transpose2d(
            x,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self.output_padding,
            self.groups,
            self.dilation,
        )
