"""The text of a file, inflated piece by piece; every checksum and size is compared on the way."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Generator, Iterator
from typing import Any

from attrs import frozen

from assigner.errors import ContainerError
from assigner.texts import BGZF_END
from assigner.vcf.bytes.raw import Raw

try:
    from isal import isal_zlib as _zlib
except ImportError:  # slower, the same answers
    import zlib as _zlib  # type: ignore[no-redef]

_Damage: type[Exception] = getattr(_zlib, "error")  # noqa: B009 (its stub says otherwise)
# Many members inflated in one call, without the interpreter's lock; not public, so it may be missing.
_READER: Callable[[memoryview, int], Any] | None = getattr(_zlib, "_GzipReader", None)

PIECE = 1 << 21
"""The most bytes read, and bytes of text handed on, at a time: both stay in a core's cache."""

FRONT = 1 << 16
"""Bytes left free before the text of a piece, for what a reader still holds of the piece before."""

_BACK = 64  # bytes left free after it, so that a few may be looked at past its end

_BLOCK = 1 << 16  # the most text that a BGZF block holds
HEAD = bytes.fromhex("1f8b08040000000000ff060042430200")
"""A block's header as bgzip writes it, up to BSIZE."""

MAGIC = b"\x1f\x8b\x08\x04"
"""How the header of any BGZF block begins, by whatever program."""


@frozen
class Piece:
    """A chunk of the text, at `buffer[FRONT:stop]`; the buffer is filled anew for the next piece."""

    buffer: bytearray
    stop: int

    @property
    def text(self) -> bytes:
        """A copy of the text."""
        return bytes(memoryview(self.buffer)[FRONT : self.stop])


Pieces = Generator[Piece, None, None]
NextBuffer = Callable[[], bytearray]
Inflate = Callable[[Raw, NextBuffer], Pieces]


def first_text(head: bytes, raw: Raw) -> bytes:
    """The first bytes of the text inside a gzip file, however little of it each member holds."""
    text = b""
    while head and len(text) < 512:
        member = _zlib.decompressobj(31)
        try:
            text += member.decompress(head, 512)
        except _Damage as error:
            if text:
                break  # it is named with its place when it is come to
            raise raw.damaged(0, "a sound gzip file", "damage in its first block") from error
        head = member.unused_data if member.eof else b""
    if not text:
        raise ContainerError(raw.name, "a VCF or BCF", "a compressed file without text")
    return text


def new_buffer() -> bytearray:
    """Room for one piece."""
    return bytearray(FRONT + PIECE + _BACK)


def plain(raw: Raw, next_buffer: NextBuffer) -> Pieces:
    """The text of a file that is not compressed."""
    buffer, last = next_buffer(), b""
    while more := raw.read_into(memoryview(buffer)[FRONT : FRONT + PIECE]):
        last = bytes(buffer[FRONT + more - 1 : FRONT + more])
        yield Piece(buffer, FRONT + more)
        buffer = next_buffer()
    if last != b"\n" and not raw.look().startswith(b"BCF"):
        expected = "a line end, the only sign that plain text is complete"
        raise raw.damaged(raw.offset, expected, "the end of the file: it is truncated")


def bgzf(raw: Raw, next_buffer: NextBuffer) -> Pieces:
    """The text of a BGZF file, whose end marker must be there."""
    pending = bytearray(_BLOCK + PIECE)  # what is left of the last read, then the next one
    view, left, was_end = memoryview(pending), 0, False
    while more := raw.read_into(view[left : left + PIECE]):
        filled, start, at = left + more, raw.offset - left - more, 0
        while blocks := _blocks(pending, at, filled, raw, start, was_end):
            buffer = next_buffer()
            yield Piece(buffer, _inflate_blocks(view, blocks, buffer, raw, start))
            at = blocks[-1]
            was_end = at - blocks[-2] == len(BGZF_END) and pending.startswith(BGZF_END, blocks[-2])
        left = filled - at
        view[:left] = bytes(view[at:filled])
    if left:
        raise raw.damaged(raw.offset - left, "a whole BGZF block", "the end of the file: it is truncated")
    if raw.is_last and not was_end:
        raise raw.damaged(raw.offset, "the BGZF end marker", "the end of the file: it is truncated")


def _blocks(pending: bytearray, at: int, filled: int, raw: Raw, start: int, was_end: bool) -> list[int]:
    """The bounds of as many whole blocks as fill a piece; empty when there is none."""
    bounds, size = [at], 0
    while size <= PIECE - _BLOCK and (length := block_length(pending, at, filled, raw, start, was_end)):
        at += length
        if at > filled:
            break
        text = int.from_bytes(pending[at - 4 : at], "little")
        if text > _BLOCK:
            raise raw.damaged(start + at - length, "a BGZF block of at most 64 KiB of text", "a larger size")
        size += text
        bounds.append(at)
        was_end = length == len(BGZF_END) and pending.startswith(BGZF_END, at - length)
    return bounds if len(bounds) > 1 else []


def _inflate_blocks(view: memoryview, bounds: list[int], buffer: bytearray, raw: Raw, start: int) -> int:
    """Inflate whole blocks into the buffer; where their text ends in it."""
    sizes = [int.from_bytes(view[stop - 4 : stop], "little") for stop in bounds[1:]]
    stop = FRONT + sum(sizes)
    if _READER is not None and _inflate_at_once(view[bounds[0] : bounds[-1]], memoryview(buffer)[FRONT:stop]):
        return stop
    at = FRONT
    for begin, end in itertools.pairwise(bounds):
        text = inflate_block(view[begin:end], raw, start + begin)
        buffer[at : at + len(text)] = text
        at += len(text)
    return at


def _inflate_at_once(blocks: memoryview, buffer: memoryview) -> bool:
    """Inflate blocks by a reader that compares each CRC and ISIZE; False if they do not fill just this buffer."""
    assert _READER is not None
    reader, filled = _READER(blocks, _BLOCK), 0
    try:
        while filled < len(buffer) and (more := reader.readinto(buffer[filled:])):
            filled += more
        return filled == len(buffer) and not reader.read(1)
    except (EOFError, OSError, _Damage):
        return False


def block_length(pending: bytearray, at: int, filled: int, raw: Raw, start: int, was_end: bool) -> int:
    """The length of the BGZF block that begins at `at`; 0 when more bytes are needed to tell."""
    if filled >= at + 18 and pending.startswith(HEAD, at):
        return (pending[at + 16] | pending[at + 17] << 8) + 1
    head = bytes(pending[at : min(at + 18, filled)])
    if MAGIC.startswith(head[:4]) and len(head) < 18:
        return 0
    if not head.startswith(MAGIC):
        if was_end and not head.startswith(MAGIC[:2]):
            raise raw.damaged(start + at, "nothing after the BGZF end marker", "more bytes")
        raise raw.damaged(start + at, "the header of a BGZF block", "other bytes")
    stop = at + 12 + int.from_bytes(head[10:12], "little")
    if filled < stop:
        return 0
    length = _bsize(bytes(pending[at + 12 : stop]))
    if length < stop - at + 8:
        raise raw.damaged(start + at, "the header of a BGZF block", "one without a size that can be")
    return length


def _bsize(extra: bytes) -> int:
    """The block length in a gzip header's extra field, or 0."""
    length = 0
    while len(extra) >= 4:
        mark, size = struct.unpack_from("<2sH", extra)
        if mark == b"BC":
            if size != 2 or len(extra) < 6 or length:
                return 0
            length = int.from_bytes(extra[4:6], "little") + 1
        extra = extra[4 + size :]
    return 0 if extra else length


def inflate_block(block: memoryview, raw: Raw, offset: int) -> bytes:
    """A block's text; the inflater compares CRC and ISIZE itself."""
    member = _zlib.decompressobj(31)
    try:
        text: bytes = member.decompress(block, _BLOCK + 1)
    except _Damage as error:
        raise raw.damaged(offset, "a sound BGZF block", "a damaged one (data, CRC or size)") from error
    if not member.eof or member.unused_data or len(text) > _BLOCK:
        raise raw.damaged(offset, "a sound BGZF block", "one whose size is wrong")
    return text


def gzip(raw: Raw, next_buffer: NextBuffer) -> Pieces:
    """The text of ordinary gzip, member by member, however the members fall."""
    member, began = _zlib.decompressobj(31), False
    for view, offset in _slices(raw):
        pending: bytes | memoryview = view
        while pending:
            if not began and not b"\x1f\x8b".startswith(bytes(pending[:2])):
                at = offset + len(view) - len(pending)
                raise raw.damaged(at, "nothing after the end of the gzip data", "more bytes")
            began = True
            for text in _inflate_some(member, pending, raw, offset):
                buffer = next_buffer()
                buffer[FRONT : FRONT + len(text)] = text
                yield Piece(buffer, FRONT + len(text))
            pending = member.unused_data
            if member.eof:
                member, began = _zlib.decompressobj(31), False
    if began:
        raise raw.damaged(raw.offset, "the end of the gzip data", "the end of the file: it is truncated")


def _slices(raw: Raw) -> Iterator[tuple[memoryview, int]]:
    """The file in small pieces: what an inflater does not use of one is copied."""
    view = memoryview(bytearray(PIECE))
    while size := raw.read_into(view):
        for at in range(0, size, _BLOCK):
            yield view[at : min(at + _BLOCK, size)], raw.offset - size + at


def _inflate_some(member: Any, pending: bytes | memoryview, raw: Raw, offset: int) -> Iterator[bytes]:
    more = True
    while more and not member.eof:
        try:
            text: bytes = member.decompress(pending, PIECE)
        except _Damage as error:
            raise raw.damaged(offset, "sound gzip data", "damaged data (near here), CRC or size") from error
        pending = member.unconsumed_tail
        more = bool(pending) or len(text) == PIECE
        if text:
            yield text
