"""Carried alleles of a participant that may change one codon: an annotation of each alone may be wrong for both.

Programs that annotate each record alone (Ensembl VEP, SnpEff, ANNOVAR, `bcftools csq --local-csq`) take the reference
for all other bases. Two changes of one codon on one haplotype make another residue than either (Wang et al., "Landscape
of multi-nucleotide variants in 125,748 human exomes and 15,708 genomes", Nature Communications 2020), and two shifts of
the reading frame may undo each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Self

from attrs import frozen

from assigner.genome.variants import UNTOLD
from assigner.rules.panels import Panel
from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.annotations.ontology import ENDS, FRAMESHIFT, may_change_codon
from assigner.vcf.annotations.residues import residues_of
from assigner.vcf.meaning.alleles import ANY_GAIN, Allele, Carried, gain
from assigner.vcf.meaning.annotated import MOST, Annotated, Reader, are_together, changes_codon, may_be_before
from assigner.vcf.meaning.breaks import Breaks
from assigner.vcf.meaning.coding import Group
from assigner.vcf.meaning.deletions import Deletions
from assigner.vcf.meaning.haplotypes import BEHIND_BREAK, BEHIND_SHIFT, BEHIND_STOP, DELETED, IN_ONE_CODON, SHIFTED_BACK
from assigner.vcf.meaning.rearrangements import Rearrangements
from assigner.vcf.records.record import Record


@frozen(eq=False)
class Codons:
    """Says of the alleles of a participant's files which consequences are not known because of the others.

    Attributes:
        annotated: the carried alleles, with what annotations say of them.
        breaks: those of them, and others, that may alter which exons are joined.
    """

    annotated: Annotated
    breaks: Breaks

    @classmethod
    def of(cls, readers: Iterable[Reader], rearranged: Rearrangements, deletions: Deletions, panel: Panel) -> Self:
        """Of all files of a participant."""
        annotated = Annotated.of(readers, deletions, panel)
        return cls(annotated, Breaks(annotated, rearranged))

    def stands_alone(self, record: Record) -> bool:
        """Whether a carried record surely changes what no other one does, and no other one what it does."""
        return self.annotated.beside.stands_alone(record)

    def problem(self, said: Consequence, carried: Carried) -> str | None:
        """Why what the annotation says of an allele is not known beside another one, if so."""
        if not may_change_codon(said.terms) or carried.variant.alt == UNTOLD:
            return None
        own = Allele.of(carried.record, carried.number, carried.variant)
        if self.breaks.leave_none(carried, own):
            return DELETED
        near = list(islice(self.annotated.beside.near(own), MOST + 1))
        if len(near) > MOST or any(self._in_one_codon(said, carried, group) for group in near):
            return IN_ONE_CODON
        rejoined = self.breaks.problem(said, carried, own)
        if FRAMESHIFT in said.terms:
            shifted = rejoined == BEHIND_BREAK or (rejoined is None and self._may_shift_back(said, carried, own))
            return SHIFTED_BACK if shifted else rejoined
        if self._may_lie_behind_shift(said, carried, own):
            return BEHIND_SHIFT
        if self._may_lie_behind_stop(said, carried, own):
            return BEHIND_STOP
        return rejoined

    def _in_one_codon(self, said: Consequence, carried: Carried, group: Group) -> bool:
        if are_together(said, group) or self.annotated.apart(carried, group):
            return False
        theirs, mine = self.annotated.on_transcript(said, group), residues_of(said)
        if not theirs:
            return self.annotated.may_code(said, carried, group)
        return any(changes_codon(each) and _may_meet(mine, residues_of(each)) for each in theirs)

    def _may_shift_back(self, said: Consequence, carried: Carried, own: Allele) -> bool:
        gains, shift = Counter[int](), gain(carried.variant)
        for at, (group, shifts) in enumerate(self._shifting(said, carried, own)):
            if at == MOST:
                return True
            if not self.annotated.apart(carried, group):
                gains.update(shifts)
            if gains[3 - shift] or gains[shift] > 1:
                return True
        return False

    def _may_lie_behind_shift(self, said: Consequence, carried: Carried, own: Allele) -> bool:
        for at, (group, shifts) in enumerate(self._shifting(said, carried, own)):
            if at == MOST:
                return True
            told = self.annotated.on_transcript(said, group)
            before = not told or may_be_before(told, said)
            if before and shifts != {0} and not self.annotated.apart(carried, group):
                return True
        return False

    def _may_lie_behind_stop(self, said: Consequence, carried: Carried, own: Allele) -> bool:
        """Whether others may end the protein before it; what is no part of the protein then is no missense."""
        for group in () if ENDS & {*said.terms} else self.annotated.beside.in_genes(own):
            ends = self._may_end_before(said, carried, group) or self._may_end_together(said, carried, own, group)
            if ends and not are_together(said, group) and not self.annotated.apart(carried, group):
                return True
        return False

    def _may_end_before(self, said: Consequence, carried: Carried, group: Group) -> bool:
        """Whether another allele alone may end the protein before a consequence.

        Of one of which its annotation tells nothing on the transcript what it says of others of the gene counts.
        """
        theirs = self.annotated.on_transcript(said, group)
        if theirs:
            return may_be_before([each for each in theirs if _may_end(each)], said)
        told = self.annotated.of_gene(said, group)
        return any(map(_may_end, told)) if told else self.annotated.may_code(said, carried, group)

    def _may_end_together(self, said: Consequence, carried: Carried, own: Allele, group: Group) -> bool:
        """Whether another allele may do so with a third one in its codon: two that are no stop alone may make one."""
        variant, theirs = group[0].variant, self.annotated.on_transcript(said, group)
        if variant is None or not may_be_before(theirs, said):
            return False
        beside = Carried(group[0].record, group[0].number, variant, self.annotated.call(group[0]))
        thirds = (third for third in self.annotated.beside.near(group[0]) if third[0].key != own.key)
        return any(
            changes_codon(each) and self._in_one_codon(each, beside, third)
            for third in thirds
            if not (are_together(said, third) or self.annotated.apart(carried, third))
            for each in theirs
            if each.at is None
        )

    def _shifting(self, said: Consequence, carried: Carried, own: Allele) -> Iterator[tuple[Group, frozenset[int]]]:
        """The others that may move the frame of the same transcript, and by how many bases each may."""
        for group in self.annotated.beside.shifting(own):
            theirs = self.annotated.on_transcript(said, group)
            coding = [each for each in theirs if changes_codon(each)]
            may_code = bool(coding) or (not theirs and self.annotated.may_code(said, carried, group))
            if are_together(said, group) or not may_code:
                continue
            exact = coding and all(FRAMESHIFT in each.terms for each in coding)
            yield group, group[0].gains if exact else ANY_GAIN


def _may_end(each: Consequence) -> bool:
    """Whether the protein may end at an allele; one that is read at another record is asked there."""
    return each.at is None and (not each.terms or not ENDS.isdisjoint(each.terms))


def _may_meet(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    """Whether two stretches of residues may have one in common; one that is not known may."""
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])
