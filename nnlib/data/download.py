"""Download data sets once, verify them by SHA-256, and cache them.

The folder is the user's cache folder, or the one that the environment variable ``NNLIB_DATA_DIR``
names. A file with the right checksum is never downloaded again; one with the wrong checksum is
never used.
"""

import os
from pathlib import Path
from typing import NamedTuple


class Source(NamedTuple):
    """Where to download a data set, and the checksums of its files.

    Attributes:
        mirrors: URLs of folders that contain the files, tried in order.
        files: file name -> SHA-256 of its content.
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


def data_dir() -> Path:
    """The folder of downloaded data sets, with one subfolder each."""
    if folder := os.environ.get("NNLIB_DATA_DIR"):
        return Path(folder)
    import pooch  # slow to import, so only on use

    return Path(pooch.os_cache("nnlib"))


def is_downloaded(name: str) -> bool:
    """Whether every file of a data set exists; `fetch` verifies their contents.

    Args:
        name: a key of `SOURCES`.

    Raises:
        ValueError: for an unknown name; lists the known ones.
    """
    return all((data_dir() / name / file).is_file() for file in _source(name).files)


def fetch(name: str, *, progressbar: bool = False) -> Path:
    """Download a data set unless its files exist, and verify every file.

    Args:
        name: a key of `SOURCES`.
        progressbar: show the progress of each download.

    Returns:
        The folder with its files.

    Raises:
        ValueError: for an unknown name; lists the known ones.
        OSError: if a file cannot be read, downloaded or written, or has the wrong checksum. No
            partial file is left behind, and files that are complete stay.
    """
    source, folder = _source(name), data_dir() / name
    for file, checksum in source.files.items():
        _fetch_file(folder, file, f"sha256:{checksum}", source.mirrors, progressbar)
    return folder


def _source(name: str) -> Source:
    if name not in SOURCES:
        raise ValueError(f"unknown data set {name!r}; known are {', '.join(SOURCES)}")
    return SOURCES[name]


def _fetch_file(
    folder: Path, file: str, checksum: str, mirrors: tuple[str, ...], progressbar: bool
) -> None:
    import pooch  # slow to import, so only on use
    import requests

    pooch.get_logger().setLevel("WARNING")  # the progress bar says enough
    failures = []
    for mirror in mirrors:
        try:
            pooch.retrieve(
                mirror + file, checksum, fname=file, path=folder, progressbar=progressbar
            )
        except requests.RequestException as error:
            failures.append(f"{mirror} did not respond ({type(error).__name__})")
        except ValueError:  # how pooch reports a wrong checksum; it discards the download
            failures.append(f"{mirror} sent a file with the wrong checksum")
        except OSError as error:
            system_error = error if error.strerror else error.__cause__  # pooch wraps some
            reason = getattr(system_error, "strerror", None) or error
            raise OSError(
                f"cannot store {folder / file}: {reason}; "
                "choose another folder with the environment variable NNLIB_DATA_DIR"
            ) from error
        else:
            return
    problem = "has the wrong checksum" if (folder / file).exists() else "does not exist"
    raise OSError(
        f"{folder / file} {problem} and could not be downloaded: {'; '.join(failures)}. "
        "Try again later, or copy the file there yourself."
    )
