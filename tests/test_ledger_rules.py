"""What entries come to: the ledger against a plain list of what was wished, step by step."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from assigner.canonical import canonical
from assigner.errors import LedgerProofError, LedgerRuleError
from assigner.ledger.book import Book, book_of
from assigner.ledger.checking import verify_ledger
from assigner.ledger.drafts import close_arm, confirm, of_trial, override, reject, withdraw
from assigner.ledger.entries import ArmClosed, Entry, parse_entry
from assigner.ledger.ledger import Ledger
from assigner.ledger.looking import counts_before
from assigner.ledger.rules import Status
from assigner.ledger.verifying import Answer
from effort import times
from ledgers import ARMS, EVIDENCE, KEY, SITES, enrol, enrolment, ledger, ledger_at, quick_folder, wanted, wish

PEOPLE = [f"P{number}" for number in range(6)]
SIZES = {"A": 2, "B": 3, "C": None}


class Steps(RuleBasedStateMachine):
    """Whatever is wished in whatever order: a plain list of accepted wishes says what must stand in the ledger."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = quick_folder()
        file = self.folder.__enter__() / "ledger"
        self.ledger, self.other = ledger_at(file, SIZES), Ledger.open(str(file), key=KEY)
        self.wishes: list[tuple[str, str | None, str | None]] = []
        self.states: dict[str, tuple[str, str | None]] = {}
        self.files: dict[str, set[str]] = {}
        self.closed: set[str] = set()
        self.receipts: list[Any] = []

    def teardown(self) -> None:
        found = verify_ledger(self.ledger, wanted(*self.receipts))
        assert (found.answer, found.faults) == (Answer.INTACT, ())
        assert found.receipts == len(self.receipts)
        self.ledger.close()
        self.other.close()
        self.folder.__exit__(None, None, None)

    def taken(self) -> Counter[str]:
        return Counter(arm for _, arm in self.states.values() if arm is not None)

    def has_place(self, arm: str) -> bool:
        size = SIZES[arm]
        return arm not in self.closed and (size is None or self.taken()[arm] < size)

    def wished(self, draft: Any, allowed: bool, kind: str, person: str | None, arm: str | None) -> bool:
        """Send a wish, to two open ledgers of one file if it is accepted; gives whether it was."""
        self.ledger, self.other = self.other, self.ledger
        if not allowed:
            with pytest.raises(LedgerRuleError):
                self.ledger.append(draft)
            return False
        receipt = self.ledger.append(draft)
        assert self.other.append(draft).index == receipt.index
        self.receipts.append(receipt)
        self.wishes.append((kind, person, arm))
        return True

    @rule(person=st.sampled_from(PEOPLE), arm=st.sampled_from([*ARMS, "A?", "B?", None]), site=st.sampled_from(SITES),
          file=st.sampled_from([None, "one", "two"]))  # fmt: skip
    def assign(self, person: str, arm: str | None, site: str, file: str | None) -> None:
        self._result(person, arm, site, file, newer=False)

    @rule(person=st.sampled_from(PEOPLE), arm=st.sampled_from([*ARMS, "C?", None]), file=st.sampled_from([None, "one"]))
    def supersede(self, person: str, arm: str | None, file: str | None) -> None:
        self._result(person, arm, "S1", file, newer=True)

    def _result(self, person: str, arm: str | None, site: str, file: str | None, *, newer: bool) -> None:
        before = self.states.get(person)
        shared = {other for other in self.files.get(file or "", ()) if other != person}
        settled = arm if arm in ARMS and not shared else None
        allowed = before is not None and before[0] != "withdrawn" if newer else before is None
        if settled and (before is None or before[1] != settled):
            allowed = allowed and self.has_place(settled)
        draft = enrolment(self.ledger, person, arm, file, newer=newer, site=site)
        kind = "superseded" if newer else "assigned"
        if self.wished(draft, allowed, kind, person, settled):
            self.states[person] = ("assigned" if settled else f"waiting {(arm or '-')[0]}", settled)
            if file is not None:
                self.files.setdefault(file, set()).add(person)

    @rule(person=st.sampled_from(PEOPLE))
    def confirm(self, person: str) -> None:
        state, _ = self.states.get(person, ("", None))
        arm = state.removeprefix("waiting ") if state.startswith("waiting") else "-"
        allowed = arm != "-" and self.has_place(arm)
        if self.wished(confirm(wish(), person), allowed, "confirmed", person, arm):
            self.states[person] = ("assigned", arm)

    @rule(person=st.sampled_from(PEOPLE))
    def reject(self, person: str) -> None:
        allowed = self.states.get(person, ("", None))[0].startswith("waiting")
        if self.wished(reject(wish(), person), allowed, "rejected", person, None):
            self.states[person] = ("rejected", None)

    @rule(person=st.sampled_from(PEOPLE), arm=st.sampled_from(ARMS))
    def override(self, person: str, arm: str) -> None:
        state, was = self.states.get(person, ("withdrawn", None))
        allowed = state != "withdrawn" and (arm == was or self.has_place(arm))
        if self.wished(override(wish(), person, arm, [EVIDENCE]), allowed, "overridden", person, arm):
            self.states[person] = ("assigned", arm)

    @rule(person=st.sampled_from(PEOPLE))
    def withdraw(self, person: str) -> None:
        state, arm = self.states.get(person, ("withdrawn", None))
        if self.wished(withdraw(wish(), person), state != "withdrawn", "withdrawn", person, arm):
            self.states[person] = ("withdrawn", arm)

    @precondition(lambda self: len(self.wishes) > 8)
    @rule(arm=st.sampled_from(ARMS))
    def close_arm(self, arm: str) -> None:
        if self.wished(of_trial(wish(), ArmClosed(closed=arm)), arm not in self.closed, "arm_closed", None, None):
            self.closed.add(arm)

    @invariant()
    def the_ledger_says_what_the_list_says(self) -> None:
        entries = list(self.ledger.entries())
        assert [(entry.kind, entry.participant) for entry in entries[1:]] == [wish[:2] for wish in self.wishes]
        assert [entry.seq for entry in entries] == list(range(len(entries)))
        book = book_of(entries)
        said = {key: (each.status.value, each.arm) for key, each in book.participants.items()}
        assert said == {key: (state.partition(" ")[0], arm) for key, (state, arm) in self.states.items()}
        counts = {arm: sum(sites.values()) for arm, sites in self.ledger.accrual().items()}
        assert Counter(counts) == self.taken() == Counter({arm: sum(at.values()) for arm, at in book.accrual.items()})
        self._says_who_was_there_before_each(entries)
        assert all(size is None or counts.get(arm, 0) <= size for arm, size in SIZES.items())

    def _says_who_was_there_before_each(self, entries: list[Entry]) -> None:
        book = Book()
        with self.ledger.store.reading() as connection:
            for entry in entries:
                assert counts_before(connection, entry.seq) == book.accrual
                book.take(entry)


@pytest.mark.holds("LEDG-03")
def test_the_ledger_is_what_was_wished_whatever_the_order() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Steps, settings=times(0.5, stateful_step_count=20))


@pytest.mark.holds("LEDG-03")
def test_what_the_trial_does_not_allow_is_refused_and_nothing_is_written() -> None:
    with ledger({"A": 1}) as made:
        enrol(made, "P1", "A", allocation="K1")
        refused = [
            (enrolment(made, "P2", "A"), "an arm with a free place; got A, which has 1 of 1"),
            (enrolment(made, "P2", "B", site="S9"), "a site of the trial: S1, S2; got S9"),
            (enrolment(made, "P2", "B", role="nobody"), "a role of the trial"),
            (enrolment(made, "P2", "B", role="monitor"), "a role that may record 'assigned'"),
            (enrolment(made, "P2", "B", allocation="K1"), "one that nobody has"),
            (enrolment(made, "P1", "B"), "without an assignment; got one since entry 1"),
            (confirm(wish(), "P1"), "who waits for a person; got one who is assigned"),
            (confirm(wish(), "P2"), "one with an assignment in this ledger"),
            (override(wish(), "P1", "D", [EVIDENCE]), "an arm of the trial: A, B, C; got D"),
            (enrolment(made, "P2", "B", reason=""), "reason: expected text of at least 1 character"),
            (enrolment(made, "P2", "B", name="Dr\u202eA"), "actor: expected one line of printable text"),
            (override(wish(), "P1", "B", []), "evidence"),
        ]
        for draft, why in refused:
            with pytest.raises((LedgerRuleError, ValueError), match=why.replace("(", r"\(")):
                made.append(draft)
        assert [entry.kind for entry in made.entries()] == ["opened", "assigned"]


WORDLESS = ("", "A B", "a\0b", "\udcff", "\u202e", "x" * 101)


@pytest.mark.parametrize("said", WORDLESS)
@pytest.mark.parametrize("place", ["participant", "request", "site", "role", "allocation", "arm", "closed"])
def test_a_name_that_no_entry_can_have_is_named_before_anything_else_is_said(place: str, said: str) -> None:
    with ledger() as made:
        enrol(made, "P1", "A")
        drafts = {
            "participant": lambda: withdraw(wish(), made.key_of(said)),
            "arm": lambda: override(wish(), "P1", said, [EVIDENCE]),
            "closed": lambda: close_arm(wish(), said),
            "allocation": lambda: enrolment(made, "P2", "B", allocation=said),
        }
        draft = drafts.get(place, lambda: enrolment(made, "P2", "B", **{place: said}))
        with pytest.raises(LedgerRuleError) as told:
            made.append(draft())
        assert told.value.place == place
        assert len(list(made.entries())) == 2


def test_a_review_without_a_proposal_needs_evidence() -> None:
    with ledger() as made:
        enrol(made, "P1", None)
        with pytest.raises(LedgerRuleError, match="a proposed category to confirm"):
            made.append(confirm(wish(), "P1"))
        made.append(override(wish(), "P1", "C", [EVIDENCE]))
        found = made.participant("P1")
        assert found is not None
        assert (found.status, found.arm, found.revision) == (Status.ASSIGNED, "C", 2)


@pytest.mark.holds("LEDG-04")
def test_the_same_input_under_two_participants_waits_for_a_person() -> None:
    with ledger() as made:
        enrol(made, "P1", "A", "one file")
        enrol(made, "P2", "A", "one file")
        found = made.participant("P2")
        assert found is not None
        assert (found.status, found.arm, found.proposed, found.alarms) == (Status.WAITING, None, "A", ("P1",))
        made.append(confirm(wish("twins, and the laboratory confirms two samples"), "P2"))
        again = made.participant("P2")
        assert again is not None
        assert (again.status, again.arm, again.alarms) == (Status.ASSIGNED, "A", ())


def entry() -> Entry:
    with ledger() as made:
        enrol(made, "P1")
        return list(made.entries())[1]


@pytest.mark.holds("LEDG-02")
def test_every_field_of_an_entry_is_in_its_hash_and_no_other_is_taken() -> None:
    whole = entry()
    body = whole.to_bytes()
    assert parse_entry(body) == whole
    for name in Entry.model_fields:
        told = whole.model_dump(mode="json")
        del told[name]
        with pytest.raises(LedgerProofError):
            parse_entry(canonical(told))
    for wrong in (b"", b"{}", b"[]", body + b"\n", body[:-1], b" " + body, body.replace(b'"seq":1', b'"seq":1.0'),
                  body.replace(b"ledger-1.0", b"ledger-9.0"), body.replace(b'"was":null', b'"was":null,"x":1'),
                  b"[" * 100_000, b"\xff"):  # fmt: skip
        with pytest.raises(LedgerProofError):
            parse_entry(wrong)
