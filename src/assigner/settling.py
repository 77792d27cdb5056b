"""Whether what is unknown could overturn an outcome, how likely that is at most, and what to test to know.

Where the completions can be enumerated, the answer is exact. Elsewhere it is sound: an outcome called settled is, one
that is not may be. Another outcome is another category, or none where there was one.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, combinations
from math import prod

from attrs import field, frozen

from assigner.completions import Doubt, OpenGene, Present, completions, completions_with, open_genes
from assigner.contests import Basis, Contest, Terms
from assigner.findings import CERTAIN, Finding
from assigner.scores import Strengths, Tally
from assigner.threats import Threat, threats

MOST_COMPLETIONS = 600
"""How many completions are tried one by one; beyond, only sums are compared."""


MOST_OTHERS = 6
"""Up to how many doubts that do not overturn an outcome alone all their sets are tried, to count the tests needed."""


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

    answered: Answered = Answered.EXACT
    decisive: tuple[Finding, ...] = ()
    overturn_risk_ppm: int = 0
    _reckoning: _Enumerated | _Summed | None = field(default=None, eq=False, repr=False)

    @property
    def settled(self) -> bool:
        """Whether no completion of what is unknown gives another decision; never true when one does."""
        return not self.decisive

    @cached_property
    def to_test(self) -> Tests:
        """The fewest findings to test, found when first asked for."""
        return Tests() if self._reckoning is None else self._reckoning.tests()


def settle(findings: Sequence[Finding], tally: Tally, terms: Terms, outcome: tuple[str | None, Basis]) -> Settlement:
    """Find out whether an outcome stands.

    Args:
        findings: all that were found.
        tally: what is true of them.
        terms: the rule set's, for this participant.
        outcome: what the contest came to.
    """
    genes = open_genes(findings, tally.content)
    found = threats(outcome, tally, terms, genes)
    if not found:
        return Settlement()
    if prod(gene.size for gene in genes) <= MOST_COMPLETIONS:
        return _Enumerated.of(genes, tally, terms, outcome[0]).settlement(findings)
    return _Summed(genes, tally, terms, outcome[0], found).settlement(findings)


def _named(doubts: Iterable[Doubt], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings of these doubts, in the order of all."""
    named = {id(finding) for doubt in doubts for finding in doubt.findings}
    return tuple(finding for finding in findings if id(finding) in named)


@frozen
class _Enumerated:
    """Every completion with its category; sets of doubts are bits of a number."""

    doubts: tuple[Doubt, ...]
    all: tuple[tuple[Present, str | None], ...]
    overturning: tuple[int, ...]

    @classmethod
    def of(cls, genes: Sequence[OpenGene], tally: Tally, terms: Terms, category: str | None) -> _Enumerated:
        seen: dict[object, str | None] = {}
        every: list[tuple[Present, str | None]] = []
        for present, changed in completions(genes):
            known = tally.known(changed)
            if known not in seen:
                seen[known] = Contest(known, terms).outcome()[0]
            every.append((present, seen[known]))
        sets = {sum(1 << number for number in present) for present, other in every if other != category}
        return cls(tuple(doubt for gene in genes for doubt in gene.doubts), tuple(every), _least(sets))

    def settlement(self, findings: Sequence[Finding]) -> Settlement:
        union = 0
        for one in self.overturning:
            union |= one
        decisive = _named(self.within(union), findings)
        return Settlement(Answered.EXACT, decisive, self.risk(), self if decisive else None)

    def within(self, chosen: int) -> list[Doubt]:
        return [doubt for doubt in self.doubts if chosen >> doubt.number & 1]

    def risk(self) -> int:
        """To overturn, one of any set that meets all overturning ones must be true: take the least likely such set.

        Or give each doubt the part 1 / n, where n is the size of its smallest overturning set: the parts of every
        overturning set add up to one at least, so the chances times the parts bound the risk too.
        """
        by_set = self.cheapest([doubt.carrier_ppm for doubt in self.doubts])[0]
        smallest: dict[int, int] = {}
        for one in self.overturning:
            for doubt in self.within(one):
                smallest[doubt.number] = min(smallest.get(doubt.number, one.bit_count()), one.bit_count())
        by_part = sum(-(-self.doubts[number].carrier_ppm // size) for number, size in smallest.items())
        return min(CERTAIN, by_set, by_part)

    def cheapest(self, costs: Sequence[int]) -> tuple[int, int]:
        """The cost, and the set, of the cheapest doubts that meet every overturning set."""
        best = (sum(costs), (1 << len(costs)) - 1)
        for chosen in range(1 << len(costs)):
            if all(chosen & one for one in self.overturning):
                best = min(best, (sum(cost for at, cost in enumerate(costs) if chosen >> at & 1), chosen))
        return best

    def tests(self) -> Tests:
        count, chosen = self.cheapest([len(doubt.findings) for doubt in self.doubts])
        shown: dict[tuple[tuple[int, int], ...], set[str | None]] = defaultdict(set)
        for present, category in self.all:
            shown[tuple((n, worth) for n, worth in sorted(present.items()) if chosen >> n & 1)].add(category)
        conclusive = all(len(categories) == 1 for categories in shown.values())
        return Tests(_in_order(self.within(chosen)), count, conclusive)


def _in_order(doubts: Iterable[Doubt]) -> tuple[Finding, ...]:
    return tuple(sorted(chain.from_iterable(d.findings for d in doubts), key=lambda f: (f.tier, f.gene, f.loci)))


def _least(sets: set[int]) -> tuple[int, ...]:
    """Those that hold no other one."""
    kept: list[int] = []
    for one in sorted(sets, key=lambda s: (s.bit_count(), s)):
        if not any(other & one == other for other in kept):
            kept.append(one)
    return tuple(kept)


@frozen
class _Summed:
    """The threats to an outcome that has too many completions to try."""

    genes: tuple[OpenGene, ...]
    tally: Tally
    terms: Terms
    category: str | None
    threats: tuple[Threat, ...]

    def settlement(self, findings: Sequence[Finding]) -> Settlement:
        parts: dict[int, int] = {}
        for threat in self.threats:
            for doubt, part in threat.parts():
                parts[doubt.number] = max(parts.get(doubt.number, 0), part)
        doubts = {doubt.number: doubt for gene in self.genes for doubt in gene.doubts}
        risk = -(-sum(doubts[number].carrier_ppm * part for number, part in parts.items()) // 1_000_000)
        proven = any(self.overturns(numbers) for numbers in self.likely())
        decisive = _named((doubts[number] for number in parts), findings)
        return Settlement(Answered.EXACT if proven else Answered.BOUNDED, decisive, min(CERTAIN, risk), self)

    def likely(self) -> Iterator[frozenset[int]]:
        """For each threat its heaviest doubts, as few as reach its need."""
        for threat in self.threats:
            heaviest = [max(group, key=lambda item: (item[1], -item[0].number)) for group in threat.groups]
            heaviest.sort(key=lambda item: (-item[1], item[0].number))
            chosen, reached = set(), 0
            for doubt, weight in heaviest:
                if reached < threat.need:
                    chosen.add(doubt.number)
                    reached += weight
            yield frozenset(chosen)

    def overturns(self, numbers: frozenset[int]) -> bool:
        """Whether the outcome is another one in a completion in which exactly these doubts are true."""
        return any(map(self.is_other, completions_with(self.genes, numbers)))

    def is_other(self, changed: Strengths) -> bool:
        """Whether the outcome is another one when these genes are worth so much."""
        return Contest(self.tally.known(changed), self.terms).outcome()[0] != self.category

    def tests(self) -> Tests:
        """For each threat the cheapest tests after which what is left cannot reach its need; all of them together."""
        chosen: dict[int, Doubt] = {}
        for threat in self.threats:
            chosen |= {doubt.number: doubt for doubt in _to_disarm(threat, chosen)}
        every = sum(len(gene.doubts) for gene in self.genes)
        return Tests(_in_order(chosen.values()), self.at_least(), len(chosen) == every)

    def at_least(self) -> int:
        """What no tests can leave out: doubts that overturn alone, and of few others one of each set that does."""
        decisive = {doubt.number: doubt for threat in self.threats for doubt, _ in threat.parts()}
        enough = {doubt.number: doubt for threat in self.threats for doubt in threat.enough()}
        alone = _Alone(self)
        needed = {number for number, doubt in enough.items() if alone.overturns(doubt)}
        others = [doubt for number, doubt in sorted(decisive.items()) if number not in needed]
        count = sum(len(decisive[number].findings) for number in needed)
        return count + (self.fewest_of(others) if len(others) <= MOST_OTHERS else 0)

    def fewest_of(self, doubts: Sequence[Doubt]) -> int:
        """The fewest findings that meet every set of these doubts that overturns the outcome."""
        sets = [frozenset(s) for size in range(len(doubts) + 1) for s in combinations([d.number for d in doubts], size)]
        overturning = [one for one in sets if self.overturns(one)]
        counts = {doubt.number: len(doubt.findings) for doubt in doubts}
        return min(sum(counts[n] for n in chosen) for chosen in sets if all(chosen & one for one in overturning))


@frozen
class _Alone:
    """Which doubts overturn an outcome alone: each must be tested. Doubts that weigh the same are asked once."""

    summed: _Summed
    genes: dict[str, OpenGene] = field(init=False)
    seen: dict[object, bool] = field(factory=dict)

    @genes.default
    def _by_name(self) -> dict[str, OpenGene]:
        return {gene.gene: gene for gene in self.summed.genes}

    def overturns(self, doubt: Doubt) -> bool:
        gene, tally = self.genes[doubt.gene], self.summed.tally
        shares = tuple(sorted(tally.content.shares_of[gene.gene].items()))
        key = (doubt.tier, doubt.worth, shares, gene.sure, gene.loose, tally.strengths.get(gene.gene))
        if key not in self.seen:
            worths = gene.states_with(frozenset({doubt.number}))
            self.seen[key] = any(self.summed.is_other({gene.gene: worth}) for worth in worths)
        return self.seen[key]


def _to_disarm(threat: Threat, tested: Mapping[int, Doubt]) -> list[Doubt]:
    """The fewest further findings to test so that the rest of a threat cannot reach its need.

    What is left untested weighs less than the need: over the groups in turn, for each weight that can be left, the most
    findings that can be.
    """
    left: dict[int, tuple[int, frozenset[int]]] = {0: (0, frozenset())}
    groups = [[item for item in group if item[0].number not in tested] for group in threat.groups]
    for group in groups:
        options = [(0, 0, frozenset[int]())]
        for doubt, weight in sorted(group, key=lambda item: (item[1], item[0].number)):
            _, count, kept = options[-1]
            options.append((weight, count + len(doubt.findings), kept | {doubt.number}))
        further: dict[int, tuple[int, frozenset[int]]] = {}
        for weight, (count, kept) in left.items():
            for more, findings, numbers in options:
                total = weight + more
                if total < threat.need and (total not in further or further[total][0] < count + findings):
                    further[total] = (count + findings, kept | numbers)
        left = _worthwhile(further)
    _, kept = max(left.values(), key=lambda item: item[0])
    return [doubt for group in groups for doubt, _ in group if doubt.number not in kept]


def _worthwhile(left: Mapping[int, tuple[int, frozenset[int]]]) -> dict[int, tuple[int, frozenset[int]]]:
    """Without those that leave more weight and not more findings."""
    kept: dict[int, tuple[int, frozenset[int]]] = {}
    most = -1
    for weight in sorted(left):
        if left[weight][0] > most:
            kept[weight], most = left[weight], left[weight][0]
    return kept
