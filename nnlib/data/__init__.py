"""Data sets as plain arrays, lists and strings.

MNIST, Fashion-MNIST and Tiny Shakespeare are downloaded on first use; the others need no network.
"""

from nnlib.data.images import FASHION_CLASSES, Split, digits, fashion_mnist, mnist
from nnlib.data.sequences import number_words
from nnlib.data.text import stories, story_splits, tiny_shakespeare
from nnlib.data.toy import blobs, circles, moons, spirals, xor

__all__ = [
    "FASHION_CLASSES",
    "Split",
    "blobs",
    "circles",
    "digits",
    "fashion_mnist",
    "mnist",
    "moons",
    "number_words",
    "spirals",
    "stories",
    "story_splits",
    "tiny_shakespeare",
    "xor",
]
