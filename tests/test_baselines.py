"""The simple classifiers that the chapters compare their results with."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from nnlib.data import digits
from nnlib.data.baselines import majority_class, nearest_centroid


def test_the_majority_class_is_predicted_for_every_sample():
    assert majority_class(np.array([2, 7, 7]), np.zeros((4, 3))).tolist() == [7, 7, 7, 7]
    assert majority_class(np.array([1, -1]), np.zeros((1, 3))).tolist() == [-1]


@pytest.mark.parametrize("seed", range(3))
def test_the_nearest_centroid_is_the_nearest_neighbor_among_the_means(seed):
    split = digits(seed=seed)
    means = [split.x_train[split.y_train == c].mean(axis=0) for c in range(10)]
    expected = KNeighborsClassifier(1).fit(means, range(10)).predict(split.x_test)
    np.testing.assert_array_equal(
        nearest_centroid(split.x_train, split.y_train, split.x_test), expected
    )


def test_centroids_belong_to_the_labels_given():
    x = np.array([[0.0, 0.0], [2.0, 0.0], [10.0, 0.0]])
    assert nearest_centroid(x, np.array([1, 1, -1]), x).tolist() == [1, 1, -1]
