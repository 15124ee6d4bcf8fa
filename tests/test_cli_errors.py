"""Whatever is typed, stored or missing, the command line answers in one line and the right status.

The status is 1 if a command failed, 2 for a wrong option or setting, 130 after an interruption.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

import nnlib
from nnlib import cli
from nnlib.training.files import exclusive
from nnlib.training.recipes import RECIPES
from nnlib.training.run_dir import BEST, LAST, Run

QUICK = ["train", "mlp-digits", "--set", "steps=40", "--set", "eval_interval=20"]
TRAIN = [*QUICK, "--backend", "scratch", "--out", "run"]
RESUME = [*TRAIN, "--resume"]
EVALUATE = ["evaluate", "run"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Commands run in an empty folder, and records go there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NNLIB_RECORDS_DIR", str(tmp_path / "records"))
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "NNLIB_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run."""
    path = tmp_path_factory.mktemp("finished") / "run"
    assert cli.main([*TRAIN[:-1], str(path)]) == 0
    return path


@pytest.fixture
def run(finished, folder):
    """A copy of a finished run, in the folder "run"."""
    shutil.copytree(finished, folder / "run")
    return folder / "run"


def fails(arguments, status, message, capsys):
    """Run a command that has to fail with this status and one line that begins with a message."""
    capsys.readouterr()
    try:
        found = cli.main(arguments)
    except SystemExit as stop:  # by argparse
        found = stop.code
    printed = capsys.readouterr()
    *_, line = printed.err.splitlines()
    assert line.startswith(f"nnlib: {message}")
    assert found == status
    assert "Traceback" not in printed.err
    assert len(line) < 700


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND; see nnlib --help"),
        (["try"], "argument COMMAND: invalid choice: 'try' (choose from"),
        (["train"], "the following arguments are required: RECIPE; see nnlib train --help"),
        (["train", "mlp-digits", "--sed", "1"], "unrecognized arguments: --sed 1"),
        (["train", "mlp-digits", "--backend", "jax"], "argument --backend: invalid choice: 'jax'"),
        (["train", "mlp-digits", "--seed", "x"], "argument --seed: invalid int value: 'x'"),
        (["train", "mlp-digits", "--seed", "-1"], "--seed must be from 0 to 9223372036854775807"),
        (["train", "mlp-digits", "--seed", str(2**63)], "--seed must be from 0 to 922"),
        (["train", "mlp"], "unknown recipe 'mlp'; known are mlp-digits"),
        (["train", "mlp-digits", "--set", "rate=1"], "expected key=value with a key of"),
        (["train", "mlp-digits", "--device", "tpu"], "unknown device 'tpu'; known are auto, cpu"),
        (["train", "mlp-digits", "--device", "cuda:99"], "device 'cuda:99' is not"),
        (
            ["train", "mlp-digits", "--backend", "scratch", "--device", "cuda"],
            "the scratch backend runs on the CPU, not on --device cuda",
        ),
        (
            ["train", "mlp-digits", "--set", "task=Sounds"],
            "task must be one of ImageClassification",
        ),
        (
            ["train", "mlp-digits", "--set", "model_settings.depth=3"],
            "model_settings do not fit MLP: ",
        ),
        (
            ["train", "mlp-digits", "--set", "task_settings.dataset=mist"],
            "task_settings do not fit ImageClassification: unknown data set 'mist'; known are",
        ),
        (["train", "mlp-digits", "--set", "patience=many"], "patience must be of type"),
        (["train", "mlp-digits", "--set", "grad_accum_steps=99"], "a batch of 32 has no 99"),
        (
            ["train", "mlp-digits", "--set", "optimizer=SparseAdam", "--device", "cpu"],
            "unknown optimizer 'SparseAdam'; known are ASGD",
        ),
        (["record", "mlp-digits", "--set", "lr=0.1"], "a record is of an unchanged recipe; use"),
        (["record", "mlp-digits", "--backend", "scratch"], "a record is of an unchanged recipe"),
        (["download", "imagenet"], "unknown data set 'imagenet'; known are mnist"),
        (["sample", "run", "--prompt", ""], "--prompt must be one character or more"),
    ],
)
def test_a_wrong_option_is_reported_in_one_line(arguments, message, folder, capsys):
    fails(arguments, 2, message, capsys)
    assert not [*folder.glob("runs/*")]


def checkpoint(metadata, **arrays):
    """Bytes of a safetensors file."""
    arrays = arrays or {"x": np.ones(3, np.float32)}
    return safetensors.numpy.save(arrays, metadata={"nnlib": json.dumps(metadata)})


NOT_JSON = [b"", b"\xff\xfe\x00binary", b'{"name": 1', b"[" * 100_000]
NO_OBJECT = [b"123", b"null", b'"text"', b"[1, 2]", b"NaN"]
LAST_METADATA = {
    "step": 20,
    "best": 0.5,
    "evals_since_improvement": 0,
    "seconds": 1.0,
    "first_losses": [],
    "running_loss": [0.0, 0],
    "state": {},
}
BEST_METADATA = {"step": 20, "loss": 1.0, "accuracy": 0.5, "exact_match": 0.5}


@pytest.mark.parametrize(
    ("name", "content", "arguments", "message"),
    [
        *(
            ("recipe.json", content, arguments, "run/recipe.json")
            for content in (*NOT_JSON, *NO_OBJECT, b"{}", b'{"name": "x", "seed": 0, "recipe": {}}')
            for arguments in (EVALUATE, RESUME)
        ),
        (
            "recipe.json",
            b'{"name": "x", "seed": -1, "recipe": {}}',
            EVALUATE,
            "run/recipe.json has unexpected contents: 'seed' must not be -1",
        ),
        *(
            ("metrics.jsonl", content + b"\n", RESUME, "run/metrics.jsonl, line 1: expected an")
            for content in (*NOT_JSON, *NO_OBJECT, b"{}", b'{"a": 1}', b'{"step": "x"}')
        ),
        *(
            (name, content, arguments, f"run/{name} is not a complete safetensors file")
            for name, arguments in ((LAST, RESUME), (BEST, EVALUATE))
            for content in (b"", b"123", b"\xff" * 100)
        ),
        *(
            (
                name,
                safetensors.numpy.save({"x": np.ones(3)}),
                arguments,
                f"run/{name} is a safetensors file, but not a checkpoint of nnlib",
            )
            for name, arguments in ((LAST, RESUME), (BEST, EVALUATE))
        ),
        *(
            (name, checkpoint(metadata), arguments, f"run/{name} has unexpected")
            for name, arguments in ((LAST, RESUME), (BEST, EVALUATE))
            for metadata in (None, 3, [], {}, {"step": "x"}, {"step": -1}, {"step": True})
        ),
        *(
            (LAST, checkpoint(LAST_METADATA | {key: value}), RESUME, f"run/{LAST} ")
            for key, value in (
                ("best", "high"),
                ("seconds", None),
                ("first_losses", [None]),
                ("running_loss", [1]),
                ("state", {}),  # a state without its entries
            )
        ),
        (LAST, checkpoint(BEST_METADATA), RESUME, f"run/{LAST} has unexpected contents"),
        (BEST, checkpoint(LAST_METADATA), EVALUATE, f"run/{BEST} has unexpected contents"),
        (BEST, checkpoint(BEST_METADATA), EVALUATE, f"run/{BEST} "),  # arrays of another model
    ],
)
def test_a_damaged_or_foreign_file_is_named(name, content, arguments, message, run, capsys):
    (run / name).write_bytes(content)
    fails(arguments, 1, message, capsys)


def test_a_missing_file_is_named(run, capsys):
    (run / BEST).unlink()
    fails(EVALUATE, 1, f"no checkpoint at run/{BEST}", capsys)
    (run / "recipe.json").unlink()
    fails(EVALUATE, 1, "no run in run: it contains no recipe.json", capsys)
    fails(RESUME, 1, "no run in run: it contains no recipe.json", capsys)
    fails(["evaluate", "elsewhere"], 1, "no run in elsewhere", capsys)


def test_a_checkpoint_of_another_width_or_backend_is_named(run, capsys):
    wide = [*TRAIN[:-1], "wide", "--set", "model_settings.hidden_sizes=(3,)"]
    torch = [*QUICK, "--backend", "pytorch", "--device", "cpu", "--out", "torch"]
    assert cli.main(wide) == cli.main(torch) == 0
    shutil.copy(f"torch/{LAST}", "kept")
    for source, name, target, arguments in (
        (f"wide/{LAST}", LAST, "torch", [*torch, "--resume"]),
        (f"{run}/{LAST}", LAST, "torch", [*torch, "--resume"]),
        ("kept", LAST, "run", RESUME),
        (f"wide/{LAST}", LAST, "run", RESUME),
        (f"wide/{BEST}", BEST, "run", EVALUATE),
    ):
        shutil.copy(source, f"{target}/{name}")
        message = f"{target}/{name} is not a checkpoint of this recipe and backend: "
        fails(arguments, 1, message, capsys)


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        (["--set", "lr=0.5"], "lr=0.003 instead of lr=0.5"),
        (["--seed", "1"], "seed=0 instead of seed=1"),
        (["--backend", "pytorch"], "backend=scratch instead of backend=pytorch"),
    ],
)
@pytest.mark.usefixtures("run")
def test_a_run_is_resumed_with_its_own_settings(changes, difference, capsys):
    fails([*RESUME, *changes], 2, f"run was created with {difference}; use the same", capsys)


@pytest.mark.parametrize("content", [*NOT_JSON, *NO_OBJECT, b"{}", b'{"steps": 40}'])
def test_a_result_that_is_none_is_named(content, finished, monkeypatch, capsys):
    quick = replace(RECIPES["mlp-digits"], steps=40, eval_interval=20, backend="scratch")
    monkeypatch.setitem(RECIPES, "mlp-digits", quick)
    run = Path("runs/mlp-digits-scratch-seed-0")
    shutil.copytree(finished, run)
    (run / "result.json").write_bytes(content)
    fails(["record", "mlp-digits"], 1, f"{run}/result.json ", capsys)


@pytest.mark.parametrize("content", [*NOT_JSON, *NO_OBJECT, b"{}", b'{"name": "mlp-digits"}'])
def test_a_broken_record_is_named(content, folder, capsys):
    path = folder / "records" / "mlp-digits" / "cpu.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    fails(["list"], 1, f"{path} ", capsys)


def test_a_folder_without_records_says_so_and_the_recipes_are_listed(folder, capsys):
    assert cli.main(["list"]) == 0
    printed = capsys.readouterr()
    assert printed.err == f"nnlib: no records in {folder / 'records'}: there is no such folder\n"
    assert "mlp-digits" in printed.out


def test_a_last_line_of_the_metrics_that_was_cut_off_is_left_out(run):
    with (run / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 60, "secon')
    assert len(Run(run).metrics()) == 2
    assert cli.main(RESUME) == 0


@pytest.mark.parametrize("arguments", [TRAIN, [*TRAIN[:-1], "file/run"]])
def test_a_folder_that_cannot_be_created_is_named(arguments, folder, capsys):
    for name in ("run", "file"):
        (folder / name).write_text("a file where the folder should be")
    fails(arguments, 1, arguments[-1].partition("/")[0], capsys)


def test_a_full_disk_is_reported_with_the_file(folder, monkeypatch, capsys):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    fails(TRAIN, 1, "run/recipe.json: No space left on device", capsys)
    assert not (folder / "run").exists()
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    assert cli.main(TRAIN) == 0


def test_a_cache_that_cannot_be_written_is_named(folder, monkeypatch, capsys):
    (folder / "cache").write_text("a file where the folder should be")
    monkeypatch.setenv("NNLIB_DATA_DIR", str(folder / "cache"))
    fails(["download", "mnist"], 1, f"cannot store {folder / 'cache' / 'mnist'}", capsys)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError("Unable to allocate 466. TiB"), "out of memory: Unable to allocate 466. TiB;"),
        (RuntimeError("CUDA out of memory. Tried"), "out of memory: CUDA out of memory. Tried;"),
        (RuntimeError("can't allocate memory: 4 bytes"), "out of memory: can't allocate memory"),
        (FloatingPointError("loss became nan at step 0"), "loss became nan at step 0"),
        (ZeroDivisionError("division by zero"), "the first step failed, so the settings of"),
        (KeyError("lr"), "the first step failed, so the settings of the recipe do not fit: 'lr'"),
        (KeyboardInterrupt(), "interrupted"),
        (AssertionError("a bug\nin two lines"), "AssertionError: a bug in two lines (NNLIB_"),
    ],
)
def test_a_failed_first_step_leaves_no_run(error, message, folder, monkeypatch, capsys):
    def fail(*_arguments):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("nnlib.training.numpy_trainer.Trainer.training_step", fail)
        status = {ZeroDivisionError: 2, KeyError: 2, KeyboardInterrupt: 130}.get(type(error), 1)
        fails(TRAIN, status, message, capsys)
    assert not (folder / "run").exists()
    assert cli.main([*TRAIN, "--set", "lr=0.1"]) == 0


def test_a_loss_that_is_not_finite_is_reported(folder, capsys):
    settings = ["--set", "lr=1e30", "--set", "optimizer=SGD", "--device", "cpu", "--out", "run"]
    fails(["train", "mlp-digits", *settings], 1, "loss became nan at step", capsys)
    assert not (folder / "run").exists()


@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        (
            "torch",
            ["train", "mlp-digits"],
            "the pytorch backend needs PyTorch, which is not installed; install it, or use "
            "--backend scratch; try: pip install torch",
        ),
        ("pooch", ["download", "mnist"], "import of pooch halted"),
    ],
)
def test_a_missing_package_is_named(module, arguments, message, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "nnlib.training.torch_trainer", raising=False)
    fails(arguments, 1, message, capsys)


def test_a_package_is_named_as_pip_knows_it():
    error = ModuleNotFoundError("No module named 'sklearn.datasets'", name="sklearn.datasets")
    message, status = cli._explain(error)
    assert message == "No module named 'sklearn.datasets'; try: pip install scikit-learn"
    assert status == 1


@pytest.mark.parametrize("name", ["WORLD_SIZE", "RANK"])
def test_a_broken_environment_variable_is_named(name, monkeypatch, capsys):
    for variable, value in {"WORLD_SIZE": "1", "RANK": "0", "LOCAL_RANK": "0", name: "abc"}.items():
        monkeypatch.setenv(variable, value)
    message = f"the environment variable {name} must be an integer, got 'abc'"
    fails([*QUICK, "--backend", "pytorch"], 2, message, capsys)


def test_a_traceback_is_shown_on_request(monkeypatch):
    monkeypatch.setenv("NNLIB_TRACEBACK", "1")
    with pytest.raises(ValueError, match="unknown recipe"):
        cli.main(["train", "mlp"])


def test_a_folder_in_use_is_refused_and_its_process_named(run, capsys):
    message = f"run is in use by process {os.getpid()}; wait, or stop that process"
    with exclusive(run):
        fails(TRAIN, 1, message, capsys)
        fails(RESUME, 1, message, capsys)
    assert not (run / ".pid").exists()
    assert cli.main(RESUME) == 0
    with exclusive(run):
        (run / ".pid").write_text("not a number")
        fails(RESUME, 1, "run is in use by another process", capsys)


PACKAGE = Path(nnlib.__file__).parent.parent


def process(*arguments, before="", stdout=subprocess.PIPE, **environment):
    """Start the command line in a process of its own, after some Python."""
    program = f"import sys\n{before}\nfrom nnlib.__main__ import main\nsys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PACKAGE), **environment},
    )


def wait_for(condition):
    """Wait until something has happened."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


# A step that waits, after it has said that it does.
WAITING = """
import pathlib, time
from nnlib.training import numpy_trainer
step = numpy_trainer.Trainer.training_step
def training_step(self, *arguments):
    if self.global_step == {at}:
        pathlib.Path("waiting").touch()
        try:
            time.sleep({seconds})
        finally:
            pathlib.Path("waiting").unlink()
    return step(self, *arguments)
numpy_trainer.Trainer.training_step = training_step
"""


def test_ctrl_c_saves_and_a_second_one_stops_at_once(folder):
    first = process(*TRAIN, before=WAITING.format(at=25, seconds=2))
    wait_for((folder / "waiting").exists)
    first.send_signal(signal.SIGINT)
    _, error = first.communicate(timeout=60)
    assert first.returncode == 130
    assert b"\nnnlib: saving a checkpoint; press Ctrl-C again to stop at once\n" in error
    assert error.splitlines()[-1].startswith(b"nnlib: stopped after step 26; continue with: nnlib")
    assert Run("run").load_last().metadata["step"] == 26
    before = (folder / "run" / LAST).read_bytes()

    second = process(*RESUME, before=WAITING.format(at=30, seconds=60))
    wait_for((folder / "waiting").exists)
    second.send_signal(signal.SIGINT)
    time.sleep(0.3)
    second.send_signal(signal.SIGINT)
    _, error = second.communicate(timeout=10)
    assert second.returncode == 130
    assert error.splitlines()[-1] == b"nnlib: interrupted"
    assert b"Traceback" not in error
    assert (folder / "run" / LAST).read_bytes() == before
    assert not [*(folder / "run").glob("*.part")]
    assert cli.main(RESUME) == 0


def test_sigterm_saves(folder):
    training = process(*TRAIN, before=WAITING.format(at=25, seconds=1))
    wait_for((folder / "waiting").exists)
    training.terminate()
    _, error = training.communicate(timeout=60)
    assert training.returncode == 130
    assert b"stopped after step 26" in error
    assert Run("run").load_last().metadata["step"] == 26


def test_a_second_process_is_refused_and_a_killed_one_does_not_block(folder):
    first = process(*TRAIN, before=WAITING.format(at=0, seconds=60))
    wait_for((folder / "waiting").exists)
    for arguments in (TRAIN, RESUME):
        second = process(*arguments)
        _, error = second.communicate(timeout=60)
        assert second.returncode == 1
        expected = f"nnlib: run is in use by process {first.pid}; wait, or stop that process\n"
        assert error.decode() == expected
    first.kill()
    first.communicate(timeout=60)
    assert (folder / "run" / ".pid").exists()
    assert cli.main(TRAIN) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_during_the_imports_is_one_line(number, folder):
    slow = """
import pathlib, time
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            pathlib.Path("waiting").touch()
            time.sleep(60)
sys.meta_path.insert(0, Slow())
"""
    importing = process("list", before=slow)
    wait_for((folder / "waiting").exists)
    importing.send_signal(number)
    output, error = importing.communicate(timeout=60)
    assert importing.returncode == 130
    assert (output, error) == (b"", b"nnlib: interrupted\n")


def test_a_missing_numpy_is_one_line():
    without = process("list", before="sys.modules['numpy'] = None")
    output, error = without.communicate(timeout=60)
    assert without.returncode == 1
    assert output == b""
    assert error.startswith(b"nnlib: import of numpy halted")
    assert error.count(b"\n") == 1


def test_a_closed_pipe_is_silent():
    reading_end, writing_end = os.pipe()
    os.close(reading_end)
    listing = process("list", stdout=writing_end, NNLIB_RECORDS_DIR="")
    os.close(writing_end)
    _, error = listing.communicate(timeout=60)
    assert error == b""
    assert listing.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_device_is_reported():
    with Path("/dev/full").open("wb") as full:
        listing = process("list", stdout=full, NNLIB_RECORDS_DIR="")
        _, error = listing.communicate(timeout=60)
    assert listing.returncode == 1
    assert error == b"nnlib: standard output: No space left on device\n"


def test_a_locale_without_the_characters_gets_escapes():
    listing = process("list", NNLIB_RECORDS_DIR="", PYTHONIOENCODING="ascii", LC_ALL="C")
    output, error = listing.communicate(timeout=60)
    assert listing.returncode == 0
    assert error == b""
    assert b"\\xb1" in output
