"""Records: the results of a recipe over several seeds, with everything they depend on.

`nnlib record` writes a record from finished runs. The package brings the records of the book, and
chapters plot them.
"""

import dataclasses
import json
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nnlib.training.files import atomic_write, read_json, reading
from nnlib.training.recipe import Recipe
from nnlib.training.run_dir import (
    Run,
    check_entries,
    has_entries,
    is_count,
    is_number,
    is_numbers,
)

MIN_SEEDS = 3  # of a record
MAX_POINTS = 60  # of a curve in a record

_PACKAGE = Path(__file__).resolve().parent.parent


def _is_optional(is_valid: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or is_valid(value)


def _is_curve(value: object) -> bool:
    return (
        isinstance(value, dict)
        and {"step", "seconds"} <= value.keys()
        and all(map(is_numbers, value.values()))
        and len({len(column) for column in value.values()}) == 1
    )


_RUN: dict[str, Callable[[Any], bool]] = {
    "seed": is_count,
    "steps": is_count,
    "seconds": is_number,
    "first_losses": is_numbers,
    "curve": _is_curve,
}
_RECORD: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("name", "device", "metric"), lambda value: isinstance(value, str)),
    "recipe": lambda value: has_entries(value, {"metric": lambda name: isinstance(name, str)}),
    "target": _is_optional(is_number),
    "mean": is_number,
    "std": is_number,
    "ensemble": _is_optional(
        lambda value: has_entries(value, {"target": _is_optional(is_number), "loss": is_number})
    ),
    "runs": lambda value: (
        isinstance(value, list) and value != [] and all(has_entries(run, _RUN) for run in value)
    ),
}


def records_dir() -> Path:
    """The folder to read records from: ``NNLIB_RECORDS_DIR``, or the one in the package."""
    return Path(os.environ.get("NNLIB_RECORDS_DIR") or _PACKAGE / "records")


def new_records_dir() -> Path:
    """The folder to write records to, which is never that of an installed package.

    ``NNLIB_RECORDS_DIR`` if it is set, the package's folder in a clone of the repository, and
    otherwise ``records`` in the current folder.
    """
    is_clone = (_PACKAGE.parent / "pyproject.toml").is_file()
    return records_dir() if is_clone or os.environ.get("NNLIB_RECORDS_DIR") else Path("records")


def seeds(recipe: Recipe) -> range:
    """The seeds of a record."""
    return range(max(MIN_SEEDS, recipe.ensemble_size))


def write_record(
    name: str, recipe: Recipe, runs: Sequence[Run], ensemble: Mapping[str, float] | None = None
) -> Path:
    """Write the record ``<name>/<device>.json``.

    Args:
        name: of the recipe.
        recipe: the recipe.
        runs: finished runs, one per seed.
        ensemble: metrics of the ensemble of the runs, by name, or None.

    Returns:
        The path; see `new_records_dir`.

    Raises:
        ValueError: if a run is not finished, or if the runs come from different machines, versions
            or revisions.
        OSError: if the file cannot be written.
    """
    results = []
    for run in runs:
        result = run.result()
        if result is None:
            raise ValueError(f"{run.folder} is not finished; resume it first")
        results.append(result)
    origins = [result.pop("origin") for result in results]
    for run, origin in zip(runs, origins, strict=True):
        if origin != origins[0]:
            raise ValueError(
                f"{runs[0].folder} and {run.folder} come from different machines, versions or "
                "revisions; remove one of them, so that it is trained again"
            )
    device = origins[0]["device"]
    split = "test" if "test" in results[0] else "validation"
    of_split = recipe.metric != "mfu"
    values = []
    for run, result in zip(runs, results, strict=True):
        with reading(run.folder / "result.json"):
            values.append((result[split] if of_split else result)[recipe.metric])
    record = {
        "name": name,
        "recipe": dataclasses.asdict(recipe),
        "command": f"nnlib record {name} --device {device} --backend {recipe.backend}",
        **origins[0],
        "metric": f"{split} {recipe.metric}" if of_split else recipe.metric,
        "target": recipe.target,
        "mean": statistics.fmean(values),
        "std": statistics.pstdev(values),
        "ensemble": ensemble and {**ensemble, "target": recipe.ensemble_target},
        "runs": [
            {"seed": run.describe()[2], **result, "curve": _thinned(run.metrics())}
            for run, result in zip(runs, results, strict=True)
        ],
    }
    path = new_records_dir() / name / f"{device}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, (json.dumps(record, indent=1) + "\n").encode())
    return path


def read_records(name: str | None = None) -> list[dict[str, Any]]:
    """Read all records, or those of one recipe.

    Args:
        name: of a recipe; None for all.

    Returns:
        Records as `write_record` writes them, sorted by name and device.

    Raises:
        FileNotFoundError: if there are none; names the folder.
        CorruptFileError: if a file is not a record; names the file.
    """
    folder = records_dir()
    paths = sorted(path for path in folder.glob("*/*.json") if name in (None, path.parent.name))
    if not paths:
        of_recipe = "" if name is None else f" of {name}"
        hint = "is NNLIB_RECORDS_DIR right?" if folder.is_dir() else "there is no such folder"
        raise FileNotFoundError(f"no records{of_recipe} in {folder}: {hint}")
    records = []
    for path in paths:
        record = read_json(path)
        check_entries(path, record, _RECORD)
        records.append(record)
    return records


def target_reached(record: dict[str, Any]) -> bool | None:
    """Whether the mean of a record reaches its target; None if it has no target."""
    if record["target"] is None:
        return None
    if record["metric"].endswith("loss"):
        return record["mean"] <= record["target"]
    return record["mean"] >= record["target"]


def time_to_target(record: dict[str, Any], value: float) -> list[float | None]:
    """Training time until the validation metric first reached a value, for each run.

    Args:
        record: as `read_records` returns it.
        value: of the recipe's metric.

    Returns:
        Seconds, without the time of evaluations; None for a run that never reached the value.
    """
    metric = record["recipe"]["metric"]
    sign = -1 if metric == "loss" else 1
    times = []
    for run in record["runs"]:
        evaluations = zip(run["curve"]["seconds"], run["curve"][metric], strict=True)
        times.append(
            next((s for s, reached in evaluations if sign * reached >= sign * value), None)
        )
    return times


def _thinned(entries: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    """At most `MAX_POINTS` evenly spaced entries, including the last, as columns."""
    every = -(-len(entries) // MAX_POINTS)
    kept = entries[::-1][::every][::-1] if entries else []
    return {name: [round(entry[name], 5) for entry in kept] for name in kept[0]} if kept else {}
