"""Interactive figures of the chapter on convolutional networks."""

from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery
from nnlib.scratch import Tensor, no_grad
from nnlib.scratch.nn import CrossEntropyLoss, Module


def _gradient_signs(model: Module, image: np.ndarray, label: int) -> np.ndarray:
    """Sign of the gradient of the loss with respect to each pixel of one image (1, H, W)."""
    pixels = Tensor(image[None], requires_grad=True)
    CrossEntropyLoss()(model(pixels), Tensor(np.array([label]))).backward()
    return np.sign(pixels.grad[0])


@no_grad()
def _probabilities(model: Module, image: np.ndarray) -> np.ndarray:
    logits = model(Tensor(image[None])).numpy()[0]
    exponentials = np.exp(logits - logits.max())
    return exponentials / exponentials.sum()


def worst_and_random_changes(
    model: Module,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    steps: Sequence[int] = (0, 1, 2, 3, 4),
    levels: int = 16,
    seed: int = 0,
) -> widgets.VBox:
    """Change every pixel by the same amount, up or down: at random, or by the gradient's sign.

    Args:
        model: maps images (N, 1, H, W) to logits (N, classes).
        images: images (n, 1, H, W), from 0 to 1.
        labels: their classes (n,).
        steps: sizes of the change, in units of 1 / levels.
        levels: number of gray levels between paper and ink.
        seed: of the random signs.

    Returns:
        The widget.
    """
    random_signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=images.shape)
    worst_signs = np.array(
        [_gradient_signs(model, image, label) for image, label in zip(images, labels, strict=True)]
    )

    def draw(ax, image, direction, step):
        signs = {"at random": random_signs, "the worst": worst_signs}[direction][image]
        changed = np.clip(images[image] + step / levels * signs, 0, 1)
        probabilities = _probabilities(model, changed)
        ax.axis("off")
        left = ax.inset_axes((0.0, 0.08, 0.36, 0.86))
        left.imshow(changed[0], vmin=0, vmax=1)
        left.axis("off")
        right = ax.inset_axes((0.5, 0.12, 0.48, 0.8))
        colors = [plot.PALETTE["gray"]] * len(probabilities)
        colors[labels[image]] = plot.PALETTE["blue"]
        right.barh(range(len(probabilities)), probabilities, color=colors)
        right.set(yticks=range(len(probabilities)), xlim=(0, 1), xticks=(0, 1), ylabel="answer")
        right.invert_yaxis()
        ax.set_title(
            f"a {labels[image]}, {direction}, {step}/{levels}: read as {probabilities.argmax()} "
            f"({probabilities.max():.2f})"
        )

    return gallery(
        draw,
        size=(4.6, 2.9),
        dpi=90,
        image={f"{label} (no. {i})": i for i, label in enumerate(labels, start=0)},
        direction={"at random": "at random", "the worst": "the worst"},
        step={f"{step}/{levels}": step for step in steps},
    )
