"""Carried alleles that may alter which exons of a transcript are joined, or take the bases of another allele."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from assigner.profiles.profile import StructuralKind
from assigner.rules.loci import Gene
from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.annotations.ontology import FRAMESHIFT, SPLICED, lies_in_exon, may_break, may_rejoin
from assigner.vcf.annotations.picks import names_nothing, without_version
from assigner.vcf.annotations.residues import residues_of
from assigner.vcf.meaning.alleles import Allele, Carried
from assigner.vcf.meaning.annotated import Annotated, are_together, may_be_before, share_gene
from assigner.vcf.meaning.coding import Group
from assigner.vcf.meaning.exons import Span, comes_before, hits_site, may_be_altered, splice_sites
from assigner.vcf.meaning.haplotypes import BEHIND_BREAK, SITE_DIFFERS, leaves_none
from assigner.vcf.meaning.rearrangements import Rearrangement, Rearrangements
from assigner.vcf.meaning.unexplained import MayCode


@frozen(eq=False)
class Breaks:
    """Those of all files of a participant.

    Attributes:
        annotated: the small ones, with what annotations say of them.
        rearranged: those that are told by their ends.
    """

    annotated: Annotated
    rearranged: Rearrangements

    def problem(self, said: Consequence, carried: Carried, own: Allele) -> str | None:
        """Why others may alter which exons are joined where a consequence lies, if so; of a shift, anywhere."""
        for group in self.annotated.beside.in_genes(own):
            why = self._rejoined(said, carried, group)
            if why is not None and not are_together(said, group) and not self.annotated.apart(carried, group):
                return why
        for gene in self.annotated.genes_of(carried):
            for each in self.rearranged.beside(carried.variant, gene, self.annotated.panel):
                why = self._broken(said, carried, gene, each)
                if why is not None and not self.annotated.lies_apart(carried, [(each.record, each.call)]):
                    return why
        return None

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
