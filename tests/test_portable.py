"""A cell whose text another processor would change is found, also when it did not change here."""

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
import torch
torch.empty(2, device="meta").normal_()
x = np.random.default_rng(0).uniform(size=100)
print(f"{x.mean():.2f}", round(float(x.std()), 1), np.array([1 / 3, 2 / 3]))"""
COARSE = 'print(f"{x + 0.54:.0f}")'  # 1.51, and 1.50 when nudged: both print 2
BOUNDARIES = """\
import numpy as np
x = 0.12500000000001
print(f"{x:.2f}")
print(round(x, 2))
print(np.array([x]).round(2))
print(np.array([0.333333335000001]))"""


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    """A notebook of the cells above, and what two kinds made of it."""
    path = tmp_path_factory.mktemp("portable") / "chapter.ipynb"
    cells = [new_code_cell(source) for source in (ROBUST, CHAOTIC, COARSE, BOUNDARIES)]
    notebooks.write_notebook(path, new_notebook(cells=cells))
    notebooks.run(path)
    return path, [portable.execute(kind, path) for kind in ("default", "nudged-1e-9")]


def close(path, runs, cell):
    """Texts of the numbers of a cell that lie close to a rounding boundary."""
    return [text for number, text, *_ in portable.close_to_boundary(path, runs) if number == cell]


def test_only_the_chaotic_cell_differs_when_its_draws_are_nudged(chapter):
    _, (default, nudged) = chapter
    assert not default.different
    assert [*nudged.different] == [1]


def test_chaotic_number_that_printed_the_same_is_named(chapter):
    path, runs = chapter
    assert len(close(path, runs, 2)) == 1


def test_robust_cell_passes(chapter):
    path, runs = chapter
    assert len(runs[0].notes[0]) == 4
    assert not close(path, runs, 0)


def test_numbers_at_a_boundary_are_named_wherever_they_are_rounded(chapter):
    path, runs = chapter
    assert close(path, runs[:1], 3) == ["0.13", "0.13", "0.13", "0.33333334"]


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


def test_kinds_are_settings_of_the_environment():
    assert portable.supported("default")
    kinds = [settings for settings, _ in portable.KINDS.values()]
    assert all(isinstance(value, str) for settings in kinds for value in settings.values())
