"""The schema of a ledger's database as it stands there, against the one that this software makes."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import sqlalchemy as sa

from assigner.ledger import store

ON_POSTGRESQL = Path(__file__).parent / "migrations" / "postgresql.txt"
"""What PostgreSQL itself says of the tables of a new ledger: a thing a line."""

_OURS = "relnamespace = current_schema()::regnamespace"
_QUESTIONS = (
    # Columns, with what they are generated from.
    "SELECT format('column %s.%s %s%s%s', relname, attname, format_type(atttypid, atttypmod), "
    "CASE WHEN attnotnull THEN ' NOT NULL' END, ' ' || pg_get_expr(adbin, adrelid)) FROM pg_attribute "
    f"JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
    f"WHERE {_OURS} AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped",
    "SELECT 'index ' || pg_get_indexdef(indexrelid) || CASE WHEN indisvalid AND indisready THEN '' ELSE ' (D)' END "
    f"FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE {_OURS}",
    "SELECT format('constraint %s.%s %s', relname, conname, pg_get_constraintdef(pg_constraint.oid)) "
    f"FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE {_OURS} "
    "AND contype IN ('c', 'p', 'u', 'f', 'x')",
    "SELECT format('trigger %s.%s (%s) %s', relname, tgname, tgenabled, pg_get_triggerdef(pg_trigger.oid)) "
    f"FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal AND {_OURS}",
    "SELECT format('function %s %s%s %s', proname, CASE WHEN prosecdef THEN 'of its owner ' END, "
    "array_to_string(proconfig, ' '), prosrc) "
    "FROM pg_proc WHERE pronamespace = current_schema()::regnamespace",
    # What would hide rows, write other ones, or lose all at the next crash.
    "SELECT format('rule %s.%s', tablename, rulename) FROM pg_rules WHERE schemaname = current_schema()",
    f"SELECT format('row security of %s', relname) FROM pg_class WHERE {_OURS} AND relrowsecurity",
    f"SELECT format('%s is no table that lasts', relname) FROM pg_class WHERE {_OURS} "
    "AND (relkind IN ('p', 'v', 'm', 'f') OR relkind = 'r' AND relpersistence <> 'p')",
    "SELECT format('more rows of %s in %s', relname, inhrelid::regclass) FROM pg_inherits "
    f"JOIN pg_class ON pg_class.oid = inhparent WHERE {_OURS} AND relkind <> 'i'",
)

_RIGHTS = (
    "SELECT of, privilege_type, coalesce(rolname, 'everybody') FROM ("
    f"SELECT relname AS of, relowner AS owner, given.* FROM pg_class, aclexplode(relacl) AS given WHERE {_OURS} "
    "AND relkind = 'r' UNION ALL "
    "SELECT relname, relowner, given.* FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid, "
    f"aclexplode(attacl) AS given WHERE {_OURS} UNION ALL "
    "SELECT proname, proowner, given.* FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS given "
    "WHERE pronamespace = current_schema()::regnamespace"
    ") AS every LEFT JOIN pg_roles ON pg_roles.oid = grantee WHERE grantee <> owner "
    "AND (privilege_type <> 'SELECT' OR grantee = 0) "
    "UNION ALL SELECT relname, 'all that its owner may', rolname FROM pg_class, pg_roles "
    f"WHERE {_OURS} AND relkind = 'r' AND rolname IN ('assigner_writer', 'assigner_auditor') "
    "AND pg_has_role(pg_roles.oid, relowner, 'MEMBER')"
)
_GROWN_BY_WRITERS = frozenset({"entry", "node", "checkpoint", "cosignature", "kept"})


def differences(connection: sa.Connection) -> list[str]:
    """What of the schema is missing or too much, and on PostgreSQL rights that are too many."""
    if connection.dialect.name == "sqlite":
        return sorted(_expected_on_sqlite() ^ _of_sqlite(connection))
    expected = frozenset(ON_POSTGRESQL.read_text(encoding="utf-8").splitlines())
    return sorted(expected ^ of_postgresql(connection) | _rights(connection))


def of_postgresql(connection: sa.Connection) -> set[str]:
    """What PostgreSQL says of the tables, their indexes, constraints, triggers and functions, a line each."""
    schema: str = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    told = (line for asked in _QUESTIONS for line in connection.execute(sa.text(asked)).scalars())
    return {" ".join(line.replace(f" {schema}.", " ").replace(f"={schema}", "=SCHEMA").split()) for line in told}


def _rights(connection: sa.Connection) -> set[str]:
    """What others than the owner may do beyond adding where writers add, and reading, which not everybody may.

    As tables are made, it is nothing.

    Whoever may execute a function of a trigger can have it fire, with its owner's rights, on a table of their own.
    """
    rows = connection.exec_driver_sql(_RIGHTS)
    return {
        f"{of}: {what} by {who}"
        for of, what, who in rows
        if what != "INSERT" or of not in _GROWN_BY_WRITERS
    }  # fmt: skip


def _of_sqlite(connection: sa.Connection) -> set[str]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {f"{name}: {' '.join(sql.split())}" for name, sql in rows}


@functools.cache
def _expected_on_sqlite() -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        made = store.create(str(Path(folder) / "empty"))
        try:
            with made.reading() as connection:
                return _of_sqlite(connection)
        finally:
            made.close()
