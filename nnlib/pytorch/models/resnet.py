"""The residual network: each block adds a correction, the residual, to its input."""

import torch
from torch import nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    """relu(x + residual), the residual from two normalized convolutions (He et al., 2016).

    Args:
        in_channels: C.
        out_channels: F; where it differs from C, or the stride from 1, a 1 x 1 convolution gives x
            the shape of the residual.
        stride: of the first convolution.
    Shapes: x (N, C, H, W) -> (N, F, H', W'), H' = (H - 1) // stride + 1.
    Parameters: those of conv1, bn1, conv2, bn2 and, where the shape changes, shortcut.0 and .1.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False
        )
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut: nn.Module
        if in_channels == out_channels and stride == 1:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out, inplace=True)


class ResNet(nn.Module):
    """A residual network for small images, as for CIFAR-10 (He et al., 2016).

    Args:
        depth: 6 n + 2 layers with weights: 8, 14, 20, 32, 44, 56, 110.
        num_classes: number of classes.
        in_channels: channels of an image.
        width: channels of the first of three stages; the others double them.
    Shapes: x (N, in_channels, H, W) -> logits (N, num_classes).
    Parameters: those of conv1, bn1, blocks.i and fc.
    Raises: ValueError for a depth that is not 6 n + 2.
    """

    def __init__(
        self, depth: int = 20, num_classes: int = 10, in_channels: int = 3, width: int = 16
    ):
        super().__init__()
        n, remainder = divmod(depth - 2, 6)
        if n < 1 or remainder:
            raise ValueError(f"ResNet needs a depth of 6 n + 2: 8, 14, 20, ..., got {depth}")
        self.conv1 = nn.Conv2d(in_channels, width, kernel_size=3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        same = [[BasicBlock(c, c) for _ in range(n - 1)] for c in (width, 2 * width, 4 * width)]
        self.blocks = nn.Sequential(
            BasicBlock(width, width),
            *same[0],
            BasicBlock(width, 2 * width, stride=2),
            *same[1],
            BasicBlock(2 * width, 4 * width, stride=2),
            *same[2],
        )
        self.fc = nn.Linear(4 * width, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.blocks(F.relu(self.bn1(self.conv1(x)), inplace=True))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(start_dim=1))
