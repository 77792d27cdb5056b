"""From findings to scores: for each category and tier the least and the most points it can have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from attrs import field, frozen

from assigner.findings import Finding
from assigner.rules.schema import RuleSet, Tier
from assigner.truth import Truth


@frozen
class Span:
    """Points of a category in a tier.

    Attributes:
        known: what is true now.
        least: what stays whatever is learnt.
        most: what there would be if all that is unknown were true.
    """

    known: int
    least: int
    most: int


@frozen
class Score:
    """One category's points by tier, and the genes that speak for it."""

    category: str
    tiers: tuple[Span, ...]
    genes: tuple[str, ...]


@frozen
class Strength:
    """What one gene is worth in one tier: its strongest finding, in thousandths of one full allele."""

    known: int = 0
    least: int = 0
    most: int = 0

    def with_finding(self, finding: Finding) -> Strength:
        """The strength when this finding is counted too."""
        if finding.truth is Truth.FALSE:
            return self
        true = finding.truth is Truth.TRUE
        return Strength(
            max(self.known, finding.strength if true else 0),
            max(self.least, finding.strength if true and not finding.revocable else 0),
            max(self.most, finding.strength),
        )


def strengths(findings: Iterable[Finding]) -> dict[tuple[int, str], Strength]:
    """By tier and gene; a gene counts once per tier, by its strongest finding."""
    found: dict[tuple[int, str], Strength] = defaultdict(Strength)
    for finding in findings:
        found[finding.tier, finding.gene] = found[finding.tier, finding.gene].with_finding(finding)
    return dict(found)


def score(findings: Sequence[Finding], content: RuleSet) -> tuple[Score, ...]:
    """The scores of all categories, in the rule set's order."""
    by_gene = strengths(findings)
    shares = {gene: own for (_, gene) in by_gene if (own := content.shares_of.get(gene))}
    counted = {place: strength for place, strength in by_gene.items() if place[1] in shares}
    return tuple(
        Score(
            category.id,
            tuple(_span(tier, category.id, counted, shares) for tier in content.decision.tiers),
            tuple(sorted({gene for (_, gene), s in counted.items() if s.known * shares[gene].get(category.id, 0)})),
        )
        for category in content.categories
    )


def _span(
    tier: Tier, category: str, by_gene: Mapping[tuple[int, str], Strength], shares: Mapping[str, Mapping[str, int]]
) -> Span:
    known = least = most = 0
    for (at, gene), strength in by_gene.items():
        share = shares.get(gene, {}).get(category, 0) if at == tier.tier else 0
        if share:
            known += strength.known * share // 1000
            least += strength.least * share // 1000
            most += strength.most * share // 1000
    cap = tier.cap if tier.cap is not None else most
    return Span(min(known, cap), min(least, cap), min(most, cap))


@frozen
class Known:
    """One category's points by tier, and how many genes speak for it: what a contest asks."""

    category: str
    points: tuple[int, ...]
    genes: int


Strengths = Mapping[str, tuple[int, ...]]
"""What each gene is worth by tier, in thousandths of one full allele."""


@frozen
class Tally:
    """What categories have when genes are worth so much, and what they would have if some were worth something else."""

    content: RuleSet
    strengths: Strengths
    sums: dict[str, list[int]] = field(init=False, repr=False)
    genes: dict[str, int] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        names = [category.id for category in self.content.categories]
        sums, genes = {name: [0] * len(self.content.decision.tiers) for name in names}, dict.fromkeys(names, 0)
        for gene, strength in self.strengths.items():
            _add(sums, genes, self.content.shares_of.get(gene, {}), strength, 1)
        object.__setattr__(self, "sums", sums)
        object.__setattr__(self, "genes", genes)

    @classmethod
    def of(cls, findings: Iterable[Finding], content: RuleSet) -> Tally:
        """The tally of what is true now."""
        return cls(content, strengths_of(findings, len(content.decision.tiers)))

    def known(self, changed: Strengths | None = None) -> tuple[Known, ...]:
        """All categories' points, in the rule set's order; `changed` genes count by their new strengths."""
        sums, genes = {name: list(line) for name, line in self.sums.items()}, dict(self.genes)
        for gene, strength in (changed or {}).items():
            shares = self.content.shares_of.get(gene, {})
            if gene in self.strengths:
                _add(sums, genes, shares, self.strengths[gene], -1)
            _add(sums, genes, shares, strength, 1)
        return self._capped(sums, genes)

    def known_with(self, shares: Mapping[str, int], strength: Sequence[int]) -> tuple[Known, ...]:
        """All categories' points when one gene more speaks for them, with these shares."""
        sums, genes = {name: list(line) for name, line in self.sums.items()}, dict(self.genes)
        _add(sums, genes, shares, strength, 1)
        return self._capped(sums, genes)

    def _capped(self, sums: Mapping[str, Sequence[int]], genes: Mapping[str, int]) -> tuple[Known, ...]:
        caps = [tier.cap for tier in self.content.decision.tiers]
        return tuple(
            Known(
                name,
                tuple(p if cap is None else min(p, cap) for p, cap in zip(line, caps, strict=True)),
                genes[name],
            )
            for name, line in sums.items()
        )


def strengths_of(findings: Iterable[Finding], tiers: int) -> dict[str, tuple[int, ...]]:
    """By gene, what its true findings are worth in each tier."""
    found: dict[str, list[int]] = {}
    for finding in findings:
        if finding.truth is Truth.TRUE:
            line = found.setdefault(finding.gene, [0] * tiers)
            line[finding.tier - 1] = max(line[finding.tier - 1], finding.strength)
    return {gene: tuple(line) for gene, line in found.items()}


def _add(
    sums: dict[str, list[int]], genes: dict[str, int], shares: Mapping[str, int], strength: Sequence[int], sign: int
) -> None:
    for name, share in shares.items():
        line = sums[name]
        for at, worth in enumerate(strength):
            line[at] += sign * (worth * share // 1000)
        genes[name] += sign * (share > 0 and any(strength))
