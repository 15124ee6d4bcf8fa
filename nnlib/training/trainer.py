"""The training loop of a recipe: steps, evaluations on held-out examples, checkpoints, the result.

It is the same for both backends. `Trainer` leaves to a subclass what differs between them: a
training step, the outputs of the model, and what a checkpoint holds.
"""

import itertools
import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, Protocol

import numpy as np

from nnlib.training.checkpoint import save_checkpoint
from nnlib.training.checks import SETTING_ERRORS, build, check_int, first_line, resolve
from nnlib.training.files import CorruptFileError
from nnlib.training.metrics import compute_metrics, new_metrics
from nnlib.training.recipe import Recipe
from nnlib.training.run_dir import BEST, LAST, Run, environment
from nnlib.training.signals import InterruptHandler
from nnlib.training.tasks import Batch, Task

LOG_INTERVAL = 20  # steps
NUM_FIRST_LOSSES = 20  # steps whose losses are recorded one by one, to reproduce a run by


class TrainingInterrupted(Exception):  # noqa: N818 (a request, not an error)
    """The run was asked to stop, and has saved a checkpoint."""


class Logger(Protocol):
    """What `Trainer.fit` reports to."""

    def on_steps(self, trainer: "Trainer", number: int, loss: float) -> None:
        """Called every few steps, with their number and their mean loss."""

    def on_evaluation(self, trainer: "Trainer", metrics: Mapping[str, float]) -> None:
        """Called after every evaluation on the validation split."""


class Trainer:
    """Trains a recipe.

    Args:
        recipe: what to train.
        task: the recipe's task.
        seed: of the initial parameters, the order of the data, and dropout; 0 or more.

    Attributes:
        model: the model that is trained.
        F: module of the backend's functions.
        global_step: number of steps taken.
        best: value of ``recipe.monitor`` in the best evaluation so far, or None.
        evals_since_improvement: number of evaluations since that one.
        seconds: of training, evaluations not counted.
        first_losses: losses of the first `NUM_FIRST_LOSSES` steps.
        running_loss: sum and number of the losses since the last evaluation.
        units_per_example: images or tokens per example.
        is_main: whether this process writes files, where there are several.
        single_process: whether there is only this process.

    Raises:
        ValueError: for a seed below 0, or settings that do not fit the task, the model, the
            optimizer or the backend.

    A subclass defines ``training_step``, ``outputs``, ``predictions``, ``from_numpy``,
    ``model_state``, ``load_model_state``, ``state_dict``, ``load_state_dict``, ``hardware``, and
    calls ``_build_model``.
    """

    F: ModuleType
    model: Any
    is_main = True
    single_process = True

    def __init__(self, recipe: Recipe, task: Task, seed: int):
        check_int("seed", seed, 0, 2**63 - 1)
        self.recipe, self.task, self.seed = recipe, task, seed
        self.global_step = 0
        self.best: float | None = None
        self.evals_since_improvement = 0
        self.seconds = 0.0
        self.first_losses: list[float] = []
        self.running_loss = 0.0, 0
        try:
            targets = task.batch(recipe.batch_size, seed, 0).targets
        except (MemoryError, ValueError) as error:
            raise ValueError(
                f"batch_size = {recipe.batch_size} is not possible: {first_line(error)}"
            ) from error
        self.units_per_example = targets.size // recipe.batch_size

    # What a backend defines.

    def training_step(self, batch: Batch, lr: float) -> Any:
        """Update the parameters; returns the loss before the update, as a number."""
        raise NotImplementedError(f"{type(self).__name__} does not define training_step")

    def outputs(self, split: str) -> Iterator[tuple[Any, Any]]:
        """For each batch of a held-out split, logits and targets, as arrays of the backend."""
        raise NotImplementedError(f"{type(self).__name__} does not define outputs")

    def predictions(self, split: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """For each batch of a held-out split, log-probabilities and targets, as NumPy arrays."""
        raise NotImplementedError(f"{type(self).__name__} does not define predictions")

    def from_numpy(self, array: np.ndarray) -> Any:
        """An array of the backend, as ``outputs`` yields it."""
        raise NotImplementedError(f"{type(self).__name__} does not define from_numpy")

    def model_state(self) -> dict[str, np.ndarray]:
        """Name -> array: the parameters that are evaluated, and saved if they are the best."""
        raise NotImplementedError(f"{type(self).__name__} does not define model_state")

    def load_model_state(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Restore what `model_state` gave."""
        raise NotImplementedError(f"{type(self).__name__} does not define load_model_state")

    def state_dict(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays, and JSON values: all that a resumed run needs besides recipe and seed."""
        raise NotImplementedError(f"{type(self).__name__} does not define state_dict")

    def load_state_dict(self, arrays: Mapping[str, np.ndarray], values: dict[str, Any]) -> None:
        """Restore what `state_dict` gave."""
        raise NotImplementedError(f"{type(self).__name__} does not define load_state_dict")

    def hardware(self) -> tuple[str, str]:
        """The type of the device, "cpu" or "cuda", and the name of its model."""
        raise NotImplementedError(f"{type(self).__name__} does not define hardware")

    def flops_per_step(self) -> float:
        """Floating-point operations of a training step."""
        raise ValueError(f"{type(self).__module__} counts no operations; use --backend pytorch")

    def peak_flops(self) -> float:
        """The most floating-point operations per second that the hardware can do."""
        raise ValueError(f"{type(self).__module__} knows no peak; use --backend pytorch")

    def all_reduce(self, values: Sequence[float]) -> list[float]:
        """The sums of some numbers over all processes."""
        return [*values]

    def backend_settings(self) -> AbstractContextManager[Any]:
        """While the block runs, the backend's global settings are those of the recipe."""
        return nullcontext()

    def close(self) -> None:
        """Leave the group of processes, where there are several."""

    # Training.

    def fit(self, run: Run, logger: Logger) -> dict[str, Any]:
        """Train from where the run stands to the end of the recipe.

        Args:
            run: the folder that is written to.
            logger: what shows the progress.

        Returns:
            The result: metrics of the best parameters on each split, steps, seconds, throughput in
            images or tokens per second, and the hardware and versions.

        Raises:
            FloatingPointError: if a loss is not finite; names the step and the last checkpoint.
            OSError: if a file cannot be written; the checkpoint before is kept.
            TrainingInterrupted: after SIGINT or SIGTERM, once the checkpoint is written.
        """
        losses: list[Any] = []  # not yet logged: reading a number waits for the GPU
        started = time.perf_counter()
        with InterruptHandler() as signals, self.backend_settings():
            while not self._is_finished():
                losses.append(self._step())
                is_eval = self._is_evaluation_due()
                is_log = is_eval or len(losses) == LOG_INTERVAL
                # Processes agree on stopping at the steps that all of them log.
                ask = is_log or self.single_process
                stop = ask and self.any_rank(signals.requested)
                if not (is_log or stop):
                    continue
                mean_loss = self._read_losses(run, losses)
                self.seconds += time.perf_counter() - started
                logger.on_steps(self, len(losses), mean_loss)
                losses.clear()
                if is_eval:
                    self._validate(run, logger)
                if stop:
                    break
                started = time.perf_counter()
            if self.any_rank(signals.requested):  # perhaps during the last evaluation
                self.save(run)
                raise TrainingInterrupted(f"stopped after step {self.global_step}")
        return self._result(run)

    def dry_run(self, steps: int) -> list[float]:
        """Take steps without writing anything; returns the loss of each."""
        with self.backend_settings():
            return [float(self._step()) for _ in range(steps)]

    def _step(self) -> Any:
        batch = self.task.batch(self.recipe.batch_size, self.seed, self.global_step)
        loss = self.training_step(batch, self.recipe.lr_at(self.global_step))
        self.global_step += 1
        return loss

    def _is_finished(self) -> bool:
        patience = self.recipe.patience
        is_exhausted = patience is not None and self.evals_since_improvement >= patience
        return self.global_step >= self.recipe.steps or is_exhausted

    def _is_evaluation_due(self) -> bool:
        is_last = self.global_step == self.recipe.steps
        return is_last or self.global_step % self.recipe.eval_interval == 0

    def _read_losses(self, run: Run, losses: Iterable[Any]) -> float:
        """Record the latest losses; returns their mean. An error if one is not finite."""
        values = [float(loss) for loss in losses]
        for step, value in enumerate(values, start=self.global_step - len(values)):
            if not math.isfinite(value):
                self._diverged(run, f"loss became {value} at step {step}")
            total, number = self.running_loss
            self.running_loss = total + value, number + 1
        self.first_losses += values[: NUM_FIRST_LOSSES - len(self.first_losses)]
        return sum(values) / len(values)

    def _diverged(self, run: Run, what: str) -> NoReturn:
        last = run.folder / LAST
        saved = f"the last good checkpoint is {last}"
        raise FloatingPointError(
            f"{what}; {saved if last.is_file() else 'there is no checkpoint yet'}. "
            f"Try a smaller learning rate than {self.recipe.lr:g}, or max_grad_norm=1"
        )

    # Evaluation.

    def evaluate(self, split: str) -> dict[str, float]:
        """The metrics of the task on a held-out split, over all processes: name -> value.

        The parameters are those of `model_state`. The validation loss of a run is computed here.
        """
        metrics = new_metrics(self.task.metrics, self.F)
        with self.backend_settings():
            for logits, targets in self.outputs(split):
                for metric in metrics.values():
                    metric.update(logits, targets)
        sums = self.all_reduce([part for metric in metrics.values() for part in metric.sums()])
        return compute_metrics(metrics, zip(sums[::2], sums[1::2], strict=True))

    def _validate(self, run: Run, logger: Logger) -> None:
        """Evaluate on the validation split, and save: the parameters if they are the best yet."""
        metrics = self.evaluate("validation")
        if not math.isfinite(metrics["loss"]):
            self._diverged(
                run, f"the validation loss became {metrics['loss']} after step {self.global_step}"
            )
        total, number = self.running_loss
        self.running_loss = 0.0, 0
        value = metrics[self.recipe.monitor]
        parameters = self.model_state()  # every process takes part in gathering them
        if self.recipe.is_improvement(value, self.best):
            self.best, self.evals_since_improvement = value, 0
            if self.is_main:
                metadata = {"step": self.global_step, **metrics}
                save_checkpoint(run.folder / BEST, parameters, metadata)
        else:
            self.evals_since_improvement += 1
        if self.is_main:
            entry = {"step": self.global_step, "seconds": self.seconds}
            run.log(entry | {"train_loss": total / number} | metrics)
        logger.on_evaluation(self, metrics)
        self.save(run)

    def _result(self, run: Run) -> dict[str, Any]:
        self.any_rank(False)  # no process reads before the main one has written
        metadata = self.load_best(run)
        result: dict[str, Any] = {
            "steps": self.global_step,
            "seconds": self.seconds,
            "best_step": metadata["step"],
            "first_losses": self.first_losses,
            "validation": {name: metadata[name] for name in self.task.metrics},
        }
        for split in self.task.splits:
            if split != "validation":
                result[split] = self.evaluate(split)
        steps_per_second = _steps_per_second(run.metrics(), self.global_step, self.seconds)
        result["throughput"] = steps_per_second * self.recipe.batch_size * self.units_per_example
        if self.recipe.metric == "mfu":
            result["mfu"] = steps_per_second * self.flops_per_step() / self.peak_flops()
        device, hardware = self.hardware()
        result["origin"] = {"device": device, "hardware": hardware, **environment()}
        if self.is_main:
            run.write_result(result)
        return result

    # Checkpoints.

    def save(self, run: Run) -> None:
        """Write the last checkpoint."""
        arrays, values = self.state_dict()  # every process takes part in gathering it
        if self.is_main:
            metadata = {
                "step": self.global_step,
                "best": self.best,
                "evals_since_improvement": self.evals_since_improvement,
                "seconds": self.seconds,
                "first_losses": self.first_losses,
                "running_loss": self.running_loss,
                "state": values,
            }
            save_checkpoint(run.folder / LAST, arrays, metadata)

    def resume(self, run: Run) -> None:
        """Restore the last checkpoint of a run; a run without any starts at the beginning.

        Raises:
            CorruptFileError: if the checkpoint is not one of this recipe and backend.
        """
        path = run.folder / LAST
        if path.is_file():
            arrays, metadata = run.load_last()
            try:
                self.load_state_dict(arrays, metadata["state"])
                self.global_step, self.best = metadata["step"], metadata["best"]
                self.evals_since_improvement = metadata["evals_since_improvement"]
                self.seconds, self.first_losses = metadata["seconds"], metadata["first_losses"]
                total, number = metadata["running_loss"]
                self.running_loss = total, number
            except SETTING_ERRORS as error:
                raise _does_not_fit(path, error) from error
        if self.is_main:
            run.truncate_metrics(self.global_step)

    def load_best(self, run: Run) -> dict[str, Any]:
        """Load the best parameters of a run; returns their step and validation metrics.

        Raises:
            FileNotFoundError: if the run has none yet.
            CorruptFileError: if they do not fit the model.
        """
        path = run.folder / BEST
        arrays, metadata = run.load_best(self.task.metrics)
        try:
            self.load_model_state(arrays)
        except SETTING_ERRORS as error:
            raise _does_not_fit(path, error) from error
        return metadata

    def any_rank(self, flag: bool) -> bool:
        """Whether a flag is set in any process."""
        return self.all_reduce([float(flag)])[0] > 0

    # For subclasses.

    def _build_model(self, models: ModuleType) -> Any:
        """The recipe's model, in the sizes that the task fixes."""
        fixed, chosen = self.task.model_settings, self.recipe.model_settings
        if both := sorted(fixed.keys() & chosen.keys()):
            raise ValueError(f"the task fixes {', '.join(both)}; remove it from model_settings")
        known = {name: getattr(models, name) for name in models.__all__}
        model_class = resolve(known, self.recipe.model, "model")
        return build("model_settings", model_class, **fixed, **chosen)

    def _check_model(self) -> None:
        """Raise ValueError unless the model can process an example of the task."""
        batch = self.task.batch(1, self.seed, 0)
        try:
            shape = tuple(self._forward(batch)[0].shape)
        except SETTING_ERRORS as error:
            raise ValueError(
                f"model {self.recipe.model} with model_settings {self.recipe.model_settings} "
                f"cannot process an example of {self.recipe.task}: {first_line(error)}"
            ) from error
        if shape[:-1] != batch.targets.shape:
            raise ValueError(
                f"model {self.recipe.model} gives logits {shape} where {self.recipe.task} has "
                f"targets {batch.targets.shape}"
            )

    def _forward(self, batch: Batch) -> tuple[Any, Any]:
        """Logits and targets of a batch, without a graph and without dropout."""
        raise NotImplementedError(f"{type(self).__name__} does not define _forward")


def evaluate_ensemble(trainers: Sequence[Trainer], split: str) -> dict[str, float]:
    """The metrics of several models together, whose probabilities are averaged: name -> value.

    Args:
        trainers: each with the parameters to evaluate, of either backend.
        split: name of a held-out split.

    Raises:
        ValueError: if they are not evaluated on the same examples, in batches of the same size.
    """
    first = trainers[0]
    metrics = new_metrics(first.task.metrics, first.F)
    for log_p, targets in _average(trainer.predictions(split) for trainer in trainers):
        for metric in metrics.values():
            metric.update(first.from_numpy(log_p), first.from_numpy(targets))
    return compute_metrics(metrics)


def _average(
    predictions: Iterable[Iterator[tuple[np.ndarray, np.ndarray]]],
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each batch, the logarithm of the mean of the models' probabilities, and the targets."""
    different = (
        "these runs were evaluated on different examples, or in batches of different sizes: they "
        "form no ensemble"
    )
    for batches in itertools.zip_longest(*predictions):
        if None in batches:
            raise ValueError(different)
        _, targets = batches[0]
        if not all(np.array_equal(targets, others) for _, others in batches):
            raise ValueError(different)
        total = np.logaddexp.reduce([log_p for log_p, _ in batches])
        yield total - math.log(len(batches)), targets


def micro_batches(batch: Batch, number: int) -> list[Batch]:
    """A batch in ``number`` parts whose sizes differ by at most one example."""
    parts = [np.array_split(array, number) for array in (*batch.inputs, batch.targets)]
    return [Batch(tuple(inputs), targets) for *inputs, targets in zip(*parts, strict=True)]


def strip_prefix(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays whose names begin with ``prefix`` and a dot, without it."""
    start = f"{prefix}."
    return {
        name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)
    }


def _steps_per_second(entries: Sequence[Mapping[str, float]], steps: int, seconds: float) -> float:
    """The speed between the first evaluation and the last, when everything has warmed up.

    With one evaluation alone, that of the whole run.
    """
    if len(entries) > 1:
        first, last = entries[0], entries[-1]
        steps, seconds = int(last["step"] - first["step"]), last["seconds"] - first["seconds"]
    return steps / max(seconds, 1e-9)  # a coarse clock may show no time at all


def _does_not_fit(path: Path, error: BaseException) -> CorruptFileError:
    return CorruptFileError(
        f"{path} is not a checkpoint of this recipe and backend: {first_line(error)}"
    )
