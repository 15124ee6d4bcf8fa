"""Module: something with parameters that maps Tensors to Tensors. Every layer and model is one."""

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor


class Parameter(Tensor):
    """A Tensor that a Module owns and an optimizer changes. It keeps a copy of ``data``."""

    __slots__ = ()

    def __init__(self, data, requires_grad=True):
        super().__init__(np.array(data), requires_grad)


class Module:
    """Base class of layers and models.

    A subclass assigns Parameters and other Modules to attributes in ``__init__`` and defines
    ``forward``. Their names in ``state_dict`` are the attribute names joined by dots: PyTorch's.
    """

    training = True
    _buffer_names = ()

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def forward(self, *args, **kwargs):
        """The computation; each subclass defines its own."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def register_buffer(self, name, array):
        """Keep an array that is saved with the parameters but not trained."""
        self._buffer_names = (*self._buffer_names, name)
        setattr(self, name, np.asarray(array))

    def named_children(self):
        """Pairs (name, module) of the Modules that are attributes of this one."""
        return [(name, value) for name, value in vars(self).items() if isinstance(value, Module)]

    def named_modules(self, prefix=""):
        """Pairs (path, module) of this Module and all Modules inside it."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def modules(self):
        """This Module and all Modules inside it."""
        for _, module in self.named_modules():
            yield module

    def _named(self, members):
        """Pairs (path, value) of what ``members(module)`` lists in each Module."""
        for prefix, module in self.named_modules():
            for name, value in members(module):
                yield (f"{prefix}.{name}" if prefix else name), value

    def named_parameters(self):
        """Pairs (path, Parameter); one that is shared is listed once, under its first name."""
        seen = set()
        for name, parameter in self._named(_own_parameters):
            if parameter not in seen:
                seen.add(parameter)
                yield name, parameter

    def parameters(self):
        """The Parameters, each once."""
        for _, parameter in self.named_parameters():
            yield parameter

    def named_buffers(self):
        """Pairs (path, array) of the buffers."""
        return self._named(_own_buffers)

    def state_dict(self):
        """Name -> array: a copy of every parameter and buffer."""
        members = self._named(lambda module: _own_parameters(module) + _own_buffers(module))
        return {name: np.array(value) for name, value in members}

    def load_state_dict(self, state_dict):
        """Copy the arrays of a ``state_dict``, from here or from PyTorch, into this Module.

        Raises:
            KeyError: if names are missing or unexpected.
            ValueError: if a shape differs. In both cases nothing is changed.
        """
        own = dict(self._named(lambda module: _own_parameters(module) + _own_buffers(module)))
        missing, unexpected = own.keys() - state_dict.keys(), state_dict.keys() - own.keys()
        if missing or unexpected:
            raise KeyError(
                f"state_dict does not fit {type(self).__name__}: "
                f"missing {sorted(missing)}, unexpected {sorted(unexpected)}"
            )
        arrays = {name: np.asarray(value) for name, value in state_dict.items()}
        for name, array in arrays.items():
            if array.shape != own[name].shape:
                raise ValueError(f"{name} must have shape {own[name].shape}, got {array.shape}")
        for name, value in own.items():
            target = value.data if isinstance(value, Tensor) else value
            target[...] = arrays[name]

    def train(self, mode=True):
        """Set this Module and all inside it to training behavior; returns it."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        """Set this Module and all inside it to evaluation behavior; returns it."""
        return self.train(False)

    def to(self, dtype):
        """Convert parameters and floating-point buffers to ``dtype``; returns this Module."""
        for parameter in self.parameters():
            parameter.data = parameter.data.astype(dtype)
        for module in self.modules():
            for name, array in _own_buffers(module):
                if array.dtype.kind == "f":
                    setattr(module, name, array.astype(dtype))
        return self

    def float(self):
        """``to(numpy.float32)``."""
        return self.to(np.float32)

    def double(self):
        """``to(numpy.float64)``."""
        return self.to(np.float64)

    def zero_grad(self):
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.grad = None

    def extra_repr(self):
        """The settings shown between the parentheses of ``repr``."""
        return ""

    def __repr__(self):
        lines = [
            f"  ({name}): " + repr(child).replace("\n", "\n  ")
            for name, child in self.named_children()
        ]
        inside = "\n" + "\n".join(lines) + "\n" if lines else self.extra_repr()
        return f"{type(self).__name__}({inside})"


def _own_parameters(module):
    return [(name, value) for name, value in vars(module).items() if isinstance(value, Parameter)]


def _own_buffers(module):
    return [(name, getattr(module, name)) for name in module._buffer_names]


class _Container(Module):
    """Modules in order, named "0", "1", ..."""

    def __init__(self, modules):
        super().__init__()
        for module in modules:
            self._add(module)

    def _add(self, module):
        if not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__} expects Modules, got {type(module).__name__}")
        setattr(self, str(len(self)), module)

    def __iter__(self):
        return (child for _, child in self.named_children())

    def __len__(self):
        return len(self.named_children())

    def __getitem__(self, index):
        return [*self][index]


class Sequential(_Container):
    """Modules applied one after the other.

    Args:
        modules: the Modules, in order; they are named "0", "1", ...
    Shapes: whatever the first takes -> whatever the last gives.
    Raises: TypeError for an argument that is not a Module.
    """

    def __init__(self, *modules):
        super().__init__(modules)

    def forward(self, x):
        for module in self:
            x = module(x)
        return x


class ModuleList(_Container):
    """A list of Modules whose parameters belong to the Module that holds it; it has no forward.

    Args:
        modules: the Modules, in order; they are named "0", "1", ...
    Raises: TypeError for an element that is not a Module.
    """

    def __init__(self, modules=()):
        super().__init__(modules)

    def append(self, module):
        """Add a Module at the end; returns this list."""
        self._add(module)
        return self
