"""The text of a source's file: gzip or plain, line by line in bounded memory, its digest taken on the way."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from assigner.errors import EvidenceError

BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block at the end of every file of BGZF blocks: "The BGZF compression format", SAM specification."""

MOST_LINE = 1 << 24
"""Bytes; the longest lines of `variant_summary.txt`, with all names of a condition, are far below a megabyte."""

MOST_JSON = 1 << 27
"""Bytes; a whole panel or catalogue of repeats in JSON is a few megabytes."""

BLOCK = 1 << 19
"""Bytes of text that are read at a time: a sieve's numbers of so many stay in a core's cache."""

Sieve: TypeAlias = Callable[[bytes], Iterable[tuple[int, bytes]]]
"""The lines of a block that must be read, with their numbers in it from 0."""


def every_line(block: bytes) -> Iterator[tuple[int, bytes]]:
    r"""All lines of a block, with their ends.

    >>> list(every_line(b"a\nb"))
    [(0, b'a\n'), (1, b'b')]
    """
    return enumerate(io.BytesIO(block))


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
        return self.sifted(every_line)

    def sifted(self, sieve: Sieve) -> Iterator[tuple[int, str]]:
        """Each line that a sieve leaves, with its number, without its end.

        A sieve is asked when all lines before its block were read, so that it may go by them. It leaves out no line
        that would be a fault: what it does not understand it leaves to be read.
        """
        before = 0
        for block in self._blocks():
            for at, line in (sieve if len(block) <= MOST_LINE else every_line)(block):
                number = before + at + 1
                if len(line) > MOST_LINE:
                    raise self.fault(number, f"lines of at most {MOST_LINE} bytes", "more")
                try:
                    yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                except UnicodeDecodeError as error:
                    raise self.fault(number, "UTF-8", f"byte {line[error.start]:#04x}") from error
            before += block.count(b"\n") + (not block.endswith(b"\n"))
        if not before:
            raise self.fault(1, "a file with lines", "an empty one")

    def _blocks(self) -> Iterator[bytes]:
        """The text in blocks of whole lines; of a line that is too long comes what was read."""
        rest = b""
        for stream in self._opened():
            while len(rest) <= MOST_LINE:
                read, damage = _read(stream)
                if (end := read.rfind(b"\n") + 1) > 0:
                    yield rest + read[:end]
                    rest = read[end:]
                else:
                    rest += read
                if damage is not None:
                    raise EvidenceError(self.name, "a whole gzip file", "a damaged or incomplete one") from damage
                if not read:
                    break
            if rest:
                yield rest

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

    def rows(
        self,
        comma: bool,
        is_head: Callable[[Sequence[str]], bool],
        sieve_of: Callable[[Sequence[str]], Sieve] | None = None,
    ) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows of a table below its head, by the head's names; what comes before the head is not used.

        Args:
            comma: whether cells are parted by commas, and may be quoted; else by tabs, without quotes.
            is_head: whether a row is the head.
            sieve_of: which rows are read, by the head; all without it.
        """
        head: list[str] | None = None
        below: list[Sieve] = [every_line]
        for number, line in self.sifted(lambda block: below[-1](block)):
            if not line.strip():
                continue
            cells = self._quoted(number, line) if comma else line.split("\t")
            if head is None:
                cells = [cell.strip() for cell in cells]
                head = cells if is_head(cells) else None
                if head is not None and sieve_of is not None:
                    below.append(sieve_of(head))
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


def _read(stream: io.BufferedIOBase) -> tuple[bytes, Exception | None]:
    """The next bytes of a text, none at its end, and what keeps from reading on."""
    parts: list[bytes] = []
    while sum(map(len, parts)) < BLOCK:
        try:
            part = stream.read1(BLOCK)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            return b"".join(parts), error
        if not part:
            break
        parts.append(part)
    return b"".join(parts), None


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
