"""From scores to a decision: which category, on what basis, why not the others, and whether it stands."""

from __future__ import annotations

import enum

from attrs import frozen

from assigner.decisions.contests import Basis, Contest, Terms, random_tie_key
from assigner.decisions.scores import Entry, Tally
from assigner.decisions.settling import Answered, Settlement, Tests, settle
from assigner.evidence.findings import Finding, Findings
from assigner.rules.schema import RuleSet

__all__ = ["Answered", "Basis", "Decision", "Standing", "Tests", "Verdict", "decide", "random_tie_key"]


class Verdict(enum.StrEnum):
    """How a category came out."""

    CHOSEN = "chosen"
    BEATEN = "beaten"
    TIED = "tied"
    NO_EVIDENCE = "no_evidence"


@frozen
class Standing:
    """Why a category was chosen, or why not.

    Attributes:
        against: the category that it met: the one that beat it, or for the chosen one its nearest rival.
        tier: where that was decided.
        points: its own points there.
        their_points: the other's.
    """

    category: str
    verdict: Verdict
    against: str | None = None
    tier: int | None = None
    points: int = 0
    their_points: int = 0


@frozen(kw_only=True)
class Decision:
    """Which category, on what basis, and whether it stands.

    Attributes:
        tier: the lowest-ranking tier that was needed.
        settlement: whether what is unknown could overturn it.
    """

    category: str | None
    basis: Basis
    tier: int | None
    standings: tuple[Standing, ...]
    settlement: Settlement

    @property
    def settled(self) -> bool:
        """Whether no completion of what is unknown gives another category; never true when one does."""
        return self.settlement.settled

    @property
    def overturn_risk_ppm(self) -> int:
        """An upper bound of the chance that what is unknown holds another decision."""
        return self.settlement.overturn_risk_ppm

    @property
    def decisive(self) -> tuple[Finding, ...]:
        """The unknown findings that could overturn it, alone or with others."""
        return self.settlement.decisive

    @property
    def to_test(self) -> Tests:
        """What to test so that, if all of it is found absent, the decision is settled."""
        return self.settlement.to_test


def decide(findings: Findings, content: RuleSet, *, participant: str, digest: str) -> Decision:
    """Choose the category that the evidence points to.

    Args:
        findings: all that were found; what is unknown says whether the choice stands.
        content: the rule set.
        participant: the participant's id; only a seeded tie-break uses it.
        digest: the rule set's digest, for the same.
    """
    terms = Terms.of(content, participant, digest)
    tally = Tally.of(findings, content)
    contest = Contest(tally.entries, terms)
    category, basis = contest.outcome()
    top = contest.top()
    needed = [tier for (winner, _), tier in contest.won.items() if winner == category]
    return Decision(
        category=category,
        basis=basis,
        tier=max(needed) if needed and basis is Basis.LEAD else None,
        standings=tuple(_standing(entry, contest, category, basis, top) for entry in contest.entries),
        settlement=settle(findings, tally, terms, (category, basis)),
    )


def _standing(entry: Entry, contest: Contest, category: str | None, basis: Basis, top: tuple[Entry, ...]) -> Standing:
    name = entry.category
    won = [(tier, rival) for rival in contest.entries if (tier := contest.won.get((name, rival.category)))]
    lost = [(tier, rival) for rival in contest.entries if (tier := contest.won.get((rival.category, name)))]
    if name == category:
        nearest = max(won, key=lambda met: (met[0], met[1].points[met[0] - 1]), default=None)
        return _met(entry, Verdict.CHOSEN, nearest)
    by_chosen = [(tier, rival) for tier, rival in lost if rival.category == category]
    if by_chosen or entry not in top:
        return _met(entry, Verdict.BEATEN, min(by_chosen or lost, key=lambda met: met[0]))
    if not any(entry.points) or basis is Basis.NO_EVIDENCE:
        return Standing(name, Verdict.NO_EVIDENCE)
    return Standing(name, Verdict.TIED, category)


def _met(entry: Entry, verdict: Verdict, met: tuple[int, Entry] | None) -> Standing:
    """A standing against one rival; of several the first in the rule set's order."""
    if met is None:
        return Standing(entry.category, verdict)
    tier, rival = met
    points = entry.points[tier - 1], rival.points[tier - 1]
    return Standing(entry.category, verdict, rival.category, tier, *points)
