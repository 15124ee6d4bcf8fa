"""Explorations of the chapter on normalization and residual networks."""

import numpy as np

from nnlib import plot
from nnlib.demos.gallery import gallery

KINDS = {  # name -> (skip, normalize)
    "plain": (False, False),
    "normalized": (False, True),
    "residual": (True, False),
    "both": (True, True),
}


def propagate(depth, *, skip, normalize, gain=1.0, width=64, batch=64, seed=0):
    """Root mean square of the signal, and of its derivative, in a random stack of ReLU layers.

    Layer l computes z' = W relu(N(z)), to which ``skip`` adds z; N is batch normalization or
    nothing.

    Args:
        depth: number of layers.
        skip, normalize: which of the two helps there are.
        gain: standard deviation of the weights in units of He's, sqrt(2 / width).
        width: features; batch: examples; seed: of weights, examples and last derivative.

    Returns:
        Two arrays (depth + 1,): sizes of z, and of the derivative by z, both from input to output.
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
    blame = [grad]
    for weight, normal, spread in reversed(kept):
        inner = (weight.T @ grad) * (normal > 0)
        if normalize:
            along = (inner * normal).mean(axis=1, keepdims=True)
            inner = (inner - inner.mean(axis=1, keepdims=True) - normal * along) / spread
        grad = skip * grad + inner
        blame.append(grad)
    return tuple(np.sqrt([np.mean(a**2) for a in part]) for part in (signal, blame[::-1]))


def signal_and_gradient(*, depths=(8, 16, 32, 64), gains=(0.7, 1.0, 1.4)):
    """Size of signal and gradient at every layer, for four kinds of stack.

    Args:
        depths: positions of the slider for the number of layers.
        gains: positions of the slider for the size of the weights, in units of He's.
    """

    def draw(ax, kind, weights, layers):
        skip, normalize = KINDS[kind]
        signal, blame = propagate(layers, skip=skip, normalize=normalize, gain=weights)
        ax.axhline(1, color=plot.PALETTE["gray"], lw=1)
        ax.semilogy(signal, color=plot.PALETTE["blue"], label="signal, left to right")
        ax.semilogy(blame, "--", color=plot.PALETTE["orange"], label="gradient, right to left")
        ax.set(xlim=(0, max(depths)), ylim=(1e-13, 1e19), xlabel="layer", ylabel="size")
        ax.legend(loc="upper right")
        ax.set_title(
            f"{kind}, weights × {weights:g}, {layers} layers:\n"
            f"signal × {signal[-1] / signal[0]:.1e}, gradient × {blame[0] / blame[-1]:.1e}",
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
