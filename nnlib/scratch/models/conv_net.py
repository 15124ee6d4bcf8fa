"""The plain convolutional network: convolution, nonlinearity and pooling, repeated; then an MLP."""

from collections.abc import Sequence
from itertools import pairwise

from nnlib.scratch.autograd.tensor import Tensor
from nnlib.scratch.nn.activation import relu
from nnlib.scratch.nn.conv import Conv2d
from nnlib.scratch.nn.dropout import Dropout
from nnlib.scratch.nn.linear import Linear
from nnlib.scratch.nn.module import Module, ModuleList
from nnlib.scratch.nn.norm import BatchNorm2d
from nnlib.scratch.nn.pooling import max_pool2d
from nnlib.scratch.nn.shape import Identity


class ConvNet(Module):
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
        side = image_size // 2 ** len(channels)
        if side < 1:
            raise ValueError(
                f"an image of {image_size} x {image_size} is too small for {len(channels)} poolings"
            )
        self.depth = depth
        self.convs, self.norms = ModuleList(), ModuleList()
        filters = [size for size in channels for _ in range(depth)]
        for before, after in pairwise((in_channels, *filters)):
            self.convs.append(Conv2d(before, after, 3, padding=1, bias=not batch_norm))
            self.norms.append(BatchNorm2d(after) if batch_norm else Identity())
        self.drop = Dropout(dropout)
        self.fc1 = Linear(channels[-1] * side * side, hidden_size)
        self.fc2 = Linear(hidden_size, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True), start=1):
            x = relu(norm(conv(x)))
            if i % self.depth == 0:
                x = max_pool2d(x, 2)  # (N, channels[i / depth - 1], H / 2, W / 2)
        x = self.drop(x.reshape(len(x), -1))
        return self.fc2(self.drop(relu(self.fc1(x))))
