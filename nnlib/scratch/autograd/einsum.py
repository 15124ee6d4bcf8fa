"""Sums of products in Einstein's notation, and why their derivatives are such sums again."""

from functools import partial

import numpy as np

from nnlib.scratch.autograd.graph import primitive


@primitive
def _einsum(*operands, terms, output):
    lengths = {}
    for term, operand in zip(terms, operands, strict=True):
        for label, length in zip(term, operand.shape, strict=True):
            if lengths.setdefault(label, length) != length:
                raise ValueError(f"einsum: {label} is both {lengths[label]} and {length} long")

    def gradient(i, grad):
        """The gradient takes the place of operand i, and operand i that of the result."""
        term, others = terms[i], [*operands[:i], *operands[i + 1 :]]
        sources = [output, *terms[:i], *terms[i + 1 :]]
        found = "".join(label for label in term if any(label in source for source in sources))
        grad_x = np.einsum(f"{','.join(sources)}->{found}", grad, *others, optimize=True)
        # A label that occurs nowhere else was summed over: all along it the gradient is the same.
        alone = tuple(axis for axis, label in enumerate(term) if label not in found)
        return np.broadcast_to(np.expand_dims(grad_x, alone), operands[i].shape)

    out = np.einsum(f"{','.join(terms)}->{output}", *operands, optimize=True)
    return out, lambda grad: [partial(gradient, i, grad) for i in range(len(operands))]


def einsum(equation, *operands):
    """Sum of products in Einstein's notation: ``einsum("ik,kj->ij", x, y)`` is ``x @ y``.

    Without an arrow the result has the labels that occur once, in alphabetical order. A label may
    not occur twice in one operand, and there is no ``...``.
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
