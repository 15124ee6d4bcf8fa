"""Graph convolution, written with the matrix of the paper: the degrees and edges of the graph."""

import torch
from torch import nn


class GCNConv(nn.Module):
    """Graph convolution: D^(-1/2) (A + I) D^(-1/2) X Wᵀ + b (Kipf & Welling, 2017).

    Args:
        in_channels: features of a node.
        out_channels: F, output features of a node.
        bias: whether to add b.
    Shapes: x (nodes, in_channels), edge_index (2, edges) -> (nodes, out_channels). I adds a
        self-loop to each node that has none.
    Parameters: lin.weight (F, in_channels), bias (F,).
    """

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__()
        self.lin = nn.Linear(in_channels, out_channels, bias=False)
        nn.init.xavier_uniform_(self.lin.weight)
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None

    def forward(self, x: torch.Tensor, edge_index: torch.Tensor) -> torch.Tensor:
        nodes = x.size(0)
        sources, targets = edge_index
        ones = x.new_ones(edge_index.size(1))
        adjacency = x.new_zeros(nodes, nodes)
        adjacency.index_put_((targets, sources), ones, accumulate=True)
        adjacency.fill_diagonal_(1)
        scale = adjacency.sum(dim=1).rsqrt()
        out = (scale[:, None] * adjacency * scale) @ self.lin(x)
        return out if self.bias is None else out + self.bias
