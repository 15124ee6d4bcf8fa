"""The command line of nnlib: train, evaluate and sample the models of the book."""

import argparse
import os
import shlex
import sys
from pathlib import Path

import numpy as np

from nnlib import __version__
from nnlib.data.download import SOURCES, fetch
from nnlib.training.loggers import ConsoleLogger, ProgressBarLogger
from nnlib.training.recipe import BACKENDS, override
from nnlib.training.recipes import RECIPES
from nnlib.training.records import MIN_SEEDS, read_records, seeds, target_reached, write_record
from nnlib.training.run_dir import Run
from nnlib.training.tasks import build_task
from nnlib.training.trainer import TrainingInterrupted, evaluate_ensemble


def main(arguments=None):
    """Run a command; returns the exit status: 0, 1 (failed), 2 (wrong use), 130 (stopped)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except TrainingInterrupted as stop:
        if os.environ.get("RANK", "0") == "0":  # of several processes one speaks
            print(f"{stop}. Go on with: {_again(arguments, options)}", file=sys.stderr)
        return 130
    except FloatingPointError as error:
        print(f"nnlib: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"nnlib: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"nnlib: {error}", file=sys.stderr)
        return 1


def _parser():
    parser = argparse.ArgumentParser(
        prog="nnlib", description="Train and try the models of Neural Networks, Built Twice."
    )
    parser.add_argument("--version", action="version", version=f"nnlib {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("list", help="recipes, what they reach, how long they take")
    command.set_defaults(run=_list)

    command = commands.add_parser("train", help="train a recipe, or go on with it")
    _training_options(command)
    command.add_argument("--seed", type=int, default=0, help="of everything (0)")
    command.add_argument("--out", type=Path, help="folder of the run (runs/RECIPE-BACKEND-seed-N)")
    command.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    command.set_defaults(run=_train)

    command = commands.add_parser(
        "record", help=f"train a recipe with {MIN_SEEDS} seeds and write the record of it"
    )
    _training_options(command)
    command.set_defaults(run=_record)

    command = commands.add_parser("evaluate", help="evaluate runs, and the ensemble of several")
    command.add_argument("folders", nargs="+", type=Path, metavar="RUN", help="folder of a run")
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:0, ...")
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("sample", help="let a language model write")
    command.add_argument("folder", type=Path, metavar="RUN", help="folder of a run")
    command.add_argument("--prompt", default="\n", help="what to go on from")
    command.add_argument("--length", type=int, default=500, help="symbols to write (500)")
    command.add_argument("--temperature", type=float, default=0.8, help="0 takes the likeliest")
    command.add_argument("--seed", type=int, default=0, help="of the choices (0)")
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:0, ...")
    command.set_defaults(run=_sample)

    command = commands.add_parser("download", help="fetch a data set")
    command.add_argument("name", metavar="DATASET", help=", ".join(SOURCES))
    command.set_defaults(run=_download)
    return parser


def _training_options(command):
    command.add_argument("recipe", metavar="RECIPE", help="see `nnlib list`")
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:0, ...")
    command.add_argument("--backend", choices=BACKENDS, help="the recipe's, if not given")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="change the recipe; may be repeated",
    )
    command.add_argument("--tensorboard", action="store_true", help="log for TensorBoard too")


def _find_recipe(options):
    if options.recipe not in RECIPES:
        raise ValueError(f"unknown recipe {options.recipe!r}; known are {', '.join(RECIPES)}")
    settings = list(options.settings)
    if options.backend:
        settings.append(f"backend={options.backend}")
    return override(RECIPES[options.recipe], settings)


def _trainer(recipe, seed, device):
    """The trainer of the recipe's backend, with its task; the other backend is not imported."""
    task = build_task(recipe.task, recipe.task_settings)
    if recipe.backend == "scratch":
        if device not in ("auto", "cpu"):
            raise ValueError(f"scratch computes on the cpu, not on {device}")
        from nnlib.training.numpy_trainer import Trainer

        return Trainer(recipe, task, seed)
    from nnlib.training.torch_trainer import Trainer

    return Trainer(recipe, task, seed, device)


def _list(_options):
    columns = "{:<24}{:<8}{:>9}{:>9}{:>9}{:>9}  {}"
    print(columns.format("recipe", "device", "reached", "±", "target", "minutes", "what"))
    for name, recipe in RECIPES.items():
        description, target = recipe.description, _number(recipe.target)
        records = read_records(name)
        if not records:
            print(columns.format(name, "-", "-", "-", target, "-", description))
        for record in records:
            minutes = sum(run["seconds"] for run in record["runs"]) / len(record["runs"]) / 60
            missed = " (target missed)" if target_reached(record) is False else ""
            numbers = _number(record["mean"]), _number(record["std"]), target, f"{minutes:.1f}"
            print(columns.format(name, record["device"], *numbers, description + missed))
            if record["ensemble"]:
                value, target = (
                    record["ensemble"][recipe.metric],
                    _number(record["ensemble"]["target"]),
                )
                what = f"ensemble of the {len(record['runs'])}"
                print(columns.format("", "", _number(value), "-", target, "-", what))


def _number(value):
    return "-" if value is None else f"{value:.4f}"


def _train(options):
    recipe = _find_recipe(options)
    folder = options.out or _folder(options.recipe, recipe, options.seed)
    if options.resume and not Run(folder).matches(options.recipe, recipe, options.seed):
        raise ValueError(f"{folder} holds another recipe or seed; resume with its own settings")
    result = _train_one(options, recipe, options.seed, folder, resume=options.resume)
    if result is None:  # not the process that speaks
        return
    for split in ("validation", "test"):
        if split in result:
            print(f"{split}: {_metrics(result[split])}")
    print(f"{result['steps']} steps in {result['seconds']:.1f} s; best at {result['best_step']}")


def _metrics(values):
    return ", ".join(f"{name} {value:.4f}" for name, value in values.items())


def _train_one(options, recipe, seed, folder, *, resume):
    trainer = _trainer(recipe, seed, options.device)
    summary_writer = _summary_writer() if options.tensorboard and trainer.is_main else None
    if resume:
        run = Run(folder)
        trainer.resume(run)
    elif trainer.is_main:
        run = Run.create(folder, options.recipe, recipe, seed)
    else:
        run = Run(folder)
    writer = summary_writer and summary_writer(folder / "tensorboard")
    shown = ProgressBarLogger if sys.stderr.isatty() and trainer.is_main else ConsoleLogger
    with shown(trainer, writer) as logger:
        result = trainer.fit(run, logger)
    trainer.close()
    return result if trainer.is_main else None


def _summary_writer():
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise ValueError("--tensorboard needs the packages torch and tensorboard") from None
    return SummaryWriter


def _record(options):
    recipe = _find_recipe(options)
    if recipe != RECIPES[options.recipe]:
        raise ValueError("a record is of a recipe as it stands; use train with --set or --backend")
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        raise ValueError("record runs in one process; use train under torchrun")
    runs = []
    for seed in seeds(recipe):
        run = Run(_folder(options.recipe, recipe, seed))
        started = (run.folder / "recipe.json").is_file()
        if started and not run.matches(options.recipe, recipe, seed):
            raise ValueError(f"{run.folder} is a run of another recipe; remove it or rename it")
        result = run.result()
        if result is None:
            _train_one(options, recipe, seed, run.folder, resume=started)
        elif options.device.partition(":")[0] not in ("auto", result["origin"]["device"]):
            raise ValueError(f"{run.folder} was not made on {options.device}; remove it")
        runs.append(run)
    ensemble = None
    if recipe.ensemble_size:
        trainers = [_load(run.folder, options.device) for run in runs]
        ensemble = evaluate_ensemble(trainers, trainers[0].task.splits[-1])
    print(write_record(options.recipe, recipe, runs, ensemble))


def _folder(name, recipe, seed):
    return Path("runs") / f"{name}-{recipe.backend}-seed-{seed}"


def _load(folder, device):
    """A trainer with the best parameters of a run."""
    _, recipe, seed = Run(folder).describe()
    trainer = _trainer(recipe, seed, device)
    trainer.load_best(Run(folder))
    return trainer


def _evaluate(options):
    trainers = [_load(folder, options.device) for folder in options.folders]
    for folder, trainer in zip(options.folders, trainers, strict=True):
        for split in trainer.task.splits:
            print(f"{folder} {split}: {_metrics(trainer.evaluate(split))}")
    if len(trainers) > 1:
        for split in trainers[0].task.splits:
            metrics = evaluate_ensemble(trainers, split)
            print(f"ensemble of {len(trainers)} {split}: {_metrics(metrics)}")


def _sample(options):
    trainer = _load(options.folder, options.device)
    model = trainer.model
    if not (hasattr(model, "generate") and hasattr(trainer.task, "vocab")):
        raise ValueError(f"{options.folder} holds no model that writes text")
    if not options.prompt or options.length < 0:
        raise ValueError("sample needs a prompt of one symbol or more, and a length of 0 or more")
    vocab = trainer.task.vocab
    unknown = sorted(set(options.prompt) - set(vocab))
    if unknown:
        raise ValueError(f"the model knows no {unknown}; it knows {''.join(vocab)!r}")
    tokens = np.array([[vocab.index(symbol) for symbol in options.prompt]])
    model.eval()  # without dropout
    written = model.generate(
        tokens,
        options.length,
        temperature=options.temperature,
        generator=np.random.default_rng(options.seed),
    )
    print("".join(vocab[token] for token in written.tolist()[0]))


def _download(options):
    print(fetch(options.name, progressbar=sys.stderr.isatty()))


def _again(arguments, options):
    """The command that goes on where this one was stopped."""
    more = [] if options.run is _record or options.resume else ["--resume"]
    start = "torchrun ... -m nnlib" if "RANK" in os.environ else "nnlib"
    return f"{start} {shlex.join([*arguments, *more])}"
