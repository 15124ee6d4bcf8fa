"""From a data set to batches: arrays in, arrays out."""

import numpy as np


def check_paired(*arrays):
    """Return the common length of ``arrays``; ValueError if there is none or it is 0."""
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) != 1:
        raise ValueError(f"expected arrays of one length, got lengths {lengths}")
    if lengths[0] == 0:
        raise ValueError("expected at least one sample, got empty arrays")
    return lengths[0]


def check_samples(x, y, in_features, labels):
    """Raise ValueError unless x is (n, in_features) and finite, and y has only known ``labels``."""
    check_paired(x, y)
    if x.ndim != 2 or x.shape[1] != in_features:
        raise ValueError(f"expected samples (n, {in_features}), got {tuple(x.shape)}")
    if not np.isfinite(x).all():
        row = int(np.argmin(np.isfinite(x).all(axis=1)))
        raise ValueError(f"expected finite samples, got NaN or infinity in row {row}")
    unknown = np.setdiff1d(y, labels)
    if unknown.size:
        raise ValueError(f"expected labels from {[*labels]}, got {unknown[:5].tolist()}")


def batches(*arrays, batch_size=None, generator=None, drop_last=False):
    """Yield tuples of corresponding slices of ``arrays``.

    Args:
        arrays: one or more arrays, paired along the first axis.
        batch_size: samples in a batch; None for one batch of all.
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
