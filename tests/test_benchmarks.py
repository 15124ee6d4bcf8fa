"""Every benchmark runs on both sides; how long it takes is not tested."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.__main__ import compare, table
from benchmarks.tasks import TASKS


@pytest.mark.parametrize("name", TASKS)
def test_a_task_runs_on_both_sides(name):
    for function in TASKS[name]("float32"):
        function()


def test_the_table_has_a_row_for_each_measurement():
    seconds = compare(lambda: None, lambda: None)
    assert len(seconds) == 2
    row = {"task": "t", "dtype": "d", "threads": 1, "nnlib_ms": 1, "torch_ms": 2, "ratio": 0.5}
    assert table([row]).splitlines()[-1] == "| t | d | 1 | 1.000 | 2.000 | 0.50 |"
