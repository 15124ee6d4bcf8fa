"""What a run shows while it goes: a bar on a terminal, plain lines elsewhere."""

import sys

from tqdm import tqdm


class ConsoleLogger:
    """A line for each evaluation on the validation examples.

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

    def on_steps(self, trainer, _number, loss):
        """The latest steps, their mean loss."""
        if self.writer is not None:
            self.writer.add_scalar("loss/train", loss, trainer.global_step)
            self.writer.add_scalar(
                "lr", trainer.recipe.lr_at(trainer.global_step - 1), trainer.global_step
            )

    def on_evaluation(self, trainer, metrics):
        """The validation examples have been looked at."""
        if self.writer is not None:
            for name, value in metrics.items():
                self.writer.add_scalar(f"{name}/validation", value, trainer.global_step)
        if trainer.is_main:
            self.log(
                f"step {trainer.global_step}/{trainer.recipe.steps}  {trainer.seconds:.1f} s  "
                + "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
            )

    def log(self, line):
        """Print a line."""
        print(line, file=sys.stderr, flush=True)


class ProgressBarLogger(ConsoleLogger):
    """A bar with loss, learning rate, speed and time left, and the lines above it."""

    def __enter__(self):
        self.bar = tqdm(
            total=self.trainer.recipe.steps * self._units_per_step,
            initial=self.trainer.global_step * self._units_per_step,
            unit=f" {self.trainer.task.unit}",
            unit_scale=True,
        )
        return self

    @property
    def _units_per_step(self):
        """Images or tokens of a step."""
        return self.trainer.recipe.batch_size * self.trainer.units_per_example

    def __exit__(self, *error):
        self.bar.close()
        super().__exit__(*error)

    def on_steps(self, trainer, number, loss):
        super().on_steps(trainer, number, loss)
        self.bar.set_postfix(
            loss=f"{loss:.4f}", lr=f"{trainer.recipe.lr_at(trainer.global_step - 1):.2e}"
        )
        self.bar.update(number * self._units_per_step)

    def log(self, line):
        self.bar.write(line, file=sys.stderr)
