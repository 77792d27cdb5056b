"""Completions: every way in which the unknown findings may turn out.

An unknown finding comes out false, or true with its strength, or, where it may be one copy of a
common allele, with that copy's strength. Findings vary independently: that two variants exclude each other, or that one
variant fits two criteria, is ignored. So impossible completions are included, and no possible one is missing. A
revocable finding stays true, or becomes false when an unknown one of its gene in its tier or a stronger one is true,
since its variant may then count there. Other true and false findings do not change. A gene counts once per tier, by
its strongest true finding, and genes are independent of each other. A finding that may be worth anything up to its
strength (a polygenic score) comes out with what is certain of it, or with its strength; what lies between is bounded by
sums, and not tried (`OpenGene.is_graded`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import chain, groupby
from math import prod
from operator import attrgetter, itemgetter

from attrs import field, frozen

from assigner.caches import Cached
from assigner.decisions.scores import Points, Strength, points_of, strongest_by_tier, worth_of
from assigner.evidence.findings import Finding, Findings, GeneFindings
from assigner.truth import Truth


@frozen(eq=False, slots=False)
class Doubt:
    """Unknown findings of one gene and tier that are worth the same, so that each has the same effect if true.

    Attributes:
        worth: what one of them may be worth if true, largest first.
        places: indexes of the findings among all findings.
        alike: cache key: doubts with the same text have the same effect on the scores, whatever their gene.
    """

    gene: str
    tier: int
    worth: tuple[int, ...]
    findings: tuple[Finding, ...] = field(repr=False)
    places: tuple[int, ...] = field(repr=False)
    alike: str = field(repr=False)

    @cached_property
    def by_loci(self) -> tuple[tuple[tuple[str, ...], int], ...]:
        """The loci and the index of each finding, sorted by loci."""
        loci = (finding.about for finding in self.findings)
        return tuple(sorted(zip(loci, self.places, strict=True), key=itemgetter(0)))

    @cached_property
    def places_by_loci(self) -> tuple[int, ...]:
        """The indexes of the findings, sorted by loci."""
        return tuple([place for _, place in self.by_loci])

    @cached_property
    def carrier_ppm(self) -> int:
        """An upper bound of the chance that one of them is true."""
        return sum(finding.carrier_ppm for finding in self.findings)


Present = Mapping[Doubt, int]
"""The doubts that turn out true, each with its worth then."""

Places = tuple[int, ...]
"""Indexes of findings among all findings."""

TIER_AND_GENE = attrgetter("tier", "gene")


@frozen(eq=False, slots=False)
class OpenGene(Cached):
    """A gene with unknown findings that matter.

    Attributes:
        shares: the categories that the gene supports, each with its share in thousandths.
        known: what it is worth now.
        least: what it is worth in every completion.
        revocable: tier and strength of its revocable findings.
    """

    gene: str
    shares: Mapping[str, int]
    known: Strength
    least: Strength
    revocable: tuple[tuple[int, int], ...]
    doubts: tuple[Doubt, ...]

    @cached_property
    def points_now(self) -> Points:
        """What the gene adds to the categories now."""
        return points_of(self.known, self.shares)

    @cached_property
    def points_alone(self) -> dict[Doubt, tuple[Points, ...]]:
        """For each doubt, the points that the gene may add when only that doubt is true."""
        return {
            doubt: tuple(points_of(strength, self.shares) for strength in self.states_with({doubt}))
            for doubt in self.doubts
        }

    def points_with(self, doubts: Set[Doubt]) -> tuple[Points, ...]:
        """The points that the gene may add when exactly these of its doubts are true."""
        if len(doubts) == 1:
            return self.points_alone[next(iter(doubts))]
        return tuple(points_of(strength, self.shares) for strength in self.states_with(doubts))

    @cached_property
    def is_graded(self) -> bool:
        """Whether a doubt may be worth any value up to its maximum, so that `states` does not enumerate all."""
        return any(finding.at_least is not None for doubt in self.doubts for finding in doubt.findings)

    @cached_property
    def size(self) -> int:
        """An upper bound of the number of its states."""
        return prod(1 + len(doubt.worth) for doubt in self.doubts) << len(self.revocable)

    def states(self) -> Iterator[tuple[Present, Strength]]:
        """Every combination of its doubts, with the gene's worth by tier; in the first none is true."""
        for worths in itertools.product(*((0, *doubt.worth) for doubt in self.doubts)):
            pairs = zip(self.doubts, worths, strict=True)
            present = {doubt: worth for doubt, worth in pairs if worth}
            for strengths in self.worth_with(present):
                yield present, strengths

    def states_with(self, doubts: Set[Doubt]) -> Iterator[Strength]:
        """What the gene may be worth by tier when exactly these of its doubts are true."""
        true = [doubt for doubt in self.doubts if doubt in doubts]
        for worths in itertools.product(*(doubt.worth for doubt in true)):
            yield from self.worth_with(dict(zip(true, worths, strict=True)))

    def worth_with(self, present: Present) -> Iterator[Strength]:
        """What the gene may be worth by tier when exactly these doubts are true with these worths."""
        strongest = min((d.tier for d in self.doubts if d in present), default=len(self.least) + 1)
        stays = [(True, False) if tier >= strongest else (True,) for tier, _ in self.revocable]
        seen: set[Strength] = set()
        came_true = [(doubt.tier, present[doubt]) for doubt in self.doubts if doubt in present]
        for staying in itertools.product(*stays):
            left = [worth for worth, stay in zip(self.revocable, staying, strict=True) if stay]
            strength = strongest_by_tier([*left, *came_true], self.least)
            if strength not in seen:
                seen.add(strength)
                yield strength


def open_genes(findings: Findings) -> tuple[OpenGene, ...]:
    """The genes whose unknown findings could change the points of a category."""
    found = findings.usual.cached(_open_or_not) | {own.gene: own.cached(open_gene) for own in findings.apart}
    return tuple([gene for gene in found.values() if gene is not None])


def _open_or_not(findings: Findings) -> dict[str, OpenGene | None]:
    return {gene.gene: gene.cached(open_gene) for gene in findings.genes}


def open_gene(gene: GeneFindings) -> OpenGene | None:
    """A gene with its doubts; None when its unknown findings cannot change the points of a category."""
    unknown = [(f, place) for f, place in zip(gene.findings, gene.places, strict=True) if f.truth is Truth.UNKNOWN]
    if not gene.shares or not unknown:
        return None
    worth = gene.cached(worth_of)
    revocable = tuple(sorted((f.tier, f.strength) for f in gene.findings if f.truth is Truth.TRUE and f.revocable))
    alike: dict[tuple[int, tuple[int, ...]], tuple[list[Finding], list[int]]] = {}
    for finding, place in unknown:
        worths = (finding.strength, finding.partly) if finding.partly else (finding.strength,)
        own, places = alike.setdefault((finding.tier, worths), ([], []))
        own.append(finding)
        places.append(place)
    kind = repr((sorted(gene.shares.items()), worth.known, worth.least, revocable))
    doubts = tuple(
        Doubt(gene.gene, tier, worths, tuple(own), tuple(places), f"{kind} {tier} {worths}")
        for (tier, worths), (own, places) in sorted(alike.items())
        if max(worths) > worth.least[tier - 1] or any(at >= tier for at, _ in revocable)
    )
    return OpenGene(gene.gene, gene.shares, worth.known, worth.least, revocable, doubts) if doubts else None


def places_of(doubts: Iterable[Doubt]) -> Places:
    """The indexes of the findings of these doubts, sorted."""
    return tuple(sorted(chain.from_iterable(doubt.places for doubt in doubts)))


def places_in_order(doubts: Iterable[Doubt]) -> Places:
    """The indexes of the findings of these doubts, sorted by tier, gene and loci."""
    found: list[int] = []
    for _, same in groupby(sorted(doubts, key=TIER_AND_GENE), key=TIER_AND_GENE):
        first, *more = same
        if more:
            own = sorted(chain.from_iterable(doubt.by_loci for doubt in (first, *more)), key=itemgetter(0))
            found += [place for _, place in own]
        else:
            found += first.places_by_loci
    return tuple(found)


def completions(genes: Sequence[OpenGene]) -> Iterator[tuple[Present, tuple[Points, ...]]]:
    """Every completion: the doubts that turn out true, and the points that each gene then adds."""
    states = [[(own, points_of(strength, gene.shares)) for own, strength in gene.states()] for gene in genes]
    for chosen in itertools.product(*states):
        present: dict[Doubt, int] = {}
        for own, _ in chosen:
            present |= own
        yield present, tuple([points for _, points in chosen])
