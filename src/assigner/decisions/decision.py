"""From scores to a decision: which category, on what basis, why not the others, and whether it is settled."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, assert_never

from attrs import frozen

from assigner.decisions.allocations import left_out
from assigner.decisions.contests import Basis, Contest, Terms, random_tie_key
from assigner.decisions.grades import Grade, weakest
from assigner.decisions.scores import Entry, Tally
from assigner.decisions.settling import Answered, Settlement, Tests, settle
from assigner.evidence.findings import Finding, Findings
from assigner.rules.schema import RuleSet

if TYPE_CHECKING:
    from assigner.decisions.accrual import Accrual

__all__ = ["Answered", "Basis", "Decision", "Standing", "Tests", "Verdict", "decide", "random_tie_key"]


class Verdict(enum.StrEnum):
    """How a category came out."""

    CHOSEN = "chosen"
    BEATEN = "beaten"
    TIED = "tied"
    NO_EVIDENCE = "no_evidence"
    CLOSED = "closed"


@frozen
class Standing:
    """Why a category was chosen, or why not.

    Attributes:
        against: the category that beat it, or for the chosen category its nearest rival.
        tier: the tier that decided between the two.
        points: its own points in that tier.
        their_points: the other category's points in that tier.
    """

    category: str
    verdict: Verdict
    against: str | None = None
    tier: int | None = None
    points: int = 0
    their_points: int = 0


@frozen(kw_only=True)
class Decision:
    """Which category, on what basis, and whether that is settled.

    Attributes:
        grade: how strong the evidence for it is; None without a category.
        tier: the lowest-ranking tier that was needed.
        settlement: whether what is unknown could overturn it.
        among: the categories that the last step left or chose among: the tied ones, or those of a draw.
    """

    category: str | None
    basis: Basis
    grade: Grade | None
    tier: int | None
    standings: tuple[Standing, ...]
    settlement: Settlement
    among: tuple[str, ...]

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


def decide(
    findings: Findings, content: RuleSet, *, participant: str, digest: str, accrual: Accrual | None = None
) -> Decision:
    """Choose the category that the evidence points to, or the one that the protocol allocates where none does.

    Args:
        findings: all findings; the unknown ones say whether the choice is settled.
        content: the rule set.
        participant: the participant's id; only draws use it.
        digest: the rule set's digest; only draws use it.
        accrual: the participants so far; only allocations and full arms use it.
    """
    terms = Terms.of(content, participant, digest, accrual)
    tally = Tally.of(findings, content, left_out(content, terms.closed))
    contest = Contest(tally.entries, terms)
    category, basis = contest.outcome()
    needed = [tier for (winner, _), tier in contest.won.items() if winner == category]
    standings = {entry.category: _standing(entry, contest, category) for entry in contest.entries}
    return Decision(
        category=category,
        basis=basis,
        grade=None if category is None else _grade(category, basis, needed, contest, content),
        tier=max(needed) if needed and basis is Basis.LEAD else None,
        standings=tuple(standings.get(each.id, Standing(each.id, Verdict.CLOSED)) for each in content.categories),
        settlement=settle(findings, tally, terms, (category, basis)),
        among=contest.resolved.among,
    )


def _grade(category: str, basis: Basis, needed: list[int], contest: Contest, content: RuleSet) -> Grade:
    """The weakest grade among the tiers that the choice needed."""
    grades = [Grade(grade) for grade in content.tier_grades]
    match basis:
        case Basis.LEAD:
            return weakest([grades[tier - 1] for tier in needed] or [_strongest_reached(category, grades, contest)])
        case Basis.DISTINCT_GENES:  # genes of every tier in which somebody has points are counted
            reached = [any(entry.points[at] for entry in contest.entries) for at in range(len(grades))]
            return weakest(grade for grade, counted in zip(grades, reached, strict=True) if counted)
        case Basis.CATEGORY_ORDER | Basis.SEEDED | Basis.LOT | Basis.SMALLEST_ARM | Basis.MINIMISE:
            return Grade.ALLOCATED
        case Basis.TIED | Basis.NO_EVIDENCE:
            raise AssertionError("no category")
        case _:
            assert_never(basis)


def _strongest_reached(category: str, grades: list[Grade], contest: Contest) -> Grade:
    """The grade of a category without rivals: that of the first tier whose minimum it meets."""
    points = next(entry.points for entry in contest.entries if entry.category == category)
    return next(
        grade for grade, own, least in zip(grades, points, contest.terms.least_to_win, strict=True) if own >= least
    )


def _standing(entry: Entry, contest: Contest, category: str | None) -> Standing:
    name = entry.category
    won = [(tier, rival) for rival in contest.entries if (tier := contest.won.get((name, rival.category)))]
    lost = [(tier, rival) for rival in contest.entries if (tier := contest.won.get((rival.category, name)))]
    if name == category:
        nearest = max(won, key=lambda met: (met[0], met[1].points[met[0] - 1]), default=None)
        return _met(entry, Verdict.CHOSEN, nearest)
    by_chosen = [(tier, rival) for tier, rival in lost if rival.category == category]
    if by_chosen or entry not in contest.top:
        return _met(entry, Verdict.BEATEN, min(by_chosen or lost, key=lambda met: met[0]))
    if not any(entry.points) or not contest.able:
        return Standing(name, Verdict.NO_EVIDENCE)
    return Standing(name, Verdict.TIED, category)


def _met(entry: Entry, verdict: Verdict, met: tuple[int, Entry] | None) -> Standing:
    """The standing against a rival, if there is one."""
    if met is None:
        return Standing(entry.category, verdict)
    tier, rival = met
    points = entry.points[tier - 1], rival.points[tier - 1]
    return Standing(entry.category, verdict, rival.category, tier, *points)
