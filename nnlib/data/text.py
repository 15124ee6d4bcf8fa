"""Text to model, one symbol after another."""

from importlib import resources

from nnlib.data.download import fetch


def stories():
    """81 short stories in plain English, written for this book: 126,000 characters, 1,600 words.

    Each begins with a line "# Title". They are under the license of the book's text, see LICENSE.

    Example:
        >>> stories()[:22]
        '# The Boat in the Tree'
    """
    return resources.files("nnlib.data").joinpath("stories.txt").read_text(encoding="utf-8")


def tiny_shakespeare():
    """Lines from Shakespeare's plays, 1,115,394 characters, downloaded once.

    Raises:
        OSError: if the file is not there and cannot be fetched.

    Source: Karpathy (2015), char-rnn; the plays are in the public domain.
    """
    return (fetch("tiny-shakespeare") / "input.txt").read_text(encoding="utf-8")
