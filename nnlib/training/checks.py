"""Checks of settings: each error names the setting, what it may be, and what came."""

import math
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

# What a model, a task or an optimizer may raise over settings that do not fit it.
SETTING_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)


def check_choice(name: str, value: object, known: Iterable[str]) -> None:
    """Raise ValueError, which lists the known ones, for a value that is not among them."""
    known = [*known]
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")


def check_int(name: str, value: object, low: int, high: int | None = None) -> None:
    """Raise ValueError for anything but an integer from ``low`` to ``high``."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be an integer, got {value!r}")
    if value < low or (high is not None and value > high):
        bound = f"{low} or more" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be {bound}, got {value}")


def check_between(
    name: str, value: object, low: float, high: float, *, include_high: bool = True
) -> None:
    """Raise ValueError for anything but a number from ``low`` to (or to below) ``high``."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{name} must be a number, got {value!r}")
    if not (low <= value <= high if include_high else low <= value < high):
        end = f"to {high}" if include_high else f"to below {high}"
        raise ValueError(f"{name} must be from {low} {end}, got {value}")


def check_positive(name: str, value: float) -> None:
    """Raise ValueError for a number that is not finite and above 0."""
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be above 0 and finite, got {value}")


def check_bool(name: str, value: object) -> None:
    """Raise ValueError for anything but True and False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, got {value!r}")


def build(name: str, factory: Callable, *arguments: Any, **settings: Any) -> Any:
    """Call a class or function with settings that a user wrote.

    Args:
        name: of the recipe's entry that holds the settings, for the error.
        factory: class or function.
        arguments: its positional arguments, which are not the user's.
        settings: its keyword arguments.

    Raises:
        ValueError: if the call fails; names the entry and the factory.
    """
    try:
        return factory(*arguments, **settings)
    except SETTING_ERRORS as error:
        raise ValueError(f"{name} do not fit {factory.__name__}: {first_line(error)}") from error


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its type where it has none."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def resolve(known: Mapping[str, Any], name: str, kind: str) -> Any:
    """What a name stands for.

    Raises:
        ValueError: for an unknown name; lists the known ones.
    """
    if name not in known:
        raise ValueError(f"unknown {kind} {name!r}; known are {', '.join(sorted(known))}")
    return known[name]


def env_int(name: str, default: int) -> int:
    """The integer in an environment variable, as ``torchrun`` sets them.

    Raises:
        ValueError: if the variable holds anything else.
    """
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise ValueError(f"the environment variable {name} must be an integer, got {text!r}")
    return int(text)
