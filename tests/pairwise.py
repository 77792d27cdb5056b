"""What carried alleles do to each other's codons, said of each pair of them: the slow oracle of `Codons.problem`.

It asks every other allele of a gene about every consequence, as the first version did, and shares no summary with what
it judges: only who says what of which allele (`Annotated`), and what lies before what (`exons`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from attrs import frozen

from assigner.genome.variants import UNTOLD
from assigner.profiles.profile import StructuralKind
from assigner.rules.loci import Exons, Gene, span_on
from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.annotations.ontology import (
    ENDS,
    FRAMESHIFT,
    SPLICED,
    lies_in_exon,
    may_break,
    may_change_codon,
    may_rejoin,
)
from assigner.vcf.annotations.picks import names_nothing, numbers_of, without_version
from assigner.vcf.annotations.residues import residues_of
from assigner.vcf.meaning.alleles import ANY_GAIN, Allele, Carried, gain
from assigner.vcf.meaning.annotated import MOST, Annotated, are_together, changes_codon, share_gene
from assigner.vcf.meaning.coding import Group
from assigner.vcf.meaning.exons import IN_CODON, Span, altered_from, bases_before, hits_site, splice_sites
from assigner.vcf.meaning.haplotypes import (
    BEHIND_BREAK,
    BEHIND_SHIFT,
    BEHIND_STOP,
    DELETED,
    IN_ONE_CODON,
    SHIFTED_BACK,
    SITE_DIFFERS,
    leaves_none,
)
from assigner.vcf.meaning.rearrangements import Rearrangement, Rearrangements
from assigner.vcf.meaning.unexplained import MayCode


@frozen(eq=False)
class PairwiseBreaks:
    """Those of all files of a participant.

    Attributes:
        annotated: the small ones, with what annotations say of them.
        rearranged: those that are told by their ends.
    """

    annotated: Annotated
    rearranged: Rearrangements

    def problem(self, said: Consequence, carried: Carried, own: Allele) -> str | None:
        """Why others may alter which exons are joined where a consequence lies, if so; of a shift, anywhere."""
        found = set()
        for group in self.annotated.beside.in_genes(own):
            why = self._rejoined(said, carried, group)
            if why is not None and not are_together(said, group) and not self.annotated.apart(carried, group):
                found.add(why)
        for gene in self.annotated.genes_of(carried):
            span = span_on(gene, self.annotated.panel.build)
            for each in self.rearranged.by_gene.get(gene.symbol, ()):
                if each.deletes(carried.variant) or each.keeps(*span):
                    continue
                why = self._broken(said, carried, gene, each)
                if why is not None and not self.annotated.lies_apart(carried, [(each.record, each.call)]):
                    found.add(why)
        return SITE_DIFFERS if SITE_DIFFERS in found else BEHIND_BREAK if found else None

    def leave_none(self, carried: Carried, own: Allele) -> bool:
        """Whether a deletion takes the bases of an allele and leaves no haplotype for it."""
        for gene in self.annotated.genes_of(carried):
            for each in self.rearranged.by_gene.get(gene.symbol, ()):
                if each.deletes(carried.variant) and leaves_none(each.record, each.call, carried.record, carried.call):
                    return True
        taking = (one for group in self.annotated.beside.in_genes(own) if group[0].takes(own) for one in group)
        return any(leaves_none(one.record, self.annotated.call(one), carried.record, carried.call) for one in taking)

    def _rejoined(self, said: Consequence, carried: Carried, group: Group) -> str | None:
        """Why another allele may alter a splice site before a consequence, or of its exon, if so."""
        own, ends = self.annotated.on_transcript(said, group), (group[0].first, group[0].last)
        if self._differ(said, carried, own, ends):
            return SITE_DIFFERS
        changed = min(ends), max(ends)
        rejoining = (each for each in own or self.annotated.of_gene(said, group) if each.at is None and each.terms)
        if any(may_rejoin(each.terms) and self._may_reach(said, carried, each, changed) for each in rejoining):
            return BEHIND_BREAK
        if own or not self._meets_site(carried, changed):
            return None
        hits = any(hits_site(spans, *ends) for _, spans in self.annotated.exons_of(said, carried))
        return BEHIND_BREAK if hits and self._may_reach(said, carried, None, changed) else None

    def _meets_site(self, carried: Carried, changed: Span) -> bool:
        """Whether some bases of an allele's chromosome have one of a splice site among them, of whichever gene."""
        return self.annotated.panel.cached(splice_sites).touches(carried.variant.chrom, *changed)

    def _differ(self, said: Consequence, carried: Carried, own: Sequence[Consequence], ends: Span) -> bool:
        """Whether annotation and exons differ on a splice site of a transcript where that alters what is read there.

        Args:
            said: the consequence.
            carried: the allele that has it.
            own: what the annotation says of another allele on the transcript.
            ends: the first and the last base that this one changes; of an insertion, the one behind it comes first.
        """
        changed = min(ends), max(ends)
        spliced = [each for each in own if not SPLICED.isdisjoint(each.terms)]
        silent = bool(own) and self._meets_site(carried, changed)
        silent = silent and not any(each.at is not None or not each.terms or may_rejoin(each.terms) for each in own)
        for _, spans in self.annotated.exons_of(said, carried) if spliced or silent else ():
            if silent and hits_site(spans, *ends):
                return self._may_reach(said, carried, None, changed)
            if spliced and not hits_site(spans, *ends):
                return any(self._may_reach(said, carried, each, changed, by_exons=False) for each in spliced)
        return False

    def _broken(self, said: Consequence, carried: Carried, gene: Gene, other: Rearrangement) -> str | None:
        """Why another allele that is told by its ends may alter what a consequence is of, if so."""
        accession = without_version(said.transcript)
        own = [each for each in other.told if accession and without_version(each.transcript) == accession]
        if other.kind is not StructuralKind.BREAKEND and self._differ(said, carried, own, other.outer):
            return SITE_DIFFERS
        return BEHIND_BREAK if self._may_break(said, carried, gene, other, own) else None

    def _may_break(
        self, said: Consequence, carried: Carried, gene: Gene, other: Rearrangement, own: Sequence[Consequence]
    ) -> bool:
        """Whether it does by its ends and by what is said of it, on the transcript or else in the gene."""
        told = own or [each for each in other.told if names_nothing(each) or share_gene(each, said)]
        reaches = (self._may_reach(said, carried, each, other.outer, cut=other.cut) for each in told or (None,))
        if other.kind is StructuralKind.BREAKEND:
            return any(reaches)
        if told:
            return any(not each.terms or may_break(each.terms) for each in told) and any(reaches)
        may_code = self.annotated.panel.cached(MayCode.of).genes(gene.chrom, *other.outer)
        return gene.symbol in may_code and any(reaches)

    def _may_reach(
        self,
        said: Consequence,
        carried: Carried,
        other: Consequence | None,
        changed: Span,
        *,
        cut: bool = False,
        by_exons: bool = True,
    ) -> bool:
        """Whether a consequence may lie in an exon that a change alters, or behind it; unless it is shown not to.

        A shift of the reading frame is beside each: both may keep the frame of what follows.
        """
        if FRAMESHIFT in said.terms:
            return True
        for exons, spans in self.annotated.exons_of(said, carried) if by_exons else ():
            altered = may_be_altered(exons, spans, changed, (carried.variant.pos, carried.variant.end), cut=cut)
            if altered is not None:
                return altered
        if other is None:
            return True
        if residues_of(other) is not None and lies_in_exon(other.terms):
            return may_be_before([other], said)
        return comes_before(other, said) is not False


@frozen(eq=False)
class Pairwise:
    """Says of the alleles of a participant's files which consequences are not known because of the others.

    Attributes:
        annotated: the carried alleles, with what annotations say of them.
        breaks: those of them, and others, that may alter which exons are joined.
    """

    annotated: Annotated
    breaks: PairwiseBreaks

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
        for group in (each for each in self.annotated.beside.in_genes(own) if each[0].gains != {0}):
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


def may_be_before(those: Iterable[Consequence], said: Consequence) -> bool:
    """Whether any of some consequences may lie before another one in the protein, or in the same codon."""
    mine = residues_of(said)
    theirs = (residues_of(each) for each in those)
    return any(mine is None or each is None or each[0] <= mine[1] for each in theirs)


def may_be_altered(exons: Exons, spans: Sequence[Span], changed: Span, at: Span, *, cut: bool) -> bool | None:
    """Whether some bases may not be read as they were beside a change; None where the strand is not told."""
    if exons.strand is None:
        return None
    base = altered_from(spans, exons.strand, changed, cut=cut)
    if base is None:
        return False
    place = at[1] if exons.strand == "plus" else at[0]
    return bases_before(spans, exons.strand, place) >= bases_before(spans, exons.strand, base) - IN_CODON


def comes_before(one: Consequence, other: Consequence) -> bool | None:
    """Whether the first exon or intron of one consequence comes before another one's exon, or has its number."""
    theirs, own = [numbers_of(each) for each in (one.exon, one.intron)], numbers_of(other.exon)
    firsts = [numbers[0] for numbers in theirs if numbers is not None]
    return None if not firsts or own is None else min(firsts) <= own[1]
