"""How parameters start. Each function fills a Tensor in place and returns it."""

from nnlib.scratch.rng import generator


def uniform_(tensor, a=0.0, b=1.0):
    """Independent draws from the uniform distribution on [a, b)."""
    tensor.data[...] = generator().uniform(a, b, tensor.shape)
    return tensor


def normal_(tensor, mean=0.0, std=1.0):
    """Independent draws from the normal distribution."""
    tensor.data[...] = generator().normal(mean, std, tensor.shape)
    return tensor
