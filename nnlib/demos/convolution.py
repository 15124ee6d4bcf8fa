"""Explorations of the chapter on convolution."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nnlib import plot
from nnlib.demos.gallery import gallery


def filter_answers(image, weight, *, stride=1, dilation=1):
    """Cross-correlation of an image (H, W) with a filter (K, K), where its window fits.

    Args:
        image: gray image (H, W).
        weight: the filter (K, K).
        stride: pixels from one answer to the next.
        dilation: pixels from one element of the filter to the next.

    Returns:
        The answers (H', W').
    """
    reach = [dilation * (length - 1) + 1 for length in weight.shape]
    seen = sliding_window_view(image, reach)
    seen = seen[::stride, ::stride, ::dilation, ::dilation]  # (H', W', K, K)
    return np.einsum("ijuv,uv->ij", seen, weight)


def filter_playground(image, filters, *, strides=(1, 2, 4), dilations=(1, 3)):
    """Choose a filter and see a photograph through it.

    Args:
        image: gray image (H, W) from 0 (black) to 1 (white).
        filters: {name: filter (K, K)}. Where its numbers sum to 0 the answers are differences,
            blue where positive and orange where negative; otherwise they make an image.
        strides: pixels from one answer to the next.
        dilations: pixels from one element of the filter to the next.
    """

    def draw(ax, filter, stride, dilation):
        answers = filter_answers(image, filters[filter], stride=stride, dilation=dilation)
        if abs(filters[filter].sum()) < 1e-9:
            ax.imshow(answers, cmap=plot.SIGNED, vmin=-1.5, vmax=1.5)
        else:
            ax.imshow(answers, cmap="gray", vmin=0, vmax=1)
        ax.axis("off")
        height, width = answers.shape
        ax.set_title(f"{filter}, s={stride}, d={dilation}: {height} × {width} answers", fontsize=8)

    return gallery(
        draw,
        size=(2.9, 3.3),
        dpi=80,
        menus=("filter",),
        colors=10,
        filter={name: name for name in filters},
        stride={f"{stride}": stride for stride in strides},
        dilation={f"{dilation}": dilation for dilation in dilations},
    )
