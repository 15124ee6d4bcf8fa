"""A generated translation data set: numbers in English and in French words.

The task is small but real. French counts by twenties between 70 and 99 (97 is
*quatre-vingt-dix-sept*, four twenties and seventeen), and the endings of *cent* and *vingt* depend
on the words that follow, so a model needs context from both sides.
"""

import numpy as np

from nnlib.data.checks import check_integer

_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_ENGLISH_TENS = ". . twenty thirty forty fifty sixty seventy eighty ninety".split()
_FRENCH = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize dix-sept dix-huit dix-neuf"
).split()
_FRENCH_TENS = (
    ". . vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt"
).split()
MAX_NUMBER = 999_999


def english(n: int) -> str:
    """A number in American English words, without "and".

    Args:
        n: integer from 0 to 999,999.

    Returns:
        Its words, separated by spaces and hyphens.

    Raises:
        TypeError: if n is not an integer.
        ValueError: if n is out of range.

    Example:
        >>> english(80_021)
        'eighty thousand twenty-one'
    """
    check_integer("n", n, 0, MAX_NUMBER)
    if n < 20:
        return _ENGLISH[n]
    if n < 100:
        tens, ones = divmod(n, 10)
        return _ENGLISH_TENS[tens] + (f"-{_ENGLISH[ones]}" if ones else "")
    size, name = (1000, "thousand") if n >= 1000 else (100, "hundred")
    head, rest = divmod(n, size)
    return f"{english(head)} {name}" + (f" {english(rest)}" if rest else "")


def french(n: int) -> str:
    """A number in the French of France, hyphenated throughout (the spelling rules of 1990).

    *Cent* and *vingt* take an s when they are multiplied and no numeral follows; *mille*, which
    never changes, counts as a numeral: deux-cents, deux-cent-un, deux-cent-mille.

    Args:
        n: integer from 0 to 999,999.

    Returns:
        Its words, joined by hyphens.

    Raises:
        TypeError: if n is not an integer.
        ValueError: if n is out of range.

    Source: Journal officiel de la République française, documents administratifs, 6 December 1990.

    Example:
        >>> french(80), french(81), french(80_000)
        ('quatre-vingts', 'quatre-vingt-un', 'quatre-vingt-mille')
    """
    check_integer("n", n, 0, MAX_NUMBER)
    if n < 1000:
        return _below_1000(n, last=True)
    thousands, rest = divmod(n, 1000)
    words = [] if thousands == 1 else [_below_1000(thousands, last=False)]
    words.append("mille")
    if rest:
        words.append(_below_1000(rest, last=True))
    return "-".join(words)


def _below_1000(n: int, *, last: bool) -> str:
    """The words of n < 1000; ``last`` if no numeral follows, so cent and vingt take their s."""
    hundreds, rest = divmod(n, 100)
    if not hundreds:
        return _below_100(n, last=last)
    words = ["cent"] if hundreds == 1 else [_FRENCH[hundreds], "cent"]
    if rest:
        words.append(_below_100(rest, last=last))
    elif hundreds > 1 and last:
        words[-1] = "cents"
    return "-".join(words)


def _below_100(n: int, *, last: bool) -> str:
    if n < 20:
        return _FRENCH[n]
    tens, ones = divmod(n, 10)
    if tens in (7, 9):  # sixty-eleven, four-twenty-eleven
        ones += 10
    word = _FRENCH_TENS[tens]
    if n == 80:
        return f"{word}s" if last else word
    if not ones:
        return word
    joined_by = "-et-" if ones in (1, 11) and tens < 8 else "-"
    return word + joined_by + _FRENCH[ones]


def number_words(
    n: int = 1000, *, low: int = 0, high: int = MAX_NUMBER + 1, seed: int = 0
) -> list[tuple[str, str]]:
    """Distinct numbers in English and in French words.

    Numbers are sampled log-uniformly, so small ones appear as often as large ones: the logarithm
    of (number + 1) is uniform as far as sampling without replacement allows.

    Args:
        n: number of pairs.
        low: smallest number, 0 or more.
        high: numbers stay below this, at most 1,000,000.
        seed: of the random numbers.

    Returns:
        List of n pairs (English, French) in random order.

    Raises:
        TypeError: if an argument is not an integer.
        ValueError: if the range is empty, exceeds 0 to 999,999, or holds fewer than n numbers.

    Example:
        >>> number_words(2, low=70, high=72)
        [('seventy-one', 'soixante-et-onze'), ('seventy', 'soixante-dix')]
    """
    check_integer("low", low, 0, MAX_NUMBER)
    check_integer("high", high, 1, MAX_NUMBER + 1)
    check_integer("n", n, 1)
    check_integer("seed", seed, 0)
    if low >= high:
        raise ValueError(f"low must be below high, got low={low:,} and high={high:,}")
    if n > high - low:
        raise ValueError(
            f"n must be at most {high - low:,}, the count of numbers from {low:,} to {high - 1:,}, "
            f"got {n:,}"
        )
    numbers = np.arange(low, high)
    weights = np.log1p(1 / (numbers + 1))  # length of the number's interval on the logarithmic axis
    rng = np.random.default_rng(seed)
    chosen = rng.choice(numbers, n, replace=False, p=weights / weights.sum())
    return [(english(number), french(number)) for number in chosen]
