"""Interactive figures of the chapter on convolution."""

from collections.abc import Mapping, Sequence

import ipywidgets as widgets
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nnlib import plot
from nnlib.demos.gallery import gallery


def filter_output(
    image: np.ndarray, weight: np.ndarray, *, stride: int = 1, dilation: int = 1
) -> np.ndarray:
    """Cross-correlation of an image with a filter, without padding.

    Args:
        image: grayscale image (H, W).
        weight: filter (K, K).
        stride: pixels between neighboring outputs.
        dilation: pixels between neighboring elements of the filter.

    Returns:
        The output (H', W').
    """
    extent = [dilation * (size - 1) + 1 for size in weight.shape]
    windows = sliding_window_view(image, extent)
    windows = windows[::stride, ::stride, ::dilation, ::dilation]  # (H', W', K, K)
    return np.einsum("ijuv,uv->ij", windows, weight)


def filter_playground(
    image: np.ndarray,
    filters: Mapping[str, np.ndarray],
    *,
    strides: Sequence[int] = (1, 2, 4),
    dilations: Sequence[int] = (1, 3),
) -> widgets.VBox:
    """Choose a filter, stride and dilation, and see the filtered photograph.

    Args:
        image: grayscale image (H, W) from 0 (black) to 1 (white).
        filters: {name: filter (K, K)}. If the weights of a filter sum to 0, its output is shown in
            blue where positive and orange where negative; otherwise as a grayscale image.
        strides: pixels between neighboring outputs.
        dilations: pixels between neighboring elements of the filter.

    Returns:
        The widget.
    """

    def draw(ax, filter, stride, dilation):
        output = filter_output(image, filters[filter], stride=stride, dilation=dilation)
        if abs(filters[filter].sum()) < 1e-9:
            ax.imshow(output, cmap=plot.SIGNED, vmin=-1.5, vmax=1.5)
        else:
            ax.imshow(output, cmap="gray", vmin=0, vmax=1)
        ax.axis("off")
        height, width = output.shape
        ax.set_title(f"{filter}, s={stride}, d={dilation}: {height} × {width} output", fontsize=8)

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
