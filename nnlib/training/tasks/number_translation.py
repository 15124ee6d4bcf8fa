"""Numbers in English words and in French words."""

from collections.abc import Iterator

import numpy as np

from nnlib import data
from nnlib.data.batching import batches
from nnlib.training.checks import check_int
from nnlib.training.metrics import IGNORE_INDEX
from nnlib.training.tasks.task import HELD_OUT_SEED, Batch, Classification, shuffled


class NumberTranslation(Classification):
    """Translate English number words into French ones, a word at a time.

    Args:
        train_size, val_size, test_size: number of examples in each split; no number is in two.

    Attributes:
        src_vocab, tgt_vocab: the words of either language, after the three special tokens.
        pad_id, bos_id, eos_id: the special tokens: padding, beginning and end of a sequence.

    Raises:
        ValueError: for a size below 1, or more numbers than there are.
    """

    unit = "tokens"
    splits = ("validation", "test")
    pad_id, bos_id, eos_id = 0, 1, 2

    def __init__(self, *, train_size: int = 20_000, val_size: int = 2000, test_size: int = 2000):
        sizes = {"train_size": train_size, "val_size": val_size, "test_size": test_size}
        for name, size in sizes.items():
            check_int(name, size, 1)
        pairs = data.number_words(train_size + val_size + test_size, seed=HELD_OUT_SEED)
        sentences = [[words(text) for text in pair] for pair in pairs]
        self.src_vocab, self.tgt_vocab = (
            ["<pad>", "<bos>", "<eos>", *sorted({word for one in side for word in one})]
            for side in zip(*sentences, strict=True)
        )
        source = self._tokens([pair[0] for pair in sentences], self.src_vocab)
        target = self._tokens([pair[1] for pair in sentences], self.tgt_vocab)
        starts = np.cumsum([train_size, val_size])
        train, *held_out = zip(np.split(source, starts), np.split(target, starts), strict=True)
        self.train = train
        self.heldout = dict(zip(self.splits, held_out, strict=True))
        self.model_settings = {
            "src_vocab_size": len(self.src_vocab),
            "tgt_vocab_size": len(self.tgt_vocab),
        }

    def _tokens(self, sentences: list[list[str]], vocab: list[str]) -> np.ndarray:
        """Rows <bos> words <eos>, padded to the longest: (n, time)."""
        index = {word: i for i, word in enumerate(vocab)}
        table = np.full((len(sentences), max(map(len, sentences)) + 2), self.pad_id)
        for row, sentence in zip(table, sentences, strict=True):
            tokens = [self.bos_id, *(index[word] for word in sentence), self.eos_id]
            row[: len(tokens)] = tokens
        return table

    def batch(self, batch_size: int, seed: int, step: int) -> Batch:
        chosen = shuffled(len(self.train[0]), batch_size, seed, step)
        source, target = self.train
        return self._as_batch(source[chosen], target[chosen])

    def eval_batches(self, split: str, batch_size: int) -> Iterator[Batch]:
        for source, target in batches(*self.heldout[split], batch_size=batch_size):
            yield self._as_batch(source, target)

    def _as_batch(self, source: np.ndarray, target: np.ndarray) -> Batch:
        following = target[:, 1:]
        targets = np.where(following == self.pad_id, IGNORE_INDEX, following)
        return Batch((source, target[:, :-1], source == self.pad_id), targets)


def words(text: str) -> list[str]:
    """The words of a number, split at spaces and hyphens."""
    return text.replace("-", " ").split()
