"""What a recipe learns: batches as a function of seed and step, and examples kept aside.

A run that is stopped and resumed, or spread over several processes, sees the same batches, because
nothing here remembers what came before. Every task is a choice among classes, once for an image,
once for each next symbol of a text, so that one loss serves all.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nnlib import data
from nnlib.data.batching import batches

IGNORED = -100  # a target that counts nothing, as cross-entropy has it by default
HELD_OUT_SEED = 0  # what is kept aside does not depend on the seed of a run


class Batch(NamedTuple):
    """Arguments of the model, and the class that each row of its scores should choose.

    Attributes:
        inputs: arrays, paired along the first axis.
        targets: integers, of the shape of the model's scores without their last axis; `IGNORED`
            where nothing is asked.
    """

    inputs: tuple[np.ndarray, ...]
    targets: np.ndarray


def _data_set(name):
    if not hasattr(data, name):
        raise ValueError(f"unknown data set {name!r}; known are {', '.join(data.__all__)}")
    return getattr(data, name)


def _shuffled(n, batch_size, seed, step):
    """Which examples step ``step`` takes, if every epoch goes through ``n`` in an order of its own.

    The last examples of an epoch that fill no batch are left out of it.
    """
    if not 1 <= batch_size <= n:
        raise ValueError(
            f"batch_size must be from 1 to the {n} training examples, got {batch_size}"
        )
    epoch, place = divmod(step, n // batch_size)
    start = place * batch_size
    return _epoch_order(n, seed, epoch)[start : start + batch_size]


@lru_cache(maxsize=2)
def _epoch_order(n, seed, epoch):
    return np.random.default_rng((seed, epoch)).permutation(n)


class Images:
    """Images to sort into classes.

    Args:
        load: name of a function in ``nnlib.data`` that returns a ``Split``.
        flatten: give images as rows of pixels.
        validation: how many training images are kept aside to choose by.
        shift: training images are moved by up to so many pixels in either direction.
        turn: they are turned about their middle by up to so many degrees in either direction.
        zoom: they are made larger or smaller by up to this share.
        flip: half of them are mirrored, left to right.
    """

    unit = "images"
    parts = ("validation", "test")

    def __init__(
        self,
        load="digits",
        *,
        flatten=False,
        validation=5000,
        shift=0,
        turn=0.0,
        zoom=0.0,
        flip=False,
    ):
        split = _data_set(load)(flatten=False)
        if not 0 < validation < len(split.x_train):
            raise ValueError(
                f"validation must be from 1 to {len(split.x_train) - 1} images, got {validation}"
            )
        order = np.random.default_rng(HELD_OUT_SEED).permutation(len(split.x_train))
        aside, rest = np.split(order, [validation])
        self.train = split.x_train[rest], split.y_train[rest]
        self.aside = {
            "validation": (split.x_train[aside], split.y_train[aside]),
            "test": (split.x_test, split.y_test),
        }
        self.flatten, self.flip = flatten, flip
        self.shift, self.turn, self.zoom = shift, np.radians(turn), zoom
        channels, height, width = split.x_train.shape[1:]
        if flatten:
            self.model_settings = {"in_features": channels * height * width, "out_features": 10}
        else:
            self.model_settings = {"in_channels": channels, "num_classes": 10}

    def batch(self, batch_size, seed, step):
        """The training batch of a step."""
        chosen = _shuffled(len(self.train[0]), batch_size, seed, step)
        images, labels = (array[chosen] for array in self.train)
        images = self._vary(images, np.random.default_rng((seed, step, 1)))
        return self._as_batch(images, labels)

    def held_out(self, part, batch_size):
        """The batches of a part, "validation" or "test", in order."""
        for images, labels in batches(*self.aside[part], batch_size=batch_size):
            yield self._as_batch(images, labels)

    def _as_batch(self, images, labels):
        return Batch((images.reshape(len(images), -1) if self.flatten else images,), labels)

    def _vary(self, images, rng):
        """Each image moved, turned, scaled, perhaps mirrored; what moves in at an edge is empty."""
        n = len(images)
        if self.turn or self.zoom:
            angles = rng.uniform(-self.turn, self.turn, n)
            images = _turned(images, angles, 1 + rng.uniform(-self.zoom, self.zoom, n))
        if self.shift:
            k, (height, width) = self.shift, images.shape[2:]
            padded = np.pad(images, ((0, 0), (0, 0), (k, k), (k, k)))
            windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), (2, 3))
            down, right = rng.integers(2 * k + 1, size=(2, n))
            images = windows[np.arange(n), :, down, right]
        if self.flip:
            mirrored = rng.random(n) < 0.5
            images = np.where(mirrored[:, None, None, None], images[..., ::-1], images)
        return images


def _turned(images, angles, scales):
    """Images (N, C, H, W) turned about their middle and enlarged, each by its own.

    Every new pixel looks up where it came from, and mixes the four pixels around that place, the
    nearer the more (bilinear interpolation).
    """
    n, channels, height, width = images.shape
    middle = (height - 1) / 2, (width - 1) / 2
    y, x = np.mgrid[:height, :width] - np.reshape(middle, (2, 1, 1))
    cos, sin = (f(angles)[:, None, None] / scales[:, None, None] for f in (np.cos, np.sin))
    # In a frame of two empty pixels: what comes from outside comes from the frame.
    from_y = np.clip(cos * y + sin * x + middle[0] + 2, 0, height + 2)  # (N, H, W)
    from_x = np.clip(cos * x - sin * y + middle[1] + 2, 0, width + 2)
    top, left = from_y.astype(int), from_x.astype(int)
    below, right = (
        (place - corner).astype(images.dtype) for place, corner in ((from_y, top), (from_x, left))
    )
    framed = np.pad(images, ((0, 0), (0, 0), (2, 2), (2, 2))).transpose(0, 2, 3, 1)
    pixels = framed.reshape(-1, channels)
    row = width + 4
    corner = (np.arange(n)[:, None, None] * (height + 4) + top) * row + left
    mixed = sum(
        pixels[corner + offset] * share[..., None]  # (N, H, W, C)
        for offset, share in (
            (0, (1 - below) * (1 - right)),
            (1, (1 - below) * right),
            (row, below * (1 - right)),
            (row + 1, below * right),
        )
    )
    return mixed.transpose(0, 3, 1, 2)


class Text:
    """A text, symbol by symbol: from each place, the next one.

    Args:
        load: name of a function in ``nnlib.data`` that returns a string.
        block_size: length of a training example.
        validation: share of the text, at its end, that is kept aside.
    """

    unit = "tokens"
    parts = ("validation",)

    def __init__(self, load="tiny_shakespeare", *, block_size=64, validation=0.1):
        text = _data_set(load)()
        if not block_size < validation * len(text) < len(text) - block_size:
            raise ValueError(
                f"validation must be a share that leaves both parts more than {block_size} of the "
                f"{len(text)} symbols, got {validation}"
            )
        self.symbols = sorted(set(text))
        number = {symbol: i for i, symbol in enumerate(self.symbols)}
        tokens = np.array([number[symbol] for symbol in text])
        self.train, aside = np.split(tokens, [int((1 - validation) * len(tokens))])
        self.aside = {"validation": aside}
        self.block_size = block_size
        self.model_settings = {"vocab_size": len(self.symbols)}

    def batch(self, batch_size, seed, step):
        """The training batch of a step: stretches from anywhere in the text."""
        rng = np.random.default_rng((seed, step))
        starts = rng.integers(len(self.train) - self.block_size, size=(batch_size, 1))
        return self._as_batch(self.train, starts)

    def held_out(self, part, batch_size):
        """The whole of a part, cut into stretches that do not overlap."""
        tokens = self.aside[part]
        starts = np.arange(0, len(tokens) - self.block_size, self.block_size)[:, None]
        for (chosen,) in batches(starts, batch_size=batch_size):
            yield self._as_batch(tokens, chosen)

    def _as_batch(self, tokens, starts):
        places = starts + np.arange(self.block_size + 1)  # (batch, time + 1)
        return Batch((tokens[places[:, :-1]],), tokens[places[:, 1:]])


class Numbers:
    """English number words into French ones, a word at a time.

    Args:
        train, validation, test: how many numbers in each part; no number is in two.
    """

    unit = "tokens"
    parts = ("validation", "test")
    padding, start, end = 0, 1, 2  # symbols of both languages that are no words

    def __init__(self, *, train=20_000, validation=2000, test=2000):
        if min(train, validation, test) < 1:
            raise ValueError(f"no part may be empty, got {train}, {validation} and {test} numbers")
        pairs = data.number_words(train + validation + test, seed=HELD_OUT_SEED)
        sentences = [[words(text) for text in pair] for pair in pairs]
        self.source_symbols, self.target_symbols = (
            ["<pad>", "<start>", "<end>", *sorted({word for one in side for word in one})]
            for side in zip(*sentences, strict=True)
        )
        source = self._table([pair[0] for pair in sentences], self.source_symbols)
        target = self._table([pair[1] for pair in sentences], self.target_symbols)
        cuts = np.cumsum([train, validation])
        sources, targets = np.split(source, cuts), np.split(target, cuts)
        self.train = sources[0], targets[0]
        self.aside = dict(
            zip(("validation", "test"), zip(sources[1:], targets[1:], strict=True), strict=True)
        )
        self.model_settings = {
            "src_vocab_size": len(self.source_symbols),
            "tgt_vocab_size": len(self.target_symbols),
        }

    def _table(self, sentences, symbols):
        """Rows <start> words <end>, padded to one length: (n, time)."""
        number = {symbol: i for i, symbol in enumerate(symbols)}
        table = np.full((len(sentences), max(map(len, sentences)) + 2), self.padding)
        for row, sentence in zip(table, sentences, strict=True):
            row[: len(sentence) + 2] = [self.start, *(number[word] for word in sentence), self.end]
        return table

    def batch(self, batch_size, seed, step):
        """The training batch of a step."""
        chosen = _shuffled(len(self.train[0]), batch_size, seed, step)
        return self._as_batch(*(array[chosen] for array in self.train))

    def held_out(self, part, batch_size):
        """The batches of a part, "validation" or "test", in order."""
        for pair in batches(*self.aside[part], batch_size=batch_size):
            yield self._as_batch(*pair)

    def _as_batch(self, source, target):
        following = target[:, 1:]
        asked = np.where(following == self.padding, IGNORED, following)
        return Batch((source, target[:, :-1], source == self.padding), asked)


def words(text):
    """The words of a number, split at spaces and hyphens."""
    return text.replace("-", " ").split()


class RandomTokens:
    """Symbols without meaning, for measuring speed.

    Args:
        vocab_size: number of symbols.
        block_size: length of an example.
    """

    unit = "tokens"
    parts = ("validation",)

    def __init__(self, *, vocab_size=50_304, block_size=1024):
        self.block_size = block_size
        self.model_settings = {"vocab_size": vocab_size}

    def batch(self, batch_size, seed, step):
        """The training batch of a step."""
        rng = np.random.default_rng((seed, step))
        size = batch_size, self.block_size + 1
        tokens = rng.integers(self.model_settings["vocab_size"], size=size)
        return Batch((tokens[:, :-1],), tokens[:, 1:])

    def held_out(self, _part, batch_size):
        """One batch, so that such a run is judged like any other."""
        yield self.batch(batch_size, HELD_OUT_SEED, step=0)


TASKS = {task.__name__: task for task in (Images, Text, Numbers, RandomTokens)}
