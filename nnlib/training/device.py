"""Where PyTorch computes, and in which precision."""

import re

import torch

from nnlib.training.checks import env_int
from nnlib.training.run_dir import cpu_name

# Dense matrix products in bfloat16 or float16, operations per second, from NVIDIA's data sheets.
PEAK_FLOPS = {
    "H200 NVL": 835e12,
    "H200": 989e12,
    "H100 NVL": 835e12,
    "H100 PCIe": 756e12,
    "H100": 989e12,
    "A100": 312e12,
    "L4": 121e12,
    "T4": 65e12,
}


def choose_device(name: str = "auto") -> torch.device:
    """The device with a name; "auto" is a GPU if there is one, and otherwise the CPU.

    Under ``torchrun`` each process gets the GPU with its local rank.

    Args:
        name: "auto", "cpu", "cuda" or "cuda:i".

    Raises:
        ValueError: for an unknown name, or a GPU that is not there.
    """
    kind, _, number = name.partition(":")
    if name == "auto":
        kind = "cuda" if torch.cuda.is_available() else "cpu"
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()):
        raise ValueError(f"unknown device {name!r}; known are auto, cpu, cuda, cuda:0, ...")
    if kind == "cpu":
        return torch.device("cpu")
    index = int(number) if number else env_int("LOCAL_RANK", 0)
    if index >= torch.cuda.device_count():
        raise ValueError(
            f"device {name!r} is not there: PyTorch finds {torch.cuda.device_count()} GPUs"
        )
    torch.cuda.set_device(index)
    return torch.device("cuda", index)


def autocast_dtype(precision: str, device: torch.device) -> torch.dtype | None:
    """The dtype of matrix products; None for the dtype of the parameters.

    Args:
        precision: "auto", "float32", "float64", "bfloat16" or "float16".
        device: where they are computed.
    """
    if precision in ("float32", "float64"):
        return None
    if precision != "auto":
        return getattr(torch, precision)
    if device.type != "cuda":
        return None
    # Older GPUs only emulate bfloat16.
    return torch.bfloat16 if torch.cuda.get_device_capability(device) >= (8, 0) else torch.float16


def peak_flops(device: torch.device, dtype: torch.dtype | None) -> float:
    """The most operations per second that a device can do in 16 bits.

    Args:
        device: a GPU that `PEAK_FLOPS` lists.
        dtype: ``torch.bfloat16`` or ``torch.float16``.

    Raises:
        ValueError: for another device or dtype.
    """
    name = device_name(device)
    words = set(re.split("[ -]", name))
    found = [peak for model, peak in PEAK_FLOPS.items() if words.issuperset(model.split())]
    if device.type != "cuda" or not found or dtype not in (torch.bfloat16, torch.float16):
        raise ValueError(
            f"the peak of {name} in {dtype or torch.float32} is not known; known are "
            f"{', '.join(PEAK_FLOPS)} in 16 bits"
        )
    return found[0]


def device_name(device: torch.device) -> str:
    """The name of the hardware's model."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else cpu_name()
