"""What a writer must know before it appends, in one question to the database; and what it then writes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from attrs import define, frozen

from assigner.errors import LedgerProofError, kind_of
from assigner.ledger.drafts import Draft
from assigner.ledger.entries import Entry, parse_entry
from assigner.ledger.notes import Checkpoint, Key, SigningKey, key_of
from assigner.ledger.rules import Counts, Participant, Trial, participant_after, trial_after
from assigner.ledger.store import driver_of
from assigner.ledger.tree import leaf_hash

State = TypeVar("State")
Held = TypeVar("Held")


class Body(sa.types.UserDefinedType[str]):
    """The text of an entry, which the database keeps byte for byte."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name, for the compiler."""
        return "JSON"


ENTRY = sa.table("entry", sa.column("seq"), sa.column("body", Body()))
NODE = sa.table("node", sa.column("level"), sa.column("place"), sa.column("hash", sa.LargeBinary()))
CHECKPOINT = sa.table("checkpoint", sa.column("size"), sa.column("signature", sa.LargeBinary()))
COSIGNATURE = sa.table("cosignature", sa.column("size"), sa.column("line", sa.Text()))
USED = sa.table("used", sa.column("digest", sa.Text()), sa.column("seq"))
COUNTED = sa.table(
    "counted", sa.column("arm", sa.Text()), sa.column("site", sa.Text()), sa.column("seq"), sa.column("number")
)
KEPT = sa.table(
    "kept",
    sa.column("commitment", sa.LargeBinary()),
    sa.column("salt", sa.LargeBinary()),
    sa.column("content", sa.LargeBinary()),
)

_LEVELS = ", ".join(f"({level})" for level in range(1, 40))
_SAID = "seq AS number, CAST(body AS TEXT) AS said"
_OF_TRIAL = "FROM entry WHERE participant IS NULL AND kind IN ('opened', 'arm_closed', 'rules_changed')"
_OF_ONE = "FROM entry WHERE participant = :participant"
_PLACES = """
WITH RECURSIVE
  arms (arm) AS (SELECT (SELECT arm FROM counted ORDER BY arm LIMIT 1)
    UNION ALL SELECT (SELECT arm FROM counted WHERE arm > arms.arm ORDER BY arm LIMIT 1)
      FROM arms WHERE arms.arm IS NOT NULL),
  places (arm, site) AS (
    SELECT arm, (SELECT site FROM counted WHERE arm = arms.arm ORDER BY site LIMIT 1) FROM arms WHERE arm IS NOT NULL
    UNION ALL SELECT arm, (SELECT site FROM counted WHERE arm = places.arm AND site > places.site ORDER BY site LIMIT 1)
      FROM places WHERE places.site IS NOT NULL)
"""
"""The arms and sites that were ever counted together: a step through the index for each, whatever it holds."""
_COUNTS = """(SELECT number FROM counted WHERE arm = places.arm AND site = places.site{before}
    ORDER BY seq DESC LIMIT 1) AS number, arm || ' ' || site AS said"""
_NONE = "CAST(NULL AS {blob})"
_LOOK = f"""{_PLACES}
SELECT 'last' AS what, {_SAID}, {_NONE} AS hash FROM entry WHERE seq = (SELECT max(seq) FROM entry)
UNION ALL SELECT 'edge', level, NULL,
    (SELECT hash FROM node WHERE node.level = levels.level AND place = (size >> levels.level) - 1)
  FROM (SELECT column1 AS level FROM (VALUES {_LEVELS}) AS listed) AS levels,
    (SELECT coalesce(max(seq) + 1, 0) AS size FROM entry) AS head
  WHERE (size >> levels.level) & 1 = 1
UNION ALL SELECT 'signed', size, NULL, signature FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)
UNION ALL SELECT 'trial', {_SAID}, {_NONE} {_OF_TRIAL}
UNION ALL SELECT 'request', {_SAID}, {_NONE} FROM entry WHERE request = :request
UNION ALL SELECT 'own', {_SAID}, {_NONE} {_OF_ONE}
UNION ALL SELECT 'shared', 0, participant, {_NONE}
  FROM entry WHERE seq IN (SELECT seq FROM used WHERE digest IN ({{inputs}}))
UNION ALL SELECT 'allocated', 0, participant, {_NONE}
  FROM entry WHERE :allocation IS NOT NULL AND allocation = :allocation
UNION ALL SELECT 'counted', {_COUNTS.format(before="")}, {_NONE} FROM places WHERE site IS NOT NULL
"""
_ASK_TRIAL = sa.text(f"SELECT {_SAID} {_OF_TRIAL}")
_ASK_ONE = sa.text(f"SELECT {_SAID} {_OF_ONE}")
_ASK_COUNTS = sa.text(f"{_PLACES} SELECT {_COUNTS.format(before=' AND seq < :seq')} FROM places WHERE site IS NOT NULL")
_CLOCK = """
UNION ALL SELECT 'clock', 0, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    CAST(NULL AS BYTEA)
"""


def blob(value: object, place: str) -> bytes:
    """What a column of bytes holds, even where the file is damaged.

    Raises:
        LedgerProofError: when it is something else.
    """
    return _held(value, bytes, "bytes", place)


def text(value: object, place: str) -> str:
    """What a column of text holds, even where the file is damaged.

    Raises:
        LedgerProofError: when it is something else.
    """
    return _held(value, str, "text", place)


def _held(value: object, type: type[Held], named: str, place: str) -> Held:
    if not isinstance(value, type):
        raise LedgerProofError(place, named, kind_of(value))
    return value


@frozen
class Recorded:
    """An entry, and the bytes that are stored and hashed."""

    entry: Entry
    body: bytes


@define
class Known:
    """What an open ledger has itself written, read and signed.

    It stands for reading and verifying again only where the same bytes stand in the database.

    Attributes:
        last: the latest entry that was made.
        trial: the entries about the trial, and what they come to.
        own: the public half of the key that signs, under the ledger's name.
        signed: which checkpoint was signed last, and the key's id and signature.
    """

    last: Recorded | None = None
    trial: tuple[tuple[str, ...], Trial | None] = ((), None)
    own: Key | None = None
    signed: tuple[Checkpoint, bytes] | None = None

    def recorded(self, row: Row) -> Recorded:
        """The latest entry, from its row."""
        body = text(row.said, "entry").encode()
        return self.last if self.last is not None and self.last.body == body else Recorded(_entry(row), body)

    def trial_of(self, rows: Sequence[Row]) -> Trial | None:
        """The trial, from the rows of its entries."""
        texts = tuple(row.said for row in rows)
        if texts != self.trial[0]:
            self.trial = texts, _folded(rows, trial_after)
        return self.trial[1]

    def own_key(self, origin: str, key: SigningKey) -> Key:
        """The public half of a ledger's key, under the name of what stands there."""
        if self.own is None or self.own.name != origin:
            self.own = key_of(origin, key)
        return self.own


class Row(NamedTuple):
    """A row of the question: of what it tells, a number, a text and a hash."""

    what: str
    number: Any
    said: Any
    hash: Any


@frozen(kw_only=True)
class Seen:
    """What stands in the database before an append.

    Attributes:
        size: how many entries there are.
        last: the latest one.
        edge: the hashes of the tree's edge, the smallest first.
        signed: the size and the signature of the latest checkpoint, if there is one.
        same: the entry of the same request, if there is one.
        before: the participant.
        shared: other participants with one of the inputs.
        allocated: participants with the allocation.
        accrual: how many have each arm, by site.
        clock: the server's time, if it has told one.
    """

    size: int
    last: Recorded | None
    edge: tuple[bytes, ...]
    signed: tuple[int, bytes] | None
    same: Entry | None
    trial: Trial | None
    before: Participant | None
    shared: tuple[str, ...]
    allocated: frozenset[str]
    accrual: Counts
    clock: str | None


def look(connection: sa.Connection, draft: Draft, known: Known) -> Seen:
    """All that stands there of a draft, in one round trip.

    Raises:
        LedgerProofError: when an entry in the database is none.
        LedgerRuleError: when the entries there are against the rules.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in _asked(connection, draft):
        rows[row.what].append(row)
    last = next(map(known.recorded, rows["last"]), None)
    size = 0 if last is None else last.entry.seq + 1
    return Seen(
        size=size,
        last=last,
        edge=(
            *([leaf_hash(last.body)] if last is not None and size % 2 else []),
            *(_hash(row) for row in sorted(rows["edge"], key=lambda row: row.number)),
        ),
        signed=next(((row.number, _hash(row)) for row in rows["signed"]), None),
        same=next((_entry(row) for row in rows["request"]), None),
        trial=known.trial_of(rows["trial"]),
        before=_folded(rows["own"], participant_after),
        shared=tuple(sorted({text(row.said, "participant") for row in rows["shared"]} - {draft.participant})),
        allocated=frozenset(text(row.said, "participant") for row in rows["allocated"]),
        accrual=_accrual(rows["counted"]),
        clock=rows["clock"][0].said if rows["clock"] else None,
    )


def trial_in(connection: sa.Connection) -> Trial | None:
    """The trial as it is now; None before it is opened.

    Raises:
        LedgerProofError: when an entry in the database is none.
        LedgerRuleError: when the entries there are against the rules.
    """
    return _folded(connection.execute(_ASK_TRIAL).all(), trial_after)


def participant_in(connection: sa.Connection, participant: str) -> Participant | None:
    """Where a participant stands; None for one whom the ledger does not know. Raises as for the trial."""
    return _folded(connection.execute(_ASK_ONE, {"participant": participant}).all(), participant_after)


def _folded(rows: Sequence[Any], after: Callable[[State | None, Entry], State]) -> State | None:
    """What entries come to, in their order; None of none."""
    found: State | None = None
    for row in sorted(rows, key=lambda row: row.number):
        found = after(found, _entry(row))
    return found


def counts_before(connection: sa.Connection, seq: int) -> Counts:
    """How many had each arm, by site, before an entry."""
    return _accrual(connection.execute(_ASK_COUNTS, {"seq": seq}).all())


def _asked(connection: sa.Connection, draft: Draft) -> Iterable[Row]:
    """The answer to the question: on SQLite by its own words, in which nothing is compiled anew."""
    given = {"request": draft.request, "participant": draft.participant, "allocation": draft.allocation}
    if connection.dialect.name == "sqlite":
        found = driver_of(connection).execute(_QUESTION, {**given, "inputs": json.dumps(draft.inputs)})
        return map(Row._make, found)
    return map(Row._make, connection.execute(_QUESTION_ON_POSTGRESQL, {**given, "inputs": list(draft.inputs)}))


_QUESTION = _LOOK.format(blob="BLOB", inputs="SELECT value FROM json_each(:inputs)")
_QUESTION_ON_POSTGRESQL = sa.text(
    _LOOK.format(blob="BYTEA", inputs="SELECT unnest(CAST(:inputs AS TEXT[]))") + _CLOCK
).bindparams(*(sa.bindparam(name, type_=sa.Text()) for name in ("request", "participant", "allocation")))


def _hash(row: Any) -> bytes:
    return row.hash if isinstance(row.hash, bytes) else b""


def _entry(row: Any) -> Entry:
    place = f"entry {row.number}"
    return parse_entry(text(row.said, place), place)


def _accrual(rows: Sequence[Any]) -> dict[str, dict[str, int]]:
    """The counts, by arm and site; none where nobody was counted yet."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.number is not None:
            arm, _, site = text(row.said, "counts").partition(" ")
            found.setdefault(arm, {})[site] = _held(row.number, int, "a number", "counts")
    return found


@frozen
class Written:
    """The rows that one append adds."""

    entries: tuple[Recorded, ...]
    nodes: Sequence[tuple[int, int, bytes]]
    checkpoints: tuple[tuple[int, bytes], ...]
    kept: tuple[tuple[bytes, bytes, bytes], ...]


def above_leaves(nodes: Sequence[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    """The nodes of a tree that are stored: the hash of a leaf is that of its entry."""
    return [node for node in nodes if node[0] > 0]


def _insert(table: sa.TableClause) -> str:
    names = table.c.keys()
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


_INSERTS = {table.name: _insert(table) for table in (NODE, CHECKPOINT, KEPT, ENTRY)}
"""For SQLite, in its own words: an append is short, and making them anew is a good part of it."""

_WRITE = sa.text("""
WITH nodes AS (INSERT INTO node (level, place, hash) SELECT *
    FROM unnest(CAST(:node_level AS SMALLINT[]), CAST(:node_place AS BIGINT[]), CAST(:node_hash AS BYTEA[]))),
  signed AS (INSERT INTO checkpoint (size, signature) SELECT *
    FROM unnest(CAST(:checkpoint_size AS BIGINT[]), CAST(:checkpoint_signature AS BYTEA[]))),
  held AS (INSERT INTO kept (commitment, salt, content) SELECT *
    FROM unnest(CAST(:kept_commitment AS BYTEA[]), CAST(:kept_salt AS BYTEA[]), CAST(:kept_content AS BYTEA[])))
INSERT INTO entry (seq, body) SELECT seq, CAST(body AS JSON)
  FROM unnest(CAST(:entry_seq AS BIGINT[]), CAST(:entry_body AS TEXT[])) AS made (seq, body)
""")
"""One statement whose text never changes: nothing is compiled for an append."""


def write(connection: sa.Connection, rows: Written) -> None:
    """Insert them: in one round trip, where the database takes it."""
    entries = tuple((each.entry.seq, each.body.decode()) for each in rows.entries)
    tables: list[tuple[sa.TableClause, Sequence[tuple[object, ...]]]] = [
        (NODE, above_leaves(rows.nodes)), (CHECKPOINT, rows.checkpoints), (KEPT, rows.kept), (ENTRY, entries)
    ]  # fmt: skip
    if connection.dialect.name == "sqlite":
        for table, found in tables:
            if found:
                driver_of(connection).executemany(_INSERTS[table.name], found)
        return
    given = {
        f"{table.name}_{name}": [row[at] for row in found]
        for table, found in tables
        for at, name in enumerate(table.c.keys())
    }
    connection.execute(_WRITE, given)
