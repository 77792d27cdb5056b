"""A file as its bytes: read once, front to back, hashed on the way, and proved to be the same at the end."""

from __future__ import annotations

import errno
import hashlib
import os
import stat

from assigner.errors import ContainerError


class Raw:
    """An open file: its bytes in order, hashed as they are read.

    Attributes:
        path: where it is.
        name: what errors call it.
        follow: whether the file may be reached by a symbolic link.
        offset: how many of its bytes have been read.
    """

    def __init__(self, path: str | os.PathLike[str], name: str, *, follow: bool = True) -> None:
        self.path = path
        self.name = name
        self.offset = 0
        self._follow = follow
        self._hash = hashlib.sha256(usedforsecurity=False)
        try:
            # Without O_NONBLOCK, opening a named pipe would wait for its writer.
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | (0 if follow else os.O_NOFOLLOW)
            self._fd: int | None = os.open(path, flags)
        except (OSError, ValueError) as error:
            if not follow and getattr(error, "errno", None) == errno.ELOOP:
                raise ContainerError(name, "a regular file", "a symbolic link") from error
            raise ContainerError(name, "a readable file", _reason(error)) from error
        self._begin = os.fstat(self._fd)
        if not stat.S_ISREG(self._begin.st_mode):
            self.close()
            raise ContainerError(name, "a regular file", _kind(self._begin.st_mode))

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes read so far, in hexadecimal."""
        return self._hash.hexdigest()

    def look(self, most: int) -> bytes:
        """The first bytes of the file, not counted as read."""
        return self._pread(most, 0)

    def read(self, most: int) -> bytes:
        """The next bytes; none at the end of the file."""
        piece = self._pread(most, self.offset)
        self._took(piece)
        return piece

    def read_into(self, room: memoryview) -> int:
        """Fill the room as far as the file goes; how many bytes came."""
        if self._fd is None:
            raise ValueError(f"{self.name}: the source is closed")
        try:
            size = os.preadv(self._fd, [room], self.offset)
        except OSError as error:
            raise self.damaged(self.offset, "readable bytes", _reason(error)) from error
        self._took(room[:size])
        return size

    def _took(self, piece: bytes | memoryview) -> None:
        self._hash.update(piece)
        self.offset += len(piece)

    def finish(self) -> None:
        """Prove that what was read is what was opened, and still stands under its name."""
        if self.is_changed() or self.offset != self._begin.st_size:
            raise self.changed()

    def is_changed(self) -> bool:
        """Whether the open file is another than at first, or another stands under its name."""
        assert self._fd is not None
        try:
            named = os.stat(self.path, follow_symlinks=self._follow)
        except OSError:
            return True
        return not _identity(self._begin) == _identity(os.fstat(self._fd)) == _identity(named)

    def close(self) -> None:
        """Close the file; to do so twice does no harm."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def damaged(self, offset: int, expected: str, got: str) -> ContainerError:
        """An error about the byte at an offset."""
        return ContainerError(f"{self.name}: byte {offset}", expected, got)

    def _pread(self, most: int, offset: int) -> bytes:
        if self._fd is None:
            raise ValueError(f"{self.name}: the source is closed")
        try:
            return os.pread(self._fd, most, offset)
        except OSError as error:
            raise self.damaged(offset, "readable bytes", _reason(error)) from error

    def changed(self) -> ContainerError:
        """The error that says so."""
        return ContainerError(self.name, "a file that nobody changes while it is read", "one that was changed")


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or "an error").lower() if isinstance(error, OSError) else "no path"


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")
