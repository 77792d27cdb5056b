"""A BGZF file of which only its header and some chunks are read, as an index knows them: by virtual offsets.

A virtual offset tells where a block begins in the file, in its upper 48 bits, and a byte of the block's text. Each
block that is read is checked as in a file that is read whole; nothing is said of the others.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from assigner.errors import ContainerError
from assigner.vcf.bytes.blocks import FRONT, MAGIC, PIECE, NextBuffer, Piece, Pieces, block_length, inflate_block
from assigner.vcf.bytes.containers import Container, Limits, recognise
from assigner.vcf.bytes.raw import Raw, RawFile
from assigner.vcf.bytes.sources import OpenVcf, Progress

Offsets = tuple[int, int]
"""The virtual offsets of the first byte of a chunk, and of the first one behind it."""

_MOST = 1 << 16
"""The most bytes that a block takes in the file."""

_LAST_LINE = re.compile(rb"^#CHROM[^\n]*\n", re.MULTILINE)


class RawBlocks(RawFile):
    """A BGZF file whose blocks are read one by one, in any order; `offset` is how many bytes of them were read."""

    def block(self, at: int) -> tuple[bytes, int]:
        """The text of the block that begins at an offset, and where the next one does; no text at the end of the file.

        Raises:
            ContainerError: the block is damaged.
        """
        content = self._content(at)
        if not content:
            return b"", at
        length = block_length(bytearray(content), 0, len(content), self, at, False)
        if not 0 < length <= len(content):
            raise self.damaged(at, "a whole BGZF block", "the end of the file: it is truncated")
        self.offset += length
        return inflate_block(memoryview(content)[:length], self, at), at + length

    def begins_block(self, at: int) -> bool:
        """Whether a block seems to begin at an offset, or the file ends there."""
        return at == self._whole or self._content(at, len(MAGIC)) == MAGIC

    def _content(self, at: int, most: int = _MOST) -> bytes:
        try:
            return os.pread(self._opened, most, at)
        except OSError as error:
            raise self.damaged(at, "readable bytes", (error.strerror or "an error").lower()) from error

    def finish(self) -> None:
        """Prove that the file is still the one that was opened."""
        Raw.finish(self)


def open_chosen(
    path: Path, name: str, chunks: Callable[[], Sequence[Offsets]], limits: Limits, progress: Progress
) -> OpenVcf:
    """Open a BGZF file or a BCF, to read its header and then some chunks of it.

    Args:
        path: of the file.
        name: what errors call it.
        chunks: tells where they stand, in their order; asked when all of the header has been read.
        limits: the limits that hold.
        progress: called again and again with how many more bytes of the file were read.

    Raises:
        ContainerError: it cannot be opened, or is packed otherwise.
    """
    raw = RawBlocks(path, name, follow=limits.follows_links)
    try:
        container, _ = recognise(raw)
        if container not in (Container.BGZF, Container.BCF):
            raise ContainerError(name, "a BGZF file or a BCF, which alone have an index", container.value)
        return OpenVcf(raw, container, functools.partial(_inflate, chunks), limits=limits, threads=1, progress=progress)
    except BaseException:
        raw.close()
        raise


def _inflate(chunks: Callable[[], Sequence[Offsets]], raw: Raw, next_buffer: NextBuffer) -> Pieces:
    """The text of the header, and then that of the chunks."""
    assert isinstance(raw, RawBlocks)
    yield from _pieces(_header(raw), next_buffer)
    yield from _pieces(_texts(raw, chunks()), next_buffer)


def _header(raw: RawBlocks) -> Iterator[bytes]:
    """The text of the header, block by block; that of all of the file if its header does not end."""
    text, at, stop = bytearray(), 0, None
    while stop is None:
        more, following = raw.block(at)
        if following == at:
            return
        before, at = len(text), following
        text += more
        stop = _end_of_header(text, before)
        yield more if stop is None else more[: stop - before]


def _end_of_header(text: bytearray, before: int) -> int | None:
    """Where the header ends; None where it goes on, as it did before the last block."""
    if text.startswith(b"BCF"):
        stop = 9 + int.from_bytes(text[5:9], "little")
        return stop if len(text) >= 9 and stop <= len(text) else None
    found = _LAST_LINE.search(text, text.rfind(b"\n", 0, before) + 1)
    return None if found is None else found.end()


def _texts(raw: RawBlocks, chunks: Iterable[Offsets]) -> Iterator[bytes]:
    """The text of the chunks, block by block."""
    known: tuple[int, bytes, int] | None = None  # the next chunk may begin in the block in which the last one ends
    for first, last in chunks:
        at, begin = first >> 16, first & 0xFFFF
        while at << 16 | begin < last:
            if known is None or known[0] != at:
                known = (at, *raw.block(at))
            _, text, following = known
            stop = last & 0xFFFF if at == last >> 16 else len(text)
            if following == at or not begin <= stop <= len(text):
                raise raw.damaged(at, "a block that is as long as the index says", "another one")
            yield text[begin:stop]
            if at == last >> 16:
                break
            at, begin = following, 0


def _pieces(texts: Iterable[bytes], next_buffer: NextBuffer) -> Pieces:
    """Texts as they are handed on: as many together as fit."""
    waiting, size = list[bytes](), 0
    for text in texts:
        for part in (text[at : at + PIECE] for at in range(0, len(text), PIECE)):
            if size + len(part) > PIECE:
                yield _piece(waiting, next_buffer)
                waiting, size = [], 0
            waiting.append(part)
            size += len(part)
    if waiting:
        yield _piece(waiting, next_buffer)


def _piece(texts: Sequence[bytes], next_buffer: NextBuffer) -> Piece:
    buffer, text = next_buffer(), b"".join(texts)
    buffer[FRONT : FRONT + len(text)] = text
    return Piece(buffer, FRONT + len(text))
