"""What could overturn an outcome when there are too many completions to enumerate.

A threat is a need and the weights of doubts. A completion can overturn the outcome only if, for one of the threats, the
weights of the doubts that turn out true add up to its need. The converse may fail: threats do not prove that the
outcome can be overturned, but having none proves that it cannot.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from math import prod

from attrs import field, frozen

from assigner.decisions.completions import Doubt, OpenGene, open_gene
from assigner.decisions.contests import Basis, Contest, Terms
from assigner.decisions.scores import Entry, Strengths, Tally, points_of_share, strongest_by_tier
from assigner.evidence.findings import Findings, GeneFindings

MOST_CASES = 64
"""With more states of genes with revocable findings than this, every doubt counts as a threat of its own."""

MOST_NEED = 100_000
"""Up to this need the smallest sum of weights that meets it is computed exactly."""


@frozen(eq=False)
class Group:
    """Doubts of one gene with their weights, of which only the heaviest true one counts.

    Attributes:
        weights: the distinct weights, ascending.
    """

    items: tuple[tuple[Doubt, int], ...]
    weights: tuple[int, ...] = field(init=False, repr=False)
    least: int = field(init=False, repr=False)
    most: int = field(init=False, repr=False)

    @weights.default
    def _from_least_to_most(self) -> tuple[int, ...]:
        return tuple(sorted({weight for _, weight in self.items}))

    @least.default
    def _lightest(self) -> int:
        return self.weights[0]

    @most.default
    def _heaviest(self) -> int:
        return self.weights[-1]


@frozen
class Threat:
    """A sum (`need`) that the weights of true doubts must meet to overturn the outcome."""

    need: int
    groups: tuple[Group, ...]

    @property
    def is_possible(self) -> bool:
        """Whether all doubts together meet the need."""
        return sum([group.most for group in self.groups]) >= self.need

    def tight(self) -> Threat:
        """The same threat, with the need raised to the smallest sum of weights that meets it."""
        if self.need > MOST_NEED:
            return self
        return Threat(_least_sum(self.need, Counter([group.weights for group in self.groups])), self.groups)

    def parts(self) -> Iterator[tuple[Doubt, int]]:
        """Each doubt with its weight as a share of the need, in parts per million, rounded up.

        The shares of any doubts that meet the need add up to at least one. So the chance that the need is met is at
        most the sum of chance times share, even if the doubts are not independent (Markov's inequality).
        """
        need = self.need
        part = {w: -(-min(w, need) * 1_000_000 // need) for w in {w for g in self.groups for w in g.weights}}
        return ((doubt, part[weight]) for group in self.groups for doubt, weight in group.items)

    def enough(self) -> Iterator[Doubt]:
        """The doubts that meet the need alone."""
        return (doubt for group in self.groups for doubt, weight in group.items if weight >= self.need)

    def within(self, doubts: Container[Doubt]) -> Threat:
        """The same threat when no doubts but these can be true."""
        left = (tuple(item for item in group.items if item[0] in doubts) for group in self.groups)
        return Threat(self.need, tuple(Group(items) for items in left if items))

    def risk(self) -> int:
        """An upper bound of its probability, in units of 10^-12."""
        return sum(part * doubt.carrier_ppm for doubt, part in self.parts())


def _least_sum(need: int, groups: Mapping[tuple[int, ...], int]) -> int:
    """The smallest sum of at most one weight per group that meets a need.

    Either one weight meets it alone, or a sum of smaller ones does. Without any one of its weights the smallest such
    sum is below the need, so it is below twice the need.

    Args:
        need: the least sum.
        groups: the weights of a group, with the number of groups that have exactly these.
    """
    alone = min((weight for weights in groups for weight in weights if weight >= need), default=0)
    sums, possible = 1, (1 << 2 * need) - 1  # bit n says that some weights add up to n
    for weights, count in groups.items():
        small = [weight for weight in weights if weight < need]
        for _ in range(min(count, -(-need // small[0])) if small else 0):  # further groups cannot lower the sum
            before = sums
            for weight in small:
                sums |= before << weight & possible
    beyond = sums >> need
    together = need + (beyond & -beyond).bit_length() - 1 if beyond else 0
    return min(filter(None, (alone, together)))


def threats(
    outcome: tuple[str | None, Basis], tally: Tally, terms: Terms, findings: Findings, genes: Sequence[OpenGene]
) -> tuple[Threat, ...]:
    """Everything that could overturn an outcome; nothing when it is settled.

    Args:
        outcome: the result of the contest.
        tally: the tally of the true findings.
        terms: the rule set's terms for this participant.
        findings: all findings.
        genes: the genes with doubts.
    """
    category, basis = outcome
    if not Contest(tally.entries, terms).able:
        found = _first_evidence(tally, terms, _Gains.of(findings))
    elif basis is Basis.LEAD and category is not None:
        found = _of_lead(category, tally, terms, genes, _Gains.of(findings))
    else:
        found = [_any_of(doubt for gene in genes for doubt in gene.doubts)]
    return tuple(threat.tight() for threat in found if threat.is_possible)


def _any_of(doubts: Iterable[Doubt], need: int = 1) -> Threat:
    return Threat(need, tuple(Group(((doubt, 1),)) for doubt in doubts))


def _first_evidence(tally: Tally, terms: Terms, gains: _Gains) -> list[Threat]:
    """Threats to an outcome without evidence: a category meets the minimum of a tier."""
    return [
        gains.threat(at, tier.minimum - entry.points[at], entry.category)
        for entry in tally.entries
        for at, tier in enumerate(terms.tiers)
        if tier.opens == "yes" and (tier.cap is None or tier.cap >= tier.minimum)
    ]


def _of_lead(category: str, tally: Tally, terms: Terms, genes: Sequence[OpenGene], gains: _Gains) -> list[Threat]:
    """Threats to a lead: the chosen category loses a duel, or no longer meets its own minimum.

    Genes with revocable findings may lose points, so each of their states is tried. The others only add points.
    """
    revocable = [gene for gene in genes if gene.revocable]
    if prod(gene.size for gene in revocable) > MOST_CASES:
        return [_any_of(doubt for gene in genes for doubt in gene.doubts)]
    gains = gains.without(gene.gene for gene in revocable)
    doubts = [doubt for gene in revocable for doubt in gene.doubts]
    found: list[Threat] = []
    lost: list[set[Doubt]] = []
    for present, changed in sorted(_cases(revocable), key=lambda case: len(case[0])):
        contest = Contest(tally.entries_if(changed), terms)
        if any(fewer <= present for fewer in lost):
            continue
        if contest.outcome() != (category, Basis.LEAD):
            lost.append(present)
            found.append(_any_of((doubt for doubt in doubts if doubt in present), len(present)))
            continue
        ours = next(entry for entry in contest.entries if entry.category == category)
        for rival in contest.entries:
            if rival is not ours:
                found += _of_duel(ours, rival, contest.won[category, rival.category], terms, gains)
    return found


def _cases(genes: Sequence[OpenGene]) -> Iterator[tuple[set[Doubt], Strengths]]:
    for states in itertools.product(*(tuple(gene.states()) for gene in genes)):
        yield (
            {doubt for present, _ in states for doubt in present},
            {gene.gene: strengths for gene, (_, strengths) in zip(genes, states, strict=True)},
        )


def _of_duel(ours: Entry, rival: Entry, decided: int, terms: Terms, gains: _Gains) -> Iterator[Threat]:
    """The rival wins a tier before the one that decides, or the chosen category loses its lead in that tier.

    The chosen category loses no points here, so the minima that it meets stay met.
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
    ours: Entry
    rival: Entry
    terms: Terms
    gains: _Gains

    def rival_needs(self, at: int) -> list[Threat]:
        """What the rival still needs in a tier: the margin over the chosen category, and the minimum."""
        tier, theirs = self.terms.tiers[at], self.rival.points[at]
        needs = [
            self.gains.threat(at, self.lead(at) + tier.margin, self.rival.category, self.less(at)),
            self.gains.threat(at, tier.minimum - theirs, self.rival.category),
        ]
        return [threat for threat in needs if threat.need > 0]

    def rival_may_win(self, at: int) -> bool:
        return all(threat.is_possible for threat in self.rival_needs(at))

    def rival_wins(self, at: int) -> Threat:
        """The rival needs both; the less likely of the two is the bound."""
        return min(self.rival_needs(at), key=Threat.risk)

    def lead_is_lost(self, at: int) -> Threat:
        need = self.lead(at) - self.terms.tiers[at].margin + 1
        return self.gains.threat(at, need, self.rival.category, self.less(at))

    def may_fail_from(self, at: int) -> bool:
        """Whether, from this tier on, the rival may win before a tier surely decides for the chosen category."""
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
        """The category whose gain is subtracted from the rival's: the chosen one, or None where a cap may cut gains."""
        cap, pair = self.terms.tiers[at].cap, (self.ours, self.rival)
        binds = cap is not None and any(e.points[at] + self.gains.most(at, e.category) >= cap for e in pair)
        return None if binds else self.ours.category


_Gain = Mapping[str, int]
"""The points that each category gains."""

_Key = tuple[int, str, str | None]
"""Index of a tier (from 0), the category that gains, and the category whose gain is subtracted, if any."""


def _gain(gene: OpenGene, tier: int, worth: int) -> _Gain:
    """The points that categories gain when one more finding of a gene is true."""
    now, then = gene.known[tier - 1], strongest_by_tier([(tier, worth)], gene.known)[tier - 1]
    return {name: points_of_share(then, share) - points_of_share(now, share) for name, share in gene.shares.items()}


@frozen(eq=False)
class _GeneGains:
    """The points that the doubts of one gene would add to each category, for each possible worth."""

    by_place: Mapping[tuple[int, str], tuple[tuple[Doubt, tuple[_Gain, ...]], ...]]
    groups: dict[_Key, Group | None] = field(factory=dict, init=False)

    @classmethod
    def of(cls, gene: OpenGene) -> _GeneGains:
        found: dict[tuple[int, str], list[tuple[Doubt, tuple[_Gain, ...]]]] = {}
        for doubt in gene.doubts:
            each = tuple(_gain(gene, doubt.tier, worth) for worth in doubt.worth)
            for name in gene.shares:
                found.setdefault((doubt.tier - 1, name), []).append((doubt, each))
        return cls({place: tuple(doubts) for place, doubts in found.items()})

    def group(self, key: _Key) -> Group | None:
        """A category's gain in a tier, minus the other's gain by the same doubts; None if not positive."""
        if key not in self.groups:
            at, raised, less = key
            doubts = self.by_place.get((at, raised), ())
            weights = [(d, max(g[raised] - (g.get(less, 0) if less else 0) for g in each)) for d, each in doubts]
            items = tuple((doubt, weight) for doubt, weight in weights if weight > 0)
            self.groups[key] = Group(items) if items else None
        return self.groups[key]


@frozen(eq=False)
class _Gains:
    """The genes whose doubts would add to the points of a category in a tier.

    Attributes:
        usual: the cached gains of the shared findings; None if this is their own cache.
        genes: gains by gene: of all genes, or, beside `usual`, of those that differ; None for a gene without gains.
    """

    usual: _Gains | None
    genes: Mapping[str, _GeneGains | None]
    groups: dict[_Key, Mapping[str, Group]] = field(factory=dict, init=False)

    @classmethod
    def of(cls, findings: Findings) -> _Gains:
        """The gains of some findings; those shared with other participants are cached."""
        usual = findings.usual.cached(cls._of_all)
        return cls(usual, {gene.gene: _gains_of(gene) for gene in findings.apart}) if findings.apart else usual

    @classmethod
    def _of_all(cls, findings: Findings) -> _Gains:
        return cls(None, {gene.gene: _gains_of(gene) for gene in findings.genes})

    def without(self, genes: Iterable[str]) -> _Gains:
        """The same without the gains of these genes."""
        none = dict.fromkeys(genes)
        return _Gains(self, none) if none else self

    def of_place(self, key: _Key) -> Mapping[str, Group]:
        """By gene, sorted by name: a category's gain in a tier, minus that of the other category of the key."""
        if key not in self.groups:
            every = {} if self.usual is None else dict(self.usual.of_place(key))
            usual = frozenset(every)
            for name, gains in self.genes.items():
                group = None if gains is None else gains.group(key)
                if group is not None:
                    every[name] = group
                elif name in usual:
                    del every[name]
            in_order = every.keys() <= usual
            self.groups[key] = every if in_order else {name: every[name] for name in sorted(every)}
        return self.groups[key]

    def threat(self, at: int, need: int, raised: str, less: str | None = None) -> Threat:
        """The threat that a category gains `need` points in a tier, net of the gain of `less` by the same doubts."""
        return Threat(need, tuple(self.of_place((at, raised, less)).values()))

    def most(self, at: int, name: str) -> int:
        """The most that a category can gain in a tier."""
        return sum([group.most for group in self.of_place((at, name, None)).values()])


def _gains_of(gene: GeneFindings) -> _GeneGains | None:
    opened = gene.cached(open_gene)
    return None if opened is None else opened.cached(_GeneGains.of)
