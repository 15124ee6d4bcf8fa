"""Images with labels."""

import gzip
from typing import NamedTuple

import numpy as np

from nnlib.data.download import fetch


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
    from sklearn.datasets import load_digits  # slow to import, and needed here alone
    from sklearn.model_selection import train_test_split

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


def mnist(*, flatten=True):
    """70,000 handwritten digits of 28 x 28 pixels, downloaded once.

    Args:
        flatten: images as rows (n, 784); otherwise (n, 1, 28, 28).

    Returns:
        `Split` of 60,000 and 10,000 float32 images, from 0 (paper) to 1 (ink), and int64 labels.

    Raises:
        OSError: if the files are not there and cannot be fetched.

    Source: LeCun, Bottou, Bengio & Haffner (1998), doi:10.1109/5.726791.
    """
    return _idx_split("mnist", flatten)


def fashion_mnist(*, flatten=True):
    """70,000 pictures of clothes in ten classes, in the format of MNIST, downloaded once.

    Arguments, result and errors as for `mnist`; the classes are named by `FASHION`.

    Source: Xiao, Rasul & Vollgraf (2017), arXiv:1708.07747.
    """
    return _idx_split("fashion-mnist", flatten)


FASHION = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def _idx_split(name, flatten):
    """The four files of a data set in the format of MNIST."""
    folder = fetch(name)
    parts = []
    for part in ("train", "t10k"):
        images = read_idx(folder / f"{part}-images-idx3-ubyte.gz").astype(np.float32) / 255
        parts.append(images.reshape(len(images), -1) if flatten else images[:, None])
        parts.append(read_idx(folder / f"{part}-labels-idx1-ubyte.gz").astype(np.int64))
    return Split(*parts)


def read_idx(path):
    """Array of bytes from a compressed IDX file: MNIST's format, whose header gives the shape.

    Raises:
        ValueError: if it is no IDX file of bytes, or ends early.
    """
    with gzip.open(path) as file:
        content = file.read()
    kind, dimensions = content[2:4] if content[:2] == b"\0\0" else (0, 0)
    if kind != 8:  # unsigned bytes
        raise ValueError(f"{path} is not an IDX file of unsigned bytes")
    shape = np.frombuffer(content, ">u4", dimensions, offset=4)  # most significant byte first
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions)
    if values.size != np.prod(shape):
        raise ValueError(f"{path} ends early: {values.size} bytes for the shape {(*shape,)}")
    return values.reshape(shape)
