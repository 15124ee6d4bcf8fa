"""Text to model, one symbol after another."""

from nnlib.datasets.download import fetch


def tiny_shakespeare():
    """Lines from Shakespeare's plays, 1,115,394 characters, downloaded once.

    Raises:
        OSError: if the file is not there and cannot be fetched.

    Source: Karpathy (2015), char-rnn; the plays are in the public domain.
    """
    return (fetch("tiny-shakespeare") / "input.txt").read_text(encoding="utf-8")
