"""What is verified in a database beside its entries: the schema, its triggers, and what is derived from entries."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from assigner.ledger import store
from assigner.ledger.copies import InDatabase
from assigner.ledger.ledger import Ledger
from assigner.ledger.looking import COUNTED, NODE, USED
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
        expected, found = _expected_schema(), _schema(connection)
    else:
        expected, found = EXPECTED_TRIGGERS, _triggers(connection) | _grants(connection)
    for name in sorted(expected ^ found):
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


def _schema(connection: sa.Connection) -> set[str]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {f"{name}: {' '.join(sql.split())}" for name, sql in rows}


@functools.cache
def _expected_schema() -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        made = store.create(str(Path(folder) / "empty"))
        try:
            with made.reading() as connection:
                return _schema(connection)
        finally:
            made.close()


EXPECTED_TRIGGERS = {
    *(
        f"{table}: {table}_{name} (O)"
        for table in ("entry", "node", "checkpoint", "cosignature", "kept", "used", "counted")
        for name in ("no_change", "no_truncate")
    ),
    "entry: entry_counts (O)",
    "entry: entry_next (O)",
    "entry: entry_uses (O)",
}
"""PostgreSQL's triggers, and that they are on."""


def _grants(connection: sa.Connection) -> set[str]:
    """What others than the owner may do with the tables beyond reading and adding; nothing, as they are made."""
    rows = connection.exec_driver_sql(
        "SELECT relname, privilege_type, coalesce(rolname, 'everybody') FROM pg_class, aclexplode(relacl) AS given "
        "LEFT JOIN pg_roles ON pg_roles.oid = grantee WHERE relnamespace = current_schema()::regnamespace "
        "AND relkind = 'r' AND grantee <> relowner AND privilege_type NOT IN ('SELECT', 'INSERT')"
    )
    return {f"{table}: {what} by {who}" for table, what, who in rows}


def _triggers(connection: sa.Connection) -> set[str]:
    rows = connection.exec_driver_sql(
        "SELECT relname, tgname, tgenabled::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
    )
    return {f"{table}: {name} ({on})" for table, name, on in rows}
