"""What people see of a ledger: the trial's state, one row a participant, the history; in full, or with arms hidden.

A blinded view has no arm, category, reason, digest or count by arm; two ledgers that differ by an exchange of arms give
the same view, so nothing of an arm can be inferred from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import asdict, frozen

from assigner.errors import LedgerRuleError
from assigner.ledger.book import Book, book_of
from assigner.ledger.entries import (
    ArmClosed,
    Assigned,
    ClockEvent,
    Confirmed,
    Entry,
    Exported,
    Opened,
    Overridden,
    Rejected,
    Result,
    RulesChanged,
    Superseded,
    Withdrawn,
)
from assigner.ledger.rules import Participant, Status, Trial

HIDDEN = "(hidden)"


@frozen(kw_only=True)
class ArmRow:
    """An arm, and how many participants have it."""

    id: str
    name: str
    intervention: str
    taken: int
    size: int | None
    closed: bool
    by_site: Mapping[str, int]


@frozen(kw_only=True)
class Row:
    """One participant."""

    participant: str
    site: str
    status: str
    arm: str
    proposed: str
    allocation: str
    entries: int
    first: int
    latest: int
    reasons: str
    alarms: str


@frozen(kw_only=True)
class Event:
    """One entry."""

    entry: int
    at: str
    kind: str
    participant: str
    what: str
    actor: str
    role: str
    site: str
    reason: str


@frozen(kw_only=True)
class Overview:
    """The state of a trial.

    Attributes:
        arms: none when they are hidden.
        counts: participants by status.
        waiting: those who wait for a person.
    """

    origin: str
    trial: str
    protocol: str
    entries: int
    latest: str
    arms: tuple[ArmRow, ...]
    counts: Mapping[str, int]
    by_site: Mapping[str, int]
    waiting: tuple[Row, ...]
    rule_sets: tuple[str, ...]
    blinded: bool


def overview(entries: Sequence[Entry], *, blinded: bool) -> Overview:
    """The state of a trial.

    Args:
        entries: all of them.
        blinded: whether arms are hidden.

    Raises:
        LedgerRuleError: when no trial is opened.
    """
    book = book_of(entries)
    trial = _opened(book)
    rows = table(book, blinded=blinded)
    counts = Counter(row.status for row in rows)
    sites = Counter(row.site for row in rows)
    return Overview(
        origin=trial.origin,
        trial=trial.trial,
        protocol=trial.protocol,
        entries=len(entries),
        latest=book.latest,
        arms=() if blinded else tuple(_arms(trial, book)),
        counts={status.value: counts[status.value] for status in Status},
        by_site={site: sites[site] for site in sorted(trial.sites)},
        waiting=tuple(row for row in rows if row.status == Status.WAITING.value),
        rule_sets=tuple(f"{each.id} {each.version}, digest {digest}" for digest, each in trial.rule_sets.items()),
        blinded=blinded,
    )


def _opened(book: Book) -> Trial:
    if book.trial is None:
        raise LedgerRuleError("ledger", "a trial that is opened", "no entry")
    return book.trial


def _arms(trial: Trial, book: Book) -> Iterator[ArmRow]:
    for arm in trial.arms.values():
        by_site = {site: count for site, count in sorted(book.accrual.get(arm.id, {}).items()) if count}
        yield ArmRow(
            id=arm.id,
            name=arm.name,
            intervention=arm.intervention,
            taken=sum(by_site.values()),
            size=arm.size,
            closed=arm.id in trial.closed,
            by_site=by_site,
        )


def table(book: Book, *, blinded: bool) -> list[Row]:
    """One row a participant, in the order of their first entries."""
    found = sorted(book.participants.values(), key=lambda each: each.first)
    return [row_of(each, blinded=blinded) for each in found]


def row_of(one: Participant, *, blinded: bool) -> Row:
    """A participant as a row."""
    return Row(
        participant=one.key,
        site=one.site,
        status=one.status.value,
        arm=HIDDEN if blinded else one.arm or "",
        proposed=HIDDEN if blinded else one.proposed or "",
        allocation=one.allocation or "",
        entries=one.revision,
        first=one.first,
        latest=one.last,
        reasons=HIDDEN if blinded else " ".join(one.reasons) if one.status is Status.WAITING else "",
        alarms=" ".join(one.alarms),
    )


def history(entries: Iterable[Entry], *, blinded: bool, participant: str | None = None) -> Iterator[Event]:
    """The entries, of one participant or of all."""
    for entry in entries:
        if participant is None or entry.participant == participant:
            yield Event(
                entry=entry.seq,
                at=entry.at,
                kind=entry.kind,
                participant=entry.participant or "",
                what="" if blinded else what(entry),
                actor=entry.actor,
                role=entry.role,
                site=entry.site,
                reason=HIDDEN if blinded else entry.reason,
            )


def what(entry: Entry) -> str:
    """What an entry says beyond its kind, for one who may know the arms."""
    content = entry.content
    match content:
        case Opened():
            return f"trial {content.trial}, protocol {content.protocol}"
        case Assigned() | Superseded():
            return f"{_replaced(content)}{_result(entry, content)}"
        case Confirmed():
            return f"arm {entry.arm}, answering entry {content.of}"
        case Rejected():
            return f"no arm, answering entry {content.of}"
        case Overridden():
            evidence = ", ".join(f"{each.what} (SHA-256 {each.sha256})" for each in content.evidence)
            return f"arm {entry.arm} instead of {entry.was or 'none'}, grade {content.grade}, on {evidence}"
        case Withdrawn():
            return f"arm {entry.arm or 'none'} stays"
        case ArmClosed():
            return f"arm {content.closed}"
        case RulesChanged():
            return ", ".join(f"{each.id} {each.version}" for each in content.rule_sets)
        case ClockEvent():
            return f"from {content.before} to {content.now}"
        case Exported():
            return f"{content.form} of {content.size} entries for {content.recipient}"


def _replaced(content: Result) -> str:
    return f"replacing entry {content.of}: " if isinstance(content, Superseded) else ""


def _result(entry: Entry, content: Result) -> str:
    if entry.arm is not None:
        return f"arm {entry.arm}"
    why = [*content.reasons, *(f"input of {other}" for other in content.alarms)]
    return f"waits: {', '.join(why)}; proposed {content.category or content.provisional or 'none'}"


def as_rows(items: Sequence[Row] | Sequence[Event]) -> list[dict[str, str]]:
    """Rows of text, for a table in a file."""
    return [{key: str(value) for key, value in asdict(item).items()} for item in items]
