"""THE list: every primitive, layer, loss, optimizer and model, with the settings it is tested in.

The tests enumerate these lists. A public name without a case here fails a test that names it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


def normal(*shape):
    """An input of independent standard normal numbers."""
    return lambda rng: rng.standard_normal(shape)


def positive(*shape):
    """An input of numbers from 0.5 to 2, for functions that need them."""
    return lambda rng: rng.uniform(0.5, 2.0, shape)


def distinct(*shape):
    """An input in which no two elements are closer than 0.1: a maximum keeps its position."""
    return lambda rng: 0.1 * rng.permutation(int(np.prod(shape))).reshape(shape) + 0.05


def wide(*shape):
    """An input of numbers from -40 to 40, where exponentials are tiny or huge."""
    return lambda rng: rng.uniform(-40.0, 40.0, shape)


def probabilities(*shape):
    """An input of numbers from 0 to 1."""
    return lambda rng: rng.uniform(0.0, 1.0, shape)


def indices(high, *shape):
    """An input of integers from 0 to ``high`` - 1, which takes no gradient."""
    return lambda rng: rng.integers(0, high, shape)


def joined(library, result):
    """The result as one tensor: all elements of all tensors of a nested tuple, None left out."""
    if not isinstance(result, tuple):
        return result
    parts = [joined(library, part) for part in result if part is not None]
    return library.cat([part.reshape(-1) for part in parts])


def log_probabilities(*shape):
    """An input of logarithms of distributions along the last dimension."""
    return lambda rng: np.log(rng.dirichlet(np.ones(shape[-1]), shape[:-1]))


def transposed(*shape):
    """A normal input whose memory runs down the columns."""
    return lambda rng: rng.standard_normal(shape[::-1]).T


def graph_of(tensor):
    """A Tensor and all that it was made from."""
    found, waiting = {tensor}, [tensor]
    while waiting:
        fresh = {source for source in waiting.pop()._inputs if source is not None} - found
        found |= fresh
        waiting += fresh
    return found


@dataclass(frozen=True)
class Case:
    """One thing to test in one setting.

    Attributes:
        name: the public name, the same on both sides.
        inputs: functions of a random generator, one for each array argument.
        settings: keyword arguments of the function, or of the constructor of a class.
        call: maps (library, *inputs) to the result, for what is not called by its name.
        run: maps (module, *inputs) to the result, for a module that is not just called with them.
    """

    name: str
    inputs: tuple[Callable, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    call: Callable | None = None
    run: Callable = lambda module, *inputs: module(*inputs)

    def __str__(self):
        shapes = ",".join(str(array.shape).replace(" ", "") for array in self.arrays())
        settings = ",".join(f"{key}={value}" for key, value in self.settings.items())
        return "-".join(filter(None, (self.name, shapes, settings)))

    def arrays(self, seed=0):
        """The inputs, float64 or integer."""
        rng = np.random.default_rng(seed)
        return [make(rng) for make in self.inputs]

    def apply(self, library, *inputs):
        """The result of the function in ``library``, which is ours or PyTorch's."""
        if self.call:
            return self.call(library, *inputs)
        return getattr(library, self.name)(*inputs, **self.settings)


def einsum(equation):
    """The call of ``einsum`` with this equation, whose operands come after it."""
    return lambda lib, *operands: lib.einsum(equation, *operands)


# Operations: nnlib.scratch against torch.

MASK = [[True, False, True], [False, False, True]]

OPS = [
    Case("add", (normal(2, 3), normal(2, 3)), call=lambda lib, x, y: x + y),
    Case("add", (normal(2, 1, 3), normal(4, 1)), call=lambda lib, x, y: x + y),
    Case("add", (normal(2, 3),), call=lambda lib, x: 1.5 + x),
    Case("add", (normal(2, 3),), call=lambda lib, x: x + x),
    Case("sub", (normal(2, 3), normal(3)), call=lambda lib, x, y: x - y),
    Case("sub", (normal(2, 3),), call=lambda lib, x: 2.0 - x),
    Case("mul", (normal(2, 3), normal(2, 1)), call=lambda lib, x, y: x * y),
    Case("mul", (normal(), normal(3)), call=lambda lib, x, y: x * y),
    Case("div", (normal(2, 3), positive(3)), call=lambda lib, x, y: x / y),
    Case("div", (positive(2, 3),), call=lambda lib, x: 1.0 / x),
    Case("pow", (normal(2, 3),), call=lambda lib, x: x**3),
    Case("pow", (positive(2, 3), normal(3)), call=lambda lib, x, y: x**y),
    Case("pow", (normal(2, 3),), call=lambda lib, x: 2.0**x),
    Case("neg", (normal(2, 3),), call=lambda lib, x: -x),
    Case("abs", (normal(2, 3),)),
    Case("exp", (normal(2, 3),)),
    Case("log", (positive(2, 3),)),
    Case("sqrt", (positive(2, 3),)),
    Case("maximum", (normal(2, 3), normal(3))),
    Case("minimum", (normal(2, 3), normal(3))),
    Case("clamp", (normal(4, 5),), {"min": -0.5, "max": 0.7}),
    Case("clamp", (normal(4, 5),), {"min": 0.0}),
    Case("where", (lambda rng: np.array(MASK), normal(2, 3), normal(3))),
    Case("matmul", (normal(2, 3), normal(3, 4))),
    Case("matmul", (normal(3), normal(3))),
    Case("matmul", (normal(2, 3), normal(3))),
    Case("matmul", (normal(3), normal(3, 4))),
    Case("matmul", (normal(3), normal(5, 3, 4))),
    Case("matmul", (normal(5, 2, 3), normal(3))),
    Case("matmul", (normal(5, 2, 3), normal(3, 4))),
    Case("matmul", (normal(5, 1, 2, 3), normal(6, 3, 4))),
    Case("sum", (normal(2, 3, 4),)),
    Case("sum", (normal(2, 3, 4),), {"dim": 1}),
    Case("sum", (normal(2, 3, 4),), {"dim": (0, -1), "keepdim": True}),
    Case("mean", (normal(2, 3, 4),)),
    Case("mean", (normal(2, 3, 4),), {"dim": (0, 2)}),
    Case("mean", (normal(2, 3, 4),), {"dim": -1, "keepdim": True}),
    Case("amax", (distinct(2, 3, 4),), {"dim": 1}),
    Case("amax", (distinct(2, 3),), {"dim": (0, 1), "keepdim": True}),
    Case("amin", (distinct(2, 3, 4),), {"dim": (0, 2)}),
    Case("reshape", (normal(2, 3, 4),), {"shape": (4, -1)}),
    Case("permute", (normal(2, 3, 4),), {"dims": (2, 0, 1)}),
    Case("transpose", (normal(2, 3, 4),), {"dim0": 0, "dim1": -1}),
    Case("getitem", (normal(4, 5),), call=lambda lib, x: x[1]),
    Case("getitem", (normal(4, 5),), call=lambda lib, x: x[1:3, ::2]),
    Case("getitem", (normal(4, 5),), call=lambda lib, x: x[:, None, -1]),
    Case("getitem", (normal(4, 5),), call=lambda lib, x: x[[0, 2, 2], [1, 1, 1]]),
    Case("getitem", (normal(2, 3),), call=lambda lib, x: x[np.array(MASK)]),
    Case("cat", (normal(2, 3), normal(4, 3)), call=lambda lib, x, y: lib.cat([x, y])),
    Case("cat", (normal(2, 3), normal(2, 1)), call=lambda lib, x, y: lib.cat([x, y], dim=1)),
    Case("stack", (normal(2, 3), normal(2, 3)), call=lambda lib, x, y: lib.stack([x, y], dim=-1)),
    # More arithmetic and reductions.
    Case("sin", (normal(2, 3),)),
    Case("cos", (normal(2, 3),)),
    Case("var", (normal(2, 3, 4),)),
    Case("var", (normal(2, 3, 4),), {"dim": (0, -1), "correction": 0, "keepdim": True}),
    Case("var", (normal(2, 3, 4),), {"dim": 1, "correction": 2}),
    Case("std", (normal(2, 3, 4),)),
    Case("std", (normal(2, 3, 4),), {"dim": -2, "correction": 0}),
    Case("std", (normal(4, 1),), {"dim": 0, "keepdim": True}),
    Case("max", (distinct(2, 3, 4),)),
    Case("max", (distinct(2, 3, 4),), call=lambda lib, x: lib.max(x, dim=1).values),
    Case("max", (distinct(2, 3, 4),), call=lambda lib, x: x.max(-1, keepdim=True)[0]),
    Case("min", (distinct(2, 3),)),
    Case("min", (distinct(2, 3),), call=lambda lib, x: lib.min(x, 0).values),
    Case("logsumexp", (normal(2, 3, 4),), {"dim": 1}),
    Case("logsumexp", (normal(2, 3),), {"dim": (0, 1), "keepdim": True}),
    Case("cumsum", (normal(2, 3, 4),), {"dim": 1}),
    Case("cumsum", (normal(3, 2),), {"dim": -1}),
    # More shapes.
    Case("squeeze", (normal(1, 3, 1),)),
    Case("squeeze", (normal(1, 3, 1),), {"dim": -1}),
    Case("squeeze", (normal(1, 3, 1),), {"dim": 1}),
    Case("squeeze", (normal(1, 3, 1),), {"dim": (0, 1)}),
    Case("unsqueeze", (normal(2, 3),), {"dim": 1}),
    Case("unsqueeze", (normal(2, 3),), {"dim": -1}),
    Case("flatten", (normal(2, 3, 1, 2),)),
    Case("flatten", (normal(2, 3, 1, 2),), {"start_dim": 1}),
    Case("flatten", (normal(2, 3, 1, 2),), {"start_dim": -3, "end_dim": 2}),
    Case("flatten", (normal(),)),
    Case("expand", (normal(3, 1),), call=lambda lib, x: x.expand(2, -1, 4)),
    Case("expand", (normal(1, 3),), call=lambda lib, x: x.expand((5, 3))),
    Case("gather", (normal(4, 3), indices(4, 2, 3)), call=lambda lib, x, i: x.gather(0, i)),
    Case("gather", (normal(4, 3), indices(3, 2, 5)), call=lambda lib, x, i: lib.gather(x, -1, i)),
    Case("gather", (normal(4), indices(4, 6)), call=lambda lib, x, i: lib.gather(x, 0, i)),
    Case("einsum", (normal(2, 3), normal(3, 4)), call=einsum("ik,kj->ij")),
    Case("einsum", (normal(2, 3), normal(3, 4)), call=einsum("ik, kj")),
    Case("einsum", (normal(5, 2, 3), normal(5, 4, 3)), call=einsum("bqd,bkd->bkq")),
    Case("einsum", (normal(2, 3, 4),), call=einsum("abc->cb")),
    Case("einsum", (normal(2, 3),), call=einsum("ij->")),
    Case("einsum", (normal(3), normal(2), normal(3, 2)), call=einsum("i,j,ij->i")),
    Case("einsum", (normal(), normal(2, 3)), call=einsum(",ij->ji")),
    Case("einsum", (normal(2, 3), normal(2, 4)), call=einsum("ab,ac->a")),
]

# Bounds that are tensors, masks, and what torch.Tensor has as methods.
OPS += [
    Case("relu", (normal(3, 4),)),
    Case("clamp", (normal(3, 4), normal(4)), call=lambda lib, x, low: x.clamp(min=low)),
    Case("clamp", (normal(3, 4), normal(4)), call=lambda lib, x, high: lib.clamp(x, max=high)),
    Case(
        "clamp",
        (normal(3, 4), normal(4), normal(3, 1)),
        call=lambda lib, x, low, high: x.clip(low, high),
    ),
    Case("where", (normal(2, 3),), call=lambda lib, x: x.where(x > 0, x * 0.5)),
    Case("masked_fill", (normal(2, 3),), call=lambda lib, x: x.masked_fill(x > 0.1, -1.5)),
    Case(
        "masked_fill",
        (normal(2, 3), lambda rng: np.array(MASK), normal()),
        call=lambda lib, x, mask, value: lib.masked_fill(x, mask, value),
    ),
    Case("sigmoid", (normal(2, 3),)),
    Case("tanh", (normal(2, 3),), call=lambda lib, x: x.tanh()),
    Case("softmax", (normal(2, 3),), {"dim": 0}),
    Case("softmax", (normal(2, 3),), call=lambda lib, x: x.softmax(-1)),
    Case("log_softmax", (normal(2, 3),), {"dim": 1}),
    Case("log_softmax", (normal(2, 3),), call=lambda lib, x: x.log_softmax(dim=0)),
    Case("square", (normal(2, 3),)),
    Case("sign", (normal(2, 3),)),
    Case("pow", (positive(2, 3),), call=lambda lib, x: x.pow(2.5)),
    Case("pow", (normal(2, 3),), call=lambda lib, x: lib.pow(x, 2)),
    Case("prod", (normal(2, 3),)),
    Case("prod", (normal(2, 3, 4),), {"dim": 1}),
    Case("prod", (normal(2, 3),), {"dim": -1, "keepdim": True}),
    Case("norm", (normal(2, 3),)),
    Case("norm", (normal(2, 3, 4),), {"dim": (0, -1), "keepdim": True}),
    Case("norm", (normal(2, 3),), {"p": 1, "dim": 1}),
    Case("norm", (normal(2, 3),), {"p": 3.0, "dim": 0}),
    Case("norm", (distinct(2, 3),), {"p": float("inf")}),
    Case("norm", (normal(2, 3),), call=lambda lib, x: x.norm(p="fro", dim=1)),
    Case("view", (normal(2, 3, 4),), call=lambda lib, x: x.view(6, -1)),
    Case("view", (normal(2, 6), normal(3, 4)), call=lambda lib, x, y: x.view_as(y)),
    Case("clone", (normal(2, 3),)),
    Case("contiguous", (normal(2, 3),), call=lambda lib, x: x.T.contiguous()),
    Case("transpose", (normal(2, 3),), call=lambda lib, x: x.T),
    Case("transpose", (normal(2, 3, 4),), call=lambda lib, x: x.mT),
    Case("permute", (normal(2, 3, 4),), {"dims": (-1, 0, -2)}),
    Case("permute", (normal(2, 2, 2),), call=lambda lib, x: x.permute(1, -1, 0)),
    Case("flip", (normal(2, 3),), call=lambda lib, x: x.flip(0, -1)),
    Case("flip", (normal(2, 3),), {"dims": (1,)}),
    Case("repeat", (normal(2, 3),), call=lambda lib, x: x.repeat(2, 1)),
    Case("repeat", (normal(3),), call=lambda lib, x: x.repeat(2, 4)),
    Case("expand", (normal(3, 1), normal(3, 4)), call=lambda lib, x, y: x.expand_as(y)),
    Case("split", (normal(5, 2),), call=lambda lib, x: joined(lib, lib.split(x, 2))),
    Case("split", (normal(2, 5),), call=lambda lib, x: joined(lib, x.split([1, 4], dim=1))),
    Case("chunk", (normal(2, 5),), call=lambda lib, x: joined(lib, x.chunk(3, dim=-1))),
    Case("chunk", (normal(2, 5),), call=lambda lib, x: joined(lib, lib.chunk(x, 4))),
    Case("unbind", (normal(2, 3),), call=lambda lib, x: joined(lib, lib.unbind(x, 1)[::-1])),
    Case("iteration", (normal(3, 2),), call=lambda lib, x: sum(row * i for i, row in enumerate(x))),
    Case("sort", (distinct(3, 4),), call=lambda lib, x: lib.sort(x, dim=0).values),
    Case("sort", (distinct(3, 4),), call=lambda lib, x: x.sort(descending=True)[0]),
    Case("topk", (distinct(3, 4),), call=lambda lib, x: lib.topk(x, 2).values),
    Case("topk", (distinct(3, 4),), call=lambda lib, x: x.topk(1, dim=0, largest=False).values),
    Case("add", (normal(2, 3), normal(3)), call=lambda lib, x, y: x.add(y).sub(x).mul(y).div(2)),
    Case("abs", (normal(2, 3),), call=lambda lib, x: abs(x).neg()),
    Case("getitem", (normal(4, 5),), call=lambda lib, x: x[x > 0]),
    Case("getitem", (normal(4, 5), indices(4, 3)), call=lambda lib, x, i: x[i, 2:]),
]

# Operations without a derivative: compared in value, with PyTorch's dtype.

DISCRETE = [
    Case("eq", (indices(3, 2, 3), indices(3, 3))),
    Case("ne", (indices(3, 2, 3), indices(3, 3))),
    Case("lt", (normal(2, 3), normal(3))),
    Case("le", (indices(3, 2, 3), indices(3, 3))),
    Case("gt", (normal(2, 3),), call=lambda lib, x: x > 0.5),
    Case("ge", (indices(3, 2, 3),), call=lambda lib, x: x >= 1.0),
    Case("bitwise_and", (normal(2, 3),), call=lambda lib, x: (x > 0) & (x < 1)),
    Case("bitwise_or", (normal(2, 3),), call=lambda lib, x: (x < 0) | (x > 1)),
    Case("bitwise_xor", (normal(2, 3),), call=lambda lib, x: (x > 0) ^ (x > 1)),
    Case("bitwise_and", (indices(8, 5), indices(8, 5)), call=lambda lib, x, y: x & y | 1),
    Case("logical_not", (indices(2, 5),)),
    Case("logical_not", (normal(5),), call=lambda lib, x: ~(x > 0)),
    Case("isnan", (normal(5),)),
    Case("isinf", (normal(5),)),
    Case("isfinite", (normal(5),)),
    Case("any", (indices(2, 3, 4),), {"dim": 1}),
    Case("all", (indices(2, 3, 4),)),
    Case("all", (indices(2, 3, 4),), {"dim": 0, "keepdim": True}),
    Case("argmax", (distinct(3, 4),)),
    Case("argmax", (distinct(3, 4),), {"dim": -1, "keepdim": True}),
    Case("argmin", (distinct(3, 4),), {"dim": 0}),
    Case("argsort", (distinct(3, 4),), {"dim": 0}),
    Case("argsort", (distinct(3, 4),), {"descending": True}),
    Case("sort", (distinct(3, 4),), call=lambda lib, x: x.sort(0, descending=True).indices),
    Case("topk", (distinct(3, 4),), call=lambda lib, x: x.topk(3).indices),
    Case("to", (normal(2, 3),), call=lambda lib, x: (3 * x).long()),
    Case("to", (normal(2, 3),), call=lambda lib, x: (3 * x).int()),
    Case("to", (indices(2, 2, 3),), call=lambda lib, x: x.bool()),
    Case("to", (indices(9, 2, 3),), call=lambda lib, x: x.float() / 2),
    Case("sum", (indices(9, 2, 3),), {"dim": 0}),
    Case("sum", (indices(2, 2, 3),), call=lambda lib, x: (x == 1).sum()),
    Case("prod", (indices(9, 4),)),
    Case("cumsum", (indices(9, 4),), {"dim": 0}),
]

# Functions: nnlib.scratch.functional against torch.nn.functional.

FUNCTIONS = [
    Case("relu", (normal(3, 4),)),
    Case("sigmoid", (normal(3, 4),)),
    Case("sigmoid", (wide(3, 4),)),
    Case("tanh", (normal(3, 4),)),
    Case("softmax", (normal(3, 4),), {"dim": -1}),
    Case("softmax", (normal(2, 3, 4),), {"dim": 1}),
    Case("log_softmax", (normal(3, 4),), {"dim": -1}),
    Case("log_softmax", (normal(2, 3, 4),), {"dim": 0}),
    Case("linear", (normal(5, 3), normal(4, 3), normal(4))),
    Case("linear", (normal(2, 5, 3), normal(4, 3))),
    Case("mse_loss", (normal(3, 4), normal(3, 4))),
    Case("mse_loss", (normal(3, 4), normal(3, 4)), {"reduction": "none"}),
    Case("binary_cross_entropy_with_logits", (normal(5), probabilities(5))),
    Case(
        "binary_cross_entropy_with_logits",
        (normal(3, 2), probabilities(3, 2)),
        {"reduction": "sum"},
    ),
    Case("cross_entropy", (normal(5, 3), indices(3, 5))),
    Case("cross_entropy", (normal(5, 3), indices(3, 5)), {"reduction": "none"}),
    # More activations and losses.
    Case("leaky_relu", (normal(3, 4),)),
    Case("leaky_relu", (normal(3, 4),), {"negative_slope": 0.3}),
    Case("elu", (normal(3, 4),), {"alpha": 1.7}),
    Case("gelu", (normal(3, 4),)),
    Case("gelu", (normal(3, 4),), {"approximate": "tanh"}),
    Case("gelu", (wide(3, 4),)),
    Case("gelu", (wide(3, 4),), {"approximate": "tanh"}),
    Case("silu", (normal(3, 4),)),
    Case("silu", (wide(3, 4),)),
    Case("softplus", (wide(3, 4),)),
    Case("softplus", (wide(5, 5),), {"beta": 2.5, "threshold": 3.0}),
    Case("pad", (normal(2, 3),), {"pad": (1, 2)}),
    Case("pad", (normal(2, 1, 3, 4),), {"pad": (1, 0, 2, 3), "value": 1.5}),
    Case("pad", (normal(3),), {"pad": (0, 0)}),
    Case("l1_loss", (normal(3, 4), normal(3, 4))),
    Case("huber_loss", (normal(3, 4), normal(3, 4)), {"delta": 0.7}),
    Case("kl_div", (log_probabilities(3, 4), probabilities(3, 4))),
    Case("kl_div", (log_probabilities(3, 4), probabilities(3, 4)), {"reduction": "batchmean"}),
    Case(
        "kl_div",
        (log_probabilities(3, 4), log_probabilities(3, 4)),
        {"reduction": "none", "log_target": True},
    ),
    Case("nll_loss", (log_probabilities(5, 3), indices(3, 5))),
    Case("nll_loss", (normal(2, 3, 4), indices(3, 2, 4)), {"reduction": "none"}),
    Case("nll_loss", (normal(5, 3), indices(3, 5)), {"ignore_index": 1}),
    Case("cross_entropy", (normal(5, 3), indices(3, 5)), {"label_smoothing": 0.2}),
    Case("cross_entropy", (normal(5, 3), indices(3, 5)), {"ignore_index": 1}),
    Case("cross_entropy", (normal(2, 3, 2, 4), indices(3, 2, 2, 4))),
    Case(
        "cross_entropy",
        (normal(3, 4, 5), indices(4, 3, 5)),
        {"ignore_index": 0, "label_smoothing": 0.1, "reduction": "none"},
    ),
    Case("cross_entropy", (normal(3), indices(3)), {"label_smoothing": 0.3}),
]

# Images, normalization, embedding.

FUNCTIONS += [
    Case("conv1d", (normal(2, 3, 7), normal(4, 3, 3), normal(4))),
    Case(
        "conv1d",
        (normal(1, 4, 9), normal(2, 2, 3)),
        {"stride": 2, "padding": 2, "dilation": 2, "groups": 2},
    ),
    Case("conv2d", (normal(2, 3, 5, 4), normal(4, 3, 3, 3), normal(4)), {"padding": 1}),
    Case("conv2d", (normal(1, 1, 1, 1), normal(1, 1, 1, 1))),
    Case("conv2d", (normal(2, 2, 6, 5), normal(3, 2, 2, 3)), {"stride": (2, 1)}),
    Case("conv2d", (normal(1, 2, 5, 7), normal(2, 2, 3, 2), normal(2)), {"stride": (1, 3)}),
    Case("conv2d", (normal(2, 1, 7, 6), normal(2, 1, 3, 3)), {"dilation": (2, 1), "padding": 2}),
    Case("conv2d", (normal(1, 1, 2, 1), normal(1, 1, 1, 7)), {"padding": (0, 3)}),
    Case("conv2d", (normal(1, 1, 2, 2), normal(2, 1, 1, 1), normal(2)), {"padding": 3}),
    Case(
        "conv2d",
        (normal(2, 4, 5, 5), normal(6, 2, 3, 3), normal(6)),
        {"stride": 2, "padding": 1, "groups": 2},
    ),
    Case("conv2d", (normal(1, 3, 4, 4), normal(3, 1, 3, 3)), {"groups": 3}),
    Case("conv_transpose2d", (normal(2, 3, 4, 3), normal(3, 2, 3, 3), normal(2))),
    Case(
        "conv_transpose2d",
        (normal(1, 2, 3, 3), normal(2, 3, 3, 2)),
        {"stride": 2, "padding": 1, "output_padding": 1},
    ),
    Case(
        "conv_transpose2d",
        (normal(2, 4, 2, 3), normal(4, 1, 2, 3), normal(2)),
        {"stride": (1, 3), "padding": (0, 2), "groups": 2, "dilation": (2, 1)},
    ),
    Case("unfold", (normal(2, 3, 5, 4),), {"kernel_size": 3, "padding": 1}),
    Case("unfold", (normal(1, 1, 2, 3),), {"kernel_size": (2, 3)}),
    Case(
        "unfold",
        (normal(2, 2, 7, 9),),
        {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 2), "dilation": (1, 3)},
    ),
    Case("max_pool2d", (distinct(2, 3, 4, 6),), {"kernel_size": 2}),
    Case("max_pool2d", (distinct(1, 2, 5, 7),), {"kernel_size": (2, 3), "stride": (1, 2)}),
    Case("max_pool2d", (distinct(2, 1, 5, 5),), {"kernel_size": 3, "stride": 2, "padding": 1}),
    Case("max_pool2d", (distinct(1, 1, 7, 6),), {"kernel_size": 2, "stride": 2, "dilation": 3}),
    Case("avg_pool2d", (normal(2, 3, 5, 6),), {"kernel_size": 2}),
    Case("avg_pool2d", (normal(1, 2, 5, 5),), {"kernel_size": 3, "stride": (2, 1), "padding": 1}),
    Case("adaptive_avg_pool2d", (normal(2, 3, 5, 7),), {"output_size": (2, 3)}),
    Case("adaptive_avg_pool2d", (normal(1, 2, 4, 3),), {"output_size": 1}),
    Case("adaptive_avg_pool2d", (normal(1, 1, 2, 3),), {"output_size": 5}),
    Case("interpolate", (normal(2, 1, 2, 3),), {"scale_factor": 2}),
    Case("interpolate", (normal(1, 2, 3, 1),), {"scale_factor": (1, 3)}),
    Case(
        "layer_norm",
        (normal(2, 3, 4), normal(4), normal(4)),
        call=lambda F, x, weight, bias: F.layer_norm(x, (4,), weight, bias),
    ),
    Case(
        "layer_norm",
        (normal(2, 3, 4), normal(3, 4)),
        call=lambda F, x, bias: F.layer_norm(x, (3, 4), bias=bias, eps=0.1),
    ),
    Case(
        "rms_norm",
        (normal(2, 3, 4), normal(3, 4)),
        call=lambda F, x, weight: F.rms_norm(x, (3, 4), weight),
    ),
    Case("rms_norm", (normal(5, 3),), {"normalized_shape": (3,), "eps": 0.1}),
    Case(
        "group_norm",
        (normal(2, 6, 3), normal(6), normal(6)),
        call=lambda F, x, weight, bias: F.group_norm(x, 2, weight, bias),
    ),
    Case("group_norm", (normal(1, 2, 2, 2),), {"num_groups": 1, "eps": 0.1}),
    Case(
        "batch_norm",
        (normal(4, 3, 2), normal(3), normal(3)),
        call=lambda F, x, weight, bias: F.batch_norm(x, None, None, weight, bias, training=True),
    ),
    Case("dropout", (normal(3, 4),), {"training": False}),
    Case("dropout", (normal(3, 4),), {"p": 1.0}),
    Case("embedding", (indices(5, 2, 3), normal(5, 4))),
    Case("embedding", (indices(1, 7), normal(1, 2))),
]

# Layers and losses: nnlib.scratch.nn against nnlib.pytorch.nn.


def class_weights(nn):
    """Weights of four classes, a tensor of either library."""
    return nn.init.uniform_(nn.Linear(4, 1).weight.detach()[0], 0.5, 2.0)


LAYERS = [
    Case("Linear", (normal(5, 3),), {"in_features": 3, "out_features": 4}),
    Case("Linear", (normal(3),), {"in_features": 3, "out_features": 1}),
    Case("Linear", (normal(2, 1, 3),), {"in_features": 3, "out_features": 4, "bias": False}),
    Case("ReLU", (normal(3, 4),)),
    Case("Sigmoid", (normal(3, 4),)),
    Case("Tanh", (normal(3, 4),)),
    Case("Softmax", (normal(2, 3, 4),), {"dim": 1}),
    Case("LogSoftmax", (normal(2, 3, 4),), {"dim": -1}),
    Case(
        "Sequential",
        (normal(5, 3),),
        call=lambda nn: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2, bias=False)),
    ),
    Case("MSELoss", (normal(3, 4), normal(3, 4))),
    Case("MSELoss", (normal(1), normal(1)), {"reduction": "sum"}),
    Case("BCEWithLogitsLoss", (normal(5), probabilities(5))),
    Case("BCEWithLogitsLoss", (normal(5, 1), probabilities(5, 1)), {"reduction": "none"}),
    Case("CrossEntropyLoss", (normal(5, 3), indices(3, 5))),
    Case("CrossEntropyLoss", (normal(1, 3), indices(3, 1)), {"reduction": "sum"}),
    # More activations and losses.
    Case("LeakyReLU", (normal(3, 4),), {"negative_slope": 0.2}),
    Case("ELU", (normal(3, 4),), {"alpha": 0.5}),
    Case("GELU", (normal(3, 4),)),
    Case("GELU", (normal(1, 3, 4),), {"approximate": "tanh"}),
    Case("SiLU", (normal(3, 4),)),
    Case("Softplus", (wide(3, 4),), {"beta": 0.5, "threshold": 10.0}),
    Case("L1Loss", (normal(3, 4), normal(3, 4))),
    Case("L1Loss", (normal(1, 4), normal(1, 4)), {"reduction": "none"}),
    Case("HuberLoss", (normal(3, 4), normal(3, 4))),
    Case("HuberLoss", (normal(3, 4), normal(3, 4)), {"reduction": "sum", "delta": 0.3}),
    Case("KLDivLoss", (log_probabilities(3, 4), probabilities(3, 4)), {"reduction": "batchmean"}),
    Case(
        "KLDivLoss",
        (log_probabilities(3, 4), log_probabilities(3, 4)),
        {"reduction": "sum", "log_target": True},
    ),
    Case("NLLLoss", (log_probabilities(5, 3), indices(3, 5)), {"reduction": "sum"}),
    Case(
        "NLLLoss",
        (normal(2, 4, 5), indices(4, 2, 5)),
        call=lambda nn: nn.NLLLoss(class_weights(nn), ignore_index=3),
    ),
    Case("CrossEntropyLoss", (normal(4, 3, 2), indices(3, 4, 2)), {"label_smoothing": 0.1}),
    Case("CrossEntropyLoss", (normal(3), indices(3))),
    Case(
        "CrossEntropyLoss",
        (normal(7, 4), indices(4, 7)),
        call=lambda nn: nn.CrossEntropyLoss(class_weights(nn), ignore_index=2, label_smoothing=0.2),
    ),
]

# Images, normalization, embedding.

LAYERS += [
    Case("Conv1d", (normal(2, 3, 7),), {"in_channels": 3, "out_channels": 4, "kernel_size": 3}),
    Case(
        "Conv1d",
        (normal(1, 4, 6),),
        {
            "in_channels": 4,
            "out_channels": 2,
            "kernel_size": 2,
            "stride": 2,
            "padding": 1,
            "dilation": 2,
            "groups": 2,
            "bias": False,
        },
    ),
    Case("Conv2d", (normal(2, 3, 5, 4),), {"in_channels": 3, "out_channels": 4, "kernel_size": 3}),
    Case(
        "Conv2d",
        (normal(1, 4, 7, 5),),
        {
            "in_channels": 4,
            "out_channels": 6,
            "kernel_size": (3, 2),
            "stride": (2, 1),
            "padding": (1, 0),
            "dilation": (1, 2),
            "groups": 2,
            "bias": False,
        },
    ),
    Case(
        "ConvTranspose2d",
        (normal(2, 3, 3, 2),),
        {"in_channels": 3, "out_channels": 2, "kernel_size": 2, "stride": 2},
    ),
    Case(
        "ConvTranspose2d",
        (normal(1, 4, 3, 3),),
        {
            "in_channels": 4,
            "out_channels": 6,
            "kernel_size": 3,
            "stride": (2, 1),
            "padding": 1,
            "output_padding": (1, 0),
            "groups": 2,
            "bias": False,
            "dilation": 2,
        },
    ),
    Case("MaxPool2d", (distinct(2, 3, 5, 4),), {"kernel_size": 2}),
    Case("MaxPool2d", (distinct(1, 2, 5, 5),), {"kernel_size": 3, "stride": 2, "padding": 1}),
    Case("AvgPool2d", (normal(2, 3, 5, 4),), {"kernel_size": 2}),
    Case("AvgPool2d", (normal(1, 2, 5, 5),), {"kernel_size": 3, "stride": 1, "padding": 1}),
    Case("AdaptiveAvgPool2d", (normal(2, 3, 5, 4),), {"output_size": 1}),
    Case("AdaptiveAvgPool2d", (normal(1, 2, 5, 7),), {"output_size": (3, 2)}),
    Case("Flatten", (normal(2, 3, 4),)),
    Case("Flatten", (normal(2, 3, 4, 5),), {"start_dim": 0, "end_dim": -2}),
    Case("Identity", (normal(2, 3),)),
    Case("Upsample", (normal(2, 1, 2, 3),), {"scale_factor": 2}),
    Case("BatchNorm1d", (normal(5, 3),), {"num_features": 3}),
    Case("BatchNorm1d", (normal(2, 3, 4),), {"num_features": 3, "momentum": None}),
    Case("BatchNorm1d", (normal(2, 3),), {"num_features": 3, "track_running_stats": False}),
    Case("BatchNorm2d", (normal(3, 2, 4, 5),), {"num_features": 2, "eps": 0.1}),
    Case("BatchNorm2d", (normal(1, 2, 1, 2),), {"num_features": 2, "affine": False}),
    Case("LayerNorm", (normal(5, 3),), {"normalized_shape": 3}),
    Case("LayerNorm", (normal(2, 3, 4),), {"normalized_shape": (3, 4), "bias": False}),
    Case("LayerNorm", (normal(4),), {"normalized_shape": 4, "elementwise_affine": False}),
    Case("RMSNorm", (normal(2, 5, 3),), {"normalized_shape": 3}),
    Case("RMSNorm", (normal(2, 3),), {"normalized_shape": 3, "elementwise_affine": False}),
    Case("GroupNorm", (normal(2, 6, 3, 2),), {"num_groups": 3, "num_channels": 6}),
    Case("GroupNorm", (normal(2, 4),), {"num_groups": 2, "num_channels": 4, "affine": False}),
    Case("Dropout", (normal(3, 4),), {"p": 0.0}),
    Case("Dropout", (normal(3, 4),), {"p": 1.0}),
    Case("Embedding", (indices(5, 2, 3),), {"num_embeddings": 5, "embedding_dim": 4}),
    Case("Embedding", (indices(4, 9),), {"num_embeddings": 4, "embedding_dim": 1}),
]

# Sequences.


def edges(_):
    """Edges of a graph of five nodes: one way, both ways, and a node without any."""
    return np.array([[0, 1, 1, 3, 2], [1, 0, 2, 1, 0]])


def states(module, x, *states):
    """Run a recurrent module from the initial states given, one or a pair."""
    return module(x, states if len(states) > 1 else states[0])


def keep(*shape):
    """A mask in which each row keeps its first position and some others."""

    def make(rng):
        mask = rng.random(shape) < 0.6
        mask[..., 0] = True
        return mask

    return make


def hide(*shape):
    """The opposite of `keep`: True hides."""
    return lambda rng: ~keep(*shape)(rng)


def keep_but_one_row(*shape):
    """A mask that keeps nothing in the second row."""
    return lambda rng: keep(*shape)(rng) & (np.arange(shape[-2]) != 1)[:, None]


def to_itself(module, x, *masks, **settings):
    """Self-attention."""
    return module(x, x, x, *masks, **settings)


def attention(run, *inputs, **settings):
    """A case of MultiheadAttention."""
    settings = {"embed_dim": 6, "num_heads": 2} | settings
    return Case("MultiheadAttention", inputs, settings, run=run)


def transformer(kind, *inputs, run=Case.run, **settings):
    """A case of a Transformer layer, small and, if not said otherwise, without dropout."""
    settings = {"d_model": 4, "nhead": 2, "dim_feedforward": 5, "dropout": 0.0} | settings
    return Case(f"Transformer{kind}Layer", inputs, settings, run=run)


FUNCTIONS += [
    Case("embedding", (indices(4, 2, 3), normal(4, 5))),
    Case(
        "scaled_dot_product_attention",
        (normal(2, 3, 4, 5), normal(2, 3, 6, 5), normal(2, 3, 6, 2)),
    ),
    Case("scaled_dot_product_attention", (normal(1, 1, 5),) * 3, {"scale": 0.3}),
    Case("scaled_dot_product_attention", (normal(2, 4, 3),) * 3, {"is_causal": True}),
    Case("scaled_dot_product_attention", (*(normal(2, 3, 4, 5),) * 3, keep(2, 1, 4, 4))),
    Case("scaled_dot_product_attention", (*(normal(2, 3, 4, 5),) * 3, keep_but_one_row(4, 4))),
    Case("scaled_dot_product_attention", (*(normal(2, 3, 4, 5),) * 3, normal(3, 1, 4))),
]

SEQUENCE = [
    Case("Embedding", (indices(4, 2, 3),), {"num_embeddings": 4, "embedding_dim": 3}),
    Case("LayerNorm", (normal(2, 3, 4),), {"normalized_shape": 4}),
    Case("LayerNorm", (normal(2, 3, 4),), {"normalized_shape": (3, 4), "bias": False}),
    Case("Dropout", (normal(2, 3),), {"p": 1.0}),
    Case("RNN", (normal(4, 2, 3),), {"input_size": 3, "hidden_size": 5}),
    Case("RNN", (normal(1, 1, 1),), {"input_size": 1, "hidden_size": 1, "bias": False}),
    Case(
        "RNN",
        (normal(3, 2, 3), normal(4, 2, 2)),
        {"input_size": 3, "hidden_size": 2, "num_layers": 2, "bidirectional": True},
        run=states,
    ),
    Case(
        "RNN",
        (normal(2, 4, 3),),
        {"input_size": 3, "hidden_size": 2, "nonlinearity": "relu", "batch_first": True},
    ),
    Case("LSTM", (normal(4, 2, 3),), {"input_size": 3, "hidden_size": 5}),
    Case("LSTM", (normal(1, 1, 1),), {"input_size": 1, "hidden_size": 1, "bias": False}),
    Case(
        "LSTM",
        (normal(3, 2, 3), normal(6, 2, 2), normal(6, 2, 2)),
        {"input_size": 3, "hidden_size": 2, "num_layers": 3, "bidirectional": True},
        run=states,
    ),
    Case(
        "LSTM",
        (normal(2, 4, 3),),
        {"input_size": 3, "hidden_size": 2, "num_layers": 2, "dropout": 1.0, "batch_first": True},
    ),
    Case("GRU", (normal(4, 2, 3),), {"input_size": 3, "hidden_size": 5}),
    Case("GRU", (normal(1, 1, 1),), {"input_size": 1, "hidden_size": 1, "bias": False}),
    Case(
        "GRU",
        (normal(3, 2, 3), normal(4, 2, 2)),
        {"input_size": 3, "hidden_size": 2, "num_layers": 2, "bidirectional": True},
        run=states,
    ),
    Case("GRU", (normal(2, 4, 3),), {"input_size": 3, "hidden_size": 2, "batch_first": True}),
    Case("SinusoidalPositionalEncoding", (normal(2, 5, 6),), {"embed_dim": 6}),
    Case(
        "SinusoidalPositionalEncoding",
        (normal(1, 1, 2),),
        {"embed_dim": 2, "max_len": 8, "base": 100.0},
        run=lambda m, x: m(x, start=7),
    ),
    Case("RotaryEmbedding", (normal(2, 3, 5, 6),), {"head_dim": 6}),
    Case(
        "RotaryEmbedding",
        (normal(1, 2),),
        {"head_dim": 2, "base": 50.0},
        run=lambda m, x: m(x, start=9),
    ),
    attention(to_itself, normal(4, 3, 6)),
    attention(to_itself, normal(1, 1, 6), num_heads=1, bias=False),
    attention(
        lambda m, q, k, v: m(q, k, v, average_attn_weights=False),
        normal(4, 2, 6),
        normal(5, 2, 6),
        normal(5, 2, 6),
    ),
    attention(
        lambda m, q, k, pad: m(q, k, k, key_padding_mask=pad, need_weights=False),
        normal(2, 4, 6),
        normal(2, 5, 6),
        hide(2, 5),
        batch_first=True,
        num_heads=3,
    ),
    attention(
        lambda m, x, pad, mask: m(x, x, x, key_padding_mask=pad, attn_mask=mask),
        normal(3, 4, 6),
        normal(3, 4),
        normal(4, 4),
        batch_first=True,
    ),
    attention(
        lambda m, x, mask: m(x, x, x, need_weights=False, attn_mask=mask),
        normal(4, 3, 6),
        hide(6, 4, 4),
    ),
    attention(
        lambda m, x, mask: m(x, x, x, need_weights=False, attn_mask=mask, is_causal=True),
        normal(4, 3, 6),
        lambda rng: np.triu(np.ones((4, 4), dtype=bool), 1),
    ),
    attention(lambda m, x: m(x, x, x, need_weights=False), normal(4, 3, 6), bias=False),
    attention(lambda m, x: m(x, x, x, need_weights=False), normal(4, 3, 6), dropout=1.0),
    attention(
        lambda m, q, k: m(q, k, k, need_weights=False),
        normal(4, 3, 6),
        normal(2, 3, 6),
        dropout=1.0,
    ),
    attention(to_itself, normal(4, 3, 6), dropout=1.0),
    Case("GCNConv", (normal(5, 3), edges), {"in_channels": 3, "out_channels": 2}),
    Case(
        "GCNConv",
        (normal(1, 2), indices(1, 2, 0)),
        {"in_channels": 2, "out_channels": 4, "bias": False},
    ),
    transformer("Encoder", normal(4, 3, 4)),
    transformer("Encoder", normal(4, 1, 4), norm_first=True, bias=False, activation="gelu"),
    transformer("Encoder", normal(4, 3, 4), hide(3, 3), batch_first=True, layer_norm_eps=1e-3),
    transformer(
        "Encoder",
        normal(2, 3, 4),
        hide(2, 3),
        run=lambda m, x, pad: m(x, src_key_padding_mask=pad),
        batch_first=True,
        norm_first=True,
    ),
    transformer("Encoder", normal(4, 3, 4), dropout=1.0),
    transformer("Decoder", normal(3, 2, 4), normal(4, 2, 4)),
    transformer("Decoder", normal(3, 2, 4), normal(1, 2, 4), norm_first=True, activation="gelu"),
    transformer(
        "Decoder",
        normal(2, 3, 4),
        normal(2, 5, 4),
        hide(3, 3),
        hide(3, 5),
        hide(2, 3),
        hide(2, 5),
        batch_first=True,
        bias=False,
    ),
]
LAYERS += SEQUENCE

# Optimizers: nnlib.scratch.optim against torch.optim.

PARAMETERS = (transposed(3, 4), normal(4), normal(), normal(400, 181))  # the last has two blocks
MATRICES = (transposed(3, 4), normal(5, 2), normal(4, 4))

OPTIMIZERS = [
    Case("SGD", PARAMETERS, {"lr": 0.1}),
    Case("SGD", PARAMETERS, {"lr": 0.05, "momentum": 0.9}),
    Case(
        "SGD",
        PARAMETERS,
        {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
    ),
    Case("SGD", PARAMETERS, {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    Case("Adagrad", PARAMETERS),
    Case(
        "Adagrad",
        PARAMETERS,
        {
            "lr": 0.1,
            "lr_decay": 0.1,
            "weight_decay": 0.1,
            "initial_accumulator_value": 0.3,
            "eps": 1e-4,
        },
    ),
    Case("RMSprop", PARAMETERS),
    Case("RMSprop", PARAMETERS, {"lr": 0.02, "alpha": 0.9, "eps": 1e-3, "momentum": 0.8}),
    Case(
        "RMSprop",
        PARAMETERS,
        {"lr": 0.02, "momentum": 0.5, "centered": True, "weight_decay": 0.1},
    ),
    Case("RMSprop", PARAMETERS, {"centered": True}),
    Case("Adam", PARAMETERS),
    Case("Adam", PARAMETERS, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    Case("Adam", PARAMETERS, {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True}),
    Case("AdamW", PARAMETERS, {"lr": 0.1}),
    Case("AdamW", PARAMETERS, {"lr": 0.05, "weight_decay": 0.3, "amsgrad": True}),
    Case("Muon", MATRICES),
    Case("Muon", MATRICES, {"lr": 0.1, "nesterov": False, "adjust_lr_fn": "match_rms_adamw"}),
    Case("Muon", MATRICES, {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.0, "ns_steps": 3}),
]

# Models: nnlib.scratch.models against nnlib.pytorch.models.

MODELS = [
    Case("Perceptron", (normal(5, 3),), {"in_features": 3}),
    Case("Perceptron", (normal(3),), {"in_features": 3}),
    Case("MulticlassPerceptron", (normal(5, 3),), {"in_features": 3, "num_classes": 4}),
    Case("MulticlassPerceptron", (normal(1, 1),), {"in_features": 1, "num_classes": 2}),
]

SEQ2SEQ = {"src_vocab_size": 5, "tgt_vocab_size": 6, "embed_dim": 3, "hidden_size": 4}
TRANSFORMER = {
    "src_vocab_size": 5,
    "tgt_vocab_size": 6,
    "embed_dim": 4,
    "num_heads": 2,
    "num_layers": 2,
    "dim_feedforward": 3,
}
MODELS += [
    Case(
        "GPT",
        (indices(7, 2, 5),),
        {"vocab_size": 7, "block_size": 6, "num_layers": 2, "num_heads": 2, "embed_dim": 4},
    ),
    Case(
        "GPT",
        (indices(3, 1, 1),),
        {"vocab_size": 3, "block_size": 1, "num_layers": 1, "num_heads": 1, "embed_dim": 3},
    ),
    *(
        Case(
            "CharRNN",
            (indices(7, 2, 5),),
            {"vocab_size": 7, "embed_dim": 3, "hidden_size": 4, "cell": cell, "num_layers": layers},
        )
        for cell, layers in (("rnn", 1), ("lstm", 2), ("gru", 1))
    ),
    Case("Seq2Seq", (indices(5, 3, 4), indices(6, 3, 2)), SEQ2SEQ),
    Case("Seq2Seq", (indices(5, 1, 1), indices(6, 1, 1)), SEQ2SEQ | {"attention": "dot"}),
    Case(
        "Seq2Seq",
        (indices(5, 3, 4), indices(6, 3, 2)),
        SEQ2SEQ | {"attention": "dot"},
        run=lambda m, source, target: m(source, target, lengths=[2, 3, 1]),
    ),
    Case("Transformer", (indices(5, 2, 4), indices(6, 2, 3)), TRANSFORMER),
    Case("Transformer", (indices(5, 2, 4), indices(6, 2, 3), hide(2, 4)), TRANSFORMER),
    Case(
        "GCN",
        (normal(5, 3), edges),
        {"in_channels": 3, "hidden_channels": 4, "num_classes": 2},
    ),
]

MODELS += [
    Case("MLP", (normal(5, 3),), {"in_features": 3, "hidden_sizes": (4, 6), "out_features": 2}),
    Case(
        "MLP",
        (normal(2, 1, 3),),
        {"in_features": 3, "hidden_sizes": [4], "out_features": 1, "activation": "tanh"},
    ),
    Case("MLP", (normal(1, 3),), {"in_features": 3, "hidden_sizes": (), "out_features": 2}),
    Case(
        "MLP",
        (normal(4, 3),),
        {"in_features": 3, "hidden_sizes": (5,), "out_features": 2, "dropout": 1.0},
    ),
    Case("ConvNet", (normal(2, 1, 28, 28),), {"channels": (3, 2), "hidden_size": 5}),
    Case(
        "ConvNet",
        (normal(3, 2, 9, 9),),
        {
            "in_channels": 2,
            "num_classes": 3,
            "image_size": 9,
            "channels": [4, 2],
            "depth": 2,
            "hidden_size": 3,
            "batch_norm": True,
        },
    ),
    Case(
        "ConvNet",
        (normal(2, 1, 8, 8),),
        {"image_size": 8, "channels": (2, 3, 4), "hidden_size": 6, "dropout": 1.0},
    ),
    Case("LeNet", (normal(2, 1, 28, 28),)),
    Case(
        "LeNet",
        (normal(1, 2, 8, 8),),
        {"in_channels": 2, "num_classes": 3, "image_size": 8, "kernel_size": 3},
    ),
    Case("ResNet", (normal(2, 3, 9, 8),), {"depth": 14, "width": 4}),
    Case("ResNet", (normal(3, 1, 5, 6),), {"depth": 8, "num_classes": 2, "in_channels": 1}),
    Case("Autoencoder", (normal(5, 8),), {"in_features": 8, "hidden_sizes": (6,), "code_size": 2}),
    Case(
        "Autoencoder",
        (normal(1, 4),),
        {"in_features": 4, "hidden_sizes": [3, 5], "code_size": 1, "activation": "sigmoid"},
    ),
]
