"""The second schema: fewer bytes an entry. No entry, signature or trace changes.

The hash of a leaf is that of its entry's bytes, and is no longer stored beside them. A first result is the first entry
of its participant, so that the index of participants and revisions alone says that there is one.
"""

from __future__ import annotations

from alembic import op

from assigner.ledger.migrations.versions.first import REFUSED, SECOND

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Take the leaves out of the stored tree, and one index away."""
    if op.get_bind().dialect.name == "sqlite":
        _in_sqlite()
    else:
        _in_postgresql()
    op.drop_index("entry_one_assignment", "entry")


def _in_sqlite() -> None:
    op.execute("DROP TRIGGER node_no_delete")
    op.execute("DELETE FROM node WHERE level = 0")
    op.execute(
        f"CREATE TRIGGER node_no_delete BEFORE DELETE ON node BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    )  # fmt: skip
    op.execute("DROP TRIGGER node_once")
    op.execute(
        "CREATE TRIGGER node_once BEFORE INSERT ON node WHEN NEW.level < 1 "
        "OR EXISTS (SELECT 1 FROM node WHERE level = NEW.level AND place = NEW.place) "
        f"BEGIN SELECT RAISE(ABORT, '{SECOND}'); END"
    )
    told = {key: f"json_extract(NEW.body, '$.{key}')" for key in ("request", "participant", "revision")}
    same = f"request = {told['request']} OR participant = {told['participant']} AND revision = {told['revision']}"
    later = f"json_extract(NEW.body, '$.content.kind') = 'assigned' AND {told['revision']} IS NOT 1"
    op.execute("DROP TRIGGER entry_next")
    op.execute(
        "CREATE TRIGGER entry_next BEFORE INSERT ON entry "
        "WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM entry) "
        f"OR {later} OR EXISTS (SELECT 1 FROM entry WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{SECOND}'); END"
    )


def _in_postgresql() -> None:
    op.execute("ALTER TABLE node DISABLE TRIGGER node_no_change")
    op.execute("DELETE FROM node WHERE level = 0")
    op.execute("ALTER TABLE node ENABLE TRIGGER node_no_change")
    op.create_check_constraint("node_above_leaves", "node", "level > 0")
    op.create_check_constraint(
        "entry_assigned_first", "entry", "kind IS DISTINCT FROM 'assigned' OR revision IS NOT DISTINCT FROM 1"
    )
