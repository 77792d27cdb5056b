"""Small files: written whole or not at all, and read no further than they can be what they should."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from assigner.errors import AssignerError


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


def bytes_up_to(most: int, path: str | os.PathLike[str], fault: Callable[[str, str, str], AssignerError]) -> bytes:
    """The bytes of a small file, one more than the most that are read when it is larger.

    Args:
        most: how many are read.
        path: the file.
        fault: makes the error of one that cannot be read, from its place, what was expected and what came.

    Raises:
        AssignerError: that of `fault`, when it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError) as error:  # the latter for a name with a NUL
        why = getattr(error, "strerror", None) or type(error).__name__
        raise fault(str(path), "a readable file", why) from error
