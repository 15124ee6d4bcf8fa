"""How a language model's scores become its next symbol."""

import torch


def sample(logits, draws, temperature=1.0, top_k=None, top_p=None):
    """One class for each row of ``logits``; arguments as in ``nnlib.scratch.sampling``, tensors."""
    if temperature < 0 or (top_k is not None and top_k < 1):
        raise ValueError(f"temperature and top_k must not be so small: {temperature}, {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {top_p}")
    if temperature == 0:
        return logits.argmax(dim=-1)
    count = min(top_k or logits.size(-1), logits.size(-1))
    best, classes = logits.sort(dim=-1, descending=True, stable=True)
    best, classes = best[:, :count], classes[:, :count]
    probability = torch.softmax(best / temperature, dim=-1)
    if top_p is not None:
        before = probability.cumsum(dim=-1) - probability
        probability = probability.masked_fill(before >= top_p, 0.0)
        probability = probability / probability.sum(dim=-1, keepdim=True)
    edges = probability.cumsum(dim=-1)
    rank = torch.searchsorted(edges, draws.to(edges).unsqueeze(1) * edges[:, -1:], right=True)
    rank = rank.clamp(max=count - 1)  # a draw just below 1 may round to 1
    return classes.gather(1, rank).squeeze(1)
