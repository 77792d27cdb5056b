"""What entries mean, by pure functions: the state of the trial and of a participant, and which entries are refused."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, assert_never

from attrs import evolve, field, frozen

from assigner.errors import LedgerRuleError
from assigner.ledger.entries import (
    AdmittedRules,
    Arm,
    ArmClosed,
    Assigned,
    ClockEvent,
    Confirmed,
    Entry,
    Exported,
    OfParticipant,
    Opened,
    Overridden,
    Rejected,
    Result,
    Role,
    RulesChanged,
    Superseded,
    Withdrawn,
)

Counts = Mapping[str, Mapping[str, int]]
"""How many participants have each arm, by site: arm, then site, then the count; withdrawn participants included."""


class Status(enum.StrEnum):
    """Where a participant stands."""

    ASSIGNED = "assigned"
    WAITING = "waiting"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@frozen(kw_only=True)
class Participant:
    """What the entries of a participant come to.

    Attributes:
        key: the participant's id as the ledger has it.
        arm: the arm, if the participant has one; a withdrawn participant keeps it.
        proposed: the category that a person may confirm, while the participant waits.
        revision: how many entries there are.
        first: the first entry's place in the ledger.
        last: the latest entry's place.
        site: where the participant was enrolled.
        alarms: participants with one of the same inputs, until a person has answered.
    """

    key: str
    status: Status
    arm: str | None
    proposed: str | None
    revision: int
    first: int
    last: int
    site: str
    allocation: str | None
    reasons: tuple[str, ...]
    alarms: tuple[str, ...]


@frozen(kw_only=True)
class Trial:
    """What the entries about the trial itself come to.

    Attributes:
        origin: the ledger's name.
        rule_sets: those admitted now, by digest.
        closed: arms that take nobody more.
    """

    origin: str
    trial: str
    protocol: str
    sites: frozenset[str]
    roles: Mapping[str, Role]
    arms: Mapping[str, Arm]
    rule_sets: Mapping[str, AdmittedRules]
    closed: frozenset[str] = field(default=frozenset())

    def is_blinded(self, role: str) -> bool:
        """Whether arms are hidden from a role; one that is not known may see nothing."""
        return role not in self.roles or self.roles[role].blinded


def trial_after(trial: Trial | None, entry: Entry) -> Trial:
    """The trial with one more entry.

    Raises:
        LedgerRuleError: when it is not opened first, or is opened twice.
    """
    content = entry.content
    if isinstance(content, Opened):
        if trial is not None:
            raise refused(entry, "one opening", "another one")
        return Trial(
            origin=entry.origin,
            trial=content.trial,
            protocol=content.protocol,
            sites=frozenset(content.sites),
            roles={each.id: each for each in content.roles},
            arms={each.id: each for each in content.arms},
            rule_sets={each.digest: each for each in content.rule_sets},
        )
    if trial is None:
        raise refused(entry, "the opening of the trial first", entry.kind)
    match content:
        case ArmClosed():
            return evolve(trial, closed=trial.closed | {content.closed})
        case RulesChanged():
            return evolve(trial, rule_sets={each.digest: each for each in content.rule_sets})
        case (
            Assigned()
            | Confirmed()
            | Rejected()
            | Overridden()
            | Superseded()
            | Withdrawn()
            | ClockEvent()
            | Exported()
        ):
            return trial
        case _:
            assert_never(content)


def arm_after(before: Participant | None, content: OfParticipant) -> str | None:
    """The arm that an entry leaves a participant with."""
    match content:
        case Assigned() | Superseded():
            return None if content.alarms else content.category
        case Confirmed():
            return before.proposed if before else None
        case Rejected():
            return None
        case Overridden():
            return content.arm
        case Withdrawn():
            return before.arm if before else None
        case _:
            assert_never(content)


def participant_after(before: Participant | None, entry: Entry) -> Participant:
    """A participant with one more entry.

    Raises:
        LedgerRuleError: when the entry may not follow.
    """
    content = entry.content
    if not isinstance(content, OfParticipant) or entry.participant is None:
        raise refused(entry, "an entry of a participant", entry.kind)
    _expect_order(before, entry, content)
    told: dict[str, Any] = {"arm": arm_after(before, content), "revision": entry.revision, "last": entry.seq}
    match content:
        case Assigned() | Superseded():
            waits = content.category is None or bool(content.alarms)
            told |= {
                "status": Status.WAITING if waits else Status.ASSIGNED,
                "proposed": content.category or content.provisional if waits else None,
                "reasons": tuple(content.reasons),
                "alarms": tuple(content.alarms),
            }
            if before is None:
                told |= {"key": entry.participant, "first": entry.seq, "site": entry.site}
            told["allocation"] = content.allocation or (before.allocation if before else None)
        case Confirmed() | Overridden():
            told |= {"status": Status.ASSIGNED, "proposed": None, "alarms": ()}
        case Rejected():
            told |= {"status": Status.REJECTED, "proposed": None, "alarms": ()}
        case Withdrawn():
            told |= {"status": Status.WITHDRAWN, "proposed": None}
        case _:
            assert_never(content)
    return evolve(before, **told) if before else Participant(**told)


def _expect_order(before: Participant | None, entry: Entry, content: OfParticipant) -> None:
    """See that an entry of a participant may follow what is there."""
    if isinstance(content, Assigned):
        if before is not None:
            raise refused(entry, "a participant without an assignment", f"one since entry {before.first}")
    elif before is None:
        raise refused(entry, "a participant with an assignment", "one without")
    else:
        _expect_step(before, entry, content)
    revision, site, was = (1, entry.site, None) if before is None else (before.revision + 1, before.site, before.arm)
    if (entry.revision, entry.enrolled) != (revision, site):
        raise refused(entry, f"revision {revision} of the participant, enrolled at {site}", "another one")
    if entry.was != was or entry.arm != arm_after(before, content):
        raise refused(entry, "the arm before and after it", "others", about_arms=True)


def _expect_step(
    before: Participant, entry: Entry, content: Confirmed | Rejected | Overridden | Superseded | Withdrawn
) -> None:
    if before.status is Status.WITHDRAWN:
        raise refused(entry, "a participant who is in the trial", f"one withdrawn in entry {before.last}")
    if content.of != before.last:
        raise refused(entry, f"entry {before.last}, the participant's latest", f"entry {content.of}")
    if isinstance(content, Confirmed | Rejected) and before.status is not Status.WAITING:
        raise refused(entry, "a participant who waits for a person", f"one who is {before.status.value}")
    if isinstance(content, Confirmed) and before.proposed is None:
        raise refused(entry, "a proposed category to confirm", "none: it needs an override with evidence")


def expect_allowed(entry: Entry, trial: Trial, accrual: Counts) -> None:
    """See that the trial allows an entry: its site, role, arm and rule set.

    Args:
        entry: the entry to be appended.
        trial: the trial before it; of the opening itself, the trial that it opens.
        accrual: the counts before it.

    Raises:
        LedgerRuleError: when it does not.
    """
    content = entry.content
    if entry.origin != trial.origin:
        raise refused(entry, f"the ledger {trial.origin}", entry.origin)
    if entry.site not in trial.sites:
        raise refused(entry, f"a site of the trial: {', '.join(sorted(trial.sites))}", entry.site)
    _expect_role(entry, trial)
    if isinstance(content, ArmClosed) and content.closed not in trial.arms.keys() - trial.closed:
        raise refused(entry, "an open arm of the trial", content.closed, about_arms=True)
    if isinstance(content, OfParticipant):
        if entry.participant is None:
            raise refused(entry, "a participant", "none")
    elif (entry.participant, entry.revision, entry.enrolled, entry.arm, entry.was) != (None,) * 5:
        raise refused(entry, "no participant", "one")
    if isinstance(content, Result):
        _expect_result(entry, content, trial)
    if entry.arm is not None and entry.arm != entry.was:
        _expect_place(entry, entry.arm, trial, accrual)


def _expect_role(entry: Entry, trial: Trial) -> None:
    role = trial.roles.get(entry.role)
    if role is None:
        raise refused(entry, f"a role of the trial: {', '.join(sorted(trial.roles))}", entry.role)
    if entry.kind not in role.may and not isinstance(entry.content, Opened | ClockEvent):
        raise refused(entry, f"a role that may record '{entry.kind}'", f"the role {entry.role}")


def _expect_result(entry: Entry, content: Result, trial: Trial) -> None:
    if content.rule_set not in trial.rule_sets:
        raise refused(entry, "a trace of a rule set that the trial admits", f"digest {content.rule_set}")
    for category in (content.category, content.provisional):
        if category is not None and category not in trial.arms:
            raise refused(entry, "a category that is an arm of the trial", category, about_arms=True)


def _expect_place(entry: Entry, arm: str, trial: Trial, accrual: Counts) -> None:
    """See that an arm takes one more participant."""
    if arm not in trial.arms:
        raise refused(entry, f"an arm of the trial: {', '.join(sorted(trial.arms))}", arm, about_arms=True)
    if arm in trial.closed:
        raise refused(entry, "an open arm", f"{arm}, which is closed", about_arms=True)
    size, taken = trial.arms[arm].size, sum(accrual.get(arm, {}).values())
    if size is not None and taken >= size:
        raise refused(entry, "an arm with a free place", f"{arm}, which has {taken} of {size}", about_arms=True)


def refused(entry: Entry, expected: str, got: str, *, about_arms: bool = False) -> LedgerRuleError:
    """The error of an entry that the rules refuse."""
    return LedgerRuleError(f"entry {entry.seq} ({entry.kind})", expected, got, about_arms=about_arms)
