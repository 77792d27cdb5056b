"""What is verified in a database beside its entries: the schema, its triggers, and what is derived from entries."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from assigner.ledger.copies import InDatabase
from assigner.ledger.ledger import Ledger
from assigner.ledger.looking import COUNTED, NODE, USED
from assigner.ledger.schemas import differences
from assigner.ledger.verifying import Answer, Entries, Fault, Verification, Wanted, verify


def verify_ledger(ledger: Ledger, wanted: Wanted) -> Verification:
    """Verify an open ledger, its database included. What is wrong is a fault.

    Args:
        ledger: the ledger.
        wanted: what it is to rest on.

    Raises:
        LedgerStoreError: when the database cannot be read.
    """
    with ledger.store.reading() as connection:
        return verify(InDatabase(connection), wanted, lambda read: faults_of(connection, read))


def faults_of(connection: sa.Connection, read: Entries) -> Iterator[Fault]:
    """What is wrong in a database beside the entries that were read from it."""
    if connection.dialect.name == "sqlite":
        yield from _damage(connection)
    for name in differences(connection):
        yield Fault(Answer.DIFFERS, None, f"the schema is not as this software makes it: {name}")
    nodes = connection.execute(sa.select(NODE)).all()
    if len(nodes) != len(read.nodes) or {tuple(row) for row in nodes} != set(read.nodes):
        yield Fault(Answer.DIFFERS, None, "the stored tree is not that of the entries")
    used = {(row.digest, row.seq) for row in connection.execute(sa.select(USED))}
    if used != read.used:
        yield Fault(Answer.DIFFERS, None, "the stored digests of inputs are not those of the entries")
    counted = connection.execute(sa.select(COUNTED)).all()
    if {tuple(row) for row in counted} != read.counted:
        yield Fault(Answer.DIFFERS, None, "the stored counts of arms are not those of the entries")


def _damage(connection: sa.Connection) -> Iterator[Fault]:
    """What SQLite itself finds."""
    for row in connection.exec_driver_sql("PRAGMA integrity_check"):
        if row[0] != "ok":
            yield Fault(Answer.DIFFERS, None, f"the database file is damaged: {row[0]}")
            return
