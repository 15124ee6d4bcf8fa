"""The plain convolutional network: filter, bend, shrink, again and again, then decide."""

from torch import nn
from torch.nn import functional as F


class ConvNet(nn.Module):
    """3 x 3 convolutions, now and then the image halved, and two linear layers.

    The scheme of Simonyan and Zisserman (2015), who have two or more convolutions to a pooling.

    Args:
        in_channels: channels of an image.
        num_classes: length of the output.
        image_size: height and width of an image; 28 for MNIST.
        channels: filters of the convolutions before each pooling, in order.
        depth: how many convolutions there are before each pooling.
        hidden_size: width between the linear layers.
        batch_norm: normalize what each convolution gives (Ioffe and Szegedy, 2015).
        dropout: probability of dropping, in training, of what each linear layer is given.
    Shapes: x (N, in_channels, image_size, image_size) -> scores (N, num_classes).
    Parameters: those of convs.i, norms.i (with batch_norm), fc1 and fc2.
    Raises: ValueError if nothing is left of the image after the poolings.
    """

    def __init__(
        self,
        in_channels=1,
        num_classes=10,
        image_size=28,
        channels=(32, 64),
        depth=1,
        hidden_size=128,
        batch_norm=False,
        dropout=0.0,
    ):
        super().__init__()
        side = image_size >> len(channels)
        if side == 0:
            raise ValueError(
                f"{len(channels)} poolings leave nothing of an image of {image_size} x {image_size}"
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

    def forward(self, x):
        last = self.depth - 1
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = F.relu(norm(conv(x)), inplace=True)
            if i % self.depth == last:
                x = F.max_pool2d(x, kernel_size=2)
        x = F.relu(self.fc1(self.drop(x.flatten(start_dim=1))))
        return self.fc2(self.drop(x))
