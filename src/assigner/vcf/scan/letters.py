"""One pass over a VCF or BCF of many samples for the letters that all of them have at single bases.

A record is taken once and not kept, so that memory does not grow with the number of places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from assigner.profiles.genotypes import Genotype
from assigner.vcf.bytes.containers import Container
from assigner.vcf.bytes.sources import OpenVcf
from assigner.vcf.scan.alts import is_structural
from assigner.vcf.scan.bcf import Kept, Walk, walk_through
from assigner.vcf.scan.bcf_records import Content, Values
from assigner.vcf.scan.columns import FIXED
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Choice, Intervals
from assigner.vcf.scan.joint import JointLine
from assigner.vcf.scan.lines import read_through
from assigner.vcf.scan.scanner import Scanner
from assigner.vcf.scan.sexes import Filters
from assigner.vcf.scan.spans import Table

Letters = tuple[str | None, ...]
"""The letters of one sample, in their order; None for an allele that is not called."""

Codes = NDArray[np.int64]


@frozen(eq=False)
class BaseRecord:
    """What one record says of a single base in all samples.

    Attributes:
        place: where it stands in the file, as errors say it.
        contig: by the file's name.
        pos: the position, from 1.
        different: the different letters of samples; None where nothing is believed or called.
        codes: which of them each sample has.
    """

    place: str
    contig: str
    pos: int
    different: tuple[Letters | None, ...]
    codes: Codes


Take = Callable[[BaseRecord], None]


def read_letters(source: OpenVcf, choose: Callable[[Header], Choice], filters: Filters, take: Take) -> Header:
    """Read a VCF or BCF to its end and close it, and hand on the records of single bases.

    Args:
        source: a file of one sample or more, not read before.
        choose: as for `scan`, and refuses a header without samples. A record is handed on when it is of one base and
            overlaps what is chosen.
        filters: the values of FILTER with which a record is believed.
        take: called with each record, in the order of the file. What it is given counts only when all was read.

    Raises:
        InputError: the container, the header or any record is unsound, or exceeds a limit.
    """
    match source.container:
        case Container.BCF | Container.PLAIN_BCF:
            return walk_through(source, choose, lambda head, header: _walk(source, head, header, filters, take)).header
        case Container.PLAIN | Container.GZIP | Container.BGZF | Container.ZARR:
            return read_through(source, choose, lambda header, at: _scanner(source, header, at, filters, take)).header
        case _:
            assert_never(source.container)


def _scanner(source: OpenVcf, header: Header, number: int, filters: Filters, take: Take) -> _LetterScanner:
    return _LetterScanner(
        source=source, header=header, number=number, column=None, filters=filters, fingerprint=None, hand_on=take
    )


def _walk(source: OpenVcf, head: bytes, header: Header, filters: Filters, take: Take) -> _LetterWalk:
    return _LetterWalk(
        source=source, head=head, header=header, column=None, filters=filters, fingerprint=None, hand_on=take
    )


@define(kw_only=True, eq=False)
class _LetterScanner(Scanner):
    """A scanner of text that hands on the letters of each record of one base."""

    hand_on: Take

    def hold(self, rows: Table, index: int) -> int:
        """Hand on a record; nothing of it is held."""
        text = rows.line(index)
        cells = text.split(b"\t", FIXED)
        if len(cells[3]) != 1:
            return 0  # a deletion that begins there, or a longer change
        alts = cells[4].split(b",")
        if _says_nothing(alts):
            return 0
        line = JointLine.of(self.line_number(index), text)
        keys = cells[8].split(b":")
        at = keys.index(b"GT") if b"GT" in keys and self.filters.accept(cells[6]) else None
        bases = _bases([cells[3], *alts])
        codes = np.zeros(len(self.header.samples), np.int64)
        codes[line.others] = line.codes
        different = tuple(_letters(_alleles(cell, at), bases) for cell in line.cells)
        contig = cells[0].decode("utf-8", "replace")
        self.hand_on(BaseRecord(self.place(index), contig, int(cells[1]), different, codes))
        return 0


def _alleles(cell: bytes, at: int | None) -> Sequence[int | None]:
    """The alleles of a sample's GT, the field of this number; none when it is not believed, or not there."""
    fields = cell.split(b":", at + 1) if at is not None else []
    genotype = Genotype.parse(fields[at].decode("ascii", "replace")) if at is not None and at < len(fields) else None
    return () if genotype is None else genotype.alleles


@define(kw_only=True, eq=False)
class _LetterWalk(Walk):
    """What takes in the records of a BCF, and hands on the letters of each record of one base."""

    hand_on: Take

    def keep(self, record: Kept, alleles: int, spans: Intervals) -> None:
        """Hand on a record; nothing of it is kept."""
        self.expect_alleles(record, alleles)
        content = Content(record.content, 0, len(record.content), self.place)
        written = content.alleles()
        if not spans.meets(record.pos, record.end) or len(written[0]) != 1:
            return
        if _says_nothing(written[1:]):
            return
        bases, samples = _bases(written), len(self.header.samples)
        different: tuple[Letters | None, ...] = (None,)
        codes = np.zeros(samples, np.int64)
        found = [values for key, values in content.formats() if self.words.get(key) == "GT"]
        if found and found[0].kind in (1, 2, 3) and found[0].count and self.filters.accept(self.codes(content)):
            firsts, codes = _different(found[0], samples)
            different = tuple(_letters(found[0].alleles(first), bases) for first in firsts)
        self.hand_on(BaseRecord(self.place(), record.contig, record.pos, different, codes))


def _different(values: Values, samples: int) -> tuple[list[int], Codes]:
    """The first sample with each different genotype, and which of them each sample has."""
    rows = np.ascontiguousarray(values.rows(samples))
    if values.size in (1, 2, 4, 8):  # one number for each sample, which is quicker to sort
        _, firsts, codes = np.unique(rows.view(f"u{values.size}").reshape(-1), return_index=True, return_inverse=True)
    else:
        _, firsts, codes = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return firsts.tolist(), codes.reshape(-1).astype(np.int64)


def _says_nothing(alts: Sequence[bytes]) -> bool:
    """Whether there are ALTs, and all of them structural variants: that they are not there says nothing of the base."""
    return bool(alts) and all(is_structural(alt.decode("ascii", "replace")) for alt in alts)


def _bases(written: Iterable[bytes]) -> list[str]:
    """REF and the ALT alleles, in capitals."""
    return [each.decode("ascii", "replace").upper() for each in written]


def _letters(alleles: Sequence[int | None], bases: Sequence[str]) -> Letters | None:
    """The letters of a genotype, in their order; None when it has none, or an allele that the record does not have."""
    if not alleles or not all(each is None or each < len(bases) for each in alleles):
        return None
    return tuple(sorted((None if each is None else bases[each] for each in alleles), key=str))
