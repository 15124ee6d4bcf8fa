"""What all optimizers share: how they keep parameters and state, and how they go through them."""

import numpy as np

_BLOCK = 65536  # elements whose intermediate results stay in cache


def blocks(*arrays):
    """Corresponding slices of arrays of one shape, about 64k elements each.

    Whole arrays would go through memory once for every operation of a formula; blocks stay in cache
    from the first to the last.
    """
    arrays = [np.atleast_1d(array) for array in arrays]
    length = len(arrays[0])
    rows = max(1, _BLOCK * length // max(1, arrays[0].size))
    for start in range(0, length, rows):
        yield [array[start : start + rows] for array in arrays]


def check_not_negative(**settings):
    """Raise ValueError for the first of ``settings`` that is below 0."""
    for name, value in settings.items():
        if not value >= 0:
            raise ValueError(f"{name} must be 0 or more, got {value}")


class Optimizer:
    """What every optimizer shares: parameter groups, their state, ``step`` and ``zero_grad``.

    A subclass passes its settings as ``defaults`` and defines ``update(parameter, state, group)``.

    Args:
        params: Parameters, or dicts {"params": Parameters, setting: value, ...}, one for each
            group that has settings of its own.
        defaults: settings of every group that does not say otherwise.
    Raises: ValueError if there are no parameters, TypeError for an unknown setting.
    """

    def __init__(self, params, **defaults):
        groups = [*params]
        if not groups:
            raise ValueError("an optimizer needs at least one parameter, got none")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        self.param_groups = []
        for group in groups:
            if unknown := group.keys() - defaults.keys() - {"params"}:
                raise TypeError(f"unknown settings {sorted(unknown)}; known: {[*defaults]}")
            self.param_groups.append({**defaults, **group, "params": [*group["params"]]})
        self.state = {}

    def update(self, parameter, state, group):
        """Change ``parameter.data`` in place, given ``parameter.grad``."""
        raise NotImplementedError(f"{type(self).__name__} does not define update")

    def step(self):
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.update(parameter, self.state.setdefault(parameter, {}), group)

    def zero_grad(self):
        """Forget the gradients of all parameters."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def _numbered(self):
        """Parameter -> its number, counted through all groups, as PyTorch's state_dict has it."""
        parameters = [p for group in self.param_groups for p in group["params"]]
        return {parameter: number for number, parameter in enumerate(parameters)}

    def state_dict(self):
        """A copy of the state and settings, parameters replaced by their numbers."""
        number = self._numbered()
        return {
            "state": {
                number[parameter]: {name: np.copy(value) for name, value in state.items()}
                for parameter, state in self.state.items()
            },
            "param_groups": [
                {**group, "params": [number[parameter] for parameter in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict):
        """Continue from the ``state_dict`` of such an optimizer, from here or from PyTorch."""
        saved = [len(group["params"]) for group in state_dict["param_groups"]]
        own = [len(group["params"]) for group in self.param_groups]
        if saved != own:
            raise ValueError(f"expected groups of {own} parameters, got {saved}")
        for group, settings in zip(self.param_groups, state_dict["param_groups"], strict=True):
            group.update({**settings, "params": group["params"]})
        parameters = [*self._numbered()]
        self.state = {
            parameters[number]: {name: np.asarray(value).copy() for name, value in state.items()}
            for number, state in state_dict["state"].items()
        }
