"""From findings to scores: for each category and tier the least and the most points it can have."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from attrs import field, frozen

from assigner.evidence.findings import Finding, Findings, GeneFindings
from assigner.rules.schema import RuleSet
from assigner.truth import Truth

MOST_SPANS = 4096
"""How many spans are kept for who has the same points."""


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
        if finding.truth is Truth.FALSE or (finding.truth is Truth.UNKNOWN and finding.strength <= self.most):
            return self
        true = finding.truth is Truth.TRUE
        return Strength(
            max(self.known, finding.strength if true else 0),
            max(self.least, finding.strength if true and not finding.revocable else 0),
            max(self.most, finding.strength),
        )


NOTHING = Strength()


def strengths_by_tier(gene: GeneFindings) -> tuple[Strength, ...]:
    """What a gene is worth by tier; it counts once per tier, by its strongest finding."""
    line = [NOTHING] * gene.tiers
    for finding in gene.findings:
        line[finding.tier - 1] = line[finding.tier - 1].with_finding(finding)
    return tuple(line)


Parts = Mapping[tuple[str, int], tuple[int, int, int]]
"""What is added to a category in a tier: known, least and most."""


def _parts(gene: GeneFindings) -> Parts:
    """What a gene adds."""
    return {
        (category, tier): (
            strength.known * share // 1000,
            strength.least * share // 1000,
            strength.most * share // 1000,
        )
        for tier, strength in enumerate(gene.once(strengths_by_tier), start=1)
        for category, share in gene.shares.items()
        if strength.most
    }


def _all_parts(findings: Findings) -> Parts:
    """What all genes add."""
    sums: dict[tuple[str, int], tuple[int, int, int]] = {}
    for gene in findings.genes:
        _plus(sums, gene.once(_parts))
    return sums


def _plus(sums: dict[tuple[str, int], tuple[int, int, int]], parts: Parts, sign: int = 1) -> None:
    for key, (known, least, most) in parts.items():
        now = sums.get(key, (0, 0, 0))
        sums[key] = now[0] + sign * known, now[1] + sign * least, now[2] + sign * most


def score(findings: Findings, content: RuleSet) -> tuple[Score, ...]:
    """The scores of all categories, in the rule set's order."""
    sums = dict(findings.base.once(_all_parts))
    for before, gene in findings.changes:
        _plus(sums, before.once(_parts), -1)
        _plus(sums, gene.once(_parts))
    speaking = _speaking(findings)
    tiers = content.decision.tiers
    return tuple(
        Score(
            category.id,
            tuple(_span(sums.get((category.id, at), (0, 0, 0)), tier.cap) for at, tier in enumerate(tiers, start=1)),
            tuple(name for name, gene in speaking.items() if category.id in gene.shares),
        )
        for category in content.categories
    )


@lru_cache(maxsize=MOST_SPANS)
def _span(points: tuple[int, int, int], cap: int | None) -> Span:
    return Span(*points) if cap is None else Span(*(min(each, cap) for each in points))


def _speaking(findings: Findings) -> dict[str, GeneFindings]:
    """The genes of which anything is true, in the order of their names."""
    found = dict(findings.base.once(_all_speaking))
    for before, gene in findings.changes:
        found.pop(before.gene, None)
        if any(gene.once(known_by_tier)):
            found[gene.gene] = gene
    return dict(sorted(found.items()))


def _all_speaking(findings: Findings) -> dict[str, GeneFindings]:
    return {gene.gene: gene for gene in findings.genes if any(gene.once(known_by_tier))}


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
    caps: tuple[int, ...] = field(init=False, repr=False)

    @caps.default
    def _caps(self) -> tuple[int, ...]:
        return tuple(sys.maxsize if tier.cap is None else tier.cap for tier in self.content.decision.tiers)

    def __attrs_post_init__(self) -> None:
        names = [category.id for category in self.content.categories]
        sums, genes = {name: [0] * len(self.content.decision.tiers) for name in names}, dict.fromkeys(names, 0)
        for gene, strength in self.strengths.items():
            _add(sums, genes, self.content.shares_of.get(gene, {}), strength, 1)
        object.__setattr__(self, "sums", sums)
        object.__setattr__(self, "genes", genes)

    @property
    def state(self) -> tuple[object, ...]:
        """All sums, before any cap, and the numbers of genes: equal tallies of a rule set grow alike."""
        return tuple((name, self.genes[name], *line) for name, line in self.sums.items())

    @classmethod
    def of(cls, findings: Findings, content: RuleSet) -> Tally:
        """The tally of what is true now."""
        return cls(content, {name: gene.once(known_by_tier) for name, gene in _speaking(findings).items()})

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
        return tuple(Known(name, tuple(map(min, line, self.caps)), genes[name]) for name, line in sums.items())


def known_by_tier(gene: GeneFindings) -> tuple[int, ...]:
    """What a gene is known to be worth in each tier."""
    return tuple(strength.known for strength in gene.once(strengths_by_tier))


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
