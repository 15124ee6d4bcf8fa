"""Sums of products in Einstein's notation, whose derivatives are such sums again."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nnlib.scratch.autograd.graph import primitive
from nnlib.scratch.autograd.tensor import Tensor


@primitive
def _einsum(*operands, terms, output):
    lengths: dict[str, int] = {}
    for term, operand in zip(terms, operands, strict=True):
        for label, length in zip(term, operand.shape, strict=True):
            if lengths.setdefault(label, length) != length:
                raise ValueError(f"einsum: {label} is both {lengths[label]} and {length} long")

    def gradient(i, grad):
        """The einsum in which operand i and the result change roles."""
        term, others = terms[i], [*operands[:i], *operands[i + 1 :]]
        sources = [output, *terms[:i], *terms[i + 1 :]]
        found = "".join(label for label in term if any(label in source for source in sources))
        grad_x = np.einsum(f"{','.join(sources)}->{found}", grad, *others, optimize=True)
        # A label that occurs nowhere else was summed over: along it the gradient is constant.
        alone = tuple(axis for axis, label in enumerate(term) if label not in found)
        return np.broadcast_to(np.expand_dims(grad_x, alone), operands[i].shape)

    out = np.einsum(f"{','.join(terms)}->{output}", *operands, optimize=True)
    return out, lambda grad: [partial(gradient, i, grad) for i in range(len(operands))]


def einsum(equation: str, *operands: Any) -> Tensor:
    """Sum of products in Einstein's notation: ``einsum("ik,kj->ij", x, y)`` is ``x @ y``.

    Without an arrow the result has the labels that occur once, in alphabetical order. Unlike in
    PyTorch a label may not occur twice in one operand, and there is no ``...``.

    Args:
        equation: the labels of each operand, separated by commas, then ``->`` and those of the
            result.
        operands: one Tensor for each list of labels.
    Raises: ValueError for an equation that does not fit the operands.
    """
    inputs, arrow, output = equation.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if not arrow:
        output = "".join(sorted(x for x in inputs if x != "," and inputs.count(x) == 1))
    if [len(term) for term in terms] != [np.ndim(operand) for operand in operands]:
        raise ValueError(
            f"einsum expects a label for each dimension, got {equation!r} "
            f"for shapes {[np.shape(operand) for operand in operands]}"
        )
    if any(len(set(term)) != len(term) for term in [*terms, output]) or not (
        set(output) <= set(inputs) and "".join(terms).isalpha()
    ):
        raise ValueError(
            f"einsum expects letters, each once in a term, and none in the result that no operand "
            f"has; got {equation!r}"
        )
    return _einsum(*operands, terms=terms, output=output)
