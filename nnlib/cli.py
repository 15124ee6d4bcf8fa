"""The command line of nnlib: train, evaluate and sample the models of the book."""

import argparse
import os
import shlex
import sys
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from nnlib import __version__
from nnlib.data.download import SOURCES, fetch
from nnlib.training.checks import check_int, env_int, first_line
from nnlib.training.files import CorruptFileError
from nnlib.training.loggers import ConsoleLogger, ProgressBarLogger
from nnlib.training.recipe import BACKENDS, Recipe, override
from nnlib.training.recipes import RECIPES
from nnlib.training.records import (
    MIN_SEEDS,
    new_records_dir,
    read_records,
    records_dir,
    seeds,
    target_reached,
    write_record,
)
from nnlib.training.run_dir import Run
from nnlib.training.tasks import build_task
from nnlib.training.trainer import Trainer, TrainingInterrupted, evaluate_ensemble

MAX_SEED = 2**63 - 1
DISTRIBUTIONS = {"sklearn": "scikit-learn"}  # where `pip install` has another name than `import`


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Every error is reported in one line on stderr.

    Args:
        arguments: the command and its options; None for those of the process.

    Returns:
        The exit status: 0; 1 if the command failed (a file, the network, memory, divergence); 2 if
        an option or setting is wrong; 130 if it was interrupted.

    Raises:
        SystemExit: after ``--help`` or ``--version``, with status 0, and for options that do not
            exist, with status 2.
        Exception: any error, with its traceback, if ``NNLIB_TRACEBACK`` is set.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except TrainingInterrupted as stop:
        return _fail(f"{stop}; continue with: {_resume_command(arguments, options)}", 130)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except BrokenPipeError:
        return 1  # the reader has closed the pipe
    except Exception as error:
        if os.environ.get("NNLIB_TRACEBACK"):
            raise
        return _fail(*_explain(error))
    return 0


def _fail(message: str, status: int) -> int:
    """Report an error; of several processes, the first one reports an interruption."""
    if status != 130 or os.environ.get("RANK", "0") == "0":
        print(f"nnlib: {message}", file=sys.stderr)
    return status


def _explain(error: Exception) -> tuple[str, int]:
    """One line about an error, and the exit status."""
    text = textwrap.shorten(str(error), 500, placeholder=" ...")
    if isinstance(error, CorruptFileError | FloatingPointError):
        return text, 1
    if isinstance(error, ValueError):
        return text, 2
    if _is_out_of_memory(error):
        return f"out of memory: {text}; use a smaller batch_size, eval_batch_size or model", 1
    if isinstance(error, OSError):
        # Every error about a file names it, so one without a name is about the output.
        filename = error.filename or "standard output"
        return f"{filename}: {error.strerror}" if error.strerror else text, 1
    if isinstance(error, ImportError) and error.name:
        package = error.name.partition(".")[0]
        return f"{text}; try: pip install {DISTRIBUTIONS.get(package, package)}", 1
    return f"{type(error).__name__}: {text} (NNLIB_TRACEBACK=1 shows where)", 1


def _is_out_of_memory(error: Exception) -> bool:
    """Whether memory is exhausted, which PyTorch reports as a RuntimeError."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and ("out of memory" in text or "allocate memory" in text)
    )


class _Parser(argparse.ArgumentParser):
    """Reports a wrong option in one line, as all other errors are."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"nnlib: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="nnlib",
        description="Train, evaluate and sample the models of Neural Networks, Built Twice.",
        epilog="Exit status: 0, or 1 if a command failed, 2 if an option or setting is wrong, 130 "
        "if it was interrupted. NNLIB_TRACEBACK=1 shows the traceback of an error.",
    )
    parser.add_argument("--version", action="version", version=f"nnlib {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    command = commands.add_parser("list", help="list the recipes with their recorded results")
    command.set_defaults(run=_list)

    command = commands.add_parser("train", help="train a recipe, or resume a run")
    _add_training_options(command)
    command.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    command.add_argument(
        "--out", type=Path, help="folder of the run (default: runs/RECIPE-BACKEND-seed-SEED)"
    )
    command.add_argument("--resume", action="store_true", help="resume from the last checkpoint")
    command.set_defaults(run=_train)

    command = commands.add_parser(
        "record", help=f"train a recipe with {MIN_SEEDS} or more seeds and record the results"
    )
    _add_training_options(command)
    command.set_defaults(run=_record)

    command = commands.add_parser("evaluate", help="evaluate runs, and the ensemble of several")
    command.add_argument("folders", nargs="+", type=Path, metavar="RUN", help="folder of a run")
    _add_device_option(command)
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("sample", help="generate text with a language model")
    command.add_argument("folder", type=Path, metavar="RUN", help="folder of a run")
    command.add_argument("--prompt", default="\n", help="text to continue (default: a line break)")
    command.add_argument(
        "--max-new-tokens", type=int, default=500, help="number of tokens (default: 500)"
    )
    command.add_argument(
        "--temperature",
        type=float,
        default=0.8,
        help="divides the logits; 0 always takes the most probable token (default: 0.8)",
    )
    command.add_argument("--top-k", type=int, help="sample from the k most probable tokens only")
    command.add_argument(
        "--top-p", type=float, help="sample from the most probable tokens that sum to p only"
    )
    command.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    _add_device_option(command)
    command.set_defaults(run=_sample)

    command = commands.add_parser("download", help="download a data set")
    command.add_argument("name", metavar="DATASET", help=", ".join(SOURCES))
    command.set_defaults(run=_download)
    return parser


def _add_training_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("recipe", metavar="RECIPE", help="name of a recipe; see `nnlib list`")
    _add_device_option(command)
    command.add_argument("--backend", choices=BACKENDS, help="instead of the recipe's backend")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="change a setting of the recipe; may be repeated",
    )
    command.add_argument("--tensorboard", action="store_true", help="also log for TensorBoard")


def _add_device_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--device", default="auto", help="auto, cpu, cuda, cuda:0, ... (default: auto)"
    )


def _find_recipe(options: argparse.Namespace) -> Recipe:
    if options.recipe not in RECIPES:
        raise ValueError(f"unknown recipe {options.recipe!r}; known are {', '.join(RECIPES)}")
    settings = list(options.settings)
    if options.backend:
        settings.append(f"backend={options.backend}")
    return override(RECIPES[options.recipe], settings)


def _trainer(recipe: Recipe, seed: int, device: str) -> Trainer:
    """The trainer of the recipe's backend, with its task; the other backend is not imported."""
    task = build_task(recipe.task, recipe.task_settings)
    if recipe.backend == "scratch":
        if device not in ("auto", "cpu"):
            raise ValueError(f"the scratch backend runs on the CPU, not on --device {device}")
        from nnlib.training.numpy_trainer import Trainer as NumpyTrainer

        return NumpyTrainer(recipe, task, seed)
    try:
        from nnlib.training.torch_trainer import Trainer as TorchTrainer
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ImportError(
            "the pytorch backend needs PyTorch, which is not installed; install it, or use "
            "--backend scratch",
            name="torch",
        ) from None
    return TorchTrainer(recipe, task, seed, device)


def _list(_options: argparse.Namespace) -> None:
    columns = "{:<24}{:<8}{:>9}{:>9}{:>9}{:>9}  {}"
    try:
        records = read_records()
    except FileNotFoundError as error:  # NNLIB_RECORDS_DIR may be new
        records = []
        print(f"nnlib: {error}", file=sys.stderr)
    print(columns.format("recipe", "device", "reached", "±", "target", "minutes", "description"))
    for name, recipe in RECIPES.items():
        recorded = [record for record in records if record["name"] == name]
        if not recorded:
            print(
                columns.format(name, "-", "-", "-", _score(recipe.target), "-", recipe.description)
            )
        for record in recorded:
            minutes = sum(run["seconds"] for run in record["runs"]) / len(record["runs"]) / 60
            missed = " (target missed)" if target_reached(record) is False else ""
            print(
                columns.format(
                    name,
                    record["device"],
                    _score(record["mean"]),
                    _score(record["std"]),
                    _score(record["target"]),
                    f"{minutes:.1f}",
                    recipe.description + missed,
                )
            )
            if ensemble := record["ensemble"]:
                score, target = ensemble.get(recipe.metric), ensemble["target"]
                description = f"ensemble of the {len(record['runs'])} runs"
                print(columns.format("", "", _score(score), "-", _score(target), "-", description))


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _train(options: argparse.Namespace) -> None:
    check_int("--seed", options.seed, 0, MAX_SEED)
    recipe = _find_recipe(options)
    folder = options.out or _folder(options.recipe, recipe, options.seed)
    if options.resume:
        _check_resumable(Run(folder), options.recipe, recipe, options.seed)
    result = _train_one(options, recipe, options.seed, folder, resume=options.resume)
    if result is None:  # another process reports it
        return
    for split in ("validation", "test"):
        if split in result:
            print(f"{split}: {_format(result[split])}")
    print(f"{result['steps']} steps in {result['seconds']:.1f} s; best at {result['best_step']}")


def _check_resumable(run: Run, name: str, recipe: Recipe, seed: int) -> None:
    if differences := run.differences(name, recipe, seed):
        raise ValueError(
            f"{run.folder} was created with {', '.join(differences)}; use the same settings, or "
            "another folder"
        )


def _format(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())


def _train_one(
    options: argparse.Namespace, recipe: Recipe, seed: int, folder: Path, *, resume: bool
) -> dict[str, Any] | None:
    """Train one run to its end; returns its result in the main process, None in the others."""
    trainer = _trainer(recipe, seed, options.device)
    summary_writer = _summary_writer() if options.tensorboard and trainer.is_main else None
    run = Run(folder)
    with ExitStack() as stack:
        if trainer.is_main:
            stack.enter_context(run.lock())
            stack.callback(run.discard)  # if it stops before its first checkpoint
            if not resume:
                Run.create(folder, options.recipe, recipe, seed)
        if resume:
            trainer.resume(run)
        writer = summary_writer and summary_writer(folder / "tensorboard")
        logger = ProgressBarLogger if sys.stderr.isatty() and trainer.is_main else ConsoleLogger
        first_step = trainer.global_step
        try:
            with logger(trainer, writer) as progress:
                result = trainer.fit(run, progress)
        except (ArithmeticError, LookupError, RuntimeError, TypeError) as error:
            if isinstance(error, FloatingPointError) or _is_out_of_memory(error):
                raise
            if trainer.global_step > first_step:
                raise
            raise ValueError(
                f"the first step failed, so the settings of the recipe do not fit: "
                f"{first_line(error)}"
            ) from error
        trainer.close()
    return result if trainer.is_main else None


def _summary_writer() -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise ValueError("--tensorboard needs the packages torch and tensorboard") from None
    return SummaryWriter


def _record(options: argparse.Namespace) -> None:
    recipe = _find_recipe(options)
    if recipe != RECIPES[options.recipe]:
        raise ValueError(
            "a record is of an unchanged recipe; use train with --set or --backend instead"
        )
    if env_int("WORLD_SIZE", 1) > 1:
        raise ValueError("record runs in one process; use train under torchrun instead")
    runs = []
    for seed in seeds(recipe):
        run = Run(_folder(options.recipe, recipe, seed))
        started = run.is_started()
        if started:
            _check_resumable(run, options.recipe, recipe, seed)
        result = run.result()
        if result is None:
            _train_one(options, recipe, seed, run.folder, resume=started)
        elif options.device.partition(":")[0] not in ("auto", result["origin"]["device"]):
            raise ValueError(
                f"{run.folder} was trained on {result['origin']['device']}, not on --device "
                f"{options.device}; remove it to train it again"
            )
        runs.append(run)
    ensemble = None
    if recipe.ensemble_size:
        trainers = [_load(run.folder, options.device) for run in runs]
        ensemble = evaluate_ensemble(trainers, trainers[0].task.splits[-1])
    print(write_record(options.recipe, recipe, runs, ensemble))
    folder = new_records_dir()
    if folder != records_dir():
        print(f"nnlib: to list it: NNLIB_RECORDS_DIR={folder} nnlib list", file=sys.stderr)


def _folder(name: str, recipe: Recipe, seed: int) -> Path:
    return Path("runs") / f"{name}-{recipe.backend}-seed-{seed}"


def _load(folder: Path, device: str) -> Trainer:
    """A trainer with the best parameters of a run."""
    run = Run(folder)
    _, recipe, seed = run.describe()
    trainer = _trainer(recipe, seed, device)
    trainer.load_best(run)
    return trainer


def _evaluate(options: argparse.Namespace) -> None:
    trainers = [_load(folder, options.device) for folder in options.folders]
    for folder, trainer in zip(options.folders, trainers, strict=True):
        for split in trainer.task.splits:
            print(f"{folder} {split}: {_format(trainer.evaluate(split))}")
    if len(trainers) > 1:
        for split in trainers[0].task.splits:
            metrics = evaluate_ensemble(trainers, split)
            print(f"ensemble of {len(trainers)} {split}: {_format(metrics)}")


def _sample(options: argparse.Namespace) -> None:
    check_int("--seed", options.seed, 0, MAX_SEED)
    if not options.prompt:
        raise ValueError("--prompt must be one character or more")
    if options.max_new_tokens < 0:
        raise ValueError(f"--max-new-tokens must be 0 or more, got {options.max_new_tokens}")
    trainer = _load(options.folder, options.device)
    model = trainer.model
    task = trainer.task
    if not (hasattr(model, "generate") and hasattr(task, "encode") and hasattr(task, "decode")):
        raise ValueError(f"{options.folder} is not a run of a language model")
    vocab = getattr(task, "vocab", None)  # characters; a byte-pair encoding knows every text
    if vocab is not None and (unknown := sorted(set(options.prompt) - set(vocab))):
        raise ValueError(
            f"--prompt contains {''.join(unknown)!r}, which the vocabulary lacks; it contains "
            f"{''.join(vocab)!r}"
        )
    tokens = np.array([task.encode(options.prompt)])
    model.eval()  # without dropout
    generated = model.generate(
        tokens,
        options.max_new_tokens,
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
        generator=np.random.default_rng(options.seed),
    )
    print(task.decode(generated.tolist()[0]))


def _download(options: argparse.Namespace) -> None:
    print(fetch(options.name, progressbar=sys.stderr.isatty()))


def _resume_command(arguments: Sequence[str], options: argparse.Namespace) -> str:
    """The command that continues an interrupted run."""
    more = [] if options.run is _record or options.resume else ["--resume"]
    program = "torchrun ... -m nnlib" if "RANK" in os.environ else "nnlib"
    return f"{program} {shlex.join([*arguments, *more])}"
