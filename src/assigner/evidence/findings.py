"""Findings: what each criterion answers for each gene, locus and variant, gathered by gene."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from attrs import field, frozen

from assigner.caches import Cached
from assigner.evidence.unknowns import Why
from assigner.rules.schema import RuleSet
from assigner.truth import Truth
from assigner.values import Private

CERTAIN = 1_000_000
"""Certainty in parts per million: the bound where nothing better is known."""


@frozen(kw_only=True, repr=False)
class Finding(Private):
    """One criterion asked of one gene, locus or variant.

    Attributes:
        loci: the ids of what was asked: alleles, repeats, markers, or places of variants; none for a whole gene.
        tier: the class of evidence.
        strength: what it is worth if true, in thousandths of one full allele.
        partly: what an unknown one may be worth instead: one copy of a common allele where two would be worth
            `strength`; 0 when there is no such half.
        at_least: of an unknown one that may be worth anything up to `strength`, what it is worth whatever is learnt;
            None of all others, which count or do not.
        revocable: true as far as is known, but its variant may yet count by a stronger criterion instead.
        carrier_ppm: an upper bound of the chance that an unknown one is true, in parts per million: the rule set's
            prior, or certainty where the file shows something that could not be believed or distinguished.
        shown: the genotype, sizes or letters, for people.
        why: why an unknown one is unknown; None of all others.
    """

    criterion: str
    gene: str
    loci: tuple[str, ...]
    truth: Truth
    tier: int
    strength: int
    partly: int = 0
    at_least: int | None = None
    revocable: bool = False
    carrier_ppm: int = 0
    shown: str = field(default="", eq=False)
    why: Why | None = field(default=None, eq=False)

    @property
    def about(self) -> tuple[str, ...]:
        """The loci, or the gene where it is about all of it."""
        return self.loci or (self.gene,)


@frozen(eq=False, slots=False)
class GeneFindings(Cached):
    """What was found of one gene.

    Attributes:
        shares: the categories that it speaks for, each with its share in thousandths.
        tiers: how many tiers the rule set has.
        places: where its findings stand among all.
    """

    gene: str
    shares: Mapping[str, int]
    tiers: int
    findings: tuple[Finding, ...]
    places: tuple[int, ...]


@frozen(eq=False, slots=False)
class Findings(Cached):
    """All that was found, gene by gene, in the order of their names.

    Attributes:
        apart: the genes that differ from the usual findings, with which these share all others: what is worked out of
            usual ones is worked out once, and then only of what differs.
    """

    genes: tuple[GeneFindings, ...]
    apart: tuple[GeneFindings, ...] = field(default=(), kw_only=True)
    _usual: Findings | None = field(default=None, kw_only=True)

    @property
    def usual(self) -> Findings:
        """Those from which `apart` differ; they are these themselves where there are no others."""
        return self if self._usual is None else self._usual

    @cached_property
    def by_name(self) -> dict[str, GeneFindings]:
        """The genes by their names."""
        return {gene.gene: gene for gene in self.genes}

    @cached_property
    def all(self) -> tuple[Finding, ...]:
        """All of it in the order in which it was asked."""
        by_place = {place: f for gene in self.genes for place, f in zip(gene.places, gene.findings, strict=True)}
        return tuple(map(by_place.__getitem__, range(len(by_place))))

    def at(self, places: Iterable[int]) -> tuple[Finding, ...]:
        """The findings at some places among all."""
        return tuple(map(self.all.__getitem__, places))

    @classmethod
    def of(cls, findings: Iterable[Finding], content: RuleSet) -> Findings:
        """Findings gathered by gene."""
        every = tuple(findings)
        places: dict[str, list[int]] = defaultdict(list)
        for at, finding in enumerate(every):
            places[finding.gene].append(at)
        genes = (gene_findings(gene, [every[at] for at in own], own, content) for gene, own in sorted(places.items()))
        return cls(tuple(genes))


def gene_findings(gene: str, findings: Iterable[Finding], places: Iterable[int], content: RuleSet) -> GeneFindings:
    """What was found of one gene of a rule set."""
    shares = content.shares_of.get(gene, {})
    return GeneFindings(gene, shares, len(content.decision.tiers), tuple(findings), tuple(places))
