"""The way in from NumPy."""

import numpy as np
import torch


def from_numpy(arrays):
    """Turn a ``state_dict`` of arrays into one of tensors, as ``load_state_dict`` wants it.

    The tensors are copies. The way back needs no function: ``nnlib.scratch`` loads tensors.
    """
    return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
