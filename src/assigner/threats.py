"""What an outcome stands on when there are too many completions to try: sums that would have to be reached.

A threat is a need and the weights of doubts. No completion overturns the outcome unless, for one of the threats, the
weights of the doubts that come out true add up to its need. The converse may fail, so a rest of threats does not prove
that the outcome can be overturned; no threat at all proves that it cannot.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod

from attrs import evolve, frozen

from assigner.completions import Doubt, OpenGene
from assigner.contests import Basis, Contest, Terms
from assigner.scores import Known, Strengths, Tally

MOST_CASES = 64
"""Beyond so many ways to settle genes with revocable findings, any doubt at all counts as a threat."""

MOST_NEED = 100_000
"""Up to which need the sums of weights are worked out one by one."""


@frozen
class Threat:
    """A sum that the weights of true doubts must reach.

    Attributes:
        groups: the doubts with their weights; of a group only the heaviest true one counts.
    """

    need: int
    groups: tuple[tuple[tuple[Doubt, int], ...], ...]

    @property
    def is_possible(self) -> bool:
        """Whether everything together reaches the need."""
        return sum(max(weight for _, weight in group) for group in self.groups) >= self.need

    def tight(self) -> Threat:
        """The same with the smallest sum of weights that reaches the need, in the place of the need."""
        if self.need > MOST_NEED:
            return self
        sums = 1  # bit n says that the weights of some doubts add up to n
        for group in self.groups:
            before = sums
            for weight in {weight for _, weight in group}:
                sums |= before << weight
        beyond = sums >> self.need
        return evolve(self, need=self.need + (beyond & -beyond).bit_length() - 1)

    def parts(self) -> Iterator[tuple[Doubt, int]]:
        """Each doubt with its part of the need in parts per million, rounded up.

        The parts of any doubts that reach the need add up to one at least. So the chance that they do is at most the
        sum of the doubts' chances, each times its part, whatever depends on what (Markov's inequality).
        """
        for doubt, weight in itertools.chain.from_iterable(self.groups):
            yield doubt, -(-min(weight, self.need) * 1_000_000 // self.need)

    def enough(self) -> Iterator[Doubt]:
        """The doubts that reach the need alone."""
        return (doubt for doubt, weight in itertools.chain.from_iterable(self.groups) if weight >= self.need)

    def risk(self) -> int:
        """A bound of its chance, times a million."""
        return sum(part * doubt.carrier_ppm for doubt, part in self.parts())


def threats(
    outcome: tuple[str | None, Basis], tally: Tally, terms: Terms, genes: Sequence[OpenGene]
) -> tuple[Threat, ...]:
    """All that could overturn an outcome; none when it is settled."""
    category, basis = outcome
    if basis is Basis.NO_EVIDENCE:
        found = _first_evidence(tally, terms, genes)
    elif basis is Basis.LEAD and category is not None:
        found = _of_lead(category, tally, terms, genes)
    else:
        found = [_any_of(doubt for gene in genes for doubt in gene.doubts)]
    return tuple(threat.tight() for threat in found if threat.is_possible)


def _any_of(doubts: Iterable[Doubt], need: int = 1) -> Threat:
    return Threat(need, tuple(((doubt, 1),) for doubt in doubts))


def _first_evidence(tally: Tally, terms: Terms, genes: Sequence[OpenGene]) -> list[Threat]:
    """A category must reach a minimum before there is any decision."""
    gains = _Gains.of(genes, tally)
    return [
        gains.threat(at, tier.minimum - entry.points[at], entry.category)
        for entry in tally.known()
        for at, tier in enumerate(terms.tiers)
        if tier.opens == "yes" and (tier.cap is None or tier.cap >= tier.minimum)
    ]


def _of_lead(category: str, tally: Tally, terms: Terms, genes: Sequence[OpenGene]) -> list[Threat]:
    """The chosen category must lose a duel to somebody, or its own minimum.

    Genes with revocable findings may take points away, so each of their states is tried. The others only add points.
    """
    loose = [gene for gene in genes if gene.loose]
    if prod(gene.size for gene in loose) > MOST_CASES:
        return [_any_of(doubt for gene in genes for doubt in gene.doubts)]
    gains = _Gains.of([gene for gene in genes if not gene.loose], tally)
    doubts = {doubt.number: doubt for gene in loose for doubt in gene.doubts}
    found: list[Threat] = []
    lost: list[set[int]] = []
    for present, changed in sorted(_cases(loose), key=lambda case: len(case[0])):
        contest = Contest(tally.known(changed), terms)
        if any(numbers <= present for numbers in lost):
            continue
        if contest.outcome() != (category, Basis.LEAD):
            lost.append(present)
            found.append(_any_of((doubts[number] for number in sorted(present)), len(present)))
            continue
        ours = next(entry for entry in contest.entries if entry.category == category)
        for rival in contest.entries:
            if rival is not ours:
                found += _of_duel(ours, rival, contest.won[category, rival.category], terms, gains)
    return found


def _cases(genes: Sequence[OpenGene]) -> Iterator[tuple[set[int], Strengths]]:
    for states in itertools.product(*(tuple(gene.states()) for gene in genes)):
        yield (
            {number for present, _ in states for number in present},
            {gene.gene: strengths for gene, (_, strengths) in zip(genes, states, strict=True)},
        )


def _of_duel(ours: Known, rival: Known, decided: int, terms: Terms, gains: _Gains) -> Iterator[Threat]:
    """The rival must win a tier before the one that decides, or the chosen one must lose its lead there.

    More points for the chosen one never hurt it, and none are taken away: what it has reached stays reached.
    """
    duel = _Duel(ours, rival, terms, gains)
    for at in range(decided - 1):
        if duel.rival_may_win(at):
            yield duel.rival_wins(at)
    threat = duel.lead_is_lost(decided - 1)
    if threat.is_possible and duel.may_fail_from(decided - 1):
        yield threat


@frozen
class _Duel:
    ours: Known
    rival: Known
    terms: Terms
    gains: _Gains

    def rival_needs(self, at: int) -> list[Threat]:
        """The margin and the minimum, where it does not have them."""
        tier, theirs = self.terms.tiers[at], self.rival.points[at]
        needs = [
            self.gains.threat(at, self.lead(at) + tier.margin, self.rival.category, self.less(at)),
            self.gains.threat(at, tier.minimum - theirs, self.rival.category),
        ]
        return [threat for threat in needs if threat.need > 0]

    def rival_may_win(self, at: int) -> bool:
        return all(threat.is_possible for threat in self.rival_needs(at))

    def rival_wins(self, at: int) -> Threat:
        """It needs both; the one with the smaller chance bounds them."""
        return min(self.rival_needs(at), key=Threat.risk)

    def lead_is_lost(self, at: int) -> Threat:
        need = self.lead(at) - self.terms.tiers[at].margin + 1
        return self.gains.threat(at, need, self.rival.category, self.less(at))

    def may_fail_from(self, at: int) -> bool:
        """Whether no later tier is sure to give the duel to the chosen one before the rival can win it."""
        for each in range(at, len(self.terms.tiers)):
            tier = self.terms.tiers[each]
            if self.rival_may_win(each):
                return True
            leads = self.ours.points[each] >= tier.minimum and self.lead(each) >= tier.margin
            if leads and not self.lead_is_lost(each).is_possible:
                return False
        return True

    def lead(self, at: int) -> int:
        return self.ours.points[at] - self.rival.points[at]

    def less(self, at: int) -> str | None:
        """The chosen category, whose own gain counts against a threat; where a cap may cut its gain, nobody's does."""
        cap, pair = self.terms.tiers[at].cap, (self.ours, self.rival)
        binds = cap is not None and any(e.points[at] + self.gains.most(at, e.category) >= cap for e in pair)
        return None if binds else self.ours.category


@frozen
class _Gains:
    """What doubts would add to the points of categories, for each of their worths."""

    by_place: Mapping[tuple[int, str], Mapping[str, Sequence[tuple[Doubt, tuple[Mapping[str, int], ...]]]]]

    @classmethod
    def of(cls, genes: Iterable[OpenGene], tally: Tally) -> _Gains:
        found: dict[tuple[int, str], dict[str, list[tuple[Doubt, tuple[Mapping[str, int], ...]]]]] = {}
        nothing = (0,) * len(tally.content.decision.tiers)
        for gene in genes:
            shares = tally.content.shares_of[gene.gene]
            known = tally.strengths.get(gene.gene, nothing)
            for doubt in gene.doubts:
                now = known[doubt.tier - 1]
                each = tuple(
                    {name: max(worth, now) * share // 1000 - now * share // 1000 for name, share in shares.items()}
                    for worth in doubt.worth
                )
                for name in shares:
                    place = found.setdefault((doubt.tier - 1, name), {})
                    place.setdefault(gene.gene, []).append((doubt, each))
        return cls(found)

    def threat(self, at: int, need: int, raised: str, less: str | None = None) -> Threat:
        """That one category gains so much in a tier, less what another one gains by the same doubts."""
        groups = []
        for doubts in self.by_place.get((at, raised), {}).values():
            weights = [(d, max(g[raised] - (g.get(less, 0) if less else 0) for g in each)) for d, each in doubts]
            if group := tuple((doubt, weight) for doubt, weight in weights if weight > 0):
                groups.append(group)
        return Threat(need, tuple(groups))

    def most(self, at: int, name: str) -> int:
        """The most that a category can gain in a tier."""
        return sum(
            max(gain[name] for _, each in doubts for gain in each)
            for doubts in self.by_place.get((at, name), {}).values()
        )
