"""From findings to scores: for each category and tier the least and the most points it can have.

Each rule of scoring is one function. A gene counts once per tier, by its strongest finding: `strongest_by_tier`. A
category gains its share of that strength, rounded down: `points_of_share`. The points of all genes are added up by
category and tier: `add`. A tier's cap limits the sums: `capped`.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain

from attrs import field, frozen

from assigner.evidence.findings import Finding, Findings, GeneFindings
from assigner.rules.schema import RuleSet
from assigner.truth import Truth

Strength = tuple[int, ...]
"""The worth of one gene by tier, in thousandths of one full allele."""

Strengths = Mapping[str, Strength]
"""The worth of each gene."""

Points = Mapping[str, tuple[int, ...]]
"""Points by category and tier, before any cap."""


def strongest_by_tier(worths: Iterable[tuple[int, int]], at_least: Sequence[int]) -> Strength:
    """The worth of a gene: in each tier that of its strongest finding.

    Args:
        worths: tier and strength of findings.
        at_least: the worth of the gene without them.

    >>> strongest_by_tier([(2, 500), (1, 300), (2, 800)], at_least=(400, 0, 0))
    (400, 800, 0)
    """
    line = list(at_least)
    for tier, strength in worths:
        if strength > line[tier - 1]:
            line[tier - 1] = strength
    return tuple(line)


def points_of_share(strength: int, share: int) -> int:
    """The points that a strength gives to a category with this share, in thousandths.

    >>> points_of_share(strength=999, share=500)
    499
    """
    return strength * share // 1000


def points_of(strength: Strength, shares: Mapping[str, int]) -> Points:
    """The points that a gene of this strength adds to each category with a share of it."""
    if not any(strength):
        return {}
    return {
        category: tuple([points_of_share(worth, share) for worth in strength])
        for category, share in shares.items()
        if share
    }


def add(sums: dict[str, tuple[int, ...]], points: Points) -> None:
    """Add points to sums."""
    for category, line in points.items():
        before = sums.get(category)
        sums[category] = line if before is None else tuple(map(operator.add, before, line))


def take(sums: dict[str, tuple[int, ...]], points: Points) -> None:
    """Subtract points that were added to the sums before."""
    for category, line in points.items():
        sums[category] = tuple(map(operator.sub, sums[category], line))


def capped(sums: Points, category: str, caps: Sequence[int]) -> tuple[int, ...]:
    """The points of a category by tier, limited by the caps."""
    line = sums.get(category)
    return (0,) * len(caps) if line is None else tuple(map(min, line, caps))


def caps_of(content: RuleSet) -> tuple[int, ...]:
    """The most points that any category may have, by tier."""
    return tuple(sys.maxsize if tier.cap is None else tier.cap for tier in content.decision.tiers)


def known_of(finding: Finding) -> int | None:
    """The worth of a finding that is certain now; None when none is."""
    match finding.truth:
        case Truth.TRUE:
            return finding.strength
        case Truth.UNKNOWN:
            return finding.at_least
        case Truth.FALSE:
            return None


def strengths_of(findings: Iterable[Finding], tiers: int) -> dict[str, Strength]:
    """The worth of each gene: of its true findings, and the certain part of its unknown ones."""
    worths: dict[str, list[tuple[int, int]]] = {}
    for finding in findings:
        if (known := known_of(finding)) is not None:
            worths.setdefault(finding.gene, []).append((finding.tier, known))
    nothing = (0,) * tiers
    return {gene: strongest_by_tier(own, nothing) for gene, own in worths.items()}


@frozen
class Worth:
    """The worth of one gene.

    Attributes:
        known: by the findings that are true now.
        least: in every completion.
        most: if all unknown findings were true.
    """

    known: Strength
    least: Strength
    most: Strength


def worth_of(gene: GeneFindings) -> Worth:
    """The worth of a gene."""
    nothing = (0,) * gene.tiers
    possible = [finding for finding in gene.findings if finding.truth is not Truth.FALSE]
    true = [(f, known) for f in possible if (known := known_of(f)) is not None]
    return Worth(
        known=strongest_by_tier(((f.tier, known) for f, known in true), nothing) if true else nothing,
        least=strongest_by_tier(((f.tier, known) for f, known in true if not f.revocable), nothing)
        if true
        else nothing,
        most=strongest_by_tier(((f.tier, f.strength) for f in possible), nothing),
    )


@frozen
class Span:
    """Points of a category in a tier.

    Attributes:
        known: by the findings that are true now.
        least: in every completion.
        most: if all unknown findings were true.
    """

    known: int
    least: int
    most: int


@frozen
class Score:
    """One category's points by tier, and the genes that support it."""

    category: str
    tiers: tuple[Span, ...]
    genes: tuple[str, ...]


def score(findings: Findings, content: RuleSet) -> tuple[Score, ...]:
    """The scores of all categories, in the rule set's order."""
    caps, total = caps_of(content), findings.cached(total_of)
    return tuple(
        [
            Score(
                name,
                tuple(map(Span, *(capped(sums, name, caps) for sums in (total.known, total.least, total.most)))),
                tuple([gene.gene for gene in total.speaking if name in gene.shares]),
            )
            for name in (category.id for category in content.categories)
        ]
    )


@frozen
class _Added:
    """The points that one gene adds to each category."""

    known: Points
    least: Points
    most: Points


def _added(gene: GeneFindings) -> _Added:
    worth = gene.cached(worth_of)
    return _Added(*(points_of(strength, gene.shares) for strength in (worth.known, worth.least, worth.most)))


@frozen(eq=False)
class Total:
    """The points that all genes together add to each category.

    Attributes:
        speaking: the genes that have points now, sorted by name.
    """

    known: Points
    least: Points
    most: Points
    speaking: tuple[GeneFindings, ...]


def total_of(findings: Findings) -> Total:
    """The total of some findings: the cached total of the shared findings, corrected for the genes that differ."""
    usual = findings.usual.cached(_total)
    changed = [(findings.usual.by_name[own.gene].cached(_added), own.cached(_added)) for own in findings.apart]
    speaking = {gene.gene: gene for gene in usual.speaking} | {own.gene: own for own in findings.apart}
    return Total(
        _exchanged(usual.known, [(old.known, new.known) for old, new in changed]),
        _exchanged(usual.least, [(old.least, new.least) for old, new in changed]),
        _exchanged(usual.most, [(old.most, new.most) for old, new in changed]),
        tuple([gene for _, gene in sorted(speaking.items()) if gene.cached(_added).known]),
    )


def _total(findings: Findings) -> Total:
    added = [gene.cached(_added) for gene in findings.genes]
    return Total(
        _exchanged({}, [({}, own.known) for own in added]),
        _exchanged({}, [({}, own.least) for own in added]),
        _exchanged({}, [({}, own.most) for own in added]),
        tuple([gene for gene, own in zip(findings.genes, added, strict=True) if own.known]),
    )


def _exchanged(sums: Points, parts: Iterable[tuple[Points, Points]]) -> Points:
    """Sums after some genes' old points are subtracted and their new points added."""
    changed = dict(sums)
    for old, new in parts:
        take(changed, old)
        add(changed, new)
    return changed


@frozen
class Entry:
    """One category in a contest: its points by tier, and how many genes support it."""

    category: str
    points: tuple[int, ...]
    genes: int


@frozen(slots=False)
class Tally:
    """The points of the categories for given worths of genes, and what they would be if some genes changed.

    Attributes:
        left_out: categories excluded from the contest.
        sums, genes: points and number of supporting genes by category, before any cap.
    """

    content: RuleSet
    strengths: Strengths
    left_out: frozenset[str] = frozenset()
    caps: tuple[int, ...] = field(init=False, repr=False)
    sums: dict[str, tuple[int, ...]] = field(init=False, repr=False, factory=dict)
    genes: dict[str, int] = field(init=False, repr=False, factory=dict)

    @caps.default
    def _caps(self) -> tuple[int, ...]:
        return caps_of(self.content)

    def __attrs_post_init__(self) -> None:
        for gene, strength in self.strengths.items():
            _add_gene(self.sums, self.genes, self.points_of(gene, strength))

    @classmethod
    def of(cls, findings: Findings, content: RuleSet, left_out: frozenset[str] = frozenset()) -> Tally:
        """The tally of the findings that are true now."""
        known = {gene.gene: gene.cached(worth_of).known for gene in findings.cached(total_of).speaking}
        return cls(content, known, left_out)

    def points_of(self, gene: str, strength: Strength) -> Points:
        """The points that a gene adds if it has this strength."""
        return points_of(strength, self.content.shares_of.get(gene, {}))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All categories of the contest, in the rule set's order."""
        names = (category.id for category in self.content.categories)
        return tuple(self._entry(name, self.sums, self.genes) for name in names if name not in self.left_out)

    def entries_if(self, changed: Strengths) -> tuple[Entry, ...]:
        """As `entries`, with other strengths for these genes."""
        gone = [self.points_of(gene, self.strengths[gene]) for gene in changed if gene in self.strengths]
        return self.entries_with([self.points_of(gene, strength) for gene, strength in changed.items()], gone)

    def entries_with(self, new: Iterable[Points], gone: Iterable[Points] = ()) -> tuple[Entry, ...]:
        """As `entries`, after the points in `new` are added and those in `gone` subtracted."""
        sums: dict[str, tuple[int, ...]] = {}
        genes: dict[str, int] = {}
        added, taken = ((points, operator.add, 1) for points in new), ((points, operator.sub, -1) for points in gone)
        for points, change, count in chain(added, taken):
            for category, line in points.items():
                before = sums.get(category) or self.sums.get(category)
                sums[category] = line if before is None else tuple(map(change, before, line))
                genes[category] = genes.get(category, self.genes.get(category, 0)) + count
        return tuple([self._entry(now.category, sums, genes) if now.category in sums else now for now in self.entries])

    def _entry(self, category: str, sums: Points, genes: Mapping[str, int]) -> Entry:
        return Entry(category, capped(sums, category, self.caps), genes.get(category, 0))


def _add_gene(sums: dict[str, tuple[int, ...]], genes: dict[str, int], points: Points) -> None:
    """Add the points of a gene, and count it for each category that it supports."""
    add(sums, points)
    for category in points:
        genes[category] = genes.get(category, 0) + 1
