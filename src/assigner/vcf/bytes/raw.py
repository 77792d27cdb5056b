"""A source as its bytes: read once, front to back, hashed on the way, and a file proved to be the same at the end."""

from __future__ import annotations

import abc
import errno
import hashlib
import os
import re
import stat

from assigner.errors import ContainerError
from assigner.files import Readable, Source, name_of
from assigner.vcf.bytes.stores import identity, is_store

_LOOK = 1 << 17
"""The most bytes that are looked at before a source is read."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class Raw(abc.ABC):
    """The bytes of a source in their order, hashed as they are read.

    Attributes:
        name: what errors call it.
        offset: how many of its bytes have been read.
        is_converted: whether they are no file's own, but made of something else.
    """

    is_converted = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.offset = 0
        self._hash = hashlib.sha256(usedforsecurity=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes read so far, in hexadecimal."""
        return self._hash.hexdigest()

    @property
    def size(self) -> int:
        """How many bytes the digest is of."""
        return self.offset

    @property
    def is_last(self) -> bool:
        """Whether the source ends with its last byte; a part of a file may not."""
        return True

    @abc.abstractmethod
    def look(self) -> bytes:
        """The first bytes of the source, not counted as read; the same at any time."""

    def read_into(self, buffer: memoryview) -> int:
        """Fill the buffer as far as the source goes; how many bytes came, none at the end."""
        size = self._fill(buffer)
        self._hash.update(buffer[:size])
        self.offset += size
        return size

    @abc.abstractmethod
    def _fill(self, buffer: memoryview) -> int:
        """Put the bytes from `offset` on into the buffer."""

    def finish(self) -> None:
        """Prove that what was read is what was opened, and still stands under its name."""
        if self.is_changed():
            raise self.changed()

    def is_changed(self) -> bool:
        """Whether the source is another than at first, as far as that can be known."""
        return False

    @abc.abstractmethod
    def close(self) -> None:
        """Close what was opened here; to do so twice does no harm."""

    def damaged(self, offset: int, expected: str, got: str) -> ContainerError:
        """An error about the byte at an offset."""
        return ContainerError(f"{self.name}: byte {offset}", expected, got)

    def changed(self) -> ContainerError:
        """The error that says so."""
        sentence = "the file changed while it was being read"
        return ContainerError(self.name, "a file that stays the same while it is read", "one that changed", sentence)


def source_name(source: Source) -> str:
    """What errors call a source: its path, the name of an open file, or else what it is.

    >>> source_name("P1.vcf"), source_name(b"")
    ('P1.vcf', '<bytes>')
    """
    return name_of(source, f"<{type(source).__name__}>")


def raw_of(source: Source, *, follow: bool = True) -> Raw:
    """The bytes of a file by its path, of an open file from where it stands, or those given.

    Args:
        source: where they come from.
        follow: whether a path may be a symbolic link.

    Raises:
        ContainerError: it cannot be opened, is not a regular file, or is none of these.
    """
    name = source_name(source)
    if is_store(source) and (follow or not os.path.islink(source)):
        from assigner.vcf.bytes.store_raw import RawStore  # few inputs are one

        return RawStore(source, name)
    if isinstance(source, str | os.PathLike):
        return RawFile(source, name, follow=follow)
    if isinstance(source, bytes):
        return RawBytes(source, name)
    if hasattr(source, "read"):
        return RawStream(source, name)
    raise ContainerError(name, "a path, an open binary file, or bytes", f"a {type(source).__name__}")


class RawBytes(Raw):
    """Bytes that the caller has."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(name)
        self._content = content

    def look(self) -> bytes:
        """The first of them."""
        return self._content[:_LOOK]

    def _fill(self, buffer: memoryview) -> int:
        piece = self._content[self.offset : self.offset + len(buffer)]
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Nothing was opened."""


class RawStream(Raw):
    """A file that the caller has opened, read from where it stands, and left open."""

    def __init__(self, file: Readable, name: str) -> None:
        super().__init__(name)
        self._file = file
        self._first: bytes | None = None

    def look(self) -> bytes:
        """The first bytes, which are kept to be read again."""
        if self._first is None:
            self._first = b""
            while len(self._first) < _LOOK and (piece := self._read(_LOOK - len(self._first))):
                self._first += piece
        return self._first

    def _fill(self, buffer: memoryview) -> int:
        piece = self.look()[self.offset : self.offset + len(buffer)] or self._read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """It is the caller's to close."""

    def _read(self, most: int) -> bytes:
        try:
            piece: object = self._file.read(most)
        except OSError as error:
            raise self.damaged(self.offset, "readable bytes", _reason(error)) from error
        except ValueError as error:
            raise ContainerError(self.name, "an open file", "a closed one") from error
        if not isinstance(piece, bytes):
            raise ContainerError(self.name, "a file that is open for bytes (mode 'rb')", "one that is open for text")
        return piece


class RawFile(Raw):
    """A file by its path, opened once."""

    def __init__(self, path: str | os.PathLike[str], name: str, *, follow: bool = True) -> None:
        super().__init__(name)
        self._path = path
        self._follow = follow
        try:
            # Without O_NONBLOCK, opening a named pipe would wait for its writer.
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | (0 if follow else os.O_NOFOLLOW)
            self._fd: int | None = os.open(path, flags)
        except (OSError, ValueError) as error:
            if not follow and getattr(error, "errno", None) == errno.ELOOP:
                raise ContainerError(name, "a regular file", "a symbolic link") from error
            came = _reason(error) if _URL.match(name) is None else "a URL; download it first, nothing is fetched"
            raise ContainerError(name, "a readable file", came) from error
        self._begin = os.fstat(self._fd)
        if not stat.S_ISREG(self._begin.st_mode):
            self.close()
            raise ContainerError(name, "a regular file", _kind(self._begin.st_mode))

    def look(self) -> bytes:
        """The first bytes of the file."""
        try:
            return os.pread(self._opened, _LOOK, 0)
        except OSError as error:
            raise self.damaged(0, "readable bytes", _reason(error)) from error

    def _fill(self, buffer: memoryview) -> int:
        return self._fill_from(self.offset, buffer)

    def _fill_from(self, offset: int, buffer: memoryview) -> int:
        try:
            return os.preadv(self._opened, [buffer], offset)
        except OSError as error:
            raise self.damaged(self.offset, "readable bytes", _reason(error)) from error

    @property
    def _whole(self) -> int:
        """How many bytes there are to be read."""
        return self._begin.st_size

    @property
    def _opened(self) -> int:
        if self._fd is None:
            raise ValueError(f"{self.name}: the source is closed")
        return self._fd

    def finish(self) -> None:
        """Prove too that the file was read to the end that it had."""
        if self.offset != self._whole:
            raise self.changed()
        super().finish()

    def is_changed(self) -> bool:
        """Whether the open file is another than at first, or another stands under its name."""
        try:
            named = os.stat(self._path, follow_symlinks=self._follow)
        except OSError:
            return True
        return not identity(self._begin) == identity(os.fstat(self._opened)) == identity(named)

    def close(self) -> None:
        """Close the file; to do so twice does no harm."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or "an error").lower() if isinstance(error, OSError) else "no path"


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")
