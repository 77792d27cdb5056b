"""The text of a source's file: gzip or plain, line by line in bounded memory, its digest taken on the way."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from assigner.errors import EvidenceError

BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block at the end of every file of BGZF blocks: "The BGZF compression format", SAM specification."""

MOST_LINE = 1 << 24
"""Bytes; the longest lines of `variant_summary.txt`, with all names of a condition, are far below a megabyte."""

MOST_JSON = 1 << 27
"""Bytes; a whole panel or catalogue of repeats in JSON is a few megabytes."""


class Text:
    """A file of text, read once; its digest is that of the whole file once all lines are read.

    Args:
        path: where it is.
        progress: called with how many more of the file's bytes were read.

    Raises:
        EvidenceError: when it cannot be read, is damaged, is not UTF-8, or has a line that is too long.
    """

    def __init__(self, path: str | PathLike[str], progress: Callable[[int], object] | None = None) -> None:
        self.path = Path(path)
        self.name = self.path.name
        self._digest = hashlib.sha256()
        self._progress = progress

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes read so far: of the file itself, not of what a gzip file holds."""
        return self._digest.hexdigest()

    def _taken(self, content: bytes) -> None:
        self._digest.update(content)
        if self._progress is not None:
            self._progress(len(content))

    def fault(self, line: int, expected: str, got: str) -> EvidenceError:
        """The error of one line."""
        return EvidenceError(f"{self.name}:{line}", expected, got)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Each line with its number, without its end."""
        number = 0
        for number, line in enumerate(self._raw_lines(), 1):
            if len(line) > MOST_LINE:
                raise self.fault(number, f"lines of at most {MOST_LINE} bytes", "more")
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise self.fault(number, "UTF-8", f"byte {line[error.start]:#04x}") from error
        if not number:
            raise self.fault(1, "a file with lines", "an empty one")

    def _raw_lines(self) -> Iterator[bytes]:
        for stream in self._opened():
            try:
                while line := stream.readline(MOST_LINE + 1):
                    yield line
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise EvidenceError(self.name, "a whole gzip file", "a damaged or incomplete one") from error

    def _opened(self) -> Iterator[io.BufferedIOBase]:
        try:
            if not self.path.is_file():
                raise EvidenceError(str(self.path), "a readable file", "none")
            with open(self.path, "rb", buffering=0) as raw:
                self._expect_end(raw)
                hashing = io.BufferedReader(_Hashing(raw, self._taken), 1 << 20)
                yield gzip.GzipFile(fileobj=hashing) if hashing.peek(2)[:2] == b"\x1f\x8b" else hashing
                while hashing.read(1 << 20):
                    pass
        except OSError as error:
            raise EvidenceError(str(self.path), "a readable file", error.strerror or "an error") from error

    def _expect_end(self, raw: io.FileIO) -> None:
        """See that a file of BGZF blocks has its last one: a file that is cut between two blocks is sound gzip."""
        head = raw.read(14)
        if head[:4] == b"\x1f\x8b\x08\x04" and head[12:] == b"BC":
            raw.seek(-min(len(BGZF_END), self.path.stat().st_size), os.SEEK_END)
            if raw.read() != BGZF_END:
                raise EvidenceError(self.name, "a whole gzip file", "BGZF without its last block: it was cut")
        raw.seek(0)

    def json(self, once: frozenset[str]) -> Any:
        """The whole file as JSON.

        Args:
            once: the keys that are read; of another key that comes twice, as in STRchive's file, the last one stays.
        """

        def pairs_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            found: dict[str, Any] = {}
            for key, value in pairs:
                if key in once and found.get(key, value) != value:
                    raise ValueError(f"the key {key} with two values")
                found[key] = value
            return found

        lines, size = [], 0
        for _, line in self:
            lines.append(line)
            size += len(line) + 1
            if size > MOST_JSON:
                raise EvidenceError(self.name, f"at most {MOST_JSON} bytes of JSON", "more")
        try:
            return json.loads("\n".join(lines), object_pairs_hook=pairs_of)
        except (ValueError, RecursionError) as error:
            raise self.fault(getattr(error, "lineno", 1), "JSON", getattr(error, "msg", str(error))) from error

    def rows(self, comma: bool, is_head: Callable[[Sequence[str]], bool]) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows of a table below its head, by the head's names; what comes before the head is not used.

        Args:
            comma: whether cells are parted by commas, and may be quoted; else by tabs, without quotes.
            is_head: whether a row is the head.
        """
        head: list[str] | None = None
        for number, line in self:
            if not line.strip():
                continue
            cells = self._quoted(number, line) if comma else line.split("\t")
            if head is None:
                head = [cell.strip() for cell in cells] if is_head([cell.strip() for cell in cells]) else None
            elif len(cells) != len(head):
                raise self.fault(number, f"{len(head)} cells, as in the head", str(len(cells)))
            else:
                yield number, dict(zip(head, map(str.strip, cells), strict=True))
        if head is None:
            raise EvidenceError(self.name, "the table's head", "none")

    def _quoted(self, number: int, line: str) -> list[str]:
        try:
            return next(csv.reader([line]))
        except csv.Error as error:
            raise self.fault(number, f"cells of at most {csv.field_size_limit()} characters", "more") from error


class _Hashing(io.RawIOBase):
    """A raw file whose bytes are handed to a digest as they are read."""

    def __init__(self, raw: io.RawIOBase, update: Callable[[bytes], None]) -> None:
        self._raw = raw
        self._update = update

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._raw.readinto(buffer) or 0
        self._update(bytes(memoryview(buffer)[:count]))
        return count


def whole(text: str) -> int | None:
    """A whole number, also written `118.0`; None for anything else."""
    plain = text.strip().removesuffix(".0")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 12 else None
