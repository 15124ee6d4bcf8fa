"""The perceptron as gradient descent: Rosenblatt's rule is one SGD step on the perceptron loss.

Nothing here states the rule. The loss measures how far a sample is on the wrong side; autograd
computes its gradient, and an SGD step with a learning rate of 1 is the rule.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from nnlib.data.batching import check_samples


class _MistakeDriven(nn.Module):
    """A linear layer, initialized to zero, that is updated after misclassified samples only."""

    labels: Sequence[int]

    def __init__(self, in_features: int, out_features: int):
        super().__init__()
        if in_features < 1:
            raise ValueError(f"a perceptron needs at least one input, got {in_features}")
        self.weight = nn.Parameter(torch.zeros(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features))
        self._optimizer = torch.optim.SGD(self.parameters(), lr=1.0)

    def _loss(self, scores, y):
        """Whether a sample is misclassified, and the perceptron loss."""
        raise NotImplementedError

    def update(self, x: torch.Tensor, y: torch.Tensor) -> bool:
        """Learn from one sample x (in_features,) with label y; returns whether it was a mistake."""
        mistake, loss = self._loss(self(x), y)
        if mistake:
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
        return bool(mistake)

    def _samples(self, x):
        """Samples with the dtype and the device of the weights."""
        return torch.as_tensor(x, dtype=self.weight.dtype, device=self.weight.device)

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
        check_samples(np.asarray(x), np.asarray(y), self.weight.shape[1], self.labels)
        samples, labels = self._samples(x), torch.as_tensor(y, device=self.weight.device)
        mistakes = []
        for _ in range(epochs):
            order = np.arange(len(x)) if generator is None else generator.permutation(len(x))
            mistakes.append(sum(self.update(samples[i], labels[i]) for i in order))
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

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(x, self.weight, self.bias).squeeze(-1)

    @torch.no_grad()
    def predict(self, x: np.ndarray | torch.Tensor) -> torch.Tensor:
        """Labels -1 or +1 of samples (..., in_features); a score of exactly 0 counts as -1."""
        return torch.where(self(self._samples(x)) > 0, 1, -1)

    def _loss(self, score, y):
        """Whether the score does not have the sign of y, and the loss -y score."""
        return y * score <= 0, -y * score


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

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(x, self.weight, self.bias)

    @torch.no_grad()
    def predict(self, x: np.ndarray | torch.Tensor) -> torch.Tensor:
        """The class of each sample of x (..., in_features), the lower one for equal scores."""
        return self(self._samples(x)).argmax(dim=-1)

    def _loss(self, scores, y):
        """Whether another class won, and the loss: by how much."""
        winner = scores.argmax()
        return winner != y, scores[winner] - scores[y]
