"""The participants so far as a ledger counts them: what an allocation that keeps arms in balance rests on."""

from __future__ import annotations

from pydantic import ValidationError

from assigner.decisions.accrual import Accrual
from assigner.errors import LedgerProofError, LedgerRuleError
from assigner.ledger.rules import Counts

SITE = "site"
"""The factor that the ledger counts: where participants were enrolled."""


def move(counts: dict[str, dict[str, int]], was: str | None, arm: str | None, site: str, number: int = 1) -> None:
    """Move so many participants of a site from an arm to another one; None stands for no arm."""
    for each, step in ((was, -number), (arm, number)):
        if each is not None:
            at = counts.setdefault(each, {})
            at[site] = at.get(site, 0) + step


def without(counts: Counts, arm: str | None, site: str) -> Counts:
    """The counts of all but one participant, who has an arm or none.

    >>> without({"A": {"S1": 2}}, "A", "S1")
    {'A': {'S1': 1}}
    """
    if arm is None:
        return counts
    there = counts.get(arm, {})
    return {**counts, arm: {**there, site: there.get(site, 0) - 1}}


def accrual_of_counts(counts: Counts, site: str) -> Accrual:
    """The accrual that counts of others come to, for a participant of a site.

    >>> accrual_of_counts({"A": {"S1": 2, "S2": 1}}, "S1")
    Accrual(arms={'A': 3}, factors={'site': {'S1': {'A': 2}, 'S2': {'A': 1}}}, levels={'site': 'S1'})

    Raises:
        LedgerProofError: when no sound entries come to such counts: the database is damaged.
    """
    levels: dict[str, dict[str, int]] = {}
    for arm, sites in counts.items():
        for name, count in sites.items():
            if count:
                levels.setdefault(name, {})[arm] = count
    arms = {arm: total for arm, sites in counts.items() if (total := sum(sites.values()))}
    try:
        return Accrual(arms=arms, factors={SITE: levels}, levels={SITE: site})
    except ValidationError as error:
        raise LedgerProofError("counts of arms", "those of sound entries", "others: verify the ledger") from error


def why_not(given: Accrual | None, counted: Accrual) -> str | None:
    """What of an accrual that decided is not as the ledger has it; None when all that the ledger counts is."""
    if given is None:
        return None
    if _some(given.arms) != counted.arms:
        return "arms"
    told = {level: some for level, counts in given.factors.get(SITE, {}).items() if (some := _some(counts))}
    if SITE in given.factors and told != counted.factors[SITE]:
        return "the factor site"
    if given.levels.get(SITE, counted.levels[SITE]) != counted.levels[SITE]:
        return "the participant's site"
    return None


def _some(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def expect_counted(given: Accrual | None, counted: Accrual) -> None:
    """See that a result rests on the participants whom the ledger has now.

    Raises:
        LedgerRuleError: when it rests on others: somebody was assigned in between, or they were counted elsewhere.
    """
    wrong = why_not(given, counted)
    if wrong is not None:
        raise LedgerRuleError(
            "accrual", f"{wrong} as the ledger counts them now", "others: assign again, with --ledger", about_arms=True
        )
