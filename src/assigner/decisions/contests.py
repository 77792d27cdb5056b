"""All categories against each other: duels tier by tier, the top cycle, and the tie-breaks.

One category beats another at the first tier where one of the two reaches the tier's minimum and leads the other by
at least the margin. The category that beats every other one is the outcome. If there is none, the rule set's
tie-breaks choose within the smallest set of categories that beat all outside it (the top cycle; Schwartz 1972).
"""

from __future__ import annotations

import enum
import hmac
import operator
import sys
from collections import Counter
from collections.abc import Container, Sequence
from functools import cached_property, partial
from itertools import combinations
from typing import TYPE_CHECKING

from attrs import frozen

from assigner.decisions.allocations import Allocation, closed_arms
from assigner.decisions.scores import Entry
from assigner.rules.schema import RuleSet, TieBreak, Tier

if TYPE_CHECKING:
    from assigner.decisions.accrual import Accrual


class Basis(enum.StrEnum):
    """What a decision rests on."""

    LEAD = "lead"
    DISTINCT_GENES = "distinct_genes"
    CATEGORY_ORDER = "category_order"
    SEEDED = "seeded"
    LOT = "lot"
    SMALLEST_ARM = "smallest_arm"
    MINIMISE = "minimise"
    TIED = "tied"
    NO_EVIDENCE = "no_evidence"

    @property
    def is_allocation(self) -> bool:
        """Whether the protocol allocated the category where the evidence points to none."""
        return self in ALLOCATIONS

    @property
    def is_drawn(self) -> bool:
        """Whether a draw may have chosen, so that the result depends on the participant's id."""
        return self is Basis.SEEDED or self.is_allocation


ALLOCATIONS = frozenset({Basis.LOT, Basis.SMALLEST_ARM, Basis.MINIMISE})
"""The ways in which the protocol allocates a category where the evidence points to none."""


@frozen(slots=False)
class Terms:
    """What decides a contest apart from the points; participant and digest are empty unless a tie-break is seeded.

    Attributes:
        allocation: how a category is allocated where the evidence chooses none; None sends it to review.
        closed: the categories whose arms are closed: an allocation never chooses them.
    """

    tiers: tuple[Tier, ...]
    tie_breaks: tuple[TieBreak, ...]
    participant: str = ""
    digest: str = ""
    allocation: Allocation | None = None
    closed: frozenset[str] = frozenset()

    @cached_property
    def bars(self) -> tuple[tuple[int, int, int, bool], ...]:
        """Number, minimum and margin of each tier, and whether it opens, for the duels."""
        return tuple((tier.tier, tier.minimum, tier.margin, tier.opens == "yes") for tier in self.tiers)

    def decisive_tier(self, one: Sequence[int], other: Sequence[int]) -> int | None:
        """The tier in which the points of one category beat those of the other; None when none does."""
        opened = False
        for (tier, minimum, margin, opens), left, right in zip(self.bars, one, other, strict=True):
            if left >= minimum or right >= minimum:
                opened = opened or opens
                if opened and not -margin < left - right < margin:
                    return tier
        return None

    @cached_property
    def least_to_win(self) -> tuple[int, ...]:
        """Minimum points by tier; to win, a category must have that many in one tier that opens."""
        return tuple(tier.minimum if tier.opens == "yes" else sys.maxsize for tier in self.tiers)

    @classmethod
    def of(cls, content: RuleSet, participant: str, digest: str, accrual: Accrual | None = None) -> Terms:
        """The terms of a rule set for a participant."""
        rules = content.decision
        who = (participant, digest) if "seeded" in rules.tie_breaks else ("", "")
        closed = closed_arms(content, accrual)
        protocol = rules.otherwise
        if protocol is None:
            return cls(rules.tiers, rules.tie_breaks, *who, closed=closed)
        allocation = Allocation(protocol=protocol, accrual=accrual, participant=participant, digest=digest)
        return cls(rules.tiers, rules.tie_breaks, *who, allocation, closed)

    def allocated(self, among: Sequence[Entry], basis: Basis) -> Resolved:
        """The protocol's choice among some categories when the basis is `tied` or `no_evidence`."""
        every = tuple(entry.category for entry in among)
        if self.allocation is None:
            return Resolved(None, basis, every)
        protocol = self.allocation.protocol
        way = protocol.no_evidence if basis is Basis.NO_EVIDENCE else protocol.tied
        names = tuple(name for name in every if name not in self.closed)
        chosen = self.allocation.choose(way, names) if names else None
        return Resolved(None, basis, every) if chosen is None else Resolved(chosen, Basis(way), names)


@frozen
class Resolved:
    """How a contest ends.

    Attributes:
        among: the categories that the last step left or chose among, in the rule set's order.
    """

    category: str | None
    basis: Basis
    among: tuple[str, ...]


@frozen(slots=False)
class Contest:
    """Categories with their points, under the terms of one rule set."""

    entries: tuple[Entry, ...]
    terms: Terms

    @cached_property
    def won(self) -> dict[tuple[str, str], int]:
        """For each ordered pair in which the first beats the second, the tier that decides."""
        found = {}
        for a, b in combinations(self.entries, 2):
            tier = self.terms.decisive_tier(a.points, b.points)
            if tier is not None:
                lead = a.points[tier - 1] > b.points[tier - 1]
                found[(a.category, b.category) if lead else (b.category, a.category)] = tier
        return found

    def beats(self, one: str, other: str) -> bool:
        """Whether the first wins the duel of the two."""
        return (one, other) in self.won

    @cached_property
    def top(self) -> tuple[Entry, ...]:
        """The smallest set of categories each of which beats every one outside it.

        The category with most wins is in it, since a category outside beats none inside. So is every category that a
        member does not beat.
        """
        names, won = [entry.category for entry in self.entries], self.won
        wins = Counter(winner for winner, _ in won)
        inside: set[str] = set()
        more = sorted(names, key=wins.__getitem__)[-1:]
        while more:
            name = more.pop()
            inside.add(name)
            more += [other for other in names if other not in inside and (name, other) not in won]
        return tuple([entry for entry in self.entries if entry.category in inside])

    @cached_property
    def able(self) -> list[Entry]:
        """The categories that reach the minimum of a tier that opens; none when there is no evidence."""
        return able_of(self.entries, self.terms)

    @cached_property
    def resolved(self) -> Resolved:
        """How the contest ends."""
        return resolve(self.entries, self.terms)

    def outcome(self) -> tuple[str | None, Basis]:
        """The category, if any, and the basis."""
        return self.resolved.category, self.resolved.basis


def resolve(entries: tuple[Entry, ...], terms: Terms) -> Resolved:
    """How a contest ends. Most have a leader, and then the other duels are not computed."""
    able = able_of(entries, terms)
    if not able:
        return terms.allocated(entries, Basis.NO_EVIDENCE)
    leader = leader_of(entries, able, terms)
    if leader is not None:
        return Resolved(leader.category, Basis.LEAD, (leader.category,))
    return _tie_break(Contest(entries, terms).top, frozenset([entry.category for entry in able]), terms)


def able_of(entries: Sequence[Entry], terms: Terms) -> list[Entry]:
    """The categories that reach the minimum of a tier that opens."""
    least = terms.least_to_win
    return [entry for entry in entries if reaches(entry.points, least)]


def leader_of(entries: Sequence[Entry], able: Sequence[Entry], terms: Terms) -> Entry | None:
    """The able category that beats every other category, if there is one: then it alone is the top cycle."""
    for entry in able:
        points = entry.points
        for other in entries:
            if other is not entry:
                tier = terms.decisive_tier(points, other.points)
                if tier is None or points[tier - 1] <= other.points[tier - 1]:
                    break
        else:
            return entry
    return None


def reaches(points: Sequence[int], minima: Sequence[int]) -> bool:
    """Whether the points meet the minimum in at least one tier."""
    return any(map(operator.ge, points, minima))


def _tie_break(tied: tuple[Entry, ...], able: Container[str], terms: Terms) -> Resolved:
    """Apply the rule set's tie-breaks in turn, each to the categories that the one before left.

    A category that meets no minimum may prevent another one from winning, but never wins.
    """
    for rule in terms.tie_breaks:
        eligible = [entry for entry in tied if entry.category in able]
        match rule:
            case "distinct_genes":
                most = max([entry.genes for entry in tied])
                tied = tuple([entry for entry in tied if entry.genes == most])
            case "category_order":
                tied = tuple(eligible[:1]) or tied
            case "seeded":
                tied = tuple(sorted(eligible, key=partial(_random_key, terms))[:1]) or tied
        if len(tied) == 1:
            among = tuple([entry.category for entry in eligible])
            won = tied[0].category in able
            return Resolved(tied[0].category, Basis(rule), among) if won else Resolved(None, Basis.TIED, among)
    return terms.allocated([entry for entry in tied if entry.category in able], Basis.TIED)


def _random_key(terms: Terms, entry: Entry) -> str:
    return random_tie_key(terms.participant, terms.digest, entry.category)


def random_tie_key(participant: str, digest: str, category: str) -> str:
    r"""The key of a category in a seeded tie-break: the category with the smallest key wins.

    HMAC-SHA-256 (RFC 2104) of `participant`, a line feed and `category` in UTF-8 under the rule set's digest, in hex:

        printf 'P001\nCAT1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:DIGEST
    """
    return hmac.digest(bytes.fromhex(digest), f"{participant}\n{category}".encode(), "sha256").hex()
