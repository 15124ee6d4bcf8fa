"""What both sides require of the settings with which a language model's next token is drawn."""

import math
from numbers import Integral


def check_sampling(temperature: float, top_k: int | None, top_p: float | None) -> None:
    """Raise ValueError for settings that define no distribution to draw from.

    Args:
        temperature: a finite number of at least 0.
        top_k: an integer of at least 1, or None.
        top_p: a number above 0 and at most 1, or None.
    """
    if not 0 <= temperature < math.inf:
        raise ValueError(f"temperature must be a finite number of at least 0, got {temperature}")
    if top_k is not None and not (isinstance(top_k, Integral) and top_k >= 1):
        raise ValueError(f"top_k must be an integer of at least 1, got {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {top_p}")
