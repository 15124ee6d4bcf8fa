"""Checkpoints: named arrays and JSON metadata in one safetensors file, for either backend.

A file is written beside its final place and renamed, so that there is never half a checkpoint, and
a failed save leaves the previous one as it was. Nothing in a file is executed when it is read.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from nnlib.training.files import atomic_write

_KEY = "nnlib"  # under this name the metadata stands in the metadata of the file


class Checkpoint(NamedTuple):
    """What a file holds.

    Attributes:
        arrays: name -> array, as from ``state_dict``.
        metadata: whatever JSON can say, as given to `save_checkpoint`.
    """

    arrays: dict[str, np.ndarray]
    metadata: dict[str, Any]


def save_checkpoint(path, arrays, metadata=None):
    """Write a checkpoint; an existing file is replaced as a whole or not at all.

    Args:
        path: file to write; its folder must exist.
        arrays: name -> array, as ``state_dict`` of either backend gives it. PyTorch tensors must
            be on the CPU.
        metadata: dict of whatever JSON can say: recipe, step, metrics.

    Raises:
        TypeError: if the metadata is not JSON, or a value is no array of numbers.
        OSError: if the file cannot be written, for a full disk or a missing folder, say.
    """
    arrays = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "biufc":
            raise TypeError(f"{name} is no array of numbers: its dtype is {array.dtype}")
    content = save(
        arrays,
        metadata={_KEY: json.dumps(metadata or {})},
    )
    atomic_write(path, content)


def load_checkpoint(path):
    """Read a checkpoint that either backend has written.

    Returns:
        `Checkpoint`; its arrays go into ``load_state_dict``, through `nnlib.pytorch.from_numpy` for
        a PyTorch model.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is truncated, or not a checkpoint of nnlib.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"no checkpoint at {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            stored = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file: {error}") from None
    if _KEY not in stored:
        raise ValueError(f"{path} is a safetensors file, but not a checkpoint of nnlib")
    return Checkpoint(arrays, json.loads(stored[_KEY]))
