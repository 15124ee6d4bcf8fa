"""A checkpoint is whole or absent, and either backend reads what the other wrote."""

import os

import numpy as np
import pytest
import safetensors.numpy
import torch

from nnlib import pytorch, scratch
from nnlib.training.checkpoint import load_checkpoint, save_checkpoint
from nnlib.training.files import CorruptFileError

METADATA = {"step": 3, "recipe": {"lr": 0.1}, "losses": [1.5, 0.5]}


def test_arrays_and_header_come_back_as_they_were(tmp_path):
    arrays = {
        "float32": np.arange(6, dtype=np.float32).reshape(2, 3),
        "float64": np.array(1.25),
        "int64": np.array([], dtype=np.int64),
        "transposed": np.arange(6.0).reshape(2, 3).T,
    }
    save_checkpoint(tmp_path / "model", arrays, METADATA)
    loaded, metadata = load_checkpoint(tmp_path / "model")
    assert metadata == METADATA
    assert loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        assert (loaded[name].dtype, loaded[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(loaded[name], array)


def test_either_backend_reads_what_the_other_wrote(tmp_path):
    ours, theirs = scratch.nn.Linear(3, 2), pytorch.nn.Linear(3, 2)
    save_checkpoint(tmp_path / "ours", ours.state_dict())
    theirs.load_state_dict(pytorch.from_numpy(load_checkpoint(tmp_path / "ours").arrays))
    np.testing.assert_array_equal(ours.weight.numpy(), theirs.weight.detach().numpy())

    torch.nn.init.ones_(theirs.weight)
    save_checkpoint(tmp_path / "theirs", theirs.state_dict())
    ours.load_state_dict(load_checkpoint(tmp_path / "theirs").arrays)
    np.testing.assert_array_equal(ours.weight.numpy(), np.ones((2, 3)))


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "model"
    save_checkpoint(path, {"x": np.ones(3)}, {"step": 1})

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(path, {"x": np.zeros(3)}, {"step": 2})
    monkeypatch.undo()
    assert load_checkpoint(path).metadata == {"step": 1}
    assert [*tmp_path.iterdir()] == [path]


def test_a_header_that_is_not_json_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(TypeError, match="not JSON serializable"):
        save_checkpoint(tmp_path / "model", {"x": np.ones(3)}, {"bad": object()})
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "w must be an array with one of the dtypes .* got NoneType with dtype object"),
        ("x", "w must be an array with one of the dtypes"),
        (object(), "w must be an array with one of the dtypes"),
        (np.ones(2, complex), "w must be .* got ndarray with dtype complex128"),
        ([[1], [1, 2]], "w cannot be stored: setting an array element"),
        (torch.ones(2, dtype=torch.bfloat16), "w cannot be stored: .*BFloat16; convert it to"),
        (torch.eye(2).to_sparse(), "w cannot be stored: .*Sparse"),
    ],
)
def test_what_is_not_an_array_of_numbers_is_refused_and_named(tmp_path, value, message):
    with pytest.raises(TypeError, match=message):
        save_checkpoint(tmp_path / "model", {"x": np.ones(3), "w": value})
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", [1, None, "__metadata__"])
def test_a_name_that_the_format_cannot_store_is_refused(tmp_path, name):
    with pytest.raises(TypeError, match="names must be strings"):
        save_checkpoint(tmp_path / "model", {name: np.ones(3)})


@pytest.mark.parametrize(
    "value",
    [
        scratch.Tensor([1.0, 2.0]),
        scratch.nn.Parameter(np.array([1.0, 2.0])),
        torch.nn.Parameter(torch.tensor([1.0, 2.0])),
        torch.tensor([1.0, -1.0, 2.0], requires_grad=True)[::2],
        np.array([1.0, 2.0], dtype=">f4"),
        np.array([1.0, 9.0, 2.0])[::2],
    ],
)
def test_tensors_and_parameters_of_both_backends_are_stored(tmp_path, value):
    save_checkpoint(tmp_path / "model", {"w": value})
    np.testing.assert_array_equal(load_checkpoint(tmp_path / "model").arrays["w"], [1.0, 2.0])


def test_arrays_that_share_memory_are_stored_separately(tmp_path):
    array = np.arange(4.0)
    save_checkpoint(tmp_path / "model", {"all": array, "part": array[1:3], "again": array})
    arrays = load_checkpoint(tmp_path / "model").arrays
    np.testing.assert_array_equal(arrays["part"], [1.0, 2.0])
    arrays["all"][:] = 0
    np.testing.assert_array_equal(arrays["again"], np.arange(4.0))


def test_a_missing_folder_is_an_error_of_the_system(tmp_path):
    with pytest.raises(OSError, match="No such file or directory"):
        save_checkpoint(tmp_path / "missing" / "model", {"x": np.ones(3)})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no checkpoint at .*nowhere"):
        load_checkpoint(tmp_path / "nowhere")


@pytest.mark.parametrize("keep", [0, 4, 60, -1])
def test_a_truncated_file_is_refused(tmp_path, keep):
    path = tmp_path / "model"
    save_checkpoint(path, {"x": np.ones(30)}, METADATA)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match="not a complete safetensors file"):
        load_checkpoint(path)


def test_foreign_files_are_refused(tmp_path):
    path = tmp_path / "notes"
    path.write_text("these are not the bytes you are looking for")
    with pytest.raises(ValueError, match="not a complete safetensors file"):
        load_checkpoint(path)
    safetensors.numpy.save_file({"x": np.ones(3)}, path)
    with pytest.raises(ValueError, match="not a checkpoint of nnlib"):
        load_checkpoint(path)
    for metadata in ("", "not JSON", "3", "null"):
        safetensors.numpy.save_file({"x": np.ones(3)}, path, {"nnlib": metadata})
        with pytest.raises(CorruptFileError, match="notes has unexpected"):
            load_checkpoint(path)
