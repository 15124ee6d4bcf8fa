"""Text for language models."""

from importlib import resources

import numpy as np

from nnlib.data.download import fetch


def stories() -> str:
    """81 short stories in plain English, written for this book: 126,000 characters, 1,600 words.

    Each begins with a line "# Title". They share the license of the book's text, see LICENSE.

    Returns:
        The text, about 126 kB of ASCII.

    Example:
        >>> stories()[:22]
        '# The Boat in the Tree'
    """
    return resources.files("nnlib.data").joinpath("stories.txt").read_text(encoding="utf-8")


def story_splits() -> tuple[str, str, str]:
    """The stories in three texts: 65 for training, 8 for validation, 8 for the test.

    Which story is in which text is random but fixed.

    Returns:
        The three texts; every story ends in an empty line.

    Example:
        >>> [len(text) for text in story_splits()]
        [101049, 12160, 12778]
    """
    tales = ["# " + tale.strip() + "\n\n" for tale in stories()[2:].split("\n# ")]
    order = np.random.default_rng(0).permutation(len(tales))
    train, validation, test = (
        "".join(tales[i] for i in part) for part in (order[16:], order[8:16], order[:8])
    )
    return train, validation, test


def tiny_shakespeare() -> str:
    """Lines from Shakespeare's plays, 1,115,394 characters, downloaded on first use.

    Returns:
        The text, about 1.1 MB of ASCII.

    Raises:
        OSError: if the file is missing and cannot be downloaded.

    Source: Karpathy (2015), char-rnn; the plays are in the public domain.
    """
    return (fetch("tiny-shakespeare") / "input.txt").read_text(encoding="utf-8")
