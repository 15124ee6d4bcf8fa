"""Files that are whole or absent: written beside their final place, and renamed."""

import os
from pathlib import Path


def atomic_write(path, content):
    """Write a file; an existing one is replaced as a whole or not at all.

    Args:
        path: file to write; its folder must exist.
        content: bytes.

    Raises:
        OSError: if the file cannot be written, for a full disk or a missing folder, say.
    """
    path = Path(path)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # on the disk before the old file gives up its name
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
