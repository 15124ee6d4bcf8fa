"""Byte-pair encoding (BPE): frequent strings of a text become one token (Gage, 1994)."""

import operator
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

# Pre-tokenization: a word or punctuation with the space before it, or other white space.
SPLIT_PATTERN = re.compile(r" ?\w+| ?[^\w\s]+|\s+")


def merge(tokens: list[int], pair: tuple[int, int], token: int) -> list[int]:
    """Replace each occurrence of a pair of adjacent tokens, from left to right.

    Args:
        tokens: list of tokens.
        pair: the two tokens to replace.
        token: the token that replaces them.

    Returns:
        The new list.

    Example:
        >>> merge([1, 2, 3, 1, 2], pair=(1, 2), token=9)
        [9, 3, 9]
    """
    left, right = pair
    merged, i = [], 0
    while i < len(tokens):
        if tokens[i] == left and i + 1 < len(tokens) and tokens[i + 1] == right:
            merged.append(token)
            i += 2
        else:
            merged.append(tokens[i])
            i += 1
    return merged


class BytePairEncoding:
    """A byte-level BPE tokenizer.

    Text is split into chunks, each a word with the space before it, and no token spans two chunks
    (Sennrich et al., 2016). The first 256 tokens are the bytes of UTF-8, so every text can be
    encoded (Radford et al., 2019); token 256 + i is the i-th merge of two tokens.

    Args:
        merges: pairs of tokens in the order in which they were learned.

    Attributes:
        merges: the same pairs, as a list of tuples.
        vocab: list of bytes: the string that each token stands for.

    Raises:
        TypeError: if a merge is not a pair of integers.
        ValueError: if a merge joins tokens that do not exist before it, or repeats an earlier one.

    Example:
        >>> tokenizer = BytePairEncoding.train("a cat, a hat, a bat", vocab_size=258)
        >>> [tokenizer.vocab[token] for token in tokenizer.encode("a cat")]
        [b'a', b' ', b'c', b'at']
        >>> tokenizer.decode(tokenizer.encode("ein Hut: 🎩"))
        'ein Hut: 🎩'
    """

    def __init__(self, merges: Iterable[tuple[int, int]]):
        self.merges: list[tuple[int, int]] = []
        self.vocab = [bytes([i]) for i in range(256)]
        self._ranks: dict[tuple[int, int], int] = {}  # pair -> the token that replaces it
        self._cache: dict[str, list[int]] = {}  # chunk -> its tokens
        for i, pair in enumerate(merges):
            try:
                left, right = map(operator.index, pair)
            except (TypeError, ValueError):
                raise TypeError(f"merge {i} must be a pair of integers, got {pair!r}") from None
            if not 0 <= min(left, right) <= max(left, right) < len(self.vocab):
                raise ValueError(
                    f"merge {i} joins {left} and {right}, but only the tokens 0 to "
                    f"{len(self.vocab) - 1} exist before it"
                )
            if (left, right) in self._ranks:
                raise ValueError(f"merge {i} joins {left} and {right}, as an earlier merge does")
            self._ranks[left, right] = len(self.vocab)
            self.merges.append((left, right))
            self.vocab.append(self.vocab[left] + self.vocab[right])

    @property
    def vocab_size(self) -> int:
        """Number of tokens."""
        return len(self.vocab)

    @classmethod
    def train(cls, text: str, vocab_size: int) -> "BytePairEncoding":
        """Learn merges from a text: merge the most frequent pair of adjacent tokens, and repeat.

        Of equally frequent pairs, the smallest is merged first. Training stops early when every
        chunk has become a single token.

        Args:
            text: training text.
            vocab_size: number of tokens, 256 or more.

        Returns:
            The trained tokenizer.

        Raises:
            TypeError: if the text is not a str, or vocab_size not an integer.
            ValueError: if vocab_size is below 256, or the text contains a surrogate.
        """
        vocab_size = operator.index(vocab_size)
        if vocab_size < 256:
            raise ValueError(f"vocab_size must be at least 256, one per byte, got {vocab_size}")
        chunks = Counter(_split(text))
        words = [[*chunk.encode()] for chunk in chunks]
        frequencies = [*chunks.values()]
        counts: Counter[tuple[int, int]] = Counter()  # of each pair, over the whole text
        occurrences = defaultdict(set)  # pair -> indices of the words that contain it
        for i, word in enumerate(words):
            for pair in pairwise(word):
                counts[pair] += frequencies[i]
                occurrences[pair].add(i)
        merges: list[tuple[int, int]] = []
        while counts and 256 + len(merges) < vocab_size:
            best = min(counts, key=lambda pair: (-counts[pair], pair))
            for i in occurrences.pop(best):  # only the pairs of these words change
                for pair in pairwise(words[i]):
                    counts[pair] -= frequencies[i]
                words[i] = merge(words[i], best, 256 + len(merges))
                for pair in pairwise(words[i]):
                    counts[pair] += frequencies[i]
                    occurrences[pair].add(i)
            counts = +counts  # drops pairs that no longer occur
            merges.append(best)
        return cls(merges)

    def encode(self, text: str) -> list[int]:
        """Apply the merges to a text in the order in which they were learned.

        Args:
            text: any text.

        Returns:
            List of tokens.

        Raises:
            TypeError: if the text is not a str.
            ValueError: if it contains a surrogate, which UTF-8 cannot encode.
        """
        tokens = []
        for chunk in _split(text):
            if chunk not in self._cache:
                self._cache[chunk] = self._encode_chunk(chunk)
            tokens += self._cache[chunk]
        return tokens

    def _encode_chunk(self, chunk: str) -> list[int]:
        tokens = [*chunk.encode()]
        while len(tokens) > 1:
            pair = min(pairwise(tokens), key=lambda pair: self._ranks.get(pair, self.vocab_size))
            if pair not in self._ranks:
                break
            tokens = merge(tokens, pair, self._ranks[pair])
        return tokens

    def decode(self, tokens: Iterable[int]) -> str:
        """Concatenate the strings of tokens; invalid UTF-8 becomes the replacement character �.

        Args:
            tokens: integers from 0 to vocab_size - 1.

        Returns:
            The text.

        Raises:
            TypeError: if a token is not an integer.
            ValueError: if a token is out of range.
        """
        tokens = [operator.index(token) for token in tokens]
        if unknown := [token for token in tokens if not 0 <= token < self.vocab_size]:
            raise ValueError(f"tokens must be from 0 to {self.vocab_size - 1}, got {unknown[:5]}")
        return b"".join(self.vocab[token] for token in tokens).decode(errors="replace")


def _split(text: str) -> list[str]:
    """The chunks of a text that UTF-8 can encode."""
    if not isinstance(text, str):
        raise TypeError(f"expected text as a str, got {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"the text contains the surrogate {text[error.start]!r} at index {error.start}, which "
            "UTF-8 cannot encode; read the text with the right encoding, or replace it"
        ) from None
    return SPLIT_PATTERN.findall(text)
