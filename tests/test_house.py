"""The rules of the house: who imports whom; nothing public without a twin, a case, and types."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import cases
import pytest
import torch

import nnlib
from nnlib import pytorch, scratch
from nnlib.scratch import optim
from nnlib.scratch.autograd import graph

ROOT = Path(__file__).parents[1]
PACKAGE = Path(nnlib.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
# Not layers: what layers are made of.
BUILDING_BLOCKS = {
    "Module",
    "ModuleList",
    "Parameter",
    "clip_grad_norm_",
    "clip_grad_value_",
    "init",
}


def name_of(path):
    return str(path.relative_to(PACKAGE))


def imported(path):
    """Dotted names of all modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write the full name"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_go_in_one_direction(path):
    file = name_of(path)
    side = file.partition("/")[0]
    backends = {"torch", "nnlib.scratch", "nnlib.pytorch"}
    forbidden = {
        "scratch": {"torch", "nnlib.pytorch"},
        "pytorch": {"nnlib.scratch"},
        "demos": {"torch"},
        "plot": backends | {"nnlib.demos"},
        "cli.py": set(),  # chooses a backend, when it is known which
        "training/numpy_trainer.py": {"torch", "nnlib.pytorch"},
        "training/torch_trainer.py": {"nnlib.scratch"},
        "training/device.py": {"nnlib.scratch"},
    }
    forbidden = forbidden.get(file, forbidden.get(side, backends))
    forbidden |= set() if side == "__main__.py" else {"nnlib.cli"}
    forbidden |= set() if side in ("demos", "plot") else {"nnlib.demos", "nnlib.plot"}
    forbidden |= set() if side in ("training", "cli.py", "demos") else {"nnlib.training"}
    for name in imported(path):
        for start in forbidden:
            assert not f"{name}.".startswith(f"{start}."), f"{path.name} must not import {name}"


def test_scratch_works_without_torch():
    program = """
import sys
class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "sklearn", "matplotlib", "pooch", "requests"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, NoTorch())
import nnlib.scratch, nnlib.scratch.fit
layer = nnlib.scratch.nn.Linear(3, 2)
print(layer(nnlib.scratch.Tensor([[1.0, 2.0, 3.0]])).shape)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "(1, 2)\n", done.stderr


def check_listed(public, twins, listed):
    """Every public name needs a twin and a case; the error names the one that lacks them."""
    for name in sorted(public):
        assert name in twins, f"{name} has no twin in PyTorch"
        assert name in listed, f"{name} has no case in tests/cases.py"


def names(listed):
    return {case.name for case in listed}


def test_every_layer_has_a_twin_and_a_case():
    assert sorted(scratch.nn.__all__) == sorted(pytorch.nn.__all__)
    check_listed(set(scratch.nn.__all__) - BUILDING_BLOCKS, vars(pytorch.nn), names(cases.LAYERS))


def test_every_model_has_a_twin_and_a_case():
    assert sorted(scratch.models.__all__) == sorted(pytorch.models.__all__)
    check_listed(scratch.models.__all__, vars(pytorch.models), names(cases.MODELS))


def test_every_function_has_a_twin_and_a_case():
    check_listed(scratch.functional.__all__, vars(torch.nn.functional), names(cases.FUNCTIONS))


def test_every_primitive_has_a_case():
    found = {
        name
        for module in [*sys.modules.values()]
        if module.__name__.startswith("nnlib.scratch.") and module is not graph
        for name, value in vars(module).items()
        if hasattr(value, "__wrapped__") and value.__module__ == module.__name__
    }
    assert {"matmul", "relu", "_lstm"} <= found
    public = {name for name in found if not name.startswith("_")}  # the others serve a public one
    missing = public - names(cases.OPS) - names(cases.DISCRETE) - names(cases.FUNCTIONS)
    assert not missing, f"no case in tests/cases.py for {sorted(missing)}"


def test_every_optimizer_has_a_case():
    found = {
        name
        for name, value in vars(optim).items()
        if isinstance(value, type) and value is not optim.Optimizer
    }
    check_listed(found, found, names(cases.OPTIMIZERS))


def test_a_layer_without_twin_or_case_fails_by_name():
    with pytest.raises(AssertionError, match="Mystery has no twin"):
        check_listed({"Mystery"}, {}, {"Mystery"})
    with pytest.raises(AssertionError, match="Mystery has no case"):
        check_listed({"Mystery"}, {"Mystery"}, set())


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path} has none"


def unannotated(tree):
    """Lines about each public function or method that lacks a type for a parameter or its result.

    A primitive needs none for its result: the decorator makes it a Tensor.
    """
    public = [node for node in tree.body if not getattr(node, "name", "_").startswith("_")]
    functions = [(node.name, node, False) for node in public if isinstance(node, ast.FunctionDef)]
    for owner in (node for node in public if isinstance(node, ast.ClassDef)):
        methods = [node for node in owner.body if isinstance(node, ast.FunctionDef)]
        functions += [
            (f"{owner.name}.{node.name}", node, True)
            for node in methods
            if node.name == "__init__" or not node.name.startswith("_")
        ]
    for name, node, in_class in functions:
        marks = {mark.id for mark in node.decorator_list if isinstance(mark, ast.Name)}
        positional = [*node.args.posonlyargs, *node.args.args]
        if in_class and "staticmethod" not in marks:
            positional = positional[1:]  # self or cls
        others = filter(None, (node.args.vararg, node.args.kwarg))
        for parameter in (*positional, *node.args.kwonlyargs, *others):
            if parameter.annotation is None:
                yield f"line {node.lineno}: {name} has no type for {parameter.arg}"
        if node.returns is None and node.name != "__init__" and "primitive" not in marks:
            yield f"line {node.lineno}: {name} has no type for its result"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_what_is_public_has_types(path):
    faults = list(unannotated(ast.parse(path.read_text(encoding="utf-8"))))
    assert not faults, "\n".join([name_of(path), *faults])


def test_a_missing_type_is_named():
    program = """
def area(width: int, height) -> int: ...
def _private(x): ...
@primitive
def relu(x: int): ...
class Layer:
    def __init__(self, size): ...
    def forward(self, x: int): ...
    def _helper(self, x): ...
"""
    assert list(unannotated(ast.parse(program))) == [
        "line 2: area has no type for height",
        "line 7: Layer.__init__ has no type for size",
        "line 8: Layer.forward has no type for its result",
    ]


def test_lower_bounds_are_the_versions_that_the_oldest_run_takes():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["dependencies"]
    for extra in project["optional-dependencies"].values():
        wanted = wanted + extra
    lines = (ROOT / "constraints-oldest.txt").read_text("utf-8").splitlines()
    oldest = dict(line.split("==") for line in lines if not line.startswith("#"))
    for name, bound in (line.split(">=") for line in wanted):
        assert oldest[name] in (bound, f"{bound}.0"), f"{name}: {oldest[name]} is not {bound}"
