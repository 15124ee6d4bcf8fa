"""NumPy's own limit: how long the matrix products of a task take, alone and in the best shapes.

The ratio to PyTorch depends on two libraries of matrix products, NumPy's and PyTorch's. The ratio
to this limit depends only on what nnlib does between its products.
"""

import itertools
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Product:
    """``count`` products of an (m, k) by a (k, n) matrix.

    Args:
        join: the dimension along which they may be one larger product: "m" or "n" if all share
            a factor, "k" if their results are added. None: each needs the result of another, or
            they have nothing in common.
    """

    m: int
    k: int
    n: int
    count: int = 1
    join: str | None = None

    @property
    def flops(self) -> int:
        """Multiplications and additions."""
        return 2 * self.m * self.k * self.n * self.count

    def shapes(self) -> list[tuple[int, int, int, int]]:
        """Ways to compute them, as (m, k, n, how many): one by one or joined, and transposed."""
        ways = [(self.m, self.k, self.n, self.count)]
        if self.join and self.count > 1:
            sizes = {"m": self.m, "k": self.k, "n": self.n}
            sizes[self.join] *= self.count
            ways.append((*sizes.values(), 1))
        return ways + [(n, k, m, count) for m, k, n, count in ways]


def forward_backward(rows, features, outputs, needs_input_grad=True):
    """The products of a linear layer: result, gradient of the weights, gradient of the input."""
    products = [Product(rows, features, outputs), Product(outputs, rows, features)]
    return products + [Product(rows, outputs, features)] * needs_input_grad


def mlp(batch, sizes):
    """The products of a multilayer perceptron, whose input needs no gradient."""
    return [
        product
        for index, (features, outputs) in enumerate(itertools.pairwise(sizes))
        for product in forward_backward(batch, features, outputs, needs_input_grad=index > 0)
    ]


def convolution(images, channels, filters, kernel, positions):
    """The products of a convolution: filters by columns, one product per image or one for all."""
    window = channels * kernel * kernel
    return [
        Product(filters, window, positions, images, join="n"),
        Product(filters, positions, window, images, join="k"),
        Product(window, filters, positions, images, join="n"),
    ]


def lstm(steps, batch, features, units):
    """The products of an LSTM: those of its input at once, those of its state step by step.

    The initial state is constant, so the backward pass needs one product fewer.
    """
    return [
        *forward_backward(steps * batch, features, 4 * units),
        Product(batch, units, 4 * units, steps),
        Product(batch, 4 * units, units, steps - 1),
        Product(4 * units, steps * batch, units),
    ]


def attention(batch, positions, features, heads):
    """The products of self-attention: four projections; six products per sample and head."""
    head = features // heads
    square = Product(positions, head, positions, batch * heads)  # queries by keys, and its like
    narrow = Product(positions, positions, head, batch * heads)  # weights by values, and its like
    return [
        *forward_backward(batch * positions, features, 3 * features),
        *[square, narrow] * 2,
        *[narrow] * 2,
        *forward_backward(batch * positions, features, features),
    ]


def gpt(layers, batch, positions, features, heads, tokens):
    """The products of GPT: attention and feed-forward network per layer, and the output layer."""
    rows = batch * positions
    layer = [
        *attention(batch, positions, features, heads),
        *forward_backward(rows, features, 4 * features),
        *forward_backward(rows, 4 * features, features),
    ]
    return layer * layers + forward_backward(rows, features, tokens)


PRODUCTS = {
    "MLP 784-128-10, SGD": mlp(64, (784, 128, 10)),
    "MLP 784-512-512-10, Adam": mlp(64, (784, 512, 512, 10)),
    "LSTM, T64 B32 I64 H128": lstm(64, 32, 64, 128),
    "causal multi-head attention, B16 T128 d128 h4": attention(16, 128, 128, 4),
    "GPT step, 4 layers d128 T128 B16": gpt(4, 16, 128, 128, 4, 65),
    "convolution 3x3, 3 to 16 channels": convolution(32, 3, 16, 3, 32 * 32),
    "convolution 5x5, 16 to 32 channels": convolution(64, 16, 32, 5, 28 * 28),
}


def multiply(shape, dtype):
    """A function without arguments that computes the products of one shape, all in cache."""
    m, k, n, count = shape
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((m, k)).astype(dtype), rng.standard_normal((k, n)).astype(dtype)
    out = np.empty((m, n), dtype)

    def run():
        for _ in range(count):
            np.matmul(a, b, out=out)

    return run


def limit(name, dtype, seconds):
    """Seconds that the products of a task take, each in its fastest shape; None without products.

    Args:
        seconds: maps a function without arguments to the seconds that one call takes.
    """
    if name not in PRODUCTS:
        return None
    fastest = {
        product: min(seconds(multiply(shape, dtype)) for shape in product.shapes())
        for product in set(PRODUCTS[name])
    }
    return sum(fastest[product] for product in PRODUCTS[name])
