"""Interactive figures of the chapter on multilayer perceptrons."""

from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np
from matplotlib.colors import ListedColormap

from nnlib import plot
from nnlib.data import circles
from nnlib.demos.gallery import gallery
from nnlib.scratch import Tensor, fit, manual_seed
from nnlib.scratch.models import MLP
from nnlib.scratch.nn import BCEWithLogitsLoss
from nnlib.scratch.optim import SGD


def hidden_units(
    *,
    units: Sequence[int] = (1, 2, 3, 4, 8),
    steps: Sequence[int] = (0, 30, 100, 300, 1000),
    resolution: int = 120,
) -> widgets.VBox:
    """Train networks with one hidden layer of ReLUs to separate two rings of points.

    Args:
        units: widths of the hidden layer, the positions of the first slider.
        steps: of training, in increasing order, the positions of the second slider.
        resolution: grid points along each axis.

    Returns:
        The widget.
    """
    rings, inner = circles(240, noise=0.06, seed=0)
    x, target = rings.astype(float), inner[:, None].astype(float)
    side = np.linspace(-1.5, 1.5, resolution)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    frames = {}
    for width in units:
        manual_seed(0)
        model = MLP(2, (width,), 1).double()
        optimizer = SGD(model.parameters(), lr=0.5)
        done = 0
        for count in steps:
            if count > done:
                fit(model, BCEWithLogitsLoss(), optimizer, x, target, epochs=count - done)
                done = count
            layer = model.layers[0]
            correct = np.mean((model(Tensor(x)).numpy() > 0) == target)
            predicted = (model(Tensor(plane)).numpy() > 0).reshape(resolution, resolution)
            creases = layer.weight.numpy().copy(), layer.bias.numpy().copy()
            frames[width, count] = predicted, creases, correct

    shades = ListedColormap([plot.tint(plot.PALETTE["orange"], s) for s in (0.0, 0.2)])

    def draw(ax, hidden_units, step):
        predicted, creases, correct = frames[hidden_units, step]
        extent = (-1.5, 1.5, -1.5, 1.5)
        ax.imshow(predicted, extent=extent, origin="lower", cmap=shades, vmin=0, vmax=1)
        plot.points(rings, inner, ax=ax)
        for weight, bias in zip(*creases, strict=True):
            plot.boundary(weight, bias, arrow=False, ax=ax, ls="--", lw=1.2)
        ax.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), xticks=[], yticks=[], aspect="equal")
        ax.set_title(f"hidden units: {hidden_units}, step {step}: {correct:.0%} correct")

    return gallery(
        draw,
        size=(4.2, 4.0),
        hidden_units={str(width): width for width in units},
        step={str(count): count for count in steps},
    )
