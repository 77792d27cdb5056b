"""From findings to scores: for each category and tier the least and the most points it can have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

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


def shares_of(content: RuleSet) -> dict[str, dict[str, int]]:
    """Each gene's shares over the categories, in thousandths."""
    return {gene.symbol: {share.category: share.share for share in gene.shares} for gene in content.genes}


def score(findings: Sequence[Finding], content: RuleSet) -> tuple[Score, ...]:
    """The scores of all categories, in the rule set's order."""
    by_gene = strengths(findings)
    shares = shares_of(content)
    return tuple(
        Score(
            category.id,
            tuple(_span(tier, category.id, by_gene, shares) for tier in content.decision.tiers),
            tuple(
                sorted({gene for (_, gene), s in by_gene.items() if s.known * shares.get(gene, {}).get(category.id, 0)})
            ),
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
