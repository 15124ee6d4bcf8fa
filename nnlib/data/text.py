"""Text for language models."""

from importlib import resources

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


def tiny_shakespeare() -> str:
    """Lines from Shakespeare's plays, 1,115,394 characters, downloaded on first use.

    Returns:
        The text, about 1.1 MB of ASCII.

    Raises:
        OSError: if the file is missing and cannot be downloaded.

    Source: Karpathy (2015), char-rnn; the plays are in the public domain.
    """
    return (fetch("tiny-shakespeare") / "input.txt").read_text(encoding="utf-8")
