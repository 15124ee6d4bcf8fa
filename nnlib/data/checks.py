"""Checks of arguments that the data sets share."""

import math
from numbers import Integral, Real


def check_integer(name: str, value: object, low: int, high: int | None = None) -> None:
    """Check that an argument is an integer from ``low`` to ``high``, both included.

    Raises:
        TypeError: if the value is not an integer.
        ValueError: if it is out of range.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    number = int(value)
    if number < low or (high is not None and number > high):
        allowed = f"{low:,} or more" if high is None else f"from {low:,} to {high:,}"
        raise ValueError(f"{name} must be {allowed}, got {value}")


def check_real(name: str, value: object, low: float = -math.inf) -> None:
    """Check that an argument is a finite number, ``low`` or more.

    Raises:
        TypeError: if the value is not a real number.
        ValueError: if it is below ``low``, infinite or NaN.
    """
    number = _as_float(name, value)
    if not (math.isfinite(number) and number >= low):
        allowed = f"{low:g} or more" if math.isfinite(low) else "finite"
        raise ValueError(f"{name} must be {allowed}, got {value}")


def check_between(name: str, value: object, low: float, high: float) -> None:
    """Check that an argument is a number strictly between ``low`` and ``high``.

    Raises:
        TypeError: if the value is not a real number.
        ValueError: if it is not between them.
    """
    if not low < _as_float(name, value) < high:
        raise ValueError(f"{name} must be between {low:g} and {high:g}, got {value}")


def _as_float(name: str, value: object) -> float:
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {value!r}")
    return float(value)
