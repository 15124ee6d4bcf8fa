"""The training loop of a recipe: steps, looks at held-out examples, checkpoints, and the end.

It is the same for both backends. `Trainer` leaves to a subclass what differs between them: one
step, one evaluation, and what a checkpoint holds.
"""

import math
import signal
import threading
import time
from typing import NamedTuple

import numpy as np

from nnlib.training.checkpoint import load_checkpoint, save_checkpoint
from nnlib.training.run_dir import BEST, LAST, environment
from nnlib.training.tasks import IGNORED, Batch

CHECK_EVERY = 20  # steps
OPENING = 20  # steps whose losses are kept one by one, by which a run can be told again


class Scores(NamedTuple):
    """How a model does on examples.

    Attributes:
        loss: mean cross-entropy of a target, in nats.
        accuracy: share of the targets that have the highest score.
        exact: share of the examples whose targets all have it. For a translation this equals the
            share that comes out right word for word when the likeliest word is taken each time.
    """

    loss: float
    accuracy: float
    exact: float


def scores(tally):
    """`Scores` from sums: of losses, of right and of all targets, of exact and of all examples."""
    loss, right, targets, exact, examples = map(float, tally)
    return Scores(loss / targets, right / targets, exact / examples)


def judged(predictions):
    """`Scores` of pairs of arrays: scores of the classes, and targets."""
    return scores(sum(_tally(*pair) for pair in predictions))


def _tally(logits, targets):
    """Sums over a batch: of losses, of right and of all targets, of exact and of all examples."""
    counted = targets != IGNORED
    log_p = _log_softmax(logits)
    classes = np.where(counted, targets, 0)[..., None]
    loss = -np.take_along_axis(log_p, classes, axis=-1)[..., 0]
    right = logits.argmax(axis=-1) == targets
    exact = (right | ~counted).reshape(len(targets), -1).all(axis=1)
    return np.array([loss[counted].sum(), right.sum(), counted.sum(), exact.sum(), len(exact)])


def _log_softmax(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def vote(trainers, part):
    """`Scores` of several models together: the mean of their probabilities decides.

    Raises:
        ValueError: if they are not judged on the same examples, in batches of the same size.
    """
    return judged(_voted(zip(*(trainer.predictions(part) for trainer in trainers), strict=True)))


def _voted(batches):
    for batch in batches:
        _, targets = batch[0]
        if not all(np.array_equal(targets, others) for _, others in batch):
            raise ValueError(
                "these runs were judged on different examples, or on batches of different sizes: "
                "they cannot vote"
            )
        yield np.logaddexp.reduce([_log_softmax(logits) for logits, _ in batch]), targets


def find(module, name, kind):
    """What a module exports under a name; ValueError that lists its exports otherwise."""
    if name not in module.__all__:
        raise ValueError(f"unknown {kind} {name!r}; known are {', '.join(module.__all__)}")
    return getattr(module, name)


def pieces(batch, number):
    """A batch in ``number`` parts of about the same size."""
    cuts = [np.array_split(array, number) for array in (*batch.inputs, batch.targets)]
    return [Batch(tuple(part[:-1]), part[-1]) for part in zip(*cuts, strict=True)]


def under(prefix, arrays):
    """The arrays whose names begin with ``prefix`` and a dot, without it."""
    start = f"{prefix}."
    return {
        name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)
    }


class Stopped(Exception):  # noqa: N818 (an order, not an error)
    """Somebody asked the run to stop, and it has saved where it is."""


class Trainer:
    """Runs a recipe.

    Args:
        recipe: `Recipe`.
        task: instance of the recipe's class in ``nnlib.training.tasks``.
        seed: of the initial parameters, the order of the data, and dropout.

    A subclass defines ``learn``, ``judge``, ``predictions``, ``parameters``, ``load_parameters``,
    ``state``, ``load_state`` and ``hardware``.
    """

    is_main = True  # the process that writes, where there are several
    alone = True  # whether there is one process only

    def __init__(self, recipe, task, seed):
        self.recipe, self.task, self.seed = recipe, task, seed
        self.units = task.batch(1, 0, 0).targets.size  # images or tokens of an example
        self.done = 0  # steps
        self.best = None  # value of the metric
        self.looks_since_best = 0
        self.seconds = 0.0  # of training, evaluations not counted
        self.opening = []  # losses of the first steps
        self.since_look = 0.0, 0  # sum and number of the losses since the last look

    def learn(self, batch, rate):
        """Change the parameters once; returns the loss that they had on the batch, as a number."""
        raise NotImplementedError(f"{type(self).__name__} does not define learn")

    def judge(self, part):
        """`Scores` on "validation" or "test" examples."""
        raise NotImplementedError(f"{type(self).__name__} does not define judge")

    def predictions(self, part):
        """For each batch of "validation" or "test" examples, its scores and targets as arrays."""
        raise NotImplementedError(f"{type(self).__name__} does not define predictions")

    def parameters(self):
        """Name -> array: what is judged and used afterwards."""
        raise NotImplementedError(f"{type(self).__name__} does not define parameters")

    def load_parameters(self, arrays):
        """Take over what `parameters` gave."""
        raise NotImplementedError(f"{type(self).__name__} does not define load_parameters")

    def state(self):
        """Arrays and JSON values: everything that a resumed run needs besides recipe and seed."""
        raise NotImplementedError(f"{type(self).__name__} does not define state")

    def load_state(self, arrays, values):
        """Take over what `state` gave."""
        raise NotImplementedError(f"{type(self).__name__} does not define load_state")

    def hardware(self):
        """The kind of the device, "cpu" or "cuda", and what it calls itself."""
        raise NotImplementedError(f"{type(self).__name__} does not define hardware")

    def run(self, run, report):
        """Train from where the run stands to the end of the recipe.

        Args:
            run: `nnlib.training.run_dir.Run` that is written to.
            report: object with ``steps(trainer, number, loss)``, told every few steps of their
                number and mean loss, and ``look(trainer, scores)``, told of every look at the
                validation examples.

        Returns:
            Dict of what came of it: scores of the best parameters on the test examples (where
            there are any) and on the validation examples, steps, seconds, the machine.

        Raises:
            FloatingPointError: if a loss is no number any more; names the step and the last
                checkpoint.
            OSError: if a checkpoint cannot be written; the one before is still there.
            Stopped: after SIGINT or SIGTERM, when the checkpoint is written.
        """
        recipe = self.recipe
        losses = []  # since the last check: to look at a number on a GPU is to wait for it
        started = time.perf_counter()
        with _Signals() as signals:
            while self.done < recipe.steps and not self._patience_is_over():
                batch = self.task.batch(recipe.batch_size, self.seed, self.done)
                losses.append(self.learn(batch, recipe.rate(self.done)))
                self.done += 1
                look = self.done % recipe.evaluate_every == 0 or self.done == recipe.steps
                check = look or len(losses) == CHECK_EVERY
                stop = self._agree(signals.arrived) if check or self.alone else False
                if not (check or stop):
                    continue
                loss = self._check(run, losses)
                self.seconds += time.perf_counter() - started
                report.steps(self, len(losses), loss)
                losses.clear()
                if look:
                    self._look(run, report)
                if stop:
                    break
                started = time.perf_counter()
            if self._agree(signals.arrived):  # perhaps during the last look
                self.save(run)
                raise Stopped(f"stopped after step {self.done}")
        return self._end(run)

    def rehearse(self, steps):
        """Take steps without a run; returns the loss of each."""
        losses = []
        for _ in range(steps):
            batch = self.task.batch(self.recipe.batch_size, self.seed, self.done)
            losses.append(float(self.learn(batch, self.recipe.rate(self.done))))
            self.done += 1
        return losses

    def resume(self, run):
        """Go back to the last checkpoint of a run; a run without any starts at the beginning."""
        if not (run.folder / LAST).is_file():
            if self.is_main:
                run.rewind(0)
            return
        arrays, header = load_checkpoint(run.folder / LAST)
        self.done, self.best = header["step"], header["best"]
        self.looks_since_best, self.seconds = header["looks_since_best"], header["seconds"]
        self.opening, self.since_look = header["opening"], tuple(header["since_look"])
        self.load_state(arrays, header["state"])
        if self.is_main:
            run.rewind(self.done)

    def save(self, run):
        """Write the last checkpoint."""
        arrays, values = self.state()  # every process takes part in gathering it
        if self.is_main:
            header = {
                "step": self.done,
                "best": self.best,
                "looks_since_best": self.looks_since_best,
                "seconds": self.seconds,
                "opening": self.opening,
                "since_look": self.since_look,
                "state": values,
            }
            save_checkpoint(run.folder / LAST, arrays, header)

    def _look(self, run, report):
        scores = self.judge("validation")
        if not math.isfinite(scores.loss):
            self._diverged(run, f"the validation loss became {scores.loss} after step {self.done}")
        total, number = self.since_look
        self.since_look = 0.0, 0
        value = getattr(scores, self.recipe.judged_by)
        parameters = self.parameters()
        if self.recipe.better(value, self.best):
            self.best, self.looks_since_best = value, 0
            if self.is_main:
                header = {"step": self.done, **scores._asdict()}
                save_checkpoint(run.folder / BEST, parameters, header)
        else:
            self.looks_since_best += 1
        if self.is_main:
            entry = {"step": self.done, "seconds": self.seconds, "train_loss": total / number}
            run.log(entry | scores._asdict())
        report.look(self, scores)
        self.save(run)

    def _patience_is_over(self):
        return self.recipe.patience is not None and self.looks_since_best >= self.recipe.patience

    def _end(self, run):
        self._agree(False)  # no process reads before the main one has written
        arrays, header = load_checkpoint(run.folder / BEST)
        self.load_parameters(arrays)
        result = {"steps": self.done, "seconds": self.seconds, "best_step": header["step"]}
        result["opening"] = self.opening
        result["validation"] = {name: header[name] for name in Scores._fields}
        if "test" in self.task.parts:
            result["test"] = self.judge("test")._asdict()
        steps_per_second = _speed(run.metrics(), result)
        result["per_second"] = steps_per_second * self.recipe.batch_size * self.units
        if self.recipe.metric == "utilization":
            result["utilization"] = steps_per_second * self.operations() / self.peak()
        device, hardware = self.hardware()
        result["origin"] = {"device": device, "hardware": hardware, **environment()}
        if self.is_main:
            run.finish(result)
        return result

    def _check(self, run, losses):
        """The mean of the latest losses; an error if one of them is no number."""
        values = [float(loss) for loss in losses]
        for step, value in enumerate(values, start=self.done - len(values)):
            if not math.isfinite(value):
                self._diverged(run, f"loss became {value} at step {step}")
            total, number = self.since_look
            self.since_look = total + value, number + 1
        self.opening += values[: OPENING - len(self.opening)]
        return sum(values) / len(values)

    def _diverged(self, run, what):
        last = run.folder / LAST
        kept = f"the last good checkpoint is {last}"
        raise FloatingPointError(
            f"{what}; {kept if last.is_file() else 'there is no checkpoint yet'}. "
            f"Try a smaller learning rate than {self.recipe.lr:g}, or clip_norm=1"
        )

    def operations(self):
        """How many floating-point operations a step needs."""
        raise ValueError(f"{type(self).__module__} counts no operations; use --backend pytorch")

    def peak(self):
        """How many floating-point operations a second the device can do at most."""
        raise ValueError(f"{type(self).__module__} knows no peak; use --backend pytorch")

    def close(self):
        """Take leave of the other processes, where there are any."""

    def _agree(self, stop):
        """Whether any process was asked to stop; with one process, whether this was."""
        return stop


def _speed(entries, result):
    """Steps a second between the first look and the last, when everything has warmed up.

    With one look alone, over the whole run.
    """
    if len(entries) < 2:
        return result["steps"] / result["seconds"]
    first, last = entries[0], entries[-1]
    return (last["step"] - first["step"]) / (last["seconds"] - first["seconds"])


class _Signals:
    """Notes SIGINT and SIGTERM instead of dying of them, so that a step is finished and saved."""

    def __enter__(self):
        self.arrived = False
        self.previous = {}
        if threading.current_thread() is threading.main_thread():  # only there may handlers be set
            for number in (signal.SIGINT, signal.SIGTERM):
                self.previous[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_):
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def _note(self, _number, _frame):
        self.arrived = True
