"""What would change a decision: other findings, the loss of one finding, or other numbers in the rule set.

A change removes a true finding or makes an unknown or false one true; all other findings stay as they are. That
the variant of a removed finding may then count by another criterion is ignored.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import comb
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from assigner.decisions.allocations import left_out
from assigner.decisions.contests import Basis, Contest, Terms
from assigner.decisions.scores import Entry, Tally, points_of, strengths_of
from assigner.evidence.findings import Finding
from assigner.evidence.kinds.registry import kind_of
from assigner.rules.schema import RuleSet, Tier
from assigner.truth import Truth

if TYPE_CHECKING:
    from assigner.decisions.accrual import Accrual

MOST_TRIALS = 1000
"""How many sets of changes are tried exhaustively, size by size, before only likely sets are tried."""

MOST_LIKELY_TRIALS = 50
"""How many likely sets of each size are then tried for a category."""

MOST_LIKELY_SIZE = 8
"""The largest size of a likely set."""

TIMES = 10
"""Up to how many times its value a criterion's points are raised."""

LIKELY = 4
"""How many findings of each tier are tried in likely sets: those that support the category most."""


@frozen(kw_only=True)
class Counterfactual:
    """The fewest changes of findings found that give another category.

    Attributes:
        removed: true findings to take away.
        added: unknown or false findings to make true; others with the same effect would do as well.
        at_least: a lower bound: no set of fewer changes gives this category.
    """

    category: str
    removed: tuple[Finding, ...] = ()
    added: tuple[Finding, ...] = ()
    at_least: int

    @property
    def found(self) -> bool:
        """Whether any changes were found that give the category."""
        return bool(self.removed or self.added)

    @property
    def exact(self) -> bool:
        """Whether these are the fewest."""
        return len(self.removed) + len(self.added) == self.at_least


@frozen
class Without:
    """The decision without one true finding.

    Attributes:
        points: what each category would lose in the finding's tier.
        changes: whether the category would change.
    """

    finding: Finding
    category: str | None
    basis: Basis
    points: Mapping[str, int]
    changes: bool


@frozen
class Limit:
    """How far one number of the rule set can move, all else unchanged, before the category changes.

    Attributes:
        name: which number.
        low: the first smaller value that gives another category, or None.
        high: the first larger value that does, or None.
        low_gives: what the smaller value gives.
        high_gives: what the larger value gives.
    """

    name: str
    now: int
    low: int | None
    high: int | None
    low_gives: str | None = None
    high_gives: str | None = None


@frozen
class Changes:
    """Everything that would change a decision."""

    counterfactuals: tuple[Counterfactual, ...]
    without: tuple[Without, ...]
    limits: tuple[Limit, ...]


def changes(
    findings: Sequence[Finding], content: RuleSet, *, participant: str, digest: str, accrual: Accrual | None = None
) -> Changes:
    """Find what would change a decision.

    Args:
        findings: all that were found, false ones too.
        content: the rule set.
        participant: the participant's id; only draws use it.
        digest: the rule set's digest; only draws use it.
        accrual: the participants so far; only allocations and full arms use it.
    """
    shares = content.shares_of
    counted = [f for f in findings if shares.get(f.gene) and f.strength]
    true = tuple(f for f in counted if f.truth is Truth.TRUE)
    terms = Terms.of(content, participant, digest, accrual)
    strengths = strengths_of(true, len(content.decision.tiers))
    case = _Case(true, content, terms, Tally(content, strengths, left_out(content, terms.closed)))
    others = [f for f in counted if f.truth is not Truth.TRUE]
    others.sort(key=lambda f: (f.truth is Truth.FALSE, f.tier, -f.strength, f.gene, f.about))
    return Changes(
        tuple(_Search.of(case, others).counterfactuals()),
        tuple(_without(finding, case) for finding in true),
        tuple(_limits(case)),
    )


@frozen(slots=False)
class _Case:
    """The true findings and the terms under which they are judged."""

    true: tuple[Finding, ...]
    content: RuleSet
    terms: Terms
    tally: Tally
    category: str | None = field(init=False)

    @category.default
    def _now(self) -> str | None:
        return self.outcome()[0]

    def entries(self, removed: Sequence[Finding] = (), added: Sequence[Finding] = ()) -> tuple[Entry, ...]:
        concerned = {f.gene for f in (*removed, *added)}
        staying = [f for f in self.true if f.gene in concerned and not any(f is gone for gone in removed)]
        tiers = len(self.terms.tiers)
        nothing = dict.fromkeys(concerned, (0,) * tiers)
        made = strengths_of([*staying, *(evolve(f, truth=Truth.TRUE) for f in added)], tiers)
        return self.tally.entries_if({**nothing, **made})

    def outcome(self, removed: Sequence[Finding] = (), added: Sequence[Finding] = ()) -> tuple[str | None, Basis]:
        return Contest(self.entries(removed, added), self.terms).outcome()


def _without(finding: Finding, case: _Case) -> Without:
    at = finding.tier - 1
    before, after = case.tally.entries, case.entries([finding])
    lost = {b.category: b.points[at] - a.points[at] for b, a in zip(before, after, strict=True)}
    category, basis = Contest(after, case.terms).outcome()
    points = {name: points for name, points in lost.items() if points}
    return Without(finding, category, basis, points, category != case.category)


# --------------------------------------------------------------------------------------------------- counterfactuals


@frozen
class _Search:
    """Sets of changes by size, smallest first.

    Attributes:
        kinds: the findings that could be made true, grouped by equal effect.
    """

    case: _Case
    kinds: tuple[tuple[Finding, ...], ...]

    @classmethod
    def of(cls, case: _Case, others: Iterable[Finding]) -> _Search:
        """Keep one finding per gene, tier and strength; group genes without a true finding by shares and worths."""
        single: dict[object, Finding] = {}
        for finding in others:
            single.setdefault((finding.gene, finding.tier, finding.strength), finding)
        taken = {f.gene for f in case.true}
        shares = case.content.shares_of
        worths: dict[str, list[tuple[int, int, str]]] = {}
        for finding in single.values():
            worths.setdefault(finding.gene, []).append((finding.tier, finding.strength, finding.truth.value))
        kinds: dict[object, list[Finding]] = {}
        for finding in single.values():
            alike = (sorted(shares[finding.gene].items()), sorted(worths[finding.gene]))
            gene = finding.gene if finding.gene in taken else str(alike)
            kinds.setdefault((gene, finding.tier, finding.strength), []).append(finding)
        return cls(case, tuple(tuple(kind) for kind in kinds.values()))

    def counterfactuals(self) -> Iterator[Counterfactual]:
        names = [category.id for category in self.case.content.categories]
        wanted = [name for name in names if name != self.case.category]
        found: dict[str, Counterfactual] = {}
        size, trials = 1, 0
        while len(found) < len(wanted):
            pool = self.pool(size)
            trials += comb(len(pool), size)
            if trials > MOST_TRIALS or size > len(pool):
                break
            for chosen in itertools.combinations(pool, size):
                category = self.given(chosen)
                if category in wanted and category not in found:
                    found[category] = self.counterfactual(category, chosen, size)
            size += 1
        for name in wanted:
            yield found.get(name) or self.likely(name, size)

    def pool(self, size: int) -> list[Finding]:
        """Candidate changes for sets of `size`; of interchangeable genes only `size` are needed."""
        return [*self.case.true, *itertools.chain.from_iterable(kind[:size] for kind in self.kinds)]

    def likely(self, category: str, at_least: int) -> Counterfactual:
        """A small set for a category: findings that support it most are added, true findings against it are removed."""
        shares = self.case.content.shares_of

        def speaks(finding: Finding) -> int:
            own = shares[finding.gene]
            return finding.strength * (own.get(category, 0) - max([0, *(s for c, s in own.items() if c != category)]))

        for_it = [f for kind in self.kinds for f in kind[:LIKELY] if shares[f.gene].get(category)]
        for_it.sort(key=lambda f: (f.tier, -speaks(f)))
        best: list[Finding] = []
        for _, tier in itertools.groupby(for_it, key=lambda f: f.tier):
            best += itertools.islice(tier, LIKELY)
        against = [f for f in self.case.true if not shares[f.gene].get(category)]
        pool = [*sorted(against, key=lambda f: (f.tier, speaks(f))), *best]
        removable = len(pool) - len(best)
        for size in range(at_least, min(len(pool), MOST_LIKELY_SIZE) + 1):
            firsts = [
                (*pool[:gone], *best[: size - gone]) for gone in range(removable + 1) if 0 <= size - gone <= len(best)
            ]
            sets = itertools.chain(firsts, itertools.combinations(pool, size))
            for chosen in itertools.islice(sets, MOST_LIKELY_TRIALS):
                if self.given(chosen) == category:
                    return self.counterfactual(category, chosen, at_least)
        return Counterfactual(category=category, at_least=at_least)

    def given(self, chosen: Iterable[Finding]) -> str | None:
        return self.case.outcome(*_sides(chosen))[0]

    def counterfactual(self, category: str, chosen: Iterable[Finding], at_least: int) -> Counterfactual:
        removed, added = _sides(chosen)
        return Counterfactual(category=category, removed=removed, added=added, at_least=at_least)


def _sides(chosen: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    chosen = tuple(chosen)
    return tuple(f for f in chosen if f.truth is Truth.TRUE), tuple(f for f in chosen if f.truth is not Truth.TRUE)


# ------------------------------------------------------------------------------------------------------------ limits

_Situation = tuple[tuple[Entry, ...], tuple[Tier, ...]]


def _limits(case: _Case) -> Iterator[Limit]:
    """Limits for the minimum and margin of tiers with points, shares of genes found, and points of criteria.

    Markers and published effects are left out: their points come from their rows, not from the criterion.
    """
    entries = case.tally.entries
    for at, tier in enumerate(case.terms.tiers):
        most = max(entry.points[at] for entry in entries)
        for what in ("minimum", "margin") if most else ():
            now: int = getattr(tier, what)
            yield _limit(case, f"{what} of tier {tier.tier}", now, 1, max(now, most + 1), _with_tier(case, at, what))
    for gene in sorted({f.gene for f in case.true}):
        shares = case.content.shares_of[gene]
        for category, share in shares.items():
            highest = 1000 - sum(shares.values()) + share
            yield _limit(case, f"share of {gene} for {category}", share, 0, highest, _with_share(case, gene, category))
    for criterion in case.content.criteria:
        if kind_of(criterion).fixed_points and any(_worth_its_points(case, f, criterion.id) for f in case.true):
            changed = _with_points(case, criterion.id)
            yield _limit(case, f"points of {criterion.id}", criterion.points, 1, TIMES * criterion.points, changed)


def _with_tier(case: _Case, at: int, what: str) -> Callable[[int], _Situation]:
    entries, tiers = case.tally.entries, case.terms.tiers
    return lambda value: (entries, (*tiers[:at], tiers[at].model_copy(update={what: value}), *tiers[at + 1 :]))


def _with_share(case: _Case, gene: str, category: str) -> Callable[[int], _Situation]:
    others = {g: s for g, s in case.tally.strengths.items() if g != gene}
    rest = Tally(case.content, others, case.tally.left_out)
    shares, strengths = case.content.shares_of[gene], case.tally.strengths[gene]
    return lambda value: (rest.entries_with([points_of(strengths, shares | {category: value})]), case.terms.tiers)


def _worth_its_points(case: _Case, finding: Finding, criterion: str) -> bool:
    """Whether a finding is worth the points of this criterion, and not those of a published effect."""
    effect = case.content.effects.get((criterion, finding.gene))
    return finding.criterion == criterion and (effect is None or effect.points is None)


def _with_points(case: _Case, criterion: str) -> Callable[[int], _Situation]:
    def situation(value: int) -> _Situation:
        scaled = [evolve(f, strength=value) if _worth_its_points(case, f, criterion) else f for f in case.true]
        made = strengths_of(scaled, len(case.terms.tiers))
        return Tally(case.content, made, case.tally.left_out).entries, case.terms.tiers

    return situation


def _limit(case: _Case, name: str, now: int, least: int, most: int, at: Callable[[int], _Situation]) -> Limit:
    seen: dict[int, _Situation] = {}

    def situation(value: int) -> _Situation:
        if value not in seen:
            seen[value] = at(value)
        return seen[value]

    def gives(value: int) -> str | None:
        entries, tiers = situation(value)
        return Contest(entries, evolve(case.terms, tiers=tiers)).outcome()[0]

    def first(near: int, far: int) -> int | None:
        """The value nearest to `near` that gives another category; `near` itself gives the present one."""
        if near == far or not _may_differ(situation(near), situation(far)):
            return None
        if abs(far - near) == 1:
            return far if gives(far) != case.category else None
        middle = (near + far) // 2
        nearer = first(near, middle)
        return first(middle, far) if nearer is None else nearer

    low, high = first(now, least), first(now, most)
    return Limit(name, now, low, high, None if low is None else gives(low), None if high is None else gives(high))


def _may_differ(one: _Situation, other: _Situation) -> bool:
    """Whether any comparison of a contest may come out differently between two values of a number.

    The number moves each category's points, or a tier's minimum or margin, in one direction, so all values between are
    bounded by the two ends.
    """
    (left, tiers), (right, moved) = one, other
    if any(a.genes != b.genes for a, b in zip(left, right, strict=True)):
        return True
    for at, (tier, moved_tier) in enumerate(zip(tiers, moved, strict=True)):
        spans = [tuple(sorted((a.points[at], b.points[at]))) for a, b in zip(left, right, strict=True)]
        minimum = sorted((tier.minimum, moved_tier.minimum))
        margin = sorted((tier.margin, moved_tier.margin))
        if any((low >= minimum[1]) != (high >= minimum[0]) for low, high in spans):
            return True
        for (low, high), (their_low, their_high) in itertools.permutations(spans, 2):
            if (low - their_high >= margin[1]) != (high - their_low >= margin[0]):
                return True
    return False
