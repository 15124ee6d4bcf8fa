"""The graph convolutional network: labels for nodes from features and links."""

from torch import nn
from torch.nn import functional as F

from nnlib.pytorch.nn.graph import GCNConv


class GCN(nn.Module):
    """Two graph convolutions with a ReLU between them (Kipf & Welling, 2017).

    Args:
        in_channels: features of a node.
        hidden_channels: features between the two convolutions.
        num_classes: classes of nodes.
        dropout: probability of dropping, in training, before each convolution.
    Shapes: x (nodes, in_channels), edge_index (2, edges) -> logits (nodes, num_classes).
    Parameters: conv1, conv2.
    """

    def __init__(self, in_channels, hidden_channels, num_classes, dropout=0.0):
        super().__init__()
        self.conv1 = GCNConv(in_channels, hidden_channels)
        self.conv2 = GCNConv(hidden_channels, num_classes)
        self.dropout = dropout

    def forward(self, x, edge_index):
        for conv in (self.conv1, self.conv2):
            x = conv(F.dropout(x, self.dropout, self.training), edge_index)
            if conv is self.conv1:
                x = x.relu()
        return x
