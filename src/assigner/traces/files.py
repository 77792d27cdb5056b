"""The files of traces: written whole or not at all, and read no further than a trace can be."""

from __future__ import annotations

import os
from pathlib import Path

from assigner.errors import TraceError

MOST_BYTES = 64_000_000


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by way of a temporary one beside it, readable by its owner only."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def bytes_of(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a trace's file, one more than the most that are read when it is larger.

    Raises:
        TraceError: when it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise TraceError(str(path), "a readable file", error.strerror or type(error).__name__) from error
