"""Whether a .tbi or .csi is the index of this very file: its age, its contigs, and where it says that they stand.

An index gives virtual offsets: where a block of the BGZF file begins, and the byte in its text. For each contig the
first record that the index has must be of that contig, and what stands behind the last one must be of another, or the
end of the file. So the index of another file, or of this one before it was changed, is found without reading all of it.
"""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from assigner.errors import ContainerError
from assigner.vcf.bytes.chosen import Offsets, RawBlocks
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.scan.bcf import contigs_by_number
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Intervals
from assigner.vcf.scan.spans import Ints

SUFFIXES = (".csi", ".tbi")

_SOME = 300
"""As many bytes of a record tell it from another one."""

_MOST_DEPTH = 20
"""The deepest tree of bins that is read; 5 is what htslib writes, and 20 is deeper than any sequence is long."""

_TBI_WIDTH, _TBI_DEPTH = 14, 5

_MOST_BITS = 32
"""A bin of so many bits, or of more, holds any position."""

_TBI_BIN = np.dtype([("number", "<u4"), ("chunks", "<i4"), ("first", "<u8"), ("last", "<u8")])
_CSI_BIN = np.dtype([("number", "<u4"), ("record", "<u8"), ("chunks", "<i4"), ("first", "<u8"), ("last", "<u8")])
"""A bin of one chunk, as nearly all of the more than a hundred thousand bins of a genome are."""

_NO_OFFSETS = np.zeros(0, np.uint64)

_FEW, _MANY = 16, 65_536
"""How many bins are looked at together: few behind one that has not one chunk, and more and more from there on."""


class _UnsoundError(ValueError):
    """What is wrong with an index; the message says it."""


@frozen(eq=False)
class Chunks:
    """Where the records of one contig stand: chunks of the file, by the bin that all of their records lie in.

    Attributes:
        bins: the number of each chunk's bin.
        firsts: the virtual offset of its first byte.
        lasts: that of the first byte behind it.
    """

    bins: NDArray[np.uint32]
    firsts: NDArray[np.uint64]
    lasts: NDArray[np.uint64]

    @property
    def span(self) -> Offsets | None:
        """The first and the last virtual offset; None where there are no records."""
        return (int(self.firsts.min()), int(self.lasts.max())) if len(self.bins) else None


@frozen(kw_only=True)
class Index:
    """What an index says of a file.

    Attributes:
        names: its contigs in order; empty for a BCF, whose contigs are those of the header.
        chunks: those of each contig.
        width: bases of a bin of the deepest level, as a power of two.
        depth: how many levels of bins lie below the one of the whole contig.
    """

    names: tuple[str, ...]
    chunks: tuple[Chunks, ...]
    width: int
    depth: int

    @property
    def spans(self) -> tuple[Offsets | None, ...]:
        """Of each contig, the first and the last virtual offset; None where it has no records."""
        return tuple(each.span for each in self.chunks)

    def over(self, rank: int, wanted: Intervals) -> Iterator[Offsets]:
        """The chunks of a contig, by its rank, in which records over some bases may stand."""
        if rank < len(self.chunks):
            chunks = self.chunks[rank]
            chosen = wanted.overlapped(*self._bases(chunks.bins)) if len(chunks.bins) else ()
            for at in chosen:
                yield int(chunks.firsts[at]), int(chunks.lasts[at])

    def _bases(self, bins: NDArray[np.uint32]) -> tuple[Ints, Ints]:
        """The first and the last base of each bin, from 1."""
        before = np.array([((1 << 3 * level) - 1) // 7 for level in range(self.depth + 1)], np.int64)
        level = np.searchsorted(before, bins, side="right") - 1
        bits = np.minimum(self.width + 3 * (self.depth - level), _MOST_BITS)
        first = np.minimum(bins.astype(np.int64) - before[level], 1 << 30) << bits
        return first + 1, first + (np.int64(1) << bits)


@frozen(kw_only=True)
class OwnIndex:
    """The index of a file, which was found to be its own.

    Attributes:
        index: what it says.
        ranks: at which rank it has each contig.
        told: what was checked, for the trace.
    """

    index: Index
    ranks: Mapping[str, int]
    told: str

    def over(self, wanted: Mapping[str, Intervals]) -> list[Offsets]:
        """The chunks in which records over some bases may stand, in the order of the file; none of them overlap."""
        asked = ((self.ranks[name], own) for name, own in wanted.items() if name in self.ranks)
        found = sorted(chunk for rank, own in asked for chunk in self.index.over(rank, own))
        merged = list[Offsets]()
        for first, last in found:
            if merged and first <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(last, merged[-1][1])
            else:
                merged.append((first, last))
        return merged


def own_index(place: Path, name: str, header: Header, limits: Limits) -> OwnIndex:
    """The index beside a file; if there are two, both are looked at.

    Raises:
        ContainerError: there is none, or one that is older, damaged, or another file's; or a block of the file is
            damaged.
    """
    found = [suffix for suffix in SUFFIXES if Path(f"{place}{suffix}").is_file()]
    if not found:
        raise ContainerError(name, "an index beside it (.tbi or .csi)", "none")
    own = list[tuple[Index, Mapping[str, int]]]()
    for suffix in found:
        path = Path(f"{place}{suffix}")
        try:
            own.append(_expect_own(place, path, suffix, header, limits, name))
        except (_UnsoundError, OSError, struct.error) as error:
            got = str(error) if isinstance(error, _UnsoundError) else "one that is damaged"
            raise ContainerError(f"{name}{suffix}", "the index of this very file", got) from error
    told = f"{' and '.join(found)}: not older than the file, and its contigs begin and end where it says"
    index, ranks = own[0]
    return OwnIndex(index=index, ranks=ranks, told=told)


def _expect_own(
    place: Path, path: Path, suffix: str, header: Header, limits: Limits, name: str
) -> tuple[Index, Mapping[str, int]]:
    """The index, and at which rank it has each contig."""
    if int(path.stat().st_mtime) < int(place.stat().st_mtime):
        raise _UnsoundError("one that is older than the file")
    index = parse_index(_text_of(path, f"{name}{suffix}", limits), suffix)
    with contextlib.closing(RawBlocks(place, name, follow=limits.follows_links)) as raw:
        is_bcf = raw.block(0)[0].startswith(b"BCF")
        names = contigs_by_number(header, name) if is_bcf else dict(enumerate(index.names or header.contigs))
        if any(span and rank not in names for rank, span in enumerate(index.spans)):
            raise _UnsoundError("one with other contigs")
        if len(set(names.values())) < len(names):
            raise _UnsoundError("one with other contigs")
        if header.contigs and not set(names.values()) <= set(header.contigs):
            raise _UnsoundError("one with contigs that the file does not have")
        _expect_ends(raw, index, names, is_bcf=is_bcf, limits=limits)
    return index, {name: rank for rank, name in names.items()}


def _expect_ends(raw: RawBlocks, index: Index, names: Mapping[int, str], *, is_bcf: bool, limits: Limits) -> None:
    """Whether each contig's first record stands where the index says, and behind its last one the next contig's first.

    The very first record must be that of a contig, and behind the last contig the file must end.
    """
    spans = [(rank, *span) for rank, span in enumerate(index.spans) if span is not None]
    begins = set()
    for rank, first, last in spans:
        if first >= last:
            raise _UnsoundError("one whose contigs end before they begin")
        text = _at(raw, first)
        if not _is_of(text, names[rank], rank if is_bcf else None):
            raise _UnsoundError("one that points to the records of another file")
        begins.add(text)
    behind = {_at(raw, last) for _, _, last in spans}
    if not behind | {_first_record(raw, is_bcf=is_bcf, limits=limits)} <= {*begins, b""}:
        raise _UnsoundError("one that does not have all records of the file")
    if spans and _at(raw, max(last for _, _, last in spans)):
        raise _UnsoundError("one that does not have all records of the file")


def _is_of(text: bytes, name: str, rank: int | None) -> bool:
    """Whether what stands at a place is a record of a contig: by its name, or in BCF by its rank."""
    if rank is not None:
        return len(text) >= 12 and int.from_bytes(text[8:12], "little") == rank
    return text.startswith(name.encode("utf-8", "surrogateescape") + b"\t")


def _first_record(raw: RawBlocks, *, is_bcf: bool, limits: Limits) -> bytes:
    """How the first record begins; nothing where there is none."""
    text, at = b"", -1
    for block in _blocks(raw, 0):
        text += block
        if at < 0 and is_bcf and len(text) > 9:
            at = 9 + int.from_bytes(text[5:9], "little")
        elif at < 0 and (found := re.search(rb"\n[^#\n]", text)):
            at = found.end() - 1
        if 0 <= at <= len(text) - _SOME or len(text) > limits.header_bytes:
            break
    return text[at : at + _SOME] if at >= 0 else b""


def _at(raw: RawBlocks, offset: int) -> bytes:
    """Some of the text from a virtual offset on; none at the end of the file."""
    if not raw.begins_block(offset >> 16):
        raise _UnsoundError("one whose offsets are not those of the file's blocks")
    text = b""
    for block in _blocks(raw, offset >> 16):
        text += block
        if len(text) >= (offset & 0xFFFF) + _SOME:
            break
    if len(text) < offset & 0xFFFF:
        raise _UnsoundError("one whose offsets are not those of the file's blocks")
    return text[offset & 0xFFFF :][:_SOME]


def _blocks(raw: RawBlocks, at: int) -> Iterator[bytes]:
    """The text of each block from an offset on, to the end of the file."""
    text, following = raw.block(at)
    while following > at:
        yield text
        at = following
        text, following = raw.block(at)


# ------------------------------------------------------------------------------------------------------ the two forms


def _text_of(path: Path, name: str, limits: Limits) -> bytes:
    """The index as it is packed."""
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":  # a CSI may stand unpacked
            file.seek(0)
            return file.read(limits.kept_bytes)
    text = b""
    with contextlib.closing(RawBlocks(path, name)) as raw:
        for block in _blocks(raw, 0):
            text += block
            if len(text) > limits.kept_bytes:
                raise _UnsoundError(f"more than {limits.kept_bytes} bytes")
    return text


@frozen
class _Words:
    """Numbers of a text, one after the other."""

    text: bytes
    at: list[int]

    def take(self, form: str) -> tuple[int, ...]:
        """The next numbers."""
        values = struct.unpack_from(f"<{form}", self.text, self.at[0])
        self.at[0] += struct.calcsize(f"<{form}")
        return values

    def text_of(self, size: int) -> bytes:
        """The next bytes."""
        begin = self.at[0]
        if not 0 <= size <= len(self.text) - begin:
            raise _UnsoundError("one that is damaged")
        self.at[0] += size
        return self.text[begin : self.at[0]]


def parse_index(text: bytes, suffix: str) -> Index:
    """The contigs of an index, and from where to where each stands."""
    words = _Words(text, [4])
    if suffix == ".tbi":
        if text[:4] != b"TBI\1":
            raise _UnsoundError("another kind of file")
        (contigs,) = words.take("i")
        names, width, depth = _names(words), _TBI_WIDTH, _TBI_DEPTH
    else:
        if text[:4] != b"CSI\1":
            raise _UnsoundError("another kind of file")
        width, depth, size = words.take("3i")
        more = words.text_of(size)
        names = _names(_Words(more, [0])) if size >= 28 else ()
        (contigs,) = words.take("i")
        if not (0 <= depth <= _MOST_DEPTH and 0 <= width <= _MOST_BITS):
            raise _UnsoundError("one that is damaged")
    counts, is_csi = ((1 << 3 * (depth + 1)) - 1) // 7 + 1, suffix != ".tbi"
    chunks = tuple(_chunks(words, counts, is_csi=is_csi) for _ in range(contigs))
    return Index(names=names, chunks=chunks, width=width, depth=depth)


def _names(words: _Words) -> tuple[str, ...]:
    *_, size = words.take("7i")
    names = words.text_of(size).split(b"\0")[:-1]
    return tuple(name.decode("utf-8", "surrogateescape") for name in names)


def _chunks(words: _Words, counts: int, *, is_csi: bool) -> Chunks:
    """The chunks of a contig."""
    (bins,) = words.take("i")
    numbers, firsts, lasts, together = [np.zeros(0, np.uint32)], [_NO_OFFSETS], [_NO_OFFSETS], _FEW
    while bins > 0:
        asked = min(bins, together)
        alike = _of_one_chunk(words, asked, _CSI_BIN if is_csi else _TBI_BIN)
        numbers.append(alike["number"])
        firsts.append(alike["first"])
        lasts.append(alike["last"])
        bins, together = bins - len(alike), min(2 * together, _MANY)
        if len(alike) < asked:
            number = words.take("IQ" if is_csi else "I")[0]
            (size,) = words.take("i")
            offsets = np.array(words.take(f"{2 * size}Q"), np.uint64)
            numbers.append(np.full(size, number, np.uint32))
            firsts.append(offsets[::2])
            lasts.append(offsets[1::2])
            bins, together = bins - 1, _FEW
    if not is_csi:
        (linear,) = words.take("i")
        words.take(f"{linear}Q")
    every = np.concatenate(numbers)
    used = every != counts
    if (every[used] > counts - 2).any():
        raise _UnsoundError("one that is damaged")
    return Chunks(every[used], np.concatenate(firsts)[used], np.concatenate(lasts)[used])


def _of_one_chunk(words: _Words, most: int, form: np.dtype[Any]) -> NDArray[Any]:
    """The next bins, up to the first one that has not one chunk."""
    there = max(0, len(words.text) - words.at[0]) // form.itemsize
    found = np.frombuffer(words.text, form, min(most, there), words.at[0]) if there else np.zeros(0, form)
    others = np.flatnonzero(found["chunks"] != 1)
    found = found[: others[0]] if len(others) else found
    words.at[0] += len(found) * form.itemsize
    return found
