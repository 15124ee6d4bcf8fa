"""The n-gram language model with modified Kneser-Ney smoothing (Chen & Goodman, 1999).

The strongest language model that only counts, and so the baseline for every network that reads.
"""

import operator
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)  # for texts too short to estimate them


class KneserNey:
    """An n-gram model with interpolated modified Kneser-Ney smoothing.

    The probability of a token after a context subtracts a discount from every count, and gives
    what was subtracted to the model with a context one token shorter:

        p(c | u) = max(count(u c) - D, 0) / count(u) + backoff(u) p(c | u without its first token)

    The longest contexts use the counts of the text. Shorter ones use *continuation counts*: the
    number of different tokens that occur before u c. The shortest model of all is uniform.

    Args:
        tokens: the training text, integers from 0 to vocab_size - 1.
        vocab_size: number of different tokens.
        context_length: number of tokens that a prediction depends on; an n-gram model has n - 1.

    Attributes:
        discounts: for each length of context, the discounts of counts of 1, 2, and 3 or more.

    Raises:
        TypeError: if a token, vocab_size or context_length is not an integer.
        ValueError: if a token is out of range, or the text is not longer than a context.

    Example:
        >>> model = KneserNey([0, 1, 0, 1, 0, 2], vocab_size=3, context_length=1)
        >>> model.distribution([0]).round(2)
        array([0.21, 0.48, 0.31])
    """

    def __init__(self, tokens: Iterable[int], vocab_size: int, context_length: int):
        text = tuple(map(operator.index, tokens))
        self.vocab_size = operator.index(vocab_size)
        self.context_length = operator.index(context_length)
        if not 0 <= self.context_length < len(text):
            raise ValueError(
                f"context_length must be from 0 to {len(text) - 1}, one less than the number of "
                f"tokens, got {context_length}"
            )
        if not 0 <= min(text) <= max(text) < self.vocab_size:
            raise ValueError(
                f"tokens must be from 0 to {self.vocab_size - 1}, got {min(text)} to {max(text)}"
            )
        self.discounts: list[tuple[float, float, float]] = []
        self._counts: list[Counter[tuple[int, ...]]] = []
        self._totals: list[Counter[tuple[int, ...]]] = []
        self._backoffs: list[dict[tuple[int, ...], float]] = []
        for length in range(self.context_length + 1):
            self._add_level(_counts(text, length + 1, highest=length == self.context_length))

    def _add_level(self, counts: Counter[tuple[int, ...]]) -> None:
        discounts = _discounts(counts)
        totals: Counter[tuple[int, ...]] = Counter()
        subtracted: defaultdict[tuple[int, ...], float] = defaultdict(float)
        for gram, count in counts.items():
            totals[gram[:-1]] += count
            subtracted[gram[:-1]] += discounts[min(count, 3) - 1]
        self.discounts.append(discounts)
        self._counts.append(counts)
        self._totals.append(totals)
        self._backoffs.append({u: subtracted[u] / total for u, total in totals.items()})

    def probability(self, token: int, context: Sequence[int]) -> float:
        """Probability of a token after a context, of which only the last tokens count."""
        p = 1 / self.vocab_size
        for length in range(min(self.context_length, len(context)) + 1):
            u = tuple(context[len(context) - length :])
            if u not in self._backoffs[length]:
                break  # an unseen context: the shorter one decides, and no longer one was seen
            count = self._counts[length].get((*u, token), 0)
            discount = self.discounts[length][min(count, 3) - 1] if count else 0.0
            p = (count - discount) / self._totals[length][u] + self._backoffs[length][u] * p
        return p

    def distribution(self, context: Sequence[int]) -> np.ndarray:
        """Probabilities (vocab_size,) of every token after a context."""
        context = tuple(map(int, context))
        return np.array([self.probability(token, context) for token in range(self.vocab_size)])

    def probabilities(self, tokens: Iterable[int]) -> np.ndarray:
        """Probability of each token of a text but the first, given the tokens before it.

        Args:
            tokens: a text of n tokens.

        Returns:
            Array (n - 1,).
        """
        text = tuple(map(operator.index, tokens))
        return np.array([
            self.probability(text[i], text[max(0, i - self.context_length) : i])
            for i in range(1, len(text))
        ])  # fmt: skip


def _counts(text: tuple[int, ...], n: int, *, highest: bool) -> Counter[tuple[int, ...]]:
    """How often each n-gram occurs; for a lower order, after how many different tokens."""
    if highest:
        return Counter(text[i : i + n] for i in range(len(text) - n + 1))
    longer = {text[i : i + n + 1] for i in range(len(text) - n)}
    counts = Counter(gram[1:] for gram in longer)
    counts[text[:n]] += 1  # the beginning of the text counts as one more token before it
    return counts


def _discounts(counts: Counter[tuple[int, ...]]) -> tuple[float, float, float]:
    """What to subtract from counts of 1, 2, and 3 or more: Chen & Goodman's estimate."""
    of = Counter(counts.values())  # how many n-grams have a given count
    if not all(of[k] for k in (1, 2, 3)):
        return FALLBACK_DISCOUNTS
    share = of[1] / (of[1] + 2 * of[2])

    def discount(k: int) -> float:
        return min(max(k - (k + 1) * share * of[k + 1] / of[k], 0.0), float(k))

    return discount(1), discount(2), discount(3)
