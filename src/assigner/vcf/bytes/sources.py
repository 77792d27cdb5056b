"""The bytes of a file in, its verified text out.

A source is opened once and read once, front to back, through one descriptor: what is hashed is what is
inflated. Every block's header, CRC and size are checked on the way, the end marker of BGZF must be there with
nothing after it, and the file must be the same file, unchanged, when its last byte has been read. Nothing that
a source has yielded counts before it has yielded everything.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Self

from assigner.errors import InputError, LimitError
from assigner.files import Source
from assigner.vcf.bytes.blocks import FRONT, Inflate, NextBuffer, Piece, Pieces, new_buffer
from assigner.vcf.bytes.containers import Container, Limits, recognise
from assigner.vcf.bytes.raw import Raw, raw_of

_GRACE = 64 << 20

Progress = Callable[[int], object]
"""What is told how many more bytes were read."""


def untold(_more: int) -> None:
    """Nobody wants to know how far the reading is."""


class OpenVcf:
    """An open file, whose text can be read once.

    Attributes:
        name: what the caller calls it; the place in every error.
        container: how it is packed.
        limits: the limits that hold.
        notes: what is odd about the container, but sound.
    """

    def __init__(
        self, raw: Raw, container: Container, inflate: Inflate, *, limits: Limits, threads: int, progress: Progress
    ) -> None:
        self.name = raw.name
        self.container = container
        self.limits = limits
        self.notes = tuple(container.notes(raw.name))
        self._raw = raw
        self._inflate = inflate
        self._threads = threads
        self._progress = progress
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
            buffer = new_buffer()
            self._running = self._checked(lambda: buffer)
        return self._running

    def chunks(self) -> Generator[bytes, None, None]:
        """The text in chunks of at most `PIECE` bytes; raises what `pieces` does."""
        for piece in self.pieces():
            yield piece.text

    @property
    def digest(self) -> str:
        """SHA-256 of all bytes of the file, in hexadecimal; of a store, of all that was read of it."""
        self._complete()
        return self._raw.digest

    @property
    def size(self) -> int:
        """Bytes of the file."""
        self._complete()
        return self._raw.size

    @property
    def text_size(self) -> int:
        """Bytes of the text."""
        return self._complete()

    def _complete(self) -> int:
        if self._text_size is None:
            raise RuntimeError(f"{self.name}: not read to its end")
        return self._text_size

    def _checked(self, next_buffer: NextBuffer) -> Pieces:
        size = told = 0
        for piece in self._inflate(self._raw, next_buffer):
            self._progress(self._raw.offset - told)
            told = self._raw.offset
            size += piece.stop - FRONT
            if size > self.limits.text_bytes:
                raise LimitError(self.name, f"at most {self.limits.text_bytes} bytes of text", "more")
            if size > _GRACE and size > self.limits.expansion * self._raw.offset:
                expected = f"at most {self.limits.expansion} bytes of text for each compressed byte"
                raise LimitError(self.name, expected, "more")
            yield piece
        self._progress(self._raw.offset - told)
        self._raw.finish()
        self._text_size = size


def open_source(
    source: Source, *, limits: Limits | None = None, threads: int = 1, progress: Progress = untold
) -> OpenVcf:
    """Open a VCF or BCF and recognise its container by its first bytes.

    Args:
        source: the path of a regular file, of a link to one, or of a VCF Zarr store; an open binary file, which is read
            from where it stands and left open; or the bytes.
        limits: the limits that hold.
        threads: with 2 or more, a second thread reads, hashes and inflates ahead.
        progress: called again and again with how many more bytes of the file were read.

    Raises:
        ContainerError: it cannot be opened, is not a regular file, or holds something else.
        HeaderError: it is a VCF whose first line is not `##fileformat=`.
    """
    limits = limits or Limits()
    raw = raw_of(source, follow=limits.follows_links)
    try:
        container, inflate = recognise(raw)
        told = untold if raw.is_converted else progress  # how long the text will be is not known
        return OpenVcf(raw, container, inflate, limits=limits, threads=threads, progress=told)
    except BaseException:
        raw.close()
        raise


# --- reading ahead ------------------------------------------------------------------------------------------


def _ahead(make: Callable[[NextBuffer], Pieces], depth: int = 3) -> Pieces:
    """The same pieces, made by a second thread, which ends when this generator does."""
    free: queue.SimpleQueue[bytearray] = queue.SimpleQueue()
    ready: queue.SimpleQueue[Piece | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    for _ in range(depth):
        free.put(new_buffer())
    pieces = make(free.get)
    worker = threading.Thread(target=_work, args=(pieces, ready, stop), name="assigner-inflate", daemon=True)
    worker.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            free.put(item.buffer)
    finally:
        stop.set()
        free.put(new_buffer())  # the worker may be waiting for one
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
