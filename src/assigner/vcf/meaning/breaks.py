"""Carried alleles that may alter which exons of a transcript are joined, or take the bases of another allele."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Self

from attrs import frozen

from assigner.profiles.profile import StructuralKind
from assigner.rules.loci import Gene, span_on
from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.annotations.ontology import SPLICED, may_break, may_rejoin
from assigner.vcf.annotations.picks import names_nothing, without_version
from assigner.vcf.meaning.alleles import Allele, Carried
from assigner.vcf.meaning.annotated import MOST, Annotated, share_gene
from assigner.vcf.meaning.behind import Behind
from assigner.vcf.meaning.coding import Group
from assigner.vcf.meaning.covering import Covering
from assigner.vcf.meaning.exons import Span, hits_site, splice_sites
from assigner.vcf.meaning.haplotypes import BEHIND_BREAK, SITE_DIFFERS, leaves_none
from assigner.vcf.meaning.ranked import Ranked, Shown, Thing
from assigner.vcf.meaning.reaches import Reach, Scale, places_of, reach
from assigner.vcf.meaning.rearrangements import Rearrangement, Rearrangements
from assigner.vcf.meaning.unexplained import MayCode


@frozen(eq=False)
class Breaks:
    """Those of all files of a participant that may matter to the consequences of one context.

    Attributes:
        behind: the small ones, with what annotations say of them.
        rearranged: those that are told by their ends.
    """

    behind: Behind
    rearranged: Rearrangements

    def problem(self, said: Consequence, carried: Carried, counts: Callable[[Group], bool]) -> str | None:
        """Why others may alter which exons are joined where a consequence lies, if so; of a shift, anywhere.

        That annotation and exons differ is told first, so that no order of the alleles decides it.

        Args:
            said: the consequence.
            carried: its allele.
            counts: says of a small allele whether it is another one that may lie beside this one.
        """
        annotated, places = self.behind.annotated, places_of(said, carried.variant, self.behind.exons)
        are_apart = annotated.apart_from(carried)

        def alters(each: Rearrangement) -> bool:
            return not (each.deletes(carried.variant) or annotated.lies_apart(carried, [(each.record, each.call)]))

        for why in (SITE_DIFFERS, BEHIND_BREAK):
            small, large = self._small[why], self._large[why]
            if _any(small, places, are_apart, counts) or _any(large, places, are_apart, alters):
                return why
        return None

    @cached_property
    def _small(self) -> Mapping[str, Mapping[Scale, Ranked[Group]]]:
        annotated, groups = self.behind.annotated, self.behind.groups
        return {
            why: _by_scale((each, [annotated.shown(group)], group) for group in groups for each in reaches(group))
            for why, reaches in ((SITE_DIFFERS, self._differing), (BEHIND_BREAK, self._rejoining))
        }

    @cached_property
    def _large(self) -> Mapping[str, Mapping[Scale, Ranked[Rearrangement]]]:
        found: dict[str, list[tuple[Reach, Sequence[Shown], Rearrangement]]] = {SITE_DIFFERS: [], BEHIND_BREAK: []}
        for gene in self.behind.annotated.genes_of(self.behind.carried):
            span = span_on(gene, self.behind.annotated.panel.build)
            for other in self.rearranged.by_gene.get(gene.symbol, ()):
                shown = [Shown.of([other.call])]
                for why, each in () if other.keeps(*span) else self._broken(gene, other):
                    found[why].append((each, shown, other))
        return {why: _by_scale(those) for why, those in found.items()}

    def _differing(self, group: Group) -> Iterator[Reach]:
        """From where on an allele alters what is read at a splice site on which annotation and exons differ, if so."""
        own = self.behind.annotated.on_transcript(self.behind.said, group)
        return self._differ(own, (group[0].first, group[0].last))

    def _rejoining(self, group: Group) -> Iterator[Reach]:
        """From where on it may alter which exons are joined, if it may."""
        annotated, said = self.behind.annotated, self.behind.said
        own, ends = annotated.on_transcript(said, group), (group[0].first, group[0].last)
        changed = min(ends), max(ends)
        for each in own or annotated.of_gene(said, group):
            if each.at is None and each.terms and may_rejoin(each.terms):
                yield reach(each, changed, self.behind.exons)
        if not own and self._meets_site(changed) and any(hits_site(spans, *ends) for _, spans in self.behind.exons):
            yield reach(None, changed, self.behind.exons)

    def _meets_site(self, changed: Span) -> bool:
        """Whether some bases of the chromosome have one of a splice site among them, of whichever gene."""
        sites = self.behind.annotated.panel.cached(splice_sites)
        return sites.touches(self.behind.carried.variant.chrom, *changed)

    def _differ(self, own: Sequence[Consequence], ends: Span) -> Iterator[Reach]:
        """From where on what differs between annotation and exons on a splice site alters what is read, if it does.

        Args:
            own: what the annotation says of an allele on the transcript.
            ends: the first and the last base that this one changes; of an insertion, the one behind it comes first.
        """
        changed = min(ends), max(ends)
        spliced = [each for each in own if not SPLICED.isdisjoint(each.terms)]
        silent = bool(own) and self._meets_site(changed)
        silent = silent and not any(each.at is not None or not each.terms or may_rejoin(each.terms) for each in own)
        for _, spans in self.behind.exons if spliced or silent else ():
            if silent and hits_site(spans, *ends):
                yield reach(None, changed, self.behind.exons)
                return
            if spliced and not hits_site(spans, *ends):
                yield from (reach(each, changed, ()) for each in spliced)
                return

    def _broken(self, gene: Gene, other: Rearrangement) -> Iterator[tuple[str, Reach]]:
        """Why, and from where on, an allele that is told by its ends may alter what is read, if it may."""
        accession = without_version(self.behind.said.transcript)
        own = [each for each in other.told if accession and without_version(each.transcript) == accession]
        if other.kind is not StructuralKind.BREAKEND:
            yield from ((SITE_DIFFERS, each) for each in self._differ(own, other.outer))
        yield from ((BEHIND_BREAK, each) for each in self._breaking(gene, other, own))

    def _breaking(self, gene: Gene, other: Rearrangement, own: Sequence[Consequence]) -> Iterator[Reach]:
        """The same by its ends and by what is said of it, on the transcript or else in the gene."""
        said, panel = self.behind.said, self.behind.annotated.panel
        told = own or [each for each in other.told if names_nothing(each) or share_gene(each, said)]
        if other.kind is StructuralKind.BREAKEND:
            may_alter = True
        elif told:
            may_alter = any(not each.terms or may_break(each.terms) for each in told)
        else:
            may_alter = gene.symbol in panel.cached(MayCode.of).genes(gene.chrom, *other.outer)
        for each in (told or (None,)) if may_alter else ():
            yield reach(each, other.outer, self.behind.exons, cut=other.cut)


@frozen(eq=False)
class Taking:
    """The carried deletions in some genes, by the bases that each takes.

    Attributes:
        annotated: the small alleles, with what annotations say of them.
        small: those of them that are deletions.
        large: the deletions that are told by their ends.
    """

    annotated: Annotated
    small: Covering[Group]
    large: Covering[Rearrangement]

    @classmethod
    def of(cls, annotated: Annotated, rearranged: Rearrangements, genes: Iterable[str]) -> Self:
        """Those in some genes."""
        genes = list(genes)
        small = (group for group in annotated.beside.of_genes(genes) if group[0].is_deletion)
        large = {each.key: each for gene in genes for each in rearranged.by_gene.get(gene, ())}
        deletions = (each for each in large.values() if each.kind is StructuralKind.DELETION)
        return cls(
            annotated,
            Covering.of((group[0].first, group[0].last, group) for group in small),
            Covering.of((*each.inner, each) for each in deletions if each.inner is not None),
        )

    def leave_none(self, carried: Carried, own: Allele) -> bool:
        """Whether a deletion takes the bases of an allele and leaves no haplotype for it; of too many, one may."""
        first, last = min(own.first, own.last), max(own.first, own.last)
        small = (group for group in self.small.over(first, last) if group[0].key != own.key)
        large = self.large.over(carried.variant.pos, carried.variant.end)
        groups, rearranged = list(islice(small, MOST + 1)), list(islice(large, MOST + 1))
        if max(len(groups), len(rearranged)) > MOST:
            return True
        theirs = [(one.record, self.annotated.call(one)) for group in groups for one in group]
        theirs += [(each.record, each.call) for each in rearranged]
        return any(leaves_none(*each, carried.record, carried.call) for each in theirs)


def _by_scale(those: Iterable[tuple[Reach, Sequence[Shown], Thing]]) -> Mapping[Scale, Ranked[Thing]]:
    found: dict[Scale, list[tuple[float, Sequence[Shown], Thing]]] = defaultdict(list)
    for (scale, place), shown, thing in those:
        found[scale].append((place, shown, thing))
    return {scale: Ranked.of(own) for scale, own in found.items()}


def _any(
    those: Mapping[Scale, Ranked[Thing]],
    places: Mapping[Scale, float],
    are_apart: Callable[[Shown], bool],
    counts: Callable[[Thing], bool],
) -> bool:
    """Whether any of some alleles that may alter what is read at a place counts."""
    return any(counts(each) for scale, own in those.items() for each in own.until(places[scale], are_apart))
