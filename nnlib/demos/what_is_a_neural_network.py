"""Interactive figure of the first chapter: small networks that classify points in the plane."""

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.colors import ListedColormap

from nnlib import plot
from nnlib.data import circles, moons, spirals, xor
from nnlib.demos.gallery import gallery
from nnlib.scratch import Tensor, manual_seed
from nnlib.scratch.functional import cross_entropy
from nnlib.scratch.models import MLP
from nnlib.scratch.models.mlp import ACTIVATIONS, Activation

# The probability of class 1 in six shades; with points and text, these are all the colors drawn.
SHADE_COLORS = ["#8ABFE0", "#B5D7EC", "#DFEEF7", "#FBE9DF", "#F5CDB5", "#EEB08B"]
SHADES = ListedColormap(SHADE_COLORS)
COLORS = [*SHADE_COLORS, *plot.CLASS_COLORS[:2], plot.PALETTE["paper"], plot.PALETTE["ink"]]
COLORS += ["#626A71", "#A5AAAF", "#D2D4D7"]  # antialiased edges of text


def _logits(x: Any, parameters: Sequence[Sequence[Tensor]], activation: Activation) -> Tensor:
    """Logits (rates, n, 2) of one network per learning rate, stacked along the first axis."""
    *hidden, (weight, bias) = parameters
    for hidden_weight, hidden_bias in hidden:
        x = ACTIVATIONS[activation](x @ hidden_weight + hidden_bias)
    return x @ weight + bias


def _train(
    x: np.ndarray,
    y: np.ndarray,
    hidden_sizes: Sequence[int],
    activation: Activation,
    rates: np.ndarray,
    epochs: Sequence[int],
    seed: int,
) -> dict[int, list[list[Tensor]]]:
    """Parameters after each number of epochs, of identically initialized networks, one per rate."""
    manual_seed(seed)
    stacked = (len(rates), 1, 1)
    arrays = [
        array.numpy().T for array in MLP(2, hidden_sizes, 2, activation).double().parameters()
    ]
    parameters = [
        [Tensor(np.tile(array, stacked), requires_grad=True) for array in weight_and_bias]
        for weight_and_bias in zip(arrays[::2], arrays[1::2], strict=True)
    ]
    points, target = Tensor(x), np.tile(y, len(rates))
    stages = {}
    for step in range(1, max(epochs) + 1):
        logits = _logits(points, parameters, activation).reshape(-1, 2)
        losses = cross_entropy(logits, target, reduction="none").reshape(len(rates), -1)
        # Scaling a loss by its learning rate scales its gradient: one step updates all networks.
        (losses.mean(dim=1) * rates).sum().backward()
        for parameter in (parameter for layer in parameters for parameter in layer):
            parameter.data, parameter.grad = parameter.data - parameter.grad, None
        if step in epochs:
            stages[step] = [[Tensor(parameter.data) for parameter in layer] for layer in parameters]
    return stages


def network_playground(
    data: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    *,
    networks: Sequence[tuple[int, ...]] = ((), (3,), (8,), (8, 8)),
    activations: Sequence[Activation] = ("tanh", "relu"),
    rates: Sequence[float] = (0.3, 3.0),
    epochs: Sequence[int] = (10, 100, 1000),
    seed: int = 0,
) -> widgets.VBox:
    """Choose data, network, activation, learning rate and epochs; see the decision boundary.

    Each epoch is one step of gradient descent on all points. There is one picture for each
    combination, which takes about 40 ms to draw.

    Args:
        data: {name: (points (n, 2), classes (n,))} with classes 0 and 1; None for four toy data
            sets. Coordinates are standardized to mean 0 and standard deviation 1.
        networks: sizes of the hidden layers of each network; () for none.
        activations: as `MLP` takes them.
        rates: learning rates.
        epochs: numbers of epochs to show, in increasing order.
        seed: of the initial weights, which are the same for all learning rates.

    Returns:
        The widget.
    """
    data = data or {
        "moons": moons(80, noise=0.15),
        "ring": circles(80, noise=0.1),
        "XOR": xor(80, noise=0.2),
        "spirals": spirals(80, noise=0.03),
    }
    edge, axis = 2.4, np.linspace(-2.4, 2.4, 81)
    grid = Tensor(np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2))
    cache: dict[tuple[Any, ...], tuple[np.ndarray, dict[int, list]]] = {}

    def trained(name: str, hidden_sizes: tuple[int, ...], activation: Activation) -> tuple:
        """Points; for each number of epochs, logit differences on grid and points, per rate."""
        key = name, hidden_sizes, activation if hidden_sizes else None
        if key not in cache:
            x, y = data[name]
            x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float64)
            stages = _train(x, y, hidden_sizes, activation, np.array(rates), epochs, seed)
            cache[key] = (
                x,
                {
                    count: [
                        (logits[..., 1] - logits[..., 0])
                        for logits in (
                            _logits(inputs, parameters, activation).numpy()
                            for inputs in (grid, Tensor(x))
                        )
                    ]
                    for count, parameters in stages.items()
                },
            )
        return cache[key]

    def draw(ax, data_set, network, activation, learning_rate, epochs):
        x, stages = trained(data_set, network, activation)
        y, rate = data[data_set][1], rates.index(learning_rate)
        on_grid, on_points = stages[epochs]
        probability = 1 / (1 + np.exp(-np.clip(on_grid[rate], -30, 30))).reshape(len(axis), -1)
        ax.imshow(
            probability,
            extent=(-edge, edge, -edge, edge),
            origin="lower",
            cmap=SHADES,
            vmin=0,
            vmax=1,
        )
        for kind, color in enumerate(plot.CLASS_COLORS[:2]):
            ax.plot(*x[y == kind].T, plot.MARKERS[kind], color=color, ms=3.2)
        ax.set(xlim=(-edge, edge), ylim=(-edge, edge), aspect="equal", xticks=(), yticks=())
        correct = np.sum((on_points[rate] > 0) == y)
        ax.set_title(f"{data_set}, epoch {epochs}: {correct} of {len(y)} correct", fontsize=10)

    return gallery(
        draw,
        size=(2.7, 2.9),
        menus=("data_set", "network", "activation"),
        dpi=100,
        colors=COLORS,
        data_set={name: name for name in data},
        network={"hidden: " + (" + ".join(map(str, sizes)) or "none"): sizes for sizes in networks},
        activation={name: name for name in activations},
        learning_rate={f"{rate:g}": rate for rate in rates},
        epochs={f"{count}": count for count in epochs},
    )
