"""The training loop of a recipe: steps, evaluations on held-out examples, checkpoints, and the end.

It is the same for both backends. `Trainer` leaves to a subclass what differs between them: one
step, one evaluation, and what a checkpoint holds.
"""

import math
import time
from typing import NamedTuple

import numpy as np

from nnlib.training.checkpoint import save_checkpoint
from nnlib.training.run_dir import BEST, LAST, environment
from nnlib.training.signals import InterruptHandler
from nnlib.training.tasks import IGNORE_INDEX, Batch

LOG_INTERVAL = 20  # steps
NUM_FIRST_LOSSES = 20  # steps whose losses are kept one by one, by which a run can be told again


class Scores(NamedTuple):
    """How a model does on examples.

    Attributes:
        loss: mean cross-entropy of a target, in nats.
        accuracy: share of the targets that have the highest score.
        exact_match: share of the examples whose targets all have it. For a translation this is
            the share that greedy decoding translates without a mistake.
    """

    loss: float
    accuracy: float
    exact_match: float


def scores(tally):
    """`Scores` from sums: of losses, of right and of all targets, of exact and of all examples."""
    loss, right, targets, exact, examples = map(float, tally)
    return Scores(loss / targets, right / targets, exact / examples)


def compute_metrics(predictions):
    """`Scores` of pairs of arrays: scores of the classes, and targets."""
    return scores(sum(_tally(*pair) for pair in predictions))


def _tally(logits, targets):
    """Sums over a batch: of losses, of right and of all targets, of exact and of all examples."""
    counted = targets != IGNORE_INDEX
    log_p = _log_softmax(logits)
    classes = np.where(counted, targets, 0)[..., None]
    loss = -np.take_along_axis(log_p, classes, axis=-1)[..., 0]
    right = logits.argmax(axis=-1) == targets
    exact = (right | ~counted).reshape(len(targets), -1).all(axis=1)
    return np.array([loss[counted].sum(), right.sum(), counted.sum(), exact.sum(), len(exact)])


def _log_softmax(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def evaluate_ensemble(trainers, split):
    """`Scores` of several models together: the mean of their probabilities decides.

    Raises:
        ValueError: if they are not evaluated on the same examples, in batches of the same size.
    """
    return compute_metrics(
        _ensemble_predictions(
            zip(*(trainer.predictions(split) for trainer in trainers), strict=True)
        )
    )


def _ensemble_predictions(batches):
    for batch in batches:
        _, targets = batch[0]
        if not all(np.array_equal(targets, others) for _, others in batch):
            raise ValueError(
                "these runs were evaluated on different examples, or in batches of different "
                "sizes: they form no ensemble"
            )
        yield np.logaddexp.reduce([_log_softmax(logits) for logits, _ in batch]), targets


def resolve(module, name, kind):
    """What a module exports under a name; ValueError that lists its exports otherwise."""
    if name not in module.__all__:
        raise ValueError(f"unknown {kind} {name!r}; known are {', '.join(module.__all__)}")
    return getattr(module, name)


def micro_batches(batch, number):
    """A batch in ``number`` parts of about the same size."""
    cuts = [np.array_split(array, number) for array in (*batch.inputs, batch.targets)]
    return [Batch(tuple(part[:-1]), part[-1]) for part in zip(*cuts, strict=True)]


def strip_prefix(prefix, arrays):
    """The arrays whose names begin with ``prefix`` and a dot, without it."""
    start = f"{prefix}."
    return {
        name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)
    }


class TrainingInterrupted(Exception):  # noqa: N818 (an order, not an error)
    """Somebody asked the run to stop, and it has saved where it is."""


class Trainer:
    """Runs a recipe.

    Args:
        recipe: `Recipe`.
        task: instance of the recipe's class in ``nnlib.training.tasks``.
        seed: of the initial parameters, the order of the data, and dropout.

    A subclass defines ``training_step``, ``evaluate``, ``predictions``, ``model_state``,
    ``load_model_state``, ``state_dict``, ``load_state_dict`` and ``hardware``.
    """

    is_main = True  # the process that writes, where there are several
    single_process = True  # whether there is one process only

    def __init__(self, recipe, task, seed):
        self.recipe, self.task, self.seed = recipe, task, seed
        self.units_per_example = task.batch(1, 0, 0).targets.size  # images or tokens of an example
        self.global_step = 0  # steps
        self.best = None  # value of the metric
        self.evals_since_improvement = 0
        self.seconds = 0.0  # of training, evaluations not counted
        self.first_losses = []  # losses of the first steps
        self.running_loss = 0.0, 0  # sum and number of the losses since the last evaluation

    def training_step(self, batch, lr):
        """Change the parameters once; returns the loss that they had on the batch, as a number."""
        raise NotImplementedError(f"{type(self).__name__} does not define training_step")

    def evaluate(self, split):
        """`Scores` on "validation" or "test" examples."""
        raise NotImplementedError(f"{type(self).__name__} does not define evaluate")

    def predictions(self, split):
        """For each batch of "validation" or "test" examples, its scores and targets as arrays."""
        raise NotImplementedError(f"{type(self).__name__} does not define predictions")

    def model_state(self):
        """Name -> array: the parameters that are evaluated and saved as the best."""
        raise NotImplementedError(f"{type(self).__name__} does not define model_state")

    def load_model_state(self, arrays):
        """Take over what `model_state` gave."""
        raise NotImplementedError(f"{type(self).__name__} does not define load_model_state")

    def state_dict(self):
        """Arrays and JSON values: everything that a resumed run needs besides recipe and seed."""
        raise NotImplementedError(f"{type(self).__name__} does not define state_dict")

    def load_state_dict(self, arrays, values):
        """Take over what `state_dict` gave."""
        raise NotImplementedError(f"{type(self).__name__} does not define load_state_dict")

    def hardware(self):
        """The kind of the device, "cpu" or "cuda", and what it calls itself."""
        raise NotImplementedError(f"{type(self).__name__} does not define hardware")

    def fit(self, run, logger):
        """Train from where the run stands to the end of the recipe.

        Args:
            run: `nnlib.training.run_dir.Run` that is written to.
            logger: object with ``on_steps(trainer, number, loss)``, told every few steps of their
                number and mean loss, and ``on_evaluation(trainer, scores)``, told of every
                evaluation on the validation examples.

        Returns:
            Dict of what came of it: scores of the best parameters on the test examples (where
            there are any) and on the validation examples, steps, seconds, the machine.

        Raises:
            FloatingPointError: if a loss is no number any more; names the step and the last
                checkpoint.
            OSError: if a checkpoint cannot be written; the one before is still there.
            TrainingInterrupted: after SIGINT or SIGTERM, when the checkpoint is written.
        """
        recipe = self.recipe
        losses = []  # since the last check: reading a number from a GPU waits for it
        started = time.perf_counter()
        with InterruptHandler() as signals:
            while self.global_step < recipe.steps and not self._patience_is_over():
                batch = self.task.batch(recipe.batch_size, self.seed, self.global_step)
                losses.append(self.training_step(batch, recipe.lr_at(self.global_step)))
                self.global_step += 1
                evaluate = (
                    self.global_step % recipe.eval_interval == 0 or self.global_step == recipe.steps
                )
                check = evaluate or len(losses) == LOG_INTERVAL
                stop = self.any_rank(signals.requested) if check or self.single_process else False
                if not (check or stop):
                    continue
                loss = self._check(run, losses)
                self.seconds += time.perf_counter() - started
                logger.on_steps(self, len(losses), loss)
                losses.clear()
                if evaluate:
                    self._validate(run, logger)
                if stop:
                    break
                started = time.perf_counter()
            if self.any_rank(signals.requested):  # perhaps during the last evaluation
                self.save(run)
                raise TrainingInterrupted(f"stopped after step {self.global_step}")
        return self._end(run)

    def dry_run(self, steps):
        """Take steps without a run; returns the loss of each."""
        losses = []
        for _ in range(steps):
            batch = self.task.batch(self.recipe.batch_size, self.seed, self.global_step)
            losses.append(float(self.training_step(batch, self.recipe.lr_at(self.global_step))))
            self.global_step += 1
        return losses

    def resume(self, run):
        """Go back to the last checkpoint of a run; a run without any starts at the beginning."""
        if not (run.folder / LAST).is_file():
            if self.is_main:
                run.truncate_metrics(0)
            return
        arrays, metadata = run.load_last()
        self.global_step, self.best = metadata["step"], metadata["best"]
        self.evals_since_improvement, self.seconds = (
            metadata["evals_since_improvement"],
            metadata["seconds"],
        )
        self.first_losses, self.running_loss = (
            metadata["first_losses"],
            tuple(metadata["running_loss"]),
        )
        self.load_state_dict(arrays, metadata["state"])
        if self.is_main:
            run.truncate_metrics(self.global_step)

    def save(self, run):
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

    def _validate(self, run, logger):
        scores = self.evaluate("validation")
        if not math.isfinite(scores.loss):
            self._diverged(
                run, f"the validation loss became {scores.loss} after step {self.global_step}"
            )
        total, number = self.running_loss
        self.running_loss = 0.0, 0
        value = getattr(scores, self.recipe.monitor)
        parameters = self.model_state()
        if self.recipe.is_improvement(value, self.best):
            self.best, self.evals_since_improvement = value, 0
            if self.is_main:
                metadata = {"step": self.global_step, **scores._asdict()}
                save_checkpoint(run.folder / BEST, parameters, metadata)
        else:
            self.evals_since_improvement += 1
        if self.is_main:
            entry = {
                "step": self.global_step,
                "seconds": self.seconds,
                "train_loss": total / number,
            }
            run.log(entry | scores._asdict())
        logger.on_evaluation(self, scores)
        self.save(run)

    def _patience_is_over(self):
        return (
            self.recipe.patience is not None
            and self.evals_since_improvement >= self.recipe.patience
        )

    def _end(self, run):
        self.any_rank(False)  # no process reads before the main one has written
        arrays, metadata = run.load_best()
        self.load_model_state(arrays)
        result = {"steps": self.global_step, "seconds": self.seconds, "best_step": metadata["step"]}
        result["first_losses"] = self.first_losses
        result["validation"] = {name: metadata[name] for name in Scores._fields}
        if "test" in self.task.splits:
            result["test"] = self.evaluate("test")._asdict()
        steps_per_second = _speed(run.metrics(), result)
        result["throughput"] = steps_per_second * self.recipe.batch_size * self.units_per_example
        if self.recipe.metric == "mfu":
            result["mfu"] = steps_per_second * self.flops_per_step() / self.peak_flops()
        device, hardware = self.hardware()
        result["origin"] = {"device": device, "hardware": hardware, **environment()}
        if self.is_main:
            run.write_result(result)
        return result

    def _check(self, run, losses):
        """The mean of the latest losses; an error if one of them is no number."""
        values = [float(loss) for loss in losses]
        for step, value in enumerate(values, start=self.global_step - len(values)):
            if not math.isfinite(value):
                self._diverged(run, f"loss became {value} at step {step}")
            total, number = self.running_loss
            self.running_loss = total + value, number + 1
        self.first_losses += values[: NUM_FIRST_LOSSES - len(self.first_losses)]
        return sum(values) / len(values)

    def _diverged(self, run, what):
        last = run.folder / LAST
        kept = f"the last good checkpoint is {last}"
        raise FloatingPointError(
            f"{what}; {kept if last.is_file() else 'there is no checkpoint yet'}. "
            f"Try a smaller learning rate than {self.recipe.lr:g}, or max_grad_norm=1"
        )

    def flops_per_step(self):
        """How many floating-point operations a step needs."""
        raise ValueError(f"{type(self).__module__} counts no operations; use --backend pytorch")

    def peak_flops(self):
        """How many floating-point operations a second the device can do at most."""
        raise ValueError(f"{type(self).__module__} knows no peak; use --backend pytorch")

    def close(self):
        """Take leave of the other processes, where there are any."""

    def any_rank(self, flag):
        """Whether any process was asked to stop; with one process, whether this was."""
        return flag


def _speed(entries, result):
    """Steps a second between the first evaluation and the last, when everything has warmed up.

    With one evaluation alone, over the whole run.
    """
    if len(entries) < 2:
        return result["steps"] / result["seconds"]
    first, last = entries[0], entries[-1]
    return (last["step"] - first["step"]) / (last["seconds"] - first["seconds"])
