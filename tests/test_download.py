"""Downloads: whole and checked, or a clear error and nothing half-written."""

import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from nnlib import data
from nnlib.data import download, images

CONTENT = b"to be or not to be " * 100
CHECKSUM = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Answers by the first folder of the path: good, wrong, truncated, or not found."""

    def do_GET(self):
        kind = self.path.split("/")[1]
        if kind == "missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write({"wrong": CONTENT[::-1], "truncated": CONTENT[:700]}.get(kind, CONTENT))

    def log_message(self, *_):
        """Nothing: the test's output is enough."""


@pytest.fixture(scope="module")
def server():
    """Address of a server that runs while the tests of this file do."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty data folder; the data set "play" would lie in it."""
    monkeypatch.setenv("NNLIB_DATA_DIR", str(tmp_path))
    return tmp_path / "play"


@pytest.fixture
def mirrors(server, monkeypatch):
    """Function that names the mirrors of "play" by the kind of their answer."""

    def choose(*kinds):
        addresses = tuple(
            f"{server}/{kind}/" if kind != "offline" else "http://127.0.0.1:9/" for kind in kinds
        )
        monkeypatch.setitem(
            download.SOURCES, "play", download.Source(addresses, {"act.txt": CHECKSUM})
        )

    return choose


def test_a_file_is_fetched_once(folder, mirrors):
    mirrors("good")
    assert not download.is_downloaded("play")
    assert download.fetch("play") == folder
    assert (folder / "act.txt").read_bytes() == CONTENT
    assert download.is_downloaded("play")
    mirrors("offline")
    assert download.fetch("play") == folder


def test_the_next_mirror_helps_out(folder, mirrors):
    mirrors("offline", "missing", "wrong", "good")
    download.fetch("play")
    assert [file.name for file in folder.iterdir()] == ["act.txt"]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("wrong", "wrong checksum"),
        ("truncated", "did not respond|wrong checksum"),
        ("missing", "did not respond .HTTPError"),
        ("offline", "did not respond .ConnectionError"),
    ],
)
def test_a_failed_download_says_why_and_leaves_nothing(folder, mirrors, kind, message):
    mirrors(kind)
    with pytest.raises(OSError, match=f"act.txt does not exist and could not be .*{message}"):
        download.fetch("play")
    assert [*folder.iterdir()] == []


def test_a_damaged_file_is_never_used(folder, mirrors):
    folder.mkdir()
    (folder / "act.txt").write_bytes(CONTENT[:50])
    mirrors("offline")
    with pytest.raises(
        OSError, match=r"act.txt has the wrong checksum and could not be downloaded"
    ):
        download.fetch("play")
    mirrors("good")
    download.fetch("play")
    assert (folder / "act.txt").read_bytes() == CONTENT


def test_a_folder_that_cannot_be_made_is_named(folder, mirrors):
    folder.write_text("a file where the folder should be")
    mirrors("good")
    with pytest.raises(OSError, match=r"cannot store .*play.act.txt"):
        download.fetch("play")


def test_a_folder_without_permission_is_named_in_one_line(folder, mirrors, monkeypatch):
    def refuse(*_args, **_settings):
        raise PermissionError(13, "Permission denied")

    mirrors("good")
    monkeypatch.setattr("os.makedirs", refuse)
    with pytest.raises(OSError, match="another folder") as caught:
        download.fetch("play")
    assert str(caught.value) == (
        f"cannot store {folder / 'act.txt'}: Permission denied; "
        "choose another folder with the environment variable NNLIB_DATA_DIR"
    )


def test_an_unknown_data_set_lists_the_known_ones():
    with pytest.raises(ValueError, match="unknown data set 'mist'; known are mnist, fashion-mnist"):
        download.fetch("mist")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\0\0\x08\x02" + np.array([2, 3], ">u4").tobytes() + b"\1" * 5, "is truncated"),
        (b"\0\0\x08\x02" + np.array([2, 3], ">u4").tobytes() + b"\1" * 7, "has extra bytes"),
        (b"\0\0\x08\x03\0\0", "is truncated"),
        (b"\0\0\x08", "not an IDX file"),
        (b"\0\0\x0d\x01" + np.array([1], ">u4").tobytes() + b"\0" * 4, "not an IDX file"),
        (b"something else", "not an IDX file"),
    ],
)
def test_a_file_that_is_not_idx_is_refused(tmp_path, content, message):
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(ValueError, match=message):
        images.read_idx(path)


@pytest.mark.parametrize(
    "content", [b"no gzip", gzip.compress(b"cut short" * 9, mtime=0)[:-12]], ids=["other", "cut"]
)
def test_a_file_that_is_not_a_whole_gzip_file_is_refused(tmp_path, content):
    path = tmp_path / "images.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a complete gzip file"):
        images.read_idx(path)


def test_an_idx_file_is_read(tmp_path):
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    path = tmp_path / "images.gz"
    header = b"\0\0\x08\x02" + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(header + array.tobytes()))
    np.testing.assert_array_equal(images.read_idx(path), array)


def needs(name):
    """Skip the test where a data set is in neither NNLIB_DATA_DIR nor the cache."""
    return pytest.mark.skipif(
        not download.is_downloaded(name),
        reason=f"{name} is not in {download.data_dir()}; `nnlib download {name}` fetches it",
    )


@pytest.mark.data
@pytest.mark.parametrize(
    "load",
    [
        pytest.param(data.mnist, marks=needs("mnist")),
        pytest.param(data.fashion_mnist, marks=needs("fashion-mnist")),
    ],
)
def test_mnist_and_its_likeness_are_read(load):
    split = load()
    assert split.x_train.shape == (60_000, 784)
    assert split.x_test.shape == (10_000, 784)
    assert split.x_train.dtype == np.float32
    assert (split.x_train.min(), split.x_train.max()) == (0, 1)
    assert np.bincount(split.y_test).sum() == 10_000
    assert set(split.y_train) == set(range(10))
    assert load(flatten=False).x_test.shape == (10_000, 1, 28, 28)


@pytest.mark.data
@needs("tiny-shakespeare")
def test_shakespeare_is_read():
    text = data.tiny_shakespeare()
    assert len(text) == 1_115_394
    assert text.startswith("First Citizen:\nBefore we proceed any further, hear me speak.")
