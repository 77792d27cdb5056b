"""The first schema.

`entry.body` is the one true column: every other one of the table is generated from it by the database. A node of the
tree and a digest in `used` can be computed again from the entries. Nothing is ever changed or deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

APPEND_ONLY = ("entry", "node", "checkpoint", "cosignature", "kept", "used")

WRITABLE = ("entry", "node", "checkpoint", "cosignature", "kept")
GROUPS: dict[str, tuple[str, ...]] = {"assigner_writer": WRITABLE, "assigner_auditor": ()}
"""PostgreSQL: to which tables each group of users may add. Both may read all; their owner alone may migrate."""


def upgrade() -> None:
    """Make the tables, their indexes, triggers and roles."""
    if op.get_bind().dialect.name == "sqlite":
        _tables("TEXT", _in_sqlite, persisted=False, sqlite_strict=True)
        _sqlite_triggers()
    else:
        _tables("JSON", _in_postgresql, persisted=True)
        _postgresql_triggers()
        _postgresql_roles()


def _in_sqlite(*path: str) -> str:
    return f"json_extract(body, '$.{'.'.join(path)}')"


def _in_postgresql(*path: str) -> str:
    steps = [*(f"-> '{step}'" for step in path[:-1]), f"->> '{path[-1]}'"]
    return f"body {' '.join(steps)}"


class _Body(sa.types.UserDefinedType[str]):
    """Text that is JSON, and keeps its bytes."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


def _tables(body: str, within: Callable[..., str], *, persisted: bool, **options: Any) -> None:
    def told(name: str, *path: str) -> sa.Column[Any]:
        return sa.Column(name, sa.Text(), sa.Computed(within(*path, name), persisted=persisted))

    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    small = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
    blob = sa.LargeBinary().with_variant(postgresql.BYTEA(), "postgresql")
    op.create_table(
        "entry",
        sa.Column("seq", whole, sa.CheckConstraint(f"seq = CAST({within('seq')} AS BIGINT)"), primary_key=True,
                  autoincrement=False),
        sa.Column("body", _Body(body), nullable=False),
        told("kind", "content"),
        told("request"),
        told("participant"),
        sa.Column("revision", whole, sa.Computed(f"CAST({within('revision')} AS BIGINT)", persisted=persisted)),
        told("enrolled"),
        told("arm"),
        told("was"),
        told("allocation", "content"),
        **options,
    )  # fmt: skip
    op.create_index("entry_request", "entry", ["request"], unique=True)
    of_participant = sa.text("participant IS NOT NULL")
    op.create_index("entry_revision", "entry", ["participant", "revision"], unique=True,
                    sqlite_where=of_participant, postgresql_where=of_participant)  # fmt: skip
    first = sa.text("kind = 'assigned'")
    op.create_index("entry_one_assignment", "entry", ["participant"], unique=True, sqlite_where=first,
                    postgresql_where=first)  # fmt: skip
    allocated = sa.text("allocation IS NOT NULL AND kind = 'assigned'")
    op.create_index("entry_allocation", "entry", ["allocation"], unique=True, sqlite_where=allocated,
                    postgresql_where=allocated)  # fmt: skip
    moved = sa.text("arm IS NOT NULL OR was IS NOT NULL")
    op.create_index("entry_arms", "entry", ["arm", "was", "enrolled"], sqlite_where=moved, postgresql_where=moved)
    trial = sa.text("participant IS NULL")
    op.create_index("entry_of_trial", "entry", ["kind"], sqlite_where=trial, postgresql_where=trial)
    rowless = {**options, "sqlite_with_rowid": False} if options else {}
    op.create_table(
        "node",
        sa.Column("level", small, primary_key=True, autoincrement=False),
        sa.Column("place", whole, primary_key=True, autoincrement=False),
        sa.Column("hash", blob, nullable=False),
        **rowless,
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", whole, primary_key=True, autoincrement=False),
        sa.Column("signature", blob, nullable=False),
        **options,
    )
    op.create_table(
        "cosignature",
        sa.Column("size", whole, primary_key=True, autoincrement=False),
        sa.Column("line", sa.Text(), primary_key=True),
        **options,
    )
    op.create_table(
        "kept",
        sa.Column("commitment", blob, primary_key=True),
        sa.Column("salt", blob, nullable=False),
        sa.Column("content", blob, nullable=False),
        **options,
    )
    op.create_table(
        "used",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("seq", whole, primary_key=True, autoincrement=False),
        **rowless,
    )


REFUSED = "the ledger only grows: an entry is never changed or taken away"
SECOND = "the ledger only grows: this key stands already, or its number is not the next"


def _sqlite_triggers() -> None:
    for table in APPEND_ONLY:
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
    keys = {
        "node": "level = NEW.level AND place = NEW.place",
        "checkpoint": "size = NEW.size",
        "cosignature": "size = NEW.size AND line = NEW.line",
        "kept": "commitment = NEW.commitment",
        "used": "digest = NEW.digest AND seq = NEW.seq",
    }
    for table, same in keys.items():  # REPLACE fires no trigger of DELETE unless recursive_triggers is on
        op.execute(
            f"CREATE TRIGGER {table}_once BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{SECOND}'); END"
        )
    told = {key: f"json_extract(NEW.body, '$.{key}')" for key in ("request", "participant", "revision")}
    same = f"request = {told['request']} OR participant = {told['participant']} AND revision = {told['revision']}"
    op.execute(
        "CREATE TRIGGER entry_next BEFORE INSERT ON entry "
        "WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM entry) "
        f"OR EXISTS (SELECT 1 FROM entry WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{SECOND}'); END"
    )
    op.execute(
        "CREATE TRIGGER entry_uses AFTER INSERT ON entry BEGIN "
        "INSERT INTO used (digest, seq) SELECT DISTINCT value, NEW.seq "
        "FROM json_each(NEW.body, '$.content.inputs'); END"
    )


def _postgresql_triggers() -> None:
    op.execute(
        "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        )
    op.execute(
        "CREATE FUNCTION ledger_next() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq) + 1, 0) FROM entry) THEN "
        f"RAISE EXCEPTION '{SECOND}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute("CREATE TRIGGER entry_next BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION ledger_next()")
    op.execute(
        "CREATE FUNCTION ledger_uses() RETURNS trigger LANGUAGE plpgsql "
        "SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN "  # so that no writer may write there
        "IF NEW.body -> 'content' -> 'inputs' IS NOT NULL THEN INSERT INTO used (digest, seq) SELECT DISTINCT value, "
        "NEW.seq FROM json_array_elements_text(NEW.body -> 'content' -> 'inputs'); END IF; RETURN NULL; END $$"
    )
    op.execute("CREATE TRIGGER entry_uses AFTER INSERT ON entry FOR EACH ROW EXECUTE FUNCTION ledger_uses()")


def _postgresql_roles() -> None:
    tables = ", ".join((*APPEND_ONLY, "alembic_version"))
    schema = op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar()
    for name, writable in GROUPS.items():
        op.execute(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN "
            f"CREATE ROLE {name} NOLOGIN; END IF; END $$"
        )
        op.execute(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
        op.execute(f"GRANT SELECT ON {tables} TO {name}")
        if writable:
            op.execute(f"GRANT INSERT ON {', '.join(writable)} TO {name}")
