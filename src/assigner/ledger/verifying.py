"""Verifying a ledger or a bundle: every entry from its bytes, the rules, the tree, the checkpoints, the traces."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import field, frozen

from assigner.errors import LedgerError, LedgerProofError, LedgerRuleError
from assigner.files import Source
from assigner.ledger import replaying, tree
from assigner.ledger.accruals import move
from assigner.ledger.book import Book
from assigner.ledger.bundles import signature_lines
from assigner.ledger.copies import AT_ONCE, Copy, kept_together
from assigner.ledger.drafts import Kept, Names
from assigner.ledger.entries import Entry, Result, parse_entry
from assigner.ledger.looking import above_leaves
from assigner.ledger.notes import Checkpoint, Note, Receipt, Signed
from assigner.ledger.trust import Policy
from assigner.processes import Sharing

Progress = Callable[[str, int, int], None]
"""What is told while it works: of which step, how many are done, of how many."""


class Answer(enum.StrEnum):
    """What a verification comes to."""

    INTACT = "intact"
    DIFFERS = "differs"
    CANNOT = "cannot"


@frozen
class Fault:
    """What is wrong, or cannot be verified: at which entry, if at one, and why."""

    answer: Answer
    entry: int | None
    why: str

    def __str__(self) -> str:
        return self.why if self.entry is None else f"entry {self.entry}: {self.why}"


@frozen(kw_only=True)
class Verification:
    """The answer, and what it rests on.

    Attributes:
        faults: what is wrong, then what cannot be verified.
        size: how many entries are there.
        checkpoint: the latest checkpoint that is signed as the trust file asks.
        replayed: how many traces were recomputed.
        receipts: how many receipts were found in it.
        book: the state that the entries come to, as far as they are right.
    """

    faults: tuple[Fault, ...]
    size: int
    checkpoint: Checkpoint | None
    replayed: int
    receipts: int
    book: Book = field(repr=False)

    @property
    def answer(self) -> Answer:
        """Intact when nothing is wrong and everything could be verified."""
        found = {fault.answer for fault in self.faults}
        return next((answer for answer in (Answer.DIFFERS, Answer.CANNOT) if answer in found), Answer.INTACT)


@frozen(kw_only=True)
class Wanted:
    """What a verification is to rest on.

    Attributes:
        policy: whom the verifier trusts.
        receipts: what was handed out earlier.
        names: how participants are named, to hold traces against entries; without the secret of a trial that keys
            them, that is left out.
        rules: rule sets to replay traces with, by their paths or bytes, beside the shipped one.
        replay: whether traces are recomputed.
        jobs: how many processes open and recompute them, when they are many.
        progress: what to call while it works.
    """

    policy: Policy
    receipts: tuple[Receipt, ...] = ()
    names: Names = field(factory=Names)
    rules: tuple[Source, ...] = ()
    replay: bool = True
    jobs: int = 1
    progress: Progress = lambda _step, _done, _total: None


def verify(copy: Copy, wanted: Wanted, around: Callable[[Entries], Iterable[Fault]] = lambda _: ()) -> Verification:
    """Verify all of a copy. Nothing in it raises: what is wrong is a fault.

    Args:
        copy: an open database, or a bundle.
        wanted: what it is to rest on.
        around: finds what is wrong beside the entries.
    """
    with Sharing(wanted.jobs) as sharing:
        work = Entries(wanted, sharing)
        stopped = work.read_entries(copy)
        checkpoint = work.read_checkpoints(copy)
    faults = [*stopped, *work.faults, *around(work)]
    receipts = 0
    for at, receipt in enumerate(wanted.receipts, 1):
        wrong = work.compare(receipt, f"receipt {at}")
        receipts += wrong is None
        faults += [] if wrong is None else [wrong]
    replayed = 0
    if not stopped:
        found, replayed = work.traces.replay(copy)
        faults += found
    faults.sort(key=lambda fault: (fault.answer is not Answer.DIFFERS, fault.entry is None, fault.entry or 0))
    return Verification(
        faults=tuple(faults),
        size=work.size,
        checkpoint=checkpoint,
        replayed=replayed,
        receipts=receipts,
        book=work.book,
    )


class Entries:
    """The entries of a copy as far as they are right, and what they come to."""

    def __init__(self, wanted: Wanted, sharing: Sharing) -> None:
        self.wanted, self.sharing = wanted, sharing
        self.book = Book()
        self.edge: list[bytes] = []
        self.size = 0
        self.roots = [tree.root_of_edge([])]
        self.leaves: list[bytes] = []
        self.nodes: list[tuple[int, int, bytes]] = []
        self.last: Entry | None = None
        self.used: set[tuple[str, int]] = set()
        self.counted: set[tuple[str, str, int, int]] = set()
        self.faults: list[Fault] = []
        self.traces = Traces(wanted, sharing)

    def read_entries(self, copy: Copy) -> list[Fault]:
        """Read all entries; the first that is wrong ends it."""
        try:
            for body in copy.bodies():
                self._take(body)
                if len(self.traces.steps) >= AT_ONCE:
                    self.traces.open(copy)
            self.traces.open(copy)
            self.traces.hold()
        except (LedgerProofError, LedgerRuleError) as error:
            return [Fault(Answer.DIFFERS, self.size, str(error))]
        except LedgerError as error:
            return [Fault(Answer.CANNOT, self.size, str(error))]
        return [] if self.size else [Fault(Answer.DIFFERS, None, "there is no entry")]

    def _take(self, body: str) -> None:
        entry = parse_entry(body, f"entry {self.size}")
        prev = self.leaves[-1].hex() if self.leaves else None
        if (entry.seq, entry.prev) != (self.size, prev):
            raise LedgerProofError(f"entry {self.size}", "its own number and the hash of the entry before", "others")
        self.book.take(entry)
        leaf = tree.leaf_hash(body.encode())
        made, self.edge = tree.appended(self.size, self.edge, leaf)
        self.nodes += above_leaves(made)
        self.size += 1
        self.leaves.append(leaf)
        self.roots.append(tree.root_of_edge(self.edge))
        self.last = entry
        if entry.participant is not None:
            self.traces.steps.append(entry)
        if isinstance(entry.content, Result):
            self.used |= {(digest, entry.seq) for digest in entry.content.inputs}
        if entry.arm != entry.was:
            site = entry.enrolled or entry.site
            moved = [arm for arm in (entry.was, entry.arm) if arm is not None]
            self.counted |= {(arm, site, entry.seq, self.book.accrual[arm][site]) for arm in moved}
        if self.size % 1000 == 0:
            self.wanted.progress("entries", self.size, 0)

    def read_checkpoints(self, copy: Copy) -> Checkpoint | None:
        """Verify every checkpoint; gives the latest that is signed as the trust file asks."""
        if self.last is None:
            return None
        by_size: dict[int, list[Signed]] = {}
        try:
            for size, line in signature_lines(self.last.origin, copy):
                by_size.setdefault(size, []).append(line)
        except LedgerError as error:
            self.faults.append(Fault(Answer.DIFFERS, None, str(error)))
        policy, good = self.wanted.policy, list[Note]()
        notes = [self._note(size, lines) for size, lines in sorted(by_size.items())]
        for done, (note, wrong) in enumerate(zip(notes, self.sharing.each(policy.fault_in, notes), strict=True), 1):
            if wrong is None:
                good.append(note)
            else:
                self.faults.append(Fault(Answer.DIFFERS, min(note.checkpoint.size, self.size) - 1, wrong))
            if done % 1000 == 0:
                self.wanted.progress("checkpoints", done, len(by_size))
        if self.size not in by_size:
            self.faults.append(Fault(Answer.DIFFERS, self.size - 1, "there is no checkpoint after the latest entry"))
        best = next((note.checkpoint for note in reversed(good) if policy.is_cosigned(note)), None)
        if best is None and not self.faults:
            why = f"no checkpoint has the cosignatures of {policy.quorum}"
            self.faults.append(Fault(Answer.CANNOT, None, why))
        return best

    def _note(self, size: int, lines: Sequence[Signed]) -> Note:
        root = self.roots[size] if size <= self.size else b"\0" * 32
        return Note(Checkpoint(self.last.origin if self.last else "", size, root), tuple(lines))

    def compare(self, receipt: Receipt, place: str) -> Fault | None:
        """What is wrong with a copy, when this receipt is right."""
        checkpoint = receipt.note.checkpoint
        try:
            self.wanted.policy.expect_log(receipt.note, place)
        except LedgerProofError as error:
            return Fault(Answer.CANNOT, None, str(error))
        if self.last is not None and checkpoint.origin != self.last.origin:
            return Fault(Answer.CANNOT, None, f"{place} is of another ledger, {checkpoint.origin}")
        if checkpoint.size > self.size:
            text = f"{place} is of {checkpoint.size} entries, and only {self.size} are here and right"
            return Fault(Answer.DIFFERS, self.size, text)
        if checkpoint.root != self.roots[checkpoint.size]:
            return Fault(Answer.DIFFERS, checkpoint.size - 1, f"{place} has another tree up to here")
        if receipt.root_for(self.leaves[receipt.index]) != checkpoint.root:
            return Fault(Answer.DIFFERS, receipt.index, f"{place} proves another entry here")
        if receipt.extra is not None and tree.leaf_hash(receipt.extra) != self.leaves[receipt.index]:
            return Fault(Answer.DIFFERS, receipt.index, f"{place} shows another entry here")
        return None


class Traces:
    """The traces of the entries that were read: each held against its entry, and recomputed if that is wanted.

    Attributes:
        steps: entries of participants, in their order, whose traces are not opened yet.
        opened: those whose traces are being opened.
        told: what is kept of each result of theirs, and what it says.
    """

    def __init__(self, wanted: Wanted, sharing: Sharing) -> None:
        self.wanted, self.sharing = wanted, sharing
        self.steps: list[Entry] = []
        self.opened: list[Entry] = []
        self.told: Iterator[tuple[Kept | str | None, replaying.Said | str | None]] = iter(())
        self.counts: dict[str, dict[str, int]] = {}
        self.named: set[str] = set()
        self.sound: list[tuple[int, bytes]] = []
        self.faults: list[Fault] = []

    def open(self, copy: Copy) -> None:
        """Have the traces of the steps opened, while those opened before are held against their entries."""
        named = [entry.content.trace for entry in self.steps if isinstance(entry.content, Result)]
        kept = kept_together(copy, named)
        said = self.sharing.each(replaying.said_in, kept)
        self.hold()
        self.opened, self.told, self.steps = self.steps, zip(kept, said, strict=True), []
        self.named.update(named)

    def hold(self) -> None:
        """Hold the traces that are opened against their entries."""
        for entry in self.opened:
            if isinstance(entry.content, Result):
                kept, said = next(self.told)
                wrong = self._wrong(entry, said)
                if wrong is not None:
                    self.faults.append(wrong)
                elif self.wanted.replay and isinstance(kept, Kept):
                    self.sound.append((entry.seq, kept.opened()))
            move(self.counts, entry.was, entry.arm, entry.enrolled or entry.site)
        self.opened = []

    def _wrong(self, entry: Entry, said: replaying.Said | str | None) -> Fault | None:
        """What is wrong with the trace of an entry, or with the participants whom it counts."""
        if said is None:
            return Fault(Answer.CANNOT, entry.seq, "its trace is not kept")
        wrong = said if isinstance(said, str) else replaying.disagreement(entry, said, self.wanted.names, self.counts)
        return None if wrong is None else Fault(Answer.DIFFERS, entry.seq, wrong)

    def replay(self, copy: Copy) -> tuple[list[Fault], int]:
        """What is wrong with the traces, those that no entry names among them, and how many were recomputed."""
        faults = list(self.faults)
        try:
            for commitment in copy.commitments():
                if commitment not in self.named:
                    faults.append(Fault(Answer.DIFFERS, None, f"a trace is kept that no entry names: {commitment}"))
        except LedgerProofError as error:
            faults.append(Fault(Answer.DIFFERS, None, str(error)))
        if not self.wanted.replay:
            return faults, 0
        jobs = self.wanted.jobs if len(self.sound) >= self.sharing.worth_it else 1
        answers = replaying.replayed(self.sound, self.wanted.rules, jobs)
        for done, (seq, kind, why) in enumerate(answers, 1):
            if kind != "reproduced":
                faults.append(Fault(Answer(kind), seq, why))
            self.wanted.progress("traces", done, len(self.sound))
        return faults, len(self.sound)
