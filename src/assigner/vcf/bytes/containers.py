"""The bytes of a file in, its verified text out.

A source is opened once and read once, front to back, through one descriptor: what is hashed is what is
inflated. Every block's header, CRC and size are checked on the way, the end marker of BGZF must be there with
nothing after it, and the file must be the same file, unchanged, when its last byte has been read. Nothing that
a source has yielded counts before it has yielded everything.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Literal, Self

from attrs import field, frozen
from attrs.validators import ge, in_

from assigner.errors import ContainerError, HeaderError, InputError, LimitError
from assigner.vcf.bytes import blocks
from assigner.vcf.bytes.blocks import FRONT, Inflate, Piece, Pieces, Rooms, new_room
from assigner.vcf.bytes.raw import Raw

_LOOK = 1 << 17
_GRACE = 64 << 20


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
        links: whether a path that is a symbolic link is followed, as workflow managers need, which stage inputs as
            links, or refused, as where a folder of uploads must not lead out of itself. It says nothing of the folders
            above.
    """

    line_bytes: int = field(default=16 << 20, validator=ge(1))
    header_bytes: int = field(default=64 << 20, validator=ge(1))
    text_bytes: int = field(default=64 << 30, validator=ge(1))
    expansion: int = field(default=500, validator=ge(1))
    kept_bytes: int = field(default=256 << 20, validator=ge(1))
    contigs: int = field(default=100_000, validator=ge(1))
    samples: int = field(default=10_000, validator=ge(1))
    alts: int = field(default=100, validator=ge(1))
    links: Literal["follow", "refuse"] = field(default="follow", validator=in_(("follow", "refuse")))


class Source:
    """An open file, whose text can be read once.

    Attributes:
        name: what the caller calls it; the place in every error.
        container: `bgzf`, `gzip`, `plain` or `bcf`.
        limits: the limits that hold.
        notes: what is odd about the container, but sound.
    """

    def __init__(self, raw: Raw, container: str, inflate: Inflate, *, limits: Limits, threads: int) -> None:
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
        try:
            if isinstance(error, InputError) and self._raw.is_changed():
                raise self._raw.changed() from error  # what seems wrong with the file may be the half of another one
        finally:
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
            room = new_room()
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
    limits = limits or Limits()
    raw = Raw(path, os.fspath(path) if name is None else name, follow=limits.links == "follow")
    try:
        container, inflate = _recognise(raw)
        return Source(raw, container, inflate, limits=limits, threads=threads)
    except BaseException:
        raw.close()
        raise


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


def _recognise(raw: Raw) -> tuple[str, Inflate]:
    """The container and how its text is had, by the first bytes of both."""
    head = raw.look(_LOOK)
    if not head:
        raise ContainerError(raw.name, "a VCF or BCF", "an empty file")
    if not head.startswith(b"\x1f\x8b"):
        return ("bcf" if _is_bcf(head, raw.name) else "plain"), blocks.plain
    bgzf = head[3:4] == b"\x04" and b"BC\x02\x00" in head[12 : 12 + int.from_bytes(head[10:12], "little")]
    bcf = _is_bcf(blocks.first_text(head, raw), raw.name)
    return "bcf" if bcf else "bgzf" if bgzf else "gzip", blocks.bgzf if bgzf else blocks.gzip


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


# --- reading ahead ------------------------------------------------------------------------------------------


def _ahead(make: Callable[[Rooms], Pieces], depth: int = 3) -> Pieces:
    """The same pieces, made by a second thread, which ends when this generator does."""
    free: queue.SimpleQueue[bytearray] = queue.SimpleQueue()
    ready: queue.SimpleQueue[Piece | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    for _ in range(depth):
        free.put(new_room())
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
        free.put(new_room())  # the worker may be waiting for one
        worker.join()
        pieces.close()


def _work(pieces: Pieces, ready: queue.SimpleQueue[Piece | BaseException | None], stop: threading.Event) -> None:
    try:
        for piece in pieces:
            ready.put(piece)
            if stop.is_set():
                return
        ready.put(None)
    except BaseException as error:  # it is raised again where the pieces are read
        ready.put(error)
