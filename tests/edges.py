"""The edge battery: every case again, with the inputs that random normal numbers never are.

`EDGES` replaces the values of a case's floating-point inputs, `LAYOUTS` their order in memory, and
`SMALL` lists cases without elements, with one element, or without dimensions. A new primitive,
function or layer gets its edges from its line in ``cases.py``; nothing is to be added here.
"""

from collections.abc import Callable

import numpy as np
import torch
from cases import Case, indices, joined, normal

from nnlib import scratch
from nnlib.scratch import Tensor


def among(*values: float) -> Callable:
    """Inputs drawn from a few values, so that ties are common."""
    return lambda rng, shape: rng.choice(values, shape)


EDGES: dict[str, Callable] = {
    "large": lambda rng, shape: rng.uniform(-1e4, 1e4, shape),  # exp overflows, or is 0
    "tiny": lambda rng, shape: rng.uniform(-1e-100, 1e-100, shape),
    "zero": among(0.0),
    "tied": among(-1.0, -0.5, 0.0, 0.7, 1.0),  # with the bounds of the cases of clamp
    "equal": among(0.3),
    "infinite": among(-np.inf, -1.0, 0.0, 2.0, np.inf),
    "masked": among(-np.inf, -np.inf, 1.0),  # as scores are, where attention is masked
    "all -inf": among(-np.inf),
    "all inf": among(np.inf),
    "nan": among(np.nan, 0.0, 1.0),
}


def _strided(array):
    """Every second element of each dimension of a larger array."""
    large = np.full([2 * length for length in array.shape], np.nan)
    view = large[(..., *(slice(None, None, 2) for _ in array.shape))]
    view[...] = array
    return np.asarray(view)


def _read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


LAYOUTS: dict[str, Callable] = {
    "column-major": np.asfortranarray,
    "reversed": lambda array: np.flip(np.flip(array).copy()),
    "strided": _strided,
    "read-only": _read_only,
}

# Inputs that nnlib refuses and PyTorch takes: a clear error instead of a meaningless number.
REFUSED = {
    "view": "elements that do not lie in memory as the shape needs; PyTorch gets a copy here",
    "binary_cross_entropy_with_logits": "targets outside [0, 1]",
    "kl_div": "negative probabilities",
    "BCEWithLogitsLoss": "targets outside [0, 1]",
    "KLDivLoss": "negative probabilities",
}

# (case, edge) -> why the two libraries differ there on purpose. A test fails if they do not.
NAN_EXTREME = "the gradient of a NaN goes to the NaNs, in PyTorch to every element as NaN"
OTHERS = "the product of the other factors, in PyTorch the whole product over this factor"
ORDER = "three factors are multiplied in another order, in which other infinities meet zeros"
DIFFERENT: dict[tuple[str, str], str] = {
    ("amax-(2,3,4)-dim=1", "nan"): NAN_EXTREME,
    ("amin-(2,3,4)-dim=(0, 2)", "nan"): NAN_EXTREME,
    ("amax-(2,3)-dim=(0, 1),keepdim=True", "nan"): NAN_EXTREME,
    ("prod-(2,3)", "infinite"): OTHERS,
    ("prod-(2,3)", "nan"): OTHERS,
    **{
        (f"prod-{case}", edge): OTHERS
        for case in ("(2,3)", "(2,3,4)-dim=1", "(2,3)-dim=-1,keepdim=True")
        for edge in ("masked", "all -inf", "all inf")
    },
    ("einsum-(3,),(2,),(3,2)", "infinite"): ORDER,
    ("einsum-(3,),(2,),(3,2)", "masked"): ORDER,
    ("einsum-(3,),(2,),(3,2)", "all -inf"): ORDER,
    ("einsum-(3,),(2,),(3,2)", "all inf"): ORDER,
}


# Losses and layers, whose names stand for all of their cases.
SELECTS = "an ignored row has no gradient; in PyTorch NaN, where its scores have no softmax"
CERTAIN = "an infinite logit for the wrong class costs infinity, in PyTorch NaN"
LOG_0 = "the derivative takes log(0) as 0, in PyTorch it is NaN"
ALL_MASKED = "weights for which all is masked are 0, in PyTorch NaN"
NONFINITE = ("infinite", "masked", "all -inf", "all inf")
for case, edges, reason in (
    ("binary_cross_entropy_with_logits-(5,),(5,)", NONFINITE[:3], CERTAIN),
    ("binary_cross_entropy_with_logits-(3,2),(3,2)-reduction=sum", NONFINITE[:3], CERTAIN),
    ("BCEWithLogitsLoss-(5,),(5,)", NONFINITE[:3], CERTAIN),
    ("BCEWithLogitsLoss-(5,1),(5,1)-reduction=none", NONFINITE[:3], CERTAIN),
    ("kl_div-(3,4),(3,4)", ("zero", "all inf"), LOG_0),
    ("kl_div-(3,4),(3,4)-reduction=batchmean", ("zero", "all inf"), LOG_0),
    ("KLDivLoss-(3,4),(3,4)-reduction=batchmean", ("zero", "all inf"), LOG_0),
    (
        "cross_entropy-(3,4,5),(3,5)-ignore_index=0,label_smoothing=0.1,reduction=none",
        (*NONFINITE, "nan"),
        SELECTS,
    ),
    ("CrossEntropyLoss-(7,4),(7,)", (*NONFINITE, "nan"), SELECTS),
    (
        "MultiheadAttention-(3,4,6),(3,4),(4,4)-embed_dim=6,num_heads=2,batch_first=True",
        ("all -inf",),
        ALL_MASKED,
    ),
):
    DIFFERENT |= {(case, edge): reason for edge in edges}

# name -> edges at which nothing is compared, because PyTorch's own kernels do not agree there:
# infinities and NaNs that meet zeros of a padding or of an adjacency matrix, or that an affine map
# multiplies in another order; NaN in the vector and in the scalar part of ELU.
NOT_COMPARED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("conv1d", "conv2d", "conv_transpose2d", "Conv1d", "Conv2d", "ConvTranspose2d", "GCNConv"),
        (*NONFINITE, "nan"),
    ),
    **dict.fromkeys(("layer_norm", "group_norm", "batch_norm"), NONFINITE),
    **dict.fromkeys(("elu", "ELU"), ("nan",)),
}

# Names whose gradients are differences of large terms; they are exact to the rounding of these.
CANCELLING = (
    "scaled_dot_product_attention",
    "MultiheadAttention",
    "TransformerEncoderLayer",
    "TransformerDecoderLayer",
)


def edge_inputs(case: Case, edge: str) -> list[list[np.ndarray]]:
    """The inputs of ``case`` at an edge: all floating-point ones there, then each of them alone."""
    arrays = case.arrays()
    if edge in LAYOUTS:
        change = LAYOUTS[edge]
        return [[change(a) if a.dtype.kind == "f" else a for a in arrays]]
    rng = np.random.default_rng(5)
    changed = [np.asarray(EDGES[edge](rng, a.shape)) if a.dtype.kind == "f" else a for a in arrays]
    variants = [changed]
    floating = [i for i, a in enumerate(arrays) if a.dtype.kind == "f"]
    if len(floating) > 1:
        variants += [[*arrays[:i], changed[i], *arrays[i + 1 :]] for i in floating]
    return variants


def assert_close(ours, theirs, what: str, terms: float = 1.0) -> None:
    """Equal up to rounding: infinities and NaNs at the same positions.

    ``terms`` is the size of what may cancel in the result.
    """
    theirs = np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, PyTorch {theirs.shape}"
    finite = np.abs(theirs[np.isfinite(theirs)]) if theirs.dtype.kind == "f" else np.zeros(0)
    scale = max(terms, finite.max(initial=0.0))  # what cancels in a sum leaves the rounding of it
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12 * scale, err_msg=what)


def _leaves(arrays):
    ours = [Tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    theirs = [torch.tensor(a.copy(order="C")) for a in arrays]
    return ours, [t.requires_grad_(t.is_floating_point()) for t in theirs]


def compare(case: Case, ours, theirs, arrays: list[np.ndarray]) -> None:
    """Compare value and gradients of one case at given inputs, with a random cotangent.

    Where PyTorch raises an error nnlib must raise ValueError or TypeError. For a class of layers
    both modules get the same random parameters, and the gradients of these are compared too.
    """
    our_inputs, torch_inputs = _leaves(arrays)
    pairs = [
        (f"input {i}", *pair) for i, pair in enumerate(zip(our_inputs, torch_inputs, strict=True))
    ]
    module = twin = None
    if isinstance(getattr(ours, case.name, None), type):
        module, twin = case.apply(ours).double(), case.apply(theirs).double()
        rng = np.random.default_rng(2)
        state = {n: rng.standard_normal(v.shape) for n, v in module.state_dict().items()}
        state |= {n: rng.uniform(1, 2, v.shape) for n, v in module.named_buffers()}
        module.load_state_dict(state)
        twin.load_state_dict({n: torch.tensor(v) for n, v in module.state_dict().items()})
        parameters = dict(twin.named_parameters())
        pairs += [(name, value, parameters[name]) for name, value in module.named_parameters()]

    def result(library, module, inputs):
        out = case.run(module, *inputs) if module is not None else case.apply(library, *inputs)
        return joined(scratch if inputs is our_inputs else torch, out)

    try:
        expected = result(theirs, twin, torch_inputs)
    except (RuntimeError, IndexError, ValueError, TypeError) as error:
        try:
            out = result(ours, module, our_inputs)
        except (ValueError, TypeError):
            return
        raise AssertionError(f"gives {out}, where PyTorch raises {error}") from error
    try:
        out = result(ours, module, our_inputs)
    except ValueError:
        if case.name in REFUSED:
            return
        raise
    assert_close(out.numpy(), expected.detach(), "value")
    if not expected.requires_grad:
        assert not out.requires_grad
        return
    terms = 1.0
    if case.name in CANCELLING:  # products of two inputs, divided by a deviation
        largest = max(np.abs(a[np.isfinite(a)]).max(initial=1.0) for a in arrays)
        terms = 100 * float(largest) ** 2
    cotangent = np.random.default_rng(1).standard_normal(out.shape)
    out.backward(cotangent)
    expected.backward(torch.tensor(cotangent))
    for name, tensor, other in pairs:
        if other.grad is None:
            assert tensor.grad is None, f"{name} has a gradient here, none in PyTorch"
        else:
            assert tensor.grad is not None, f"{name} has no gradient here"
            assert_close(tensor.grad, other.grad, f"gradient of {name}", terms)


# What a mask leaves out must not reach the gradient, not even as 0 times infinity.

MASKED = [
    Case("relu", (normal(3, 4),), call=lambda lib, x: x.relu().sqrt()),
    Case("relu", (normal(3, 4),), call=lambda lib, x: x.relu().log()),
    Case("clamp", (normal(3, 4),), call=lambda lib, x: x.clamp(min=0.0).sqrt()),
    Case("clamp", (normal(3, 4),), call=lambda lib, x: (1 - x.clamp(max=1.0)).sqrt()),
    Case("where", (normal(4), normal(4)), call=lambda lib, x, y: lib.where(x > 0, x, y - y).sqrt()),
    Case("where", (normal(4), normal(4)), call=lambda lib, x, y: lib.where(x > 0, x, y.log())),
    Case("masked_fill", (normal(9),), call=lambda lib, x: x.masked_fill(x < 0, 0.0).sqrt()),
    Case("maximum", (normal(9), normal(9)), call=lambda lib, x, y: lib.maximum(x, y - y).sqrt()),
]

# Few elements or none, in cases of their own because the settings depend on the shapes.

SMALL = [
    Case("sum", (normal(0, 3),)),
    Case("sum", (normal(0, 3),), {"dim": 0}),
    Case("sum", (normal(),)),
    Case("sum", (normal(),), {"dim": -1}),
    Case("mean", (normal(0, 3),)),
    Case("mean", (normal(0, 3),), {"dim": 0}),
    Case("mean", (normal(0, 3),), {"dim": 1}),
    Case("mean", (normal(),), {"dim": 0}),
    Case("amax", (normal(0, 3),), {"dim": 0}),
    Case("amax", (normal(0, 3),), {"dim": 1}),
    Case("amin", (normal(),), {"dim": 0}),
    Case("max", (normal(0, 3),)),
    Case("logsumexp", (normal(0, 3),), {"dim": 0}),
    Case("logsumexp", (normal(0, 3),), {"dim": 1}),
    Case("logsumexp", (normal(),), {"dim": 0}),
    Case("cumsum", (normal(0, 3),), {"dim": 0}),
    Case("cumsum", (normal(),), {"dim": 0}),
    Case("var", (normal(3, 0),), {"dim": 0}),
    Case("reshape", (normal(0, 3),), {"shape": (3, 0)}),
    Case("reshape", (normal(1),), {"shape": ()}),
    Case("permute", (normal(2, 0, 3),), {"dims": (-1, 0, 1)}),
    Case("flatten", (normal(0, 3),)),
    Case("squeeze", (normal(),)),
    Case("squeeze", (normal(),), {"dim": 0}),
    Case("unsqueeze", (normal(),), {"dim": 0}),
    Case("transpose", (normal(1, 0),), {"dim0": 0, "dim1": 1}),
    Case("add", (normal(0, 3), normal(1, 3)), call=lambda lib, x, y: x + y),
    Case("add", (normal(), normal()), call=lambda lib, x, y: x + y),
    Case("mul", (normal(), normal(0)), call=lambda lib, x, y: x * y),
    Case("matmul", (normal(2, 0), normal(0, 3))),
    Case("matmul", (normal(0, 2), normal(2, 3))),
    Case("matmul", (normal(0), normal(0))),
    Case("matmul", (normal(), normal(3))),
    Case("matmul", (normal(3, 2, 2), normal(2, 2, 2))),
    Case("cat", (normal(0, 3), normal(2, 3)), call=lambda lib, x, y: lib.cat([x, y])),
    Case("cat", (normal(), normal()), call=lambda lib, x, y: lib.cat([x, y])),
    Case("stack", (normal(), normal()), call=lambda lib, x, y: lib.stack([x, y])),
    Case("getitem", (normal(0, 3),), call=lambda lib, x: x[:, 1]),
    Case("getitem", (normal(),), call=lambda lib, x: x[None]),
    Case("getitem", (normal(),), call=lambda lib, x: x[...]),
    Case("getitem", (normal(3, 2),), call=lambda lib, x: x[[]]),
    Case("gather", (normal(3, 2), indices(3, 0, 2)), call=lambda lib, x, i: x.gather(0, i)),
    Case("expand", (normal(1),), call=lambda lib, x: x.expand(0)),
    Case("expand", (normal(),), call=lambda lib, x: x.expand(2, 3)),
    Case("expand", (normal(3),), call=lambda lib, x: x.expand(-1, 3)),
    Case("where", (lambda rng: np.array(True), normal(), normal(0))),
    Case("clamp", (normal(0),), {"min": 0.0}),
]

# The same of functions: nnlib.scratch.functional against torch.nn.functional.

SMALL_FUNCTIONS = [
    Case("relu", (normal(0, 3),)),
    Case("gelu", (normal(),)),
    Case("softmax", (normal(3, 0),), {"dim": -1}),
    Case("softmax", (normal(0, 3),), {"dim": 0}),
    Case("softmax", (normal(3, 1),), {"dim": -1}),
    Case("log_softmax", (normal(3, 0),), {"dim": -1}),
    Case("linear", (normal(0, 3), normal(2, 3), normal(2))),
    Case("linear", (normal(2, 0), normal(3, 0), normal(3))),
    Case("linear", (normal(2, 3), normal(0, 3), normal(0))),
    Case("mse_loss", (normal(0, 3), normal(0, 3)), {"reduction": "sum"}),
    Case("l1_loss", (normal(), normal()), {"reduction": "none"}),
    Case("huber_loss", (normal(0), normal(0)), {"reduction": "none"}),
    Case("binary_cross_entropy_with_logits", (normal(0), normal(0)), {"reduction": "sum"}),
    Case("kl_div", (normal(0, 3), normal(0, 3)), {"reduction": "sum"}),
    Case("nll_loss", (normal(0, 3), indices(3, 0)), {"reduction": "sum"}),
    Case("cross_entropy", (normal(0, 3), indices(3, 0)), {"reduction": "none"}),
    Case("cross_entropy", (normal(2, 1), indices(1, 2))),
    Case("embedding", (indices(3, 0, 2), normal(3, 2))),
    Case("embedding", (indices(3, 2), normal(3, 0))),
    Case("dropout", (normal(0, 3),)),
    Case("unfold", (normal(0, 2, 3, 3),), {"kernel_size": 2}),
    Case("conv2d", (normal(0, 2, 4, 4), normal(3, 2, 2, 2), normal(3))),
    Case("conv_transpose2d", (normal(0, 2, 4, 4), normal(2, 3, 2, 2), normal(3))),
    Case("max_pool2d", (normal(0, 2, 4, 4),), {"kernel_size": 2}),
    Case("max_pool2d", (normal(2, 0, 4, 4),), {"kernel_size": 2}),
    Case("avg_pool2d", (normal(0, 2, 4, 4),), {"kernel_size": 2}),
    Case("adaptive_avg_pool2d", (normal(0, 2, 4, 4),), {"output_size": 3}),
    Case("interpolate", (normal(0, 1, 2, 2),), {"scale_factor": 2}),
    Case("layer_norm", (normal(0, 3),), {"normalized_shape": (3,)}),
    Case("layer_norm", (normal(2, 1),), {"normalized_shape": (1,)}),
    Case("rms_norm", (normal(0, 3),), {"normalized_shape": (3,)}),
    Case("group_norm", (normal(0, 4, 2),), {"num_groups": 2}),
    Case("scaled_dot_product_attention", (normal(2, 3, 4), normal(2, 0, 4), normal(2, 0, 5))),
    Case("scaled_dot_product_attention", (normal(2, 0, 4), normal(2, 3, 4), normal(2, 3, 5))),
    Case("scaled_dot_product_attention", (normal(0, 3, 4), normal(0, 2, 4), normal(0, 2, 5))),
    Case("scaled_dot_product_attention", (normal(1, 1, 1),) * 3),
    Case("scaled_dot_product_attention", (normal(1, 0, 4),) * 3, {"is_causal": True}),
]
