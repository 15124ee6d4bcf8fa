"""Simple classifiers that a result is compared with."""

import numpy as np


def majority_class(y_train: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The most frequent training class, as the prediction for each of the samples.

    Args:
        y_train: classes (n,), integers.
        x: samples (m, ...).

    Returns:
        The same class m times, the lowest one if several are most frequent.
    """
    classes, counts = np.unique(y_train, return_counts=True)
    return np.full(len(x), classes[counts.argmax()])


def nearest_centroid(x_train: np.ndarray, y_train: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The class whose mean training sample is nearest to each of the samples.

    Args:
        x_train: training samples (n, d).
        y_train: their classes (n,), integers.
        x: samples to classify (m, d).

    Returns:
        Classes (m,), the lower one if two are equally near.
    """
    classes = np.unique(y_train)
    centroids = np.stack([x_train[y_train == c].mean(axis=0) for c in classes])
    distances = np.linalg.norm(x[:, None] - centroids, axis=2)  # (m, classes)
    return classes[distances.argmin(axis=1)]
