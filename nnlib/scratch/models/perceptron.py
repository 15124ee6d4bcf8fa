"""The perceptron: a linear classifier that learns from its mistakes only (Rosenblatt, 1958)."""

from collections.abc import Sequence

import numpy as np

from nnlib.data.batching import check_samples
from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.nn.linear import linear
from nnlib.scratch.nn.module import Module, Parameter


class _MistakeDriven(Module):
    """A linear layer, initialized to zero, that is updated after misclassified samples only."""

    labels: Sequence[int]

    def __init__(self, in_features: int, out_features: int):
        super().__init__()
        if in_features < 1:
            raise ValueError(f"a perceptron needs at least one input, got {in_features}")
        self.weight = Parameter(np.zeros((out_features, in_features), dtype=np.float32))
        self.bias = Parameter(np.zeros(out_features, dtype=np.float32))

    def update(self, x: np.ndarray, y: int) -> bool:
        """Learn from one sample x (in_features,) with label y; returns whether it was a mistake."""
        raise NotImplementedError

    def fit(
        self,
        x: np.ndarray,
        y: np.ndarray,
        *,
        epochs: int,
        generator: np.random.Generator | None = None,
    ) -> list[int]:
        """Go through the samples one by one and learn from each mistake.

        Args:
            x: array (n, in_features).
            y: labels (n,), integers.
            epochs: largest number of epochs; training ends after one without a mistake.
            generator: ``numpy.random.Generator`` that shuffles each epoch; None keeps the order.

        Returns:
            The number of mistakes in each epoch.

        Raises:
            ValueError: for empty data, shapes that do not match, NaN or infinity in x, or a label
                that the model does not have.
        """
        check_samples(x, y, self.weight.shape[1], self.labels)
        mistakes = []
        for _ in range(epochs):
            order = range(len(x)) if generator is None else generator.permutation(len(x))
            mistakes.append(sum(self.update(x[i], y[i]) for i in order))
            if mistakes[-1] == 0:
                break
        return mistakes


class Perceptron(_MistakeDriven):
    """Two classes, -1 and +1: the sign of a weighted sum (Rosenblatt, 1958).

    Args:
        in_features: number of input features.
    Shapes: x (..., in_features) -> scores (...).
    Parameters: weight (1, in_features) and bias (1,), both initialized to zero.
    """

    labels = (-1, 1)

    def __init__(self, in_features: int):
        super().__init__(in_features, 1)

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)[..., 0]

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Labels -1 or +1 of samples (..., in_features); a score of exactly 0 counts as -1."""
        return np.where(self(x).numpy() > 0, 1, -1)

    def update(self, x: np.ndarray, y: int) -> bool:
        """If the score does not have the sign of y, add y x to the weight and y to the bias.

        Returns whether it was a mistake.
        """
        weight, bias = self.weight.data[0], self.bias.data
        if y * (weight @ x + bias[0]) > 0:
            return False
        weight += y * x
        bias += y
        return True


class MulticlassPerceptron(_MistakeDriven):
    """Classes 0 to C - 1: the largest of C weighted sums (Kesler's construction; Nilsson, 1965).

    Args:
        in_features: number of input features.
        num_classes: C.
    Shapes: x (..., in_features) -> scores (..., num_classes).
    Parameters: weight (num_classes, in_features) and bias (num_classes,), initialized to zero.
    """

    def __init__(self, in_features: int, num_classes: int):
        if num_classes < 2:
            raise ValueError(f"num_classes must be 2 or more, got {num_classes}")
        super().__init__(in_features, num_classes)
        self.labels = range(num_classes)

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class of each sample of x (..., in_features), the lower one for equal scores."""
        return self(x).numpy().argmax(axis=-1)

    def update(self, x: np.ndarray, y: int) -> bool:
        """If class k wins instead of y, add x to row y of the weight and subtract it from row k.

        Returns whether it was a mistake.
        """
        weight, bias = self.weight.data, self.bias.data
        winner = (weight @ x + bias).argmax()
        if winner == y:
            return False
        weight[y] += x
        weight[winner] -= x
        bias[y] += 1
        bias[winner] -= 1
        return True
