"""Records: what the runs of a recipe came to, over several seeds, with all that it depends on.

A record is written from finished runs, never by hand. Chapters plot them.
"""

import dataclasses
import json
import os
import statistics
from pathlib import Path

from nnlib.training.files import write_whole

SEEDS = 3  # of a recipe, at least
MOST_POINTS = 60  # of a curve in a record


def records_dir():
    """The folder of all records: ``NNLIB_RECORDS_DIR``, or the one that the package brings."""
    return Path(
        os.environ.get("NNLIB_RECORDS_DIR") or Path(__file__).resolve().parent.parent / "records"
    )


def seeds(recipe):
    """The seeds of a record."""
    return range(max(SEEDS, recipe.voters))


def write_record(name, recipe, runs, vote=None):
    """Write ``records/<name>/<device>.json``.

    Args:
        name: of the recipe.
        recipe: `nnlib.training.recipes.Recipe`.
        runs: finished runs, one for each seed.
        vote: `nnlib.training.trainer.Scores` of the runs together, or None.

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
    of_part = recipe.metric != "utilization"
    values = [(result[part] if of_part else result)[recipe.metric] for result in results]
    record = {
        "name": name,
        "recipe": dataclasses.asdict(recipe),
        "command": f"nnlib record {name} --device {device} --backend {recipe.backend}",
        **origins[0],
        "metric": f"{part} {recipe.metric}" if of_part else recipe.metric,
        "goal": recipe.goal,
        "mean": statistics.fmean(values),
        "spread": statistics.pstdev(values),
        "vote": vote and {**vote._asdict(), "goal": recipe.vote_goal},
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
    write_whole(path, (json.dumps(record, indent=1) + "\n").encode())
    return path


def read_records(name=None):
    """All records, or those of one recipe, sorted by name and device."""
    paths = sorted(records_dir().glob(f"{name or '*'}/*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def reached(record):
    """Whether the mean reaches the goal; None without one."""
    if record["goal"] is None:
        return None
    if record["metric"].endswith("loss"):
        return record["mean"] <= record["goal"]
    return record["mean"] >= record["goal"]


def seconds_to(record, value):
    """How long each run trained until a look at the validation examples showed ``value``.

    Returns:
        Seconds, evaluations not counted; None for a run that never did.
    """
    metric = record["recipe"]["metric"]
    sign = -1 if metric == "loss" else 1
    found = []
    for run in record["runs"]:
        looks = zip(run["curve"]["seconds"], run["curve"][metric], strict=True)
        found.append(next((s for s, reached in looks if sign * reached >= sign * value), None))
    return found


def _thinned(entries):
    """At most `MOST_POINTS` of the entries, evenly spread, the last among them; as columns."""
    every = -(-len(entries) // MOST_POINTS)
    kept = entries[::-1][::every][::-1]
    return {name: [round(entry[name], 5) for entry in kept] for name in kept[0]} if kept else {}
