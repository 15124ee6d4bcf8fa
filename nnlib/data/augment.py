"""Random variations of images, named as in torchvision; images are arrays (N, C, H, W).

Each function takes a ``numpy.random.Generator``, so that a batch is a function of its seed.
"""

import numpy as np


def random_affine(
    images: np.ndarray, generator: np.random.Generator, *, degrees: float = 0.0, scale: float = 0.0
) -> np.ndarray:
    """Rotate and scale each image about its center by random amounts.

    Unlike torchvision's ``RandomAffine``, ``scale`` is the largest relative change, not a range of
    factors, and translation is a function of its own, by whole pixels.

    Args:
        images: (N, C, H, W), floating point.
        generator: ``numpy.random.Generator``.
        degrees: angles are uniform from -degrees to degrees.
        scale: factors are uniform from 1 - scale to 1 + scale; below 1.

    Returns:
        Images of the same shape and dtype; pixels from outside of an image are 0.
    """
    n, largest = len(images), np.radians(degrees)
    angles = generator.uniform(-largest, largest, n)
    return affine(images, angles, 1 + generator.uniform(-scale, scale, n))


def random_translate(
    images: np.ndarray, generator: np.random.Generator, *, translate: int
) -> np.ndarray:
    """Translate each image by up to ``translate`` whole pixels along both axes.

    Args:
        images: (N, C, H, W).
        generator: ``numpy.random.Generator``.
        translate: offsets are uniform integers from -translate to translate, in pixels.

    Returns:
        Images of the same shape and dtype; pixels from outside of an image are 0.
    """
    height, width = images.shape[2:]
    margin = (translate, translate)
    padded = np.pad(images, ((0, 0), (0, 0), margin, margin))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), (2, 3))
    down, right = generator.integers(2 * translate + 1, size=(2, len(images)))
    return windows[np.arange(len(images)), :, down, right]


def random_horizontal_flip(
    images: np.ndarray, generator: np.random.Generator, *, p: float = 0.5
) -> np.ndarray:
    """Mirror each image left to right with probability ``p``.

    Args:
        images: (N, C, H, W).
        generator: ``numpy.random.Generator``.
        p: probability of mirroring an image.

    Returns:
        Images of the same shape and dtype.
    """
    flipped = generator.random(len(images)) < p
    return np.where(flipped[:, None, None, None], images[..., ::-1], images)


def affine(images: np.ndarray, angles: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Rotate and scale each image about its center, with bilinear interpolation.

    Every output pixel takes the weighted mean of the four input pixels around the position that it
    comes from.

    Args:
        images: (N, C, H, W), floating point.
        angles: (N,), counterclockwise, in radians.
        scales: (N,), above 0; above 1 enlarges.

    Returns:
        Images of the same shape and dtype; pixels from outside of an image are 0.
    """
    n, channels, height, width = images.shape
    center = (height - 1) / 2, (width - 1) / 2
    y, x = np.mgrid[:height, :width] - np.reshape(center, (2, 1, 1))
    cos, sin = (f(angles)[:, None, None] / scales[:, None, None] for f in (np.cos, np.sin))
    # Two pixels of zeros surround each image: positions outside of it are clipped into them.
    from_y = np.clip(cos * y + sin * x + center[0] + 2, 0, height + 2)  # (N, H, W)
    from_x = np.clip(cos * x - sin * y + center[1] + 2, 0, width + 2)
    top, left = from_y.astype(int), from_x.astype(int)
    below, right = (from_y - top).astype(images.dtype), (from_x - left).astype(images.dtype)
    padded = np.pad(images, ((0, 0), (0, 0), (2, 2), (2, 2))).transpose(0, 2, 3, 1)
    pixels = padded.reshape(-1, channels)  # (N (H + 4) (W + 4), C)
    row = width + 4
    corner = (np.arange(n)[:, None, None] * (height + 4) + top) * row + left
    mixed = sum(
        pixels[corner + offset] * weight[..., None]  # (N, H, W, C)
        for offset, weight in (
            (0, (1 - below) * (1 - right)),
            (1, (1 - below) * right),
            (row, below * (1 - right)),
            (row + 1, below * right),
        )
    )
    return np.asarray(mixed).transpose(0, 3, 1, 2)
