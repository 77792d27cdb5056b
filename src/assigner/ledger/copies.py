"""All that a ledger holds, read out of its database or a bundle, and written into a new database as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from attrs import frozen

from assigner.errors import LedgerProofError
from assigner.ledger import store, tree
from assigner.ledger.drafts import Kept
from assigner.ledger.looking import CHECKPOINT, COSIGNATURE, ENTRY, KEPT, NODE, above_leaves, blob, text
from assigner.ledger.notes import Signed
from assigner.ledger.reading import bodies, kept_of, several_of

Item = TypeVar("Item")

AT_ONCE = 500


class Copy(Protocol):
    """What can be verified, and copied."""

    def bodies(self) -> Iterator[str]:
        """The text of each entry, in their order."""

    def signatures(self) -> Iterator[tuple[int, bytes]]:
        """For each size with a checkpoint, the key's id and the signature of the ledger's own key."""

    def cosignatures(self) -> Iterator[tuple[int, str]]:
        """For each size, what witnesses have signed."""

    def kept(self, commitment: str) -> Kept | None:
        """What is kept under a commitment; None when it is not there."""

    def several(self, commitments: Sequence[str]) -> Mapping[str, Kept]:
        """What is kept under those of some commitments that are there, asked for together."""

    def commitments(self) -> Iterator[str]:
        """All commitments under which something is kept."""


@frozen(eq=False)
class InDatabase:
    """What stands in a database, within one transaction that sees one state of it."""

    connection: sa.Connection

    def bodies(self) -> Iterator[str]:
        """As for any copy; numbers that are not in order are an error of their own."""
        for expected, (seq, body) in enumerate(bodies(self.connection)):
            if seq != expected:
                raise LedgerProofError(f"entry {expected}", "an entry", f"none; the next is {seq}")
            yield body

    def signatures(self) -> Iterator[tuple[int, bytes]]:
        """As for any copy."""
        for row in _rows(self.connection, sa.select(CHECKPOINT).order_by(CHECKPOINT.c.size)):
            yield row.size, blob(row.signature, f"checkpoint of size {row.size}")

    def cosignatures(self) -> Iterator[tuple[int, str]]:
        """As for any copy."""
        asked = sa.select(COSIGNATURE).order_by(COSIGNATURE.c.size, COSIGNATURE.c.line)
        for row in _rows(self.connection, asked):
            yield row.size, text(row.line, "cosignature")

    def kept(self, commitment: str) -> Kept | None:
        """As for any copy."""
        return kept_of(self.connection, commitment)

    def several(self, commitments: Sequence[str]) -> Mapping[str, Kept]:
        """As for any copy."""
        return several_of(self.connection, commitments)

    def commitments(self) -> Iterator[str]:
        """As for any copy."""
        for row in _rows(self.connection, sa.select(KEPT.c.commitment).order_by(KEPT.c.commitment)):
            yield blob(row.commitment, "commitment of a trace").hex()


def _rows(connection: sa.Connection, asked: sa.Select[Any]) -> Iterable[Any]:
    return connection.execution_options(yield_per=1000).execute(asked)


def copy_into(copy: Copy, url: str) -> int:
    """Write a copy into a new ledger, byte for byte; it is whole, or not there.

    Args:
        copy: what was verified.
        url: where: a new SQLite file, or an empty PostgreSQL database.

    Returns:
        How many entries it has.

    Raises:
        LedgerStoreError: when it exists already or cannot be written.
    """
    made = store.create(url)
    try:
        with made.writing() as connection:
            size = _write(copy, connection)
    except BaseException:
        made.discard()
        raise
    made.close()
    return size


def _write(copy: Copy, connection: sa.Connection) -> int:
    size, edge = 0, list[bytes]()
    for several in _in_parts(copy.bodies()):
        nodes: list[tuple[int, int, bytes]] = []
        for at, body in enumerate(several, size):
            made, edge = tree.appended(at, edge, tree.leaf_hash(body.encode()))
            nodes += made
        rows = [{"seq": at, "body": body} for at, body in enumerate(several, size)]
        connection.execute(sa.insert(ENTRY), rows)
        connection.execute(
            sa.insert(NODE), [dict(zip(NODE.c.keys(), node, strict=True)) for node in above_leaves(nodes)]
        )
        size += len(several)
    for part in _in_parts(copy.signatures()):
        connection.execute(sa.insert(CHECKPOINT), [{"size": at, "signature": signature} for at, signature in part])
    for lines in _in_parts(copy.cosignatures()):
        connection.execute(sa.insert(COSIGNATURE), [{"size": at, "line": line} for at, line in lines])
    for kept in all_kept(copy):
        rows = [
            {"commitment": bytes.fromhex(of), "salt": each.salt, "content": each.content} for of, each in kept.items()
        ]
        if rows:
            connection.execute(sa.insert(KEPT), rows)
    return size


def all_kept(copy: Copy) -> Iterator[Mapping[str, Kept]]:
    """All that is kept, some at a time, in the order of the commitments.

    Raises:
        LedgerProofError: when one is damaged.
    """
    for some in _in_parts(copy.commitments()):
        found = copy.several(some)
        yield {each: found[each] for each in some if each in found}


def kept_together(copy: Copy, commitments: Sequence[str]) -> list[Kept | str | None]:
    """What is kept under each of some commitments; what is wrong with it; or None when it is not there."""
    try:
        found = copy.several(commitments)
    except LedgerProofError:  # one of them is damaged
        return [_kept_or_wrong(copy, each) for each in commitments]
    return [found.get(each) for each in commitments]


def _kept_or_wrong(copy: Copy, commitment: str) -> Kept | str | None:
    try:
        return copy.kept(commitment)
    except LedgerProofError as error:
        return str(error)


def _in_parts(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while part := list(islice(rest, AT_ONCE)):
        yield part


def as_line(origin: str, signature: bytes) -> Signed:
    """The signature of a ledger's own key, as a note has it."""
    return Signed(origin, signature[:4], signature[4:])
