"""Where PyTorch computes, and in which numbers."""

import os
import re

import torch

from nnlib.training.run_dir import cpu_name

# Dense products in bfloat16 or float16, operations a second, from NVIDIA's data sheets.
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


def choose_device(name="auto"):
    """The device of that name; "auto" is a GPU where there is one.

    Under ``torchrun`` each process gets the GPU of its number.

    Raises:
        ValueError: if there is no such device.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdigit()):
        raise ValueError(f"unknown device {name!r}; known are auto, cpu, cuda, cuda:0, ...")
    if kind == "cpu":
        return torch.device("cpu")
    number = int(number or os.environ.get("LOCAL_RANK", 0))
    if number >= torch.cuda.device_count():
        raise ValueError(
            f"device {name!r} is not there: PyTorch finds {torch.cuda.device_count()} GPUs"
        )
    torch.cuda.set_device(number)
    return torch.device("cuda", number)


def autocast_dtype(precision, device):
    """The numbers of products: None for those of the parameters.

    Args:
        precision: "auto", "float32", "float64", "bfloat16" or "float16".
        device: ``torch.device``.
    """
    if precision in ("float32", "float64"):
        return None
    if precision != "auto":
        return getattr(torch, precision)
    if device.type != "cuda":
        return None
    # Older ones only emulate bfloat16.
    return torch.bfloat16 if torch.cuda.get_device_capability(device) >= (8, 0) else torch.float16


def peak_flops(device, dtype):
    """Operations a second of a device at most, in 16 bits.

    Raises:
        ValueError: for a device that `PEAK_FLOPS` does not list, or other numbers.
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


def device_name(device):
    """What the hardware calls itself."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else cpu_name()
