"""The learning rate over time: a function from the step to a factor, put into an optimizer."""


class LambdaLR:
    """The learning rate of every group times ``lr_lambda(step)``; steps count from 0.

    The functions of ``nnlib.training.schedules`` are made for it, and for its twin in PyTorch.

    Args:
        optimizer: the optimizer whose groups are changed, at once and at every ``step()``.
        lr_lambda: maps a step to a factor.
    """

    def __init__(self, optimizer, lr_lambda):
        self.optimizer = optimizer
        self.lr_lambda = lr_lambda
        self.base_lrs = [
            group.setdefault("initial_lr", group["lr"]) for group in optimizer.param_groups
        ]
        self.last_epoch = -1
        self.step()

    def step(self):
        """Go on by one step; call it after the step of the optimizer."""
        self.last_epoch += 1
        factor = self.lr_lambda(self.last_epoch)
        for group, rate in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = rate * factor

    def get_last_lr(self):
        """The learning rate of each group now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        """Where the schedule is."""
        return {"last_epoch": self.last_epoch, "base_lrs": [*self.base_lrs]}

    def load_state_dict(self, state_dict):
        """Go on from where another schedule was."""
        self.base_lrs = [*state_dict["base_lrs"]]
        self.last_epoch = state_dict["last_epoch"] - 1
        self.step()
