"""Interactive figures of the chapter on normalization and residual networks."""

from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery

KINDS = {  # name -> (skip, normalize)
    "plain": (False, False),
    "normalized": (False, True),
    "residual": (True, False),
    "both": (True, True),
}


def propagate(
    depth: int,
    *,
    skip: bool,
    normalize: bool,
    gain: float = 1.0,
    width: int = 64,
    batch: int = 64,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Root mean square of activations and gradients in a random deep ReLU network.

    Each layer computes z' = W relu(N(z)), plus z with a skip connection; N is batch normalization
    or the identity.

    Args:
        depth: number of layers.
        skip: add a skip connection around each layer.
        normalize: apply batch normalization before each layer.
        gain: standard deviation of the weights relative to He initialization, sqrt(2 / width).
        width: number of features.
        batch: number of examples.
        seed: of the weights, the examples and the gradient at the output.

    Returns:
        Two arrays (depth + 1,), from input to output: the root mean square of z, and of the
        gradient with respect to z.
    """
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((width, batch))  # a column for each example
    signal, kept = [z], []
    for _ in range(depth):
        weight = rng.normal(0, gain * np.sqrt(2 / width), (width, width))
        spread = z.std(axis=1, keepdims=True) + 1e-12 if normalize else 1.0
        normal = (z - z.mean(axis=1, keepdims=True)) / spread if normalize else z
        kept.append((weight, normal, spread))
        z = skip * z + weight @ np.maximum(normal, 0)
        signal.append(z)
    grad = rng.standard_normal((width, batch))
    gradients = [grad]
    for weight, normal, spread in reversed(kept):
        inner = (weight.T @ grad) * (normal > 0)
        if normalize:
            along = (inner * normal).mean(axis=1, keepdims=True)
            inner = (inner - inner.mean(axis=1, keepdims=True) - normal * along) / spread
        grad = skip * grad + inner
        gradients.append(grad)
    return _rms(signal), _rms(gradients[::-1])


def _rms(arrays: Sequence[np.ndarray]) -> np.ndarray:
    return np.sqrt([np.mean(array**2) for array in arrays])


def signal_and_gradient(
    *, depths: Sequence[int] = (8, 16, 32, 64), gains: Sequence[float] = (0.7, 1.0, 1.4)
) -> widgets.VBox:
    """Magnitude of activations and gradients at every layer, for four architectures.

    Args:
        depths: positions of the slider for the number of layers.
        gains: positions of the slider for the scale of the weights, relative to He initialization.

    Returns:
        The widget.
    """

    def draw(ax, kind, weights, layers):
        skip, normalize = KINDS[kind]
        signal, gradient = propagate(layers, skip=skip, normalize=normalize, gain=weights)
        ax.axhline(1, color=plot.PALETTE["gray"], lw=1)
        ax.semilogy(signal, color=plot.PALETTE["blue"], label="signal, left to right")
        ax.semilogy(gradient, "--", color=plot.PALETTE["orange"], label="gradient, right to left")
        ax.set(xlim=(0, max(depths)), ylim=(1e-13, 1e19), xlabel="layer", ylabel="size")
        ax.legend(loc="upper right")
        ax.set_title(
            f"{kind}, weights × {weights:g}, {layers} layers:\n"
            f"signal × {signal[-1] / signal[0]:.1e}, gradient × {gradient[0] / gradient[-1]:.1e}",
            fontsize=10,
        )

    tints = [(name, part) for name in ("blue", "orange", "gray", "ink") for part in (1, 0.6, 0.3)]
    return gallery(
        draw,
        size=(5.0, 3.5),
        colors=[plot.PALETTE["paper"], *(plot.tint(plot.PALETTE[n], part) for n, part in tints)],
        menus=("kind",),
        kind={name: name for name in KINDS},
        weights={f"He × {gain:g}": gain for gain in gains},
        layers={str(depth): depth for depth in depths},
    )
