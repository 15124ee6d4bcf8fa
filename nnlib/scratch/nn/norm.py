"""Normalization: subtract a mean and divide by a spread, so that numbers keep a common scale.

The layers differ only in what they average over: one feature in a whole batch, all features of one
sample, or a group of them. So the mathematics stands once, in `_standardize` and its derivative.
"""

import math

import numpy as np

from nnlib.scratch.nn.module import Module, Parameter
from nnlib.scratch.tensor import primitive


def _standardize(x, dims, eps):
    """x with mean 0 and variance 1 over ``dims``; the mean, the variance, 1 / their deviation."""
    mean = x.mean(dims, keepdims=True)
    normal = x - mean
    variance = (normal * normal).mean(dims, keepdims=True)
    inverse = 1 / np.sqrt(variance + eps)
    normal *= inverse
    return normal, mean, variance, inverse


def _grad_standardize(grad, normal, inverse, dims):
    """(grad - mean(grad) - normal mean(grad normal)) / deviation, the means over ``dims``.

    Mean and deviation follow x: what would only shift or stretch it changes nothing.
    """
    grad_x = grad - grad.mean(dims, keepdims=True)
    grad_x -= normal * (grad * normal).mean(dims, keepdims=True)
    grad_x *= inverse
    return grad_x


def _affine(normal, weight, bias):
    """normal * weight + bias, of which each may be missing."""
    out = normal if weight is None else normal * weight
    return out if bias is None else out + bias


def _check_dtype(name, x, weight):
    if weight is not None and x.dtype != weight.dtype:
        raise TypeError(f"{name} has {weight.dtype} weights, got {x.dtype} input; convert one")


def _rows(name, x, normalized_shape, weight):
    """x with its last dimensions, which must be ``normalized_shape``, in one row."""
    shape = tuple(normalized_shape)
    if not shape or x.shape[-len(shape) :] != shape:
        expected = ", ".join(map(str, shape))
        raise ValueError(f"{name} expects (..., {expected}), got {x.shape}")
    _check_dtype(name, x, weight)
    return x.reshape(-1, math.prod(shape))


def _flat(parameter):
    return None if parameter is None else parameter.reshape(-1)


@primitive
def layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-5):
    """(x - mean) / sqrt(variance + eps) * weight + bias, over the last dimensions of x."""
    rows = _rows("layer_norm", x, normalized_shape, weight)
    normal, _, _, inverse = _standardize(rows, 1, eps)
    scale = _flat(weight)

    def pullback(grad):
        grad = grad.reshape(rows.shape)
        return (
            lambda: _grad_standardize(_affine(grad, scale, None), normal, inverse, 1).reshape(
                x.shape
            ),
            None,
            lambda: np.einsum("rf,rf->f", grad, normal).reshape(weight.shape),
            lambda: grad.sum(axis=0).reshape(bias.shape),
        )

    return _affine(normal, scale, _flat(bias)).reshape(x.shape), pullback


@primitive
def rms_norm(x, normalized_shape, weight=None, eps=None):
    """x / sqrt(mean(x²) + eps) * weight, over the last dimensions; eps None is the dtype's own."""
    rows = _rows("rms_norm", x, normalized_shape, weight)
    scale = _flat(weight)
    if eps is None:
        eps = float(np.finfo(x.dtype).eps)
    inverse = 1 / np.sqrt((rows * rows).mean(axis=1, keepdims=True) + eps)
    normal = rows * inverse

    def pullback(grad):
        grad = grad.reshape(rows.shape)

        def grad_x():
            scaled = _affine(grad, scale, None)
            along = (scaled * normal).mean(axis=1, keepdims=True)
            return ((scaled - normal * along) * inverse).reshape(x.shape)

        return grad_x, None, lambda: np.einsum("rf,rf->f", grad, normal).reshape(weight.shape)

    return _affine(normal, scale, None).reshape(x.shape), pullback


def _channels(name, x, channels, weight):
    """x as (N, C, pixels)."""
    if x.ndim < 2 or x.shape[1] != channels:
        raise ValueError(f"{name} expects (batch, {channels}, ...), got {x.shape}")
    _check_dtype(name, x, weight)
    return x.reshape(*x.shape[:2], -1)


def _column(parameter):
    return None if parameter is None else parameter[:, None]


@primitive
def group_norm(x, num_groups, weight=None, bias=None, eps=1e-5):
    """As `layer_norm`, over each group of channels and all their pixels; an affine per channel."""
    if x.ndim < 2 or num_groups < 1 or x.shape[1] % num_groups:
        raise ValueError(
            f"group_norm expects (batch, channels, ...), the channels a multiple of {num_groups}, "
            f"got {x.shape}"
        )
    pixels = _channels("group_norm", x, x.shape[1] if weight is None else len(weight), weight)
    groups = pixels.reshape(len(x), num_groups, -1)
    normal, _, _, inverse = _standardize(groups, 2, eps)
    by_channel = normal.reshape(pixels.shape)
    scale = _column(weight)

    def pullback(grad):
        grad = grad.reshape(pixels.shape)

        def grad_x():
            scaled = _affine(grad, scale, None).reshape(groups.shape)
            return _grad_standardize(scaled, normal, inverse, 2).reshape(x.shape)

        return (
            grad_x,
            None,
            lambda: np.einsum("ncp,ncp->c", grad, by_channel),
            lambda: grad.sum(axis=(0, 2)),
        )

    return _affine(by_channel, scale, _column(bias)).reshape(x.shape), pullback


@primitive
def batch_norm(
    x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    """As `layer_norm`, over all samples and pixels of each channel.

    In training, mean and variance are those of the batch, and the arrays ``running_mean`` and
    ``running_var``, if given, move towards them by ``momentum``; otherwise these two are used.
    """
    channels = x.shape[1] if running_mean is None else len(running_mean)
    pixels = _channels("batch_norm", x, channels, weight)
    count = pixels.size // max(channels, 1)
    scale = _column(weight)
    if training:
        if count < 2:
            raise ValueError(
                f"batch_norm needs more than one value per channel to train, got {x.shape}; "
                "use a larger batch, or eval()"
            )
        normal, mean, variance, inverse = _standardize(pixels, (0, 2), eps)
        if running_mean is not None:
            unbiased = variance * (count / (count - 1))
            for running, current in ((running_mean, mean), (running_var, unbiased)):
                running *= 1 - momentum
                running += momentum * current.reshape(-1)
    else:
        inverse = 1 / np.sqrt(_column(running_var) + eps)
        normal = (pixels - _column(running_mean)) * inverse

    def pullback(grad):
        grad = grad.reshape(pixels.shape)

        def grad_x():
            scaled = _affine(grad, scale, None)
            if training:
                return _grad_standardize(scaled, normal, inverse, (0, 2)).reshape(x.shape)
            return (scaled * inverse).reshape(x.shape)

        return (
            grad_x,
            None,
            None,
            lambda: np.einsum("ncp,ncp->c", grad, normal),
            lambda: grad.sum(axis=(0, 2)),
        )

    return _affine(normal, scale, _column(bias)).reshape(x.shape), pullback


def _scale_and_shift(shape, weight, bias):
    """Parameters that change nothing at the start, or None where they are not wanted."""
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
        bias: whether there is a bias beside the weight.
    Shapes: x (..., *normalized_shape) -> the same.
    Parameters: weight and bias (*normalized_shape), ones and zeros at the start.
    Raises: ValueError if x does not end in normalized_shape, TypeError if it has another dtype
        than the weights.
    """

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True):
        super().__init__()
        self.normalized_shape, self.eps = _shape(normalized_shape), eps
        self.weight, self.bias = _scale_and_shift(
            self.normalized_shape, elementwise_affine, elementwise_affine and bias
        )

    def forward(self, x):
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}"


class RMSNorm(Module):
    """`LayerNorm` without the mean: each sample divided by its own size (Zhang & Sennrich, 2019).

    Args:
        normalized_shape: the last dimensions of x, int or tuple.
        eps: added to the mean square; None for the machine epsilon of x's dtype.
        elementwise_affine: whether to learn a weight for each feature.
    Shapes: x (..., *normalized_shape) -> the same.
    Parameters: weight (*normalized_shape), ones at the start.
    Raises: ValueError if x does not end in normalized_shape, TypeError if it has another dtype
        than the weights.
    """

    def __init__(self, normalized_shape, eps=None, elementwise_affine=True):
        super().__init__()
        self.normalized_shape, self.eps = _shape(normalized_shape), eps
        self.weight, _ = _scale_and_shift(self.normalized_shape, elementwise_affine, False)

    def forward(self, x):
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}"


class GroupNorm(Module):
    """Each sample normalized over groups of its channels (Wu & He, 2018).

    Args:
        num_groups: parts that the channels are divided into; 1 is all of them together.
        num_channels: C.
        eps: added to the variance.
        affine: whether to learn a weight and a bias for each channel.
    Shapes: x (N, C, ...) -> the same.
    Parameters: weight and bias (C,), ones and zeros at the start.
    Raises: ValueError if num_groups does not divide num_channels, or x has other channels;
        TypeError if x has another dtype than the weights.
    """

    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True):
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(
                f"num_groups must divide num_channels, got {num_groups} and {num_channels}"
            )
        self.num_groups, self.num_channels, self.eps = num_groups, num_channels, eps
        self.weight, self.bias = _scale_and_shift(num_channels, affine, affine)

    def forward(self, x):
        return group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}"


class _BatchNorm(Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight, self.bias = _scale_and_shift(num_features, affine, affine)
        self.running_mean = self.running_var = None
        if track_running_stats:
            self.register_buffer("running_mean", np.zeros(num_features, dtype=np.float32))
            self.register_buffer("running_var", np.ones(num_features, dtype=np.float32))
            self.register_buffer("num_batches_tracked", np.array(0))

    def forward(self, x):
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

    def extra_repr(self):
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


class BatchNorm1d(_BatchNorm):
    """Each feature normalized over the batch (Ioffe & Szegedy, 2015).

    Args:
        num_features: C.
        eps: added to the variance.
        momentum: how far the running statistics move towards those of a batch; None for the plain
            mean over all batches.
        affine: whether to learn a weight and a bias for each feature.
        track_running_stats: whether to keep running statistics for evaluation, which otherwise
            uses those of its batch too.
    Shapes: x (N, C) or (N, C, L) -> the same.
    Parameters: weight and bias (C,), ones and zeros at the start. Buffers: running_mean and
        running_var (C,), num_batches_tracked ().
    Raises: ValueError for another shape, or one value per feature in training; TypeError if x has
        another dtype than the weights.
    """

    dimensions = (2, 3)
    expected = "(batch, {0}) or (batch, {0}, length)"


class BatchNorm2d(_BatchNorm):
    """Each channel normalized over the batch and all pixels (Ioffe & Szegedy, 2015).

    Args:
        num_features, eps, momentum, affine, track_running_stats: as in `BatchNorm1d`.
    Shapes: x (N, C, H, W) -> the same.
    Parameters: weight and bias (C,), ones and zeros at the start. Buffers: running_mean and
        running_var (C,), num_batches_tracked ().
    Raises: ValueError for another shape, or one value per channel in training; TypeError if x has
        another dtype than the weights.
    """

    dimensions = (4,)
    expected = "(batch, {0}, height, width)"
