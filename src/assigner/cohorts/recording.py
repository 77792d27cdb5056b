"""Results straight into a trial's ledger: each is appended before the run notes that it is done."""

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
        waits: whether the participant has no arm until a person decides, as after a review.
    """

    assignment: Assignment
    entry: int
    waits: bool


@frozen(kw_only=True)
class Standing:
    """What the entry of a participant says.

    Attributes:
        entry: its number.
        waits: whether the participant has no arm until a person decides.
        alarms: participants who have one of the same input files.
    """

    entry: int
    waits: bool
    alarms: tuple[str, ...]

    def expect_no_alarm(self) -> None:
        """See that nobody else has one of the same input files.

        Raises:
            LedgerRuleError: somebody has; the entry stands, and the participant waits for a person.
        """
        if self.alarms:
            do = "input files that nobody else in the ledger has; the participant waits there until a person decides"
            raise LedgerRuleError(f"entry {self.entry} (assigned)", do, f"one of {first_named(self.alarms)}")


@frozen(kw_only=True)
class Recorder:
    """Appends results to a ledger, each once, however often a run is ended and goes on.

    Attributes:
        ledger: the ledger, open with its key.
        actor: who acts.
        reason: why.
        receipt: where the receipt is written that proves all entries of a run, if it is wanted.
    """

    ledger: Ledger
    actor: Actor
    reason: str
    receipt: Path | None = None
    alike: Alike = field(factory=Alike, init=False, repr=False)

    @property
    def form(self) -> dict[str, Any]:
        """What of it makes a run the same run."""
        return {"origin": self.ledger.trial().origin, "reason": self.reason, **asdict(self.actor)}

    def expect_open(self, rules: Rules) -> None:
        """See that the trial takes results of this actor and rule set at all.

        Raises:
            LedgerRuleError: it does not, or arms are hidden from the actor.
            InputError: the rule set balances what the ledger does not count.
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
        """See that the ledger has the entries that an ended run has noted.

        Args:
            run: what the run is, as for `recorded`.
            rows: of those who are done.

        Raises:
            LedgerProofError: it has not: it was put back from a copy, or is another one.
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
        """Whether a row tells of this entry, which the same run has asked for."""
        from assigner.ledger.entries import Assigned

        if entry is None or not isinstance(entry.content, Assigned):
            return False
        who, content = str(row["participant"]), entry.content
        if (entry.participant, entry.request) != (self.ledger.names.participant(who), self._wish(run, who).request):
            return False
        told = with_entry(row, (entry.seq, _waits(content)))
        return row == (told if row["outcome"] == "error" else {**told, "category": content.category})

    def expect_receipt(self, rows: Iterable[Row]) -> None:
        """See that no file is where the receipt is to be written, but that of an ended run which has written it.

        Args:
            rows: of those who are done.

        Raises:
            InputError: another file is there.
        """
        if self.receipt is None or not os.path.lexists(self.receipt):
            return
        from assigner.ledger.notes import parse_receipt, text_in

        try:
            found = parse_receipt(text_in(self.receipt, "receipt")) if self.receipt.is_file() else None
        except LedgerProofError:  # what it quotes of the file may be a secret
            found = None
        own = (self.ledger.trial().origin, max(in_ledger(rows), default=None))
        if found is None or (found.note.checkpoint.origin, found.index) != own:
            raise InputError(str(self.receipt), "no file of this name yet, or the receipt of this run", "another file")

    def recorded(self, run: str, who: str, trace: bytes) -> Standing:
        """Record the result in a trace, which rests on no other participant.

        Args:
            run: what the run is: the same run asks for a participant's entry under the same request id.
            who: the participant.
            trace: its bytes.

        Raises:
            LedgerRuleError: the ledger refuses it.
            LedgerStoreError: the database cannot be written.
        """
        from assigner.ledger.drafts import assign

        return self._appended(assign(self._wish(run, who), self.ledger.names, trace))

    def decided(self, run: str, profile: Profile, rules: Rules) -> tuple[Assignment, Standing]:
        """Decide about a participant from those whom the ledger has at the moment of the append.

        Raises:
            LedgerRuleError: the ledger refuses it.
            LedgerStoreError: the database cannot be written.
        """
        from assigner.ledger.drafts import decide

        found = find(profile, rules, self.alike)  # the long part of the work, before the ledger is locked
        made: list[Assignment] = []

        def decided(others: Accrual) -> bytes:
            others.expect_for(rules.content)
            made[:] = [concluded(profile, found, rules, accrual=others)]
            return made[0].trace_bytes

        standing = self._appended(decide(self._wish(run, profile.participant), self.ledger.names, profile, decided))
        return made[0], standing  # of an entry that was there, the decision is made again from those before it

    def write_receipt(self, entries: Iterable[int]) -> None:
        """Write the receipt of the latest of some entries; its checkpoint covers those before."""
        if self.receipt is not None and (last := max(entries, default=None)) is not None:
            write_whole(self.receipt, str(self.ledger.receipt(last)).encode())

    def _wish(self, run: str, who: str) -> Wish:
        from assigner.ledger.drafts import Wish

        named = self.ledger.names.participant(who)  # where ids are keyed, nobody can try them against the request
        told = {"run": run, "participant": named, "reason": self.reason, **asdict(self.actor)}
        return Wish(actor=self.actor, reason=self.reason, request=hashlib.sha256(canonical(told)).hexdigest())

    def _appended(self, draft: Draft) -> Standing:
        from assigner.ledger.entries import Assigned, parse_entry

        receipt = self.ledger.append(draft)
        content = parse_entry(receipt.extra or b"", f"entry {receipt.index}").content
        assert isinstance(content, Assigned)
        return Standing(entry=receipt.index, waits=_waits(content), alarms=tuple(content.alarms))


def _waits(content: Assigned) -> bool:
    """Whether a participant of whom this is recorded has no arm until a person decides."""
    return content.category is None or bool(content.alarms)


def record_many(
    profiles: Iterable[tuple[str, Profile | AssignerError]], rules: Rules, recorder: Recorder, *, run: str
) -> Iterator[tuple[str, Recorded | AssignerError]]:
    """Record each participant's result in a ledger; each comes with it, or with the error that stands in its way.

    Args:
        profiles: as `read_profiles` gives them.
        rules: the rule set that they were read for.
        recorder: the ledger, and who records in it and why.
        run: an id of yours. What is recorded again under the same one has one entry; so a run that was ended can be
            given again as it is.

    Raises:
        LedgerRuleError: at once, when the trial takes no results of this actor or rule set.
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
