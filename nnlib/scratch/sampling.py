"""How the next token is drawn from the logits of a language model."""

import numpy as np

from nnlib.data.sampling import check_sampling


def sample(
    logits: np.ndarray,
    draws: np.ndarray,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> np.ndarray:
    """Draw one class for each row of ``logits``.

    The classes are sorted by probability, the lower index first among equal ones. ``top_k`` keeps
    the first k. ``top_p`` then keeps each class before which the probabilities of those kept sum to
    less than p. The draw u chooses the first class at which the cumulative probability exceeds u;
    all in float64, so that both sides choose the same. A class of probability 0 is never chosen.

    Args:
        logits: array (batch, classes); a logit may be -inf.
        draws: array (batch,) of uniform random numbers from [0, 1).
        temperature: divides the logits: below 1 it favors the likely classes, and at 0 the largest
            logit always wins.
        top_k: draw from the k most probable classes only (Fan et al., 2018).
        top_p: draw from the smallest set of most probable classes whose probabilities sum to at
            least p (nucleus sampling, Holtzman et al., 2020).
    Returns: integers (batch,).
    Raises: ValueError for a setting out of range, or a row whose largest logit is not finite.
    """
    check_sampling(temperature, top_k, top_p)
    logits = np.asarray(logits, dtype=np.float64)
    largest = logits.max(axis=-1, keepdims=True)
    if not np.isfinite(largest).all():
        raise ValueError("the largest logit of each row must be finite, got NaN or infinity")
    if temperature == 0:
        return logits.argmax(axis=-1)
    with np.errstate(over="ignore"):  # a tiny temperature: exp(-inf) is 0, as it should be
        weights = np.exp((logits - largest) / temperature)
    order = np.argsort(-weights, axis=-1, kind="stable")
    ranked = np.take_along_axis(weights, order, axis=-1)  # most probable first
    if top_k is not None:
        ranked[:, top_k:] = 0
    if top_p is not None:
        before = np.cumsum(ranked, axis=-1) - ranked  # sum of the more probable classes
        ranked[before >= top_p * ranked.sum(axis=-1, keepdims=True)] = 0
    sums = np.cumsum(ranked, axis=-1)
    rank = (sums <= np.asarray(draws)[:, None] * sums[:, -1:]).sum(axis=-1)
    last = (ranked > 0).sum(axis=-1) - 1
    rank = np.minimum(rank, last)  # a draw just below 1 may round to the whole sum
    return order[np.arange(len(order)), rank]
