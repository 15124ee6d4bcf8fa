"""The graph convolutional network: classifies nodes by their features and edges."""

import numpy as np

from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.nn.activation import relu
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.graph import GCNConv
from nnlib.scratch.nn.module import Module


class GCN(Module):
    """Two graph convolutions with a ReLU between them (Kipf & Welling, 2017).

    Args:
        in_channels: features of a node.
        hidden_channels: hidden features of a node, between the two convolutions.
        num_classes: number of classes.
        dropout: probability of dropping, in training, before each convolution.
    Shapes: x (nodes, in_channels), edge_index (2, edges) -> logits (nodes, num_classes).
    Parameters: conv1, conv2.
    Raises: ValueError for an edge_index of the wrong shape or dtype, or a node out of range.
    """

    def __init__(
        self, in_channels: int, hidden_channels: int, num_classes: int, dropout: float = 0.0
    ):
        super().__init__()
        self.conv1 = GCNConv(in_channels, hidden_channels)
        self.conv2 = GCNConv(hidden_channels, num_classes)
        self.drop = Dropout(dropout)

    def forward(self, x: Tensor, edge_index: np.ndarray) -> Tensor:
        hidden = relu(self.conv1(self.drop(x), edge_index))
        return self.conv2(self.drop(hidden), edge_index)
