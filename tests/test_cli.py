"""The command line: what the commands print, and what they leave in the run folder."""

import json
import shutil
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from nnlib import cli, data
from nnlib.training import records
from nnlib.training.recipes import RECIPES
from nnlib.training.run_dir import BEST, Run
from nnlib.training.trainer import TrainingInterrupted

QUICK = ["--set", "steps=40", "--set", "eval_interval=20"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Runs and records go to an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NNLIB_RECORDS_DIR", str(tmp_path / "records"))
    return tmp_path


@pytest.mark.parametrize("backend", ["scratch", "pytorch"])
def test_a_run_is_trained_and_evaluated_again(backend, capsys):
    assert cli.main(["train", "mlp-digits", "--backend", backend, "--device", "cpu", *QUICK]) == 0
    printed = capsys.readouterr()
    assert "step 20/40" in printed.err
    test = next(line for line in printed.out.splitlines() if line.startswith("test: "))
    folder = f"runs/mlp-digits-{backend}-seed-0"
    assert cli.main(["evaluate", folder, "--device", "cpu"]) == 0
    assert f"{folder} {test}" in capsys.readouterr().out


def test_a_run_is_not_overwritten(capsys):
    command = ["train", "mlp-digits", "--backend", "scratch", *QUICK]
    assert cli.main(command) == 0
    assert cli.main(command) == 1
    assert "already contains a run; continue it with --resume" in capsys.readouterr().err
    assert cli.main([*command, "--resume"]) == 0
    assert cli.main([*command, "--resume", "--set", "lr=0.5"]) == 2
    assert "was created with lr=0.003 instead of lr=0.5" in capsys.readouterr().err


def test_a_full_disk_leaves_the_last_checkpoint(capsys):
    writes = []

    def full(_descriptor):
        writes.append(1)
        if len(writes) > 3:  # the recipe, and best and last after step 20
            raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", full)
        assert cli.main(["train", "mlp-digits", "--backend", "scratch", *QUICK]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("nnlib: runs/mlp-digits-scratch-seed-0/")
    assert error.endswith(".safetensors: No space left on device")
    run = Run("runs/mlp-digits-scratch-seed-0")
    assert not [*run.folder.glob("*.part")]
    trainer = cli._trainer(run.describe()[1], 0, "cpu")
    trainer.resume(run)
    assert trainer.global_step == 20


def test_a_record_says_all_that_it_depends_on(monkeypatch, capsys):
    quick = replace(
        RECIPES["mlp-digits"], steps=40, eval_interval=20, backend="scratch", target=0.5
    )
    monkeypatch.setitem(RECIPES, "mlp-digits", quick)
    assert cli.main(["record", "mlp-digits"]) == 0
    path = Path(capsys.readouterr().out.strip())
    record = json.loads(path.read_text(encoding="utf-8"))
    assert [run["seed"] for run in record["runs"]] == [0, 1, 2]
    values = [run["test"]["accuracy"] for run in record["runs"]]
    assert record["mean"] == pytest.approx(sum(values) / 3)
    assert record["metric"] == "test accuracy"
    assert record["runs"][0]["curve"]["step"] == [20, 40]
    assert record["versions"]["numpy"]
    assert record["ensemble"] is None
    assert all("origin" not in run for run in record["runs"])
    assert records.target_reached(record)
    assert records.target_reached({**record, "target": 1.0}) is False
    assert records.target_reached({**record, "target": None}) is None
    assert cli.main(["record", "mlp-digits", "--device", "cuda:1"]) == 2
    assert "seed-0 was trained on cpu, not on --device cuda:1; remove it" in capsys.readouterr().err
    run = Run("runs/mlp-digits-scratch-seed-2")
    result = run.result()
    run.write_result({**result, "origin": {**result["origin"], "hardware": "an abacus"}})
    assert cli.main(["record", "mlp-digits"]) == 2
    message = "seed-0 and runs/mlp-digits-scratch-seed-2 come from different machines"
    assert message in capsys.readouterr().err
    monkeypatch.setitem(RECIPES, "mlp-digits", replace(quick, lr=0.5))
    assert cli.main(["record", "mlp-digits"]) == 2  # the runs there are of the recipe before
    assert "seed-0 was created with lr=0.003 instead of lr=0.5" in capsys.readouterr().err
    assert cli.main(["list"]) == 0
    listed = capsys.readouterr().out
    assert f"{record['mean']:.4f}" in listed
    assert "target missed" not in listed


def test_an_ensemble_is_trained_and_recorded(monkeypatch, capsys):
    quick = replace(
        RECIPES["mlp-digits"],
        steps=40,
        eval_interval=20,
        ensemble_size=4,
        ensemble_target=0.5,
        backend="scratch",
    )
    monkeypatch.setitem(RECIPES, "mlp-digits", quick)
    assert cli.main(["record", "mlp-digits"]) == 0
    record = json.loads(Path(capsys.readouterr().out.strip()).read_text(encoding="utf-8"))
    assert len(record["runs"]) == 4
    folders = [f"runs/mlp-digits-scratch-seed-{seed}" for seed in range(4)]
    assert cli.main(["evaluate", *folders]) == 0
    accuracy = f"accuracy {record['ensemble']['accuracy']:.4f}"
    line = next(
        line
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("ensemble of 4 test")
    )
    assert accuracy in line
    assert record["ensemble"]["target"] == 0.5
    assert cli.main(["list"]) == 0
    assert f"{record['ensemble']['accuracy']:.4f}" in capsys.readouterr().out


def test_runs_on_different_examples_form_no_ensemble(capsys):
    command = ["train", "mlp-digits", "--backend", "scratch", *QUICK]
    assert cli.main([*command, "--out", "one"]) == 0
    assert cli.main([*command, "--out", "two", "--set", "task_settings.val_size=100"]) == 0
    assert cli.main(["evaluate", "one", "two"]) == 2
    assert "evaluated on different examples" in capsys.readouterr().err


def test_tensorboard_gets_the_curves(monkeypatch, capsys):
    command = ["train", "mlp-digits", "--backend", "scratch", "--tensorboard", *QUICK]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert cli.main(command) == 2
    assert "--tensorboard needs the packages torch and tensorboard" in capsys.readouterr().err

    class SummaryWriter:
        """As that of TensorBoard, which is not among the requirements."""

        written: ClassVar = []

        def __init__(self, folder):
            self.written.append(folder)

        def add_scalar(self, name, _value, step):
            self.written.append((name, step))

        def close(self):
            self.written.append("closed")

    fake = types.SimpleNamespace(SummaryWriter=SummaryWriter)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", fake)
    assert cli.main(command) == 0  # the run that failed has left nothing behind
    written = SummaryWriter.written
    assert written[0] == Path("runs/mlp-digits-scratch-seed-0/tensorboard")
    assert [("accuracy/validation", step) in written for step in (20, 30, 40)] == [
        True,
        False,
        True,
    ]
    assert ("loss/train", 40) in written
    assert written[-1] == "closed"


def reader(monkeypatch, **changes):
    """The recipe mlp-digits becomes one of a language model."""
    monkeypatch.setattr(data, "fable", lambda: "abc " * 200, raising=False)
    small = replace(
        RECIPES["mlp-digits"],
        task="LanguageModeling",
        task_settings={"dataset": "fable", "block_size": 8},
        metric="loss",
        **changes,
    )
    monkeypatch.setitem(RECIPES, "mlp-digits", small)


def test_a_language_model_writes(monkeypatch, capsys):
    settings = {"embed_dim": 4, "hidden_size": 16}
    reader(
        monkeypatch,
        model="CharRNN",
        model_settings=settings,
        steps=200,
        lr=0.02,
        backend="scratch",
    )
    assert cli.main(["train", "mlp-digits", "--out", "run"]) == 0
    capsys.readouterr()
    sample = ["sample", "run", "--prompt", "ab", "--max-new-tokens", "9"]
    for greedy in (["--temperature", "0"], ["--top-k", "1"], ["--top-p", "1e-9"]):
        assert cli.main([*sample, *greedy]) == 0
        assert capsys.readouterr().out == "abc abc abc\n"
    for wrong, message in (
        (["--prompt", "axyz"], "--prompt contains 'xyz', which the vocabulary lacks"),
        (["--prompt", ""], "--prompt must be one character or more"),
        (["--max-new-tokens", "-5"], "--max-new-tokens must be 0 or more, got -5"),
        (["--temperature", "-1"], "temperature"),
        (["--temperature", "nan"], "temperature"),
        (["--top-k", "0"], "top_k"),
        (["--top-p", "2"], "top_p"),
        (["--seed", "-1"], "--seed must be from 0 to"),
    ):
        assert cli.main(["sample", "run", "--prompt", "a", *wrong]) == 2
        error = capsys.readouterr().err
        assert error.startswith("nnlib: ")
        assert message in error


@pytest.mark.parametrize("backend", ["scratch", "pytorch"])
def test_a_model_writes_without_dropout(backend, monkeypatch, capsys):
    settings = {"block_size": 8, "num_layers": 1, "num_heads": 1, "embed_dim": 8}
    dropout = {**settings, "dropout": 0.5}
    reader(monkeypatch, model="GPT", model_settings=dropout, steps=20, backend=backend)
    assert cli.main(["train", "mlp-digits", "--out", "run", "--device", "cpu"]) == 0
    run = Run("run")
    name, recipe, seed = run.describe()
    plain = Run.create("plain", name, replace(recipe, model_settings=settings), seed)
    shutil.copy(run.folder / BEST, plain.folder / BEST)
    written = []
    for folder in ("run", "plain"):  # the same weights, in a model that has no dropout
        capsys.readouterr()
        command = [
            "sample",
            folder,
            "--prompt",
            "a",
            "--max-new-tokens",
            "40",
            "--temperature",
            "0",
        ]
        assert cli.main([*command, "--device", "cpu"]) == 0
        written.append(capsys.readouterr().out)
    assert written[0] == written[1]


def test_a_stopped_run_says_how_to_go_on(monkeypatch, capsys):
    def stop(trainer, run, _logger):
        trainer.save(run)
        raise TrainingInterrupted("stopped after step 7")

    monkeypatch.setattr("nnlib.training.trainer.Trainer.fit", stop)
    command = ["train", "mlp-digits", "--backend", "scratch", "--out", "record"]
    command += ["--set", "model_settings.hidden_sizes=(8, 8)"]
    assert cli.main(command) == 130
    again = (
        "nnlib train mlp-digits --backend scratch --out record "
        "--set 'model_settings.hidden_sizes=(8, 8)' --resume"
    )
    assert f"stopped after step 7; continue with: {again}\n" in capsys.readouterr().err
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert cli.main([*command, "--resume"]) == 130
    assert capsys.readouterr().err == ""


def test_a_record_is_made_by_one_process(monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert cli.main(["record", "mlp-digits"]) == 2
    assert "record runs in one process; use train under torchrun instead" in capsys.readouterr().err
