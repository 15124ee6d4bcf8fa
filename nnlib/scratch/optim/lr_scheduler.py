"""The learning rate over time: a function from the step to a factor, applied to an optimizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nnlib.scratch.optim.optimizer import Optimizer


class LambdaLR:
    """Multiplies the initial learning rate of every group by ``lr_lambda(step)``, from step 0 on.

    The functions of ``nnlib.training.schedules`` work with it and with PyTorch's LambdaLR.

    Args:
        optimizer: the optimizer whose groups are changed, now and at every ``step()``.
        lr_lambda: maps a step to a factor.
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float]) -> None:
        self.optimizer = optimizer
        self.lr_lambda = lr_lambda
        self.base_lrs = [
            group.setdefault("initial_lr", group["lr"]) for group in optimizer.param_groups
        ]
        self.last_epoch = -1
        self.step()

    def step(self) -> None:
        """Advance by one step; call it after the step of the optimizer."""
        self.last_epoch += 1
        factor = self.lr_lambda(self.last_epoch)
        for group, rate in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = rate * factor

    def get_last_lr(self) -> list[float]:
        """The current learning rate of each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """The position in the schedule and the initial learning rates."""
        return {"last_epoch": self.last_epoch, "base_lrs": [*self.base_lrs]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Continue from the position of another schedule."""
        self.base_lrs = [*state_dict["base_lrs"]]
        self.last_epoch = state_dict["last_epoch"] - 1
        self.step()
