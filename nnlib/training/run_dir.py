"""A run folder: which recipe, how it went, and where it stands.

- ``recipe.json``: the recipe and the seed
- ``metrics.jsonl``: one line for each evaluation on the validation examples
- ``last.safetensors``: everything that is needed to go on
- ``best.safetensors``: the parameters that did best on the validation examples
- ``result.json``: the end, once it is reached, and on what machine it was
"""

import dataclasses
import json
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from nnlib import __version__
from nnlib.training.files import atomic_write
from nnlib.training.recipe import Recipe

LAST, BEST = "last.safetensors", "best.safetensors"


class Run:
    """A folder of one run.

    Args:
        folder: where it lies.
    """

    def __init__(self, folder):
        self.folder = Path(folder)

    @classmethod
    def create(cls, folder, name, recipe, seed):
        """A new run in an empty or absent folder.

        Raises:
            FileExistsError: if there is a run already.
            OSError: if the folder cannot be written.
        """
        run = cls(folder)
        if (run.folder / "recipe.json").exists():
            raise FileExistsError(
                f"{folder} holds a run already; go on with --resume, or name another with --out"
            )
        run.folder.mkdir(parents=True, exist_ok=True)
        _write(run.folder / "recipe.json", _description(name, recipe, seed))
        return run

    def matches(self, name, recipe, seed):
        """Whether the run was created with just these.

        Raises:
            FileNotFoundError: if the folder holds no run.
        """
        self.describe()
        kept = (self.folder / "recipe.json").read_text(encoding="utf-8")
        return kept == _description(name, recipe, seed)

    def describe(self):
        """Name, recipe and seed of the run.

        Raises:
            FileNotFoundError: if the folder holds no run.
            ValueError: if its description is not one that this version writes.
        """
        path = self.folder / "recipe.json"
        if not path.is_file():
            raise FileNotFoundError(f"no run in {self.folder}: recipe.json is not there")
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return found["name"], Recipe(**found["recipe"]), found["seed"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} does not describe a run: {error}") from None

    def log(self, entry):
        """Add a line to the metrics."""
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def metrics(self, before=None):
        """The lines of the metrics, of steps below ``before``; a torn last line is left out."""
        path = self.folder / "metrics.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        entries = []
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if before is None or entry["step"] < before:
                entries.append(entry)
        return entries

    def truncate_metrics(self, step):
        """Forget the metrics after ``step``, which a resumed run writes again, and torn files."""
        for torn in self.folder.glob("*.part"):
            torn.unlink()
        kept = self.metrics(before=step + 1)
        _write(
            self.folder / "metrics.jsonl",
            "".join(json.dumps(entry) + "\n" for entry in kept),
        )

    def write_result(self, result):
        """Write the result."""
        _write(self.folder / "result.json", json.dumps(result, indent=2) + "\n")

    def result(self):
        """The result, or None while there is none."""
        path = self.folder / "result.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _description(name, recipe, seed):
    description = {"name": name, "seed": seed, "recipe": dataclasses.asdict(recipe)}
    return json.dumps(description, indent=2) + "\n"


def _write(path, text):
    atomic_write(path, text.encode())


def environment():
    """What a result depends on besides recipe and seed: versions, system, revision of the code."""
    versions = {"python": platform.python_version(), "nnlib": __version__}
    for package in ("numpy", "torch"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {"versions": versions, "system": platform.platform(), "revision": _revision()}


def cpu_name():
    """What the processor calls itself, and how many cores may be used."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    usable = hasattr(os, "sched_getaffinity")  # not on every system
    return f"{name}, {len(os.sched_getaffinity(0)) if usable else os.cpu_count()} cores"


def _revision():
    """Short git revision of the code, with a plus if it was changed since; None outside of git."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
