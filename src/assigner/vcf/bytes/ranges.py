"""A BGZF file in parts that begin where blocks do, each read by itself, and the proof that together they are the file.

Nothing says where a block begins but the one before it. A part begins where bytes look like a block's header and the
next one stands where its size says. Whether that is true is known at the end: the part before it must end there with
a whole block, and the first part begins with the file.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Sequence

from attrs import frozen

from assigner.errors import ContainerError
from assigner.vcf.bytes import blocks
from assigner.vcf.bytes.blocks import HEAD, PIECE
from assigner.vcf.bytes.containers import Container, Limits
from assigner.vcf.bytes.raw import RawFile, source_name
from assigner.vcf.bytes.sources import OpenVcf, untold

LEAST = 32 << 20
"""The fewest bytes of a part: to begin one costs less than to read these."""

_LOOK = 1 << 18  # bytes in which a block must begin, and the next one stand
_SIZE_AT = 16


@frozen
class Range:
    """Some bytes of a file, from the first to before the last."""

    begin: int
    end: int


@frozen
class Digests:
    """What all bytes of a file are, and those of each of its parts, as one reader has seen them.

    Attributes:
        whole: SHA-256 of the file, in hex.
        parts: that of each part.
        size: how many bytes the file has.
    """

    whole: str
    parts: tuple[str, ...]
    size: int


def ranges_of(path: str, count: int) -> tuple[Range, ...]:
    """At most so many parts of a file, of about the same size, that look as if blocks begin there; one if it is small.

    Raises:
        ContainerError: the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            step = max(LEAST, -(-size // count))
            found = [0]
            for at in range(step, size - step // 2, step):
                file.seek(at)
                if (first := _first_block(file.read(_LOOK))) is not None:
                    found.append(at + first)
    except OSError as error:
        raise ContainerError(path, "a readable file", (error.strerror or "an error").lower()) from error
    return tuple(itertools.starmap(Range, itertools.pairwise((*dict.fromkeys(found), size))))


def _first_block(content: bytes) -> int | None:
    """Where the first block seems to begin; None where none does that is written as bgzip writes it."""
    at = content.find(HEAD)
    while at >= 0:
        following = at + int.from_bytes(content[at + _SIZE_AT : at + _SIZE_AT + 2], "little") + 1
        if content.startswith(HEAD, following):
            return at
        at = content.find(HEAD, at + 1)
    return None


class RawRange(RawFile):
    """A part of a file; `offset` is counted from where it begins."""

    def __init__(self, path: str, span: Range) -> None:
        super().__init__(path, source_name(path))
        self._span = span

    @property
    def is_last(self) -> bool:
        """Whether the file ends with it."""
        return self._span.end == self._begin.st_size

    def _fill(self, buffer: memoryview) -> int:
        left = self._span.end - self._span.begin - self.offset
        return self._fill_from(self._span.begin + self.offset, buffer[: max(0, left)])

    @property
    def _whole(self) -> int:
        return self._span.end - self._span.begin


def open_range(path: str, span: Range, limits: Limits) -> OpenVcf:
    """Open a part of a BGZF file; it must begin and end with a whole block, and the last one with the end marker.

    Raises:
        ContainerError: the file cannot be opened.
    """
    return OpenVcf(RawRange(path, span), Container.BGZF, blocks.bgzf, limits=limits, threads=1, progress=untold)


def digests_of(path: str, ranges: Sequence[Range]) -> Digests:
    """Read a file once for its digest and those of its parts, which follow each other from its first byte to the last.

    Raises:
        ContainerError: the file cannot be read, or changes meanwhile.
    """
    whole, parts, at, is_whole = hashlib.sha256(usedforsecurity=False), list[str](), 0, False
    view = memoryview(bytearray(PIECE))
    for span in ranges:
        if span.begin != at:
            raise ValueError("parts that follow each other from the first byte on")
        raw = RawRange(path, span)
        try:
            while size := raw.read_into(view):
                whole.update(view[:size])
            raw.finish()
        finally:
            raw.close()
        at, is_whole = span.end, raw.is_last
        parts.append(raw.digest)
    if not is_whole:
        raise ContainerError(path, "a file of the size that it had", "one that changed")
    return Digests(whole.hexdigest(), tuple(parts), at)
