"""Writes results directly to a trial's ledger: each is appended before the journal says that it is done."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, field, frozen

from assigner.assignments import Assignment, concluded
from assigner.canonical import canonical
from assigner.cohorts.tables import Row, entry_of, in_ledger, with_entry
from assigner.decisions.accrual import Accrual
from assigner.decisions.allocations import needs_accrual
from assigner.errors import AssignerError, InputError, LedgerProofError, LedgerRuleError, first_named
from assigner.evidence.alike import Alike
from assigner.evidence.answers import find
from assigner.files import write_whole
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.values import Private

if TYPE_CHECKING:
    from assigner.ledger.drafts import Actor, Draft, Wish
    from assigner.ledger.entries import Assigned, Entry
    from assigner.ledger.ledger import Ledger


@frozen(repr=False)
class Recorded(Private):
    """A result that stands in a ledger.

    Attributes:
        assignment: the result.
        entry: the number of its entry.
        waits: whether the participant has no arm until a person decides, as for a review.
    """

    assignment: Assignment
    entry: int
    waits: bool


@frozen(kw_only=True)
class Standing:
    """The entry of a participant in the ledger.

    Attributes:
        entry: its number.
        waits: whether the participant has no arm until a person decides.
        alarms: other participants with one of the same input files.
    """

    entry: int
    waits: bool
    alarms: tuple[str, ...]

    def expect_no_alarm(self) -> None:
        """Check that no other participant has one of the same input files.

        Raises:
            LedgerRuleError: one has; the entry remains, and the participant waits for a person's decision.
        """
        if self.alarms:
            do = "input files that nobody else in the ledger has; the participant waits there until a person decides"
            raise LedgerRuleError(f"entry {self.entry} (assigned)", do, f"one of {first_named(self.alarms)}")


@frozen(kw_only=True)
class Recorder:
    """Appends results to a ledger, each exactly once, even if a run is interrupted and resumed.

    Attributes:
        ledger: the ledger, open with its key.
        actor: who acts.
        reason: the reason to record.
        receipt: where to write the receipt that proves all entries of a run, if wanted.
    """

    ledger: Ledger
    actor: Actor
    reason: str
    receipt: Path | None = None
    alike: Alike = field(factory=Alike, init=False, repr=False)

    @property
    def form(self) -> dict[str, Any]:
        """The parts of a run's identity that the recorder adds."""
        return {"origin": self.ledger.trial().origin, "reason": self.reason, **asdict(self.actor)}

    def expect_open(self, rules: Rules) -> None:
        """Check that the trial accepts results of this actor and rule set.

        Raises:
            LedgerRuleError: it does not, or the actor is blinded.
            InputError: the rule set balances factors that the ledger does not count.
        """
        trial, actor = self.ledger.trial(), self.actor
        if trial.is_blinded(actor.role) or "assigned" not in trial.roles[actor.role].may:
            raise LedgerRuleError("role", "a role that may record 'assigned' and know the arms", actor.role)
        if actor.site not in trial.sites:
            raise LedgerRuleError("site", f"a site of the trial: {', '.join(sorted(trial.sites))}", actor.site)
        if rules.digest not in trial.rule_sets:
            raise LedgerRuleError("rules", "a rule set that the trial admits", f"one with the digest {rules.digest}")
        if needs_accrual(rules.content):
            from assigner.ledger.accruals import accrual_of_counts

            accrual_of_counts(self.ledger.accrual(), actor.site).expect_for(rules.content)

    def expect_recorded(self, run: str, rows: Sequence[Row]) -> None:
        """Check that the ledger has the entries that an interrupted run has noted.

        Args:
            run: the identity of the run, as for `recorded`.
            rows: the rows of the finished participants.

        Raises:
            LedgerProofError: it does not: it was restored from an older copy, or is another ledger.
        """
        numbers = set(in_ledger(rows))
        if not numbers:
            return
        there = {entry.seq: entry for entry in self.ledger.entries(min(numbers)) if entry.seq in numbers}
        for row in rows:
            if (number := entry_of(row)) is not None and not self._is_noted(row, there.get(number), run):
                do = "the ledger that the run began with, to go on, or a new run with another table and other traces"
                got = f"one that has no such entry of {row['participant']}, as when an older copy was put back"
                raise LedgerProofError(f"entry {number}", do, got)

    def _is_noted(self, row: Row, entry: Entry | None, run: str) -> bool:
        """Whether a row belongs to this entry, and the same run requested the entry."""
        from assigner.ledger.entries import Assigned

        if entry is None or not isinstance(entry.content, Assigned):
            return False
        who, content = str(row["participant"]), entry.content
        if (entry.participant, entry.request) != (self.ledger.names.participant(who), self._wish(run, who).request):
            return False
        expected = with_entry(row, (entry.seq, _waits(content)))
        return row == (expected if row["outcome"] == "error" else {**expected, "category": content.category})

    def expect_receipt(self, rows: Iterable[Row]) -> None:
        """Check that the receipt's path has no file, except this run's own receipt.

        Args:
            rows: the rows of the finished participants.

        Raises:
            InputError: another file exists.
        """
        if self.receipt is None or not os.path.lexists(self.receipt):
            return
        from assigner.ledger.notes import parse_receipt, text_in

        try:
            found = parse_receipt(text_in(self.receipt, "receipt")) if self.receipt.is_file() else None
        except LedgerProofError:  # the error quotes the file, which may contain a secret
            found = None
        own = (self.ledger.trial().origin, max(in_ledger(rows), default=None))
        if found is None or (found.note.checkpoint.origin, found.index) != own:
            raise InputError(str(self.receipt), "no file of this name yet, or the receipt of this run", "another file")

    def recorded(self, run: str, who: str, trace: bytes) -> Standing:
        """Record the result in a trace; the decision must not depend on other participants.

        Args:
            run: the identity of the run; it makes the request id, so the same run gets the same entry again.
            who: the participant.
            trace: its bytes.

        Raises:
            LedgerRuleError: the ledger refuses it.
            LedgerStoreError: the database cannot be written.
        """
        from assigner.ledger.drafts import assign

        return self._appended(assign(self._wish(run, who), self.ledger.names, trace))

    def decided(self, run: str, profile: Profile, rules: Rules) -> tuple[Assignment, Standing]:
        """Decide about a participant with the ledger's accrual at the moment of the append.

        Raises:
            LedgerRuleError: the ledger refuses it.
            LedgerStoreError: the database cannot be written.
        """
        from assigner.ledger.drafts import decide

        found = find(profile, rules, self.alike)  # slow, so it is done before the ledger is locked
        made: list[Assignment] = []

        def decided(others: Accrual) -> bytes:
            others.expect_for(rules.content)
            made[:] = [concluded(profile, found, rules, accrual=others)]
            return made[0].trace_bytes

        standing = self._appended(decide(self._wish(run, profile.participant), self.ledger.names, profile, decided))
        return made[0], standing  # for an existing entry the decision is computed again from the entries before it

    def write_receipt(self, entries: Iterable[int]) -> None:
        """Write the receipt of the latest of some entries; its checkpoint covers all earlier ones."""
        if self.receipt is not None and (last := max(entries, default=None)) is not None:
            write_whole(self.receipt, str(self.ledger.receipt(last)).encode())

    def _wish(self, run: str, who: str) -> Wish:
        from assigner.ledger.drafts import Wish

        named = self.ledger.names.participant(who)  # if ids are keyed, they cannot be guessed from the request id
        parts = {"run": run, "participant": named, "reason": self.reason, **asdict(self.actor)}
        return Wish(actor=self.actor, reason=self.reason, request=hashlib.sha256(canonical(parts)).hexdigest())

    def _appended(self, draft: Draft) -> Standing:
        from assigner.ledger.entries import Assigned, parse_entry

        receipt = self.ledger.append(draft)
        content = parse_entry(receipt.extra or b"", f"entry {receipt.index}").content
        assert isinstance(content, Assigned)
        return Standing(entry=receipt.index, waits=_waits(content), alarms=tuple(content.alarms))


def _waits(content: Assigned) -> bool:
    """Whether the participant of this entry has no arm until a person decides."""
    return content.category is None or bool(content.alarms)


def record_many(
    profiles: Iterable[tuple[str, Profile | AssignerError]], rules: Rules, recorder: Recorder, *, run: str
) -> Iterator[tuple[str, Recorded | AssignerError]]:
    """Record each participant's result in a ledger; yields each participant with the result or the error.

    Args:
        profiles: as `read_profiles` gives them.
        rules: the rule set that they were read for.
        recorder: the ledger, the actor and the reason.
        run: an id of your choice. Recording again under the same id adds no second entry, so an interrupted run can be
            repeated unchanged.

    Raises:
        LedgerRuleError: at once, when the trial does not accept results of this actor or rule set.
        LedgerStoreError: the database cannot be written.
    """
    recorder.expect_open(rules)
    return ((who, _recorded(found, rules, recorder, run)) for who, found in profiles)


def _recorded(found: Profile | AssignerError, rules: Rules, recorder: Recorder, run: str) -> Recorded | AssignerError:
    if isinstance(found, AssignerError):
        return found
    try:
        if needs_accrual(rules.content):
            made, standing = recorder.decided(run, found, rules)
        else:
            made = concluded(found, find(found, rules, recorder.alike), rules)
            standing = recorder.recorded(run, found.participant, made.trace_bytes)
        standing.expect_no_alarm()
    except LedgerRuleError as error:
        return error
    return Recorded(made, standing.entry, standing.waits)
