"""Values, gradients and layouts at the edges, against PyTorch in float64."""

import numpy as np
import pytest
import torch
from cases import DISCRETE, FUNCTIONS, LAYERS, OPS
from edges import (
    DIFFERENT,
    EDGES,
    LAYOUTS,
    MASKED,
    NOT_COMPARED,
    SMALL,
    SMALL_FUNCTIONS,
    compare,
    edge_inputs,
)

from nnlib import pytorch, scratch

# PyTorch does not say which of equal elements topk takes.
SUBJECTS = [
    *((case, scratch, torch) for case in OPS + DISCRETE if case.name != "topk"),
    *((case, scratch.functional, torch.nn.functional) for case in FUNCTIONS),
    *((case, scratch.nn, pytorch.nn) for case in LAYERS),
]


def subjects_at(edges):
    """A test parameter for each subject at each edge; what differs on purpose must fail."""
    parameters = []
    for case, ours, theirs in SUBJECTS:
        for edge in [edge for edge in edges if edge not in NOT_COMPARED.get(case.name, ())]:
            reason = DIFFERENT.get((str(case), edge))
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            parameters.append(
                pytest.param(case, ours, theirs, edge, id=f"{case}-{edge}", marks=marks)
            )
    return parameters


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")  # PyTorch's kl_div
@pytest.mark.parametrize(("case", "ours", "theirs", "edge"), subjects_at([*EDGES, *LAYOUTS]))
def test_equals_pytorch_at_the_edge(case, ours, theirs, edge):
    for arrays in edge_inputs(case, edge):
        with np.errstate(all="ignore"):
            compare(case, ours, theirs, arrays)


@pytest.mark.filterwarnings("ignore:var:UserWarning")  # PyTorch's, of the variance of nothing
@pytest.mark.parametrize(
    ("case", "ours", "theirs"),
    [(case, scratch, torch) for case in SMALL]
    + [(case, scratch.functional, torch.nn.functional) for case in SMALL_FUNCTIONS],
    ids=str,
)
def test_few_elements_or_none_equal_pytorch(case, ours, theirs):
    with np.errstate(all="ignore"):
        compare(case, ours, theirs, case.arrays())


@pytest.mark.parametrize("case", MASKED, ids=str)
@pytest.mark.parametrize("edge", ["normal", "zero", "tied", "infinite"])
def test_what_a_mask_leaves_out_does_not_reach_the_gradient(case, edge):
    variants = [case.arrays()] if edge == "normal" else edge_inputs(case, edge)
    for arrays in variants:
        with np.errstate(all="ignore"):
            compare(case, scratch, torch, arrays)
