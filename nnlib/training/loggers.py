"""What a run shows while it goes: a bar on a terminal, plain lines elsewhere."""

import sys

from tqdm import tqdm


class Lines:
    """A line for each look at the validation examples.

    Args:
        trainer: the run's `nnlib.training.trainer.Trainer`.
        writer: TensorBoard's ``SummaryWriter``, or None.
    """

    def __init__(self, trainer, writer=None):
        self.trainer, self.writer = trainer, writer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.writer is not None:
            self.writer.close()

    def steps(self, trainer, _number, loss):
        """The latest steps, their mean loss."""
        if self.writer is not None:
            self.writer.add_scalar("loss/train", loss, trainer.done)
            self.writer.add_scalar("rate", trainer.recipe.rate(trainer.done - 1), trainer.done)

    def look(self, trainer, scores):
        """The validation examples have been looked at."""
        if self.writer is not None:
            for name, value in scores._asdict().items():
                self.writer.add_scalar(f"{name}/validation", value, trainer.done)
        if trainer.is_main:
            self.say(
                f"step {trainer.done}/{trainer.recipe.steps}  {trainer.seconds:.1f} s  "
                + "  ".join(f"{name} {value:.4f}" for name, value in scores._asdict().items())
            )

    def say(self, line):
        """Print a line."""
        print(line, file=sys.stderr, flush=True)


class Bar(Lines):
    """A bar with loss, learning rate, speed and time left, and the lines above it."""

    def __enter__(self):
        self.bar = tqdm(
            total=self.trainer.recipe.steps * self._units,
            initial=self.trainer.done * self._units,
            unit=f" {self.trainer.task.unit}",
            unit_scale=True,
        )
        return self

    @property
    def _units(self):
        """Images or tokens of a step."""
        return self.trainer.recipe.batch_size * self.trainer.units

    def __exit__(self, *error):
        self.bar.close()
        super().__exit__(*error)

    def steps(self, trainer, number, loss):
        super().steps(trainer, number, loss)
        self.bar.set_postfix(loss=f"{loss:.4f}", lr=f"{trainer.recipe.rate(trainer.done - 1):.2e}")
        self.bar.update(number * self._units)

    def say(self, line):
        self.bar.write(line, file=sys.stderr)
