"""Labeled images."""

import gzip
import math
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnlib.data.checks import check_between, check_integer
from nnlib.data.download import fetch


class Split(NamedTuple):
    """A data set divided into a training set and a test set.

    Attributes:
        x_train: training images, float32.
        y_train: their labels, int64.
        x_test: test images, float32.
        y_test: their labels, int64.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits(*, flatten: bool = True, test_size: float = 0.25, seed: int = 0) -> Split:
    """The 1,797 handwritten digits of 8 x 8 pixels that ship with scikit-learn.

    Pixels are multiples of 1/16 from 0 (paper) to 1 (ink), so their sums are exact in float32.
    The split is stratified: both sets have the same class proportions.

    Args:
        flatten: return images as rows (n, 64); otherwise as (n, 1, 8, 8).
        test_size: fraction of the images in the test set, between 0 and 1.
        seed: of the random split.

    Returns:
        `Split` of float32 images and int64 labels.

    Raises:
        TypeError: if test_size is not a number or seed not an integer.
        ValueError: if test_size is not between 0 and 1, or leaves a set with fewer than 10 images.

    Source: Alpaydin & Kaynak (1998), UCI Machine Learning Repository, doi:10.24432/C50P49.
    """
    from sklearn.datasets import load_digits  # slow to import, so only on use
    from sklearn.model_selection import train_test_split

    check_between("test_size", test_size, 0, 1)
    check_integer("seed", seed, 0, 2**32 - 1)
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32)
    if not flatten:
        images = images.reshape(-1, 1, 8, 8)
    x_train, x_test, y_train, y_test = train_test_split(
        images, labels.astype(np.int64), test_size=test_size, random_state=seed, stratify=labels
    )
    return Split(x_train, y_train, x_test, y_test)


def mnist(*, flatten: bool = True) -> Split:
    """70,000 handwritten digits of 28 x 28 pixels, downloaded on first use.

    Args:
        flatten: return images as rows (n, 784); otherwise as (n, 1, 28, 28).

    Returns:
        `Split` of 60,000 and 10,000 float32 images, from 0 (paper) to 1 (ink), and int64 labels.

    Raises:
        OSError: if the files are missing and cannot be downloaded.

    Source: LeCun, Bottou, Bengio & Haffner (1998), doi:10.1109/5.726791.
    """
    return _idx_split("mnist", flatten)


def fashion_mnist(*, flatten: bool = True) -> Split:
    """70,000 images of clothing in ten classes, in MNIST's format, downloaded on first use.

    Args:
        flatten: return images as rows (n, 784); otherwise as (n, 1, 28, 28).

    Returns:
        `Split` of 60,000 and 10,000 float32 images, from 0 to 1, and int64 labels, which index
        `FASHION_CLASSES`.

    Raises:
        OSError: if the files are missing and cannot be downloaded.

    Source: Xiao, Rasul & Vollgraf (2017), arXiv:1708.07747.
    """
    return _idx_split("fashion-mnist", flatten)


FASHION_CLASSES = (
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


def _idx_split(name: str, flatten: bool) -> Split:
    """Read the four files of a data set in MNIST's format."""
    folder = fetch(name)
    arrays = []
    for subset in ("train", "t10k"):
        images = read_idx(folder / f"{subset}-images-idx3-ubyte.gz").astype(np.float32) / 255
        arrays.append(images.reshape(len(images), -1) if flatten else images[:, None])
        arrays.append(read_idx(folder / f"{subset}-labels-idx1-ubyte.gz").astype(np.int64))
    return Split(*arrays)


def read_idx(path: str | Path) -> np.ndarray:
    """Read a gzip-compressed IDX file, MNIST's format: a header with the shape, then the bytes.

    Args:
        path: file to read.

    Returns:
        Array of uint8.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a gzip-compressed IDX file of unsigned bytes, or is truncated.
    """
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is not a complete gzip file: {error}") from None
    kind, ndim = content[2:4] if content[:2] == b"\0\0" and len(content) >= 4 else (0, 0)
    if kind != 8:  # unsigned bytes
        raise ValueError(f"{path} is not an IDX file of unsigned bytes")
    header = 4 + 4 * ndim
    sizes = content[4:header]
    shape = tuple(int.from_bytes(sizes[i : i + 4]) for i in range(0, 4 * ndim, 4))  # big-endian
    expected, size = header + math.prod(shape), len(content)
    if size != expected:
        problem = "is truncated" if size < expected else "has extra bytes"
        raise ValueError(f"{path} {problem}: {size} bytes, expected {expected} for shape {shape}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
