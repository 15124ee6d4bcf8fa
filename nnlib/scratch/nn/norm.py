"""Normalization: subtract a mean and divide by a standard deviation, so values keep one scale.

The layers differ only in what they average over: one feature over a whole batch, all features of
one sample, or a group of them. Each lays that out as the rows of a matrix, so the mathematics is
written once, in `_standardize` and its derivative.
"""

import math

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn.module import Module, Parameter

_BLOCK = 512  # numbers summed in the precision of the data; the blocks' sums are added in float64


def _row_sums(x, y=None):
    """Sum of each row of x, or of x * y, with a rounding error that long rows do not increase."""
    rows, columns = x.shape
    whole = columns - columns % _BLOCK
    sums = np.zeros(rows)
    for start, stop, block in ((0, whole, _BLOCK), (whole, columns, columns - whole)):
        if start == stop:
            continue
        shape = (rows, (stop - start) // block, block)
        x_blocks = x[:, start:stop].reshape(shape)
        if y is None:
            sums += (x_blocks @ np.ones(block, x.dtype)).sum(axis=1)  # faster than x.sum
        else:
            sums += np.vecdot(x_blocks, y[:, start:stop].reshape(shape)).sum(axis=1)
    return sums


def _row_means(x, y=None):
    """Mean of each row of x, or of x * y, as a column."""
    return (_row_sums(x, y) / x.shape[1]).astype(x.dtype)[:, None]


def _standardize(rows, eps):
    """Rows with mean 0 and variance 1; their original mean and variance, and 1 / deviation."""
    mean = _row_means(rows)
    normal = rows - mean
    variance = _row_means(normal, normal)
    inverse = 1 / np.sqrt(variance + eps)
    normal *= inverse
    return normal, mean, variance, inverse


def _grad_standardize(grad, normal, inverse):
    """(grad - mean(grad) - normal mean(grad normal)) / deviation, row by row.

    The mean and the deviation depend on x too, so a change of x that only shifts or scales a row
    has no effect on the result: both are removed from the gradient.
    """
    grad_rows = normal * _row_means(grad, normal)
    grad_rows += _row_means(grad)
    np.subtract(grad, grad_rows, out=grad_rows)
    grad_rows *= inverse
    return grad_rows


def _affine(normal, weight, bias):
    """normal * weight + bias, where weight and bias may each be None."""
    if weight is None:
        return normal if bias is None else normal + bias
    out = normal * weight
    if bias is not None:
        out += bias
    return out


def _check_dtype(name, x, weight):
    if weight is not None and x.dtype != weight.dtype:
        raise TypeError(f"{name} has {weight.dtype} weights, got {x.dtype} input; convert one")


def _shaped(x, shape):
    """x in another shape; x itself, not a view of it, if it has that shape already."""
    return x if x is None or x.shape == shape else x.reshape(shape)


def _rows(name, x, normalized_shape, weight, bias=None):
    """x as a matrix whose rows are its last dimensions, which must be ``normalized_shape``."""
    shape = tuple(normalized_shape)
    if 0 in shape:
        raise ValueError(f"{name} needs at least one feature to average over, got {x.shape}")
    if not shape or x.shape[-len(shape) :] != shape:
        expected = ", ".join(map(str, shape))
        raise ValueError(f"{name} expects (..., {expected}), got {x.shape}")
    for parameter in (weight, bias):
        if parameter is not None and parameter.shape != shape:
            raise ValueError(f"{name} expects weight and bias {shape}, got {parameter.shape}")
    _check_dtype(name, x, weight)
    features = math.prod(shape)
    return _shaped(x, (x.size // features, features))


@primitive
def layer_norm(
    x: np.ndarray,
    normalized_shape: tuple[int, ...],
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    eps: float = 1e-5,
):
    """(x - mean) / sqrt(variance + eps) * weight + bias, over the last dimensions of x.

    Raises: ValueError if x does not end in ``normalized_shape``, weight or bias have another shape,
        or it contains a 0 (where PyTorch returns no elements); TypeError if the dtypes of x and the
        weight differ.
    """
    rows = _rows("layer_norm", x, normalized_shape, weight, bias)
    normal, _, _, inverse = _standardize(rows, eps)
    scale, shift = (_shaped(parameter, rows.shape[1:]) for parameter in (weight, bias))

    def pullback(grad):
        grad = _shaped(grad, rows.shape)
        return (
            lambda: _shaped(
                _grad_standardize(_affine(grad, scale, None), normal, inverse), x.shape
            ),
            None,
            lambda: np.einsum("rf,rf->f", grad, normal).reshape(normalized_shape),
            lambda: (np.ones(len(grad), grad.dtype) @ grad).reshape(normalized_shape),
        )

    return _shaped(_affine(normal, scale, shift), x.shape), pullback


@primitive
def rms_norm(
    x: np.ndarray,
    normalized_shape: tuple[int, ...],
    weight: np.ndarray | None = None,
    eps: float | None = None,
):
    """x / sqrt(mean(x²) + eps) * weight, over the last dimensions of x.

    ``eps`` None stands for the machine epsilon of the dtype. Raises as `layer_norm`.
    """
    rows = _rows("rms_norm", x, normalized_shape, weight)
    scale = _shaped(weight, rows.shape[1:])
    if eps is None:
        eps = float(np.finfo(x.dtype).eps)
    inverse = 1 / np.sqrt(_row_means(rows, rows) + eps)
    normal = rows * inverse

    def pullback(grad):
        grad = _shaped(grad, rows.shape)

        def grad_x():
            scaled = _affine(grad, scale, None)
            grad_rows = scaled - normal * _row_means(scaled, normal)
            grad_rows *= inverse
            return _shaped(grad_rows, x.shape)

        return grad_x, None, lambda: np.einsum("rf,rf->f", grad, normal).reshape(normalized_shape)

    return _shaped(_affine(normal, scale, None), x.shape), pullback


def _check_channels(name, x, channels, weight):
    """Raise unless x is (batch, channels, ...); ``channels`` None stands for any number above 0."""
    if x.ndim < 2 or x.shape[1] == 0 or channels not in (None, x.shape[1]):
        expected = "channels" if channels is None else channels
        raise ValueError(f"{name} expects (batch, {expected}, ...), got {x.shape}")
    _check_dtype(name, x, weight)


def _column(parameter):
    return None if parameter is None else parameter[:, None]


@primitive
def group_norm(
    x: np.ndarray,
    num_groups: int,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    eps: float = 1e-5,
):
    """As `layer_norm`, over each group of channels and all their pixels; an affine per channel.

    Raises: ValueError if ``num_groups`` does not divide the channels or a group is empty, TypeError
        if the dtypes of x and the weight differ.
    """
    if x.ndim < 2 or num_groups < 1 or x.shape[1] % num_groups:
        raise ValueError(
            f"group_norm expects (batch, channels, ...), the channels a multiple of {num_groups}, "
            f"got {x.shape}"
        )
    if 0 in x.shape[1:]:
        raise ValueError(f"group_norm needs at least one value in each group, got {x.shape}")
    batch, channels, *pixels = x.shape
    _check_channels("group_norm", x, channels if weight is None else len(weight), weight)
    by_channel = (batch, channels, math.prod(pixels))
    # A row holds one group of one sample.
    row_shape = (batch * num_groups, channels // num_groups * by_channel[2])
    normal, _, _, inverse = _standardize(x.reshape(row_shape), eps)
    normal_channels = normal.reshape(by_channel)

    def pullback(grad):
        grad = grad.reshape(by_channel)

        def grad_x():
            scaled = _affine(grad, _column(weight), None).reshape(row_shape)
            return _grad_standardize(scaled, normal, inverse).reshape(x.shape)

        return (
            grad_x,
            None,
            lambda: np.einsum("ncp,ncp->c", grad, normal_channels),
            lambda: grad.sum(axis=(0, 2)),
        )

    return _affine(normal_channels, _column(weight), _column(bias)).reshape(x.shape), pullback


def _by_channel(x):
    """Images (N, C, ...) as a matrix with one row for each channel."""
    channels = x.shape[1]
    return x.swapaxes(0, 1).reshape(channels, x.size // channels)


def _by_sample(rows, shape):
    """Undo `_by_channel`: a matrix with one row for each channel to images of the ``shape``."""
    batch, channels, *pixels = shape
    return np.ascontiguousarray(rows.reshape(channels, batch, *pixels).swapaxes(0, 1))


@primitive
def batch_norm(
    x: np.ndarray,
    running_mean: np.ndarray | None,
    running_var: np.ndarray | None,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
):
    """As `layer_norm`, over all samples and pixels of each channel.

    In training, mean and variance are those of the batch, and the arrays ``running_mean`` and
    ``running_var``, if given, are updated in place: they move toward these by ``momentum``.
    Otherwise the running statistics are used.

    Raises: ValueError if the channels differ from those of the statistics or the weight, for no
        channels, at most one value per channel in training, or no statistics in evaluation;
        TypeError if the dtypes of x and the weight differ.
    """
    if not training and (running_mean is None or running_var is None):
        raise ValueError("batch_norm needs running_mean and running_var unless training=True")
    lengths = [len(array) for array in (running_mean, weight) if array is not None]
    _check_channels("batch_norm", x, lengths[0] if lengths else None, weight)
    rows = _by_channel(x)
    count = rows.shape[1]
    if training:
        if count < 2:
            raise ValueError(
                f"batch_norm needs more than one value per channel to train, got {x.shape}; "
                "use a larger batch, or eval()"
            )
        normal, mean, variance, inverse = _standardize(rows, eps)
        unbiased = variance * (count / (count - 1))
        for running, current in ((running_mean, mean), (running_var, unbiased)):
            if running is not None:
                running *= 1 - momentum
                running += momentum * current[:, 0]
    else:
        mean, variance = _column(running_mean), _column(running_var)
        inverse = 1 / np.sqrt(variance + eps)
        normal = (rows - mean) * inverse

    def pullback(grad):
        grad = _by_channel(grad)

        def grad_x():
            scaled = _affine(grad, _column(weight), None)
            if training:
                return _by_sample(_grad_standardize(scaled, normal, inverse), x.shape)
            return _by_sample(scaled * inverse, x.shape)

        return (
            grad_x,
            None,
            None,
            lambda: _row_sums(grad, normal).astype(x.dtype),
            lambda: _row_sums(grad).astype(x.dtype),
        )

    return _by_sample(_affine(normal, _column(weight), _column(bias)), x.shape), pullback


def _scale_and_shift(shape, weight, bias):
    """A weight of ones and a bias of zeros, or None for one that is not wanted."""
    return (
        Parameter(np.ones(shape, dtype=np.float32)) if weight else None,
        Parameter(np.zeros(shape, dtype=np.float32)) if bias else None,
    )


def _shape(normalized_shape):
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


class LayerNorm(Module):
    """Each sample normalized over its own features (Ba et al., 2016).

    Args:
        normalized_shape: the last dimensions of x, int or tuple.
        eps: added to the variance.
        elementwise_affine: whether to learn a weight, and a bias, for each feature.
        bias: whether to learn a bias beside the weight.
    Shapes: x (..., *normalized_shape) -> the same.
    Parameters: weight and bias (*normalized_shape), initialized to ones and zeros.
    Raises: ValueError if x does not end in normalized_shape, TypeError if the dtype of x differs
        from that of the weights.
    """

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ):
        super().__init__()
        self.normalized_shape, self.eps = _shape(normalized_shape), eps
        self.weight, self.bias = _scale_and_shift(
            self.normalized_shape, elementwise_affine, elementwise_affine and bias
        )

    def forward(self, x: Tensor) -> Tensor:
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}"


class RMSNorm(Module):
    """`LayerNorm` without the mean: each sample divided by its root mean square.

    Args:
        normalized_shape: the last dimensions of x, int or tuple.
        eps: added to the mean square; None for the machine epsilon of x's dtype.
        elementwise_affine: whether to learn a weight for each feature.
    Shapes: x (..., *normalized_shape) -> the same.
    Parameters: weight (*normalized_shape), initialized to ones.
    Raises: ValueError if x does not end in normalized_shape, TypeError if the dtype of x differs
        from that of the weights.
    Source: Zhang & Sennrich, 2019.
    """

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float | None = None,
        elementwise_affine: bool = True,
    ):
        super().__init__()
        self.normalized_shape, self.eps = _shape(normalized_shape), eps
        self.weight, _ = _scale_and_shift(self.normalized_shape, elementwise_affine, False)

    def forward(self, x: Tensor) -> Tensor:
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}"


class GroupNorm(Module):
    """Each sample normalized over groups of its channels (Wu & He, 2018).

    Args:
        num_groups: groups that the channels are divided into; 1 normalizes over all of them.
        num_channels: C.
        eps: added to the variance.
        affine: whether to learn a weight and a bias for each channel.
    Shapes: x (N, C, ...) -> the same.
    Parameters: weight and bias (C,), initialized to ones and zeros.
    Raises: ValueError if num_groups does not divide num_channels, or the channels of x differ from
        num_channels; TypeError if the dtype of x differs from that of the weights.
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True):
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(
                f"num_groups must divide num_channels, got {num_groups} and {num_channels}"
            )
        self.num_groups, self.num_channels, self.eps = num_groups, num_channels, eps
        self.weight, self.bias = _scale_and_shift(num_channels, affine, affine)

    def forward(self, x: Tensor) -> Tensor:
        return group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}"


class _BatchNorm(Module):
    num_batches_tracked: np.ndarray
    dimensions: tuple[int, ...]
    expected: str

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight, self.bias = _scale_and_shift(num_features, affine, affine)
        self.running_mean = self.running_var = None
        if track_running_stats:
            self.register_buffer("running_mean", np.zeros(num_features, dtype=np.float32))
            self.register_buffer("running_var", np.ones(num_features, dtype=np.float32))
            self.register_buffer("num_batches_tracked", np.array(0))

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim not in self.dimensions or x.shape[1] != self.num_features:
            raise ValueError(
                f"{type(self).__name__} expects {self.expected.format(self.num_features)}, "
                f"got {x.shape}"
            )
        momentum = self.momentum
        tracked = self.running_mean is not None
        if tracked and self.training:
            self.num_batches_tracked += 1
            if momentum is None:
                momentum = 1 / self.num_batches_tracked.item()
        return batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not tracked,
            momentum,
            self.eps,
        )

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


class BatchNorm1d(_BatchNorm):
    """Each feature normalized over the batch (Ioffe & Szegedy, 2015).

    Args:
        num_features: C.
        eps: added to the variance.
        momentum: share of a batch's statistics in the running statistics; None for the mean over
            all batches.
        affine: whether to learn a weight and a bias for each feature.
        track_running_stats: whether to keep running statistics for evaluation; without them,
            evaluation uses those of the batch too.
    Shapes: x (N, C) or (N, C, L) -> the same.
    Parameters: weight and bias (C,), initialized to ones and zeros. Buffers: running_mean and
        running_var (C,), num_batches_tracked ().
    Raises: ValueError for another shape, or at most one value per feature in training; TypeError if
        the dtype of x differs from that of the weights.
    """

    dimensions = (2, 3)
    expected = "(batch, {0}) or (batch, {0}, length)"


class BatchNorm2d(_BatchNorm):
    """Each channel normalized over the batch and all pixels (Ioffe & Szegedy, 2015).

    Args:
        num_features, eps, momentum, affine, track_running_stats: as in `BatchNorm1d`.
    Shapes: x (N, C, H, W) -> the same.
    Parameters: weight and bias (C,), initialized to ones and zeros. Buffers: running_mean and
        running_var (C,), num_batches_tracked ().
    Raises: ValueError for another shape, or at most one value per channel in training; TypeError if
        the dtype of x differs from that of the weights.
    """

    dimensions = (4,)
    expected = "(batch, {0}, height, width)"
