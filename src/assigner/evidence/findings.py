"""Findings: what each criterion gives for each gene, locus and variant, and how they are kept gene by gene."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from operator import itemgetter

from attrs import field, frozen

from assigner.caches import Once
from assigner.rules.schema import RuleSet
from assigner.truth import Truth

CERTAIN = 1_000_000
"""Certainty in parts per million: the bound where nothing better is known."""


@frozen(kw_only=True)
class Finding:
    """One criterion asked of one gene, locus or variant.

    Attributes:
        loci: the ids of what was asked: alleles, repeats, markers, `GENE` for a whole gene, or places of variants.
        tier: the class of evidence.
        strength: what it is worth if true, in thousandths of one full allele.
        partly: what an unknown one may be worth instead: one copy of a common allele where two would be worth
            `strength`; 0 when there is no such half.
        revocable: true as far as is known, but its variant may yet count by a stronger criterion instead.
        carrier_ppm: an upper bound of the chance that an unknown one is true, in parts per million: the rule set's
            prior, or certainty where the file shows something that could not be believed or told apart.
        shown: the genotype, sizes or letters, for people.
    """

    criterion: str
    gene: str
    loci: tuple[str, ...]
    truth: Truth
    tier: int
    strength: int
    partly: int = 0
    revocable: bool = False
    carrier_ppm: int = 0
    shown: str = field(default="", eq=False)


@frozen(eq=False, slots=False)
class GeneFindings(Once):
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
class Findings(Once):
    """All that was found, gene by gene, in the order of their names.

    Attributes:
        begun: what most of it is taken from, if it was; what is summed up of that is not summed up again.
        changed: the places of the genes in which it is not.
    """

    genes: tuple[GeneFindings, ...]
    begun: Findings | None = field(default=None, repr=False)
    changed: tuple[int, ...] = field(default=(), repr=False)

    @property
    def base(self) -> Findings:
        """What most of it is taken from."""
        return self.begun or self

    @property
    def order(self) -> Mapping[str, int]:
        """Where each gene stands."""
        return self.base.once(_order)

    @property
    def changes(self) -> Iterator[tuple[GeneFindings, GeneFindings]]:
        """The genes in which it is not what most of it is taken from, as they are there and here."""
        return ((self.base.genes[at], self.genes[at]) for at in self.changed)

    @cached_property
    def all(self) -> tuple[Finding, ...]:
        """All of it in the order in which it was asked."""
        if self.begun is None:
            by_place = [item for gene in self.genes for item in zip(gene.places, gene.findings, strict=True)]
            return tuple(finding for _, finding in sorted(by_place, key=itemgetter(0)))
        found = list(self.begun.all)
        for _, gene in self.changes:
            for place, finding in zip(gene.places, gene.findings, strict=True):
                found[place] = finding
        return tuple(found)

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


def _order(findings: Findings) -> dict[str, int]:
    return {gene.gene: at for at, gene in enumerate(findings.genes)}


def gene_findings(gene: str, findings: Iterable[Finding], places: Iterable[int], content: RuleSet) -> GeneFindings:
    """What was found of one gene of a rule set."""
    shares = content.shares_of.get(gene, {})
    return GeneFindings(gene, shares, len(content.decision.tiers), tuple(findings), tuple(places))
