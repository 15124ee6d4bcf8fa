"""Records: each is of the recipe as it stands, and its first steps come out the same again."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from nnlib import cli
from nnlib.training import records
from nnlib.training.recipes import RECIPES
from nnlib.training.records import MAX_POINTS, read_records, seeds, time_to_target
from nnlib.training.run_dir import Run

RECORDS = read_records()
IDS = [f"{record['name']} on {record['device']}" for record in RECORDS]
each_record = pytest.mark.parametrize("record", RECORDS, ids=IDS)


def test_each_recipe_for_a_processor_has_a_record():
    recorded = {record["name"] for record in RECORDS if record["device"] == "cpu"}
    assert {name for name, recipe in RECIPES.items() if not recipe.compile} == recorded


@each_record
def test_a_record_is_of_the_recipe_as_it_stands(record):
    recipe = json.loads(json.dumps(dataclasses.asdict(RECIPES[record["name"]])))
    assert record["recipe"] == recipe
    assert [run["seed"] for run in record["runs"]] == [*seeds(RECIPES[record["name"]])]


@each_record
def test_the_numbers_of_a_record_agree(record):
    part, _, metric = record["metric"].rpartition(" ")
    values = [(run[part] if part else run)[metric] for run in record["runs"]]
    assert record["mean"] == pytest.approx(np.mean(values))
    assert record["std"] == pytest.approx(np.std(values))
    for run in record["runs"]:
        assert 2 <= len(run["curve"]["step"]) <= MAX_POINTS
        assert run["curve"]["step"][-1] == run["steps"]


@pytest.mark.data
@pytest.mark.parametrize(
    "record",
    [record for record in RECORDS if record["device"] == "cpu"],
    ids=[name for name in IDS if name.endswith(" cpu")],
)
def test_the_first_steps_of_a_record_come_out_the_same_again(record):
    """Other processors round otherwise, which training in float32 slowly enlarges."""
    recipe = RECIPES[record["name"]]
    try:
        trainer = cli._trainer(recipe, 0, "cpu")
    except OSError as error:
        pytest.skip(f"the data are not here: {error}")
    first_losses = record["runs"][0]["first_losses"]
    np.testing.assert_allclose(trainer.dry_run(len(first_losses)), first_losses, rtol=0.01)


def test_seconds_to_are_those_of_the_first_evaluation_that_is_good_enough():
    curves = [
        {"seconds": [1, 2, 3], "accuracy": a, "loss": b}
        for a, b in (([0.5, 0.9, 0.8], [3, 1, 2]), ([0.1, 0.2, 0.3], [9, 8, 7]))
    ]
    record = {"recipe": {"metric": "accuracy"}, "runs": [{"curve": curve} for curve in curves]}
    assert time_to_target(record, 0.8) == [2, None]
    record["recipe"]["metric"] = "loss"
    assert time_to_target(record, 2.5) == [2, None]


def test_an_empty_or_missing_folder_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("NNLIB_RECORDS_DIR", str(tmp_path / "records"))
    with pytest.raises(FileNotFoundError, match=r"no records in .*: there is no such"):
        read_records()
    (tmp_path / "records").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no records in .*: is NNLIB_RECORDS"):
        read_records()


def test_the_records_of_one_recipe_are_read():
    assert [record["name"] for record in read_records("mlp-digits")] == ["mlp-digits"]
    for name in ("mlp", "*"):
        with pytest.raises(FileNotFoundError, match="no records of "):
            read_records(name)


def test_an_installed_package_is_not_written_to(tmp_path, monkeypatch):
    monkeypatch.delenv("NNLIB_RECORDS_DIR", raising=False)
    assert records.new_records_dir() == records.records_dir()  # in a clone
    monkeypatch.setattr(records, "_PACKAGE", tmp_path / "site-packages" / "nnlib")
    assert records.new_records_dir() == Path("records")
    monkeypatch.setenv("NNLIB_RECORDS_DIR", str(tmp_path))
    assert records.new_records_dir() == records.records_dir() == tmp_path


def test_a_run_that_is_not_finished_is_not_recorded(tmp_path):
    with pytest.raises(ValueError, match="run is not finished; resume it first"):
        records.write_record("mlp-digits", RECIPES["mlp-digits"], [Run(tmp_path / "run")])
