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

IGNORE_INDEX = -100  # a target that counts nothing, as cross-entropy has it by default
HELD_OUT_SEED = 0  # what is kept aside does not depend on the seed of a run


class Batch(NamedTuple):
    """Arguments of the model, and the class that each row of its scores should choose.

    Attributes:
        inputs: arrays, paired along the first axis.
        targets: integers, of the shape of the logits without their last axis; `IGNORE_INDEX` where
            nothing is predicted.
    """

    inputs: tuple[np.ndarray, ...]
    targets: np.ndarray


def _dataset(name):
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


class ImageClassification:
    """Images to sort into classes.

    Args:
        dataset: name of a function in ``nnlib.data`` that returns a ``Split``.
        flatten: give images as rows of pixels.
        val_size: how many training images are kept aside to choose by.
        translate: training images are moved by up to so many pixels in either direction.
        degrees: they are turned about their middle by up to so many degrees in either direction.
        scale: they are made larger or smaller by up to this share.
        hflip: half of them are mirrored, left to right.
    """

    unit = "images"
    splits = ("validation", "test")

    def __init__(
        self,
        dataset="digits",
        *,
        flatten=False,
        val_size=5000,
        translate=0,
        degrees=0.0,
        scale=0.0,
        hflip=False,
    ):
        split = _dataset(dataset)(flatten=False)
        if not 0 < val_size < len(split.x_train):
            raise ValueError(
                f"val_size must be from 1 to {len(split.x_train) - 1} images, got {val_size}"
            )
        order = np.random.default_rng(HELD_OUT_SEED).permutation(len(split.x_train))
        aside, rest = np.split(order, [val_size])
        self.train = split.x_train[rest], split.y_train[rest]
        self.heldout = {
            "validation": (split.x_train[aside], split.y_train[aside]),
            "test": (split.x_test, split.y_test),
        }
        self.flatten, self.hflip = flatten, hflip
        self.translate, self.degrees, self.scale = translate, np.radians(degrees), scale
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

    def eval_batches(self, split, batch_size):
        """The batches of a part, "validation" or "test", in order."""
        for images, labels in batches(*self.heldout[split], batch_size=batch_size):
            yield self._as_batch(images, labels)

    def _as_batch(self, images, labels):
        return Batch((images.reshape(len(images), -1) if self.flatten else images,), labels)

    def _vary(self, images, rng):
        """Each image moved, turned, scaled, perhaps mirrored; what moves in at an edge is empty."""
        n = len(images)
        if self.degrees or self.scale:
            angles = rng.uniform(-self.degrees, self.degrees, n)
            images = _turned(images, angles, 1 + rng.uniform(-self.scale, self.scale, n))
        if self.translate:
            k, (height, width) = self.translate, images.shape[2:]
            padded = np.pad(images, ((0, 0), (0, 0), (k, k), (k, k)))
            windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), (2, 3))
            down, right = rng.integers(2 * k + 1, size=(2, n))
            images = windows[np.arange(n), :, down, right]
        if self.hflip:
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


class LanguageModeling:
    """A text, symbol by symbol: from each place, the next one.

    Args:
        dataset: name of a function in ``nnlib.data`` that returns a string.
        block_size: length of a training example.
        val_fraction: share of the text, at its end, that is kept aside.
    """

    unit = "tokens"
    splits = ("validation",)

    def __init__(self, dataset="tiny_shakespeare", *, block_size=64, val_fraction=0.1):
        text = _dataset(dataset)()
        if not block_size < val_fraction * len(text) < len(text) - block_size:
            raise ValueError(
                f"val_fraction must be a share that leaves both splits over {block_size} of the "
                f"{len(text)} symbols, got {val_fraction}"
            )
        self.vocab = sorted(set(text))
        number = {symbol: i for i, symbol in enumerate(self.vocab)}
        tokens = np.array([number[symbol] for symbol in text])
        self.train, aside = np.split(tokens, [int((1 - val_fraction) * len(tokens))])
        self.heldout = {"validation": aside}
        self.block_size = block_size
        self.model_settings = {"vocab_size": len(self.vocab)}

    def batch(self, batch_size, seed, step):
        """The training batch of a step: stretches from anywhere in the text."""
        rng = np.random.default_rng((seed, step))
        starts = rng.integers(len(self.train) - self.block_size, size=(batch_size, 1))
        return self._as_batch(self.train, starts)

    def eval_batches(self, split, batch_size):
        """The whole of a part, cut into stretches that do not overlap."""
        tokens = self.heldout[split]
        starts = np.arange(0, len(tokens) - self.block_size, self.block_size)[:, None]
        for (chosen,) in batches(starts, batch_size=batch_size):
            yield self._as_batch(tokens, chosen)

    def _as_batch(self, tokens, starts):
        places = starts + np.arange(self.block_size + 1)  # (batch, time + 1)
        return Batch((tokens[places[:, :-1]],), tokens[places[:, 1:]])


class NumberTranslation:
    """English number words into French ones, a word at a time.

    Args:
        train_size, val_size, test_size: how many numbers in each part; no number is in two.
    """

    unit = "tokens"
    splits = ("validation", "test")
    pad_id, bos_id, eos_id = 0, 1, 2  # symbols of both languages that are no words

    def __init__(self, *, train_size=20_000, val_size=2000, test_size=2000):
        if min(train_size, val_size, test_size) < 1:
            raise ValueError(
                f"no part may be empty, got {train_size}, {val_size} and {test_size} numbers"
            )
        pairs = data.number_words(train_size + val_size + test_size, seed=HELD_OUT_SEED)
        sentences = [[words(text) for text in pair] for pair in pairs]
        self.src_vocab, self.tgt_vocab = (
            ["<pad>", "<bos>", "<eos>", *sorted({word for one in side for word in one})]
            for side in zip(*sentences, strict=True)
        )
        source = self._table([pair[0] for pair in sentences], self.src_vocab)
        target = self._table([pair[1] for pair in sentences], self.tgt_vocab)
        cuts = np.cumsum([train_size, val_size])
        sources, targets = np.split(source, cuts), np.split(target, cuts)
        self.train = sources[0], targets[0]
        self.heldout = dict(
            zip(("validation", "test"), zip(sources[1:], targets[1:], strict=True), strict=True)
        )
        self.model_settings = {
            "source_size": len(self.src_vocab),
            "target_size": len(self.tgt_vocab),
        }

    def _table(self, sentences, symbols):
        """Rows <bos> words <eos>, padded to one length: (n, time)."""
        number = {symbol: i for i, symbol in enumerate(symbols)}
        table = np.full((len(sentences), max(map(len, sentences)) + 2), self.pad_id)
        for row, sentence in zip(table, sentences, strict=True):
            row[: len(sentence) + 2] = [
                self.bos_id,
                *(number[word] for word in sentence),
                self.eos_id,
            ]
        return table

    def batch(self, batch_size, seed, step):
        """The training batch of a step."""
        chosen = _shuffled(len(self.train[0]), batch_size, seed, step)
        return self._as_batch(*(array[chosen] for array in self.train))

    def eval_batches(self, split, batch_size):
        """The batches of a part, "validation" or "test", in order."""
        for pair in batches(*self.heldout[split], batch_size=batch_size):
            yield self._as_batch(*pair)

    def _as_batch(self, source, target):
        following = target[:, 1:]
        asked = np.where(following == self.pad_id, IGNORE_INDEX, following)
        return Batch((source, target[:, :-1], source == self.pad_id), asked)


def words(text):
    """The words of a number, split at spaces and hyphens."""
    return text.replace("-", " ").split()


class SyntheticTokens:
    """Symbols without meaning, for measuring speed.

    Args:
        vocab_size: number of symbols.
        block_size: length of an example.
    """

    unit = "tokens"
    splits = ("validation",)

    def __init__(self, *, vocab_size=50_304, block_size=1024):
        self.block_size = block_size
        self.model_settings = {"vocab_size": vocab_size}

    def batch(self, batch_size, seed, step):
        """The training batch of a step."""
        rng = np.random.default_rng((seed, step))
        size = batch_size, self.block_size + 1
        tokens = rng.integers(self.model_settings["vocab_size"], size=size)
        return Batch((tokens[:, :-1],), tokens[:, 1:])

    def eval_batches(self, _split, batch_size):
        """One batch, so that such a run is evaluated like any other."""
        yield self.batch(batch_size, HELD_OUT_SEED, step=0)


TASKS = {
    task.__name__: task
    for task in (ImageClassification, LanguageModeling, NumberTranslation, SyntheticTokens)
}
