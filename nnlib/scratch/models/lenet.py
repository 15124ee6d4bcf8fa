"""LeNet-5: filters detect strokes, pooling discards exact positions, linear layers classify."""

from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.nn.activation import relu
from nnlib.scratch.nn.conv import Conv2d
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module
from nnlib.scratch.nn.pooling import max_pool2d


class LeNet(Module):
    """Two convolutions and three linear layers (LeCun et al., 1998).

    ReLU and max pooling replace the scaled tanh and the trainable averages of 1998; the outputs are
    logits.

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
        self.conv1 = Conv2d(in_channels, 6, kernel_size, padding=kernel_size // 2)
        self.conv2 = Conv2d(6, 16, kernel_size)
        self.fc1 = Linear(16 * side * side, 120)
        self.fc2 = Linear(120, 84)
        self.fc3 = Linear(84, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = max_pool2d(relu(self.conv1(x)), 2)  # (N, 6, H / 2, W / 2)
        x = max_pool2d(relu(self.conv2(x)), 2)  # (N, 16, side, side)
        x = x.reshape(len(x), -1)
        x = relu(self.fc2(relu(self.fc1(x))))
        return self.fc3(x)
