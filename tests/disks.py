"""A disk whose calls are counted, written down, and fail when a test says so: below SQLite, above the real one."""

from __future__ import annotations

import _sqlite3
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from attrs import define, field, frozen

IOERR, FULL = 10, 13
READ_ONLY, READ_WRITE, CREATE = 0x1, 0x2, 0x4

_I, _P, _L = ctypes.c_int, ctypes.c_void_p, ctypes.c_int64


def _of(*types: Any) -> Any:
    return ctypes.CFUNCTYPE(_I, *types)


_OPEN, _DELETE = _of(_P, _P, _P, _I, _P), _of(_P, _P, _I)  # names by their place: SQLite reads on behind their end
_READ, _SYNC, _TRUNCATE = _of(_P, _P, _I, _L), _of(_P, _I), _of(_P, _L)


class _Vfs(ctypes.Structure):
    _fields_ = (
        [("iVersion", _I), ("szOsFile", _I), ("mxPathname", _I), ("pNext", _P), ("zName", ctypes.c_char_p)]
        + [("pAppData", _P), ("xOpen", _OPEN), ("xDelete", _DELETE)]
        + [(f"more{at}", _P) for at in range(14)]
    )


class _Methods(ctypes.Structure):
    _fields_ = (
        [("iVersion", _I), ("xClose", _P), ("xRead", _READ), ("xWrite", _READ), ("xTruncate", _TRUNCATE)]
        + [("xSync", _SYNC)]
        + [(f"more{at}", _P) for at in range(13)]
    )


class _File(ctypes.Structure):
    _fields_ = (("pMethods", ctypes.POINTER(_Methods)),)


@frozen
class Call:
    """One call: what is asked, of which file by the end of its name, from which byte on, and what is written."""

    what: str
    file: str
    offset: int = 0
    content: bytes = field(default=b"", repr=False)


@define
class Disk:
    """What is asked of a disk.

    Attributes:
        calls: each call that reads, writes, syncs, truncates or deletes.
        fails_at: the number of the call that fails, from 0; None for none.
        code: how it fails, by SQLite's number.
        for_ever: whether all calls after it fail as well.
        read_only: whether files are opened to be read only, whatever is asked.
    """

    calls: list[Call] = field(factory=list)
    fails_at: int | None = None
    code: int = IOERR
    for_ever: bool = False
    read_only: bool = False
    kept: list[Any] = field(factory=list)

    def fault(self, call: Call) -> int:
        """Write a call down; gives the number of its error, or 0."""
        at = len(self.calls)
        self.calls.append(call)
        if self.fails_at is None or at < self.fails_at or (at > self.fails_at and not self.for_ever):
            return 0
        return self.code

    def opener(self, real: Any, vfs: Any) -> Any:
        def opened(_: Any, name: Any, file: Any, flags: int, out: Any) -> int:
            if self.read_only:
                flags = flags & ~(READ_WRITE | CREATE) | READ_ONLY
            code: int = real.xOpen(vfs, name, file, flags, out)
            if code == 0:
                self.wrap(ctypes.cast(file, ctypes.POINTER(_File)).contents, ending(name))
            return code

        return opened

    def deleter(self, real: Any, vfs: Any) -> Any:
        def deleted(_: Any, name: Any, synced: int) -> int:
            what = "delete and sync" if synced else "delete"
            return self.fault(Call(what, ending(name))) or int(real.xDelete(vfs, name, synced))

        return deleted

    def wrap(self, file: _File, name: str) -> None:
        """Have the calls of a file come by here."""
        real = file.pMethods.contents
        made = _Methods.from_buffer_copy(real)

        def write(file: Any, content: Any, size: int, offset: int) -> int:
            call = Call("write", name, offset, ctypes.string_at(content, size))
            return self.fault(call) or int(real.xWrite(file, content, size, offset))

        made.xRead = _READ(lambda *given: self.fault(Call("read", name)) or real.xRead(*given))
        made.xWrite = _READ(write)
        made.xTruncate = _TRUNCATE(
            lambda *given: self.fault(Call("truncate", name, given[1])) or real.xTruncate(*given)
        )
        self.wrap_syncs(file, name, made)

    def wrap_syncs(self, file: _File, name: str, made: _Methods | None = None) -> None:
        """Have the syncs of a file come by here, and no other call unless it does already."""
        real = file.pMethods.contents
        made = made or _Methods.from_buffer_copy(real)
        made.xSync = _SYNC(lambda *given: self.fault(Call("sync", name)) or real.xSync(*given))
        self.kept += [real, made]
        file.pMethods = ctypes.pointer(made)


def ending(place: int | None) -> str:
    """What a file is, by the end of its name."""
    name = b"" if place is None else ctypes.string_at(place)
    return next((each for each in ("-journal", "-wal") if name.endswith(each.encode())), "file")


@contextmanager
def disk(below: Disk | None = None) -> Iterator[Disk]:
    """A disk below every connection of SQLite that is made in the block."""
    library = ctypes.CDLL(_sqlite3.__file__)
    try:
        names = ("find", "register", "unregister")
        find, register, unregister = (getattr(library, f"sqlite3_vfs_{name}") for name in names)
    except AttributeError:
        pytest.skip("this Python has SQLite within it, where its calls cannot be reached")
    find.restype = ctypes.POINTER(_Vfs)
    found = find(None)
    below, made = below or Disk(), _Vfs.from_buffer_copy(found.contents)
    made.zName = b"watched"
    made.xOpen = _OPEN(below.opener(found.contents, found))
    made.xDelete = _DELETE(below.deleter(found.contents, found))
    register(ctypes.byref(made), 1)
    try:
        yield below
    finally:
        unregister(ctypes.byref(made))
        register(found, 1)
