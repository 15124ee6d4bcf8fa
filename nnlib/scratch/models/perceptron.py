"""The perceptron: a weighted vote that learns from its mistakes alone (Rosenblatt, 1958)."""

import numpy as np

from nnlib.data.batching import check_samples
from nnlib.scratch.nn.linear import linear
from nnlib.scratch.nn.module import Module, Parameter


class _MistakeDriven(Module):
    """One linear layer that starts at zero and moves only when it is wrong."""

    def __init__(self, in_features, out_features):
        super().__init__()
        if in_features < 1:
            raise ValueError(f"a perceptron needs at least one input, got {in_features}")
        self.weight = Parameter(np.zeros((out_features, in_features), dtype=np.float32))
        self.bias = Parameter(np.zeros(out_features, dtype=np.float32))

    def fit(self, x, y, *, epochs, generator=None):
        """Go through the samples one by one and learn from each mistake.

        Args:
            x: array (n, in_features).
            y: labels (n,), integers.
            epochs: passes at most; learning ends earlier after a pass without a mistake.
            generator: ``numpy.random.Generator`` that shuffles each pass; None for the order given.

        Returns:
            The number of mistakes in each pass.

        Raises:
            ValueError: for empty data, shapes that do not fit, NaN or infinity in x, or labels that
                this model does not know.
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
        in_features: length of an input.
    Shapes: x (..., in_features) -> scores (...).
    Parameters: weight (1, in_features) and bias (1,), both zero at the start.
    """

    labels = (-1, 1)

    def __init__(self, in_features):
        super().__init__(in_features, 1)

    def forward(self, x):
        return linear(x, self.weight, self.bias)[..., 0]

    def predict(self, x):
        """Labels -1 or +1 of an array of samples; a score of exactly 0 counts as -1."""
        return np.where(self(x).numpy() > 0, 1, -1)

    def update(self, x, y):
        """Learn from one sample: if its score has the wrong sign, or none, add y x and y.

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
        in_features: length of an input.
        num_classes: C.
    Shapes: x (..., in_features) -> scores (..., num_classes).
    Parameters: weight (num_classes, in_features) and bias (num_classes,), zero at the start.
    """

    def __init__(self, in_features, num_classes):
        if num_classes < 2:
            raise ValueError(f"num_classes must be 2 or more, got {num_classes}")
        super().__init__(in_features, num_classes)
        self.labels = range(num_classes)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def predict(self, x):
        """Class of each sample of an array; the first of equal scores wins."""
        return self(x).numpy().argmax(axis=-1)

    def update(self, x, y):
        """Learn from one sample: if class k won instead of y, add x to row y, take it from row k.

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
