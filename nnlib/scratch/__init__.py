"""Neural networks from NumPy alone: read ``tensor.py`` first, then ``ops.py``, then ``nn/``.

The names, arguments and layouts are PyTorch's, so that what is learned here is typed there.
"""

from nnlib.scratch import functional, models, nn, optim, sampling, train
from nnlib.scratch.gradcheck import gradcheck
from nnlib.scratch.ops import (
    abs,
    amax,
    amin,
    cat,
    clamp,
    exp,
    log,
    matmul,
    maximum,
    mean,
    minimum,
    permute,
    reshape,
    sqrt,
    stack,
    sum,
    transpose,
    where,
)
from nnlib.scratch.rng import manual_seed
from nnlib.scratch.tensor import Tensor, no_grad, primitive

__all__ = [
    "Tensor",
    "abs",
    "amax",
    "amin",
    "cat",
    "clamp",
    "exp",
    "functional",
    "gradcheck",
    "log",
    "manual_seed",
    "matmul",
    "maximum",
    "mean",
    "minimum",
    "models",
    "nn",
    "no_grad",
    "optim",
    "permute",
    "primitive",
    "reshape",
    "sampling",
    "sqrt",
    "stack",
    "sum",
    "train",
    "transpose",
    "where",
]
