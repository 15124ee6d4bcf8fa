"""Pairs of sequences to translate, generated: numbers in English and French words.

Numbers are a small, real translation. French counts by twenties between 70 and 99
(97 is *quatre-vingt-dix-sept*, four twenties and seventeen), and the endings of *cent* and *vingt*
depend on what follows, so that a translator must look both ways.
"""

import numpy as np

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
LARGEST = 999_999


def _check(n):
    if not isinstance(n, int | np.integer) or not 0 <= n <= LARGEST:
        raise ValueError(f"expected a whole number from 0 to {LARGEST:,}, got {n!r}")


def english(n):
    """A number in words, the American way, without "and".

    Example:
        >>> english(80_021)
        'eighty thousand twenty-one'

    Raises:
        ValueError: unless n is a whole number from 0 to 999,999.
    """
    _check(n)
    if n < 20:
        return _ENGLISH[n]
    if n < 100:
        tens, ones = divmod(n, 10)
        return _ENGLISH_TENS[tens] + (f"-{_ENGLISH[ones]}" if ones else "")
    size, name = (1000, "thousand") if n >= 1000 else (100, "hundred")
    head, rest = divmod(n, size)
    return f"{english(head)} {name}" + (f" {english(rest)}" if rest else "")


def french(n):
    """A number in words as in France, hyphens throughout (the spelling rules of 1990).

    *Cent* and *vingt* take an s when multiplied and last; *mille*, which never changes, does not
    count as the end: deux-cents, deux-cent-un, deux-cent-mille.

    Example:
        >>> french(80), french(81), french(80_000)
        ('quatre-vingts', 'quatre-vingt-un', 'quatre-vingt-mille')

    Raises:
        ValueError: unless n is a whole number from 0 to 999,999.

    Source: Journal officiel de la République française, documents administratifs, 6 December 1990.
    """
    _check(n)
    if n < 1000:
        return _below_1000(n, last=True)
    thousands, rest = divmod(n, 1000)
    words = [] if thousands == 1 else [_below_1000(thousands, last=False)]
    words.append("mille")
    if rest:
        words.append(_below_1000(rest, last=True))
    return "-".join(words)


def _below_1000(n, *, last):
    """``last``: nothing follows, so that cent and vingt take their s."""
    hundreds, rest = divmod(n, 100)
    if not hundreds:
        return _below_100(n, last=last)
    words = ["cent"] if hundreds == 1 else [_FRENCH[hundreds], "cent"]
    if rest:
        words.append(_below_100(rest, last=last))
    elif hundreds > 1 and last:
        words[-1] = "cents"
    return "-".join(words)


def _below_100(n, *, last):
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


def number_words(n=1000, *, low=0, high=LARGEST + 1, seed=0):
    """Different numbers in English and in French words.

    Small numbers are drawn more often than their share, as often by length as the range allows:
    the logarithm of (number + 1) is uniform.

    Args:
        n: how many pairs.
        low, high: numbers from ``low`` up to, not including, ``high``.
        seed: of the random numbers.

    Returns:
        List of n pairs (English, French) in random order.

    Raises:
        ValueError: if the range does not lie within 0 to 1,000,000 or holds fewer than n numbers.

    Example:
        >>> number_words(2, low=70, high=72)
        [('seventy-one', 'soixante-et-onze'), ('seventy', 'soixante-dix')]
    """
    if not 0 <= low < high <= LARGEST + 1:
        raise ValueError(f"expected 0 <= low < high <= {LARGEST + 1:,}, got {low:,} and {high:,}")
    if not 1 <= n <= high - low:
        raise ValueError(
            f"there are {high - low:,} numbers from {low:,} to {high - 1:,}, not {n:,} of them"
        )
    numbers = np.arange(low, high)
    weights = np.log1p(1 / (numbers + 1))  # length of the number's interval on the logarithmic axis
    rng = np.random.default_rng(seed)
    chosen = rng.choice(numbers, n, replace=False, p=weights / weights.sum())
    return [(english(number), french(number)) for number in chosen]
