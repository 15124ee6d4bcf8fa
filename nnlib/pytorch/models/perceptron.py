"""The perceptron as gradient descent: Rosenblatt's rule is one SGD step on the perceptron loss.

Nothing here states the rule. The loss says how far a sample is on the wrong side; autograd finds
the step, and with a learning rate of 1 it is the rule.
"""

import numpy as np
import torch
from torch import nn

from nnlib.data.batching import check_samples


class _MistakeDriven(nn.Module):
    """One linear layer that starts at zero and moves only when it is wrong."""

    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features))
        self.optimizer = torch.optim.SGD(self.parameters(), lr=1.0)

    def update(self, x, y):
        """One step on one sample; returns whether it was a mistake."""
        mistake, loss = self.criterion(self(x), y)
        if mistake:
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return bool(mistake)

    def _samples(self, x):
        """Samples as numbers like the weights."""
        return torch.as_tensor(x, dtype=self.weight.dtype, device=self.weight.device)

    def fit(self, x, y, *, epochs, generator=None):
        """Go through the samples one by one; returns the mistakes of each pass.

        Takes what the twin takes: arrays x (n, in_features) and y (n,), passes at most, and a
        ``numpy.random.Generator`` that shuffles. Learning ends after a pass without a mistake.
        ``ValueError`` for the same faults.
        """
        check_samples(np.asarray(x), np.asarray(y), self.weight.shape[1], self.labels)
        x, y = self._samples(x), torch.as_tensor(y, device=self.weight.device)
        mistakes = []
        for _ in range(epochs):
            order = np.arange(len(x)) if generator is None else generator.permutation(len(x))
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
        return nn.functional.linear(x, self.weight, self.bias).squeeze(-1)

    @torch.no_grad()
    def predict(self, x):
        """Labels -1 or +1; a score of exactly 0 counts as -1."""
        return torch.where(self(self._samples(x)) > 0, 1, -1)

    def criterion(self, score, y):
        """Whether the score is wrong, and by how much: -y score."""
        return y * score <= 0, -y * score


class MulticlassPerceptron(_MistakeDriven):
    """Classes 0 to C - 1: the largest of C weighted sums (Kesler's construction; Nilsson, 1965).

    Args:
        in_features: length of an input.
        num_classes: C.
    Shapes: x (..., in_features) -> scores (..., num_classes).
    Parameters: weight (num_classes, in_features) and bias (num_classes,), zero at the start.
    """

    def __init__(self, in_features, num_classes):
        super().__init__(in_features, num_classes)
        self.labels = range(num_classes)

    def forward(self, x):
        return nn.functional.linear(x, self.weight, self.bias)

    @torch.no_grad()
    def predict(self, x):
        """Class of each sample; the first of equal scores wins."""
        return self(self._samples(x)).argmax(dim=-1)

    def criterion(self, scores, y):
        """Whether another class won, and by how much."""
        winner = scores.argmax()
        return winner != y, scores[winner] - scores[y]
