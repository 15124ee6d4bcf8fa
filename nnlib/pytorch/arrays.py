"""Weights from NumPy arrays."""

from collections.abc import Mapping

import numpy as np
import torch


def from_numpy(arrays: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Turn a ``state_dict`` of arrays into one of tensors, as ``load_state_dict`` wants it.

    The tensors are copies. The other direction needs no function: ``load_state_dict`` of
    ``nnlib.scratch`` takes tensors.
    """
    return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
