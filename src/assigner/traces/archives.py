"""An archive of many traces: a ZIP in which files are named by SHA-256, with an index by participant."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import quote

from attrs import frozen

from assigner.canonical import canonical
from assigner.errors import TraceError, shown
from assigner.files import writing_whole
from assigner.strict import json_in
from assigner.traces.loading import MOST_BYTES
from assigner.values import Private

SCHEMA_VERSION = "traces-1"
INDEX = "index.json"

LONGEST_NAME = 200
"""Most characters of a trace's file name without its suffix; a longer name is replaced by its SHA-256."""

_FOLDER = "traces/"
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date in a ZIP; fixed, so that the same traces always give the same bytes
_DIGEST = re.compile(r"[0-9a-f]{64}")
MOST_DIRECTORY = 200_000_000
"""Most bytes of an archive's central directory, which is read into memory; larger than any valid archive needs."""

_END = struct.Struct("<4s8xI6x")
"""End of central directory record: signature, size of the directory."""
_ONLY_IN_64 = 0xFFFFFFFF
_LOCATOR, _END_64 = struct.Struct("<4s4xQ4x"), struct.Struct("<4s36xQ8x")
"""ZIP64 end of central directory: locator (signature, offset of the record), record (signature, size)."""

_LOCAL = struct.Struct("<4s22x2H")
"""Local file header: signature, lengths of the name and of the extra field."""
_DAMAGED = (zipfile.BadZipFile, RuntimeError, ValueError, EOFError, zlib.error, struct.error, OverflowError, OSError)
"""What the standard library raises for a damaged or encrypted ZIP."""


def trace_name(who: str) -> str:
    """The file name of a participant's trace: the percent-encoded id.

    >>> trace_name("P001"), trace_name("site 1/P2")
    ('P001.json', 'site%201%2FP2.json')
    """
    name = quote(who, safe="")
    name = name.replace(".", "%2E", 1) if name.startswith(".") else name
    return f"{name if len(name) <= LONGEST_NAME else hashlib.sha256(who.encode()).hexdigest()}.json"


@frozen(kw_only=True, repr=False)
class Packed(Private):
    """A reference to a trace in an archive: small, and can be sent to another process.

    Attributes:
        participant: the participant's id in the index.
        sha256: the SHA-256 of the trace's bytes.
        at: offset of its local file header in the archive.
        packed: its compressed size in bytes.
        is_deflated: whether it is compressed.
    """

    archive: Path
    participant: str
    sha256: str
    at: int
    packed: int
    is_deflated: bool

    @property
    def name(self) -> str:
        """Its file name in a folder of traces."""
        return trace_name(self.participant)

    @property
    def content(self) -> bytes:
        """The bytes of the trace; only their SHA-256 and the participant are checked.

        Raises:
            TraceError: they cannot be read, have another SHA-256 than the index says, or are another participant's.
        """
        try:
            found = self._read()
        except _DAMAGED as error:
            raise TraceError(self.place, "a trace that can be read", _why(error)) from error
        if hashlib.sha256(found).hexdigest() != self.sha256:
            raise TraceError(self.place, f"the bytes with SHA-256 {self.sha256}", "others: the archive was changed")
        value = json_in(found, self.place, "a trace, in JSON", TraceError)
        whose = value.get("participant") if isinstance(value, dict) else None
        if whose != self.participant:
            raise TraceError(self.place, f"a trace of {shown(self.participant)}", f"one of {shown(whose)}")
        return found

    @property
    def place(self) -> str:
        """Its name in error messages."""
        return f"{self.archive}: {self.name}"

    def _read(self) -> bytes:
        with self.archive.open("rb") as file:
            file.seek(self.at)
            _, name, more = _LOCAL.unpack(file.read(_LOCAL.size))
            file.seek(name + more, os.SEEK_CUR)
            content = file.read(min(self.packed, MOST_BYTES))
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, MOST_BYTES) if self.is_deflated else content


@frozen(repr=False)
class Archive(Private):
    """An opened archive: its traces by participant, sorted by file name."""

    path: Path
    traces: Mapping[str, Packed]

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the index of an archive; no trace is read.

        Raises:
            TraceError: it is not an archive, is damaged, or its index does not name exactly the traces in it.
        """
        try:
            _expect_small_directory(path)
            with zipfile.ZipFile(path) as file:
                members = _members(file, str(path))
                with file.open(INDEX) as index:
                    content = index.read(MOST_BYTES)
        except _DAMAGED as error:
            raise TraceError(str(path), "an archive of traces (ZIP)", _why(error)) from error
        of = _index(content, f"{path}: {INDEX}")
        if members.keys() != {INDEX, *map(_member, of.values())}:
            raise TraceError(str(path), f"the traces that {INDEX} names, and no others", "others, or not all")
        found = {}
        for who, sha256 in sorted(of.items(), key=lambda item: trace_name(item[0])):
            member = members[_member(sha256)]
            found[who] = Packed(
                archive=path,
                participant=who,
                sha256=sha256,
                at=member.header_offset,
                packed=member.compress_size,
                is_deflated=member.compress_type == zipfile.ZIP_DEFLATED,
            )
        return cls(path, found)

    @property
    def index(self) -> dict[str, str]:
        """The digest of each participant's trace."""
        return {who: each.sha256 for who, each in self.traces.items()}

    def trace(self, who: str) -> Packed:
        """A participant's trace.

        Raises:
            TraceError: the archive has none.
        """
        if who not in self.traces:
            raise TraceError(str(self.path), f"a trace of {shown(who)}", "none")
        return self.traces[who]


def is_archive(path: Path) -> bool:
    """Whether a path is a file that ends in `.zip` or begins with the signature of a ZIP."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return path.suffix.lower() == ".zip" or file.read(4) == b"PK\3\4"
    except (OSError, ValueError):  # reading it will raise the error
        return False


def write_archive(path: Path, index: Mapping[str, str], content: Callable[[str], bytes]) -> None:
    """Write an archive whole or not at all; the same traces give the same bytes, in whatever order they come.

    Args:
        path: where it is written.
        index: the digest of each participant's trace.
        content: gives the bytes of a participant's trace; one trace at a time is in memory.

    Raises:
        TraceError: a trace does not have its digest, two participants have the same trace, or there are too many.
    """
    written = canonical({"schema_version": SCHEMA_VERSION, "traces": dict(index)})
    if len(written) > MOST_BYTES:
        raise TraceError(f"{path}: {INDEX}", f"at most {MOST_BYTES} bytes", str(len(written)))
    whose = {sha256: who for who, sha256 in index.items()}
    if len(whose) < len(index):
        raise TraceError(str(path), "another trace for each participant", "one trace of two")
    with writing_whole(path) as file, zipfile.ZipFile(file, "w") as archive:
        _add(archive, INDEX, written)
        for sha256, who in sorted(whose.items()):
            found = content(who)
            if hashlib.sha256(found).hexdigest() != sha256:
                raise TraceError(f"trace of {shown(who)}", f"the bytes with SHA-256 {sha256}", "others")
            _add(archive, _member(sha256), found)


def _expect_small_directory(path: Path) -> None:
    """Refuse an archive whose central directory is too large for memory; `zipfile` finds all other faults."""
    with path.open("rb") as file:
        most = _LOCATOR.size + _END.size + (1 << 16)
        file.seek(max(0, file.seek(0, os.SEEK_END) - most))
        tail = file.read(most)
        at = tail.rfind(b"PK\5\6", 0, len(tail) - _END.size + 4)
        if at < 0:
            return
        _, size = _END.unpack_from(tail, at)
        if at >= _LOCATOR.size:
            mark, there = _LOCATOR.unpack_from(tail, at - _LOCATOR.size)
            if mark == b"PK\6\7":  # used whatever `size` is; versions of zipfile differ in where they look for it
                before = file.tell() - len(tail) + at - _LOCATOR.size - _END_64.size
                in_64 = [_size_in_64(file, place) for place in (there, before)]
                size = max(*in_64, 0 if size == _ONLY_IN_64 and all(in_64) else size)
    if size > MOST_DIRECTORY:
        raise TraceError(str(path), f"a directory of at most {MOST_DIRECTORY} bytes", str(size))


def _size_in_64(file: BinaryIO, at: int) -> int:
    """The size of the directory, from a ZIP64 end record at this offset; 0 if there is none."""
    file.seek(max(0, at))
    found = file.read(_END_64.size)
    mark, size = _END_64.unpack(found) if len(found) == _END_64.size else (b"", 0)
    return int(size) if mark == b"PK\6\6" else 0


def _members(file: zipfile.ZipFile, place: str) -> dict[str, zipfile.ZipInfo]:
    members = {each.filename: each for each in file.infolist()}
    if len(members) != len(file.infolist()):
        raise TraceError(place, "each name once", "one twice")
    if INDEX not in members:
        raise TraceError(place, f"an archive of traces, with {INDEX}", "another ZIP")
    if members[INDEX].file_size > MOST_BYTES:
        raise TraceError(f"{place}: {INDEX}", f"at most {MOST_BYTES} bytes", str(members[INDEX].file_size))
    if not all(each.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for each in members.values()):
        raise TraceError(place, "members that are stored or deflated", "one that is packed in another way")
    return members


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    member = zipfile.ZipInfo(name, _DATE)
    member.external_attr = 0o600 << 16
    member.create_system = 3  # Unix, also when written on another system
    archive.writestr(member, content, zipfile.ZIP_DEFLATED, compresslevel=6)


def _member(sha256: str) -> str:
    return f"{_FOLDER}{sha256}.json"


def _index(content: bytes, place: str) -> dict[str, str]:
    value = json_in(content, place, "the index of an archive, in JSON", TraceError)
    if not isinstance(value, dict) or value.keys() != {"schema_version", "traces"}:
        raise TraceError(place, "schema_version and traces", "something else")
    if value["schema_version"] != SCHEMA_VERSION:
        raise TraceError(place, f"schema_version {SCHEMA_VERSION!r}", shown(value["schema_version"]))
    traces = value["traces"]
    if not isinstance(traces, dict) or not all(isinstance(d, str) and _DIGEST.fullmatch(d) for d in traces.values()):
        raise TraceError(place, "the SHA-256 of each participant's trace", "something else")
    if who := next((who for who in traces if not _is_text(who)), None):
        raise TraceError(place, "participants whose ids are text", shown(who))
    return traces


def _is_text(who: str) -> bool:
    """Whether an id can be encoded as UTF-8: JSON may contain a lone surrogate."""
    try:
        who.encode()
    except UnicodeEncodeError:
        return False
    return True


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in errno.errorcode:
        return error.strerror or type(error).__name__
    return "damaged bytes"
