"""Records: what the runs of a recipe came to, over several seeds, with all that it depends on.

A record is written from finished runs, never by hand. Chapters plot them.
"""

import dataclasses
import json
import os
import statistics
from pathlib import Path

from nnlib.training.files import atomic_write

MIN_SEEDS = 3  # of a recipe, at least
MAX_POINTS = 60  # of a curve in a record


def records_dir():
    """The folder of all records: ``NNLIB_RECORDS_DIR``, or the one that the package brings."""
    return Path(
        os.environ.get("NNLIB_RECORDS_DIR") or Path(__file__).resolve().parent.parent / "records"
    )


def seeds(recipe):
    """The seeds of a record."""
    return range(max(MIN_SEEDS, recipe.ensemble_size))


def write_record(name, recipe, runs, ensemble=None):
    """Write ``records/<name>/<device>.json``.

    Args:
        name: of the recipe.
        recipe: `nnlib.training.recipe.Recipe`.
        runs: finished runs, one for each seed.
        ensemble: metrics of the runs together, by name, or None.

    Returns:
        The path.

    Raises:
        ValueError: if the runs come from different machines, versions or revisions.
    """
    results = [run.result() for run in runs]
    origins = [result.pop("origin") for result in results]
    if any(origin != origins[0] for origin in origins):
        raise ValueError(
            "the runs come from different machines, versions or revisions; "
            "remove some, so that all are trained alike"
        )
    device = origins[0]["device"]
    part = "test" if "test" in results[0] else "validation"
    of_part = recipe.metric != "mfu"
    values = [(result[part] if of_part else result)[recipe.metric] for result in results]
    record = {
        "name": name,
        "recipe": dataclasses.asdict(recipe),
        "command": f"nnlib record {name} --device {device} --backend {recipe.backend}",
        **origins[0],
        "metric": f"{part} {recipe.metric}" if of_part else recipe.metric,
        "target": recipe.target,
        "mean": statistics.fmean(values),
        "std": statistics.pstdev(values),
        "ensemble": ensemble and {**ensemble, "target": recipe.ensemble_target},
        "runs": [
            {
                "seed": run.describe()[2],
                **result,
                "curve": _thinned(run.metrics()),
            }
            for run, result in zip(runs, results, strict=True)
        ],
    }
    path = records_dir() / name / f"{device}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, (json.dumps(record, indent=1) + "\n").encode())
    return path


def read_records(name=None):
    """All records, or those of one recipe, sorted by name and device."""
    paths = sorted(records_dir().glob(f"{name or '*'}/*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def target_reached(record):
    """Whether the mean reaches the target; None without one."""
    if record["target"] is None:
        return None
    if record["metric"].endswith("loss"):
        return record["mean"] <= record["target"]
    return record["mean"] >= record["target"]


def time_to_target(record, value):
    """How long each run trained until an evaluation on the validation examples reached ``value``.

    Returns:
        Seconds, evaluations not counted; None for a run that never did.
    """
    metric = record["recipe"]["metric"]
    sign = -1 if metric == "loss" else 1
    found = []
    for run in record["runs"]:
        evaluations = zip(run["curve"]["seconds"], run["curve"][metric], strict=True)
        found.append(
            next((s for s, reached in evaluations if sign * reached >= sign * value), None)
        )
    return found


def _thinned(entries):
    """At most `MAX_POINTS` of the entries, evenly spread, the last among them; as columns."""
    every = -(-len(entries) // MAX_POINTS)
    kept = entries[::-1][::every][::-1]
    return {name: [round(entry[name], 5) for entry in kept] for name in kept[0]} if kept else {}
