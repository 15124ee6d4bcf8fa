"""Neural networks from NumPy alone: an engine, layers, optimizers, models.

Read ``tensor.py`` first, then ``shapes.py``, ``reductions.py`` and ``ops.py``, then ``nn/``. The
names, arguments and layouts are PyTorch's, so that what is learned here is typed there.
"""

from nnlib.scratch import functional, models, nn, optim, sampling
from nnlib.scratch.autograd.einsum import einsum
from nnlib.scratch.autograd.gradcheck import gradcheck
from nnlib.scratch.autograd.ops import (
    abs,
    clamp,
    cos,
    exp,
    log,
    matmul,
    maximum,
    minimum,
    sin,
    sqrt,
    where,
)
from nnlib.scratch.autograd.reductions import (
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    cumsum,
    logsumexp,
    max,
    mean,
    min,
    std,
    sum,
    var,
)
from nnlib.scratch.autograd.shapes import (
    cat,
    flatten,
    gather,
    permute,
    reshape,
    squeeze,
    stack,
    transpose,
    unsqueeze,
)
from nnlib.scratch.autograd.tensor import Tensor, no_grad, primitive
from nnlib.scratch.fit import fit
from nnlib.scratch.random import manual_seed

__all__ = [
    "Tensor",
    "abs",
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "cat",
    "clamp",
    "cos",
    "cumsum",
    "einsum",
    "exp",
    "fit",
    "flatten",
    "functional",
    "gather",
    "gradcheck",
    "log",
    "logsumexp",
    "manual_seed",
    "matmul",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "models",
    "nn",
    "no_grad",
    "optim",
    "permute",
    "primitive",
    "reshape",
    "sampling",
    "sin",
    "sqrt",
    "squeeze",
    "stack",
    "std",
    "sum",
    "transpose",
    "unsqueeze",
    "var",
    "where",
]
