"""What a run prints while it trains: a progress bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

if TYPE_CHECKING:
    from nnlib.training.trainer import Trainer


class ConsoleLogger:
    """Prints one line per evaluation to stderr, and writes curves for TensorBoard.

    Args:
        trainer: the run's `nnlib.training.trainer.Trainer`.
        writer: TensorBoard's ``SummaryWriter``, or None.
    """

    def __init__(self, trainer: "Trainer", writer: Any = None):
        self.trainer, self.writer = trainer, writer

    def __enter__(self) -> "ConsoleLogger":
        return self

    def __exit__(self, *_: object) -> None:
        if self.writer is not None:
            self.writer.close()

    def on_steps(self, trainer: "Trainer", _number: int, loss: float) -> None:
        """Log several training steps.

        Args:
            trainer: the trainer, after these steps.
            _number: number of steps since the last call.
            loss: their mean loss.
        """
        if self.writer is not None:
            step = trainer.global_step
            self.writer.add_scalar("loss/train", loss, step)
            self.writer.add_scalar("lr", trainer.recipe.lr_at(step - 1), step)

    def on_evaluation(self, trainer: "Trainer", metrics: Mapping[str, float]) -> None:
        """Log an evaluation.

        Args:
            trainer: the trainer.
            metrics: values on the validation split, by name.
        """
        if self.writer is not None:
            for name, value in metrics.items():
                self.writer.add_scalar(f"{name}/validation", value, trainer.global_step)
        if trainer.is_main:
            self.log(
                f"step {trainer.global_step}/{trainer.recipe.steps}  {trainer.seconds:.1f} s  "
                + "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
            )

    def log(self, line: str) -> None:
        """Print a line."""
        print(line, file=sys.stderr, flush=True)


class ProgressBarLogger(ConsoleLogger):
    """Adds a progress bar with loss, learning rate, throughput and remaining time."""

    def __enter__(self) -> "ProgressBarLogger":
        self.bar: tqdm = tqdm(
            total=self.trainer.recipe.steps * self._units_per_step,
            initial=self.trainer.global_step * self._units_per_step,
            unit=f" {self.trainer.task.unit}",
            unit_scale=True,
        )
        return self

    @property
    def _units_per_step(self) -> int:
        """Images or tokens per step."""
        return self.trainer.recipe.batch_size * self.trainer.units_per_example

    def __exit__(self, *error: object) -> None:
        self.bar.close()
        super().__exit__(*error)

    def on_steps(self, trainer: "Trainer", number: int, loss: float) -> None:
        super().on_steps(trainer, number, loss)
        lr = trainer.recipe.lr_at(trainer.global_step - 1)
        self.bar.set_postfix(loss=f"{loss:.4f}", lr=f"{lr:.2e}")
        self.bar.update(number * self._units_per_step)

    def log(self, line: str) -> None:
        self.bar.write(line, file=sys.stderr)
