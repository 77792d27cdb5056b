"""What the carried alleles of some genes may do to all that lies behind them on a transcript, summed up once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from math import inf
from typing import TypeAlias

from attrs import frozen

from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.annotations.ontology import ENDS, FRAMESHIFT
from assigner.vcf.annotations.picks import without_version
from assigner.vcf.annotations.residues import residues_of
from assigner.vcf.meaning.alleles import ANY_GAIN, Carried, Key
from assigner.vcf.meaning.annotated import MOST, Annotated, are_together, changes_codon
from assigner.vcf.meaning.coding import Group
from assigner.vcf.meaning.ranked import Ranked
from assigner.vcf.meaning.reaches import OfExons, first_residue

Context: TypeAlias = tuple[str, str | None, str | None, str | None, tuple[str, ...], str]
"""What of a consequence and of its allele decides which others matter to it, but for where it lies."""


def context(said: Consequence, carried: Carried, genes: Iterable[str]) -> Context:
    """That of a consequence of an allele in some genes."""
    names = said.hgnc_id, said.gene_id, said.gene_symbol
    return (without_version(said.transcript), *names, tuple(genes), carried.variant.chrom)


@frozen(eq=False)
class Behind:
    """Those alleles, by what each may do and from where on; the same for all consequences of one context.

    Attributes:
        annotated: the alleles, with what annotations say of them.
        said: one of the consequences.
        carried: its allele.
    """

    annotated: Annotated
    said: Consequence
    carried: Carried

    @cached_property
    def groups(self) -> Sequence[Group]:
        """The alleles in the genes."""
        return [*self.annotated.beside.of_genes(self.annotated.beside.genes_of(self.carried.record))]

    @cached_property
    def exons(self) -> OfExons:
        """The exons that the rule set has of the transcript."""
        return [*self.annotated.exons_of(self.said, self.carried)]

    @cached_property
    def ending(self) -> Ranked[tuple[Group, ...]]:
        """Those that may end the protein by where it ends: one alone, or one with another one in its codon."""
        found = (each for group in self.groups for each in (*self._ending(group), *self._ending_together(group)))
        return Ranked.of((place, [*map(self.annotated.shown, groups)], groups) for place, groups in found)

    @cached_property
    def shifting(self) -> Mapping[Key, tuple[Group, frozenset[int]]]:
        """Those that may move the frame of the transcript, and by how many bases each may."""
        found = {}
        for group in self.groups:
            if group[0].gains == {0}:
                continue
            theirs = self.annotated.on_transcript(self.said, group)
            coding = [each for each in theirs if changes_codon(each)]
            if coding or (not theirs and self.annotated.may_code(self.said, self.carried, group)):
                exact = coding and all(FRAMESHIFT in each.terms for each in coding)
                found[group[0].key] = group, group[0].gains if exact else ANY_GAIN
        return found

    @cached_property
    def moving(self) -> Ranked[Group]:
        """The same, by where the frame may move."""
        told = ((self.annotated.on_transcript(self.said, group), group) for group, _ in self.shifting.values())
        return self._ranked((first_residue(theirs) if theirs else 0, group) for theirs, group in told)

    @cached_property
    def moving_by(self) -> Mapping[int, Ranked[Group]]:
        """Those that may move it by so many bases, wherever they lie."""
        every = self.shifting.values()
        return {by: self._ranked((0, group) for group, gains in every if by in gains) for by in ANY_GAIN}

    def has_many_shifts(self, said: Consequence, carried: Carried) -> bool:
        """Whether so many others may move the frame beside an allele that nothing is known of it."""
        if len(self.shifting) <= MOST:
            return False
        others = (
            group
            for key, (group, _) in self.shifting.items()
            if key != carried.variant and not are_together(said, group)
        )
        return len(list(islice(others, MOST + 1))) > MOST

    def _ranked(self, those: Iterable[tuple[float, Group]]) -> Ranked[Group]:
        return Ranked.of((place, [self.annotated.shown(group)], group) for place, group in those)

    def _ending(self, group: Group) -> Iterator[tuple[float, tuple[Group, ...]]]:
        """From where on nothing of the protein may be made as it was because of an allele, if it may be so.

        Of one of which its annotation tells nothing on the transcript what it says of others of the gene counts.
        """
        theirs = self.annotated.on_transcript(self.said, group)
        if theirs:
            place = first_residue([each for each in theirs if _may_end(each)])
        else:
            told = self.annotated.of_gene(self.said, group)
            ends = any(map(_may_end, told)) if told else self.annotated.may_code(self.said, self.carried, group)
            place = 0 if ends else inf
        if place < inf:
            yield place, (group,)

    def _ending_together(self, group: Group) -> Iterator[tuple[float, tuple[Group, ...]]]:
        """The same because of an allele with each other one of its codon: two that are no stop alone may make one."""
        variant, theirs = group[0].variant, self.annotated.on_transcript(self.said, group)
        changing = [each for each in theirs if each.at is None and changes_codon(each)]
        if variant is None or not changing:
            return
        place, near = first_residue(theirs), list(islice(self.annotated.beside.near(group[0]), MOST + 1))
        if len(near) > MOST:
            yield place, (group,)
            return
        own = Carried(group[0].record, group[0].number, variant, self.annotated.call(group[0]))
        for third in near:
            if any(in_one_codon(self.annotated, each, own, third) for each in changing):
                yield place, (group, third)


def in_one_codon(annotated: Annotated, said: Consequence, carried: Carried, group: Group) -> bool:
    """Whether an allele near another one may change its codon on one haplotype with it."""
    if are_together(said, group) or annotated.apart(carried, group):
        return False
    theirs, mine = annotated.on_transcript(said, group), residues_of(said)
    if not theirs:
        return annotated.may_code(said, carried, group)
    return any(changes_codon(each) and _may_meet(mine, residues_of(each)) for each in theirs)


def _may_end(each: Consequence) -> bool:
    """Whether the protein may end at an allele; one that is read at another record is asked there."""
    return each.at is None and (not each.terms or not ENDS.isdisjoint(each.terms))


def _may_meet(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    """Whether two stretches of residues may have one in common; one that is not known may."""
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])
