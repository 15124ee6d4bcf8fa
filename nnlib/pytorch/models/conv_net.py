"""The plain convolutional network: convolution, nonlinearity and pooling, repeated; then an MLP."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F


class ConvNet(nn.Module):
    """3 x 3 convolutions, poolings that halve the image, and two linear layers.

    The scheme of Simonyan & Zisserman (2015), who use two or more convolutions per pooling.

    Args:
        in_channels: channels of an image.
        num_classes: number of classes.
        image_size: height and width of an image; 28 for MNIST.
        channels: filters of the convolutions before each pooling, in order.
        depth: number of convolutions before each pooling.
        hidden_size: hidden units between the linear layers.
        batch_norm: whether to normalize the output of each convolution (Ioffe & Szegedy, 2015).
        dropout: probability of dropping an input of a linear layer, in training.
    Shapes: x (N, in_channels, image_size, image_size) -> logits (N, num_classes).
    Parameters: those of convs.i, norms.i (with batch_norm), fc1 and fc2.
    Raises: ValueError for an image too small for the poolings.
    """

    def __init__(
        self,
        in_channels: int = 1,
        num_classes: int = 10,
        image_size: int = 28,
        channels: Sequence[int] = (32, 64),
        depth: int = 1,
        hidden_size: int = 128,
        batch_norm: bool = False,
        dropout: float = 0.0,
    ):
        super().__init__()
        side = image_size >> len(channels)
        if side == 0:
            raise ValueError(
                f"an image of {image_size} x {image_size} is too small for {len(channels)} poolings"
            )
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        norm = nn.BatchNorm2d if batch_norm else nn.Identity
        for size in channels:
            for _ in range(depth):
                self.convs.append(
                    nn.Conv2d(in_channels, size, 3, padding="same", bias=not batch_norm)
                )
                self.norms.append(norm(size))
                in_channels = size
        self.depth = depth
        self.drop = nn.Dropout(dropout)
        self.fc1 = nn.Linear(channels[-1] * side**2, hidden_size)
        self.fc2 = nn.Linear(hidden_size, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        last = self.depth - 1
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = F.relu(norm(conv(x)), inplace=True)
            if i % self.depth == last:
                x = F.max_pool2d(x, kernel_size=2)
        x = F.relu(self.fc1(self.drop(x.flatten(start_dim=1))))
        return self.fc2(self.drop(x))
