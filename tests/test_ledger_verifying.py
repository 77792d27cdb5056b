"""Verifying: every attack is found, by this library and by the page that needs none of it; what is right verifies."""

from __future__ import annotations

import base64
import json
import random
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.canonical import canonical
from assigner.errors import AssignerError, LedgerProofError, LedgerStoreError
from assigner.ledger import verify_bundle, verifying
from assigner.ledger.bundles import lines, parse_bundle, read_bundle
from assigner.ledger.checking import verify_ledger
from assigner.ledger.copies import InDatabase, all_kept, copy_into, kept_together
from assigner.ledger.drafts import Kept, confirm, override, withdraw
from assigner.ledger.ledger import Ledger
from assigner.ledger.looking import above_leaves
from assigner.ledger.notes import Receipt, cosigned, parse_receipt
from assigner.ledger.trust import Policy
from assigner.ledger.verifying import Answer, Verification, Wanted, verify
from assigner.processes import Sharing
from effort import QUICK
from ledgers import (
    EVIDENCE,
    KEY,
    ORIGIN,
    PUBLIC,
    TRUST,
    WITNESS_KEY,
    WITNESS_PUBLIC,
    copied,
    enrol,
    ledger_at,
    quick_folder,
    rule_set,
    wanted,
    wish,
)

GOLDEN = Path(__file__).parent / "ledgers"
TRIGGER = re.compile(r"CREATE TRIGGER (\w+)")


@pytest.fixture(scope="module")
def story() -> Iterator[tuple[Path, list[Receipt]]]:
    """A ledger of all that happens in a trial, and the receipts that were handed out."""
    with quick_folder() as folder:
        file = folder / "ledger"
        with ledger_at(file) as made:
            receipts = [enrol(made, f"P{number}", "ABC"[number % 3], f"file {number}") for number in range(6)]
            receipts.append(enrol(made, "P6", "A?"))
            receipts.append(made.append(confirm(wish("looked at"), "P6")))
            receipts.append(made.append(override(wish("the vendor's report"), "P1", "C", [EVIDENCE])))
            receipts.append(enrol(made, "P2", "B", "file 2b", newer=True))
            receipts.append(made.append(withdraw(wish("moved away"), "P3")))
            note = made.checkpoint(9)
            made.add_cosignature(9, cosigned(note.checkpoint, WITNESS_KEY, WITNESS_PUBLIC.name, 1_767_225_600))
        yield file, receipts


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as made:
        yield made


@contextmanager
def forging(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection of one who owns the file, and puts the triggers back afterwards."""
    with sqlite3.connect(file, isolation_level=None) as connection:
        triggers = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
        for sql in triggers:
            connection.execute(f"DROP TRIGGER {TRIGGER.match(sql)[1]}")
        yield connection
        for sql in triggers:
            connection.execute(sql)
    connection.close()


def verified(file: Path, *receipts: Receipt, **more: Any) -> Verification:
    with Ledger.open(str(file)) as made:
        return verify_ledger(made, wanted(*receipts, **more))


def bundle_of(file: Path) -> bytes:
    with Ledger.open(str(file)) as made, made.store.reading() as connection:
        return b"".join(lines(InDatabase(connection)))


# ------------------------------------------------------------------------------------------------------- what is right


@pytest.mark.holds("LEDG-05")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_ledger_that_nobody_touched_is_intact_and_every_trace_is_recomputed(story: Any, jobs: int) -> None:
    file, receipts = story
    steps: list[tuple[str, int, int]] = []
    found = verified(
        file, *receipts, rules=(rule_set(),), replay=True, jobs=jobs, progress=lambda *told: steps.append(told)
    )
    assert (found.answer, found.faults, found.size, found.replayed, found.receipts) == (Answer.INTACT, (), 12, 8, 11)
    assert steps[-1] == ("traces", 8, 8)
    assert found.book.participants["P1"].arm == "C"


@pytest.mark.holds("LEDG-05")
def test_a_trace_whose_rule_set_is_not_here_cannot_be_verified(story: Any) -> None:
    found = verified(story[0], replay=True)
    assert found.answer is Answer.CANNOT
    assert "rule set" in found.faults[0].why


@pytest.mark.holds("LEDG-05")
def test_a_bundle_is_the_ledger_and_becomes_it_again_byte_for_byte(story: Any, folder: Path) -> None:
    file, receipts = story
    written = bundle_of(file)
    bundle = parse_bundle(written)
    assert verify(bundle, wanted(*receipts)).answer is Answer.INTACT
    assert copy_into(bundle, str(folder / "again")) == 12
    assert bundle_of(folder / "again") == written
    assert verified(folder / "again", *receipts).answer is Answer.INTACT
    with pytest.raises(LedgerStoreError, match="it is not replaced"):
        copy_into(bundle, str(folder / "again"))


@pytest.mark.holds("LEDG-05")
def test_the_page_for_everybody_runs_without_this_library(story: Any, folder: Path) -> None:
    file, receipts = story
    (folder / "bundle").write_bytes(bundle_of(file))
    (folder / "trust").write_text(f"log {PUBLIC}\nquorum none\n")
    (folder / "receipt").write_text(str(receipts[4]))
    page = copied(Path(verify_bundle.__file__), folder / "page.py")
    told = [sys.executable, "-I", str(page), *(str(folder / name) for name in ("bundle", "trust", "receipt"))]
    done = subprocess.run(told, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == (f"INTACT: 12 entries, 8 traces, 1 receipts of {ORIGIN}\n", 0)
    assert len([line for line in page.read_text().splitlines() if line]) <= 150


@pytest.mark.holds("LEDG-05")
def test_witnesses_are_wanted_where_the_trust_file_says_so(story: Any) -> None:
    policy = Policy((PUBLIC,), {"w": WITNESS_PUBLIC}, {}, "w")
    found = verified(story[0], policy=policy)
    assert (found.answer, found.checkpoint and found.checkpoint.size) == (Answer.INTACT, 9)
    nobody = Policy((PUBLIC,), {"w": WITNESS_PUBLIC.__class__("w2", 4, bytes(32))}, {}, "w")
    assert verified(story[0], policy=nobody).answer is Answer.CANNOT


# ------------------------------------------------------------------------------------------------------- what is wrong


def recomputed(connection: sqlite3.Connection, change: Callable[[list[dict[str, Any]]], None], key: Any) -> None:
    """Write all again from changed entries, as one would who has the software but perhaps another key."""
    from assigner.ledger import tree
    from assigner.ledger.notes import Checkpoint, signed

    found = [json.loads(body) for (body,) in connection.execute("SELECT body FROM entry ORDER BY seq")]
    change(found)
    for table in ("entry", "node", "checkpoint", "used", "counted"):
        connection.execute(f"DELETE FROM {table}")
    counts: Counter[str] = Counter()
    edge: list[bytes] = []
    prev = None
    for seq, entry in enumerate(found):
        body = canonical({**entry, "seq": seq, "prev": prev})
        prev = tree.leaf_hash(body).hex()
        connection.execute("INSERT INTO entry (seq, body) VALUES (?, ?)", (seq, body.decode()))
        for digest in entry["content"].get("inputs", ()):
            connection.execute("INSERT INTO used VALUES (?, ?)", (digest, seq))
        for arm, step in ((entry["was"], -1), (entry["arm"], 1)):
            if arm is not None and entry["arm"] != entry["was"]:
                counts[f"{arm} {entry['enrolled']}"] += step
                told = (arm, entry["enrolled"], seq, counts[f"{arm} {entry['enrolled']}"])
                connection.execute("INSERT INTO counted VALUES (?, ?, ?, ?)", told)
        made, edge = tree.appended(seq, edge, bytes.fromhex(prev))
        connection.executemany("INSERT INTO node VALUES (?, ?, ?)", above_leaves(made))
        line = signed(Checkpoint(ORIGIN, seq + 1, tree.root_of_edge(edge)), key)
        connection.execute("INSERT INTO checkpoint VALUES (?, ?)", (seq + 1, line.id + line.signature))


def other_arm(entries: list[dict[str, Any]]) -> None:
    entries[1]["reason"] = "another reason"


def without_second(entries: list[dict[str, Any]]) -> None:
    del entries[2]
    for entry in entries[2:]:
        if "of" in entry["content"]:
            entry["content"]["of"] -= 1
    entries[:] = [entry for entry in entries if entry["participant"] != "P1"]


SWAP = (
    "UPDATE entry SET body = (SELECT body FROM (SELECT seq, body FROM entry WHERE seq IN (2, 3)) AS other "
    "WHERE other.seq = 5 - entry.seq) WHERE seq IN (2, 3)"
)

ATTACKS: dict[str, tuple[list[str], int | None]] = {
    "edit an entry": (["UPDATE entry SET body = replace(body, 'Dr A', 'Dr B') WHERE seq = 4"], 4),
    "edit an arm": (['UPDATE entry SET body = replace(body, \'"arm":"A"\', \'"arm":"B"\') WHERE seq = 4'], 4),
    "delete one": (["DELETE FROM entry WHERE seq = 3"], 3),
    "cut the tail": (["DELETE FROM entry WHERE seq > 6"], 6),
    "empty the table": (["DELETE FROM entry"], None),
    "drop the tree": (["DELETE FROM node"], None),
    "edit the tree": (["UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND place = 0"], None),
    "cut the checkpoints": (["DELETE FROM checkpoint WHERE size = 12"], 11),
    "edit a checkpoint": (["UPDATE checkpoint SET signature = zeroblob(68) WHERE size = 5"], 4),
    "edit a cosignature": (["UPDATE cosignature SET line = 'x'"], None),
    "edit a trace": (["UPDATE kept SET content = zeroblob(9)"], 1),
    "a trace of another": (["UPDATE kept SET commitment = zeroblob(32) WHERE rowid = 1"], None),
    "forget an input": (["DELETE FROM used WHERE seq = 1"], None),
    "a row that no entry makes": (["INSERT INTO used VALUES ('x', 1)"], None),
    "miscount an arm": (["UPDATE counted SET number = number + 1 WHERE seq = 1"], None),
    "forget a count": (["DELETE FROM counted WHERE seq = 1"], None),
    "a count that no entry makes": (["INSERT INTO counted VALUES ('A', 'S1', 99, 0)"], None),
    "a trace that no entry names": (["INSERT INTO kept VALUES (zeroblob(32), zeroblob(16), zeroblob(3))"], None),
}


@pytest.mark.holds("LEDG-05")
@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_on_the_file_is_found(
    story: Any, folder: Path, attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = copied(story[0], folder / "forged")
    statements, at = ATTACKS[attack]
    with forging(file) as connection:
        for statement in statements:
            connection.execute(statement)
    found = verified(file)
    assert found.answer is not Answer.INTACT, attack
    if at is not None:
        assert any(fault.entry is not None and fault.entry >= at for fault in found.faults), found.faults
    monkeypatch.setattr(verifying, "AT_ONCE", 2)  # however many traces are opened together
    assert verified(file).faults == found.faults


@pytest.mark.holds("LEDG-05")
def test_several_processes_find_what_one_finds(story: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = copied(story[0], folder / "forged")
    with forging(file) as connection:
        connection.execute("UPDATE checkpoint SET signature = zeroblob(68) WHERE size IN (5, 9)")
        connection.execute("UPDATE kept SET content = zeroblob(9) WHERE rowid IN (2, 5)")
        connection.execute("UPDATE kept SET salt = zeroblob(16) WHERE rowid = 3")
        connection.execute("DELETE FROM kept WHERE rowid = 4")
    monkeypatch.setattr(Sharing, "worth_it", 1)
    found = [verified(file, jobs=jobs).faults for jobs in (1, 2)]
    assert found[0] == found[1]
    assert [fault.entry for fault in found[0]] == [2, 3, 4, 5, 8, 4]


@pytest.mark.holds("LEDG-05")
def test_a_value_of_another_type_spoils_its_own_trace_alone(story: Any) -> None:
    with Ledger.open(str(story[0])) as made, made.store.reading() as connection:
        copy = InDatabase(connection)
        named = [*copy.commitments(), "0" * 64]
        kept = kept_together(copy, named)
        assert kept == [copy.kept(each) for each in named]
        assert kept[-1] is None
        assert [each for some in all_kept(copy) for each in some.values()] == kept[:-1]

        class Damaged(InDatabase):
            def kept(self, commitment: str) -> Kept | None:
                if commitment == named[2]:
                    raise LedgerProofError("trace", "bytes", "text")
                return super().kept(commitment)

            def several(self, commitments: Any) -> Any:
                return {each: self.kept(each) for each in commitments}

        assert kept_together(Damaged(connection), named) == [*kept[:2], "trace: expected bytes; got text", *kept[3:]]


@pytest.mark.holds("LEDG-05")
@pytest.mark.parametrize(
    "name", ["entry_no_update", "kept_no_delete", "entry_next", "entry_uses", "entry_counts", "counted_once"]
)
def test_a_trigger_that_is_missing_is_found(story: Any, folder: Path, name: str) -> None:
    file = copied(story[0], folder / "forged")
    with sqlite3.connect(file) as connection:
        connection.execute(f"DROP TRIGGER {name}")
    connection.close()
    found = verified(file)
    assert [fault.why for fault in found.faults if name in fault.why]


@pytest.mark.holds("LEDG-05")
@pytest.mark.parametrize("change", [other_arm, without_second])
def test_a_ledger_that_is_computed_again_is_found_with_another_key_or_with_a_receipt(
    story: Any, folder: Path, change: Any
) -> None:
    file, receipts = copied(story[0], folder / "forged"), story[1]
    with forging(file) as connection:
        recomputed(connection, change, WITNESS_KEY)
    assert verified(file).answer is Answer.DIFFERS  # without the key
    with forging(file) as connection:
        recomputed(connection, lambda _: None, KEY)
        connection.execute("DELETE FROM cosignature")
        connection.execute("DELETE FROM kept")
    assert verified(file).answer is not Answer.DIFFERS  # with it, the limit: all that is inside agrees
    found = verified(file, *receipts)
    assert found.answer is Answer.DIFFERS  # and a receipt outside finds it
    assert found.faults[0].entry is not None


@pytest.mark.holds("LEDG-05")
def test_an_older_backup_and_a_cut_tail_are_found_by_a_receipt(story: Any, folder: Path) -> None:
    file, receipts = copied(story[0], folder / "forged"), story[1]
    with forging(file) as connection:
        for table, what in (
            ("entry", "seq > 6"),
            ("checkpoint", "size > 7"),
            ("used", "seq > 6"),
            ("counted", "seq > 6"),
        ):
            connection.execute(f"DELETE FROM {table} WHERE {what}")
        connection.execute("DELETE FROM node WHERE (place + 1) << level > 7")
        connection.execute("DELETE FROM cosignature")
        kept = {json.loads(body)["content"].get("trace") for (body,) in connection.execute("SELECT body FROM entry")}
        for (commitment,) in connection.execute("SELECT commitment FROM kept").fetchall():
            if commitment.hex() not in kept:
                connection.execute("DELETE FROM kept WHERE commitment = ?", (commitment,))
    assert verified(file).answer is Answer.INTACT  # inside it nothing tells
    found = verified(file, receipts[-1])
    assert str(found.faults[0]) == "entry 7: receipt 1 is of 12 entries, and only 7 are here and right"


@pytest.mark.holds("LEDG-05")
def test_receipts_of_others_and_receipts_that_were_changed(story: Any, folder: Path) -> None:
    file, receipts = story
    moved = Receipt(receipts[2].index - 1, receipts[2].path, receipts[2].note, receipts[2].extra)
    shown = Receipt(receipts[2].index, receipts[2].path, receipts[2].note, b"another entry")
    for receipt in (moved, shown):
        assert verified(file, receipt).answer is Answer.DIFFERS
    with ledger_at(folder / "other") as other:
        foreign = enrol(other, "P1", "B")
    assert verified(file, foreign).answer is Answer.DIFFERS  # the same name and key: two ledgers
    for policy in (Policy((PUBLIC.__class__("others.example.org", 1, PUBLIC.public),)), Policy(())):
        assert verified(file, receipts[1], policy=policy).answer is not Answer.INTACT


@pytest.mark.holds("LEDG-05")
def test_bits_that_flip_in_the_file_change_nothing_that_verifies(story: Any, folder: Path) -> None:
    written, before = story[0].read_bytes(), bundle_of(story[0])
    chance = random.Random(15)
    found = [
        flipped(written, chance.randrange(8 * len(written)), folder / "flipped", before)
        for _ in range(20 if QUICK else 60)
    ]
    assert set(found) <= {"found", "harmless"}


def flipped(written: bytes, bit: int, file: Path, before: bytes) -> str:
    """What becomes of a ledger of which one bit has flipped."""
    changed = bytearray(written)
    changed[bit // 8] ^= 1 << bit % 8
    file.write_bytes(changed)
    try:
        answer = verified(file).answer
        return "found" if answer is not Answer.INTACT else "harmless" if bundle_of(file) == before else "MISSED"
    except AssignerError:
        return "found"


@pytest.mark.holds("LEDG-05")
def test_both_verifiers_find_every_line_of_a_bundle_that_is_changed(story: Any, folder: Path) -> None:
    written = bundle_of(story[0])
    (folder / "trust").write_text(f"log {PUBLIC}\nquorum none\n")
    rows = written.splitlines(keepends=True)
    changes = [[*rows[:at], *rows[at + 1 :]] for at, row in enumerate(rows) if not is_checkpoint_between(row)]
    changes += [[*rows[:at], changed(row), *rows[at + 1 :]] for at, row in enumerate(rows) if b'"entry"' in row]
    changes += [[*rows[:2], rows[3], rows[2], *rows[4:]]]
    for change in changes:
        assert mine(b"".join(change)) != "intact"
        (folder / "bundle").write_bytes(b"".join(change))
        assert theirs(folder) != "intact", change


def is_checkpoint_between(row: bytes) -> bool:
    """Of the checkpoints only the last one must be there; a trace that is not is no proof of anything."""
    return b'"signature"' in row and b'"size":12' not in row


def changed(row: bytes) -> bytes:
    return row.replace(b'\\"reason\\":\\"', b'\\"reason\\":\\"x', 1)


def mine(written: bytes) -> str:
    try:
        return verify(parse_bundle(written), wanted()).answer.value
    except LedgerProofError:
        return "refused"


def theirs(folder: Path) -> str:
    try:
        answer, _ = verify_bundle.main(str(folder / "bundle"), str(folder / "trust"))
    except SystemExit:
        return "differs"
    except (ValueError, KeyError, IndexError):
        return "refused"
    return answer.partition(":")[0].lower()


@given(at=st.integers(0), junk=st.binary(max_size=40), cut=st.integers(0, 60))
def test_whatever_comes_as_a_bundle_is_read_or_refused(at: int, junk: bytes, cut: int) -> None:
    whole = (GOLDEN / "first.bundle").read_bytes()
    place = at % len(whole)
    for written in (whole[:place] + junk + whole[place + cut :], junk, whole[:place]):
        try:
            verify(parse_bundle(written), wanted())
        except LedgerProofError:
            continue


# ----------------------------------------------------------------------------------------------------- the first schema


@pytest.mark.holds("LEDG-08")
def test_a_ledger_of_the_first_schema_keeps_every_hash(folder: Path) -> None:
    from assigner.ledger import store

    file = copied(GOLDEN / "first.ledger", folder / "first")
    with pytest.raises(LedgerStoreError, match="run `assigner ledger migrate` first"):
        store.connect(str(file))
    opened = store.unchecked(str(file))
    store.migrate(opened)
    opened.close()
    receipt = parse_receipt((GOLDEN / "first.tlog-proof").read_text(encoding="utf-8"))
    found = verified(file, receipt, rules=(rule_set(),), replay=True)
    assert (found.answer, found.faults, found.size) == (Answer.INTACT, (), 6)
    assert bundle_of(file) == (GOLDEN / "first.bundle").read_bytes()
    root = base64.b64encode(found.checkpoint.root).decode() if found.checkpoint else ""
    assert root in (GOLDEN / "first.tlog-proof").read_text(encoding="utf-8")


@pytest.mark.holds("LEDG-08")
def test_a_migration_that_fails_half_way_changes_nothing(folder: Path) -> None:
    from assigner.ledger import store

    file = copied(GOLDEN / "first.ledger", folder / "first")
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE counted (in_the_way TEXT)")  # the last step but one makes it
        before = list(connection.iterdump())
    connection.close()
    opened = store.unchecked(str(file))
    with pytest.raises(LedgerStoreError, match="already exists"):
        store.migrate(opened)
    with sqlite3.connect(file) as connection:
        assert list(connection.iterdump()) == before
        connection.execute("DROP TABLE counted")
    connection.close()
    store.migrate(opened)
    opened.close()
    assert verified(file).answer is Answer.INTACT


def test_reading_a_bundle_from_a_file(folder: Path) -> None:
    assert read_bundle(GOLDEN / "first.bundle").head.size == 6
    with pytest.raises(LedgerProofError, match="a readable file"):
        read_bundle(folder / "none")
    assert Wanted(policy=TRUST).jobs == 1
