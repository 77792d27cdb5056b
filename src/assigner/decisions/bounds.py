"""What is unknown has too many completions to try: the threats to an outcome are compared by their sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property, lru_cache
from itertools import combinations

from attrs import frozen

from assigner.caches import Kept
from assigner.decisions.completions import Doubt, OpenGene, Places, completions_with, places_in_order, places_of
from assigner.decisions.contests import Contest, Terms
from assigner.decisions.scores import Strengths, Tally
from assigner.decisions.threats import Threat
from assigner.evidence.findings import CERTAIN

MOST_OTHERS = 6
"""Up to how many doubts that do not overturn an outcome alone all their sets are tried, to count the tests needed."""

MOST_NOTED = 1024
"""How many sets of doubts are noted for participants of the same points."""

MOST_STATES = 512
"""For how many states of the points they are."""

MOST_DISARMED = 1024
"""For how many threats the tests that disarm them are kept."""


@frozen(slots=False)
class Sums:
    """The threats to an outcome that has too many completions to try."""

    genes: tuple[OpenGene, ...]
    tally: Tally
    terms: Terms
    category: str | None
    threats: tuple[Threat, ...]

    @cached_property
    def proven(self) -> bool:
        """Whether some completion is known to overturn the outcome."""
        return any(map(self.is_known_to_overturn, self.likely()))

    @cached_property
    def decisive(self) -> Places:
        """The findings that are part of a threat."""
        return places_of(self.parts)

    @cached_property
    def risk_ppm(self) -> int:
        """An upper bound of the chance that a completion overturns the outcome."""
        risk = sum(doubt.carrier_ppm * part for doubt, part in self.parts.items())
        return min(CERTAIN, -(-risk // 1_000_000))

    @cached_property
    def parts(self) -> dict[Doubt, int]:
        """Each doubt that is part of a threat, with the greatest part that it is, in parts per million."""
        found: dict[Doubt, int] = {}
        for threat in self.threats:
            for doubt, part in threat.parts():
                if part > found.get(doubt, 0):
                    found[doubt] = part
        return found

    def likely(self) -> Iterator[Sequence[Doubt]]:
        """For each threat its heaviest doubts, as few as reach its need."""
        for threat in self.threats:
            heaviest = [max(group.items, key=lambda item: item[1]) for group in threat.groups]
            heaviest.sort(key=lambda item: -item[1])
            chosen, reached = [], 0
            for doubt, weight in heaviest:
                if reached >= threat.need:
                    break
                chosen.append(doubt)
                reached += weight
            yield chosen

    @cached_property
    def by_name(self) -> dict[str, OpenGene]:
        """The genes by their names."""
        return {gene.gene: gene for gene in self.genes}

    def overturns(self, doubts: Set[Doubt]) -> bool:
        """Whether the outcome is another one in a completion in which exactly these doubts are true."""
        return any(map(self.is_other, completions_with(self.by_name, doubts)))

    def is_known_to_overturn(self, doubts: Sequence[Doubt]) -> bool:
        """The same, noted: doubts of genes that are alike do the same, and participants are much alike."""
        if len(doubts) == 1:
            alike = doubts[0].alike
        elif len({doubt.gene for doubt in doubts}) == len(doubts):
            alike = "; ".join(sorted(doubt.alike for doubt in doubts))
        else:
            return self.overturns(frozenset(doubts))
        return self.noted.of(alike, lambda: self.overturns(frozenset(doubts)))

    @cached_property
    def noted(self) -> Kept[bool]:
        """What is noted of sets of doubts, for all participants of these points."""
        return _noted(self.tally.state, self.terms)

    def is_other(self, changed: Strengths) -> bool:
        """Whether the outcome is another one when these genes are worth so much."""
        return Contest(self.tally.known(changed), self.terms).outcome()[0] != self.category

    @cached_property
    def tests(self) -> tuple[Places, int, bool]:
        """What to test, how many findings no tests can leave out, and whether the tests are conclusive.

        For each threat the cheapest tests after which what is left cannot reach its need; all of them together.
        """
        chosen: dict[Doubt, None] = {}  # in the order in which they were found: equal inputs give equal traces
        for threat in self.threats:
            tested = frozenset(doubt for group in threat.groups for doubt, _ in group.items if doubt in chosen)
            chosen |= dict.fromkeys(_to_disarm(threat, tested))
        every = sum(len(gene.doubts) for gene in self.genes)
        return places_in_order(chosen), self.at_least(), len(chosen) == every

    def at_least(self) -> int:
        """What no tests can leave out: doubts that overturn alone, and of few others one of each set that does."""
        enough = {doubt for threat in self.threats for doubt in threat.enough()}
        needed = {doubt for doubt in enough if self.is_known_to_overturn((doubt,))}
        others = [doubt for gene in self.genes for doubt in gene.doubts if doubt in self.parts and doubt not in needed]
        count = sum(len(doubt.findings) for doubt in needed)
        return count + (self.fewest_of(others) if len(others) <= MOST_OTHERS else 0)

    def fewest_of(self, doubts: Sequence[Doubt]) -> int:
        """The fewest findings that meet every set of these doubts that overturns the outcome."""
        sets = [frozenset(chosen) for size in range(len(doubts) + 1) for chosen in combinations(doubts, size)]
        near = [threat for each in self.threats if (threat := each.within(doubts)).is_possible]
        overturning: list[frozenset[Doubt]] = []
        for one in sets if near else ():
            more = any(least <= one for least in overturning)  # what meets the smaller set meets this one
            if not more and any(t.within(one).is_possible for t in near) and self.is_known_to_overturn(tuple(one)):
                overturning.append(one)
        return min(
            sum(len(doubt.findings) for doubt in chosen) for chosen in sets if all(chosen & one for one in overturning)
        )


@lru_cache(maxsize=MOST_STATES)
def _noted(state: tuple[object, ...], terms: Terms) -> Kept[bool]:  # noqa: ARG001 - they are its name
    """Where it is noted which doubts overturn what these points come to."""
    return Kept(MOST_NOTED)


@lru_cache(maxsize=MOST_DISARMED)
def _to_disarm(threat: Threat, tested: frozenset[Doubt]) -> tuple[Doubt, ...]:
    """The fewest further findings to test so that the rest of a threat cannot reach its need.

    What is left untested weighs less than the need: over the groups in turn, for each weight that can be left, the most
    findings that can be.
    """
    left: dict[int, tuple[int, frozenset[Doubt]]] = {0: (0, frozenset())}
    untested: list[Doubt] = []
    for group in threat.groups:
        untested += [doubt for doubt, _ in group.items if doubt not in tested]
        if group.least >= threat.need:
            continue
        small = [item for item in group.items if item[1] < threat.need and item[0] not in tested]
        if not small:
            continue
        options = [(0, 0, frozenset[Doubt]())]
        for doubt, weight in sorted(small, key=lambda item: item[1]):
            _, count, kept = options[-1]
            options.append((weight, count + len(doubt.findings), kept | {doubt}))
        further: dict[int, tuple[int, frozenset[Doubt]]] = {}
        for weight, (count, kept) in left.items():
            for more, findings, doubts in options:
                total = weight + more
                if total < threat.need and (total not in further or further[total][0] < count + findings):
                    further[total] = (count + findings, kept | doubts)
        left = _worthwhile(further)
    _, kept = max(left.values(), key=lambda item: item[0])
    return tuple(doubt for doubt in untested if doubt not in kept)


def _worthwhile(left: Mapping[int, tuple[int, frozenset[Doubt]]]) -> dict[int, tuple[int, frozenset[Doubt]]]:
    """Without those that leave more weight and not more findings."""
    kept: dict[int, tuple[int, frozenset[Doubt]]] = {}
    most = -1
    for weight in sorted(left):
        if left[weight][0] > most:
            kept[weight], most = left[weight], left[weight][0]
    return kept
