"""Recipes: both backends train alike, a stopped run goes on as if nothing had been."""

import functools
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import threadpoolctl
import torch

from nnlib import data
from nnlib.training import trainer as training
from nnlib.training.checkpoint import load_checkpoint
from nnlib.training.device import autocast_dtype, peak_flops
from nnlib.training.numpy_trainer import Trainer as ScratchTrainer
from nnlib.training.recipe import Recipe, override
from nnlib.training.recipes import RECIPES
from nnlib.training.run_dir import BEST, LAST, Run
from nnlib.training.tasks import build_task
from nnlib.training.torch_trainer import Trainer as TorchTrainer

BACKENDS = pytest.mark.parametrize("trainer_class", [ScratchTrainer, TorchTrainer])
DIGITS = Recipe(
    description="a network so small that a test can train it",
    task="ImageClassification",
    task_settings={"dataset": "digits", "flatten": True, "val_size": 200},
    model="MLP",
    model_settings={"hidden_sizes": (16,)},
    steps=60,
    batch_size=32,
    lr=3e-3,
    schedule="cosine",
    warmup_steps=5,
    eval_interval=20,
    ema_decay=0.9,
    max_grad_norm=1.0,
    label_smoothing=0.1,
    precision="float64",
)
FABLE = "the fox saw the grapes, and the grapes saw the fox. " * 40
SMALL = {
    "images": DIGITS,
    "mistakes": replace(
        DIGITS, model_settings={"hidden_sizes": ()}, loss="perceptron", label_smoothing=0.0
    ),
    "convolutions": replace(
        DIGITS,
        task_settings={"dataset": "digits", "val_size": 200, "translate": 1, "hflip": True},
        model="LeNet",
        model_settings={"image_size": 8, "kernel_size": 3},
    ),
    "text": replace(
        DIGITS,
        task="LanguageModeling",
        task_settings={"dataset": "fable", "block_size": 12},
        model="GPT",
        model_settings={"block_size": 12, "num_layers": 1, "num_heads": 2, "embed_dim": 8},
        metric="loss",
    ),
    "recurrent": replace(
        DIGITS,
        task="LanguageModeling",
        task_settings={"dataset": "fable", "block_size": 12},
        model="CharRNN",
        model_settings={"embed_dim": 4, "hidden_size": 8, "cell": "gru"},
        metric="loss",
    ),
    "numbers": replace(
        DIGITS,
        task="NumberTranslation",
        task_settings={"train_size": 200, "val_size": 40, "test_size": 40},
        model="Transformer",
        model_settings={
            "embed_dim": 8,
            "num_heads": 2,
            "num_layers": 1,
            "dim_feedforward": 16,
        },
        metric="exact_match",
        grad_accum_steps=3,
    ),
}


class Quiet:
    """A report that says nothing; it may do something after some step."""

    def __init__(self, after=None, act=None):
        self.after, self.act, self.losses = after, act, []

    def on_steps(self, trainer, _number, loss):
        self.losses.append(loss)
        if self.after is not None and trainer.global_step >= self.after:
            self.act()
            self.after = None

    def on_evaluation(self, _trainer, metrics):
        self.metrics = metrics


@pytest.fixture(autouse=True)
def fable(monkeypatch):
    """A text to learn, without a network."""
    monkeypatch.setattr(data, "fable", lambda: FABLE, raising=False)


def make(trainer_class, recipe, seed=0):
    """A trainer with its task, on the processor."""
    task = build_task(recipe.task, recipe.task_settings)
    if trainer_class is TorchTrainer:
        return trainer_class(recipe, task, seed, "cpu")
    return trainer_class(recipe, task, seed)


def assert_same(first, second):
    """Two dicts of arrays are equal, bit for bit."""
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)


def final(folder):
    """All arrays of the last checkpoint."""
    return load_checkpoint(folder / LAST).arrays


@pytest.mark.parametrize("recipe", SMALL.values(), ids=SMALL)
def test_both_backends_follow_the_same_path(recipe):
    ours, theirs = make(ScratchTrainer, recipe), make(TorchTrainer, recipe)
    theirs.load_model_state(ours.model_state())
    for step in range(12):
        batch = ours.task.batch(recipe.batch_size, 0, step)
        losses = [float(side.training_step(batch, recipe.lr_at(step))) for side in (ours, theirs)]
        np.testing.assert_allclose(*losses, rtol=1e-9)
        ours.global_step += 1
        theirs.global_step += 1
    expected = theirs.model_state()
    for name, array in ours.model_state().items():
        # The key's bias has no effect on attention: its gradient is rounding, which AdamW enlarges.
        if "in_proj_bias" in name or "qkv.bias" in name:
            continue
        np.testing.assert_allclose(array, expected[name], rtol=1e-7, atol=1e-9, err_msg=name)
    for part in ours.task.splits:
        assert theirs.evaluate(part) == pytest.approx(ours.evaluate(part), rel=1e-6)


@BACKENDS
def test_a_run_learns_and_says_how_it_went(trainer_class, tmp_path):
    recipe = replace(DIGITS, steps=300, eval_interval=100, precision="auto")
    trainer = make(trainer_class, recipe)
    run = Run.create(tmp_path / "run", "digits", recipe, 0)
    report = Quiet()
    result = trainer.fit(run, report)
    assert result["test"]["accuracy"] > 0.85
    assert report.losses[-1] < report.losses[0] / 2
    assert [entry["step"] for entry in run.metrics()] == [100, 200, 300]
    assert run.result() == result
    assert run.describe() == ("digits", replace(recipe, model_settings={"hidden_sizes": [16]}), 0)
    best = max(run.metrics(), key=lambda entry: entry["accuracy"])
    assert result["validation"]["accuracy"] == best["accuracy"]
    assert load_checkpoint(tmp_path / "run" / BEST).metadata["step"] == result["best_step"]


@BACKENDS
def test_either_backend_reads_the_other_s_best_parameters(trainer_class, tmp_path):
    run = Run.create(tmp_path / "run", "digits", DIGITS, 0)
    trainer = make(trainer_class, DIGITS)
    result = trainer.fit(run, Quiet())
    other = make(TorchTrainer if trainer_class is ScratchTrainer else ScratchTrainer, DIGITS, 5)
    other.load_model_state(load_checkpoint(run.folder / BEST).arrays)
    assert other.evaluate("test") == pytest.approx(result["test"], rel=1e-9)


@BACKENDS
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    "recipe",
    [
        replace(
            SMALL["numbers"],
            model_settings={**SMALL["numbers"].model_settings, "dropout": 0.2},
        ),
        replace(SMALL["convolutions"], precision="float32"),  # fused kernels, another layout
        replace(DIGITS, optimizer="SGD"),  # an optimizer that remembers nothing
    ],
    ids=["numbers", "convolutions", "SGD"],
)
def test_a_run_that_is_asked_to_stop_saves_and_goes_on_as_if_nothing_had_been(
    trainer_class, number, recipe, tmp_path
):
    whole = Run.create(tmp_path / "whole", "numbers", recipe, 3)
    make(trainer_class, recipe, 3).fit(whole, Quiet())
    halted = Run.create(tmp_path / "halted", "numbers", recipe, 3)
    with pytest.raises(training.TrainingInterrupted, match="stopped after step 2"):
        make(trainer_class, recipe, 3).fit(
            halted, Quiet(after=20, act=lambda: os.kill(os.getpid(), number))
        )
    resumed = make(trainer_class, recipe, 3)
    resumed.resume(halted)
    resumed.fit(halted, Quiet())
    assert_same(final(whole.folder), final(halted.folder))
    whole_curve, curve = (
        [{**entry, "seconds": None} for entry in run.metrics()] for run in (whole, halted)
    )
    assert whole_curve == curve


@BACKENDS
def test_the_first_losses_are_kept_one_by_one(trainer_class, tmp_path):
    run = Run.create(tmp_path / "run", "digits", DIGITS, 0)
    with pytest.raises(training.TrainingInterrupted):
        make(trainer_class, DIGITS).fit(
            run, Quiet(after=20, act=lambda: os.kill(os.getpid(), signal.SIGTERM))
        )
    resumed = make(trainer_class, DIGITS)
    resumed.resume(run)
    result = resumed.fit(run, Quiet())
    again = make(trainer_class, DIGITS)
    assert result["first_losses"] == again.dry_run(training.NUM_FIRST_LOSSES)
    assert len(result["first_losses"]) == 20


@BACKENDS
def test_an_ensemble_averages_probabilities(trainer_class):
    trainers = [make(trainer_class, DIGITS, seed) for seed in range(3)]
    for trainer in trainers:
        trainer.dry_run(40)
    alone = training.evaluate_ensemble(trainers[:1], "test")
    assert alone == pytest.approx(trainers[0].evaluate("test"), rel=1e-9)
    together = training.evaluate_ensemble(trainers, "test")
    assert together["loss"] < np.mean([trainer.evaluate("test")["loss"] for trainer in trainers])
    batches = [next(trainer.predictions("test")) for trainer in trainers]
    p, targets = np.mean([np.exp(log_p) for log_p, _ in batches], axis=0), batches[0][1]
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert together["accuracy"] == np.mean(p.argmax(axis=1) == targets)
    loss = -np.log(p[np.arange(len(p)), targets]).mean()
    assert together["loss"] == pytest.approx(loss, rel=1e-9)


def threads_of(trainer_class):
    """How many threads compute at the moment."""
    if trainer_class is TorchTrainer:
        return {torch.get_num_threads()}
    return {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}


@BACKENDS
def test_threads_are_those_of_the_recipe_while_it_trains(trainer_class, tmp_path):
    with threadpoolctl.threadpool_limits(2):
        before, seen = threads_of(trainer_class), []
        recipe = replace(DIGITS, threads=3, steps=20)
        trainer = make(trainer_class, recipe)
        report = Quiet(after=0, act=lambda: seen.append(threads_of(trainer_class)))
        trainer.fit(Run.create(tmp_path / "run", "digits", recipe, 0), report)
        assert seen == [{3}]
        assert threads_of(trainer_class) == before
        trainer.evaluate("test")
        trainer.dry_run(1)
        assert threads_of(trainer_class) == before


def test_tf32_is_that_of_the_recipe_while_it_trains():
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    for precision, expected in (("float32", ("highest", False)), ("auto", ("high", True))):
        with make(TorchTrainer, replace(DIGITS, precision=precision)).backend_settings():
            now = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
            assert now == expected
    assert (torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32) == before


def test_utilization_is_the_model_s_operations_over_what_the_device_can_do(tmp_path, monkeypatch):
    recipe = replace(DIGITS, metric="mfu", precision="auto", max_grad_norm=None)
    with pytest.raises(ValueError, match=r"the peak of .* is not known; known are H200 NVL"):
        make(TorchTrainer, recipe)
    monkeypatch.setattr("nnlib.training.torch_trainer.peak_flops", lambda device, dtype: 1e9)
    trainer = make(TorchTrainer, recipe)
    # Two operations a weight forward, four backward, less the gradient of the first layer's input.
    assert trainer.flops_per_step() == 32 * (6 * (64 * 16 + 16 * 10) - 2 * 64 * 16)
    run = Run.create(tmp_path / "run", "digits", recipe, 0)
    result = trainer.fit(run, Quiet())
    assert result["steps"] == 60
    first, last = run.metrics()[0], run.metrics()[-1]
    steps_per_second = 40 / (last["seconds"] - first["seconds"])
    assert result["throughput"] == pytest.approx(32 * steps_per_second)
    assert result["mfu"] == pytest.approx(steps_per_second * trainer.flops_per_step() / 1e9)
    with pytest.raises(ValueError, match="knows no peak; use --backend pytorch"):
        make(ScratchTrainer, recipe)
    with pytest.raises(ValueError, match="counts no operations; use --backend pytorch"):
        make(ScratchTrainer, DIGITS).flops_per_step()


def test_the_speed_is_that_after_warming_up_and_needs_no_fine_clock():
    entries = [{"step": 10, "seconds": 5.0}, {"step": 30, "seconds": 6.0}]
    assert training._steps_per_second(entries, 30, 6.0) == 20
    assert training._steps_per_second(entries[:1], 10, 5.0) == 2
    assert np.isfinite(training._steps_per_second([entries[0]] * 2, 10, 5.0))
    assert np.isfinite(training._steps_per_second([], 10, 0.0))


def test_the_operations_of_a_gpt_are_six_a_weight_and_those_of_attention():
    trainer = make(TorchTrainer, replace(SMALL["text"], batch_size=5))
    vocab_size, positions, width = len(trainer.task.vocab), 12, 8
    weights = 12 * width**2 + vocab_size * width
    expected = 6 * weights * positions + 12 * positions**2 * width
    assert trainer.flops_per_step() == 5 * expected


def test_a_gpu_computes_in_what_it_has(monkeypatch):
    gpu = torch.device("cuda", 0)
    for capability, expected in (((7, 5), torch.float16), ((8, 0), torch.bfloat16)):
        monkeypatch.setattr("torch.cuda.get_device_capability", lambda _, found=capability: found)
        assert autocast_dtype("auto", gpu) == expected
    assert autocast_dtype("auto", torch.device("cpu")) is None
    for name, peak in (
        ("NVIDIA A100-SXM4-80GB", 312e12),
        ("NVIDIA H100 80GB HBM3", 989e12),
        ("NVIDIA H100 PCIe", 756e12),
        ("Tesla T4", 65e12),
    ):
        monkeypatch.setattr("torch.cuda.get_device_name", lambda _, found=name: found)
        assert peak_flops(gpu, torch.bfloat16) == peak


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_training_in_16_bits_stays_near_that_in_32(precision):
    plain, short = (
        make(TorchTrainer, replace(SMALL["text"], precision=p, lr=0.01, steps=40))
        for p in ("float32", precision)
    )
    assert short.dtype == getattr(torch, precision)
    assert short.scaler.is_enabled() == (precision == "float16")
    expected, losses = plain.dry_run(40), short.dry_run(40)
    np.testing.assert_allclose(losses, expected, rtol=0.05)
    assert losses[-1] < 0.8 * losses[0]
    assert losses != expected
    assert {array.dtype for array in short.model_state().values()} == {np.dtype("float32")}


def test_a_compiled_model_is_saved_as_the_plain_one(monkeypatch):
    plain = make(TorchTrainer, DIGITS)
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="eager"))
    compiled = make(TorchTrainer, replace(DIGITS, compile=True))
    assert compiled.dry_run(5) == plain.dry_run(5)
    assert_same(compiled.model_state(), plain.model_state())
    assert compiled.state_dict()[0].keys() == plain.state_dict()[0].keys()


def go_on(folder, trainer_class, recipe):
    """Train in a process of its own, from wherever the run stands."""
    torch.set_num_threads(1)
    trainer = make(trainer_class, recipe)
    run = Run(folder)
    trainer.resume(run)
    trainer.fit(run, Quiet())


@BACKENDS
def test_twenty_kills_lose_nothing(trainer_class, tmp_path):
    recipe = replace(DIGITS, steps=4000, eval_interval=10)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    whole = Run.create(tmp_path / "whole", "digits", recipe, 0)
    make(trainer_class, recipe).fit(whole, Quiet())
    torch.set_num_threads(threads)

    run = Run.create(tmp_path / "killed", "digits", recipe, 0)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(
        ["nnlib.training.torch_trainer", "nnlib.training.numpy_trainer"]
    )
    rng = random.Random(0)
    for _ in range(20):
        before = (run.folder / LAST).stat().st_mtime_ns if (run.folder / LAST).exists() else 0
        child = processes.Process(target=go_on, args=(run.folder, trainer_class, recipe))
        child.start()
        while child.is_alive() and not (
            (run.folder / LAST).exists() and (run.folder / LAST).stat().st_mtime_ns > before
        ):
            time.sleep(0.005)  # it has written: from now on a kill may hit anything
        time.sleep(rng.uniform(0, 0.05))
        assert child.is_alive(), "the run ended before it was killed 20 times: make it longer"
        child.kill()
        child.join()
        load_checkpoint(run.folder / LAST)  # whole, whatever the kill hit
    go_on_here = make(trainer_class, recipe)
    go_on_here.resume(run)
    assert 0 < go_on_here.global_step < recipe.steps
    go_on_here.fit(run, Quiet())
    assert_same(final(whole.folder), final(run.folder))


def torchrun(folder, *settings):
    """Train on two processes; returns what they printed."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    command += ["-m", "nnlib", "train", "mlp-digits", "--device=cpu", "--seed=1", f"--out={folder}"]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("fsdp", [False, True], ids=["DDP", "FSDP"])
def test_two_processes_follow_one(fsdp, tmp_path):
    settings = ["steps=40", "precision='float64'", "eval_interval=20", "max_grad_norm=1.0"]
    settings += ["grad_accum_steps=2", f"fsdp={fsdp}"]
    torchrun(tmp_path / "two", *settings)
    recipe = replace(override(RECIPES["mlp-digits"], settings), fsdp=False)
    one = Run.create(tmp_path / "one", "mlp-digits", recipe, 1)
    make(TorchTrainer, recipe, 1).fit(one, Quiet())
    expected, arrays = final(one.folder), final(tmp_path / "two")
    assert arrays.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(arrays[name], array, rtol=1e-6, atol=1e-9, err_msg=name)


def test_processes_evaluate_the_running_statistics_that_are_saved(tmp_path):
    settings = ["steps=40", "eval_interval=20", "model='ConvNet'", "precision='float64'"]
    settings += ["task_settings={'dataset': 'digits', 'val_size': 200}"]
    settings += ["model_settings={'channels': (4,), 'image_size': 8, 'batch_norm': True}"]
    torchrun(tmp_path / "two", *settings)
    saved = load_checkpoint(tmp_path / "two" / BEST)
    alone = make(TorchTrainer, override(RECIPES["mlp-digits"], settings))
    alone.load_model_state(saved.arrays)
    metrics = alone.evaluate("validation")
    assert metrics == pytest.approx({name: saved.metadata[name] for name in metrics}, rel=1e-9)


@BACKENDS
def test_a_loss_that_is_no_number_stops_the_run_and_names_the_checkpoint(trainer_class, tmp_path):
    recipe = replace(DIGITS, lr=1e200, optimizer="SGD", max_grad_norm=None)
    run = Run.create(tmp_path / "run", "digits", recipe, 0)
    message = r"loss became (nan|inf) at step \d+; there is no checkpoint yet.* than 1e\+200"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=message):
        make(trainer_class, recipe).fit(run, Quiet())

    recipe = replace(DIGITS, eval_interval=30)
    run = Run.create(tmp_path / "later", "digits", recipe, 0)
    trainer = make(trainer_class, recipe)
    broken = {name: np.nan * array for name, array in trainer.model_state().items()}
    act = functools.partial(trainer.load_model_state, broken)
    message = r"loss became nan at step 50; the last good checkpoint is .*last\.safetensors"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=message):
        trainer.fit(run, Quiet(after=50, act=act))
    assert load_checkpoint(run.folder / LAST).metadata["step"] == 30
    assert all(np.isfinite(array).all() for array in final(run.folder).values())


@BACKENDS
def test_weights_that_give_no_number_are_not_kept(trainer_class, tmp_path):
    recipe = replace(
        DIGITS, lr=1e30, optimizer="SGD", max_grad_norm=None, schedule="constant", ema_decay=0.0
    )
    run = Run.create(tmp_path / "run", "digits", replace(recipe, eval_interval=1), 0)
    trainer = make(trainer_class, replace(recipe, eval_interval=1, precision="float32"))
    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError, match=r"loss became (nan|inf)"),
    ):
        trainer.fit(run, Quiet())
    assert not (run.folder / BEST).exists()
    assert not (run.folder / LAST).exists()


@BACKENDS
def test_a_run_without_progress_ends_early(trainer_class, tmp_path):
    recipe = replace(DIGITS, lr=1e-30, ema_decay=0.0, patience=2)
    run = Run.create(tmp_path / "run", "digits", recipe, 0)
    recipe = replace(recipe, steps=600)
    result = make(trainer_class, recipe).fit(run, Quiet())
    assert result["steps"] == 60


@BACKENDS
def test_uneven_micro_batches_give_the_same_step(trainer_class):
    arrays = []
    for steps in (1, 4):
        trainer = make(trainer_class, replace(SMALL["numbers"], grad_accum_steps=steps))
        trainer.training_step(trainer.task.batch(30, 0, 0), 0.1)
        arrays.append(trainer.model_state())
    for name, array in arrays[0].items():
        if "in_proj_bias" not in name:
            np.testing.assert_allclose(array, arrays[1][name], rtol=1e-6, atol=1e-9)


def test_sharded_parameters_have_no_moving_average():
    with pytest.raises(ValueError, match="no moving average: set ema_decay=0"):
        replace(DIGITS, fsdp=True)
    alone = make(TorchTrainer, replace(DIGITS, fsdp=True, ema_decay=0.0))  # nobody to share with
    assert alone.dry_run(2) == make(TorchTrainer, replace(DIGITS, ema_decay=0.0)).dry_run(2)


@BACKENDS
@pytest.mark.parametrize("name", ["LBFGS", "SparseAdam", "Optimizer", "lr_scheduler", "Adma"])
def test_an_optimizer_that_does_not_fit_is_refused(trainer_class, name):
    with pytest.raises(ValueError, match=f"unknown optimizer '{name}'; known are .*AdamW") as error:
        make(trainer_class, replace(DIGITS, optimizer=name))
    assert name not in str(error.value).partition("known are")[2].split(", ")


@BACKENDS
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_settings": {"hidden_sizes": (-3,)}}, "model_settings do not fit MLP: "),
        ({"model_settings": {"hidden_sizes": (10**12,)}}, "model_settings do not fit MLP: "),
        ({"model_settings": {"hidden_sizes": "many"}}, "model_settings do not fit MLP: "),
        ({"model_settings": {"depth": 3}}, "model_settings do not fit MLP: .*'depth'"),
        (
            {"model_settings": {"in_features": 3, "hidden_sizes": ()}},
            "the task fixes in_features; remove it from model_settings",
        ),
        (
            {"model": "LeNet", "task_settings": {"val_size": 200}, "model_settings": {}},
            "model LeNet with model_settings {} cannot process an example of ImageClassification: ",
        ),
        ({"optimizer_settings": {"betas": (0.9,)}}, "optimizer_settings do not fit AdamW: "),
        ({"optimizer_settings": {"lr": 1.0}}, "optimizer_settings do not fit AdamW: .*'lr'"),
        ({"optimizer_settings": {"speed": 1}}, "optimizer_settings do not fit AdamW: .*'speed'"),
        ({"batch_size": 2000}, "batch_size = 2000 is not possible: .* 1147 training examples"),
    ],
    ids=lambda value: None if isinstance(value, str) else str(value)[:60],
)
def test_settings_that_do_not_fit_are_refused_before_a_run(trainer_class, changes, message):
    with pytest.raises(ValueError, match=message) as error:
        make(trainer_class, replace(DIGITS, **changes))
    assert "\n" not in str(error.value)


@BACKENDS
def test_heads_that_do_not_divide_are_refused_before_a_run(trainer_class):
    settings = {**SMALL["text"].model_settings, "num_heads": 3}
    with pytest.raises(ValueError, match="model_settings"):
        make(trainer_class, replace(SMALL["text"], model_settings=settings))


@BACKENDS
@pytest.mark.parametrize("seed", [-1, 2**63, 0.5])
def test_a_seed_is_an_integer_from_0(trainer_class, seed):
    with pytest.raises(ValueError, match="seed must be"):
        make(trainer_class, DIGITS, seed)


def test_foreach_replaces_the_fused_kernels():
    plain = make(TorchTrainer, DIGITS)
    foreach = make(TorchTrainer, replace(DIGITS, optimizer_settings={"foreach": True}))
    np.testing.assert_allclose(foreach.dry_run(5), plain.dry_run(5), rtol=1e-12)


@pytest.mark.parametrize("trainer_class", [ScratchTrainer, TorchTrainer])
def test_an_environment_variable_that_is_no_number_is_named(trainer_class, monkeypatch):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "abc")
    with pytest.raises(ValueError, match="variable WORLD_SIZE must be an integer, got 'abc'"):
        make(trainer_class, DIGITS)


@BACKENDS
def test_a_checkpoint_of_another_run_is_named(trainer_class, tmp_path):
    run = Run.create(tmp_path / "run", "digits", DIGITS, 0)
    make(trainer_class, DIGITS).fit(run, Quiet())
    wider = replace(DIGITS, model_settings={"hidden_sizes": (17,)})
    other = make(trainer_class, wider)
    other_backend = make(
        TorchTrainer if trainer_class is ScratchTrainer else ScratchTrainer, DIGITS
    )
    for trainer, act in ((other, "resume"), (other, "load_best"), (other_backend, "resume")):
        name = LAST if act == "resume" else BEST
        with pytest.raises(ValueError, match=f"{name} is not a checkpoint of this recipe"):
            getattr(trainer, act)(run)
    (run.folder / BEST).replace(run.folder / LAST)
    with pytest.raises(ValueError, match=f"{LAST} has unexpected contents"):
        make(trainer_class, DIGITS).resume(run)


@BACKENDS
def test_an_evaluation_leaves_the_trained_parameters_alone(trainer_class):
    trainer, other = make(trainer_class, DIGITS), make(trainer_class, DIGITS)
    losses = trainer.dry_run(10)
    trainer.evaluate("validation")
    assert other.dry_run(20) == losses + trainer.dry_run(10)


def test_an_ensemble_may_be_of_both_backends_but_not_of_different_examples():
    ours, theirs = make(ScratchTrainer, DIGITS), make(TorchTrainer, DIGITS)
    theirs.load_model_state(ours.model_state())
    together = training.evaluate_ensemble([ours, theirs], "test")
    assert together == pytest.approx(ours.evaluate("test"), rel=1e-9)
    fewer = replace(DIGITS, eval_batch_size=100)
    with pytest.raises(ValueError, match="they form no ensemble"):
        training.evaluate_ensemble([ours, make(ScratchTrainer, fewer)], "test")


def test_scratch_refuses_what_it_cannot_do(monkeypatch):
    with pytest.raises(ValueError, match="float32 or float64, not bfloat16"):
        make(ScratchTrainer, replace(DIGITS, precision="bfloat16"))
    with pytest.raises(ValueError, match="unknown model 'MPL'; known are"):
        make(ScratchTrainer, replace(DIGITS, model="MPL"))
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="one process: start it without torchrun"):
        make(ScratchTrainer, DIGITS)
