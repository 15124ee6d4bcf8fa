"""What both perceptrons promise beyond being equal: the theorem holds, and bad data is refused."""

import numpy as np
import pytest

from nnlib import pytorch, scratch
from nnlib.data import xor

SIDES = pytest.mark.parametrize(
    "models", [scratch.models, pytorch.models], ids=["scratch", "pytorch"]
)


@SIDES
def test_mistakes_stay_below_the_bound_on_separable_data(models):
    x = np.random.default_rng(0).uniform(-1, 1, (200, 2)).astype(np.float32)
    u = np.array([0.6, 0.7, 0.2]) / np.linalg.norm([0.6, 0.7, 0.2])
    score = np.column_stack([x, np.ones(200)]) @ u
    x, y = x[np.abs(score) > 0.1], np.where(score > 0, 1, -1)[np.abs(score) > 0.1]
    model = models.Perceptron(2)
    mistakes = model.fit(x, y, epochs=100)
    assert mistakes[-1] == 0
    assert 0 < sum(mistakes) <= 3 / 0.1**2  # R² <= 1 + 1 + 1, margin >= 0.1
    np.testing.assert_array_equal(np.asarray(model.predict(x)), y)


@SIDES
def test_samples_may_be_of_any_kind_of_number(models):
    x, y = np.array([[2, 1], [-1, -3], [1, 1]]), np.array([1, -1, 1])
    for kind in (np.int64, np.float32, np.float64):
        assert models.Perceptron(2).fit(x.astype(kind), y, epochs=9)[-1] == 0


@SIDES
def test_xor_is_never_learned(models):
    x, y = xor()
    assert min(models.Perceptron(2).fit(x, 2 * y - 1, epochs=50)) > 0
    assert min(models.MulticlassPerceptron(2, 2).fit(x, y, epochs=50)) > 0


@SIDES
@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((3, 2)), [0, 1, 1], r"labels from \[-1, 1\], got \[0\]"),
        (np.zeros((3, 4)), [1, 1, 1], r"samples \(n, 2\), got \(3, 4\)"),
        (np.zeros((3, 2)), [1, 1], r"lengths \[3, 2\]"),
        (np.zeros((0, 2)), [], "at least one sample"),
        (np.array([[0.0, 1.0], [np.nan, 0.0]]), [1, 1], "NaN or infinity in row 1"),
    ],
)
def test_bad_data_is_refused(models, x, y, message):
    with pytest.raises(ValueError, match=message):
        models.Perceptron(2).fit(x.astype(np.float32), np.array(y, dtype=int), epochs=1)


@SIDES
def test_an_unknown_class_is_refused(models):
    with pytest.raises(ValueError, match=r"labels from \[0, 1, 2\], got \[3\]"):
        models.MulticlassPerceptron(2, 3).fit(np.zeros((1, 2)), np.array([3]), epochs=1)
