"""A cell whose text another processor would change is found, also when it did not change here."""

import os

import notebooks
import portable
import pytest
from nbformat.v4 import new_code_cell, new_notebook

CHAOTIC = """\
import numpy as np
x = np.random.default_rng(0).uniform()
for _ in range(100):
    x = 3.9 * x * (1 - x)
print(f"{x:.2f}")"""
ROBUST = """\
import numpy as np
x = np.random.default_rng(0).uniform(size=100)
print(f"{x.mean():.2f}", round(float(x.std()), 1), np.array([1 / 3, 2 / 3]))"""
BOUNDARIES = """\
import numpy as np
x = 0.12500000000001
print(f"{x:.2f}")
print(round(x, 2))
print(np.array([x]).round(2))
print(np.array([0.333333335000001]))"""


@pytest.fixture
def runs(tmp_path):
    """A function that stores a notebook of one cell, and executes it as the given kinds."""

    def execute(source, *kinds):
        path = tmp_path / "chapter.ipynb"
        notebooks.write_notebook(path, new_notebook(cells=[new_code_cell(source)]))
        notebooks.run(path)
        return path, [portable.execute(kind, path) for kind in kinds]

    return execute


def test_chaotic_training_differs_when_its_draws_are_nudged(runs):
    _, (default, nudged) = runs(CHAOTIC, "default", "nudged-1e-6")
    assert not default.different
    assert [*nudged.different] == [0]


def test_chaotic_number_that_printed_the_same_is_named(runs):
    path, both = runs(CHAOTIC.replace(".2f", ".0f"), "default", "nudged-1e-6")
    assert [fault[0] for fault in portable.close_to_boundary(path, both)] == [0]


def test_robust_cell_passes(runs):
    path, both = runs(ROBUST, "default", "nudged-1e-6")
    assert not any(run.different for run in both)
    assert len(both[0].notes[0]) == 4
    assert not [*portable.close_to_boundary(path, both)]


def test_numbers_at_a_boundary_are_named_wherever_they_are_rounded(runs):
    path, (default,) = runs(BOUNDARIES, "default")
    faults = [*portable.close_to_boundary(path, [default])]
    assert [shown for _, shown, *_ in faults] == ["0.13", "0.13", "0.13", "0.33333334"]


@pytest.mark.parametrize(
    ("values", "spec", "close"),
    [
        ([0.7049, 0.7049], ".2f", False),
        ([0.7049, 0.7048], ".2f", True),  # training amplified: a thousandth
        ([0.7049, 0.70490000001], ".2f", False),
        ([2.5, 2.5], ".0f", True),
        ([-1e-20, -1e-20], ".2f", False),
        ([-1e-20, 1e-20], ".2f", True),  # prints -0.00 and 0.00
    ],
)
def test_change_that_a_number_must_bear(values, spec, close):
    assert portable.flips(values[0], spec, portable.change_to_bear(values)) is close


def test_every_kind_names_settings_that_the_others_leave_alone():
    assert portable.supported("default")
    assert all(
        isinstance(value, str) for kind in portable.KINDS.values() for value in kind[0].values()
    )
    assert not set(portable.KINDS["nudged-1e-6"][0]) & set(os.environ)
