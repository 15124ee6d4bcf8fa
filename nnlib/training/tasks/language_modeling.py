"""Language models: texts by characters or by tokens, and random tokens to measure speed."""

from collections.abc import Iterable, Iterator

import numpy as np

from nnlib.data.batching import batches
from nnlib.data.text import story_splits
from nnlib.data.tokenizer import BytePairEncoding
from nnlib.training.checks import check_between, check_int
from nnlib.training.metrics import IGNORE_INDEX
from nnlib.training.tasks.task import HELD_OUT_SEED, Batch, Classification, load_dataset


class LanguageModeling(Classification):
    """Predict, at every position of a text, the next character.

    Args:
        dataset: name of a function in ``nnlib.data`` that returns a string.
        block_size: length of an example, in characters.
        val_fraction: share of the text, at its end, that is held out for validation.

    Raises:
        ValueError: for a setting out of its range, or an unknown data set.
    """

    unit = "tokens"
    splits = ("validation",)

    def __init__(
        self,
        dataset: str = "tiny_shakespeare",
        *,
        block_size: int = 64,
        val_fraction: float = 0.1,
    ):
        check_int("block_size", block_size, 1)
        check_between("val_fraction", val_fraction, 0, 1)
        text = load_dataset(dataset)()
        if not isinstance(text, str):
            raise ValueError(f"dataset must be one that returns a string, got {dataset!r}")
        self.vocab = sorted(set(text))
        tokens = np.array(self.encode(text))
        self.train, held_out = np.split(tokens, [int((1 - val_fraction) * len(tokens))])
        if not block_size < min(len(self.train), len(held_out)):
            raise ValueError(
                f"val_fraction must leave both splits more than block_size = {block_size} of the "
                f"{len(text)} characters, got {val_fraction}"
            )
        self.heldout = {"validation": held_out}
        self.block_size = block_size
        self.model_settings = {"vocab_size": len(self.vocab)}

    def encode(self, text: str) -> list[int]:
        """The tokens of a text of known characters."""
        index = {character: i for i, character in enumerate(self.vocab)}
        return [index[character] for character in text]

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of tokens."""
        return "".join(self.vocab[token] for token in tokens)

    def batch(self, batch_size: int, seed: int, step: int) -> Batch:
        generator = np.random.default_rng((seed, step))
        starts = generator.integers(len(self.train) - self.block_size, size=(batch_size, 1))
        return self._as_batch(self.train, starts)

    def eval_batches(self, split: str, batch_size: int) -> Iterator[Batch]:
        tokens = self.heldout[split]
        starts = np.arange(0, len(tokens) - self.block_size, self.block_size)[:, None]
        for (chosen,) in batches(starts, batch_size=batch_size):  # blocks that do not overlap
            yield self._as_batch(tokens, chosen)

    def _as_batch(self, tokens: np.ndarray, starts: np.ndarray) -> Batch:
        positions = starts + np.arange(self.block_size + 1)  # (batch, time + 1)
        return Batch((tokens[positions[:, :-1]],), tokens[positions[:, 1:]])


class StoryModeling(Classification):
    """Predict, at every position of the book's short stories, the next token.

    Held-out texts are read in windows that overlap by half, and only the second half of a window
    is predicted (of the first window, all), so that every prediction but the first few has a
    context of at least half a block.

    Args:
        vocab_size: number of tokens of a byte-pair encoding of the training stories, 256 or more;
            None for characters.
        block_size: length of an example, in tokens; even.

    Attributes:
        tokenizer: the byte-pair encoding; None for characters.
        vocab: the characters; absent if there is a tokenizer.

    Raises:
        ValueError: for a setting out of its range.
    """

    unit = "tokens"
    splits = ("validation", "test")
    tokenizer: BytePairEncoding | None = None

    def __init__(self, *, vocab_size: int | None = 1024, block_size: int = 64):
        check_int("block_size", block_size, 2)
        if block_size % 2:
            raise ValueError(f"block_size must be even, got {block_size}")
        texts = story_splits()
        if vocab_size is None:
            self.vocab = sorted(set("".join(texts)))
            size = len(self.vocab)
        else:
            check_int("vocab_size", vocab_size, 256)
            self.tokenizer = BytePairEncoding.train(texts[0], vocab_size)
            size = self.tokenizer.vocab_size
        encoded = [np.array(self.encode(text)) for text in texts]
        self.train, validation, test = encoded
        self.heldout = {"validation": validation, "test": test}
        if not block_size < min(map(len, encoded)):
            raise ValueError(
                f"block_size must be below {min(map(len, encoded))}, the length of the shortest "
                f"split, got {block_size}"
            )
        self.block_size = block_size
        self.model_settings = {"vocab_size": size}

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        if self.tokenizer is not None:
            return self.tokenizer.encode(text)
        index = {character: i for i, character in enumerate(self.vocab)}
        return [index[character] for character in text]

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of tokens."""
        if self.tokenizer is not None:
            return self.tokenizer.decode(tokens)
        return "".join(self.vocab[token] for token in tokens)

    def batch(self, batch_size: int, seed: int, step: int) -> Batch:
        generator = np.random.default_rng((seed, step))
        starts = generator.integers(len(self.train) - self.block_size, size=(batch_size, 1))
        rows = self.train[starts + np.arange(self.block_size + 1)]  # (batch, time + 1)
        return Batch((rows[:, :-1],), rows[:, 1:])

    def eval_batches(self, split: str, batch_size: int) -> Iterator[Batch]:
        tokens, half = self.heldout[split], self.block_size // 2
        last = len(tokens) - 1 - self.block_size  # where the last window starts
        starts = np.array([*range(0, last, half), last])
        rows = tokens[starts[:, None] + np.arange(self.block_size + 1)]
        inputs, targets = rows[:, :-1], rows[:, 1:].copy()
        targets[1:, :half] = IGNORE_INDEX  # predicted in the window before
        if len(starts) > 1:
            seen = starts[-2] + self.block_size - last
            targets[-1, :seen] = IGNORE_INDEX
        for chosen in batches(np.arange(len(starts)), batch_size=batch_size):
            yield Batch((inputs[chosen],), targets[chosen])


class SyntheticTokens(Classification):
    """Random tokens, to measure the speed of a language model without a data set.

    Args:
        vocab_size: number of different tokens.
        block_size: length of an example, in tokens.

    Raises:
        ValueError: for a size below 1.
    """

    unit = "tokens"
    splits = ("validation",)

    def __init__(self, *, vocab_size: int = 50_304, block_size: int = 1024):
        check_int("vocab_size", vocab_size, 1)
        check_int("block_size", block_size, 1)
        self.block_size = block_size
        self.model_settings = {"vocab_size": vocab_size}

    def batch(self, batch_size: int, seed: int, step: int) -> Batch:
        generator = np.random.default_rng((seed, step))
        size = batch_size, self.block_size + 1
        tokens = generator.integers(self.model_settings["vocab_size"], size=size)
        return Batch((tokens[:, :-1],), tokens[:, 1:])

    def eval_batches(self, split: str, batch_size: int) -> Iterator[Batch]:
        """A single batch, whatever the split, so that a run has an evaluation."""
        del split
        yield self.batch(batch_size, HELD_OUT_SEED, step=0)
