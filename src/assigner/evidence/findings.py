"""Findings: the answer of each criterion for each gene, locus and variant, grouped by gene."""

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
"""Certainty in parts per million: the upper bound where nothing better is known."""


@frozen(kw_only=True, repr=False)
class Finding(Private):
    """The answer of one criterion for one gene, locus or variant.

    Attributes:
        loci: ids of the alleles, repeats or markers, or places of the variants; empty for a whole gene.
        tier: the tier of evidence.
        strength: its worth if true, in thousandths of one full allele.
        partly: for an unknown finding that may be one copy of a common allele where two would be worth `strength`, the
            worth of one copy; else 0.
        at_least: for an unknown finding that may be worth any value up to `strength`, its certain worth; None for all
            other findings.
        revocable: true now, but its variant may turn out to count by a stronger criterion instead.
        carrier_ppm: an upper bound of the chance that an unknown finding is true, in parts per million: the rule set's
            prior, or certainty where the file shows something that failed quality control or is ambiguous.
        shown: the genotype, sizes or letters, for people.
        why: why an unknown finding is unknown; None for all other findings.
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
        """The loci, or the gene where the finding is about the whole gene."""
        return self.loci or (self.gene,)


@frozen(eq=False, slots=False)
class GeneFindings(Cached):
    """The findings of one gene.

    Attributes:
        shares: the categories that the gene supports, each with its share in thousandths.
        tiers: how many tiers the rule set has.
        places: indexes of its findings among all findings.
    """

    gene: str
    shares: Mapping[str, int]
    tiers: int
    findings: tuple[Finding, ...]
    places: tuple[int, ...]


@frozen(eq=False, slots=False)
class Findings(Cached):
    """All findings, grouped by gene, sorted by gene name.

    Attributes:
        apart: the genes that differ from `usual`. All other genes are the same there, so sums over `usual` are cached
            and need corrections for `apart` only.
    """

    genes: tuple[GeneFindings, ...]
    apart: tuple[GeneFindings, ...] = field(default=(), kw_only=True)
    _usual: Findings | None = field(default=None, kw_only=True)

    @property
    def usual(self) -> Findings:
        """The findings shared with other participants; these findings themselves where nothing is shared."""
        return self if self._usual is None else self._usual

    @cached_property
    def by_name(self) -> dict[str, GeneFindings]:
        """The genes by their names."""
        return {gene.gene: gene for gene in self.genes}

    @cached_property
    def all(self) -> tuple[Finding, ...]:
        """All findings in the order in which they were made."""
        by_place = {place: f for gene in self.genes for place, f in zip(gene.places, gene.findings, strict=True)}
        return tuple(map(by_place.__getitem__, range(len(by_place))))

    def at(self, places: Iterable[int]) -> tuple[Finding, ...]:
        """The findings at some indexes of `all`."""
        return tuple(map(self.all.__getitem__, places))

    @classmethod
    def of(cls, findings: Iterable[Finding], content: RuleSet) -> Findings:
        """Group findings by gene."""
        every = tuple(findings)
        places: dict[str, list[int]] = defaultdict(list)
        for at, finding in enumerate(every):
            places[finding.gene].append(at)
        genes = (gene_findings(gene, [every[at] for at in own], own, content) for gene, own in sorted(places.items()))
        return cls(tuple(genes))


def gene_findings(gene: str, findings: Iterable[Finding], places: Iterable[int], content: RuleSet) -> GeneFindings:
    """The findings of one gene, with its shares in the rule set."""
    shares = content.shares_of.get(gene, {})
    return GeneFindings(gene, shares, len(content.decision.tiers), tuple(findings), tuple(places))
