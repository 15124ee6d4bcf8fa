"""The trainer of a recipe in PyTorch: one processor, one GPU, or many of either.

Started by ``torchrun``, every process computes its share of each batch, and the gradients are
averaged (DistributedDataParallel), or parameters are shared out as well (FSDP).
"""

import os
from contextlib import nullcontext

import torch
import torch.distributed as dist
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.flop_counter import FlopCounterMode

from nnlib.pytorch import models
from nnlib.pytorch.arrays import from_numpy
from nnlib.training import trainer as training
from nnlib.training.device import autocast_dtype, choose_device, device_name, peak_flops
from nnlib.training.tasks import IGNORE_INDEX

WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)


class Trainer(training.Trainer):
    """Runs a recipe in PyTorch.

    Args:
        recipe: `nnlib.training.recipes.Recipe`.
        task: instance of its class in ``nnlib.training.tasks``.
        seed: of everything.
        device: "auto", "cpu", "cuda" or "cuda:i".

    Raises:
        ValueError: for a device that is not there, or an unknown model or optimizer.
    """

    def __init__(self, recipe, task, seed, device="auto"):
        super().__init__(recipe, task, seed)
        self.device = choose_device(device)
        self.dtype = autocast_dtype(recipe.precision, self.device)
        self.rank, self.world_size = _join(self.device)
        self.is_main, self.single_process = self.rank == 0, self.world_size == 1
        self.fsdp = recipe.fsdp and not self.single_process
        if recipe.metric == "mfu":
            self.peak_flops()  # better to hear now that it is unknown than after the run
        if recipe.batch_size < self.world_size * recipe.grad_accum_steps:
            raise ValueError(
                f"a batch of {recipe.batch_size} is too small for {self.world_size} processes and "
                f"{recipe.grad_accum_steps} pieces each"
            )
        tf32 = recipe.precision != "float32"  # where there is such a thing
        torch.set_float32_matmul_precision("high" if tf32 else "highest")
        torch.backends.cudnn.allow_tf32 = tf32
        if recipe.threads is not None:
            torch.set_num_threads(recipe.threads)
        torch.manual_seed(seed)
        model_class = training.resolve(models, recipe.model, "model")
        self.model = model_class(**task.model_settings, **recipe.model_settings)
        self.model.to(self.device, torch.float64 if recipe.precision == "float64" else None)
        if not self.fsdp:  # convolutions compute fastest so, but FSDP takes it not
            self.model.to(memory_format=torch.channels_last)
        self.model_wrapped = self._wrap(self.model)
        self.optimizer = self._optimizer()
        self.ema_params = None
        if recipe.ema_decay:
            decay = get_ema_multi_avg_fn(recipe.ema_decay)
            self.ema_params = AveragedModel(self.model, multi_avg_fn=decay)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)

    def _wrap(self, model):
        """The model as the processes together, or a compiler, run it; it shares its parameters."""
        if self.fsdp:
            mesh = init_device_mesh(self.device.type, (self.world_size,))
            for children in (m for m in model.modules() if isinstance(m, torch.nn.ModuleList)):
                for block in children:
                    fully_shard(block, mesh=mesh)
            fully_shard(model, mesh=mesh)
        if self.recipe.compile:
            model = torch.compile(model)
        if not (self.single_process or self.fsdp):
            where = [self.device] if self.device.type == "cuda" else None
            model = DistributedDataParallel(model, device_ids=where)
        return model

    def _optimizer(self):
        known = {
            name: value
            for name, value in vars(torch.optim).items()
            if isinstance(value, type) and issubclass(value, torch.optim.Optimizer)
        }
        del known["Optimizer"], known["LBFGS"]  # LBFGS computes the loss several times a step
        if self.recipe.optimizer not in known:
            raise ValueError(
                f"unknown optimizer {self.recipe.optimizer!r}; known are {', '.join(known)}"
            )
        optimizer = known[self.recipe.optimizer]
        settings = dict(self.recipe.optimizer_settings)
        if optimizer in (torch.optim.Adam, torch.optim.AdamW):
            settings.setdefault("fused", True)
        return optimizer(self.model.parameters(), lr=self.recipe.lr, **settings)

    def hardware(self):
        return self.device.type, device_name(self.device)

    def training_step(self, batch, lr):
        # Dropout is a function of seed, step and process, so that no random state need be kept.
        torch.manual_seed(hash((self.seed, self.global_step, self.rank)) % 2**63)
        self.model_wrapped.train()
        self.optimizer.zero_grad()
        counted = int((batch.targets != IGNORE_INDEX).sum())  # of all processes
        share = training.micro_batches(batch, self.world_size)[self.rank]
        total = 0.0
        parts = training.micro_batches(share, self.recipe.grad_accum_steps)
        for number, piece in enumerate(parts, start=1):
            with self._gradients_shared(number == len(parts)):
                logits, targets = self._forward(self.model_wrapped, piece)
                loss = self._loss(logits.flatten(0, -2), targets.flatten()) / counted
                # Processes average their gradients: times their number, that is the sum.
                self.scaler.scale(loss * self.world_size).backward()
            total = total + loss.detach()
        if self.recipe.max_grad_norm is not None:
            self.scaler.unscale_(self.optimizer)
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.max_grad_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.ema_params is not None:
            self.ema_params.update_parameters(self.model)
        return self._summed(total)

    def _loss(self, logits, targets):
        """Sum of the losses of rows of scores."""
        if self.recipe.loss == "perceptron":
            kept = targets != IGNORE_INDEX
            right = logits.gather(1, targets.where(kept, 0)[:, None])[:, 0]
            return ((logits.max(dim=1).values - right) * kept).sum()
        return F.cross_entropy(
            logits,
            targets,
            ignore_index=IGNORE_INDEX,
            reduction="sum",
            label_smoothing=self.recipe.label_smoothing,
        )

    def _gradients_shared(self, last):
        """Only the last piece of a batch needs the processes to talk."""
        if last or not isinstance(self.model_wrapped, DistributedDataParallel):
            return nullcontext()
        return self.model_wrapped.no_sync()

    def _forward(self, model, batch):
        """Scores and targets, on the device."""
        real = next(self.model.parameters()).dtype
        inputs = [
            torch.as_tensor(
                array, device=self.device, dtype=real if array.dtype.kind == "f" else None
            )
            for array in batch.inputs
        ]
        with torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype is not None):
            outputs = model(*inputs)
        logits = outputs[0] if isinstance(outputs, tuple) else outputs
        if self.dtype is not None:
            logits = logits.float()
        return logits, torch.as_tensor(batch.targets, device=self.device)

    @torch.no_grad()
    def _predictions(self, split):
        """Scores and targets of this process's share of each held-out batch."""
        model = self.model if self.ema_params is None else self.ema_params.module
        model.eval()
        if (
            not self.single_process
        ):  # each has running statistics of its own: those that are saved count
            for buffer in model.buffers():
                dist.broadcast(buffer, src=0)
        for batch in self.task.eval_batches(split, self.recipe.eval_batch_size):
            share = training.micro_batches(batch, self.world_size)[self.rank]
            yield self._forward(model, share)

    def predictions(self, split):
        for logits, targets in self._predictions(split):
            yield logits.numpy(force=True), targets.numpy(force=True)

    def evaluate(self, split):
        total = torch.zeros(5, dtype=torch.float64, device=self.device)
        for logits, targets in self._predictions(split):
            total += tally(logits, targets)
        return training.scores(self._summed(total))

    def flops_per_step(self):
        """Forward and backward, counted by PyTorch on one example, attention as plain products."""
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            logits, targets = self._forward(self.model.train(), self.task.batch(1, self.seed, 0))
            self._loss(logits.flatten(0, -2), targets.flatten()).backward()
        self.optimizer.zero_grad()
        return counter.get_total_flops() * self.recipe.batch_size

    def peak_flops(self):
        return peak_flops(self.device, self.dtype) * self.world_size

    def model_state(self):
        model = self.model if self.ema_params is None else self.ema_params.module
        return _arrays(get_model_state_dict(model, options=WHOLE))

    def load_model_state(self, arrays):
        models = [self.model] + ([self.ema_params.module] if self.ema_params is not None else [])
        for model in models:
            set_model_state_dict(model, from_numpy(arrays), options=WHOLE)

    def state_dict(self):
        arrays = {
            f"model.{name}": array
            for name, array in _arrays(get_model_state_dict(self.model, options=WHOLE)).items()
        }
        if self.ema_params is not None:
            kept = _arrays(self.ema_params.state_dict())
            arrays |= {f"ema.{name}": array for name, array in kept.items()}
        optimizer = get_optimizer_state_dict(self.model, self.optimizer, options=WHOLE)
        if not self.is_main:
            return {}, {}  # the whole state is gathered in the main process alone
        for parameter, state in optimizer["state"].items():
            arrays |= {
                f"optimizer.{parameter}.{name}": value for name, value in _arrays(state).items()
            }
        values = {"param_groups": optimizer["param_groups"], "scaler": self.scaler.state_dict()}
        return arrays, values

    def load_state_dict(self, arrays, values):
        set_model_state_dict(
            self.model, from_numpy(training.strip_prefix("model", arrays)), options=WHOLE
        )
        if self.ema_params is not None:
            self.ema_params.load_state_dict(from_numpy(training.strip_prefix("ema", arrays)))
        state = {}
        for name, array in from_numpy(training.strip_prefix("optimizer", arrays)).items():
            parameter, _, entry = name.rpartition(".")
            state.setdefault(parameter, {})[entry] = array
        if state:
            set_optimizer_state_dict(
                self.model,
                self.optimizer,
                {"state": state, "param_groups": values["param_groups"]},
                options=WHOLE,
            )
        for parameter, entries in self.optimizer.state.items():
            for name, value in entries.items():
                if value.shape == parameter.shape:  # laid out alike, as fused kernels expect
                    entries[name] = torch.empty_like(parameter).copy_(value)
        if values["scaler"] and self.scaler.is_enabled():
            self.scaler.load_state_dict(values["scaler"])

    def close(self):
        if not self.single_process:
            self.model_wrapped = None  # it talks through the group, so it has to go first
            dist.destroy_process_group()

    def any_rank(self, flag):
        if self.single_process:
            return flag
        asked = torch.tensor(float(flag), device=self.device)
        return bool(self._summed(asked) > 0)

    def _summed(self, values):
        """Sum over all processes."""
        if not self.single_process:
            dist.all_reduce(values)
        return values


def tally(logits, targets):
    """Sums over a batch for `nnlib.training.trainer.scores`, on the device that holds it."""
    counted = targets != IGNORE_INDEX
    loss = F.cross_entropy(
        logits.flatten(0, -2), targets.flatten(), ignore_index=IGNORE_INDEX, reduction="sum"
    )
    right = logits.argmax(dim=-1) == targets
    exact = (right | ~counted).reshape(len(targets), targets.shape[1:].numel()).all(dim=1)
    sums = (loss, right.sum(), counted.sum(), exact.sum(), torch.tensor(len(exact)))
    return torch.stack([value.double().to(logits.device) for value in sums])


def _arrays(tensors):
    return {name: tensor.numpy(force=True) for name, tensor in tensors.items()}


def _join(device):
    """This process's number and how many there are; joins the group that torchrun announced."""
    if "RANK" not in os.environ:
        return 0, 1
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return dist.get_rank(), dist.get_world_size()
