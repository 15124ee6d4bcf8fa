"""The trainer of a recipe in NumPy."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from nnlib.scratch import functional, models, optim, random
from nnlib.scratch.autograd.tensor import Tensor, no_grad
from nnlib.scratch.nn.clip import clip_grad_norm_
from nnlib.training import trainer as training
from nnlib.training.checks import build, env_int, resolve
from nnlib.training.recipe import Recipe
from nnlib.training.run_dir import cpu_name
from nnlib.training.tasks import Batch, Task


class Trainer(training.Trainer):
    """Trains a recipe in NumPy, in one process on the CPU.

    Nothing is compiled or sharded here: ``compile`` and ``fsdp`` of a recipe have no effect.

    Args:
        recipe: what to train; in float32 or float64.
        task: the recipe's task.
        seed: of the initial parameters, the order of the data, and dropout; 0 or more.

    Raises:
        ValueError: for a precision, model, optimizer or metric that is not available in NumPy,
            settings that do not fit, or several processes.
    """

    F = functional

    def __init__(self, recipe: Recipe, task: Task, seed: int):
        super().__init__(recipe, task, seed)
        if recipe.precision not in ("auto", "float32", "float64"):
            raise ValueError(f"scratch computes in float32 or float64, not {recipe.precision}")
        if env_int("WORLD_SIZE", 1) > 1:
            raise ValueError("scratch trains in one process: start it without torchrun")
        if recipe.metric == "mfu":
            self.peak_flops()  # raises now, not after the run, if it is unknown
        random.manual_seed(seed)
        self.model = self._build_model(models)
        if recipe.precision == "float64":
            self.model.double()
        self._check_model()
        self.optimizer = self._build_optimizer()
        self.ema_params: dict[str, np.ndarray] | None = None
        if recipe.ema_decay:
            self.ema_params = self.model.state_dict()

    def _build_optimizer(self) -> optim.Optimizer:
        known = {
            name: value
            for name in optim.__all__
            if isinstance(value := getattr(optim, name), type) and value is not optim.Optimizer
        }
        optimizer = resolve(known, self.recipe.optimizer, "optimizer")
        settings = self.recipe.optimizer_settings
        return build(
            "optimizer_settings", optimizer, self.model.parameters(), self.recipe.lr, **settings
        )

    def backend_settings(self) -> AbstractContextManager[Any]:
        return threadpool_limits(self.recipe.threads)

    def hardware(self) -> tuple[str, str]:
        return "cpu", cpu_name()

    def training_step(self, batch: Batch, lr: float) -> float:
        random.manual_seed((self.seed, self.global_step))  # dropout is a function of both
        self.model.train()
        self.optimizer.zero_grad()
        total = 0.0
        for part in training.micro_batches(batch, self.recipe.grad_accum_steps):
            loss = self._loss(self._logits(part.inputs), part.targets) / batch.num_targets
            loss.backward()
            total += loss.item()
        if self.recipe.max_grad_norm is not None:
            clip_grad_norm_(self.model.parameters(), self.recipe.max_grad_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        if self.ema_params is not None:
            self.ema_params = self._updated_ema(self.ema_params)
        return total

    def _loss(self, logits: Tensor, targets: np.ndarray) -> Any:
        """The sum of the losses of a micro-batch."""
        smoothing = self.recipe.label_smoothing
        return self.task.loss(self.recipe.loss, self.F, logits, targets, label_smoothing=smoothing)

    def _updated_ema(self, averages: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The averages, moved toward the parameters; they start at those after the first step."""
        current = self.model.state_dict()
        if self.global_step > 0:
            for name, _ in self.model.named_parameters():
                mean = averages[name]
                current[name] = mean + (1 - self.recipe.ema_decay) * (current[name] - mean)
        return current

    def outputs(self, split: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        trained = self.model.state_dict()
        self.model.load_state_dict(self.model_state())
        try:
            for batch in self.task.eval_batches(split, self.recipe.eval_batch_size):
                yield self._forward(batch)
        finally:
            self.model.load_state_dict(trained)

    def predictions(self, split: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for logits, targets in self.outputs(split):
            with no_grad():
                log_p = functional.log_softmax(logits, dim=-1).numpy()
            yield log_p, targets

    def from_numpy(self, array: np.ndarray) -> np.ndarray:
        return array

    def _forward(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        self.model.eval()
        with no_grad():
            return self._logits(batch.inputs).numpy(), batch.targets

    def _logits(self, inputs: tuple[np.ndarray, ...]) -> Tensor:
        dtype = next(self.model.parameters()).dtype
        outputs = self.model(
            *(Tensor(a.astype(dtype) if a.dtype.kind == "f" else a) for a in inputs)
        )
        return outputs[0] if isinstance(outputs, tuple) else outputs  # or with a hidden state

    def model_state(self) -> dict[str, np.ndarray]:
        return self.model.state_dict() if self.ema_params is None else self.ema_params

    def load_model_state(self, arrays: Mapping[str, np.ndarray]) -> None:
        self.model.load_state_dict(arrays)
        if self.ema_params is not None:
            self.ema_params = self.model.state_dict()

    def state_dict(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays = {f"model.{name}": array for name, array in self.model.state_dict().items()}
        if self.ema_params is not None:
            arrays |= {f"ema.{name}": array for name, array in self.ema_params.items()}
        optimizer = self.optimizer.state_dict()
        for number, state in optimizer["state"].items():
            arrays |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
        return arrays, {"param_groups": optimizer["param_groups"]}

    def load_state_dict(self, arrays: Mapping[str, np.ndarray], values: dict[str, Any]) -> None:
        self.model.load_state_dict(training.strip_prefix("model", arrays))
        if self.ema_params is not None:
            averages = training.strip_prefix("ema", arrays)
            if averages.keys() != self.ema_params.keys():
                raise ValueError("it holds no moving average of these parameters")
            self.ema_params = averages
        state: dict[int, dict[str, np.ndarray]] = {}
        for name, array in training.strip_prefix("optimizer", arrays).items():
            number, _, entry = name.partition(".")
            state.setdefault(int(number), {})[entry] = array
        self.optimizer.load_state_dict({"state": state, "param_groups": values["param_groups"]})
