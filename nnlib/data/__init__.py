"""Data sets as plain arrays, lists and strings.

MNIST, Fashion-MNIST and Shakespeare need a network the first time; the others never do.
"""

from nnlib.data.images import FASHION, Split, digits, fashion_mnist, mnist
from nnlib.data.sequences import number_words
from nnlib.data.text import stories, tiny_shakespeare
from nnlib.data.toy import blobs, circles, moons, spirals, xor

__all__ = [
    "FASHION",
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
    "tiny_shakespeare",
    "xor",
]
