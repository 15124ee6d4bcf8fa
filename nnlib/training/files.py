"""Files of training runs: written atomically, read with errors that name them, and locked."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

LOCK, PID = ".lock", ".pid"


class CorruptFileError(ValueError):
    """A stored file is damaged, or was not written by nnlib for this purpose."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn errors about the contents of a file into a `CorruptFileError` that names the file.

    Args:
        path: the file whose contents are used in the block.

    Raises:
        CorruptFileError: if the block raises an error that unexpected contents can cause.
    """
    try:
        yield
    except CorruptFileError:
        raise
    except KeyError as error:
        raise CorruptFileError(f"{path} lacks the entry {error}") from error
    except (
        ArithmeticError,
        AttributeError,
        IndexError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise CorruptFileError(f"{path} has unexpected contents: {error}") from error


def read_json(path: Path) -> Any:
    """Parse a JSON file.

    Raises:
        OSError: if the file cannot be read.
        CorruptFileError: if it is not JSON in UTF-8.
    """
    content = path.read_bytes()
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CorruptFileError(f"{path} is not valid JSON: {error}") from None


def atomic_write(path: str | Path, content: bytes) -> None:
    """Write a file so that it is complete or, after an error, as it was before.

    The content goes to a temporary file in the same folder, which then replaces the old file.

    Args:
        path: file to write; its folder must exist.
        content: the bytes.

    Raises:
        OSError: if the file cannot be written, for example on a full disk; names the file.
    """
    path = Path(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # on disk before it replaces the old file
        temporary.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Lock a folder against other processes; the folder is created if necessary.

    The operating system releases the lock when the process ends, however it ends.

    Args:
        folder: the folder to lock.

    Raises:
        BlockingIOError: if another process holds the lock; names its process id.
        OSError: if the folder cannot be created or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock, pid = FileLock(folder / LOCK, timeout=0), folder / PID
    try:
        lock.acquire()
    except Timeout:
        try:
            owner = f"process {int(pid.read_text(encoding='ascii'))}"
        except (OSError, ValueError):
            owner = "another process"
        raise BlockingIOError(
            f"{folder} is in use by {owner}; wait, or stop that process"
        ) from None
    try:
        pid.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        with suppress(OSError):
            pid.unlink(missing_ok=True)
        lock.release()
