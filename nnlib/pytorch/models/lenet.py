"""LeNet-5: filters detect strokes, pooling discards exact positions, linear layers classify."""

import torch
from torch import nn
from torch.nn import functional as F


class LeNet(nn.Module):
    """Two convolutions and three linear layers (LeCun et al., 1998), with ReLU and max pooling.

    Args:
        in_channels: channels of an image.
        num_classes: number of classes.
        image_size: height and width of an image; 28 for MNIST.
        kernel_size: height and width of the filters, odd; 3 suits images of 8 x 8 pixels.
    Shapes: x (N, in_channels, image_size, image_size) -> logits (N, num_classes).
    Parameters: weight and bias of conv1, conv2, fc1, fc2, fc3.
    Raises: ValueError for an even kernel, or an image too small for two poolings.
    """

    def __init__(
        self,
        in_channels: int = 1,
        num_classes: int = 10,
        image_size: int = 28,
        kernel_size: int = 5,
    ):
        super().__init__()
        side = (image_size // 2 - kernel_size + 1) // 2
        if side < 1 or kernel_size % 2 == 0:
            raise ValueError(
                "LeNet needs an odd kernel that fits into half of the image, "
                f"got {kernel_size} for {image_size}"
            )
        self.conv1 = nn.Conv2d(in_channels, 6, kernel_size, padding="same")
        self.conv2 = nn.Conv2d(6, 16, kernel_size)
        self.fc1 = nn.Linear(16 * side**2, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for conv in (self.conv1, self.conv2):
            x = F.max_pool2d(F.relu(conv(x)), kernel_size=2)
        x = x.flatten(start_dim=1)
        for hidden in (self.fc1, self.fc2):
            x = F.relu(hidden(x))
        return self.fc3(x)
