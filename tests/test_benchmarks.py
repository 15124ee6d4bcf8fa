"""Every benchmark runs on both sides; how long it takes is not tested."""

import sys
from pathlib import Path

import pytest
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.__main__ import compare, table
from benchmarks.limit import PRODUCTS, Product, limit
from benchmarks.tasks import TASKS


@pytest.mark.parametrize("name", TASKS)
def test_a_task_runs_on_both_sides(name):
    for function in TASKS[name]("float32"):
        function()


def test_the_table_has_a_row_for_each_measurement():
    seconds = compare(lambda: None, lambda: None)
    assert len(seconds) == 2
    row = {"task": "t", "dtype": "d", "threads": 1, "nnlib_ms": 1, "torch_ms": 2, "ratio": 0.5}
    rows = [{**row, "own_limit": None}, {**row, "own_limit": 1.25}]
    assert table(rows).splitlines()[-2:] == [
        "| t | d | 1 | 1.000 | 2.000 | 0.50 | - |",
        "| t | d | 1 | 1.000 | 2.000 | 0.50 | 1.25 |",
    ]


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_products_of_a_task_are_those_that_pytorch_counts(name):
    _, theirs = TASKS[name]("float64")  # for float32, oneDNN computes an LSTM uncounted
    with sdpa_kernel(SDPBackend.MATH):
        theirs()
        with FlopCounterMode(display=False) as counter:
            theirs()
    assert sum(product.flops for product in PRODUCTS[name]) == counter.get_total_flops()


def test_the_limit_takes_each_product_in_its_fastest_shape(monkeypatch):
    product = Product(2, 3, 4, count=5, join="m")
    assert sorted(product.shapes()) == [(2, 3, 4, 5), (4, 3, 2, 5), (4, 3, 10, 1), (10, 3, 4, 1)]
    monkeypatch.setitem(PRODUCTS, "twice", [product, product])
    times = iter([4.0, 3.0, 2.0, 5.0])
    assert limit("twice", "float32", lambda run: run() or next(times)) == 4.0
    assert limit("no products", "float32", None) is None
