"""One pass over a VCF or BCF of many samples for all of them, by the scanners of one sample's pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any, assert_never

import numpy as np
from attrs import define, field

from assigner.genome.builds import chrom_of
from assigner.vcf.bytes.containers import Container
from assigner.vcf.bytes.sources import OpenVcf
from assigner.vcf.scan.bcf import Walk, walk_through
from assigner.vcf.scan.bcf_records import Content
from assigner.vcf.scan.columns import FIXED
from assigner.vcf.scan.fingerprints import single_bases
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Choice
from assigner.vcf.scan.joint import EachAlone, JointLine, JointScan, JointTallies, kinds_of_rows
from assigner.vcf.scan.joint_fingerprints import JointFingerprint, copies_of_rows
from assigner.vcf.scan.lines import read_through
from assigner.vcf.scan.scanner import Scanner
from assigner.vcf.scan.sexes import Filters, kinds
from assigner.vcf.scan.spans import Ints, Table

SAMPLES = 4
"""All samples together may take so many times the memory of the most that one may take."""

_AT_ONCE = 200  # records of a BCF that are put into text at a time


def scan_all(
    source: OpenVcf, choose: Callable[[Header], Choice], filters: Filters, *, fingerprint: bool = False
) -> JointScan:
    """Read a VCF or BCF to its end and close it; keep the records that overlap what `choose` chooses.

    Args:
        source: a file of any number of samples, not read before.
        choose: as for `scan`.
        filters: the values of FILTER with which calls on X and Y count.
        fingerprint: whether genotypes are taken by which the samples can be held against each other.

    Raises:
        InputError: the container, the header or any record is unsound, or exceeds a limit.
        EachAlone: how far a record reaches depends on the sample (FORMAT/LEN), or the samples together need too much
            memory.
    """

    def chosen(header: Header) -> Choice:
        found = choose(header)
        if header.may_reach_by_sample:
            raise EachAlone
        return found

    match source.container:
        case Container.BCF | Container.PLAIN_BCF:

            def walk(head: bytes, header: Header) -> _JointWalk:
                return _JointWalk(source=source, head=head, header=header, **of_all(header, filters, fingerprint))

            return walk_through(source, chosen, walk).joint()
        case Container.PLAIN | Container.GZIP | Container.BGZF | Container.ZARR:

            def scanner(header: Header, at: int) -> JointScanner:
                return JointScanner(source=source, header=header, number=at, **of_all(header, filters, fingerprint))

            return read_through(source, chosen, scanner).joint()
        case _:
            assert_never(source.container)


def of_all(header: Header, filters: Filters, fingerprint: bool) -> dict[str, Any]:
    """What scans the samples of a header together."""
    samples = len(header.samples)
    return {
        "column": None,
        "filters": filters,
        "fingerprint": None,
        "all": JointTallies(samples),
        "genotypes": JointFingerprint(samples, filters) if fingerprint else None,
    }


def _expect_room(size: int, source: OpenVcf) -> None:
    if size > SAMPLES * source.limits.kept_bytes:
        raise EachAlone


@define(kw_only=True, eq=False)
class JointScanner(Scanner):
    """A scanner of text that keeps records with the cells of all samples, and counts the calls of each."""

    all: JointTallies
    genotypes: JointFingerprint | None
    held: list[JointLine] = field(factory=list)
    size: int = 0

    def joint(self) -> JointScan:
        """What was found in all."""
        found = self.scan()
        return JointScan(
            name=self.source.name,
            kept_bytes=self.source.limits.kept_bytes,
            noun="line",
            header=found.header,
            lines=tuple(self.held),
            records=found.records,
            contigs=found.contigs,
            in_order=found.in_order,
            notes=found.notes,
            lasts=found.lasts,
            tallies=self.all,
            genotypes=self.genotypes,
        )

    def count(self, name: str, run: Ints, rows: Table, begin: int, stop: int) -> None:
        """Count the calls of one run, if it is on X or Y."""
        if (chrom := chrom_of(name)) not in ("X", "Y"):
            return
        for pos, index in zip(run.tolist(), range(begin, stop), strict=True):
            stops = rows.stops[index]
            if self.filters.accept(rows.text(int(stops[5]) + 1, int(stops[6]))):
                first, last = int(stops[FIXED - 1]), int(stops[-1])
                begins = first + 1 + np.flatnonzero(rows.letters[first:last] == ord("\t"))
                chosen = np.full(len(begins), index)
                self.all.add(chrom, pos, kinds(rows, chosen, begins, self.filters))

    def take_genotypes(self, name: str, run: Ints, rows: Table, begin: int) -> None:
        """Take some genotypes of one run, if any are taken."""
        if self.genotypes is None or (chrom := chrom_of(name)) is None:
            return
        for index in single_bases(rows, begin + self.genotypes.wanted(chrom, run)).tolist():
            self.genotypes.add_line(chrom, rows.line(index))

    def line(self, rows: Table, index: int) -> bytes:
        """The fixed columns of a line, by which it is told how far it reaches."""
        text = rows.text(int(rows.starts[index]), int(rows.stops[index, FIXED - 1]))
        if b"LEN" in text.rpartition(b"\t")[2].split(b":"):
            raise EachAlone
        return text

    def hold(self, rows: Table, index: int) -> int:
        """Hold a record with all cells; what one sample's lines take is told when they are put together."""
        held = JointLine.of(self.line_number(index), rows.line(index))
        self.held.append(held)
        self.size += held.size
        _expect_room(self.size, self.source)
        return 0


@define(kw_only=True, eq=False)
class _JointWalk(Walk):
    """What takes in the records of a BCF, keeps them whole, and counts the calls of each sample."""

    all: JointTallies
    genotypes: JointFingerprint | None

    def joint(self) -> JointScan:
        """What was found in all."""
        return JointScan(
            name=self.source.name,
            kept_bytes=self.source.limits.kept_bytes,
            noun="record",
            header=self.header,
            lines=tuple(self._held()),
            records=self.number,
            contigs=MappingProxyType(self.counts),
            in_order=self.in_order,
            notes=self.notes,
            lasts=MappingProxyType(self.lasts),
            tallies=self.all,
            genotypes=self.genotypes,
        )

    def tally(self, chrom: str, pos: int, record: Content) -> None:
        """Count the samples' calls in a record on X or Y."""
        for key, values in record.formats():
            if self.words.get(key) == "GT" and values.kind in (1, 2, 3) and values.count:
                found = kinds_of_rows(values.rows(len(self.header.samples)), values.alleles)
                if found.any() and self.filters.accept(self.codes(record)):
                    self.all.add(chrom, pos, found)
            break  # GT is the first key

    def take_genotypes(self, chrom: str | None, pos: int, record: Content) -> None:
        """Take the samples' genotypes in a record that is not on X or Y, if any are taken."""
        if chrom is None or self.genotypes is None or not len(self.genotypes.wanted(chrom, np.array([pos]))):
            return
        ref, *alts = record.alleles()
        for key, values in record.formats():
            if self.words.get(key) == "GT" and values.kind in (1, 2, 3) and self.filters.accept(self.codes(record)):
                copies = copies_of_rows(values.rows(len(self.header.samples)))
                self.genotypes.add((chrom, pos, ref, b",".join(alts)), copies)
            break  # GT is the first key

    def expect_room(self) -> None:
        """See that the records that are kept do not take too much memory."""
        _expect_room(self.size, self.source)

    def content(self, record: Content) -> bytes:
        """A record whole; htslib is given none whose values do not fit into it."""
        for _ in record.formats():
            pass
        return record.text[record.at : record.at + record.size]

    def _held(self) -> Iterator[JointLine]:
        for at in range(0, len(self.kept), _AT_ONCE):
            for line in self.texts(self.head, self.kept[at : at + _AT_ONCE]):
                yield JointLine.of(line.number, line.text)
