"""The folder of one training run.

- ``recipe.json``: the recipe and the seed
- ``metrics.jsonl``: one line per evaluation on the validation examples
- ``last.safetensors``: everything needed to resume
- ``best.safetensors``: the parameters with the best validation metric
- ``result.json``: the final metrics, and the machine that computed them
- ``.lock``, ``.pid``: the process that writes to the folder
"""

import dataclasses
import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from nnlib import __version__
from nnlib.training.checkpoint import Checkpoint, load_checkpoint
from nnlib.training.files import (
    LOCK,
    PID,
    CorruptFileError,
    atomic_write,
    exclusive,
    read_json,
    reading,
)
from nnlib.training.recipe import Recipe

LAST, BEST = "last.safetensors", "best.safetensors"


def is_count(value: object) -> bool:
    """Whether a JSON value is an integer, 0 or more."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_number(value: object) -> bool:
    """Whether a JSON value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def is_numbers(value: object) -> bool:
    """Whether a JSON value is a list of finite numbers."""
    return isinstance(value, list) and all(map(is_number, value))


_ENTRY = {"step": is_count, "seconds": is_number, "train_loss": is_number, "loss": is_number}
_LAST_METADATA: dict[str, Callable[[Any], bool]] = {
    "step": is_count,
    "best": lambda value: value is None or is_number(value),
    "evals_since_improvement": is_count,
    "seconds": is_number,
    "first_losses": is_numbers,
    "running_loss": lambda value: is_numbers(value) and len(value) == 2,
    "state": lambda value: isinstance(value, dict),
}
_RESULT: dict[str, Callable[[Any], bool]] = {
    "steps": is_count,
    "seconds": is_number,
    "best_step": is_count,
    "first_losses": is_numbers,
    "throughput": is_number,
    "validation": lambda value: has_entries(value, {"loss": is_number}),
    "origin": lambda value: has_entries(value, {"device": lambda name: isinstance(name, str)}),
}


def has_entries(value: object, entries: Mapping[str, Callable[[Any], bool]]) -> bool:
    """Whether a JSON value is an object that has these entries, each of the right kind."""
    return isinstance(value, dict) and all(
        name in value and is_valid(value[name]) for name, is_valid in entries.items()
    )


def check_entries(
    path: Path, value: object, entries: Mapping[str, Callable[[Any], bool]], what: str = "it"
) -> None:
    """Check that a JSON value from a file is an object that has these entries.

    Raises:
        CorruptFileError: names the file and the first entry that is missing or of another kind.
    """
    if not isinstance(value, dict):
        raise CorruptFileError(f"{path} has unexpected contents: {what} is not a JSON object")
    for name, is_valid in entries.items():
        if name not in value:
            raise CorruptFileError(f"{path} has unexpected contents: {what} lacks {name!r}")
        if not is_valid(value[name]):
            raise CorruptFileError(
                f"{path} has unexpected contents: {name!r} must not be {value[name]!r:.60}"
            )


class Run:
    """The folder of one run.

    Args:
        folder: its path.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)

    @classmethod
    def create(cls, folder: str | Path, name: str, recipe: Recipe, seed: int) -> "Run":
        """Start a run. One that stopped before its first checkpoint is replaced.

        Args:
            folder: path of the run; created if necessary.
            name: of the recipe.
            recipe: the recipe, with all changes.
            seed: of everything random.

        Returns:
            The run.

        Raises:
            FileExistsError: if the folder contains a run with a checkpoint or a result.
            OSError: if the folder cannot be written.
        """
        run = cls(folder)
        if run.is_started():
            raise FileExistsError(
                f"{folder} already contains a run; continue it with --resume, or choose another "
                "folder with --out"
            )
        run.folder.mkdir(parents=True, exist_ok=True)
        run.truncate_metrics(0)
        _write(run.folder / "recipe.json", _description(name, recipe, seed))
        return run

    def is_started(self) -> bool:
        """Whether the folder contains a checkpoint or a result."""
        return any((self.folder / name).exists() for name in (LAST, BEST, "result.json"))

    def lock(self) -> AbstractContextManager[None]:
        """Context in which no other process can train or record in the folder.

        Raises:
            BlockingIOError: if another process does; names its process id.
            OSError: if the folder cannot be created or written.
        """
        return exclusive(self.folder)

    def discard(self) -> None:
        """Remove the files of a run that stopped before its first checkpoint."""
        if not self.is_started():
            for name in ("recipe.json", "metrics.jsonl", PID, LOCK):
                with suppress(OSError):
                    (self.folder / name).unlink()
            with suppress(OSError):  # perhaps there are other files
                self.folder.rmdir()

    def differences(self, name: str, recipe: Recipe, seed: int) -> list[str]:
        """How the run was created differently: "lr=0.1 instead of lr=0.5"; empty if it was not.

        Raises:
            FileNotFoundError: if the folder contains no run.
            CorruptFileError: if ``recipe.json`` does not describe a run.
        """
        stored = _settings(*self.describe())
        expected = _settings(name, recipe, seed)
        return [
            f"{key}={stored[key]} instead of {key}={expected[key]}"
            for key in expected
            if stored[key] != expected[key]
        ]

    def describe(self) -> tuple[str, Recipe, int]:
        """Name, recipe and seed of the run.

        Raises:
            FileNotFoundError: if the folder contains no run.
            CorruptFileError: if ``recipe.json`` does not describe a run of this version.
        """
        path = self.folder / "recipe.json"
        if not path.is_file():
            raise FileNotFoundError(f"no run in {self.folder}: it contains no recipe.json")
        stored = read_json(path)
        check_entries(
            path,
            stored,
            {
                "name": lambda name: isinstance(name, str),
                "seed": is_count,
                "recipe": lambda recipe: isinstance(recipe, dict),
            },
        )
        with reading(path):
            return stored["name"], Recipe(**stored["recipe"]), stored["seed"]

    def log(self, entry: Mapping[str, float]) -> None:
        """Append a line to the metrics.

        Raises:
            OSError: if the file cannot be written.
        """
        path = self.folder / "metrics.jsonl"
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError as error:
            raise OSError(error.errno, error.strerror or str(error), str(path)) from error

    def metrics(self, before: int | None = None) -> list[dict[str, float]]:
        """The entries of the metrics, without a last line that was cut off.

        Args:
            before: only the entries with smaller steps; None for all.

        Raises:
            CorruptFileError: if a line is not an entry; names the file and the line.
        """
        path = self.folder / "metrics.jsonl"
        content = path.read_bytes() if path.exists() else b""
        *lines, _cut_off = content.split(b"\n")
        entries: list[dict[str, float]] = []
        for number, line in enumerate(lines, start=1):
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                entry = None
            expected = {**dict.fromkeys(entries[0] if entries else (), is_number), **_ENTRY}
            if not has_entries(entry, expected):
                shown = line[:60].decode(errors="replace")
                raise CorruptFileError(
                    f"{path}, line {number}: expected an entry with {', '.join(expected)}; "
                    f"got {shown!r}; remove that line"
                )
            entries.append(entry)
        return [entry for entry in entries if before is None or entry["step"] < before]

    def truncate_metrics(self, step: int) -> None:
        """Remove the metrics after ``step``, which a resumed run computes again, and partial files.

        Raises:
            CorruptFileError: if a line of the metrics is not an entry.
            OSError: if the folder cannot be written.
        """
        for partial in self.folder.glob("*.part"):
            partial.unlink(missing_ok=True)
        path = self.folder / "metrics.jsonl"
        if path.exists():
            kept = self.metrics(before=step + 1) if step else []
            _write(path, "".join(json.dumps(entry) + "\n" for entry in kept))

    def load_last(self) -> Checkpoint:
        """The checkpoint to resume from.

        Raises:
            FileNotFoundError: if there is none.
            CorruptFileError: if the file is damaged, or another checkpoint.
        """
        return self._load(LAST, _LAST_METADATA)

    def load_best(self, metrics: Iterable[str]) -> Checkpoint:
        """The parameters with the best validation metric, their step, and all validation metrics.

        Args:
            metrics: names of the metrics.

        Raises:
            FileNotFoundError: if there are none.
            CorruptFileError: if the file is damaged, or another checkpoint.
        """
        return self._load(BEST, {"step": is_count, **dict.fromkeys(metrics, is_number)})

    def _load(self, name: str, entries: Mapping[str, Callable[[Any], bool]]) -> Checkpoint:
        checkpoint = load_checkpoint(self.folder / name)
        check_entries(self.folder / name, checkpoint.metadata, entries, what="its metadata")
        return checkpoint

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Write the result.

        Raises:
            OSError: if the file cannot be written.
        """
        _write(self.folder / "result.json", json.dumps(result, indent=2) + "\n")

    def result(self) -> dict[str, Any] | None:
        """The result, or None if the run is not finished.

        Raises:
            CorruptFileError: if ``result.json`` is not a result.
        """
        path = self.folder / "result.json"
        if not path.exists():
            return None
        stored = read_json(path)
        check_entries(path, stored, _RESULT)
        optional = {"test": _RESULT["validation"], "mfu": is_number}
        check_entries(path, stored, {key: optional[key] for key in optional if key in stored})
        return stored


def _description(name: str, recipe: Recipe, seed: int) -> str:
    description = {"name": name, "seed": seed, "recipe": dataclasses.asdict(recipe)}
    return json.dumps(description, indent=2) + "\n"


def _settings(name: str, recipe: Recipe, seed: int) -> dict[str, Any]:
    """Recipe and seed as JSON returns them, where tuples are lists."""
    settings = json.loads(_description(name, recipe, seed))
    return {"recipe": name, "seed": seed, **settings["recipe"]}


def _write(path: Path, text: str) -> None:
    atomic_write(path, text.encode())


def environment() -> dict[str, Any]:
    """What a result depends on besides recipe and seed: versions, system, revision of the code.

    Returns:
        Dict of JSON values.
    """
    versions = {"python": platform.python_version(), "nnlib": __version__}
    for package in ("numpy", "torch"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {"versions": versions, "system": platform.platform(), "revision": _revision()}


def cpu_name() -> str:
    """Model of the CPU, and the number of cores available to this process."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    has_affinity = hasattr(os, "sched_getaffinity")  # not on every system
    return f"{name}, {len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count()} cores"


def _revision() -> str | None:
    """Short git revision of the code, with a plus if it has local changes; None without git."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+"]
    try:
        described = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return described.stdout.strip()
