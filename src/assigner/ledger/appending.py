"""One append, in one transaction: read what stands there, ask the rules, write entry, tree and checkpoint."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from attrs import evolve

from assigner.errors import LedgerProofError, LedgerRuleError, LedgerStoreError
from assigner.ledger import tree
from assigner.ledger.accruals import without
from assigner.ledger.copies import as_line
from assigner.ledger.drafts import Actor, Draft, Kept, Situation, Wish, of_trial
from assigner.ledger.entries import (
    SCHEMA_VERSION,
    ClockEvent,
    Content,
    Entry,
    LedgerRecord,
    OfParticipant,
    Token,
    wished,
)
from assigner.ledger.looking import Known, Recorded, Seen, Written, counts_before, look, write
from assigner.ledger.notes import (
    SIGNATURE_BYTES,
    Checkpoint,
    Key,
    Note,
    Receipt,
    Signed,
    SigningKey,
    is_genuine,
)
from assigner.ledger.reading import kept_of, receipt_of
from assigner.ledger.rules import Participant, arm_after, expect_allowed, participant_after, trial_after

MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"

Clock = Callable[[], datetime]


def append(
    connection: sa.Connection, draft: Draft, origin: str | None, key: SigningKey | None, clock: Clock | None,
    known: Known,
) -> Receipt:  # fmt: skip
    """Append the entry of a draft, under the lock of the transaction.

    Args:
        connection: the transaction.
        draft: what is wished.
        origin: the name of a ledger that is opened by it; None when it is open.
        key: what signs the checkpoint.
        clock: the time, where it is not to be the server's or the machine's.
        known: what the open ledger has written, read and signed before; it learns what this append does.

    Raises:
        LedgerRuleError: when a rule refuses it.
        LedgerProofError: when there is no key to sign.
    """
    _expect_names(draft)
    seen = look(connection, draft, known)
    if seen.same is not None:
        _expect_same(connection, seen.same, seen.before, draft)
        return receipt_of(connection, seen.same.seq)
    if seen.trial is None and origin is None:
        raise LedgerRuleError("ledger", "a trial that is opened", "no entry")
    if seen.last is not None and origin is not None:
        raise LedgerRuleError("ledger", "no entry yet", f"{seen.size} entries")
    made = draft.make(_situation(seen))
    entries = tuple(_entries(seen, draft, made.content, origin or "", clock))
    if key is None:
        raise LedgerProofError("key", "the key that signs the ledger's checkpoints", "none")
    last = entries[-1]
    own = known.own_key(last.entry.origin, key)
    _expect_signed(seen, own, known)
    nodes, edge = _grown(seen, entries)
    checkpoint = Checkpoint(last.entry.origin, seen.size + len(entries), tree.root_of_edge(edge))
    line = Signed(own.name, own.id, key.sign(checkpoint.text.encode()))
    kept = () if made.kept is None else ((bytes.fromhex(made.kept.commitment), made.kept.salt, made.kept.content),)
    write(connection, Written(entries, tuple(nodes), ((checkpoint.size, line.id + line.signature),), kept))
    known.last, known.signed = last, (checkpoint, line.id + line.signature)
    hashes = dict(zip(tree.edge_places(seen.size), seen.edge, strict=True))
    hashes |= {(level, place): hashed for level, place, hashed in nodes}
    path = tree.inclusion(last.entry.seq, checkpoint.size, lambda level, place: hashes[level, place])
    return Receipt(last.entry.seq, tuple(path), Note(checkpoint, (line,)), last.body)


class _Names(LedgerRecord):
    """By what an entry is looked for and counted."""

    participant: Token | None
    request: Token
    allocation: Token | None
    site: Token
    role: Token


def _expect_names(draft: Draft) -> None:
    """See that the names of a draft can stand in an entry, before the database and the counts are asked for them."""
    wished(
        _Names,
        {
            "participant": draft.participant,
            "request": draft.request,
            "allocation": draft.allocation,
            "site": draft.actor.site,
            "role": draft.actor.role,
        },
    )


def _situation(seen: Seen) -> Situation:
    before, others = seen.before, seen.accrual
    if before is not None:
        others = without(others, before.arm, before.site)
    return Situation(before=before, shared=seen.shared, others=others)


def _entries(seen: Seen, draft: Draft, content: Content, origin: str, clock: Clock | None) -> Iterator[Recorded]:
    """The entry of a draft; before it one that says so, if the clock went back."""
    at = clock().astimezone(UTC).strftime(MOMENT) if clock else seen.clock or datetime.now(UTC).strftime(MOMENT)
    last = seen.last
    if last is not None and at < last.entry.at:
        event = ClockEvent(before=last.entry.at, now=at)
        who = Actor(name="clock", role=draft.actor.role, site=draft.actor.site, authenticated="the software itself")
        wish = Wish(actor=who, reason="the clock went back")
        last = _entry(seen, of_trial(wish, event), event, last, at, origin)
        yield last
    yield _entry(seen, draft, content, last, at, origin)


def _entry(seen: Seen, draft: Draft, content: Content, last: Recorded | None, at: str, origin: str) -> Recorded:
    """The entry that follows the last one, if the rules allow it."""
    before = seen.before
    told = {
        "schema_version": SCHEMA_VERSION,
        "origin": last.entry.origin if last else origin,
        "seq": last.entry.seq + 1 if last else 0,
        "prev": tree.leaf_hash(last.body).hex() if last else None,
        "request": draft.request,
        "at": at,
        "monotonic": time.monotonic_ns() // 1_000_000,
        "actor": draft.actor.name,
        "role": draft.actor.role,
        "site": draft.actor.site,
        "authenticated": draft.actor.authenticated,
        "reason": draft.reason,
        "nonce": secrets.token_hex(16),
        "participant": None,
        "revision": None,
        "enrolled": None,
        "arm": None,
        "was": None,
        "content": content.model_dump(),
    }
    if isinstance(content, OfParticipant):
        told |= {
            "participant": draft.participant,
            "revision": before.revision + 1 if before else 1,
            "enrolled": before.site if before else draft.actor.site,
            "arm": arm_after(before, content),
            "was": before.arm if before else None,
        }
    entry = wished(Entry, told)
    _expect_rules(seen, draft, entry)
    return Recorded(entry, entry.to_bytes())


def _expect_rules(seen: Seen, draft: Draft, entry: Entry) -> None:
    trial = trial_after(seen.trial, entry)
    expect_allowed(entry, seen.trial or trial, seen.accrual)
    if draft.allocation is not None and seen.allocated - {draft.participant}:
        raise LedgerRuleError("allocation", "one that nobody has", draft.allocation)
    if entry.participant is not None:
        participant_after(seen.before, entry)


def _grown(seen: Seen, entries: tuple[Recorded, ...]) -> tuple[list[tuple[int, int, bytes]], list[bytes]]:
    """The nodes that entries add to the tree, and its edge with them."""
    edge = list(seen.edge)
    nodes: list[tuple[int, int, bytes]] = []
    for at, entry in enumerate(entries, seen.size):
        made, edge = tree.appended(at, edge, tree.leaf_hash(entry.body))
        nodes += made
    return nodes, edge


def _expect_signed(seen: Seen, own: Key, known: Known) -> None:
    """See that what stands there is what the same key signed last, before it signs what follows.

    What another key has signed, of another site, is for the verifier to judge, who knows the keys.

    Raises:
        LedgerStoreError: when the latest entry or the tree is another one, or has no checkpoint.
    """
    if seen.last is None:
        return
    checkpoint = Checkpoint(seen.last.entry.origin, seen.size, tree.root_of_edge(seen.edge))
    size, signature = seen.signed or (0, b"")
    is_right = size == seen.size and (
        known.signed == (checkpoint, signature) or _may_be_right(checkpoint, as_line(own.name, signature), own)
    )
    if not is_right:
        raise LedgerStoreError("ledger", "the entries that its key signed last", "others: verify the ledger")


def _may_be_right(checkpoint: Checkpoint, line: Signed, own: Key) -> bool:
    """Whether a key signed a checkpoint, or it looks as if another one did."""
    if line.id == own.id:
        return is_genuine(checkpoint, line, own)
    return len(line.signature) == SIGNATURE_BYTES


def _expect_same(connection: sa.Connection, entry: Entry, before: Participant | None, draft: Draft) -> None:
    """See that a request that is recorded asked for the same.

    Raises:
        LedgerRuleError: when it asked for something else.
    """
    told = (entry.participant, entry.actor, entry.role, entry.site, entry.reason)
    asked = (draft.participant, draft.actor.name, draft.actor.role, draft.actor.site, draft.reason)
    if told != asked or not _has_same_content(connection, entry, before, draft):
        raise LedgerRuleError("request", "a new id for a new wish", f"{draft.request}, of entry {entry.seq}")


def _has_same_content(connection: sa.Connection, entry: Entry, before: Participant | None, draft: Draft) -> bool:
    at = getattr(entry.content, "of", None)
    then = before if before is None or at is None else evolve(before, last=at)
    others = without(counts_before(connection, entry.seq), entry.was, entry.enrolled or draft.actor.site)
    asked = draft.make(Situation(before=then, shared=(), others=others))
    told, wished = entry.content.model_dump(), asked.content.model_dump()
    if asked.kept is None or "trace" not in told:
        return told == wished
    kept = kept_of(connection, told["trace"])
    salted = kept is None or Kept.of(asked.kept.opened(), kept.salt).commitment == kept.commitment
    return salted and {**told, "trace": "", "alarms": []} == {**wished, "trace": "", "alarms": []}
