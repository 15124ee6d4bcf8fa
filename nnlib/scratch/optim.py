"""Optimizers: how a gradient becomes a step. Parameters change in place."""

import numpy as np


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
        """Continue from the ``state_dict`` of an optimizer over parameters of the same shapes."""
        saved = [len(group["params"]) for group in state_dict["param_groups"]]
        own = [len(group["params"]) for group in self.param_groups]
        if saved != own:
            raise ValueError(f"expected groups of {own} parameters, got {saved}")
        for group, settings in zip(self.param_groups, state_dict["param_groups"], strict=True):
            group.update({**settings, "params": group["params"]})
        parameters = [*self._numbered()]
        self.state = {
            parameters[number]: {name: np.copy(value) for name, value in state.items()}
            for number, state in state_dict["state"].items()
        }


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for (Sutskever et al., 2013).

    Args:
        params: Parameters or groups of them.
        lr: learning rate, the length of a step per unit of gradient.
        momentum: share of the previous step that carries on, 0 to 1.
        dampening: share of the gradient that is held back from the momentum.
        weight_decay: added to the gradient, as a multiple of the parameter itself.
        nesterov: take the gradient's step after the momentum's.
    Raises: ValueError for a negative setting, or nesterov without momentum.
    """

    def __init__(
        self, params, lr=1e-3, momentum=0.0, dampening=0.0, weight_decay=0.0, *, nesterov=False
    ):
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if not value >= 0:
                raise ValueError(f"{name} must be 0 or more, got {value}")
        if nesterov and (momentum == 0 or dampening != 0):
            raise ValueError("nesterov needs a momentum above 0 and no dampening")
        super().__init__(
            params,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
        )

    def update(self, parameter, state, group):
        step = parameter.grad
        if group["weight_decay"]:
            step = step + group["weight_decay"] * parameter.data
        if momentum := group["momentum"]:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = step.copy()
            else:
                velocity = state["momentum_buffer"]
                velocity *= momentum
                velocity += (1 - group["dampening"]) * step
            velocity = state["momentum_buffer"]
            step = step + momentum * velocity if group["nesterov"] else velocity
        parameter.data -= group["lr"] * step
