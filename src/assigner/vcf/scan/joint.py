"""One pass over a file of many samples, for all of them at once.

A record is kept once: its fixed columns, and the samples' cells by what they are. Most samples have the same cell in a
record, so only those that have another one are written down. What a pass for one sample would find is put together
from that, without a second look at the file.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, field, fields, frozen
from numpy.typing import NDArray

from assigner.errors import LimitError
from assigner.genome.builds import Build
from assigner.vcf.scan.columns import FIXED
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.joint_fingerprints import JointFingerprint
from assigner.vcf.scan.plain_calls import PLAIN_BYTES, PlainCalls
from assigner.vcf.scan.scans import Line, Scan
from assigner.vcf.scan.sexes import Kind, Kinds, XYTally, kind_of_alleles, outside
from assigner.vcf.scan.spans import Flags, Ints

if TYPE_CHECKING:
    from assigner.vcf.scan.plain import PlainReader

_WORDS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
_TAB = ord("\t")

MOST_SHARED = 4
"""With no more different cells than these, or a quarter of the samples, a record's lines are held for all samples."""


class EachAlone(Exception):  # noqa: N818
    """What one sample's pass would keep of a file depends on its own cells: each sample needs a pass of its own."""


Samples = NDArray[np.int32]
Codes = NDArray[np.int32]


@frozen(eq=False)
class JointLine:
    """One record with the cells of all samples.

    Attributes:
        number: its line, from 1; in BCF its rank.
        fixed: the fixed columns, with a tab behind the last one.
        cells: the different cells; the first one is that of all samples that are not among `others`.
        others: the samples with another cell, by their columns, ascending.
        codes: which cell each of them has.
    """

    number: int
    fixed: bytes
    cells: tuple[bytes, ...]
    others: Samples
    codes: Codes

    @classmethod
    def of(cls, number: int, text: bytes) -> JointLine:
        """The record of a whole line.

        >>> line = JointLine.of(7, b"1 9 . A C . . . GT 0/0 0/1 0/0".replace(b" ", bytes([9])))
        >>> line.cells, line.others.tolist(), line.codes.tolist()
        ((b'0/0', b'0/1'), [1], [1])
        """
        at = -1
        for _ in range(FIXED):
            at = text.index(b"\t", at + 1)
        fixed, rest = text[: at + 1], text[at + 1 :]
        words = _words(rest)
        cells, others, codes = _coded(rest.split(b"\t")) if words is None else _coded_words(words)
        return cls(number, fixed, cells, others, codes)

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return len(self.fixed) + sum(map(len, self.cells)) + self.others.nbytes + self.codes.nbytes


def _words(rest: bytes) -> NDArray[np.unsignedinteger] | None:
    """The cells as numbers, each with the tab behind it, if each has one and the same width of 1, 3 or 7 bytes."""
    width = rest.find(b"\t") + 1
    if width not in _WORDS or (len(rest) + 1) % width:
        return None
    letters = np.frombuffer(rest + b"\t", np.uint8)
    tabs = letters[width - 1 :: width] == _TAB
    if not tabs.all() or np.count_nonzero(letters == _TAB) != len(tabs):
        return None
    return letters.view(_WORDS[width])


def _coded_words(words: NDArray[np.unsignedinteger]) -> tuple[tuple[bytes, ...], Samples, Codes]:
    """The different cells, the samples that have another one than most, and which."""
    common = words[0]
    others = np.flatnonzero(words != common)
    if 2 * len(others) > len(words):
        values, counts = np.unique(words, return_counts=True)
        common = values[counts.argmax()]
        others = np.flatnonzero(words != common)
    values, codes = np.unique(words[others], return_inverse=True)
    cells = (common.tobytes()[:-1], *(value.tobytes()[:-1] for value in values))
    return cells, others.astype(np.int32), (codes + 1).astype(np.int32)


def _coded(cells: Sequence[bytes]) -> tuple[tuple[bytes, ...], Samples, Codes]:
    """The same of cells of any form."""
    index: dict[bytes, int] = {}
    codes = np.fromiter((index.setdefault(cell, len(index)) for cell in cells), np.int32, len(cells))
    counts = np.bincount(codes, minlength=len(index))
    order = np.argsort(-counts, kind="stable")
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    codes = ranks[codes]
    others = np.flatnonzero(codes)
    names = list(index)
    return tuple(names[at] for at in order.tolist()), others.astype(np.int32), codes[others]


@define(eq=False)
class JointTallies:
    """The calls on X and Y of all samples, for either build."""

    samples: int
    found: dict[Build, NDArray[np.int64]] = field(init=False)

    @found.default
    def _none(self) -> dict[Build, NDArray[np.int64]]:
        return {build: np.zeros((self.samples, len(Kind)), np.int64) for build in Build}

    def add(self, chrom: str, pos: int, kinds: Kinds) -> None:
        """Count the calls of one record on X or Y, one for each sample."""
        called = np.flatnonzero(kinds)
        if not len(called):
            return
        for build, counts in self.found.items():
            if not outside(build, chrom, np.array([pos]))[0]:
                continue
            if chrom == "X":
                counts[called, kinds[called]] += 1
            else:
                counts[called[kinds[called] != Kind.HET], Kind.NOTHING] += 1  # the column that X does not use

    def put(self, more: JointTallies) -> None:
        """Add what was counted of other records."""
        for build, counts in more.found.items():
            self.found[build] += counts

    def of(self, sample: int) -> Mapping[Build, XYTally]:
        """The tallies of one sample."""
        rows = {build: counts[sample].tolist() for build, counts in self.found.items()}
        return {build: XYTally(het=h, homozygous=o, haploid=p, on_y=y) for build, (y, h, o, p) in rows.items()}


def kinds_of_rows(values: NDArray[np.signedinteger], alleles: Callable[[int], Sequence[int]]) -> Kinds:
    """What the genotypes of all samples of a BCF record are to the tally.

    Args:
        values: a row for each sample, as the record has them.
        alleles: reads the genotype of one sample.
    """
    _, firsts, codes = np.unique(values, axis=0, return_index=True, return_inverse=True)
    kinds = [kind_of_alleles(found) if (found := alleles(first)) else Kind.NOTHING for first in firsts.tolist()]
    of_all: Kinds = np.array(kinds, np.int64)[codes.reshape(-1)]
    return of_all


@frozen(eq=False, kw_only=True, slots=False)
class JointScan:
    """What one pass over a file of many samples found; `of` tells what a pass for one of them would have found.

    Attributes:
        name: what errors call the file.
        kept_bytes: how many bytes of lines may be kept of one sample.
        noun: what `number` counts: a line, or a record of a BCF.
        lines: the records that overlap what was chosen, in file order.
        records, contigs, in_order, notes, lasts: as `Scan` has them.
        genotypes: those by which the samples can be held against each other, if any were taken.
    """

    name: str
    kept_bytes: int
    noun: str
    header: Header
    lines: tuple[JointLine, ...]
    records: int
    contigs: Mapping[str, int]
    in_order: bool
    notes: tuple[str, ...]
    lasts: Mapping[str, int]
    tallies: JointTallies
    genotypes: JointFingerprint | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What another process is sent: nothing that was put together for a sample, which is told apart by identity."""
        own = {each.name: getattr(self, each.name) for each in fields(JointScan)}
        return own | {"contigs": {**self.contigs}, "lasts": {**self.lasts}}

    @cached_property
    def _by_sample(self) -> tuple[Ints, Ints, Codes]:
        """The cells that most do not have, by sample: where those of each begin, their lines and their codes."""
        samples = np.concatenate([np.empty(0, np.int32), *(line.others for line in self.lines)])
        codes = np.concatenate([np.empty(0, np.int32), *(line.codes for line in self.lines)])
        lines = np.repeat(np.arange(len(self.lines)), [len(line.others) for line in self.lines])
        order = np.argsort(samples, kind="stable")
        begins = np.searchsorted(samples[order], np.arange(len(self.header.samples) + 1))
        return begins, lines[order], codes[order]

    def codes_of(self, sample: int) -> Iterator[tuple[int, int]]:
        """The lines in which a sample has another cell than most, by their places, and which cell it has."""
        begins, lines, codes = self._by_sample
        own = slice(int(begins[sample]), int(begins[sample + 1]))
        return zip(lines[own].tolist(), codes[own].tolist(), strict=True)

    @cached_property
    def common(self) -> tuple[Line, ...]:
        """The lines of a sample that has the most common cell in each."""
        return tuple(Line(line.number, line.fixed + line.cells[0]) for line in self.lines)

    @cached_property
    def lasting(self) -> set[int]:
        """The ids of the `Line` values that several samples may have, and that live as long as this value."""
        return {id(line) for line in self.common}

    @cached_property
    def _shared(self) -> dict[tuple[int, int], Line]:
        """Lines that several samples have."""
        return {}

    def of(self, sample: int, plain: PlainReader | None = None) -> Scan:
        """What a pass for one sample would find; samples with the same cell of a line have the same `Line`.

        Args:
            sample: its place among all.
            plain: what takes plain genotypes out of its lines, if anything does.

        Raises:
            LimitError: the sample's lines take more bytes than the limits allow.
        """
        lines = list(self.common)
        for at, code in self.codes_of(sample):
            shared = self._shared.get((at, code))
            if shared is None:
                line = self.lines[at]
                shared = Line(line.number, line.fixed + line.cells[code])
                if len(line.cells) <= max(MOST_SHARED, len(self.header.samples) // 4):
                    self._shared[at, code] = shared
                    self.lasting.add(id(shared))
            lines[at] = shared
        left, calls = (None, PlainCalls()) if plain is None else plain.apart(lines)
        self._expect_few(lines, left)
        return Scan(
            header=self.header,
            lines=tuple(lines if left is None else itertools.compress(lines, left)),
            plain=calls,
            records=self.records,
            contigs=self.contigs,
            lasts=self.lasts,
            in_order=self.in_order,
            notes=self.notes,
            tallies=self.tallies.of(sample),
        )

    def _expect_few(self, lines: Sequence[Line], left: Flags | None) -> None:
        sizes = np.array([len(line.text) for line in lines], np.int64)
        if left is not None:
            sizes[~left] = PLAIN_BYTES
        if sizes.sum() <= self.kept_bytes:
            return
        number = lines[int((np.cumsum(sizes) > self.kept_bytes).argmax())].number
        place = f"{self.name}: {self.noun} {number}"
        raise LimitError(place, f"at most {self.kept_bytes} bytes of records on the panel", "more")
