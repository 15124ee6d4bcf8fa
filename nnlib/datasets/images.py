"""Images with labels."""

from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class Split(NamedTuple):
    """A data set in two parts: one to learn from, one to be judged by."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits(*, flatten=True, test_size=0.25, seed=0):
    """The 1,797 handwritten digits of 8 x 8 pixels that ship with scikit-learn.

    The pixels are whole multiples of 1/16 from 0 (paper) to 1 (ink), so that sums of them are
    exact. Every class has the same share of both parts.

    Args:
        flatten: images as rows (n, 64); otherwise (n, 1, 8, 8).
        test_size: share of the images that is set aside for testing, between 0 and 1.
        seed: chooses which.

    Returns:
        `Split` of float32 images and int64 labels.

    Raises:
        ValueError: if test_size is not between 0 and 1.

    Source: Alpaydin & Kaynak (1998), UCI Machine Learning Repository, doi:10.24432/C50P49.
    """
    if not 0 < test_size < 1:
        raise ValueError(f"test_size must lie between 0 and 1, got {test_size}")
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32)
    if not flatten:
        images = images.reshape(-1, 1, 8, 8)
    x_train, x_test, y_train, y_test = train_test_split(
        images, labels.astype(np.int64), test_size=test_size, random_state=seed, stratify=labels
    )
    return Split(x_train, y_train, x_test, y_test)
