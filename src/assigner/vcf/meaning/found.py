"""The variants that one file shows, collected while its records are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from assigner.genome.variants import Variant, are_bases, trimmed
from assigner.profiles.profile import Observed
from assigner.rules.panels import Panel
from assigner.vcf.meaning.codons import Codons
from assigner.vcf.meaning.deletions import Deletions
from assigner.vcf.meaning.genes import alleles_named
from assigner.vcf.meaning.unexplained import MayCode, OwnQuestions
from assigner.vcf.records.record import Record

if TYPE_CHECKING:
    from assigner.vcf.meaning.packed import Packed

Written: TypeAlias = tuple[str, int, str, tuple[str, ...]]
"""A variant as a record has it: chromosome, POS, REF and the ALTs that are alleles."""


def written(record: Record) -> Written:
    """The variants of a record as it has them."""
    return record.chrom or "", record.pos, record.ref, tuple(alleles_named(record))


def variants_of(items: Iterable[Written]) -> set[Variant]:
    """The variants that records write, as they are compared."""
    return {
        Variant(chrom, *trimmed(pos, ref, alt))
        for chrom, pos, ref, alts in items
        for alt in alts
        if are_bases(ref + alt) and ref != alt
    }


@frozen(kw_only=True)
class Seen:
    """What one file shows of unlisted variants.

    Attributes:
        told: those that its annotation may make evidence.
        unexplained: those in genes that are asked about of which no annotation says what they do there.
        left_out: how many more of these each gene has.
        explained: those whose consequences are told.
    """

    told: tuple[Observed, ...]
    unexplained: tuple[Observed, ...]
    left_out: Mapping[str, int]
    explained: tuple[Written, ...]


class Found:
    """What is found while the records of a file are read, up to so many unexplained variants a gene."""

    def __init__(
        self, panel: Panel, most: int | None, packed: Packed | None, codons: Codons, deletions: Deletions
    ) -> None:
        self.packed, self.codons, self.deletions = packed, codons, deletions
        self.told: list[Observed] = []
        self.unexplained: list[Observed] = []
        self.explained: list[Written] = []
        self._left_out: Counter[str] = Counter()
        self.own_questions = panel.cached(OwnQuestions.of)
        self._may_code, self._most = panel.cached(MayCode.of), most
        self._plain: Counter[tuple[str, bool]] = Counter()

    def opened(self, variant: Variant, last: int, *, plain: bool) -> frozenset[str]:
        """The genes that an unexplained variant leaves open and in which it is one of those that are named.

        Args:
            variant: what is carried.
            last: the last base that it may change.
            plain: whether nothing at all is said of it; such variants are alike, and enough of them are kept.
        """
        genes = self._may_code.genes(variant.chrom, variant.pos, last)
        length = len(variant.ref) != len(variant.alt)
        if not plain:
            return frozenset(genes)
        full = {gene for gene in genes if self._most is not None and self._plain[gene, length] >= self._most}
        self._left_out.update(full)
        self._plain.update((gene, length) for gene in genes if gene not in full)
        return frozenset(genes) - full

    def seen(self) -> Seen:
        """All of it."""
        return Seen(
            told=tuple(self.told),
            unexplained=tuple(self.unexplained),
            left_out=self._left_out,
            explained=tuple(self.explained),
        )
