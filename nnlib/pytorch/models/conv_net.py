"""The plain convolutional network: filter, bend, shrink, again and again, then decide."""

from torch import nn
from torch.nn import functional as F


class ConvNet(nn.Module):
    """3 x 3 convolutions, the image halved after each, and two linear layers.

    The scheme of Simonyan and Zisserman (2015), with one convolution between two poolings.

    Args:
        in_channels: channels of an image.
        num_classes: length of the output.
        image_size: height and width of an image; 28 for MNIST.
        channels: filters of each convolution, in order.
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
        sizes = [in_channels, *channels]
        self.convs = nn.ModuleList(
            nn.Conv2d(sizes[i], sizes[i + 1], kernel_size=3, padding="same", bias=not batch_norm)
            for i in range(len(channels))
        )
        norm = nn.BatchNorm2d if batch_norm else nn.Identity
        self.norms = nn.ModuleList(norm(size) for size in channels)
        self.drop = nn.Dropout(dropout)
        self.fc1 = nn.Linear(channels[-1] * side**2, hidden_size)
        self.fc2 = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = F.max_pool2d(F.relu(norm(conv(x)), inplace=True), kernel_size=2)
        x = F.relu(self.fc1(self.drop(x.flatten(start_dim=1))))
        return self.fc2(self.drop(x))
