"""Images and their classes."""

from collections.abc import Iterator

import numpy as np

from nnlib.data.augment import random_affine, random_horizontal_flip, random_translate
from nnlib.data.batching import batches
from nnlib.training.checks import check_between, check_bool, check_int
from nnlib.training.tasks.task import (
    HELD_OUT_SEED,
    Batch,
    Classification,
    load_dataset,
    shuffled,
)


class ImageClassification(Classification):
    """Predict the class of an image.

    Args:
        dataset: name of a function in ``nnlib.data`` that returns a ``Split``.
        flatten: images become rows of pixels, (N, C H W) instead of (N, C, H, W).
        val_size: number of training images that are held out for validation.
        translate: training images are translated by up to so many pixels along both axes.
        degrees: they are rotated by up to so many degrees, either way.
        scale: they are enlarged or shrunk by up to this share of their size.
        hflip: half of them are mirrored left to right.

    Raises:
        ValueError: for a setting out of its range, or an unknown data set.
    """

    unit = "images"
    splits = ("validation", "test")

    def __init__(
        self,
        dataset: str = "digits",
        *,
        flatten: bool = False,
        val_size: int = 5000,
        translate: int = 0,
        degrees: float = 0.0,
        scale: float = 0.0,
        hflip: bool = False,
    ):
        split = load_dataset(dataset)(flatten=False)
        channels, height, width = split.x_train.shape[1:]
        check_int("val_size", val_size, 1, len(split.x_train) - 1)
        check_int("translate", translate, 0, min(height, width) - 1)
        check_between("degrees", degrees, 0, 180)
        check_between("scale", scale, 0, 1, include_high=False)
        check_bool("flatten", flatten)
        check_bool("hflip", hflip)
        self.flatten, self.translate, self.hflip = flatten, translate, hflip
        self.degrees, self.scale = degrees, scale

        order = np.random.default_rng(HELD_OUT_SEED).permutation(len(split.x_train))
        held_out, rest = np.split(order, [val_size])
        self.train = split.x_train[rest], split.y_train[rest]
        self.heldout = {
            "validation": (split.x_train[held_out], split.y_train[held_out]),
            "test": (split.x_test, split.y_test),
        }
        if flatten:
            self.model_settings = {"in_features": channels * height * width, "out_features": 10}
        else:
            self.model_settings = {"in_channels": channels, "num_classes": 10}

    def batch(self, batch_size: int, seed: int, step: int) -> Batch:
        chosen = shuffled(len(self.train[0]), batch_size, seed, step)
        images, labels = (array[chosen] for array in self.train)
        return self._as_batch(self._augment(images, np.random.default_rng((seed, step, 1))), labels)

    def eval_batches(self, split: str, batch_size: int) -> Iterator[Batch]:
        for images, labels in batches(*self.heldout[split], batch_size=batch_size):
            yield self._as_batch(images, labels)

    def _augment(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        if self.degrees or self.scale:
            images = random_affine(images, generator, degrees=self.degrees, scale=self.scale)
        if self.translate:
            images = random_translate(images, generator, translate=self.translate)
        if self.hflip:
            images = random_horizontal_flip(images, generator)
        return images

    def _as_batch(self, images: np.ndarray, labels: np.ndarray) -> Batch:
        return Batch((images.reshape(len(images), -1) if self.flatten else images,), labels)
