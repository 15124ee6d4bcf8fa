"""Exploration of the tour: a playground of small networks on points in the plane."""

import numpy as np
from matplotlib.colors import ListedColormap

from nnlib import plot
from nnlib.data import circles, moons, spirals, xor
from nnlib.demos.gallery import gallery
from nnlib.scratch import Tensor, manual_seed
from nnlib.scratch.functional import cross_entropy
from nnlib.scratch.models import MLP
from nnlib.scratch.models.mlp import ACTIVATIONS

# How sure a network is of class 1, in six shades; with points and letters, all that is drawn.
SHADES = ["#8ABFE0", "#B5D7EC", "#DFEEF7", "#FBE9DF", "#F5CDB5", "#EEB08B"]
COLORS = [*SHADES, *plot.CLASS_COLORS[:2], plot.PALETTE["paper"], plot.PALETTE["ink"]]
COLORS += ["#626A71", "#A5AAAF", "#D2D4D7"]  # the soft edges of letters


def _scores(x, parameters, activation):
    """Scores (rates, n, 2) of one network for each learning rate, stacked along the first axis."""
    *hidden, (weight, bias) = parameters
    for hidden_weight, hidden_bias in hidden:
        x = ACTIVATIONS[activation](x @ hidden_weight + hidden_bias)
    return x @ weight + bias


def _train(x, y, hidden_sizes, activation, rates, rounds, seed):
    """The parameters after each number of rounds, of networks that start alike: one a rate."""
    manual_seed(seed)
    copies = (len(rates), 1, 1)
    parameters = [
        [
            Tensor(np.tile(array, copies), requires_grad=True)
            for array in (layer.weight.numpy().T, layer.bias.numpy())
        ]
        for layer in MLP(2, hidden_sizes, 2, activation).double().layers
    ]
    x, target = Tensor(x), np.tile(y, len(rates))
    kept = {}
    for step in range(1, max(rounds) + 1):
        scores = _scores(x, parameters, activation).reshape(-1, 2)
        losses = cross_entropy(scores, target, reduction="none").reshape(len(rates), -1)
        # A loss times its rate has a gradient times its rate: one step serves all networks.
        (losses.mean(dim=1) * rates).sum().backward()
        for parameter in (one for layer in parameters for one in layer):
            parameter.data, parameter.grad = parameter.data - parameter.grad, None
        if step in rounds:
            kept[step] = [[Tensor(one.data) for one in layer] for layer in parameters]
    return kept


def network_playground(
    data=None,
    *,
    networks=((), (3,), (8,), (8, 8)),
    activations=("tanh", "relu"),
    rates=(0.3, 3.0),
    rounds=(10, 100, 1000),
    seed=0,
):
    """Choose data, network, activation, learning rate and training time; see the boundary form.

    All points are used in each round of gradient descent. There is one picture, about 40 ms to
    draw, for each combination.

    Args:
        data: name -> points (n, 2) and their classes (n,), 0 or 1; None for four sets of the book.
            Coordinates are brought to mean 0 and standard deviation 1.
        networks: sizes of the hidden layers of each network; () for none.
        activations: as `MLP` takes them.
        rates: learning rates.
        rounds: how many rounds of training to show, in increasing order.
        seed: of the weights at the start, which are the same for all rates.
    """
    data = data or {
        "moons": moons(80, noise=0.15),
        "ring": circles(80, noise=0.1),
        "XOR": xor(80, noise=0.2),
        "spirals": spirals(80, noise=0.03),
    }
    reach, places = 2.4, np.linspace(-2.4, 2.4, 81)
    grid = Tensor(np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2))
    known = {}

    def trained(name, hidden_sizes, activation):
        """Points, and for each number of rounds how sure of class 1 each rate's network is."""
        key = name, hidden_sizes, activation if hidden_sizes else None
        if key not in known:
            x, y = data[name]
            x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float64)
            stages = _train(x, y, hidden_sizes, activation, np.array(rates), rounds, seed)
            known[key] = (
                x,
                {
                    count: [
                        (scores[..., 1] - scores[..., 0])
                        for scores in (
                            _scores(where, parameters, activation).numpy()
                            for where in (grid, Tensor(x))
                        )
                    ]
                    for count, parameters in stages.items()
                },
            )
        return known[key]

    def draw(ax, data_set, network, activation, learning_rate, rounds):
        x, stages = trained(data_set, network, activation)
        y, rate = data[data_set][1], rates.index(learning_rate)
        margins, own = stages[rounds]
        sure = 1 / (1 + np.exp(-np.clip(margins[rate], -30, 30))).reshape(len(places), -1)
        ax.imshow(
            sure,
            extent=(-reach, reach, -reach, reach),
            origin="lower",
            cmap=ListedColormap(SHADES),
            vmin=0,
            vmax=1,
        )
        for kind, color in enumerate(plot.CLASS_COLORS[:2]):
            ax.plot(*x[y == kind].T, plot.MARKERS[kind], color=color, ms=3.2)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xticks=(), yticks=())
        right = np.sum((own[rate] > 0) == y)
        ax.set_title(f"{data_set}, round {rounds}: {right} of {len(y)} right", fontsize=10)

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
        rounds={f"{count}": count for count in rounds},
    )
