"""The trainer of a recipe in PyTorch: on a CPU, on a GPU, or on several of either.

Started by ``torchrun``, every process computes its share of each batch, and the gradients are
averaged (DistributedDataParallel), or the parameters are sharded as well (FSDP).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np
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
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.flop_counter import FlopCounterMode

from nnlib.pytorch import models
from nnlib.pytorch.arrays import from_numpy
from nnlib.training import trainer as training
from nnlib.training.checks import build, env_int, resolve
from nnlib.training.device import autocast_dtype, choose_device, device_name, peak_flops
from nnlib.training.recipe import Recipe
from nnlib.training.tasks import Batch, Task

WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)
# A step of LBFGS computes the loss several times; SparseAdam needs sparse gradients.
UNSUITABLE = ("Optimizer", "LBFGS", "SparseAdam")


class Trainer(training.Trainer):
    """Trains a recipe in PyTorch.

    Args:
        recipe: what to train.
        task: the recipe's task.
        seed: of the initial parameters, the order of the data, and dropout; 0 or more.
        device: "auto", "cpu", "cuda" or "cuda:i".

    Attributes:
        model_wrapped: the model as a compiler or several processes run it; it shares the
            parameters of ``model``.
        ema_params: the moving averages of the parameters, or None.
        rank, world_size: number of this process, and how many there are.

    Raises:
        ValueError: for a device that is not available, an unknown model or optimizer, or settings
            that do not fit.
    """

    F = functional

    def __init__(self, recipe: Recipe, task: Task, seed: int, device: str = "auto"):
        super().__init__(recipe, task, seed)
        self.device = choose_device(device)
        self.dtype = autocast_dtype(recipe.precision, self.device)
        self.rank, self.world_size = _join_processes(self.device)
        self.is_main, self.single_process = self.rank == 0, self.world_size == 1
        self.fsdp = recipe.fsdp and not self.single_process
        if recipe.metric == "mfu":
            self.peak_flops()  # raises now, not after the run, if it is unknown
        if recipe.batch_size < self.world_size * recipe.grad_accum_steps:
            raise ValueError(
                f"a batch of {recipe.batch_size} is too small for {self.world_size} processes with "
                f"{recipe.grad_accum_steps} micro-batches each: lower grad_accum_steps"
            )
        torch.manual_seed(seed)
        self.model = self._build_model(models)
        self.model.to(self.device, torch.float64 if recipe.precision == "float64" else None)
        self.ema_params: AveragedModel | None = None
        self._check_model()
        if not self.fsdp:  # the fastest layout for convolutions; FSDP does not take it
            self.model.to(memory_format=torch.channels_last)
        self.model_wrapped = self._wrap(self.model)
        self.optimizer = self._build_optimizer()
        if recipe.ema_decay:
            average = get_ema_multi_avg_fn(recipe.ema_decay)
            self.ema_params = AveragedModel(self.model, multi_avg_fn=average)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)

    def _wrap(self, model: Any) -> Any:
        """The model as several processes, or a compiler, run it."""
        if self.fsdp:
            mesh = init_device_mesh(self.device.type, (self.world_size,))
            for children in (m for m in model.modules() if isinstance(m, torch.nn.ModuleList)):
                for block in children:
                    fully_shard(block, mesh=mesh)
            fully_shard(model, mesh=mesh)
        if self.recipe.compile:
            model = torch.compile(model)
        if not (self.single_process or self.fsdp):
            device_ids = [self.device] if self.device.type == "cuda" else None
            model = DistributedDataParallel(model, device_ids=device_ids)
        return model

    def _build_optimizer(self) -> torch.optim.Optimizer:
        known = {
            name: value
            for name, value in vars(torch.optim).items()
            if isinstance(value, type)
            and issubclass(value, torch.optim.Optimizer)
            and name not in UNSUITABLE
        }
        optimizer = resolve(known, self.recipe.optimizer, "optimizer")
        settings = dict(self.recipe.optimizer_settings)
        if optimizer in (torch.optim.Adam, torch.optim.AdamW) and "foreach" not in settings:
            settings.setdefault("fused", True)
        return build(
            "optimizer_settings", optimizer, self.model.parameters(), self.recipe.lr, **settings
        )

    @contextmanager
    def backend_settings(self) -> Iterator[None]:
        before = torch.get_num_threads(), torch.get_float32_matmul_precision()
        cudnn_before = torch.backends.cudnn.allow_tf32
        tf32 = self.recipe.precision != "float32"  # where the hardware has it
        torch.set_float32_matmul_precision("high" if tf32 else "highest")
        torch.backends.cudnn.allow_tf32 = tf32
        if self.recipe.threads is not None:
            torch.set_num_threads(self.recipe.threads)
        try:
            yield
        finally:
            threads, precision = before
            torch.set_num_threads(threads)
            torch.set_float32_matmul_precision(precision)
            torch.backends.cudnn.allow_tf32 = cudnn_before

    def hardware(self) -> tuple[str, str]:
        return self.device.type, device_name(self.device)

    def training_step(self, batch: Batch, lr: float) -> torch.Tensor:
        # Dropout is a function of seed, step and process, so no random state is saved.
        torch.manual_seed(hash((self.seed, self.global_step, self.rank)) % 2**63)
        self.model_wrapped.train()
        self.optimizer.zero_grad()
        share = training.micro_batches(batch, self.world_size)[self.rank]
        parts = training.micro_batches(share, self.recipe.grad_accum_steps)
        total = torch.zeros((), device=self.device)
        for number, part in enumerate(parts, start=1):
            with self._synchronize_gradients(number == len(parts)):
                logits, targets = self._logits_and_targets(self.model_wrapped, part)
                loss = self._loss(logits, targets) / batch.num_targets  # those of all processes
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
        return self._sum_over_processes(total)

    def _loss(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The sum of the losses of a micro-batch."""
        smoothing = self.recipe.label_smoothing
        return self.task.loss(self.recipe.loss, self.F, logits, targets, label_smoothing=smoothing)

    def _synchronize_gradients(self, is_last: bool) -> AbstractContextManager[Any]:
        """Only after the last micro-batch do the processes need to exchange their gradients."""
        if is_last or not isinstance(self.model_wrapped, DistributedDataParallel):
            return nullcontext()
        return self.model_wrapped.no_sync()

    def _logits_and_targets(self, model: Any, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """What a model gives for a batch, and its targets, on the device."""
        real = next(self.model.parameters()).dtype
        inputs = [
            torch.as_tensor(
                array, device=self.device, dtype=real if array.dtype.kind == "f" else None
            )
            for array in batch.inputs
        ]
        with torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype is not None):
            outputs = model(*inputs)
        logits = outputs[0] if isinstance(outputs, tuple) else outputs  # or with a hidden state
        if self.dtype is not None:
            logits = logits.float()
        return logits, torch.as_tensor(batch.targets, device=self.device)

    @property
    def _eval_model(self) -> Any:
        return self.model if self.ema_params is None else self.ema_params.module

    @torch.no_grad()
    def _forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        return self._logits_and_targets(self._eval_model.eval(), batch)

    def outputs(self, split: str) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Logits and targets of this process's share of each batch."""
        if not self.single_process:  # evaluate the running statistics that the main one saves
            for buffer in self._eval_model.buffers():
                dist.broadcast(buffer, src=0)
        for batch in self.task.eval_batches(split, self.recipe.eval_batch_size):
            yield self._forward(training.micro_batches(batch, self.world_size)[self.rank])

    def predictions(self, split: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for logits, targets in self.outputs(split):
            yield (
                functional.log_softmax(logits, dim=-1).numpy(force=True),
                targets.numpy(force=True),
            )

    def from_numpy(self, array: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(array, device=self.device)

    def flops_per_step(self) -> float:
        """Forward and backward, counted by PyTorch on one example, attention as plain products."""
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            example = self.task.batch(1, self.seed, 0)
            self._loss(*self._logits_and_targets(self.model.train(), example)).backward()
        self.optimizer.zero_grad()
        return counter.get_total_flops() * self.recipe.batch_size

    def peak_flops(self) -> float:
        return peak_flops(self.device, self.dtype) * self.world_size

    def model_state(self) -> dict[str, np.ndarray]:
        return _arrays(get_model_state_dict(self._eval_model, options=WHOLE))

    def load_model_state(self, arrays: Mapping[str, np.ndarray]) -> None:
        models = [self.model] + ([self.ema_params.module] if self.ema_params is not None else [])
        for model in models:
            state_dict: dict[str, Any] = from_numpy(arrays)
            set_model_state_dict(model, state_dict, options=WHOLE)

    def state_dict(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        model = _arrays(get_model_state_dict(self.model, options=WHOLE))
        arrays = {f"model.{name}": array for name, array in model.items()}
        if self.ema_params is not None:
            averages = _arrays(self.ema_params.state_dict())
            arrays |= {f"ema.{name}": array for name, array in averages.items()}
        optimizer: Any = get_optimizer_state_dict(self.model, self.optimizer, options=WHOLE)
        if not self.is_main:
            return {}, {}  # the whole state is gathered in the main process alone
        for parameter, state in optimizer["state"].items():
            arrays |= {
                f"optimizer.{parameter}.{name}": value for name, value in _arrays(state).items()
            }
        values = {"param_groups": optimizer["param_groups"], "scaler": self.scaler.state_dict()}
        return arrays, values

    def load_state_dict(self, arrays: Mapping[str, np.ndarray], values: dict[str, Any]) -> None:
        model: dict[str, Any] = from_numpy(training.strip_prefix("model", arrays))
        set_model_state_dict(self.model, model, options=WHOLE)
        if self.ema_params is not None:
            self.ema_params.load_state_dict(from_numpy(training.strip_prefix("ema", arrays)))
        state: dict[str, Any] = {}
        for name, array in from_numpy(training.strip_prefix("optimizer", arrays)).items():
            path, _, entry = name.rpartition(".")
            state.setdefault(path, {})[entry] = array
        if state:
            set_optimizer_state_dict(
                self.model,
                self.optimizer,
                {"state": state, "param_groups": values["param_groups"]},
                options=WHOLE,
            )
        for parameter, entries in self.optimizer.state.items():
            for name, value in entries.items():
                if value.shape == parameter.shape:  # in the same layout, as fused kernels expect
                    entries[name] = torch.empty_like(parameter).copy_(value)
        if values["scaler"] and self.scaler.is_enabled():
            self.scaler.load_state_dict(values["scaler"])

    def all_reduce(self, values: Sequence[float]) -> list[float]:
        if self.single_process:
            return [*values]
        sums = torch.tensor(values, dtype=torch.float64, device=self.device)
        return self._sum_over_processes(sums).tolist()

    def _sum_over_processes(self, values: torch.Tensor) -> torch.Tensor:
        if not self.single_process:
            dist.all_reduce(values)
        return values

    def close(self) -> None:
        if not self.single_process:
            self.model_wrapped = None  # it uses the group of processes, so it goes first
            dist.destroy_process_group()


def _arrays(tensors: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {name: tensor.numpy(force=True) for name, tensor in tensors.items()}


def _join_processes(device: torch.device) -> tuple[int, int]:
    """This process's number and how many there are; joins the group that torchrun announced."""
    if "RANK" not in os.environ:
        return 0, 1
    for name in ("RANK", "WORLD_SIZE", "MASTER_PORT"):
        env_int(name, 0)  # an error here names the variable
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return dist.get_rank(), dist.get_world_size()
