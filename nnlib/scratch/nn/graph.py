"""Graph convolution: each node averages over its neighbors, then all nodes share a linear layer."""

import math

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor, primitive
from nnlib.scratch.nn import init
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module, Parameter


def normalized_edges(
    edge_index: np.ndarray, num_nodes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges with one self-loop at each node, and the weight 1/sqrt(degree degree) of each edge.

    A node that has a self-loop already gets no second one, as in PyTorch Geometric.

    Args:
        edge_index: integers (2, edges), from the nodes in the first row to those in the second.
        num_nodes: number of nodes.
    Returns: sources (E,), targets (E,) and weights (E,), the self-loops last.
    Raises: ValueError for a wrong shape or dtype, or a node out of range.
    """
    edge_index = np.asarray(edge_index)
    if edge_index.ndim != 2 or len(edge_index) != 2 or edge_index.dtype.kind not in "iu":
        raise ValueError(
            f"edge_index must be integers (2, edges), got {edge_index.dtype} {edge_index.shape}"
        )
    if edge_index.size and not (edge_index.min() >= 0 and edge_index.max() < num_nodes):
        raise ValueError(
            f"edge_index must contain nodes from 0 to {num_nodes - 1}, "
            f"got {edge_index.min()} to {edge_index.max()}"
        )
    between_nodes = edge_index[:, edge_index[0] != edge_index[1]]
    self_loops = np.tile(np.arange(num_nodes), (2, 1))
    sources, targets = np.concatenate([between_nodes, self_loops], axis=1)
    degree = np.bincount(targets, minlength=num_nodes)
    return sources, targets, 1 / np.sqrt(degree[sources] * degree[targets])


@primitive
def _propagate(x, *, sources, targets, weights):
    """For each node, the sum over its incoming edges of the weight times x at the source."""
    weights = weights[:, None].astype(x.dtype)

    def propagate(values, sources, targets):
        total = np.zeros_like(values)
        np.add.at(total, targets, weights * values[sources])
        return total

    # In the backward pass the gradients travel along the edges in the other direction.
    return propagate(x, sources, targets), lambda grad: (propagate(grad, targets, sources),)


class GCNConv(Module):
    """Graph convolution: D^(-1/2) (A + I) D^(-1/2) X Wᵀ + b (Kipf & Welling, 2017).

    Args:
        in_channels: features of a node.
        out_channels: F, output features of a node.
        bias: whether to add b.
    Shapes: x (nodes, in_channels) and edge_index (2, edges), integers, each edge from the node in
        the first row to that in the second -> (nodes, out_channels). An undirected graph lists both
        directions of each edge. I adds a self-loop to each node that has none; D contains the
        degrees of A + I.
    Parameters: lin.weight (F, in_channels), initialized uniformly on ±sqrt(6 / (in_channels + F))
        (Glorot & Bengio, 2010); bias (F,), initialized to zero.
    Raises: ValueError for an edge_index of the wrong shape or dtype, or a node out of range.
    """

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__()
        self.lin = Linear(in_channels, out_channels, bias=False)
        bound = math.sqrt(6 / (in_channels + out_channels))
        init.uniform_(self.lin.weight, -bound, bound)
        self.bias = Parameter(np.zeros(out_channels, dtype=np.float32)) if bias else None

    def forward(self, x: Tensor, edge_index: np.ndarray) -> Tensor:
        sources, targets, weights = normalized_edges(edge_index, len(x))
        out = _propagate(self.lin(x), sources=sources, targets=targets, weights=weights)
        return out if self.bias is None else out + self.bias
