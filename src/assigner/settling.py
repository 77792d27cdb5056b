"""Whether what is unknown could overturn an outcome, how likely that is at most, and what to test to know.

Where the completions can be enumerated, the answer is exact. Elsewhere it is sound: an outcome called settled is, one
that is not may be. Another outcome is another category, or none where there was one.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, lru_cache
from itertools import chain, combinations

from attrs import field, frozen

from assigner.completions import Doubt, OpenGene, Present, completions, completions_with, open_genes
from assigner.contests import Basis, Contest, Terms
from assigner.findings import CERTAIN, Finding, Findings
from assigner.scores import Strengths, Tally
from assigner.threats import Threat, threats

MOST_COMPLETIONS = 600
"""How many completions are tried one by one; beyond, only sums are compared."""


MOST_OTHERS = 6
"""Up to how many doubts that do not overturn an outcome alone all their sets are tried, to count the tests needed."""


MOST_NOTED = 1024
"""How many sets of doubts are noted for participants of the same points."""


MOST_KEPT = 256
"""How many cases are kept with their answers."""


class Answered(enum.StrEnum):
    """How it was found out whether an outcome is settled."""

    EXACT = "exact"
    BOUNDED = "bounded"


@frozen
class Tests:
    """What to test: if all of it is found absent, the decision is settled.

    Attributes:
        findings: the unknown findings to test.
        at_least: no smaller set than this can do; equal to the number of findings when they are the fewest.
        conclusive: whether the decision is settled whatever the tests show, be it another one.
    """

    findings: tuple[Finding, ...] = ()
    at_least: int = 0
    conclusive: bool = True

    @property
    def exact(self) -> bool:
        """Whether no smaller set would do."""
        return len(self.findings) == self.at_least


@frozen(slots=False)
class Settlement:
    """Whether an outcome stands whatever is learnt.

    Attributes:
        answered: exact when the answer is proven either way; bounded when the outcome may be settled and is not called
            so.
        decisive: the unknown findings that could overturn it: exact where completions are enumerated, else with some
            that cannot.
        overturn_risk_ppm: an upper bound of the chance that what is unknown holds another decision.
    """

    answered: Answered
    decisive: tuple[Finding, ...]
    overturn_risk_ppm: int
    _reckoned: _Reckoned = field(eq=False, repr=False)
    _findings: Findings = field(eq=False, repr=False)

    @property
    def settled(self) -> bool:
        """Whether no completion of what is unknown gives another decision; never true when one does."""
        return not self.decisive

    @cached_property
    def to_test(self) -> Tests:
        """The fewest findings to test, found when first asked for."""
        places, at_least, conclusive = self._reckoned.tests
        return Tests(self._findings.at(places), at_least, conclusive)


def settle(findings: Findings, tally: Tally, terms: Terms, outcome: tuple[str | None, Basis]) -> Settlement:
    """Find out whether an outcome stands.

    Args:
        findings: all that were found.
        tally: what is true of them.
        terms: the rule set's, for this participant.
        outcome: what the contest came to.
    """
    genes = open_genes(findings.genes)
    content = tuple(gene.content for gene in genes)
    reckoned = _reckon(_Case(content, tally.state, terms, outcome, _are_few(genes), genes, tally))
    decisive = findings.at(reckoned.decisive)
    return Settlement(reckoned.answered, decisive, reckoned.risk_ppm, reckoned, findings)


@frozen
class _Case:
    """All that settling asks for: equal cases have equal answers, whoever the participant is.

    Attributes:
        content: what the open genes come to.
        state: what the tally comes to.
        few: whether all completions can be tried one by one.
    """

    content: tuple[str, ...]
    state: tuple[object, ...]
    terms: Terms
    outcome: tuple[str | None, Basis]
    few: bool
    genes: tuple[OpenGene, ...] = field(eq=False, repr=False)
    tally: Tally = field(eq=False, repr=False)


Places = tuple[int, ...]
"""Where findings stand among all."""


@frozen(slots=False)
class _Reckoned:
    """The answer to a case: findings by their places, since those of another participant are shown otherwise."""

    answered: Answered = Answered.EXACT
    decisive: Places = ()
    risk_ppm: int = 0
    reckoning: _Enumerated | _Summed | None = field(default=None, eq=False, repr=False)

    @cached_property
    def tests(self) -> tuple[Places, int, bool]:
        """What to test, what no tests can leave out, and whether they are conclusive."""
        return ((), 0, True) if self.reckoning is None else self.reckoning.tests()


@lru_cache(maxsize=MOST_KEPT)
def _reckon(case: _Case) -> _Reckoned:
    found = threats(case.outcome, case.tally, case.terms, case.genes)
    if not found:
        return _Reckoned()
    category = case.outcome[0]
    if case.few:
        return _Enumerated.of(case.genes, case.tally, case.terms, category).reckoned()
    return _Summed(case.genes, case.tally, case.terms, category, found).reckoned()


def _are_few(genes: Iterable[OpenGene]) -> bool:
    """Whether all completions can be tried one by one."""
    count = 1
    for gene in genes:
        count *= gene.size
        if count > MOST_COMPLETIONS:
            return False
    return True


def _places(doubts: Iterable[Doubt]) -> Places:
    """Where the findings of these doubts stand, in the order of all."""
    return tuple(sorted(chain.from_iterable(doubt.places for doubt in doubts)))


@frozen
class _Enumerated:
    """Every completion with its category; sets of doubts are bits of a number, the first doubt the lowest."""

    doubts: tuple[Doubt, ...]
    all: tuple[tuple[Present, str | None], ...]
    overturning: tuple[int, ...]

    @classmethod
    def of(cls, genes: Sequence[OpenGene], tally: Tally, terms: Terms, category: str | None) -> _Enumerated:
        doubts = tuple(doubt for gene in genes for doubt in gene.doubts)
        bits = {doubt: 1 << at for at, doubt in enumerate(doubts)}
        seen: dict[object, str | None] = {}
        every: list[tuple[Present, str | None]] = []
        for present, changed in completions(genes):
            known = tally.known(changed)
            if known not in seen:
                seen[known] = Contest(known, terms).outcome()[0]
            every.append((present, seen[known]))
        sets = {sum(map(bits.__getitem__, present)) for present, other in every if other != category}
        return cls(doubts, tuple(every), _least(sets))

    def reckoned(self) -> _Reckoned:
        union = 0
        for one in self.overturning:
            union |= one
        decisive = _places(self.within(union))
        return _Reckoned(Answered.EXACT, decisive, self.risk(), self if decisive else None)

    def within(self, chosen: int) -> list[Doubt]:
        return [doubt for at, doubt in enumerate(self.doubts) if chosen >> at & 1]

    def risk(self) -> int:
        """To overturn, one of any set that meets all overturning ones must be true: take the least likely such set.

        Or give each doubt the part 1 / n, where n is the size of its smallest overturning set: the parts of every
        overturning set add up to one at least, so the chances times the parts bound the risk too.
        """
        by_set = self.cheapest([doubt.carrier_ppm for doubt in self.doubts])[0]
        smallest: dict[Doubt, int] = {}
        for one in self.overturning:
            for doubt in self.within(one):
                smallest[doubt] = min(smallest.get(doubt, one.bit_count()), one.bit_count())
        by_part = sum(-(-doubt.carrier_ppm // size) for doubt, size in smallest.items())
        return min(CERTAIN, by_set, by_part)

    def cheapest(self, costs: Sequence[int]) -> tuple[int, int]:
        """The cost, and the set, of the cheapest doubts that meet every overturning set."""
        best = (sum(costs), (1 << len(costs)) - 1)
        for chosen in range(1 << len(costs)):
            if all(chosen & one for one in self.overturning):
                best = min(best, (sum(cost for at, cost in enumerate(costs) if chosen >> at & 1), chosen))
        return best

    def tests(self) -> tuple[Places, int, bool]:
        count, chosen = self.cheapest([len(doubt.findings) for doubt in self.doubts])
        tested = self.within(chosen)
        shown: dict[tuple[int, ...], set[str | None]] = defaultdict(set)
        for present, category in self.all:
            shown[tuple(present.get(doubt, 0) for doubt in tested)].add(category)
        conclusive = all(len(categories) == 1 for categories in shown.values())
        return _in_order(tested), count, conclusive


def _in_order(doubts: Iterable[Doubt]) -> Places:
    """Where the findings of these doubts stand, by tier, gene and loci."""
    by_place: dict[tuple[int, str], list[Doubt]] = defaultdict(list)
    for doubt in doubts:
        by_place[doubt.tier, doubt.gene].append(doubt)
    found: list[int] = []
    for place in sorted(by_place):
        own = [item for doubt in by_place[place] for item in zip(doubt.findings, doubt.places, strict=True)]
        found += [at for _, at in sorted(own, key=lambda item: item[0].loci)]
    return tuple(found)


def _least(sets: set[int]) -> tuple[int, ...]:
    """Those that hold no other one."""
    kept: list[int] = []
    for one in sorted(sets, key=lambda s: (s.bit_count(), s)):
        if not any(other & one == other for other in kept):
            kept.append(one)
    return tuple(kept)


@frozen(slots=False)
class _Summed:
    """The threats to an outcome that has too many completions to try."""

    genes: tuple[OpenGene, ...]
    tally: Tally
    terms: Terms
    category: str | None
    threats: tuple[Threat, ...]

    def reckoned(self) -> _Reckoned:
        risk = -(-sum(doubt.carrier_ppm * part for doubt, part in self.parts.items()) // 1_000_000)
        proven = any(map(self.is_known_to_overturn, self.likely()))
        answered = Answered.EXACT if proven else Answered.BOUNDED
        return _Reckoned(answered, _places(self.parts), min(CERTAIN, risk), self)

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
        if alike not in self.noted:
            if len(self.noted) >= MOST_NOTED:
                self.noted.clear()
            self.noted[alike] = self.overturns(frozenset(doubts))
        return self.noted[alike]

    @cached_property
    def noted(self) -> dict[str, bool]:
        return _noted(self.tally.state, self.terms)

    def is_other(self, changed: Strengths) -> bool:
        """Whether the outcome is another one when these genes are worth so much."""
        return Contest(self.tally.known(changed), self.terms).outcome()[0] != self.category

    def tests(self) -> tuple[Places, int, bool]:
        """For each threat the cheapest tests after which what is left cannot reach its need; all of them together."""
        chosen: dict[Doubt, None] = {}  # in the order in which they were found: equal inputs give equal traces
        for threat in self.threats:
            chosen |= dict.fromkeys(_to_disarm(threat, chosen))
        every = sum(len(gene.doubts) for gene in self.genes)
        return _in_order(chosen), self.at_least(), len(chosen) == every

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


@lru_cache(maxsize=64)
def _noted(state: tuple[object, ...], terms: Terms) -> dict[str, bool]:  # noqa: ARG001 - they are its name
    """Where it is noted which doubts overturn what these points come to."""
    return {}


def _to_disarm(threat: Threat, tested: Container[Doubt]) -> list[Doubt]:
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
    return [doubt for doubt in untested if doubt not in kept]


def _worthwhile(left: Mapping[int, tuple[int, frozenset[Doubt]]]) -> dict[int, tuple[int, frozenset[Doubt]]]:
    """Without those that leave more weight and not more findings."""
    kept: dict[int, tuple[int, frozenset[Doubt]]] = {}
    most = -1
    for weight in sorted(left):
        if left[weight][0] > most:
            kept[weight], most = left[weight], left[weight][0]
    return kept
