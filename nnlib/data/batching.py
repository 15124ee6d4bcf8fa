"""From a data set to batches of arrays."""

from collections.abc import Iterator, Sequence

import numpy as np


def check_paired(*arrays: np.ndarray) -> int:
    """The common length of arrays.

    Raises:
        ValueError: if their lengths differ, or are 0.
    """
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) != 1:
        raise ValueError(f"expected arrays of one length, got lengths {lengths}")
    if lengths[0] == 0:
        raise ValueError("expected at least one sample, got empty arrays")
    return lengths[0]


def check_samples(x: np.ndarray, y: np.ndarray, in_features: int, labels: Sequence[int]) -> None:
    """Check samples and their labels.

    Args:
        x: samples, (n, in_features).
        y: labels, (n,).
        in_features: number of features of a sample.
        labels: those that may occur.

    Raises:
        ValueError: for another shape, a value that is not finite, or an unknown label.
    """
    check_paired(x, y)
    if x.ndim != 2 or x.shape[1] != in_features:
        raise ValueError(f"expected samples (n, {in_features}), got {tuple(x.shape)}")
    if not np.isfinite(x).all():
        row = int(np.argmin(np.isfinite(x).all(axis=1)))
        raise ValueError(f"expected finite samples, got NaN or infinity in row {row}")
    unknown = np.setdiff1d(y, labels)
    if unknown.size:
        raise ValueError(f"expected labels from {[*labels]}, got {unknown[:5].tolist()}")


def batches(
    *arrays: np.ndarray,
    batch_size: int | None = None,
    generator: np.random.Generator | None = None,
    drop_last: bool = False,
) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield tuples of corresponding slices of ``arrays``.

    Args:
        arrays: one or more arrays, paired along the first axis.
        batch_size: samples per batch; None for a single batch of all.
        generator: ``numpy.random.Generator`` that shuffles; None keeps the order.
        drop_last: leave out a last batch that is smaller than the others.

    Raises:
        ValueError: for arrays of unequal length or without samples, or a batch size below 1.

    Example:
        >>> x = np.arange(5)
        >>> [batch.tolist() for (batch,) in batches(x, batch_size=2)]
        [[0, 1], [2, 3], [4]]
    """
    size = check_paired(*arrays)
    batch_size = size if batch_size is None else batch_size
    if batch_size < 1:
        raise ValueError(f"batch_size must be 1 or more, got {batch_size}")
    order = None if generator is None else generator.permutation(size)
    for start in range(0, size, batch_size):
        stop = start + batch_size
        if drop_last and stop > size:
            return
        chosen = slice(start, stop) if order is None else order[start:stop]
        yield tuple(array[chosen] for array in arrays)
