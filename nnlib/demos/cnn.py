"""Explorations of the chapter on convolutional networks."""

import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery
from nnlib.scratch import Tensor, no_grad
from nnlib.scratch.nn import CrossEntropyLoss


def _slope_signs(model, image, label):
    """Sign of the derivative of the loss with respect to each pixel of one image (1, H, W)."""
    pixels = Tensor(image[None], requires_grad=True)
    CrossEntropyLoss()(model(pixels), Tensor(np.array([label]))).backward()
    return np.sign(pixels.grad[0])


@no_grad()
def _probabilities(model, image):
    scores = model(Tensor(image[None])).numpy()[0]
    shares = np.exp(scores - scores.max())
    return shares / shares.sum()


def worst_and_random_changes(model, images, labels, *, steps=(0, 1, 2, 3, 4), levels=16, seed=0):
    """Move every pixel of an image by the same amount, by chance or the worst way: the answers.

    Args:
        model: Module of `nnlib.scratch` that maps images (N, 1, H, W) to scores (N, classes).
        images: the images (n, 1, H, W), from 0 to 1.
        labels: their classes (n,).
        steps: how far each pixel is moved, in steps of 1 / levels.
        levels: how many steps there are from paper to ink.
        seed: of the random directions.
    """
    coins = np.random.default_rng(seed).choice([-1.0, 1.0], size=images.shape)
    worst = np.array(
        [_slope_signs(model, image, label) for image, label in zip(images, labels, strict=True)]
    )

    def draw(ax, image, direction, step):
        signs = {"at random": coins, "the worst": worst}[direction][image]
        changed = np.clip(images[image] + step / levels * signs, 0, 1)
        shares = _probabilities(model, changed)
        ax.axis("off")
        left = ax.inset_axes((0.0, 0.08, 0.36, 0.86))
        left.imshow(changed[0], vmin=0, vmax=1)
        left.axis("off")
        right = ax.inset_axes((0.5, 0.12, 0.48, 0.8))
        colors = [plot.PALETTE["gray"]] * len(shares)
        colors[labels[image]] = plot.PALETTE["blue"]
        right.barh(range(len(shares)), shares, color=colors)
        right.set(yticks=range(len(shares)), xlim=(0, 1), xticks=(0, 1), ylabel="answer")
        right.invert_yaxis()
        ax.set_title(
            f"a {labels[image]}, {direction}, {step}/{levels}: read as {shares.argmax()} "
            f"({shares.max():.2f})"
        )

    return gallery(
        draw,
        size=(4.6, 2.9),
        dpi=90,
        image={f"{label} (no. {i})": i for i, label in enumerate(labels, start=0)},
        direction={"at random": "at random", "the worst": "the worst"},
        step={f"{step}/{levels}": step for step in steps},
    )
