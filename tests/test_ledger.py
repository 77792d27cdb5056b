"""A ledger in a SQLite file: what is acknowledged stays, one wish is one entry, and the database keeps the rules."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from sqlalchemy import exc

from assigner.errors import LedgerProofError, LedgerRuleError, LedgerStoreError, TraceError
from assigner.ledger import appending, store
from assigner.ledger.checking import verify_ledger
from assigner.ledger.drafts import assign, confirm, withdraw
from assigner.ledger.entries import Moment
from assigner.ledger.ledger import Ledger
from assigner.ledger.notes import cosigned, key_of, parse_receipt
from assigner.ledger.tree import leaf_hash
from assigner.ledger.trust import Policy
from assigner.ledger.verifying import Answer
from ledgers import (
    ARMS,
    KEY,
    ORIGIN,
    SITES,
    TRUST,
    WITNESS_KEY,
    WITNESS_PUBLIC,
    actor,
    enrol,
    enrolment,
    ledger,
    ledger_at,
    opened,
    quick_folder,
    trace,
    wanted,
    wish,
)


@pytest.fixture
def file(tmp_path: Path) -> Any:
    with quick_folder() as folder:
        yield folder / "ledger"


# ------------------------------------------------------------------------------------------------------------ one entry


@pytest.mark.holds("LEDG-02")
def test_a_receipt_proves_the_entry_alone() -> None:
    with ledger() as made:
        for number in range(9):
            receipt = parse_receipt(str(enrol(made, f"P{number}")))
            TRUST.expect(receipt.note)
            assert receipt.extra is not None
            assert receipt.root_for(leaf_hash(receipt.extra)) == receipt.note.checkpoint.root
            assert str(made.receipt(receipt.index)) == str(receipt)
        old = made.receipt(2)
        assert old.note.checkpoint.size == 10
        assert made.consistency(3, 10)
        for seq in (10, -1):
            with pytest.raises(LedgerProofError):
                made.receipt(seq)


@pytest.mark.holds("LEDG-03", "LEDG-14")
def test_a_request_is_recorded_once_and_answers_the_same_for_ever() -> None:
    with ledger() as made:
        first = enrol(made, "P1", "A", request="edc:1")
        enrol(made, "P2", "B")
        again = enrol(made, "P1", "A", request="edc:1")  # another process: another salt
        assert (again.index, again.extra) == (first.index, first.extra)
        made.append(withdraw(wish(request="edc:2"), "P1"))
        assert made.append(withdraw(wish(request="edc:2"), "P1")).index == 3
        others = [
            enrolment(made, "P3", "A", request="edc:1"),
            enrolment(made, "P1", "B", request="edc:1"),
            enrolment(made, "P1", "A", "a file", request="edc:1"),
            enrolment(made, "P1", "A", request="edc:1", reason="another"),
            confirm(wish(request="edc:1"), "P1"),
        ]
        for draft in others:
            with pytest.raises(LedgerRuleError, match="request: expected a new id for a new wish"):
                made.append(draft)
        assert [entry.seq for entry in made.entries()] == [0, 1, 2, 3]


@pytest.mark.holds("LEDG-06")
def test_the_order_is_the_sequence_and_a_clock_that_goes_back_is_an_entry() -> None:
    times = ["2026-03-01T10:00:00Z", "2016-12-31T23:59:59Z", "2036-01-01T00:00:00+09:00", "2026-03-01T10:00:00Z"]
    with ledger(clock=iter([datetime.fromisoformat(each) for each in times]).__next__) as made:
        for number in range(4):
            enrol(made, f"P{number}")
        told = [(entry.kind, entry.at[:19]) for entry in made.entries()]
        assert told[1:] == [  # the opening was by the clock of the machine
            ("clock_event", "2026-03-01T10:00:00"), ("assigned", "2026-03-01T10:00:00"),
            ("clock_event", "2016-12-31T23:59:59"), ("assigned", "2016-12-31T23:59:59"),
            ("assigned", "2035-12-31T15:00:00"),
            ("clock_event", "2026-03-01T10:00:00"), ("assigned", "2026-03-01T10:00:00"),
        ]  # fmt: skip
        assert verify_ledger(made, wanted()).answer is Answer.INTACT


def test_a_leap_second_is_a_time() -> None:
    assert TypeAdapter(Moment).validate_python("2016-12-31T23:59:60.000000Z")


@pytest.mark.holds("LEDG-07")
def test_participants_are_keyed_when_the_trial_asks() -> None:
    secret = b"s" * 32
    with ledger(secret=secret) as made:
        enrol(made, "P1", "A", "one file")
        found = made.participant("P1")
        assert found is not None
        assert found.key.startswith("h")
        assert b"P1" not in b"".join(entry.to_bytes() for entry in made.entries())
        file = made.store.file
        assert verify_ledger(made, wanted(names=made.names)).answer is Answer.INTACT
        assert verify_ledger(made, wanted()).answer is Answer.INTACT  # without the secret names are not compared
        with pytest.raises(LedgerRuleError, match="the trial's secret"):
            Ledger.open(str(file), secret=b"t" * 32)


@pytest.mark.holds("LEDG-07")
def test_a_ledger_holds_no_genotype_in_clear_beside_the_traces(file: Path) -> None:
    with ledger_at(file) as made:
        enrol(made, "P1")
        bodies = b"".join(entry.to_bytes() for entry in made.entries())
        assert not [word for word in (b"X1", b"G1", b"0/1", b"0/0") if word in bodies]
        assert made.trace_of(1) == trace("P1", "A")


def test_a_trace_that_is_none_is_refused_before_anything_is_written() -> None:
    with ledger() as made:
        whole = trace("P1", "A")
        for wrong in (whole + b"\n", whole.replace(b"P1", b"P2"), b"{}", whole[:-1]):
            with pytest.raises(TraceError):
                assign(wish(), made.names, wrong)


# ------------------------------------------------------------------------------------------------------------- database


@pytest.mark.holds("LEDG-04")
@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE entry SET body = replace(body, '\"A\"', '\"B\"')",
        "DELETE FROM entry WHERE seq = 1",
        "REPLACE INTO entry (seq, body) SELECT seq, replace(body, 'Dr A', 'Dr B') FROM entry WHERE seq = 1",
        "INSERT OR REPLACE INTO entry SELECT 3, replace(body, '\"seq\":1', '\"seq\":3') FROM entry LIMIT 1, 1",
        "INSERT INTO entry (seq, body) SELECT seq + 5, body FROM entry WHERE seq = 1",
        "INSERT INTO entry (seq, body) SELECT 3, replace(body, '\"seq\":1', '\"seq\":3') FROM entry WHERE seq = 1",
        "INSERT INTO entry (seq, body) SELECT 3, body FROM entry WHERE seq = 1",
        "INSERT INTO entry (seq, body) SELECT 3, replace(replace(replace(body, '\"seq\":1', '\"seq\":3'), "
        "'\"revision\":1', '\"revision\":2'), 'request\":\"', 'request\":\"x') FROM entry WHERE seq = 1",
        "INSERT INTO entry (seq, body) SELECT 3, replace(replace(replace(body, '\"seq\":1', '\"seq\":3'), "
        "'\"revision\":1', '\"revision\":null'), 'request\":\"', 'request\":\"x') FROM entry WHERE seq = 1",
        "INSERT OR IGNORE INTO entry (seq, body) VALUES (3, 'no json')",
        "UPDATE node SET hash = zeroblob(32)",
        "DELETE FROM node",
        "REPLACE INTO node (level, place, hash) VALUES (0, 0, zeroblob(32))",
        "INSERT INTO node (level, place, hash) VALUES (1, 0, zeroblob(32))",
        "DELETE FROM checkpoint",
        "REPLACE INTO checkpoint (size, signature) VALUES (1, zeroblob(68))",
        "UPDATE kept SET content = zeroblob(5)",
        "DELETE FROM kept",
        "DELETE FROM used",
        "UPDATE counted SET number = 9",
        "DELETE FROM counted",
        "REPLACE INTO counted SELECT arm, site, seq, 9 FROM counted",
        "INSERT INTO entry (seq, body) SELECT 3, replace(replace(replace(replace(replace(body, "
        "'\"seq\":1', '\"seq\":3'), '\"P1\"', '\"P3\"'), '\"revision\":1', '\"revision\":2'), "
        "'request\":\"', 'request\":\"x'), "
        '\'"kind":"assigned"\', \'"kind":"superseded"\') FROM entry WHERE seq = 1',
        "UPDATE cosignature SET line = 'x'",
        "DELETE FROM cosignature",
    ],
)
def test_the_database_refuses_every_change_by_whomever(file: Path, attack: str) -> None:
    with ledger_at(file) as made:
        enrol(made, "P1", "A", "one file", allocation="K1")
        enrol(made, "P2", "B")
        made.add_cosignature(2, cosigned(made.checkpoint(2).checkpoint, WITNESS_KEY, WITNESS_PUBLIC.name, 1))
    before = dump(file)
    with sqlite3.connect(file) as other, pytest.raises(sqlite3.Error):  # a connection with none of our settings
        other.execute(attack)
    other.close()
    assert dump(file) == before


@pytest.mark.holds("LEDG-05")
@pytest.mark.parametrize(
    ("people", "attack"),
    [
        (2, "UPDATE entry SET body = replace(body, 'Dr A', 'Dr B') WHERE seq = 2"),
        (2, "UPDATE node SET hash = zeroblob(32)"),
        (3, "UPDATE node SET hash = zeroblob(32)"),
        (3, "DELETE FROM node"),
        (3, "DELETE FROM checkpoint"),
        (3, "UPDATE checkpoint SET signature = (SELECT signature FROM checkpoint WHERE size = 1)"),
        (3, "DELETE FROM entry WHERE seq = 3"),
    ],
)
@pytest.mark.parametrize("is_open", [False, True])
def test_nothing_is_signed_that_follows_what_was_not(file: Path, people: int, attack: str, is_open: bool) -> None:
    with ledger_at(file) as made:
        for number in range(people):
            enrol(made, f"P{number}")
        connection = sqlite3.connect(file)
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        with connection:
            connection.execute(attack)
        connection.close()
        with Ledger.open(str(file), key=KEY) as other, pytest.raises(LedgerStoreError, match="its key signed last"):
            enrol(made if is_open else other, "P9")


def test_another_key_goes_on_with_a_ledger_and_who_verifies_must_trust_both(file: Path) -> None:
    with ledger_at(file) as made:
        enrol(made, "P1")
    with Ledger.open(str(file), key=WITNESS_KEY) as other:
        enrol(other, "P2")
        assert verify_ledger(other, wanted()).answer is Answer.DIFFERS
        other_key = other.public_key
        assert other_key is not None
        both = Policy((*TRUST.logs, other_key))
        assert verify_ledger(other, wanted(policy=both)).answer is Answer.INTACT


def dump(file: Path) -> list[str]:
    with sqlite3.connect(file) as connection:
        found = list(connection.iterdump())
    connection.close()
    return found


@pytest.mark.holds("LEDG-04")
def test_the_file_is_its_owner_s_and_syncs_every_commit(file: Path) -> None:
    made, _ = Ledger.create(str(file), ORIGIN, opened(), actor(), "start", key=KEY)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with made, made.store.reading() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "recursive_triggers", "cell_size_check", "application_id")
        }
    assert told == {
        "journal_mode": "delete", "synchronous": 3, "recursive_triggers": 1, "cell_size_check": 1,
        "application_id": store.APPLICATION_ID,
    }  # fmt: skip
    with pytest.raises(LedgerStoreError, match="one that exists; it is not replaced"):
        Ledger.create(str(file), ORIGIN, opened(), actor(), "start", key=KEY)


def test_a_write_ahead_log_needs_a_sound_sqlite(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(LedgerStoreError, match=r"SQLite 3\.51\.3 or newer"):
        Ledger.create(str(file), ORIGIN, opened(), actor(), "start", key=KEY, journal="wal")
    assert not file.exists()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    made, _ = Ledger.create(str(file), ORIGIN, opened(), actor(), "start", key=KEY, journal="wal")
    with made, made.store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    with pytest.raises(LedgerStoreError, match="journal mode 'wal'"):
        Ledger.open(str(file))


@pytest.mark.holds("LEDG-08")
def test_what_is_no_ledger_of_this_schema(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LedgerStoreError, match="no such file"):
        Ledger.open(str(file))
    assert not file.exists()
    for url in ("mysql://x", "sqlite://", "https://x"):
        with pytest.raises(LedgerStoreError):
            Ledger.open(url)
    file.write_bytes(b"")
    with pytest.raises(LedgerStoreError, match="no ledger"):
        Ledger.open(str(file))
    file.write_bytes(b"not a database at all" * 100)
    with pytest.raises(LedgerStoreError, match="file is not a database"):
        Ledger.open(str(file))
    ledger_at(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    newer = "it is of schema 0999; this software writes 0003"
    with pytest.raises(LedgerStoreError, match=newer):
        Ledger.open(str(file))
    with pytest.raises(LedgerStoreError, match=newer):
        store.migrate(store.unchecked(str(file)))


def test_a_file_system_over_a_network_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = f"host:/x {file.parent} nfs4 rw 0 0\n/dev/x / ext4 rw 0 0\n"
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: mounts)
    with pytest.raises(LedgerStoreError, match="use PostgreSQL for several; got nfs4"):
        Ledger.open(str(file))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_ledger_that_may_only_be_read_is_read(file: Path) -> None:
    ledger_at(file).close()
    file.chmod(0o400)
    with Ledger.open(str(file), key=KEY) as made:
        assert len(list(made.entries())) == 1
        with pytest.raises(LedgerStoreError):
            enrol(made, "P1")


def test_without_a_key_nothing_is_appended(file: Path) -> None:
    ledger_at(file).close()
    with Ledger.open(str(file)) as made, pytest.raises(LedgerProofError, match="the key that signs"):
        enrol(made, "P1")


def test_nothing_else_needs_the_libraries_of_databases() -> None:
    heavy = ("sqlalchemy", "alembic", "psycopg", "cryptography")
    text = f"import sys, assigner, assigner.cli, assigner.ledger; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# -------------------------------------------------------------------------------------------------------- many at once


def write_many(file: str, number: int, people: int, results: Any) -> None:
    """One of several processes: enrols everybody, and tells what became of each."""
    told = []
    with Ledger.open(file, key=KEY) as made:
        for person in range(people):
            try:
                receipt = enrol(made, f"P{person}", "A", site=f"S{number % 2 + 1}", name=f"Dr {number}")
                told.append((person, receipt.index))
            except LedgerRuleError as error:
                told.append((person, str(error)))
    results.put((number, told))


@pytest.mark.holds("LEDG-03")
def test_eight_writers_at_once_give_each_participant_one_assignment_and_fill_no_arm_beyond_its_size(file: Path) -> None:
    people, size, writers = 12, 7, 8
    ledger_at(file, {"A": size}).close()
    trace("P0", "A")
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    running = [context.Process(target=write_many, args=(str(file), at, people, results)) for at in range(writers)]
    for each in running:
        each.start()
    told = [results.get(timeout=120) for _ in running]
    for each in running:
        each.join()
    done = [(person, seq) for _, rows in told for person, seq in rows if isinstance(seq, int)]
    refused = [why for _, rows in told for _, why in rows if isinstance(why, str)]
    assert len(done) == size
    assert len({person for person, _ in done}) == size
    assert sorted(seq for _, seq in done) == list(range(1, size + 1))
    assert all("which has 7 of 7" in why or "got one since entry" in why for why in refused)
    with Ledger.open(str(file)) as made:
        assert verify_ledger(made, wanted()).answer is Answer.INTACT
        assert sum(made.accrual()["A"].values()) == size


# --------------------------------------------------------------------------------------------------------------- faults


def test_a_broken_connection_is_settled_by_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with ledger() as made:
        real, calls = appending.append, []

        def breaking(*given: Any) -> Any:
            calls.append(given)
            receipt = real(*given)
            if len(calls) < 3:
                raise exc.OperationalError("COMMIT", None, OSError("cut"), connection_invalidated=True)
            return receipt

        monkeypatch.setattr(appending, "append", breaking)
        assert enrol(made, "P1").index == 1
        assert len(calls) == 3
        monkeypatch.setattr(appending, "append", lambda *_: (_ for _ in ()).throw(
            exc.OperationalError("COMMIT", None, OSError("cut"), connection_invalidated=True)))  # fmt: skip
        with pytest.raises(LedgerStoreError, match="send the request edc:9 again"):
            enrol(made, "P2", request="edc:9")


def test_a_connection_is_used_again_while_its_file_stands_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Counter[str]()
    connected = store._connected
    monkeypatch.setattr(store, "_connected", lambda at: made.update(["one"]) or connected(at))
    with ledger_at(file) as whole:
        for number in range(3):
            enrol(whole, f"P{number}")
        assert made["one"] == 1
        backup = file.read_bytes()
        enrol(whole, "P3")
        file.rename(file.with_name("before"))
        with pytest.raises(LedgerStoreError, match="unable to open"):
            enrol(whole, "P4")
        file.write_bytes(backup)  # of another file, under the same name
        assert enrol(whole, "P5").index == 4
        assert made["one"] == 3
    with Ledger.open(str(file)) as read:
        assert read.participant("P3") is None
        assert read.participant("P5") is not None


def test_a_ledger_of_another_name_under_the_same_path_is_signed_under_its_own(file: Path) -> None:
    with ledger_at(file) as kept:
        enrol(kept, "P1")
        other, _ = Ledger.create(
            str(file.with_name("other")), "trials.example.org/other", opened(), actor(), "start", key=KEY
        )
        other.close()
        file.with_name("other").replace(file)
        receipt = enrol(kept, "P1")
        assert receipt.note.checkpoint.origin == receipt.note.signatures[0].name == "trials.example.org/other"
        policy = Policy((key_of("trials.example.org/other", KEY),))
        assert verify_ledger(kept, wanted(receipt, policy=policy)).answer is Answer.INTACT


def test_an_append_takes_as_many_steps_in_a_large_ledger_as_in_a_small_one(file: Path) -> None:
    steps: dict[str, set[int]] = {"plain": set(), "with an allocation": set(), "with a file": set(), "again": set()}
    with ledger_at(file) as made:
        for size in (16, 64, 256):  # from where the tree grows by the same nodes
            for number in range(len(list(made.entries())), size):
                enrol(made, f"P{number}", ARMS[number % 3], site=SITES[number % 2])
            for kind, draft in (
                ("plain", enrolment(made, f"Q{size}", "A", request=f"R{size}")),
                ("with an allocation", enrolment(made, f"R{size}", "B", allocation=f"K{size}")),
                ("with a file", enrolment(made, f"S{size}", "C", f"file {size}")),
                ("again", enrolment(made, f"Q{size}", "A", request=f"R{size}")),
            ):
                steps[kind].add(steps_of(made, draft))
        receipt = enrol(made, "last", "A")
        assert verify_ledger(made, wanted(receipt)).answer is Answer.INTACT
    assert {kind: len(each) for kind, each in steps.items()} == dict.fromkeys(steps, 1), steps


def steps_of(made: Ledger, draft: Any) -> int:
    """How many steps of its own machine SQLite takes for an append."""
    with made.store.engine.connect() as connection:
        raw = connection.connection.driver_connection
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    raw.set_progress_handler(step, 1)  # type: ignore[union-attr]
    made.append(draft)
    raw.set_progress_handler(None, 1)  # type: ignore[union-attr]
    return count


def test_several_threads_use_one_ledger(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Counter[str]()
    connected = store._connected
    monkeypatch.setattr(store, "_connected", lambda at: made.update(["one"]) or connected(at))
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(4) as threads:
        whole = first.submit(ledger_at, file).result()
        receipts = [threads.submit(enrol, whole, f"P{number}").result() for number in range(4)]  # each thread in turn
        assert made["one"] == 1  # over one connection

        def work(number: int) -> int:
            receipt = enrol(whole, f"Q{number}", file=f"file {number}")
            found = whole.participant(f"Q{number}")
            assert found is not None
            assert found.first == receipt.index
            assert [entry.seq for entry in whole.entries()][: receipt.index + 1] == list(range(receipt.index + 1))
            assert whole.receipt(receipt.index).extra == receipt.extra
            receipts.append(receipt)
            return receipt.index

        assert sorted(threads.map(work, range(20))) == list(range(5, 25))  # and all at once
        found = first.submit(verify_ledger, whole, wanted(*receipts)).result()
        assert (found.answer, found.faults) == (Answer.INTACT, ())
        threads.submit(whole.close).result()
