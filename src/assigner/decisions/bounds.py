"""Whether an outcome can be overturned when there are too many completions to enumerate: bounds from sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, product
from operator import itemgetter
from typing import Any

from attrs import field, frozen

from assigner.decisions.completions import Doubt, OpenGene, Places, places_in_order, places_of
from assigner.decisions.contests import Terms, resolve
from assigner.decisions.scores import Entry, Tally
from assigner.decisions.threats import Threat
from assigner.evidence.findings import CERTAIN

MOST_OTHERS = 6
"""Most doubts whose subsets are all tried to find the fewest tests (doubts that overturn alone are not among them)."""


@frozen(slots=False)
class Sums:
    """The threats to an outcome, compared by sums because there are too many completions to enumerate.

    Attributes:
        tried: for each `Doubt.alike` (or several, joined) whether such doubts overturn the outcome.
    """

    genes: tuple[OpenGene, ...]
    tally: Tally
    terms: Terms
    category: str | None
    threats: tuple[Threat, ...]
    tried: dict[str, bool] = field(factory=dict, init=False, eq=False, repr=False)

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
        """Each doubt of a threat, with its largest share of any threat's need, in parts per million."""
        found: dict[Doubt, int] = {}
        for threat in self.threats:
            for doubt, part in threat.parts():
                if part > found.get(doubt, 0):
                    found[doubt] = part
        return found

    def likely(self) -> Iterator[Sequence[Doubt]]:
        """For each threat, its heaviest doubts: just enough to meet the need."""
        for threat in self.threats:
            heaviest = [max(group.items, key=lambda item: item[1]) for group in threat.groups]
            heaviest.sort(key=lambda item: -item[1])
            chosen, total = [], 0
            for doubt, weight in heaviest:
                if total >= threat.need:
                    break
                chosen.append(doubt)
                total += weight
            yield chosen

    @cached_property
    def by_name(self) -> dict[str, OpenGene]:
        """The genes by their names."""
        return {gene.gene: gene for gene in self.genes}

    def overturns(self, doubts: Iterable[Doubt]) -> bool:
        """Whether the outcome changes in some completion in which exactly these doubts are true."""
        by_gene: dict[str, set[Doubt]] = defaultdict(set)
        for doubt in doubts:
            by_gene[doubt.gene].add(doubt)
        genes = [self.by_name[name] for name in by_gene]
        points = [gene.points_with(by_gene[gene.gene]) for gene in genes]
        now = [gene.points_now for gene in genes]
        return any(self.is_other(self.tally.entries_with(new, now)) for new in product(*points))

    def is_known_to_overturn(self, doubts: Sequence[Doubt]) -> bool:
        """As `overturns`, but results are cached by `Doubt.alike`."""
        if len(doubts) == 1:
            return self.overturns_alone(doubts[0])
        if len({doubt.gene for doubt in doubts}) < len(doubts):
            return self.overturns(doubts)
        alike = "; ".join(sorted([doubt.alike for doubt in doubts]))
        if alike not in self.tried:
            self.tried[alike] = self.overturns(doubts)
        return self.tried[alike]

    def overturns_alone(self, doubt: Doubt) -> bool:
        """Whether one doubt overturns the outcome alone; results are cached by `Doubt.alike`."""
        if doubt.alike not in self.tried:
            gene = self.by_name[doubt.gene]
            now = (gene.points_now,)
            states = (self.tally.entries_with((new,), now) for new in gene.points_alone[doubt])
            self.tried[doubt.alike] = any(map(self.is_other, states))
        return self.tried[doubt.alike]

    def is_other(self, entries: tuple[Entry, ...]) -> bool:
        """Whether these points give another outcome."""
        return resolve(entries, self.terms).category != self.category

    @cached_property
    def tests(self) -> tuple[Places, int, bool]:
        """What to test, a lower bound of the number of tests, and whether the tests are conclusive.

        The tests are the union, over the threats, of the fewest tests after which the rest cannot meet the need.
        """
        chosen: dict[Doubt, None] = {}  # in the order in which they were found: equal inputs give equal traces
        for threat in self.threats:
            chosen |= dict.fromkeys(_to_disarm(threat, chosen))
        every = sum(len(gene.doubts) for gene in self.genes)
        return places_in_order(chosen), self.at_least(), len(chosen) == every

    def at_least(self) -> int:
        """A lower bound of the number of tests.

        Every doubt that overturns alone must be tested. If few others are left, so must one of each set that overturns.
        """
        enough = {doubt for threat in self.threats for doubt in threat.enough()}
        needed = set(filter(self.overturns_alone, enough))
        others = [doubt for gene in self.genes for doubt in gene.doubts if doubt in self.parts and doubt not in needed]
        count = sum(len(doubt.findings) for doubt in needed)
        return count + (self.fewest_of(others) if len(others) <= MOST_OTHERS else 0)

    def fewest_of(self, doubts: Sequence[Doubt]) -> int:
        """The fewest findings that include one of each overturning set of these doubts (a minimum hitting set)."""
        sets = [frozenset(chosen) for size in range(len(doubts) + 1) for chosen in combinations(doubts, size)]
        near = [threat for each in self.threats if (threat := each.within(doubts)).is_possible]
        overturning: list[frozenset[Doubt]] = []
        for one in sets if near else ():
            more = any(least <= one for least in overturning)  # a test of the smaller set is a test of this one
            if not more and any(t.within(one).is_possible for t in near) and self.is_known_to_overturn(tuple(one)):
                overturning.append(one)
        return min(
            sum(len(doubt.findings) for doubt in chosen) for chosen in sets if all(chosen & one for one in overturning)
        )


_Left = tuple[int, tuple[Doubt, ...], Any]
"""Number of untested findings, the untested doubts of one group, and the same tuple for the groups before (or None)."""


def _all_left(left: _Left | None) -> set[Doubt]:
    """Every doubt that is left untested."""
    found: set[Doubt] = set()
    while left is not None:
        _, doubts, left = left
        found.update(doubts)
    return found


def _to_disarm(threat: Threat, tested: Container[Doubt]) -> tuple[Doubt, ...]:
    """The fewest further findings to test so that the untested rest of a threat cannot meet its need.

    A knapsack over the groups: for each total weight below the need, the most findings that can be left untested.
    """
    left: Mapping[int, _Left] = {0: (0, (), None)}
    untested: list[Doubt] = []
    for group in threat.groups:
        untested += [doubt for doubt, _ in group.items if doubt not in tested]
        if group.least >= threat.need:
            continue
        small = [item for item in group.items if item[1] < threat.need and item[0] not in tested]
        if small:
            left = _with_group(left, sorted(small, key=itemgetter(1)), threat.need)
    most = _all_left(max(left.values(), key=itemgetter(0)))
    return tuple(doubt for doubt in untested if doubt not in most)


def _with_group(left: Mapping[int, _Left], items: Sequence[tuple[Doubt, int]], need: int) -> dict[int, _Left]:
    """One knapsack step: what can be left untested, by total weight, when one more group is added, lightest first."""
    options = [(0, 0, tuple[Doubt, ...]())]
    for doubt, weight in items:
        _, count, doubts = options[-1]
        options.append((weight, count + len(doubt.findings), (*doubts, doubt)))
    further: dict[int, _Left] = {}
    for weight, earlier in left.items():
        for more, count, doubts in options:
            total, findings = weight + more, earlier[0] + count
            if total >= need:
                break  # the other options weigh more
            if total not in further or further[total][0] < findings:
                further[total] = (findings, doubts, earlier)
    return _worthwhile(further)


def _worthwhile(left: Mapping[int, _Left]) -> dict[int, _Left]:
    """Drop entries that have more weight but not more findings than another one."""
    worthwhile: dict[int, _Left] = {}
    most = -1
    for weight in sorted(left):
        if left[weight][0] > most:
            worthwhile[weight], most = left[weight], left[weight][0]
    return worthwhile
