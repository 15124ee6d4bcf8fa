"""The examples in docstrings give what they show."""

import doctest
import importlib
import pkgutil

import pytest

import nnlib

MODULES = [
    module.name
    for module in pkgutil.walk_packages(nnlib.__path__, "nnlib.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples_to_check():
    found = [doctest.testmod(importlib.import_module(name)).attempted for name in MODULES]
    assert sum(found) >= 10
