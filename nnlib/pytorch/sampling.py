"""How the next token is drawn from the logits of a language model."""

import torch

from nnlib.data.sampling import check_sampling


def sample(
    logits: torch.Tensor,
    draws: torch.Tensor,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> torch.Tensor:
    """Draw one class for each row of ``logits``, by the rule of ``nnlib.scratch.sampling.sample``.

    Args:
        logits: tensor (batch, classes); a logit may be -inf.
        draws: tensor (batch,) of uniform random numbers from [0, 1), in float64.
        temperature, top_k, top_p: as there.
    Returns: integers (batch,).
    Raises: ValueError for a setting out of range, or a row whose largest logit is not finite.
    """
    check_sampling(temperature, top_k, top_p)
    logits = logits.double()
    if not logits.amax(dim=-1).isfinite().all():
        raise ValueError("the largest logit of each row must be finite, got NaN or infinity")
    if temperature == 0:
        return logits.argmax(dim=-1)
    best, classes = logits.sort(dim=-1, descending=True, stable=True)
    weights = torch.exp((best - best[:, :1]) / temperature)[:, :top_k]
    if top_p is not None:
        before = weights.cumsum(dim=-1) - weights
        weights = weights.masked_fill(before >= top_p * weights.sum(dim=-1, keepdim=True), 0)
    sums = weights.cumsum(dim=-1)
    rank = torch.searchsorted(sums, draws.to(sums).unsqueeze(1) * sums[:, -1:], right=True)
    last = (weights > 0).sum(dim=-1, keepdim=True) - 1
    rank = torch.minimum(rank, last)  # a draw just below 1 may round to the whole sum
    return classes.gather(1, rank).squeeze(1)
