"""The bytes of a file in, its verified text out.

A source is opened once and read once, front to back, through one descriptor: what is hashed is what is
inflated. Every block's header, CRC and size are checked on the way, the end marker of BGZF must be there with
nothing after it, and the file must be the same file, unchanged, when its last byte has been read. Nothing that
a source has yielded counts before it has yielded everything.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import queue
import stat
import struct
import threading
from collections.abc import Callable, Generator, Iterator
from types import TracebackType
from typing import Any, Self

from attrs import field, frozen
from attrs.validators import ge

from assigner.errors import ContainerError, HeaderError, LimitError

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
_HEAD = bytes.fromhex("1f8b08040000000000ff060042430200")  # a block's header as bgzip writes it, up to BSIZE
_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_MAGIC = b"\x1f\x8b\x08\x04"
_LOOK = 1 << 17
_GRACE = 64 << 20


@frozen
class Piece:
    """A stretch of the text, at `room[FRONT:stop]`; the room is filled anew for the next piece."""

    room: bytearray
    stop: int

    @property
    def text(self) -> bytes:
        """A copy of the text."""
        return bytes(memoryview(self.room)[FRONT : self.stop])


Pieces = Generator[Piece, None, None]
Rooms = Callable[[], bytearray]
Inflate = Callable[["_Raw", Rooms], Pieces]


@frozen(kw_only=True)
class Limits:
    """The most of everything that is read; each is checked before its memory is spent.

    Attributes:
        line_bytes: one line, header or record.
        header_bytes: the whole header.
        text_bytes: the whole text, decompressed. A genome's gVCF takes some tens of GB.
        expansion: text for each compressed byte, past the first 64 MiB of text. The format itself allows
            1,032; single-sample files reach 10, and the densest sound ones, 10,000 samples with genotypes
            only and one carrier a line, about 320.
        kept_bytes: the panel's lines together.
        contigs: contigs declared or named.
        samples: samples.
        alts: ALT alleles of one of the panel's records.
    """

    line_bytes: int = field(default=16 << 20, validator=ge(1))
    header_bytes: int = field(default=64 << 20, validator=ge(1))
    text_bytes: int = field(default=64 << 30, validator=ge(1))
    expansion: int = field(default=500, validator=ge(1))
    kept_bytes: int = field(default=256 << 20, validator=ge(1))
    contigs: int = field(default=100_000, validator=ge(1))
    samples: int = field(default=10_000, validator=ge(1))
    alts: int = field(default=100, validator=ge(1))


class Source:
    """An open file, whose text can be read once.

    Attributes:
        name: what the caller calls it; the place in every error.
        container: `bgzf`, `gzip`, `plain` or `bcf`.
        limits: the limits that hold.
        notes: what is odd about the container, but sound.
    """

    def __init__(self, raw: _Raw, container: str, inflate: Inflate, *, limits: Limits, threads: int) -> None:
        self.name = raw.name
        self.container = container
        self.limits = limits
        self.notes = _notes(raw.name, container)
        self._raw = raw
        self._inflate = inflate
        self._threads = threads
        self._running: Pieces | None = None
        self._text_size: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading and close the file; to do so twice does no harm."""
        if self._running is not None:
            self._running.close()
        self._raw.close()

    def pieces(self) -> Pieces:
        """The text, piece by piece.

        Raises:
            ContainerError: the file is damaged, incomplete, or was changed meanwhile.
            LimitError: the text is larger than the limits allow.
            RuntimeError: it has been read before.
        """
        if self._running is not None:
            raise RuntimeError(f"{self.name}: a source is read once")
        if self._threads > 1:
            self._running = _ahead(self._checked)
        else:
            room = _room()
            self._running = self._checked(lambda: room)
        return self._running

    def chunks(self) -> Generator[bytes, None, None]:
        """The text in chunks of at most `PIECE` bytes; raises what `pieces` does."""
        for piece in self.pieces():
            yield piece.text

    @property
    def digest(self) -> str:
        """SHA-256 of all bytes of the file, in hexadecimal."""
        self._complete()
        return self._raw.digest

    @property
    def size(self) -> int:
        """Bytes of the file."""
        self._complete()
        return self._raw.offset

    @property
    def text_size(self) -> int:
        """Bytes of the text."""
        return self._complete()

    def _complete(self) -> int:
        if self._text_size is None:
            raise RuntimeError(f"{self.name}: not read to its end")
        return self._text_size

    def _checked(self, rooms: Rooms) -> Pieces:
        size = 0
        for piece in self._inflate(self._raw, rooms):
            size += piece.stop - FRONT
            if size > self.limits.text_bytes:
                raise LimitError(self.name, f"at most {self.limits.text_bytes} bytes of text", "more")
            if size > _GRACE and size > self.limits.expansion * self._raw.offset:
                expected = f"at most {self.limits.expansion} bytes of text for each compressed byte"
                raise LimitError(self.name, expected, "more")
            yield piece
        self._raw.finish()
        self._text_size = size


def open_source(
    path: str | os.PathLike[str], *, limits: Limits | None = None, threads: int = 1, name: str | None = None
) -> Source:
    """Open a VCF or BCF and tell its container by its first bytes.

    Args:
        path: a regular file, or a link to one.
        limits: the limits that hold.
        threads: with 2 or more, a second thread reads, hashes and inflates ahead.
        name: what errors call the file; the path as given unless said.

    Raises:
        ContainerError: it cannot be opened, is not a regular file, or holds something else.
        HeaderError: it is a VCF whose first line is not `##fileformat=`.
    """
    raw = _Raw(path, os.fspath(path) if name is None else name)
    try:
        container, inflate = _recognise(raw)
        return Source(raw, container, inflate, limits=limits or Limits(), threads=threads)
    except BaseException:
        raw.close()
        raise


class _Raw:
    """The file itself: its bytes in order, hashed as they are read."""

    def __init__(self, path: str | os.PathLike[str], name: str) -> None:
        self.path = path
        self.name = name
        self.offset = 0
        self._hash = hashlib.sha256(usedforsecurity=False)
        try:
            # Without O_NONBLOCK, opening a named pipe would wait for its writer.
            self._fd: int | None = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        except (OSError, ValueError) as error:
            raise ContainerError(name, "a readable file", _reason(error)) from error
        self._begin = os.fstat(self._fd)
        if not stat.S_ISREG(self._begin.st_mode):
            self.close()
            raise ContainerError(name, "a regular file", _kind(self._begin.st_mode))

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def look(self, most: int) -> bytes:
        return self._pread(most, 0)

    def read(self) -> bytes:
        piece = self._pread(PIECE, self.offset)
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
        assert self._fd is not None
        try:
            named = os.stat(self.path)
        except OSError as error:
            raise self._changed() from error
        same = _identity(self._begin) == _identity(os.fstat(self._fd)) == _identity(named)
        if not same or self.offset != self._begin.st_size:
            raise self._changed()

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def damaged(self, offset: int, expected: str, got: str) -> ContainerError:
        return ContainerError(f"{self.name}: byte {offset}", expected, got)

    def _pread(self, most: int, offset: int) -> bytes:
        if self._fd is None:
            raise ValueError(f"{self.name}: the source is closed")
        try:
            return os.pread(self._fd, most, offset)
        except OSError as error:
            raise self.damaged(offset, "readable bytes", _reason(error)) from error

    def _changed(self) -> ContainerError:
        return ContainerError(
            self.name, "a file that nobody changes while it is read", "one that was changed"
        )


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or "an error").lower() if isinstance(error, OSError) else "no path"


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


# --- what it is ---------------------------------------------------------------------------------------------

_SIGNATURES = (
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip inside gzip"),
    (b"BCF\x04", "BCF version 1"),
    (b"BCF", "BCF of an unknown version"),
    (b"BAM\x01", "BAM"),
    (b"CRAM", "CRAM"),
    (b"TBI\x01", "a tabix index"),
    (b"CSI\x01", "a CSI index"),
    (b"%PDF", "a PDF"),
    (b"\xef\xbb\xbf", "a byte-order mark before the text"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"version https://git-lfs", "a pointer to a file kept elsewhere (Git LFS)"),
    (b"BEGIN:VCARD", "an address book (vCard)"),
    (b"<", "a web page or XML"),
    (b"{", "JSON"),
    (b">", "FASTA"),
    (b"@", "SAM or FASTQ"),
)
_HEADERLESS = (
    (b"#CHROM", "the #CHROM line first"),
    (b"##", "another ## line first"),
    (b"\n", "a blank line first"),
    (b"\r", "a blank line first"),
)


def _recognise(raw: _Raw) -> tuple[str, Inflate]:
    """The container and how its text is had, by the first bytes of both."""
    head = raw.look(_LOOK)
    if not head:
        raise ContainerError(raw.name, "a VCF or BCF", "an empty file")
    if not head.startswith(b"\x1f\x8b"):
        return ("bcf" if _is_bcf(head, raw.name) else "plain"), _plain
    bgzf = head[3:4] == b"\x04" and b"BC\x02\x00" in head[12 : 12 + int.from_bytes(head[10:12], "little")]
    bcf = _is_bcf(_first_text(head, raw), raw.name)
    return "bcf" if bcf else "bgzf" if bgzf else "gzip", _bgzf if bgzf else _gzip


def _is_bcf(text: bytes, name: str) -> bool:
    if text.startswith((b"BCF\x02\x01", b"BCF\x02\x02")):
        return True
    if text.startswith(b"##fileformat="):
        return False
    for start, what in _SIGNATURES:
        if text.startswith(start):
            raise ContainerError(name, "a VCF or BCF", what)
    for start, what in _HEADERLESS:
        if text.startswith(start):
            raise HeaderError(f"{name}: line 1", "##fileformat=VCFv4", what)
    printable = all(byte >= 32 or byte in b"\t\r\n" for byte in text[:256])
    raise ContainerError(name, "a VCF or BCF", "other text" if printable else "unknown bytes")


def _first_text(head: bytes, raw: _Raw) -> bytes:
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


def _notes(name: str, container: str) -> tuple[str, ...]:
    notes = []
    if container == "gzip":
        notes.append("plain gzip, not BGZF")
    if container == "plain":
        notes.append("plain text has no checksum of its own")
        if name.lower().endswith((".gz", ".bgz")):
            notes.append("named as compressed, but plain text")
    elif container in ("bgzf", "gzip") and name.lower().endswith(".vcf"):
        notes.append("named as plain text, but compressed")
    return tuple(notes)


# --- its text -----------------------------------------------------------------------------------------------


def _room() -> bytearray:
    return bytearray(FRONT + PIECE + _BACK)


def _plain(raw: _Raw, rooms: Rooms) -> Pieces:
    room, last = rooms(), b""
    while more := raw.read_into(memoryview(room)[FRONT : FRONT + PIECE]):
        last = bytes(room[FRONT + more - 1 : FRONT + more])
        yield Piece(room, FRONT + more)
        room = rooms()
    if last != b"\n" and not raw.look(4).startswith(b"BCF"):
        expected = "a line end, the only sign that plain text is complete"
        raise raw.damaged(raw.offset, expected, "the end of the file: it is truncated")


def _bgzf(raw: _Raw, rooms: Rooms) -> Pieces:
    held = bytearray(_BLOCK + PIECE)  # what is left of the last read, then the next one
    view, left, was_end = memoryview(held), 0, False
    while more := raw.read_into(view[left : left + PIECE]):
        filled, start, at = left + more, raw.offset - left - more, 0
        while blocks := _blocks(held, at, filled, raw, start, was_end):
            room = rooms()
            yield Piece(room, _inflate_blocks(view, blocks, room, raw, start))
            at = blocks[-1]
            was_end = at - blocks[-2] == len(_END) and held.startswith(_END, blocks[-2])
        left = filled - at
        view[:left] = bytes(view[at:filled])
    if left:
        raise raw.damaged(raw.offset - left, "a whole BGZF block", "the end of the file: it is truncated")
    if not was_end:
        raise raw.damaged(raw.offset, "the BGZF end marker", "the end of the file: it is truncated")


def _blocks(held: bytearray, at: int, filled: int, raw: _Raw, start: int, was_end: bool) -> list[int]:
    """The bounds of as many whole blocks as fill a piece; empty when there is none."""
    bounds, size = [at], 0
    while size <= PIECE - _BLOCK and (length := _block_length(held, at, filled, raw, start, was_end)):
        at += length
        if at > filled:
            break
        text = int.from_bytes(held[at - 4 : at], "little")
        if text > _BLOCK:
            raise raw.damaged(start + at - length, "a BGZF block of at most 64 KiB of text", "a larger size")
        size += text
        bounds.append(at)
        was_end = length == len(_END) and held.startswith(_END, at - length)
    return bounds if len(bounds) > 1 else []


def _inflate_blocks(view: memoryview, bounds: list[int], room: bytearray, raw: _Raw, start: int) -> int:
    """Inflate whole blocks into the room; where their text ends in it."""
    sizes = [int.from_bytes(view[stop - 4 : stop], "little") for stop in bounds[1:]]
    stop = FRONT + sum(sizes)
    if _READER is not None and _inflate_at_once(view[bounds[0] : bounds[-1]], memoryview(room)[FRONT:stop]):
        return stop
    at = FRONT
    for begin, end in itertools.pairwise(bounds):
        text = _inflate_block(view[begin:end], raw, start + begin)
        room[at : at + len(text)] = text
        at += len(text)
    return at


def _inflate_at_once(blocks: memoryview, room: memoryview) -> bool:
    """Inflate blocks by a reader that compares each CRC and ISIZE; False if they do not fill just this room."""
    assert _READER is not None
    reader, filled = _READER(blocks, _BLOCK), 0
    try:
        while filled < len(room) and (more := reader.readinto(room[filled:])):
            filled += more
        return filled == len(room) and not reader.read(1)
    except (EOFError, OSError, _Damage):
        return False


def _block_length(held: bytearray, at: int, filled: int, raw: _Raw, start: int, was_end: bool) -> int:
    """The length of the BGZF block that begins at `at`; 0 when more bytes are needed to tell."""
    if filled >= at + 18 and held.startswith(_HEAD, at):
        return (held[at + 16] | held[at + 17] << 8) + 1
    head = bytes(held[at : min(at + 18, filled)])
    if _MAGIC.startswith(head[:4]) and len(head) < 18:
        return 0
    if not head.startswith(_MAGIC):
        if was_end and not head.startswith(_MAGIC[:2]):
            raise raw.damaged(start + at, "nothing after the BGZF end marker", "more bytes")
        raise raw.damaged(start + at, "the header of a BGZF block", "other bytes")
    stop = at + 12 + int.from_bytes(head[10:12], "little")
    if filled < stop:
        return 0
    length = _bsize(bytes(held[at + 12 : stop]))
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


def _inflate_block(block: memoryview, raw: _Raw, offset: int) -> bytes:
    """A block's text; the inflater compares CRC and ISIZE itself."""
    member = _zlib.decompressobj(31)
    try:
        text: bytes = member.decompress(block, _BLOCK + 1)
    except _Damage as error:
        raise raw.damaged(offset, "a sound BGZF block", "a damaged one (data, CRC or size)") from error
    if not member.eof or member.unused_data or len(text) > _BLOCK:
        raise raw.damaged(offset, "a sound BGZF block", "one whose size is wrong")
    return text


def _gzip(raw: _Raw, rooms: Rooms) -> Pieces:
    """The text of ordinary gzip, member by member, however the members fall."""
    member, began = _zlib.decompressobj(31), False
    for view, offset in _slices(raw):
        held: bytes | memoryview = view
        while held:
            if not began and not b"\x1f\x8b".startswith(bytes(held[:2])):
                raise raw.damaged(offset, "nothing after the end of the gzip data", "more bytes")
            began = True
            for text in _inflate_some(member, held, raw, offset):
                room = rooms()
                room[FRONT : FRONT + len(text)] = text
                yield Piece(room, FRONT + len(text))
            held = member.unused_data
            if member.eof:
                member, began = _zlib.decompressobj(31), False
    if began:
        raise raw.damaged(raw.offset, "the end of the gzip data", "the end of the file: it is truncated")


def _slices(raw: _Raw) -> Iterator[tuple[memoryview, int]]:
    """The file in small pieces: what an inflater does not use of one is copied."""
    while piece := raw.read():
        view, offset = memoryview(piece), raw.offset - len(piece)
        for at in range(0, len(piece), _BLOCK):
            yield view[at : at + _BLOCK], offset + at


def _inflate_some(member: Any, held: bytes | memoryview, raw: _Raw, offset: int) -> Iterator[bytes]:
    more = True
    while more and not member.eof:
        try:
            text: bytes = member.decompress(held, PIECE)
        except _Damage as error:
            raise raw.damaged(offset, "sound gzip data", "damaged data (near here), CRC or size") from error
        held = member.unconsumed_tail
        more = bool(held) or len(text) == PIECE
        if text:
            yield text


# --- reading ahead ------------------------------------------------------------------------------------------


def _ahead(make: Callable[[Rooms], Pieces], depth: int = 3) -> Pieces:
    """The same pieces, made by a second thread, which ends when this generator does."""
    free: queue.SimpleQueue[bytearray] = queue.SimpleQueue()
    ready: queue.SimpleQueue[Piece | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    for _ in range(depth):
        free.put(_room())
    pieces = make(free.get)
    worker = threading.Thread(target=_work, args=(pieces, ready, stop), name="assigner-inflate", daemon=True)
    worker.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            free.put(item.room)
    finally:
        stop.set()
        free.put(_room())  # the worker may be waiting for one
        worker.join()
        pieces.close()


def _work(
    pieces: Pieces, ready: queue.SimpleQueue[Piece | BaseException | None], stop: threading.Event
) -> None:
    try:
        for piece in pieces:
            ready.put(piece)
            if stop.is_set():
                return
        ready.put(None)
    except BaseException as error:  # it is raised again where the pieces are read
        ready.put(error)
