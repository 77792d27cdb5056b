"""Reading single parts of a ledger's database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from assigner.errors import LedgerProofError
from assigner.ledger import tree
from assigner.ledger.drafts import Kept
from assigner.ledger.entries import parse_entry
from assigner.ledger.looking import CHECKPOINT, COSIGNATURE, ENTRY, KEPT, NODE, blob, text
from assigner.ledger.notes import Checkpoint, Note, Receipt, Signed, parse_signature

_ASK_KEPT = sa.select(KEPT).where(KEPT.c.commitment == sa.bindparam("commitment"))
_ASK_SEVERAL = sa.select(KEPT).where(KEPT.c.commitment.in_(sa.bindparam("commitments", expanding=True)))


def bodies(connection: sa.Connection, since: int = 0) -> Iterator[tuple[int, str]]:
    """The text of all entries from one on, in their order."""
    said = sa.cast(ENTRY.c.body, sa.Text)
    asked = sa.select(ENTRY.c.seq, said.label("said")).where(ENTRY.c.seq >= since).order_by(ENTRY.c.seq)
    for row in connection.execution_options(yield_per=1000).execute(asked):
        yield row.seq, text(row.said, f"entry {row.seq}")


def body_of(connection: sa.Connection, seq: int) -> str | None:
    """The text of one entry; None when it is not there."""
    asked = sa.select(sa.cast(ENTRY.c.body, sa.Text)).where(ENTRY.c.seq == seq)
    found: str | None = connection.execute(asked).scalar()
    return found


def node_of(connection: sa.Connection, level: int, place: int) -> bytes:
    """A node of the tree.

    Raises:
        LedgerProofError: when it is not stored.
    """
    if level == 0:
        return tree.leaf_hash(text(body_of(connection, place), f"entry {place}").encode())
    found = connection.execute(
        sa.select(NODE.c.hash).where(NODE.c.level == level, NODE.c.place == place)
    ).scalar()  # fmt: skip
    return blob(found, f"node {level}, {place}")


def kept_of(connection: sa.Connection, commitment: str) -> Kept | None:
    """What is kept under a commitment."""
    found = connection.execute(_ASK_KEPT, {"commitment": bytes.fromhex(commitment)}).first()
    return None if found is None else _kept(found)


def several_of(connection: sa.Connection, commitments: Sequence[str]) -> dict[str, Kept]:
    """What is kept under those of some commitments that are there, in one question.

    Raises:
        LedgerProofError: when one is damaged.
    """
    asked = {"commitments": [bytes.fromhex(each) for each in commitments]}
    return {kept.commitment: kept for kept in map(_kept, connection.execute(_ASK_SEVERAL, asked))}


def _kept(row: Any) -> Kept:
    commitment = bytes(row.commitment).hex()
    return Kept(commitment, *(blob(each, f"trace {commitment}") for each in (row.salt, row.content)))


def note_of(connection: sa.Connection, size: int | None) -> Note:
    """A checkpoint with its signature and cosignatures.

    Raises:
        LedgerProofError: when there is none.
    """
    asked = sa.select(CHECKPOINT)
    asked = (
        asked.order_by(CHECKPOINT.c.size.desc()).limit(1) if size is None else asked.where(CHECKPOINT.c.size == size)
    )
    found = connection.execute(asked).first()
    first = body_of(connection, 0)
    if found is None or first is None:
        raise LedgerProofError("checkpoint", "one", "none" if size is None else f"none of size {size}")
    origin = parse_entry(first, "entry 0").origin
    root = tree.root(found.size, lambda level, place: node_of(connection, level, place))
    asked_lines = sa.select(COSIGNATURE.c.line).where(COSIGNATURE.c.size == found.size)
    lines = [text(line, "cosignature") for line in connection.execute(asked_lines).scalars()]
    signature = blob(found.signature, "checkpoint")
    return Note(
        Checkpoint(origin, found.size, root),
        (
            Signed(origin, signature[:4], signature[4:]),
            *(parse_signature(line.removesuffix("\n")) for line in sorted(lines)),
        ),
    )


def receipt_of(connection: sa.Connection, seq: int) -> Receipt:
    """The proof that an entry is in the latest tree.

    Raises:
        LedgerProofError: when there is no such entry.
    """
    note = note_of(connection, None)
    path = tree.inclusion(seq, note.checkpoint.size, lambda level, place: node_of(connection, level, place))
    body = body_of(connection, seq)
    if body is None:
        raise LedgerProofError(f"entry {seq}", "an entry", "none")
    return Receipt(seq, tuple(path), note, body.encode())
