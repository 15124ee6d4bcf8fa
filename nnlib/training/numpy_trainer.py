"""The trainer of a recipe in NumPy."""

import os

import numpy as np
from threadpoolctl import threadpool_limits

from nnlib.scratch import models, optim, random
from nnlib.scratch.autograd.indexing import gather
from nnlib.scratch.autograd.tensor import Tensor, no_grad
from nnlib.scratch.nn.clip import clip_grad_norm_
from nnlib.scratch.nn.cross_entropy import cross_entropy
from nnlib.training import trainer as training
from nnlib.training.run_dir import cpu_name
from nnlib.training.tasks import IGNORED


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
        model_class = training.find(models, recipe.model, "model")
        self.model = model_class(**task.model_settings, **recipe.model_settings)
        if recipe.precision == "float64":
            self.model.double()
        self.optimizer = training.find(optim, recipe.optimizer, "optimizer")(
            self.model.parameters(), lr=recipe.lr, **recipe.optimizer_settings
        )
        self.average = self.model.state_dict() if recipe.ema else None

    def hardware(self):
        return "cpu", cpu_name()

    def learn(self, batch, rate):
        random.manual_seed((self.seed, self.done))  # dropout, too, is a function of seed and step
        self.model.train()
        self.optimizer.zero_grad()
        counted = np.sum(batch.targets != IGNORED)
        total = 0.0
        for piece in training.pieces(batch, self.recipe.accumulate):
            logits = self._logits(piece.inputs)
            rows = logits.reshape(-1, logits.shape[-1])
            loss = self._loss(rows, piece.targets.reshape(-1)) / counted
            loss.backward()
            total += loss.item()
        if self.recipe.clip_norm is not None:
            clip_grad_norm_(self.model.parameters(), self.recipe.clip_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        if self.average is not None:
            self._update_average()
        return total

    def _loss(self, logits, targets):
        """Sum of the losses of rows of scores."""
        if self.recipe.loss == "perceptron":
            kept = targets != IGNORED
            right = gather(logits, 1, np.where(kept, targets, 0)[:, None])[:, 0]
            return ((logits.max(dim=1)[0] - right) * kept).sum()
        return cross_entropy(
            logits,
            Tensor(targets),
            ignore_index=IGNORED,
            reduction="sum",
            label_smoothing=self.recipe.label_smoothing,
        )

    def _update_average(self):
        """The parameters join the running mean, which starts at those after the first step."""
        current = self.model.state_dict()
        if self.done > 0:
            for name, _ in self.model.named_parameters():
                mean = self.average[name]
                current[name] = mean + (1 - self.recipe.ema) * (current[name] - mean)
        self.average = current

    def predictions(self, part):
        self.model.eval()
        kept = self.model.state_dict()
        self.model.load_state_dict(self.parameters())
        try:
            for batch in self.task.held_out(part, self.recipe.evaluate_batch):
                with no_grad():
                    logits = self._logits(batch.inputs).numpy()
                yield logits, batch.targets
        finally:
            self.model.load_state_dict(kept)

    def judge(self, part):
        return training.judged(self.predictions(part))

    def parameters(self):
        return self.model.state_dict() if self.average is None else self.average

    def load_parameters(self, arrays):
        self.model.load_state_dict(arrays)
        if self.average is not None:
            self.average = self.model.state_dict()

    def state(self):
        arrays = {f"model.{name}": array for name, array in self.model.state_dict().items()}
        if self.average is not None:
            arrays |= {f"average.{name}": array for name, array in self.average.items()}
        optimizer = self.optimizer.state_dict()
        for number, state in optimizer["state"].items():
            arrays |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
        return arrays, {"param_groups": optimizer["param_groups"]}

    def load_state(self, arrays, values):
        self.model.load_state_dict(training.under("model", arrays))
        if self.average is not None:
            self.average = training.under("average", arrays)
        state = {}
        for name, array in training.under("optimizer", arrays).items():
            number, _, entry = name.partition(".")
            state.setdefault(int(number), {})[entry] = array
        self.optimizer.load_state_dict({"state": state, **values})

    def _logits(self, inputs):
        dtype = next(self.model.parameters()).dtype
        outputs = self.model(
            *(Tensor(a.astype(dtype) if a.dtype.kind == "f" else a) for a in inputs)
        )
        return outputs[0] if isinstance(outputs, tuple) else outputs
