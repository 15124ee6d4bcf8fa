"""Data sets as plain arrays. What is here needs no network."""

from nnlib.datasets.images import Split, digits
from nnlib.datasets.toy import blobs, circles, moons, spirals, xor

__all__ = ["Split", "blobs", "circles", "digits", "moons", "spirals", "xor"]
