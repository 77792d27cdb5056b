"""A ledger: entries are appended, read and proved; nothing in it is ever changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Self

import sqlalchemy as sa
from attrs import field, frozen

from assigner.errors import LedgerProofError, LedgerRuleError, LedgerStoreError
from assigner.ledger import appending, tree
from assigner.ledger.drafts import Actor, Draft, Names, Wish, of_trial
from assigner.ledger.entries import Entry, Opened, Result, parse_entry
from assigner.ledger.looking import COSIGNATURE, Known, counts_before, participant_in, trial_in
from assigner.ledger.notes import Key, Note, Receipt, Signed, SigningKey, key_of
from assigner.ledger.reading import bodies, body_of, kept_of, node_of, note_of, receipt_of
from assigner.ledger.rules import Counts, Participant, Trial
from assigner.ledger.store import Journal, Store, connect, create

ATTEMPTS = 3
"""How often an append is tried when the connection breaks: the request id tells whether it was recorded."""

ALL = 2**53
"""More entries than there can be."""

PAUSE = 0.2
"""Seconds before the second attempt; twice as many before the third."""


@frozen(eq=False)
class Ledger:
    """An open ledger.

    Attributes:
        names: how participants and inputs are named in it.
        key: the key that signs its checkpoints; None to read only.
        clock: the time; None for the server's, or this machine's where there is no server.
        known: what it has itself written, read and signed since it was opened.
    """

    store: Store
    names: Names
    key: SigningKey | None = None
    clock: Callable[[], datetime] | None = None
    known: Known = field(factory=Known, init=False, repr=False)

    @classmethod
    def open(
        cls, url: str, *, key: SigningKey | None = None, secret: bytes | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> Self:  # fmt: skip
        """Open a ledger that exists.

        Args:
            url: the path of a SQLite file, or a URL of PostgreSQL.
            key: the key that signs checkpoints, to append.
            secret: the trial's secret, where it keys participants' ids.
            clock: the time, where it is not to be the server's or the machine's.

        Raises:
            LedgerStoreError: when there is none that can be read.
            LedgerRuleError: when the secret is not the trial's.
        """
        ledger = cls(connect(url), Names(secret), key, clock)
        try:
            ledger._expect_secret()
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def create(
        cls, url: str, origin: str, opened: Opened, actor: Actor, reason: str, *, key: SigningKey,
        secret: bytes | None = None, clock: Callable[[], datetime] | None = None, journal: Journal = "delete",
    ) -> tuple[Self, Receipt]:  # fmt: skip
        """Make a new ledger and open the trial.

        Args:
            url: where: a new file, or an empty PostgreSQL database.
            origin: its name for ever, in its checkpoints: `trials.example.org/abc`.
            opened: the trial.
            actor: who opens it.
            reason: why.
            key: the key that signs checkpoints.
            secret: the trial's secret, if it keys participants' ids.
            clock: as for `open`.
            journal: SQLite's journal mode.

        Raises:
            LedgerStoreError: when it exists already or cannot be made.
            LedgerRuleError: when the trial contradicts itself.
        """
        names = Names(secret)
        told = opened.model_copy(
            update={"participants": "hmac-sha256" if secret else "plain", "key_check": names.key_check}
        )
        ledger = cls(create(url, journal=journal), names, key, clock)
        draft = of_trial(Wish(actor=actor, reason=reason), told)
        try:
            return ledger, ledger._append(draft, origin)
        except BaseException:
            ledger.store.discard()
            raise

    def close(self) -> None:
        """Let the database go."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --------------------------------------------------------------------------------------------------------- append

    def append(self, draft: Draft) -> Receipt:
        """Record an entry, in one transaction, and prove that it is recorded.

        The same request again gives the receipt of the entry that it made. When the connection breaks while the
        database may have committed, the request id settles it.

        Raises:
            LedgerRuleError: when a rule refuses it; nothing is written.
            LedgerStoreError: when the database cannot be written; `in_doubt` when it is not known whether it was.
        """
        return self._append(draft, None)

    def _append(self, draft: Draft, origin: str | None) -> Receipt:
        in_doubt = False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.store.writing() as connection:
                    return appending.append(connection, draft, origin, self.key, self.clock, self.known)
            except LedgerStoreError as error:
                in_doubt = in_doubt or error.in_doubt
                if not in_doubt:
                    raise
                if attempt == ATTEMPTS:
                    text = f"the connection broke; send the request {draft.request} again to learn if it is recorded"
                    raise LedgerStoreError(error.place, error.expected, error.got, text, in_doubt=True) from error
            time.sleep(attempt * PAUSE)
        raise AssertionError("unreachable")

    def _expect_secret(self) -> None:
        if self.names.secret is None:
            return
        with self.store.reading() as connection:
            first = body_of(connection, 0)
        opened = None if first is None else parse_entry(first, "entry 0").content
        if isinstance(opened, Opened) and opened.key_check != self.names.key_check:
            raise LedgerRuleError("participant key", "the trial's secret", "another one")

    # ----------------------------------------------------------------------------------------------------------- read

    def entries(self, since: int = 0) -> Iterator[Entry]:
        """All entries in their order.

        Raises:
            LedgerProofError: when one of them is none.
        """
        with self.store.reading() as connection:
            for seq, body in bodies(connection, since):
                yield parse_entry(body, f"entry {seq}")

    def participant(self, id: str) -> Participant | None:
        """Where a participant stands; None for one whom the ledger does not know."""
        return self.participant_of(self.key_of(id))

    def participant_of(self, key: str) -> Participant | None:
        """Where the participant of a key in this ledger stands; None for one whom the ledger does not know."""
        with self.store.reading() as connection:
            return participant_in(connection, key)

    def trial(self) -> Trial:
        """The trial as it is now.

        Raises:
            LedgerRuleError: when none is opened.
        """
        with self.store.reading() as connection:
            found = trial_in(connection)
        if found is None:
            raise LedgerRuleError("ledger", "a trial that is opened", "no entry")
        return found

    def accrual(self) -> Counts:
        """How many participants have each arm, by site."""
        with self.store.reading() as connection:
            return counts_before(connection, ALL)

    def key_of(self, id: str) -> str:
        """The participant's key in this ledger."""
        return self.names.participant(id)

    def checkpoint(self, size: int | None = None) -> Note:
        """The signed checkpoint of a size, with all cosignatures; the latest one when no size is given.

        Raises:
            LedgerProofError: when there is none.
        """
        with self.store.reading() as connection:
            return note_of(connection, size)

    def receipt(self, seq: int) -> Receipt:
        """The proof that an entry is in the ledger as it stands now.

        Raises:
            LedgerProofError: when there is no such entry.
        """
        with self.store.reading() as connection:
            return receipt_of(connection, seq)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of `new` entries begins with that of `old`."""
        with self.store.reading() as connection:
            return tree.consistency(old, new, lambda level, place: node_of(connection, level, place))

    def trace_of(self, seq: int) -> bytes:
        """The bytes of the trace of an entry.

        Raises:
            LedgerProofError: when there is no such entry, it has no trace, or the trace is not kept.
        """
        with self.store.reading() as connection:
            body = body_of(connection, seq)
            content = None if body is None else parse_entry(body, f"entry {seq}").content
            kept = kept_of(connection, content.trace) if isinstance(content, Result) else None
        if kept is None:
            raise LedgerProofError(f"entry {seq}", "an entry with a trace that is kept", "none")
        return kept.opened()

    def add_cosignature(self, size: int, line: Signed) -> None:
        """Keep what a witness has signed."""
        with self.store.writing() as connection:
            found = connection.execute(sa.select(COSIGNATURE.c.line).where(COSIGNATURE.c.size == size)).scalars()
            if str(line) not in set(found):
                connection.execute(sa.insert(COSIGNATURE).values(size=size, line=str(line)))

    @property
    def public_key(self) -> Key | None:
        """The key under which the ledger's own checkpoints are verified."""
        if self.key is None:
            return None
        return key_of(self.checkpoint().checkpoint.origin, self.key)
