"""Data sets from the network: fetched once, checked by SHA-256, kept in a folder.

The folder is the user's cache, or what the environment variable ``NNLIB_DATA_DIR`` names. A file
with the right checksum is never fetched again, and one with a wrong checksum is never used.
"""

import os
from pathlib import Path
from typing import NamedTuple


class Source(NamedTuple):
    """Where a data set lies, and how its files are known to be whole.

    Attributes:
        mirrors: addresses of folders that hold the files, tried in order.
        files: name -> SHA-256 of its content.
    """

    mirrors: tuple[str, ...]
    files: dict[str, str]


SOURCES = {
    "mnist": Source(
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        {
            "train-images-idx3-ubyte.gz": (
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
            ),
            "train-labels-idx1-ubyte.gz": (
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
            ),
            "t10k-images-idx3-ubyte.gz": (
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
            ),
            "t10k-labels-idx1-ubyte.gz": (
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
            ),
        },
    ),
    "fashion-mnist": Source(
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        ),
        {
            "train-images-idx3-ubyte.gz": (
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
            ),
            "train-labels-idx1-ubyte.gz": (
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
            ),
            "t10k-images-idx3-ubyte.gz": (
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
            ),
            "t10k-labels-idx1-ubyte.gz": (
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
            ),
        },
    ),
    "tiny-shakespeare": Source(
        ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/",),
        {"input.txt": "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"},
    ),
}


def data_dir():
    """The folder that holds downloaded data sets, one folder each."""
    if folder := os.environ.get("NNLIB_DATA_DIR"):
        return Path(folder)
    import pooch  # slow to import: only when asked for

    return Path(pooch.os_cache("nnlib"))


def is_downloaded(name):
    """Whether every file of a data set is there; what is in them is checked by `fetch`."""
    return all((data_dir() / name / file).is_file() for file in _source(name).files)


def fetch(name, *, progressbar=False):
    """Make sure that a data set is there and whole.

    Args:
        name: a key of `SOURCES`.
        progressbar: show how far a download is.

    Returns:
        The folder with its files.

    Raises:
        ValueError: for an unknown name; lists the known ones.
        OSError: if a file is neither there nor to be had, or what came is damaged. Nothing is left
            half-written, and files that are whole stay.
    """
    source, folder = _source(name), data_dir() / name
    for file, checksum in source.files.items():
        _fetch_file(folder, file, f"sha256:{checksum}", source.mirrors, progressbar)
    return folder


def _source(name):
    if name not in SOURCES:
        raise ValueError(f"unknown data set {name!r}; known are {', '.join(SOURCES)}")
    return SOURCES[name]


def _fetch_file(folder, file, checksum, mirrors, progressbar):
    import pooch  # slow to import: only when asked for
    import requests

    pooch.get_logger().setLevel("WARNING")  # the progress bar says enough
    failures = []
    for mirror in mirrors:
        try:
            pooch.retrieve(
                mirror + file, checksum, fname=file, path=folder, progressbar=progressbar
            )
        except requests.RequestException as error:
            failures.append(f"{mirror} gave no answer ({type(error).__name__})")
        except ValueError:  # what pooch raises for a checksum; it keeps nothing of that file
            failures.append(f"{mirror} sent a file with another checksum")
        except OSError as error:
            raise OSError(f"cannot keep {file} in {folder}: {error.strerror or error}") from error
        else:
            return
    there = "is damaged" if (folder / file).exists() else "is not there"
    raise OSError(
        f"{folder / file} {there} and could not be fetched: {'; '.join(failures)}. "
        "Try again later, or put the file there by hand."
    )
