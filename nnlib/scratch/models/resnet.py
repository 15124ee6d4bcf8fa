"""The residual network: each block adds a correction, the residual, to its input."""

from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.nn.activation import relu
from nnlib.scratch.nn.conv import Conv2d
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module, Sequential
from nnlib.scratch.nn.norm import BatchNorm2d
from nnlib.scratch.nn.shape import Identity


class BasicBlock(Module):
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
        self.conv1 = Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = BatchNorm2d(out_channels)
        self.shortcut: Module = Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = Sequential(
                Conv2d(in_channels, out_channels, 1, stride, bias=False),
                BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        residual = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
        return relu(self.shortcut(x) + residual)


class ResNet(Module):
    """A residual network for small images, as for CIFAR-10 (He et al., 2016).

    One convolution, three stages of n `BasicBlock` each, the mean over all pixels, and a linear
    layer. The second and the third stage halve the image and double the channels.

    Args:
        depth: 6 n + 2 layers with weights: 8, 14, 20, 32, 44, 56, 110.
        num_classes: number of classes.
        in_channels: channels of an image.
        width: channels of the first stage.
    Shapes: x (N, in_channels, H, W) -> logits (N, num_classes).
    Parameters: those of conv1, bn1, blocks.i and fc.
    Raises: ValueError for a depth that is not 6 n + 2.
    """

    def __init__(
        self, depth: int = 20, num_classes: int = 10, in_channels: int = 3, width: int = 16
    ):
        super().__init__()
        if depth < 8 or (depth - 2) % 6:
            raise ValueError(f"ResNet needs a depth of 6 n + 2: 8, 14, 20, ..., got {depth}")
        self.conv1 = Conv2d(in_channels, width, 3, padding=1, bias=False)
        self.bn1 = BatchNorm2d(width)
        blocks = []
        channels = width
        for stage in range(3):
            for block in range((depth - 2) // 6):
                stride = 2 if stage > 0 and block == 0 else 1
                blocks.append(BasicBlock(channels, channels * stride, stride))
                channels *= stride
        self.blocks = Sequential(*blocks)
        self.fc = Linear(channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = relu(self.bn1(self.conv1(x)))
        x = self.blocks(x)  # (N, 4 width, H / 4, W / 4)
        return self.fc(x.mean(dim=(2, 3)))
