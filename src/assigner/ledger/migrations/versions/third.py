"""The third schema: an append reads no more of a large ledger than of a small one. No entry changes.

How many participants of a site have an arm stands in `counted`, after each entry that moves one, so that nobody counts
all entries again. Like `used` it is written by the database itself, only grows, and can be computed from the entries.
Who has an allocation is found by an index, also where a later result gave it, and it belongs to one participant.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from assigner.ledger.migrations.versions.first import GROUPS, REFUSED, SECOND

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Count those who are there, let the database count on, and index allocations."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_index("entry_arms", "entry")
    op.drop_index("entry_allocation", "entry")
    allocated = sa.text("allocation IS NOT NULL")
    op.create_index("entry_allocation", "entry", ["allocation"], sqlite_where=allocated, postgresql_where=allocated)
    _table({"sqlite_strict": True, "sqlite_with_rowid": False} if on_sqlite else {})
    op.execute(
        "INSERT INTO counted (arm, site, seq, number) "
        "SELECT arm, enrolled, seq, sum(step) OVER (PARTITION BY arm, enrolled ORDER BY seq) FROM ("
        "SELECT arm, enrolled, seq, 1 AS step FROM entry WHERE arm <> coalesce(was, '') UNION ALL "
        "SELECT was, enrolled, seq, -1 FROM entry WHERE was <> coalesce(arm, '')) AS moved"
    )
    if on_sqlite:
        _in_sqlite()
    else:
        _in_postgresql()


def _table(options: dict[str, Any]) -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "counted",
        sa.Column("arm", sa.Text(), primary_key=True),
        sa.Column("site", sa.Text(), primary_key=True),
        sa.Column("seq", whole, primary_key=True, autoincrement=False),
        sa.Column("number", whole, nullable=False),
        **options,
    )


def _in_sqlite() -> None:
    for what in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER counted_no_{what.lower()} BEFORE {what} ON counted "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        )
    op.execute(
        "CREATE TRIGGER counted_once BEFORE INSERT ON counted "
        "WHEN EXISTS (SELECT 1 FROM counted WHERE arm = NEW.arm AND site = NEW.site AND seq = NEW.seq) "
        f"BEGIN SELECT RAISE(ABORT, '{SECOND}'); END"
    )
    told = {key: f"json_extract(NEW.body, '$.{key}')" for key in ("request", "participant", "revision")}
    same = f"request = {told['request']} OR participant = {told['participant']} AND revision = {told['revision']}"
    later = f"json_extract(NEW.body, '$.content.kind') = 'assigned' AND {told['revision']} IS NOT 1"
    of_another = f"allocation = json_extract(NEW.body, '$.content.allocation') AND participant <> {told['participant']}"
    op.execute("DROP TRIGGER entry_next")
    op.execute(
        "CREATE TRIGGER entry_next BEFORE INSERT ON entry "
        "WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM entry) "
        f"OR {later} OR EXISTS (SELECT 1 FROM entry WHERE {same}) OR EXISTS (SELECT 1 FROM entry WHERE {of_another}) "
        f"BEGIN SELECT RAISE(ABORT, '{SECOND}'); END"
    )
    moves = "".join(
        f"INSERT INTO counted (arm, site, seq, number) SELECT {arm}, NEW.enrolled, NEW.seq, coalesce((SELECT number "
        f"FROM counted WHERE arm = {arm} AND site = NEW.enrolled ORDER BY seq DESC LIMIT 1), 0) {step} "
        f"WHERE {arm} IS NOT NULL; "
        for arm, step in (("NEW.was", "- 1"), ("NEW.arm", "+ 1"))
    )
    op.execute(f"CREATE TRIGGER entry_counts AFTER INSERT ON entry WHEN NEW.arm IS NOT NEW.was BEGIN {moves}END")


def _in_postgresql() -> None:
    op.execute(
        "CREATE TRIGGER counted_no_change BEFORE UPDATE OR DELETE ON counted "
        "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
    )
    op.execute(
        "CREATE TRIGGER counted_no_truncate BEFORE TRUNCATE ON counted "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
    )
    op.execute(
        "CREATE OR REPLACE FUNCTION ledger_next() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq) + 1, 0) FROM entry) OR EXISTS (SELECT FROM entry "
        "WHERE allocation = NEW.body -> 'content' ->> 'allocation' AND participant <> NEW.body ->> 'participant') THEN "
        f"RAISE EXCEPTION '{SECOND}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE FUNCTION ledger_counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "  # for writers
        "INSERT INTO counted (arm, site, seq, number) SELECT moved.arm, NEW.enrolled, NEW.seq, coalesce((SELECT number "
        "FROM counted WHERE counted.arm = moved.arm AND site = NEW.enrolled ORDER BY seq DESC LIMIT 1), 0) + step "
        "FROM (VALUES (NEW.was, -1), (NEW.arm, 1)) AS moved (arm, step) WHERE moved.arm IS NOT NULL; "
        "RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER entry_counts AFTER INSERT ON entry FOR EACH ROW WHEN (NEW.arm IS DISTINCT FROM NEW.was) "
        "EXECUTE FUNCTION ledger_counts()"
    )
    schema = op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar()
    for function in ("ledger_next", "ledger_uses", "ledger_counts"):  # no table of a writer's own stands before ours
        op.execute(f"ALTER FUNCTION {function}() SET search_path = {schema}, pg_temp")
    for function in ("ledger_refuse", "ledger_next", "ledger_uses", "ledger_counts"):  # nor do they fire on such a one
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function}() FROM PUBLIC")
    op.execute(f"GRANT SELECT ON counted TO {', '.join(GROUPS)}")
