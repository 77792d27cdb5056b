"""Carried alleles of a participant that may change one codon: an annotation of each alone may be wrong for both.

Programs that annotate each record alone (Ensembl VEP, SnpEff, ANNOVAR, `bcftools csq --local-csq`) take the reference
for all other bases. Two changes of one codon on one haplotype make another residue than either (Wang et al., "Landscape
of multi-nucleotide variants in 125,748 human exomes and 15,708 genomes", Nature Communications 2020), and two shifts of
the reading frame may undo each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, islice
from math import inf
from typing import Self

from attrs import field, frozen

from assigner.genome.variants import UNTOLD
from assigner.rules.panels import Panel
from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.annotations.ontology import ENDS, FRAMESHIFT, may_change_codon
from assigner.vcf.meaning.alleles import Allele, Carried, gain
from assigner.vcf.meaning.annotated import MOST, Annotated, Reader, are_together
from assigner.vcf.meaning.behind import Behind, Context, context, in_one_codon
from assigner.vcf.meaning.breaks import Breaks, Taking
from assigner.vcf.meaning.coding import Group
from assigner.vcf.meaning.deletions import Deletions
from assigner.vcf.meaning.haplotypes import (
    BEHIND_BREAK,
    BEHIND_SHIFT,
    BEHIND_STOP,
    CROWDED,
    DELETED,
    IN_ONE_CODON,
    SHIFTED_BACK,
)
from assigner.vcf.meaning.reaches import last_residue
from assigner.vcf.meaning.rearrangements import Rearrangements
from assigner.vcf.records.record import Record

MOST_COMPARED = 2_000_000
"""So often carried alleles of a gene are looked at, once each for each transcript that is named there; else nothing is
known of any. A judgement: 4,000 alleles on 500 transcripts, far more than a genome has, take less than a minute."""


@frozen(eq=False)
class Codons:
    """Says of the alleles of a participant's files which consequences are not known because of the others.

    What others may do to all that lies behind them is summed up once for all consequences of one context, so that not
    all pairs of the alleles of a gene are asked.

    Attributes:
        annotated: the carried alleles, with what annotations say of them.
        rearranged: those that are told by their ends.
    """

    annotated: Annotated
    rearranged: Rearrangements
    _breaks: dict[Context, Breaks] = field(factory=dict, init=False)
    _taking: dict[tuple[str, ...], Taking] = field(factory=dict, init=False)
    _crowded: dict[tuple[str, ...], bool] = field(factory=dict, init=False)

    @classmethod
    def of(cls, readers: Iterable[Reader], rearranged: Rearrangements, deletions: Deletions, panel: Panel) -> Self:
        """Of all files of a participant."""
        return cls(Annotated.of(readers, deletions, panel), rearranged)

    def stands_alone(self, record: Record) -> bool:
        """Whether a carried record surely changes what no other one does, and no other one what it does."""
        return self.annotated.beside.stands_alone(record)

    def problem(self, said: Consequence, carried: Carried) -> str | None:
        """Why what the annotation says of an allele is not known beside another one, if so."""
        if not may_change_codon(said.terms) or carried.variant.alt == UNTOLD:
            return None
        own = Allele.of(carried.record, carried.number, carried.variant)
        genes = tuple(self.annotated.beside.genes_of(carried.record))
        if self._taking_in(genes).leave_none(carried, own):
            return DELETED
        near = list(islice(self.annotated.beside.near(own), MOST + 1))
        if len(near) > MOST or any(in_one_codon(self.annotated, said, carried, group) for group in near):
            return IN_ONE_CODON
        if self._is_crowded(genes):
            return CROWDED
        breaks = self._breaks_of(said, carried, genes)
        rejoined, behind = breaks.problem(said, carried, self._counts(said, carried)), breaks.behind
        if FRAMESHIFT in said.terms:
            shifted = rejoined == BEHIND_BREAK or (rejoined is None and self._may_shift_back(said, carried, behind))
            return SHIFTED_BACK if shifted else rejoined
        if self._may_lie_behind_shift(said, carried, behind):
            return BEHIND_SHIFT
        return BEHIND_STOP if self._may_lie_behind_stop(said, carried, behind) else rejoined

    def _taking_in(self, genes: tuple[str, ...]) -> Taking:
        if genes not in self._taking:
            self._taking[genes] = Taking.of(self.annotated, self.rearranged, genes)
        return self._taking[genes]

    def _breaks_of(self, said: Consequence, carried: Carried, genes: tuple[str, ...]) -> Breaks:
        key = context(said, carried, genes)
        if key not in self._breaks:
            self._breaks[key] = Breaks(Behind(self.annotated, said, carried), self.rearranged)
        return self._breaks[key]

    def _is_crowded(self, genes: tuple[str, ...]) -> bool:
        """Whether some genes have so many carried alleles on so many transcripts that they are not compared."""
        if genes not in self._crowded:
            groups = list(self.annotated.beside.of_genes(genes))
            told = chain.from_iterable(map(self.annotated.told, groups))
            names = {(each.transcript, each.hgnc_id, each.gene_id, each.gene_symbol) for each in told}
            self._crowded[genes] = len(groups) * len(names) > MOST_COMPARED
        return self._crowded[genes]

    def _may_shift_back(self, said: Consequence, carried: Carried, behind: Behind) -> bool:
        if behind.has_many_shifts(said, carried):
            return True
        counts, are_apart = self._counts(said, carried), self.annotated.apart_from(carried)

        def moving(by: int, most: int) -> bool:
            others = filter(counts, behind.moving_by[by].until(inf, are_apart))
            return len(list(islice(others, most))) == most

        shift = gain(carried.variant)
        return (shift != 0 and moving(3 - shift, 1)) or moving(shift, 2)

    def _may_lie_behind_shift(self, said: Consequence, carried: Carried, behind: Behind) -> bool:
        if behind.has_many_shifts(said, carried):
            return True
        before = behind.moving.until(last_residue(said), self.annotated.apart_from(carried))
        return any(map(self._counts(said, carried), before))

    def _may_lie_behind_stop(self, said: Consequence, carried: Carried, behind: Behind) -> bool:
        """Whether others may end the protein before it; what is no part of the protein then is no missense."""
        if not ENDS.isdisjoint(said.terms):
            return False
        counts = self._counts(said, carried)
        before = behind.ending.until(last_residue(said), self.annotated.apart_from(carried))
        return any(all(map(counts, groups)) for groups in before)

    def _counts(self, said: Consequence, carried: Carried) -> Callable[[Group], bool]:
        """Says of an allele whether it is another one that may lie beside this one, and was not read with it."""

        def counts(group: Group) -> bool:
            is_own = group[0].key == carried.variant
            return not (is_own or are_together(said, group) or self.annotated.apart(carried, group))

        return counts
