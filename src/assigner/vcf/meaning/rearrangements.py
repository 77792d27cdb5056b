"""Carried alleles that are told by their ends and not by their bases: symbolic ALTs, breakends, numbers of copies.

On the haplotype of one that takes, doubles, turns round or cuts exons, what is read of the transcript from there on may
be another protein, or none. Nothing else lies in the bases that one deletes; one that doubles or turns round a whole
gene leaves it as it was.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

from attrs import field, frozen

from assigner.genome.builds import LENGTHS, chrom_of
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, Sex
from assigner.profiles.profile import StructuralKind
from assigner.rules.loci import Gene, span_on
from assigner.rules.panels import Panel
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.meaning.copies import counted_calls
from assigner.vcf.meaning.events import event_of, spanned
from assigner.vcf.meaning.exons import Span
from assigner.vcf.meaning.genes import genes_at, genes_between
from assigner.vcf.records.beside import Records
from assigner.vcf.records.record import Record
from assigner.vcf.repeats import NOT_STRUCTURAL
from assigner.vcf.scan.alts import is_structural

_MATE = re.compile(r"[\[\]](?P<contig>.+):(?P<pos>[0-9]{1,10})[\[\]]")


@frozen(eq=False)
class Rearrangement:
    """One that a record shows.

    Attributes:
        record: the record.
        number: the ALT's number in GT; 0 where there is no ALT, and a number of copies.
        kind: what it is.
        call: who carries it.
        outer: the first and the last base that it may change.
        inner: those that it surely changes; None where that is not known.
        cut: whether what lies behind it, in whichever direction, is joined from elsewhere.
        told: what the annotation says of it.
    """

    record: Record
    number: int
    kind: StructuralKind
    call: Call
    outer: Span
    inner: Span | None
    cut: bool
    told: Sequence[Consequence] = field(default=(), repr=False)

    @property
    def key(self) -> tuple[int, int]:
        """What it is known by beside others."""
        return id(self.record), self.number

    def covers(self, first: int, last: int) -> bool:
        """Whether it surely changes all bases from one to another one."""
        return self.inner is not None and self.inner[0] <= first and last <= self.inner[1]

    def deletes(self, variant: Variant) -> bool:
        """Whether it surely takes the bases of a variant, so that no haplotype has both."""
        return self.kind is StructuralKind.DELETION and self.covers(variant.pos, variant.end)

    def keeps(self, first: int, last: int) -> bool:
        """Whether it doubles or turns round all bases between two of a gene or a transcript, and cuts none of it."""
        return self.kind is not StructuralKind.DELETION and not self.cut and self.covers(first, last)


def rearrangements_of(
    record: Record, panel: Panel, sex: Sex | None, told: Sequence[Sequence[Consequence]]
) -> Iterator[Rearrangement]:
    """Those that a record shows; none of a tandem repeat, whose units are counted elsewhere.

    Args:
        record: the record.
        panel: the rule set's places.
        sex: decides how many copies of X and Y there are.
        told: what the annotation says of each ALT.
    """
    if record.chrom is None or NOT_STRUCTURAL.on(record):
        return
    length = LENGTHS[panel.build][record.chrom]
    for number, alt, kind, call in counted_calls(record, sex, panel):
        if call.seen and (not alt or is_structural(alt)):
            outer, inner, cut = _ends(record, alt, number, kind, length)
            of_it = told[number - 1] if number and told else ()
            yield Rearrangement(record, number, kind, call, outer, inner, cut, of_it)


def _ends(record: Record, alt: str, number: int, kind: StructuralKind, length: int) -> tuple[Span, Span | None, bool]:
    """The outermost and the innermost span of one, and whether it joins the chromosome to something else."""
    if kind is StructuralKind.BREAKEND:
        mate = _MATE.search(alt)
        if mate is None or chrom_of(mate["contig"]) != record.chrom:
            return (record.pos, record.pos), None, True
        ends = sorted((record.pos, int(mate["pos"])))
        return (ends[0], ends[1]), (ends[0] + 1, ends[1] - 1), False
    if kind is StructuralKind.INSERTION:
        place = event_of(record, alt, number, kind, length).outer
        return (place[0], place[1] + 1), None, False
    event = spanned(record, alt, number, kind, length)
    return event.outer, event.inner, False


def _may_be_told_by_ends(record: Record) -> bool:
    return record.is_structural or (not record.alts and "CN" in record.sample)


@frozen(eq=False)
class Rearrangements:
    """Those of all files of a participant, by the symbols of the genes over which each may lie."""

    by_gene: Mapping[str, Sequence[Rearrangement]] = field(factory=dict)

    @classmethod
    def of(cls, files: Iterable[tuple[Records, Annotator]], panel: Panel, sex: Sex | None) -> Self:
        """Those of some files.

        Args:
            files: of each its records, and what reads its consequences.
            panel: the rule set's places.
            sex: decides how many copies of X and Y there are.
        """
        found: dict[str, list[Rearrangement]] = defaultdict(list)
        genes = panel.cached(genes_at)
        for records, annotator in files:
            for record in records.where(_may_be_told_by_ends):
                told = annotator.consequences(record.info, record.ref, record.alts) if annotator.layouts else ()
                for each in rearrangements_of(record, panel, sex, told):
                    for gene in genes_between(record.chrom or "", *each.outer, genes):
                        found[gene.symbol].append(each)
        return cls(found)

    def beside(self, variant: Variant, gene: Gene, panel: Panel) -> Iterator[Rearrangement]:
        """Those that may alter a gene on the haplotype of a variant in it, if they lie there."""
        span = span_on(gene, panel.build)
        own = self.by_gene.get(gene.symbol, ())
        return (each for each in own if not (each.deletes(variant) or each.keeps(*span)))
