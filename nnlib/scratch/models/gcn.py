"""The graph convolutional network: labels for nodes from features and links."""

from nnlib.scratch.nn.activation import relu
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.graph import GCNConv
from nnlib.scratch.nn.module import Module


class GCN(Module):
    """Two graph convolutions with a ReLU between them (Kipf & Welling, 2017).

    Args:
        in_channels: features of a node.
        hidden_channels: features between the two convolutions.
        num_classes: classes of nodes.
        dropout: probability of dropping, in training, before each convolution.
    Shapes: x (nodes, in_channels), edge_index (2, edges) -> logits (nodes, num_classes).
    Parameters: conv1, conv2.
    Raises: ValueError if edge_index does not fit.
    """

    def __init__(self, in_channels, hidden_channels, num_classes, dropout=0.0):
        super().__init__()
        self.conv1 = GCNConv(in_channels, hidden_channels)
        self.conv2 = GCNConv(hidden_channels, num_classes)
        self.drop = Dropout(dropout)

    def forward(self, x, edge_index):
        hidden = relu(self.conv1(self.drop(x), edge_index))
        return self.conv2(self.drop(hidden), edge_index)
