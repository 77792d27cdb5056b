"""What every form says of an entry of a participant: the same items, whatever the form calls them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable

from attrs import field, frozen

from assigner.errors import LedgerRuleError
from assigner.ledger.book import Book
from assigner.ledger.entries import Entry, OfParticipant, Overridden, Result
from assigner.ledger.rules import Participant, Trial


class Type(enum.Enum):
    """What the values of an item are."""

    TEXT = "text"
    INTEGER = "integer"


@frozen
class Step:
    """An entry of a participant, and where it leaves the participant."""

    entry: Entry
    after: Participant
    trial: Trial


@frozen
class Item:
    """One thing that is said of each step.

    Attributes:
        name: the same in every form; lower case letters and underscores.
        of: its value; empty where there is none.
        tells_arm: whether an arm can be inferred from it. A blinded form leaves it out.
    """

    name: str
    label: str
    of: Callable[[Step], str] = field(repr=False)
    type: Type = Type.TEXT
    tells_arm: bool = False


def _result(step: Step, of: Callable[[Result], str]) -> str:
    return of(step.entry.content) if isinstance(step.entry.content, Result) else ""


def _evidence(step: Step) -> str:
    content = step.entry.content
    if not isinstance(content, Overridden):
        return ""
    return "; ".join(f"{each.what} (SHA-256 {each.sha256})" for each in content.evidence)


def _arm_name(step: Step) -> str:
    return step.trial.arms[step.entry.arm].name if step.entry.arm else ""


def _intervention(step: Step) -> str:
    return step.trial.arms[step.entry.arm].intervention if step.entry.arm else ""


ITEMS = (
    Item("entry", "Number of the entry in the ledger", lambda step: str(step.entry.seq), type=Type.INTEGER),
    Item("at", "Time of the entry, UTC", lambda step: step.entry.at),
    Item("kind", "What the entry records", lambda step: step.entry.kind),
    Item("status", "Where the participant stands after it", lambda step: step.after.status.value),
    Item("arm", "Arm after it", lambda step: step.entry.arm or "", tells_arm=True),
    Item("arm_name", "Name of the arm", _arm_name, tells_arm=True),
    Item("intervention", "Intervention of the arm", _intervention, tells_arm=True),
    Item("was", "Arm before it", lambda step: step.entry.was or "", tells_arm=True),
    Item("proposed", "Category that a person may confirm", lambda step: step.after.proposed or "", tells_arm=True),
    Item("review", "Reasons for review", lambda step: _result(step, lambda of: " ".join(of.reasons)), tells_arm=True),
    Item("alarms", "Participants with the same input file", lambda step: " ".join(step.after.alarms)),
    Item("allocation", "Allocation or kit number", lambda step: step.after.allocation or ""),
    Item("evidence", "Documents that an override rests on", _evidence, tells_arm=True),
    Item("actor", "Who acted", lambda step: step.entry.actor),
    Item("role", "In which role", lambda step: step.entry.role),
    Item("site", "At which site", lambda step: step.entry.site),
    Item("reason", "Why", lambda step: step.entry.reason, tells_arm=True),
    Item("rule_set", "SHA-256 of the rule set", lambda step: _result(step, lambda of: of.rule_set)),
    Item("software", "Software that decided", lambda step: _result(step, lambda of: of.software)),
    Item("trace", "Commitment to the trace", lambda step: _result(step, lambda of: of.trace), tells_arm=True),
    Item("request", "Request id", lambda step: step.entry.request),
)  # fmt: skip


def items(*, blinded: bool) -> tuple[Item, ...]:
    """The items of a form; of a blinded one, those from which no arm can be inferred."""
    return tuple(item for item in ITEMS if not (blinded and item.tells_arm))


def steps_of(entries: Iterable[Entry]) -> tuple[Trial, list[Step]]:
    """The trial as it is after all entries, and the steps of its participants in their order.

    Raises:
        LedgerRuleError: when no trial is opened, or the rules refuse an entry.
    """
    book, steps = Book(), []
    for entry in entries:
        book.take(entry)
        if isinstance(entry.content, OfParticipant) and book.trial is not None:
            steps.append(Step(entry, book.participants[entry.participant or ""], book.trial))
    if book.trial is None:
        raise LedgerRuleError("ledger", "a trial that is opened", "no entry")
    return book.trial, steps
