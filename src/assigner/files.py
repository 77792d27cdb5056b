"""Small files: written whole or not at all, and read up to a limit of size."""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter
from pathlib import Path
from typing import Protocol, TypeAlias

from attrs import frozen

from assigner.errors import AssignerError

_BEGUN = re.compile(r"\.(?P<name>.+)\.[0-9a-f]+\.part")


class Readable(Protocol):
    """A file that is open for reading bytes."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many; none at the end."""


Source: TypeAlias = str | os.PathLike[str] | bytes | Readable
"""Where bytes come from: a path, an open binary file, or the bytes themselves."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by way of a temporary one beside it, readable by its owner only."""
    with writing_whole(path) as file:
        file.write(content)


@contextmanager
def writing_whole(path: Path) -> Iterator[BufferedWriter]:
    """Write to a temporary file beside a path, readable by its owner only, that takes its place in the end."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    beside = place_beside(path)
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None and _is_beside(error.filename, beside):
            error.filename = str(path)  # the file that was asked for, not the temporary one
        raise


def _is_beside(name: object, beside: Path) -> bool:
    """Whether an error names a temporary file, by its path or descriptor, or none."""
    return not isinstance(name, str) or name == str(beside)


def place_beside(path: Path) -> Path:
    """Where to write what then takes the place of a path: no other process has the same one, nor had one that ended."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")


def remove_begun(folder: Path, names: Container[str]) -> None:
    """Remove what kills left in a folder of files of these names, which nobody may be writing now."""
    for path in folder.iterdir():
        begun = _BEGUN.fullmatch(path.name)
        if begun is not None and begun["name"] in names:
            path.unlink()


def name_of(source: Source, unnamed: str) -> str:
    """What errors call a source: its path, the name of an open file, or else the name given here.

    >>> name_of(Path("a.json"), "trace"), name_of(b"{}", "trace")
    ('a.json', 'trace')
    """
    name = source if isinstance(source, str | os.PathLike) else getattr(source, "name", None)
    return os.fspath(name) if isinstance(name, str | os.PathLike) else unnamed


def bytes_up_to(most: int, source: Source, fault: Callable[[str, str, str], AssignerError], unnamed: str) -> bytes:
    """The bytes of a small file, one more than the most that are read when it is larger.

    Args:
        most: how many are read.
        source: the file, open or not, or its bytes.
        fault: makes the error of one that cannot be read, from its place, what was expected and what came.
        unnamed: what errors call a source without a name.

    Raises:
        AssignerError: that of `fault`, when it cannot be read.
    """
    name = name_of(source, unnamed)
    try:
        if isinstance(source, bytes):
            return source[: most + 1]
        if isinstance(source, str | os.PathLike):
            with open(source, "rb") as file:
                return file.read(most + 1)
        return _read(source, most + 1, name, fault)
    except (OSError, ValueError) as error:  # the latter for a name with a NUL, and for a closed file
        why = getattr(error, "strerror", None) or type(error).__name__
        if isinstance(error, IsADirectoryError):
            why = "a directory: give a file in it"
        raise fault(name, "a readable file", why) from error


def _read(file: Readable, most: int, name: str, fault: Callable[[str, str, str], AssignerError]) -> bytes:
    """So many bytes of an open file, which may give fewer at a time."""
    if not hasattr(file, "read"):
        raise fault(name, "a path, an open binary file, or bytes", f"a value of type {type(file).__name__}")
    found = b""
    while len(found) < most and (piece := file.read(most - len(found))):
        if not isinstance(piece, bytes):
            raise fault(name, "a file that is open for bytes (mode 'rb')", "one that is open for text")
        found += piece
    return found


@frozen
class SampleFile:
    """A file, and the name of the participant's sample in it, if it has one of its own."""

    path: str
    sample: str | None = None


def sample_file(text: str) -> SampleFile:
    """The file and the sample that a text names.

    What is a file as a whole is that file, whatever stands in its name; else the longest part before a colon is that is
    one. Where none is, the whole names a file that is not there.

    >>> sample_file("absent.vcf:P001")
    SampleFile(path='absent.vcf:P001', sample=None)
    """
    if not os.path.exists(text):
        for at in reversed([at for at, letter in enumerate(text[:-1]) if letter == ":"]):
            if os.path.exists(text[:at]):
                return SampleFile(text[:at], text[at + 1 :])
    return SampleFile(text)
