"""How a language model's scores become its next symbol."""

import numpy as np


def check_sampling(temperature, top_k, top_p):
    """ValueError for settings that leave nothing to draw from."""
    if not temperature >= 0:
        raise ValueError(f"temperature must be 0 or more, got {temperature}")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k must be 1 or more, got {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {top_p}")


def sample(logits, draws, temperature=1.0, top_k=None, top_p=None):
    """One class for each row of ``logits``.

    Args:
        logits: array (batch, classes).
        draws: array (batch,) of uniform random numbers from [0, 1), which decide.
        temperature: divides the logits: below 1 the likely classes gain, at 0 the best always wins.
        top_k: draw from the k classes of highest probability (Fan et al., 2018).
        top_p: draw from the fewest classes whose probabilities sum to p (Holtzman et al., 2020).
    Returns: integers (batch,).
    Raises: ValueError for a setting that leaves nothing to draw from.
    """
    check_sampling(temperature, top_k, top_p)
    if temperature == 0:
        return logits.argmax(axis=-1)
    weights = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    order = np.argsort(-weights, axis=-1, kind="stable")
    ranked = np.take_along_axis(weights, order, axis=-1)  # best first
    if top_k is not None:
        ranked[:, top_k:] = 0
    if top_p is not None:
        better = np.cumsum(ranked, axis=-1) - ranked  # what the classes before it sum to
        ranked[better >= top_p * ranked.sum(axis=-1, keepdims=True)] = 0
    sums = np.cumsum(ranked, axis=-1)
    rank = (sums <= draws[:, None] * sums[:, -1:]).sum(axis=-1)
    return order[np.arange(len(order)), rank]
