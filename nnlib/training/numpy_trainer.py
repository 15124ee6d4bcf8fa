"""The trainer of a recipe in NumPy."""

import os

import numpy as np
from threadpoolctl import threadpool_limits

from nnlib.scratch import models, optim, random
from nnlib.scratch.autograd.shapes import gather
from nnlib.scratch.autograd.tensor import Tensor, no_grad
from nnlib.scratch.nn.clip import clip_grad_norm_
from nnlib.scratch.nn.cross_entropy import cross_entropy
from nnlib.training import trainer as training
from nnlib.training.run_dir import cpu_name
from nnlib.training.tasks import IGNORE_INDEX


class Trainer(training.Trainer):
    """Runs a recipe in NumPy, on the processor.

    Args:
        recipe: `nnlib.training.recipes.Recipe`; in float32 or float64, uncompiled, by one process.
        task: instance of its class in ``nnlib.training.tasks``.
        seed: of everything.

    Raises:
        ValueError: for a precision that NumPy has not, a model or optimizer that is not built here,
            or several processes.
    """

    def __init__(self, recipe, task, seed):
        super().__init__(recipe, task, seed)
        if recipe.precision not in ("auto", "float32", "float64"):
            raise ValueError(f"scratch computes in float32 or float64, not {recipe.precision}")
        if int(os.environ.get("WORLD_SIZE", 1)) > 1:
            raise ValueError("scratch trains in one process: start it without torchrun")
        if recipe.threads is not None:
            threadpool_limits(recipe.threads)
        random.manual_seed(seed)
        model_class = training.resolve(models, recipe.model, "model")
        self.model = model_class(**task.model_settings, **recipe.model_settings)
        if recipe.precision == "float64":
            self.model.double()
        self.optimizer = training.resolve(optim, recipe.optimizer, "optimizer")(
            self.model.parameters(), lr=recipe.lr, **recipe.optimizer_settings
        )
        self.ema_params = self.model.state_dict() if recipe.ema_decay else None

    def hardware(self):
        return "cpu", cpu_name()

    def training_step(self, batch, lr):
        random.manual_seed(
            (self.seed, self.global_step)
        )  # dropout, too, is a function of seed and step
        self.model.train()
        self.optimizer.zero_grad()
        counted = np.sum(batch.targets != IGNORE_INDEX)
        total = 0.0
        for piece in training.micro_batches(batch, self.recipe.grad_accum_steps):
            logits = self._logits(piece.inputs)
            rows = logits.reshape(-1, logits.shape[-1])
            loss = self._loss(rows, piece.targets.reshape(-1)) / counted
            loss.backward()
            total += loss.item()
        if self.recipe.max_grad_norm is not None:
            clip_grad_norm_(self.model.parameters(), self.recipe.max_grad_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        if self.ema_params is not None:
            self._update_ema()
        return total

    def _loss(self, logits, targets):
        """Sum of the losses of rows of scores."""
        if self.recipe.loss == "perceptron":
            kept = targets != IGNORE_INDEX
            right = gather(logits, 1, np.where(kept, targets, 0)[:, None])[:, 0]
            return ((logits.max(dim=1)[0] - right) * kept).sum()
        return cross_entropy(
            logits,
            Tensor(targets),
            ignore_index=IGNORE_INDEX,
            reduction="sum",
            label_smoothing=self.recipe.label_smoothing,
        )

    def _update_ema(self):
        """The parameters join the running mean, which starts at those after the first step."""
        current = self.model.state_dict()
        if self.global_step > 0:
            for name, _ in self.model.named_parameters():
                mean = self.ema_params[name]
                current[name] = mean + (1 - self.recipe.ema_decay) * (current[name] - mean)
        self.ema_params = current

    def predictions(self, split):
        self.model.eval()
        kept = self.model.state_dict()
        self.model.load_state_dict(self.model_state())
        try:
            for batch in self.task.eval_batches(split, self.recipe.eval_batch_size):
                with no_grad():
                    logits = self._logits(batch.inputs).numpy()
                yield logits, batch.targets
        finally:
            self.model.load_state_dict(kept)

    def evaluate(self, split):
        return training.compute_metrics(self.predictions(split))

    def model_state(self):
        return self.model.state_dict() if self.ema_params is None else self.ema_params

    def load_model_state(self, arrays):
        self.model.load_state_dict(arrays)
        if self.ema_params is not None:
            self.ema_params = self.model.state_dict()

    def state_dict(self):
        arrays = {f"model.{name}": array for name, array in self.model.state_dict().items()}
        if self.ema_params is not None:
            arrays |= {f"ema.{name}": array for name, array in self.ema_params.items()}
        optimizer = self.optimizer.state_dict()
        for number, state in optimizer["state"].items():
            arrays |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
        return arrays, {"param_groups": optimizer["param_groups"]}

    def load_state_dict(self, arrays, values):
        self.model.load_state_dict(training.strip_prefix("model", arrays))
        if self.ema_params is not None:
            self.ema_params = training.strip_prefix("ema", arrays)
        state = {}
        for name, array in training.strip_prefix("optimizer", arrays).items():
            number, _, entry = name.partition(".")
            state.setdefault(int(number), {})[entry] = array
        self.optimizer.load_state_dict({"state": state, **values})

    def _logits(self, inputs):
        dtype = next(self.model.parameters()).dtype
        outputs = self.model(
            *(Tensor(a.astype(dtype) if a.dtype.kind == "f" else a) for a in inputs)
        )
        return outputs[0] if isinstance(outputs, tuple) else outputs
