"""A VCF as a value, and the bytes of its file: every VCF that is made up is written here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from attrs import evolve, frozen

from assigner.genome.builds import CHROMS, LENGTHS, Build, contig_of
from assigner.synthetic.bgzf import bgzf, tabix

COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")


@frozen(kw_only=True)
class Row:
    """One record with its fields as they are written.

    Attributes:
        keys: FORMAT; not written without samples.
        samples: one column for each sample.
    """

    chrom: str
    pos: int
    ref: str
    alt: str
    quality: str = "."
    filters: str = "PASS"
    info: str = "."
    keys: str = "GT"
    samples: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """The last base: that of INFO/END where there is one, else that of REF."""
        ends = [int(field[4:]) for field in self.info.split(";") if field.startswith("END=")]
        return max([self.pos + len(self.ref) - 1, *ends])

    @property
    def line(self) -> str:
        """The record as its line."""
        fixed = (self.chrom, str(self.pos), ".", self.ref, self.alt, self.quality, self.filters, self.info)
        return "\t".join([*fixed, *((self.keys, *self.samples) if self.samples else ())]) + "\n"


@frozen(kw_only=True)
class Vcf:
    """A VCF.

    Attributes:
        samples: their names.
        rows: its records, in their order.
        meta: the header lines between the version and the contigs.
        contigs: the contigs, each `name` or `name,length=..`.
    """

    samples: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    meta: tuple[str, ...] = ()
    contigs: tuple[str, ...] = ()
    version: str = "4.2"

    @classmethod
    def on(cls, build: Build, rows: Iterable[Row], *, sample: str, meta: Sequence[str]) -> Self:
        """A sorted VCF of one sample: records by chromosome become those of the contigs that a build usually has."""
        ordered = sorted(rows, key=lambda row: (CHROMS.index(row.chrom), row.pos, row.alt))
        return cls(
            samples=(sample,),
            rows=tuple(evolve(row, chrom=contig_of(row.chrom, build)) for row in ordered),
            meta=tuple(meta),
            contigs=tuple(f"{contig_of(chrom, build)},length={LENGTHS[build][chrom]}" for chrom in CHROMS),
        )

    @property
    def header(self) -> str:
        """The lines before the first record."""
        contigs = (f"##contig=<ID={contig}>" for contig in self.contigs)
        columns = "\t".join([*COLUMNS, *(("FORMAT", *self.samples) if self.samples else ())])
        return "\n".join([f"##fileformat=VCFv{self.version}", *self.meta, *contigs, columns]) + "\n"

    @property
    def content(self) -> bytes:
        """The whole file as plain text."""
        return (self.header + "".join(row.line for row in self.rows)).encode()

    @property
    def compressed(self) -> bytes:
        """The whole file as BGZF."""
        return bgzf(self.content)

    @property
    def index(self) -> bytes:
        """The .tbi beside the BGZF."""
        return tabix(self.header, [(row.line, row.pos, row.end) for row in self.rows])


def repeat_alleles(reference: int, sizes: Sequence[int]) -> tuple[str, str]:
    """ALT and GT of alleles with these numbers of units, as ExpansionHunter writes them.

    >>> repeat_alleles(3, (3, 640))
    ('<STR640>', '0/1')
    """
    alts = sorted({*sizes} - {reference})
    numbers = {reference: 0, **{size: at for at, size in enumerate(alts, start=1)}}
    return ",".join(f"<STR{size}>" for size in alts) or ".", "/".join(str(numbers[size]) for size in sizes)
