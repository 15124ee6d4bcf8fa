"""Byte-pair encoding: text as numbers of pieces, the frequent pieces long (Gage, 1994)."""

import re
from collections import Counter, defaultdict
from itertools import pairwise

CHUNKS = re.compile(r" ?\w+| ?[^\w\s]+|\s+")  # a word or signs with the space before, other space


def merge(tokens, pair, token):
    """The list ``tokens`` with each ``pair``, found from left to right, replaced by ``token``."""
    merged, i = [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) == pair:
            merged.append(token)
            i += 2
        else:
            merged.append(tokens[i])
            i += 1
    return merged


class BytePairEncoding:
    """Pieces of text that were frequent in training, and single bytes for all the rest.

    A text is cut into chunks, each a word with the space before it, and no piece reaches across
    two (Sennrich et al., 2016). The first 256 tokens are the bytes of UTF-8, so any text can be
    encoded (Radford et al., 2019); token 256 + i is the i-th merge of two tokens.

    Args:
        merges: pairs of tokens in the order in which they were learned.

    Raises:
        ValueError: for a merge of tokens that do not exist before it.

    Example:
        >>> code = BytePairEncoding.train("a cat, a hat, a bat", vocab_size=258)
        >>> [code.pieces[token] for token in code.encode("a cat")]
        [b'a', b' ', b'c', b'at']
        >>> code.decode(code.encode("ein Hut: 🎩"))
        'ein Hut: 🎩'
    """

    def __init__(self, merges):
        self.merges = [tuple(pair) for pair in merges]
        self.pieces = [bytes([i]) for i in range(256)]
        for left, right in self.merges:
            if not 0 <= min(left, right) <= max(left, right) < len(self.pieces):
                raise ValueError(
                    f"merge {len(self.pieces) - 256} joins {left} and {right}; "
                    f"only 0 to {len(self.pieces) - 1} exist before it"
                )
            self.pieces.append(self.pieces[left] + self.pieces[right])
        self._ranks = {pair: 256 + i for i, pair in enumerate(self.merges)}
        self._known = {}  # chunks that were encoded before

    @property
    def vocab_size(self):
        """Number of tokens."""
        return len(self.pieces)

    @classmethod
    def train(cls, text, vocab_size):
        """Join the most frequent pair of neighbors, again and again.

        Among equally frequent pairs the one with the smaller numbers goes first. Training ends
        early where every chunk is one token.

        Args:
            text: what to learn from.
            vocab_size: how many tokens there shall be, 256 or more.

        Raises:
            ValueError: for fewer tokens than bytes.
        """
        if vocab_size < 256:
            raise ValueError(f"vocab_size must be 256 or more, one a byte, got {vocab_size}")
        chunks = Counter(CHUNKS.findall(text))
        words = [[*chunk.encode()] for chunk in chunks]
        times = [*chunks.values()]
        counts, places = Counter(), defaultdict(set)  # of each pair; the words that have it
        for number, word in enumerate(words):
            for pair in pairwise(word):
                counts[pair] += times[number]
                places[pair].add(number)
        merges = []
        while counts and 256 + len(merges) < vocab_size:
            best = min(counts, key=lambda pair: (-counts[pair], pair))
            for number in places.pop(best):  # only their pairs change
                for pair in pairwise(words[number]):
                    counts[pair] -= times[number]
                words[number] = merge(words[number], best, 256 + len(merges))
                for pair in pairwise(words[number]):
                    counts[pair] += times[number]
                    places[pair].add(number)
            counts = +counts  # drops pairs that are no more
            merges.append(best)
        return cls(merges)

    def encode(self, text):
        """The tokens of ``text``, a list of integers: merges in the order they were learned."""
        tokens = []
        for chunk in CHUNKS.findall(text):
            if chunk not in self._known:
                self._known[chunk] = self._encode_chunk(chunk)
            tokens += self._known[chunk]
        return tokens

    def _encode_chunk(self, chunk):
        tokens = [*chunk.encode()]
        while len(tokens) > 1:
            pair = min(pairwise(tokens), key=lambda pair: self._ranks.get(pair, self.vocab_size))
            if pair not in self._ranks:
                break
            tokens = merge(tokens, pair, self._ranks[pair])
        return tokens

    def decode(self, tokens):
        """The text of ``tokens``; bytes that are no UTF-8 become the sign �.

        Raises:
            ValueError: for a token that does not exist.
        """
        tokens = [int(token) for token in tokens]
        if unknown := [token for token in tokens if not 0 <= token < self.vocab_size]:
            raise ValueError(f"tokens must be from 0 to {self.vocab_size - 1}, got {unknown[:5]}")
        return b"".join(self.pieces[token] for token in tokens).decode(errors="replace")
