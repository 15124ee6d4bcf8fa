"""What all optimizers share: parameter groups, their state, and the loop over them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from nnlib.scratch.autograd.graph import increment_version
from nnlib.scratch.autograd.tensor import Tensor

_BLOCK = 65536  # elements whose intermediate results stay in cache


def blocks(*arrays: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Corresponding slices of arrays of one shape, about 64k elements each.

    Whole arrays would go through memory once for every operation of a formula; blocks stay in cache
    from the first to the last.
    """
    rows = [np.atleast_1d(array) for array in arrays]
    length = len(rows[0])
    step = max(1, _BLOCK * length // max(1, rows[0].size))
    for start in range(0, length, step):
        yield [array[start : start + step] for array in rows]


def check_not_negative(**settings: float) -> None:
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
    Raises: ValueError if there are no parameters, if one is given twice or is a result and not a
        leaf; TypeError for a single Tensor, for what is not a Tensor, or for an unknown setting.
    """

    def __init__(
        self, params: Iterable[Tensor] | Iterable[dict[str, Any]], **defaults: Any
    ) -> None:
        if isinstance(params, Tensor | Mapping):
            raise TypeError(
                f"an optimizer expects a list of Tensors or of dicts, got one "
                f"{type(params).__name__}; put it into a list"
            )
        groups = [*params]
        if not groups:
            raise ValueError(
                "an optimizer needs at least one parameter, got none; "
                "has the generator been used before?"
            )
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add Parameters with settings of their own: {"params": Parameters, setting: value, ...}.

        Raises: as the class does.
        """
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise TypeError(f'a group must be a dict with "params", got {param_group!r}')
        if unknown := param_group.keys() - self.defaults.keys() - {"params"}:
            raise TypeError(f"unknown settings {sorted(unknown)}; known: {[*self.defaults]}")
        params = param_group["params"]
        params = [params] if isinstance(params, Tensor) else [*params]
        known = {parameter for group in self.param_groups for parameter in group["params"]}
        for parameter in params:
            if not isinstance(parameter, Tensor):
                raise TypeError(f"an optimizer changes Tensors, got {type(parameter).__name__}")
            if not parameter.is_leaf:
                raise ValueError("an optimizer changes leaf Tensors, got the result of operations")
            if parameter in known:
                raise ValueError(f"a parameter of shape {parameter.shape} is given twice")
            known.add(parameter)
        self.param_groups.append({**self.defaults, **param_group, "params": params})

    def update(self, parameter: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change ``parameter.data`` in place, given ``parameter.grad``."""
        raise NotImplementedError(f"{type(self).__name__} does not define update")

    def step(self) -> None:
        """Update every parameter that has a gradient.

        Graphs recorded before no longer match the parameters; their ``backward()`` raises.
        """
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.update(parameter, self.state.setdefault(parameter, {}), group)
                    increment_version(parameter)

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to None."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def _numbered(self) -> dict[Tensor, int]:
        """Parameter -> its number, counted through all groups, as PyTorch's state_dict has it."""
        parameters = [p for group in self.param_groups for p in group["params"]]
        return {parameter: number for number, parameter in enumerate(parameters)}

    def state_dict(self) -> dict[str, Any]:
        """The state and settings, parameters replaced by their numbers.

        It is a copy, where PyTorch's shares memory with the optimizer.
        """
        number = self._numbered()
        return {
            "state": {
                number[parameter]: {name: np.copy(value) for name, value in state.items()}
                for parameter, state in self.state.items()
            },
            "param_groups": [
                {
                    **copy.deepcopy({name: group[name] for name in group if name != "params"}),
                    "params": [number[parameter] for parameter in group["params"]],
                }
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Continue from the ``state_dict`` of an optimizer of this kind, from here or from PyTorch.

        Nothing is shared with ``state_dict``.

        Raises: ValueError if the groups differ in number or size; nothing is changed then.
        """
        saved = [len(group["params"]) for group in state_dict["param_groups"]]
        own = [len(group["params"]) for group in self.param_groups]
        if saved != own:
            raise ValueError(f"expected groups of {own} parameters, got {saved}")
        parameters = [*self._numbered()]
        state = {
            parameters[number]: {
                n: np.asarray(v).copy() for n, v in entries.items() if v is not None
            }
            for number, entries in state_dict["state"].items()
        }
        for group, settings in zip(self.param_groups, state_dict["param_groups"], strict=True):
            group.update({**copy.deepcopy(settings), "params": group["params"]})
        self.state = state
