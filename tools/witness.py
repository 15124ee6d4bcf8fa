"""Inside a kernel: note each number that a chapter rounds, and move the numbers that it draws.

`tools/portable.py` starts the kernels with this module and reads the notes. A printed number has
lost the digits that say how near it lies to a rounding boundary, so they are noted at the moment of
rounding: in f-strings, in calls of ``round``, and where NumPy and PyTorch print arrays.
"""

import ast
import functools
import json
import math
import os
import types
from pathlib import Path

import numpy as np

DRAWS = ("normal", "standard_normal", "uniform", "random", "exponential")


class Rounding(ast.NodeTransformer):
    """Rewrite a cell so that each rounding in it is noted; what it computes stays the same."""

    def visit_FormattedValue(self, node):
        """``f"{value:spec}"`` becomes ``f"{_noted(value, spec):spec}"``."""
        self.generic_visit(node)
        if node.format_spec is not None:
            call = ast.Call(ast.Name("_noted", ast.Load()), [node.value, node.format_spec], [])
            node.value = ast.copy_location(call, node)
        return ast.fix_missing_locations(node)

    def visit_Call(self, node):
        """``round(x, 2)`` and ``x.round(2)`` become calls of a function that takes a note."""
        self.generic_visit(node)
        if "round" in (getattr(node.func, "id", None), getattr(node.func, "attr", None)):
            call = ast.Call(ast.Name("_noted_round", ast.Load()), [node.func], [])
            node.func = ast.copy_location(call, node)
        return ast.fix_missing_locations(node)


class Notes:
    """The file of notes of one kernel: a line of JSON for each number that was rounded."""

    def __init__(self, path, shell):
        self.path = Path(path)
        self.path.touch()
        self.cell = -1  # none has run yet
        shell.events.register("pre_run_cell", self.next_cell)

    def next_cell(self, _info):
        """Count the cells, from 0 as nbval does."""
        self.cell += 1

    def add(self, value, spec):
        """Note the number ``value``, which is about to be rounded to ``spec``."""
        if isinstance(value, (float, np.floating)) and math.isfinite(value):
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps((self.cell, float(value), spec)) + "\n")

    def noted(self, value, spec):
        """``value``, noted if it is one real number and ``spec`` rounds it."""
        if "." not in spec and spec[-1:] not in "eEfFgG%":
            return value
        number = value
        if type(value).__name__ in ("Tensor", "Parameter", "ndarray") and value.ndim == 0:
            number = value.item()
        self.add(number, spec)
        return value

    def noted_round(self, function):
        """``function``, a ``round`` of Python, NumPy or a tensor, which takes a note first."""

        def rounded(*args, **kwargs):
            owner = getattr(function, "__self__", None)
            method = not isinstance(owner, (type, types.ModuleType, type(None)))
            number, *rest = (owner, *args) if method else args
            digits = kwargs.get("ndigits", kwargs.get("decimals", rest[0] if rest else 0)) or 0
            number = number if isinstance(number, np.ndarray) else getattr(number, "data", number)
            for value in np.ravel(number):
                self.add(value, f".{max(digits, 0)}f")
            return function(*args, **kwargs)

        return rounded


def note_calls(notes, printer, name, spec):
    """Note each number that the method ``name`` of the class ``printer`` formats."""
    call = getattr(printer, name)

    @functools.wraps(call)
    def noting(self, number, *args, **kwargs):
        notes.add(number, spec(self))
        return call(self, number, *args, **kwargs)

    setattr(printer, name, noting)


def note_arrays(notes):
    """Take notes where NumPy and PyTorch print the numbers of an array."""
    from numpy._core.arrayprint import FloatingFormat
    from torch._tensor_str import PRINT_OPTS, _Formatter

    def numpy_spec(printer):
        return f".{printer.precision}{'e' if printer.exp_format else 'f'}"

    def torch_spec(printer):
        return f".{PRINT_OPTS.precision}{'e' if printer.sci_mode else 'f'}"

    note_calls(notes, FloatingFormat, "__call__", numpy_spec)
    note_calls(notes, _Formatter, "format", torch_spec)


def nudged(values, size):
    """``values``, each changed by at most ``size`` times itself; equal ones stay equal.

    At least the last digits change, whatever the precision. The change depends on the value alone:
    two draws from one seed, or the twins of a model, which start from equal numbers, still do.
    """
    dtype = np.asarray(values).dtype
    wide = np.asarray(values, np.float64)
    size = max(size, 8 * np.finfo(dtype).eps)
    return (wide + size * wide * np.sin(1e7 * wide)).astype(dtype)[()]


def nudge_draws(size):
    """Change each real number drawn at random, initial weights above all, by up to ``size``."""
    import torch

    class Generator(np.random.Generator):
        """NumPy's generator, whose real numbers are nudged."""

    for name in DRAWS:
        draw = getattr(np.random.Generator, name)

        def nudging(self, *args, _draw=draw, **kwargs):
            return nudged(_draw(self, *args, **kwargs), size)

        setattr(Generator, name, nudging)

    default_rng = np.random.default_rng

    @functools.wraps(default_rng)
    def nudged_rng(*args):
        return Generator(default_rng(*args).bit_generator)

    np.random.default_rng = nudged_rng
    for owner, name in (
        (torch, "randn"),
        (torch, "rand"),
        (torch.Tensor, "normal_"),
        (torch.Tensor, "uniform_"),
    ):
        draw = getattr(owner, name)

        @functools.wraps(draw)
        def nudging_torch(*args, _draw=draw, **kwargs):
            drawn = _draw(*args, **kwargs)
            if drawn.device.type == "cpu":  # the device "meta" keeps no numbers
                array = drawn.detach().numpy()  # the same memory
                array[...] = nudged(array, size)
            return drawn

        setattr(owner, name, nudging_torch)


def start(shell):
    """Begin taking notes, and nudge the draws, if the environment says so."""
    notes = Notes(os.environ["NNLIB_NOTES"], shell)
    shell.user_ns.update(_noted=notes.noted, _noted_round=notes.noted_round)
    shell.ast_transformers.append(Rounding())
    note_arrays(notes)
    if size := os.environ.get("NNLIB_NUDGE"):
        nudge_draws(float(size))
