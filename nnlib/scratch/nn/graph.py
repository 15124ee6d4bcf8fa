"""Graph convolution: every node averages over its neighbors, then all nodes share one layer."""

import math

import numpy as np

from nnlib.scratch.autograd.tensor import primitive
from nnlib.scratch.nn import init
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module, Parameter


def normalized_edges(edge_index, nodes):
    """Edges with a loop at every node, and the weight 1/sqrt(degree degree) of each.

    Args:
        edge_index: integers (2, edges), from the first row to the second.
        nodes: number of nodes.
    Returns: sources (edges + nodes,), targets (edges + nodes,), weights (edges + nodes,).
    Raises: ValueError if the shape or a number does not fit.
    """
    edge_index = np.asarray(edge_index)
    if edge_index.ndim != 2 or len(edge_index) != 2 or edge_index.dtype.kind not in "iu":
        raise ValueError(
            f"edge_index must be integers (2, edges), got {edge_index.dtype} {edge_index.shape}"
        )
    if edge_index.size and not (edge_index.min() >= 0 and edge_index.max() < nodes):
        raise ValueError(
            f"edge_index must name nodes from 0 to {nodes - 1}, "
            f"got {edge_index.min()} to {edge_index.max()}"
        )
    sources, targets = np.concatenate([edge_index, np.tile(np.arange(nodes), (2, 1))], axis=1)
    degree = np.bincount(targets, minlength=nodes)
    return sources, targets, 1 / np.sqrt(degree[sources] * degree[targets])


@primitive
def _propagate(x, *, sources, targets, weights):
    """The sum over edges into each node of weight times x at the source: (nodes, features)."""
    weights = weights[:, None].astype(x.dtype)

    def carry(values, start, end):
        total = np.zeros_like(values)
        np.add.at(total, end, weights * values[start])
        return total

    # backward, every edge carries its gradient the other way
    return carry(x, sources, targets), lambda grad: (
        carry(grad, targets, sources),
        None,
        None,
        None,
    )


class GCNConv(Module):
    """Graph convolution: D^(-1/2) (A + I) D^(-1/2) X Wᵀ + b (Kipf & Welling, 2017).

    Args:
        in_channels: features of a node.
        out_channels: F, features that it gets.
        bias: whether to add b.
    Shapes: x (nodes, in_channels) and edge_index (2, edges), integers, each edge from the first
        row's node to the second's (both ways must be listed for an undirected graph; loops are
        added here) -> (nodes, out_channels). D holds the degrees of A + I.
    Parameters: lin.weight (F, in_channels), uniform on ±sqrt(6 / (in_channels + F)) at the start
        (Glorot & Bengio, 2010); bias (F,), zero.
    Raises: ValueError if edge_index does not fit.
    """

    def __init__(self, in_channels, out_channels, bias=True):
        super().__init__()
        self.lin = Linear(in_channels, out_channels, bias=False)
        bound = math.sqrt(6 / (in_channels + out_channels))
        init.uniform_(self.lin.weight, -bound, bound)
        self.bias = Parameter(np.zeros(out_channels, dtype=np.float32)) if bias else None

    def forward(self, x, edge_index):
        sources, targets, weights = normalized_edges(edge_index, len(x))
        out = _propagate(self.lin(x), sources=sources, targets=targets, weights=weights)
        return out if self.bias is None else out + self.bias
