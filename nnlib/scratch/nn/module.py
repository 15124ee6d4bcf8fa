"""Module: something with parameters that maps Tensors to Tensors. Every layer and model is one."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Self

import numpy as np

from nnlib.scratch.autograd.graph import increment_version
from nnlib.scratch.autograd.tensor import Tensor


class Parameter(Tensor):
    """A Tensor that a Module owns and an optimizer changes.

    Args:
        data: array, number or nested list. It is copied, unlike PyTorch's, so that no optimizer
            writes into an array of the caller.
        requires_grad: whether ``backward()`` stores a gradient in ``grad``.
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: builtins.bool = True) -> None:
        super().__init__(data, requires_grad)
        self.data = self.data.copy()


class Module:
    """Base class of layers and models.

    A subclass assigns Parameters and other Modules to attributes in ``__init__`` and defines
    ``forward``. Their names in ``state_dict`` are the attribute names joined by dots: PyTorch's.
    """

    training = True
    _buffer_names: tuple[str, ...] = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The computation; each subclass defines its own."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def register_buffer(self, name: str, array: Any) -> None:
        """Keep an array that is saved with the parameters but not trained.

        Raises: KeyError if the Module has a buffer of that name.
        """
        if name in self._buffer_names:
            raise KeyError(f"{type(self).__name__} has a buffer {name!r} already")
        self._buffer_names = (*self._buffer_names, name)
        setattr(self, name, np.asarray(array))

    def named_children(self) -> list[tuple[str, Module]]:
        """Pairs (name, module) of the Modules that are attributes of this one, each once."""
        first = {value: name for name, value in reversed(_own_modules(self))}
        return [(name, value) for name, value in _own_modules(self) if first[value] == name]

    def named_modules(
        self, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Pairs (path, module) of this Module and all Modules inside it.

        Args:
            prefix: path of this Module.
            remove_duplicate: list a Module that is shared once, under its first path.
        """
        return self._named_modules(prefix, set() if remove_duplicate else None)

    def _named_modules(self, prefix, seen):
        if seen is not None:
            if self in seen:
                return
            seen.add(self)
        yield prefix, self
        for name, child in _own_modules(self):
            yield from child._named_modules(f"{prefix}.{name}" if prefix else name, seen)

    def modules(self) -> Iterator[Module]:
        """This Module and all Modules inside it, each once."""
        for _, module in self.named_modules():
            yield module

    def _named(self, members: Callable, remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """Pairs (path, value) of what ``members(module)`` lists in each Module."""
        for prefix, module in self.named_modules(remove_duplicate=remove_duplicate):
            for name, value in members(module):
                yield (f"{prefix}.{name}" if prefix else name), value

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Pairs (path, Parameter); one that is shared is listed once, under its first path."""
        seen = set()
        for name, parameter in self._named(_own_parameters):
            if parameter not in seen:
                seen.add(parameter)
                yield name, parameter

    def parameters(self) -> Iterator[Parameter]:
        """The Parameters, each once."""
        for _, parameter in self.named_parameters():
            yield parameter

    def named_buffers(self) -> Iterator[tuple[str, np.ndarray]]:
        """Pairs (path, array) of the buffers."""
        return self._named(_own_buffers)

    def _state(self) -> dict[str, Any]:
        """Name -> Parameter or buffer, those that are shared under each of their names."""
        return dict(self._named(lambda m: _own_parameters(m) + _own_buffers(m), False))

    def state_dict(self) -> dict[str, np.ndarray]:
        """Name -> array: a copy of every parameter and buffer, where PyTorch's shares memory."""
        return {name: np.array(value) for name, value in self._state().items()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Copy the arrays of a ``state_dict``, from here or from PyTorch, into this Module.

        Raises:
            KeyError: if names are missing or unexpected.
            ValueError: if a shape differs.
            TypeError: if a value is not an array of numbers that NumPy knows (bfloat16 is not). In
                all cases nothing is changed.
        """
        own = self._state()
        missing, unexpected = own.keys() - state_dict.keys(), state_dict.keys() - own.keys()
        if missing or unexpected:
            raise KeyError(
                f"state_dict does not fit {type(self).__name__}: "
                f"missing {sorted(missing)}, unexpected {sorted(unexpected)}"
            )
        arrays = {name: _as_array(name, value) for name, value in state_dict.items()}
        for name, array in arrays.items():
            if array.shape != own[name].shape:
                raise ValueError(f"{name} must have shape {own[name].shape}, got {array.shape}")
        for name, value in own.items():
            if isinstance(value, Tensor):
                value.data[...] = arrays[name]
                increment_version(value)
            else:
                value[...] = arrays[name]

    def train(self, mode: bool = True) -> Self:
        """Set this Module and all inside it to training behavior; returns it."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set this Module and all inside it to evaluation behavior; returns it."""
        return self.train(False)

    def to(self, dtype: Any) -> Self:
        """Convert parameters, their gradients and floating-point buffers to ``dtype``.

        Returns this Module. Integer parameters, which cannot be trained, stay as they are.
        """
        for parameter in self.parameters():
            if parameter.dtype.kind == "f":
                parameter.data = parameter.data.astype(dtype)
                if parameter.grad is not None:
                    parameter.grad = parameter.grad.astype(dtype)
        for module in self.modules():
            for name, array in _own_buffers(module):
                if array.dtype.kind == "f":
                    setattr(module, name, array.astype(dtype))
        return self

    def float(self) -> Self:
        """``to(numpy.float32)``."""
        return self.to(np.float32)

    def double(self) -> Self:
        """``to(numpy.float64)``."""
        return self.to(np.float64)

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to None."""
        for parameter in self.parameters():
            parameter.grad = None

    def extra_repr(self) -> str:
        """The settings shown between the parentheses of ``repr``."""
        return ""

    def __repr__(self) -> str:
        lines = [
            f"  ({name}): " + repr(child).replace("\n", "\n  ")
            for name, child in _own_modules(self)
        ]
        inside = "\n" + "\n".join(lines) + "\n" if lines else self.extra_repr()
        return f"{type(self).__name__}({inside})"


def _as_array(name: str, value: Any) -> np.ndarray:
    """The array of one entry of a state_dict, whichever library it comes from."""
    value = value.detach() if hasattr(value, "detach") else value
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{name} cannot be read as an array ({error}); convert it first") from error
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be an array of numbers, got {array.dtype}; convert it first")
    return array


def _own_modules(module):
    return [(name, value) for name, value in vars(module).items() if isinstance(value, Module)]


def _own_parameters(module):
    return [(name, value) for name, value in vars(module).items() if isinstance(value, Parameter)]


def _own_buffers(module):
    return [(name, getattr(module, name)) for name in module._buffer_names]


class _Container(Module):
    """Modules in order, named "0", "1", ..."""

    def __init__(self, modules: Iterable[Module]) -> None:
        super().__init__()
        for module in modules:
            self._add(module)

    def _add(self, module: Module) -> None:
        if not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__} expects Modules, got {type(module).__name__}")
        setattr(self, str(len(self)), module)

    def __iter__(self) -> Iterator[Module]:
        return (child for _, child in _own_modules(self))

    def __len__(self) -> int:
        return len(_own_modules(self))

    def __getitem__(self, index: int | slice) -> Any:
        return self._sliced([*self][index]) if isinstance(index, slice) else [*self][index]

    def _sliced(self, modules: list[Module]) -> Module:
        """A container of the same kind with some of the Modules, which the two share."""
        raise NotImplementedError(f"{type(self).__name__} does not define _sliced")


class Sequential(_Container):
    """Modules applied one after the other. A slice of it is a Sequential of the same Modules.

    Args:
        modules: the Modules, in order; they are named "0", "1", ...
    Shapes: the input of the first Module -> the output of the last.
    Raises: TypeError for an argument that is not a Module.
    """

    def __init__(self, *modules: Module) -> None:
        super().__init__(modules)

    def _sliced(self, modules):
        return Sequential(*modules)

    def forward(self, x: Any) -> Any:
        for module in self:
            x = module(x)
        return x


class ModuleList(_Container):
    """A list of Modules whose parameters belong to the Module that holds it; it has no forward.

    A slice of it is a ModuleList of the same Modules.

    Args:
        modules: the Modules, in order; they are named "0", "1", ...
    Raises: TypeError for an element that is not a Module.
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__(modules)

    def _sliced(self, modules):
        return ModuleList(modules)

    def append(self, module: Module) -> Self:
        """Add a Module at the end; returns this list."""
        self._add(module)
        return self
