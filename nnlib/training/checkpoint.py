"""Checkpoints: named arrays and JSON metadata in one safetensors file, for either backend.

A checkpoint is written atomically: a failed save leaves the previous one intact. Reading a file
never executes code from it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from nnlib.training.files import CorruptFileError, atomic_write, reading

_KEY = "nnlib"  # of the metadata of nnlib among those of the safetensors file
_DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64"),
)


class Checkpoint(NamedTuple):
    """Contents of a checkpoint file.

    Attributes:
        arrays: name -> array, as from ``state_dict``.
        metadata: dict of JSON values, as passed to `save_checkpoint`.
    """

    arrays: dict[str, np.ndarray]
    metadata: dict[str, Any]


def save_checkpoint(
    path: str | Path, arrays: Mapping[str, Any], metadata: Mapping[str, Any] | None = None
) -> None:
    """Write a checkpoint atomically.

    Args:
        path: file to write; its folder must exist.
        arrays: name -> array, tensor or parameter, such as the ``state_dict`` of either backend.
            Arrays that share memory are stored as separate copies.
        metadata: dict of JSON values: recipe, step, metrics.

    Raises:
        TypeError: if the metadata is not JSON, or a value is not an array of a supported dtype;
            names the entry. bfloat16, which NumPy lacks, has to be converted first.
        OSError: if the file cannot be written, for example on a full disk.
    """
    converted = {name: _as_array(name, value) for name, value in arrays.items()}
    content = save(converted, metadata={_KEY: json.dumps(metadata or {})})
    atomic_write(path, content)


def _as_array(name: str, value: Any) -> np.ndarray:
    """A contiguous little-endian array, from an array or from a tensor of either backend."""
    if not isinstance(name, str) or name == "__metadata__":
        raise TypeError(f"names must be strings other than '__metadata__', got {name!r}")
    try:
        if hasattr(value, "detach"):  # a tensor or parameter
            value = value.detach()
            value = value.numpy(force=True) if hasattr(value, "cpu") else value.numpy()
        array = np.asarray(value, order="C")
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            f"{name} cannot be stored: {error}; convert it to a dtype of NumPy, such as float32"
        ) from None
    if array.dtype.name not in _DTYPES:
        raise TypeError(
            f"{name} must be an array with one of the dtypes {', '.join(_DTYPES)}, "
            f"got {type(value).__name__} with dtype {array.dtype}"
        )
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint that either backend has written.

    Args:
        path: file to read.

    Returns:
        `Checkpoint`. Its arrays are arguments of ``load_state_dict``, through
        `nnlib.pytorch.from_numpy` for a PyTorch model.

    Raises:
        FileNotFoundError: if there is no such file.
        CorruptFileError: a ValueError, if the file is truncated or not a checkpoint of nnlib.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint at {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            stored = file.metadata() or {}
            if _KEY not in stored:
                raise CorruptFileError(
                    f"{path} is a safetensors file, but not a checkpoint of nnlib"
                )
            with reading(path):
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise CorruptFileError(f"{path} is not a complete safetensors file: {error}") from None
    with reading(path):
        metadata = json.loads(stored[_KEY])
    if not isinstance(metadata, dict):
        raise CorruptFileError(f"{path} has unexpected metadata: {metadata!r}")
    return Checkpoint(arrays, metadata)
