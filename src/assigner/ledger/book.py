"""The state that all entries come to, from the first one on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from assigner.ledger.accruals import move
from assigner.ledger.entries import ClockEvent, Entry, Result
from assigner.ledger.rules import Participant, Trial, expect_allowed, participant_after, refused, trial_after


class Book:
    """The state after some entries. It is folded entry by entry, and judges each as on its day."""

    def __init__(self) -> None:
        self.trial: Trial | None = None
        self.participants: dict[str, Participant] = {}
        self.accrual: dict[str, dict[str, int]] = {}
        self.allocations: dict[str, str] = {}
        self.requests: set[str] = set()
        self.inputs: dict[str, list[str]] = {}
        self.latest = ""

    def take(self, entry: Entry) -> None:
        """Take one more entry in.

        Raises:
            LedgerRuleError: when the rules refuse it; then nothing has changed.
        """
        trial = trial_after(self.trial, entry)
        before = self.participants.get(entry.participant or "")
        expect_allowed(entry, self.trial or trial, self.accrual)
        if entry.request in self.requests:
            raise refused(entry, "a request that was not recorded yet", entry.request)
        self._expect_clock(entry)
        after = participant_after(before, entry) if entry.participant is not None else None
        if isinstance(entry.content, Result):
            self._take_result(entry, entry.content)
        self.trial, self.latest = trial, entry.at
        self.requests.add(entry.request)
        if after is not None:
            self.participants[after.key] = after
            move(self.accrual, before.arm if before else None, after.arm, after.site)

    def _expect_clock(self, entry: Entry) -> None:
        told = isinstance(entry.content, ClockEvent)
        if entry.at < self.latest and not told:
            raise refused(entry, f"a time from {self.latest} on, or a clock event before it", entry.at)

    def _take_result(self, entry: Entry, content: Result) -> None:
        key = entry.participant or ""
        if content.allocation is not None and self.allocations.setdefault(content.allocation, key) != key:
            raise refused(entry, "an allocation that nobody has", content.allocation)
        others = shared_by(self.inputs, content.inputs, key)
        if sorted(content.alarms) != others:
            raise refused(entry, f"an alarm for {len(others)} participants with the same input", "another one")
        for digest in content.inputs:
            self.inputs.setdefault(digest, []).append(key)


def shared_by(inputs: Mapping[str, Sequence[str]], digests: Iterable[str], key: str) -> list[str]:
    """The other participants who have one of these inputs, sorted."""
    return sorted({other for digest in digests for other in inputs.get(digest, ())} - {key})


def book_of(entries: Iterable[Entry]) -> Book:
    """The state that entries come to, in their order.

    Raises:
        LedgerRuleError: when the rules refuse one of them.
    """
    book = Book()
    for entry in entries:
        book.take(entry)
    return book
