"""A ledger in PostgreSQL for several sites, on a real server: three roles, many writers, kill -9, cut connections."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from click.testing import CliRunner

from assigner.assignments import assign as assigned
from assigner.cli import main
from assigner.errors import LedgerRuleError, LedgerStoreError
from assigner.ledger import connections, store
from assigner.ledger.bundles import lines, parse_bundle
from assigner.ledger.checking import verify_ledger
from assigner.ledger.copies import InDatabase, copy_into
from assigner.ledger.drafts import override, withdraw
from assigner.ledger.ledger import Ledger
from assigner.ledger.notes import Receipt, cosigned
from assigner.ledger.schemas import ON_POSTGRESQL, of_postgresql
from assigner.ledger.store import Store
from assigner.ledger.verifying import Answer
from assigner.profiles.forms import profile_of
from assigner.rules import read_rules
from effort import at_a_release, kills, some
from ledgers import (
    EVIDENCE,
    KEY,
    ORIGIN,
    WITNESS_KEY,
    WITNESS_PUBLIC,
    actor,
    enrol,
    enrolment,
    ledger,
    opened,
    quick_folder,
    rule_set,
    trace,
    wanted,
    wish,
)
from many import in_processes
from servers import Proxy, Server, certificate, server

GOLDEN = Path(__file__).parent / "ledgers"

LOOPS = kills(2)
"""How often the server is killed."""


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as made:
        yield made


@contextmanager
def made(running: Server, sizes: dict[str, int | None] | None = None, **more: Any) -> Iterator[tuple[str, Ledger]]:
    """The owner's new ledger, and the name of its database."""
    database = running.database()
    owned, _ = Ledger.create(running.url(database, **more), ORIGIN, opened(sizes), actor(), "start", key=KEY)
    with owned:
        yield database, owned


def verified(running: Server, database: str, *receipts: Receipt, **more: Any) -> Any:
    with Ledger.open(running.url(database, "auditor")) as read:
        return verify_ledger(read, wanted(*receipts, **more))


# ---------------------------------------------------------------------------------------------------------------- roles


@pytest.mark.holds("LEDG-10")
def test_a_writer_appends_an_auditor_reads_and_a_stranger_does_neither(running: Server) -> None:
    with made(running) as (database, _):
        with Ledger.open(running.url(database, "site1"), key=KEY) as site:
            receipt = enrol(site, "P1", "A", "one file")
        with Ledger.open(running.url(database, "auditor"), key=KEY) as auditor:
            assert verify_ledger(auditor, wanted(receipt)).answer is Answer.INTACT
            with pytest.raises(LedgerStoreError, match="permission denied"):
                enrol(auditor, "P2", "A")
        with pytest.raises(LedgerStoreError, match="permission denied"):
            Ledger.open(running.url(database, "stranger"))
        with pytest.raises(LedgerStoreError) as told:
            Ledger.open(f"postgresql://x:secret@/none?host={running.folder}")
        assert "secret" not in str(told.value)


@pytest.mark.holds("LEDG-10")
def test_over_a_network_a_site_speaks_tls_with_the_server_it_means(running: Server, tmp_path: Path) -> None:
    with made(running) as (database, _):
        (tmp_path / "ca.pem").write_bytes(certificate()[0])
        (tmp_path / "other.pem").write_bytes(certificate.__wrapped__()[0])

        def url(mode: str, ca: str, host: str = "127.0.0.1") -> str:
            told = f"port={running.port}&sslmode={mode}&sslrootcert={tmp_path / ca}"
            return f"postgresql://site1@{host}/{database}?{told}"

        with Ledger.open(url("verify-full", "ca.pem"), key=KEY) as site:
            assert enrol(site, "P1", "A").index == 1
        refused = [("verify-full", "other.pem"), ("verify-full", "ca.pem", "localhost"), ("disable", "ca.pem")]
        for each in refused:
            with pytest.raises(LedgerStoreError):
                Ledger.open(url(*each))


CHANGES = [
    "UPDATE entry SET body = body",
    "DELETE FROM entry WHERE seq = 1",
    "TRUNCATE entry",
    "INSERT INTO entry (seq, body) SELECT seq, body FROM entry ON CONFLICT (seq) DO UPDATE SET body = EXCLUDED.body",
    "INSERT INTO entry (seq, body) SELECT 9, body FROM entry WHERE seq = 1",
    "INSERT INTO entry (seq, body) SELECT 3, body FROM entry WHERE seq = 1",
    "INSERT INTO entry (seq, body) SELECT 3, replace(body::text, ':1,', ':3,')::json FROM entry WHERE seq = 1",
    "INSERT INTO entry (seq, body) SELECT 3, replace(replace(replace(body::text, '\"seq\":1', '\"seq\":3'), "
    "'\"revision\":1', '\"revision\":2'), 'request\":\"', 'request\":\"x')::json FROM entry WHERE seq = 1",
    "INSERT INTO entry (seq, body) SELECT 3, replace(replace(replace(body::text, '\"seq\":1', '\"seq\":3'), "
    "'\"revision\":1', '\"revision\":null'), 'request\":\"', 'request\":\"x')::json FROM entry WHERE seq = 1",
    "INSERT INTO entry (seq, body, arm) VALUES (3, '{}', 'A')",
    "UPDATE node SET hash = hash",
    "DELETE FROM node",
    "TRUNCATE node",
    "INSERT INTO node SELECT * FROM node",
    "INSERT INTO node VALUES (0, 0, '')",
    "DELETE FROM checkpoint",
    "UPDATE checkpoint SET signature = signature",
    "DELETE FROM kept",
    "UPDATE kept SET content = ''",
    "TRUNCATE kept, used, counted, cosignature",
    "DELETE FROM used",
    "UPDATE counted SET number = 9",
    "DELETE FROM counted",
    "INSERT INTO entry (seq, body) SELECT 3, replace(replace(replace(replace(replace(body::text, '\"seq\":1', "
    "'\"seq\":3'), '\"P1\"', '\"P3\"'), '\"revision\":1', '\"revision\":2'), 'request\":\"', 'request\":\"x'), "
    '\'"kind":"assigned"\', \'"kind":"superseded"\')::json FROM entry WHERE seq = 1',
    "UPDATE cosignature SET line = 'x'",
]
OF_OWNER = [
    "ALTER TABLE entry DISABLE TRIGGER ALL",
    "DROP TABLE entry",
    "INSERT INTO used VALUES ('x', 1)",
    "INSERT INTO counted VALUES ('A', 'S1', 9, 9)",
]


@pytest.mark.holds("LEDG-04")
def test_neither_writer_nor_owner_changes_what_stands_there(running: Server) -> None:
    with made(running) as (database, owned):
        enrol(owned, "P1", "A", "one file", allocation="K1")
        enrol(owned, "P2", "B")
        owned.add_cosignature(2, cosigned(owned.checkpoint(2).checkpoint, WITNESS_KEY, WITNESS_PUBLIC.name, 1))
        before = bundle_of(owned)
        for user, statements in (
            ("trial_owner", CHANGES),
            ("site1", CHANGES + OF_OWNER),
            ("auditor", CHANGES + OF_OWNER),
        ):
            for statement in statements:
                with pytest.raises(psycopg.Error):
                    running.execute(statement, database, user)
        assert bundle_of(owned) == before


@pytest.mark.holds("LEDG-05")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("ALTER TABLE entry DISABLE TRIGGER entry_no_change", "trigger entry.entry_no_change (D)"),
        ("DROP TRIGGER kept_no_truncate ON kept", "trigger kept.kept_no_truncate (O)"),
        ("GRANT UPDATE ON entry TO site1", "entry: UPDATE by site1"),
        ("GRANT DELETE ON kept TO PUBLIC", "kept: DELETE by everybody"),
        ("GRANT INSERT ON counted TO site1", "counted: INSERT by site1"),
        ("GRANT UPDATE (body) ON entry TO site1", "entry: UPDATE by site1"),
        ("GRANT EXECUTE ON FUNCTION ledger_counts() TO PUBLIC", "ledger_counts: EXECUTE by everybody"),
        ("ALTER TABLE kept OWNER TO assigner_writer", "kept: all that its owner may by assigner_writer"),
        ("DROP INDEX entry_request", "index CREATE UNIQUE INDEX entry_request"),
        ("ALTER TABLE node DROP CONSTRAINT node_above_leaves", "constraint node.node_above_leaves"),
        ("CREATE RULE forget AS ON INSERT TO kept DO INSTEAD NOTHING", "rule kept.forget"),
        ("ALTER TABLE used ENABLE ROW LEVEL SECURITY", "row security of used"),
        ("GRANT SELECT ON entry TO PUBLIC", "entry: SELECT by everybody"),
        ("ALTER TABLE kept SET UNLOGGED", "kept is no table that lasts"),
        ("CREATE SCHEMA far; CREATE TABLE far.more () INHERITS (counted)", "more rows of counted in far.more"),
        ("CREATE TABLE beside (note TEXT)", "column beside.note text"),
        (
            "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RETURN NEW; END $$",
            "function ledger_refuse BEGIN RETURN NEW",
        ),
        ("INSERT INTO used VALUES ('x', 1)", "digests of inputs"),
        ("INSERT INTO counted VALUES ('A', 'S1', 9, 9)", "counts of arms"),
        ("INSERT INTO node VALUES (30, 0, '')", "the stored tree"),
    ],
)
def test_a_right_too_many_and_a_rule_of_the_database_too_few_are_found(running: Server, change: str, why: str) -> None:
    with made(running) as (database, owned):
        enrol(owned, "P1", "A")
        running.execute(change, database, "postgres" if " OWNER TO " in change else "trial_owner")
        found = verified(running, database)
        assert found.answer is Answer.DIFFERS
        assert [fault for fault in found.faults if why in fault.why], found.faults


@pytest.mark.holds("LEDG-08")
def test_a_ledger_of_the_first_schema_keeps_every_hash_on_a_server(
    running: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = running.database()
    first = of_first_schema(running.url(database), monkeypatch)
    with pytest.raises(LedgerStoreError, match="run `assigner ledger migrate` first"):
        store.connect(running.url(database))
    store.migrate(first)
    first.close()
    with Ledger.open(running.url(database), key=KEY) as read:
        assert verify_ledger(read, wanted()).answer is Answer.INTACT
        assert bundle_of(read) == (GOLDEN / "first.bundle").read_bytes()
    with Ledger.open(running.url(database, "site1"), key=KEY) as site:
        enrol(site, "P9", "A", "a file")
    assert verified(running, database).answer is Answer.INTACT
    with pytest.raises(LedgerStoreError, match="permission denied"):
        Ledger.open(running.url(database, "stranger"))


def of_first_schema(url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A ledger as the first schema's software wrote it."""
    upgrade = command.upgrade
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _: upgrade(config, "0001"))
        first = store.create(url)
    with sqlite3.connect(GOLDEN / "first.ledger") as file, first.writing() as connection:
        for table in ("entry", "node", "checkpoint", "cosignature", "kept"):
            columns = "seq, body" if table == "entry" else "*"
            for row in file.execute(f"SELECT {columns} FROM {table}"):
                marks = ", ".join(["%s"] * len(row))
                named = f" ({columns})" if table == "entry" else ""
                connection.exec_driver_sql(f"INSERT INTO {table}{named} VALUES ({marks})", row)
    return first


def test_what_is_compared_is_the_schema_of_a_new_ledger(running: Server) -> None:
    with made(running) as (_, owned), owned.store.reading() as connection:
        assert ON_POSTGRESQL.read_text(encoding="utf-8").splitlines() == sorted(of_postgresql(connection))


@pytest.mark.holds("LEDG-08")
def test_a_migration_that_fails_half_way_changes_nothing(running: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    database = running.database()
    first = of_first_schema(running.url(database), monkeypatch)
    with first.reading() as connection:
        before = of_postgresql(connection), connection.exec_driver_sql("SELECT * FROM node").all()
    running.execute("CREATE FUNCTION ledger_counts() RETURNS text RETURN 'in the way'", database, "trial_owner")
    with pytest.raises(LedgerStoreError, match="already exists"):
        store.migrate(first)
    running.execute("DROP FUNCTION ledger_counts()", database, "trial_owner")
    assert store.version_of(first) == "0001"
    with first.reading() as connection:
        assert before == (of_postgresql(connection), connection.exec_driver_sql("SELECT * FROM node").all())
    store.migrate(first)
    first.close()
    assert verified(running, database).answer is Answer.INTACT


def test_a_migration_waits_for_the_writer_and_of_two_at_once_one_does_it(
    running: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = running.database()
    first = of_first_schema(running.url(database), monkeypatch)
    with ThreadPoolExecutor(2) as threads:
        with first.writing() as connection:  # an append of older software
            connection.exec_driver_sql("SELECT count(*) FROM entry")
            others = [store.unchecked(running.url(database)) for _ in range(2)]
            both = [threads.submit(store.migrate, other) for other in others]
            until = time.monotonic() + 20
            while len(running.execute("SELECT pid FROM pg_locks WHERE NOT granted", database)) < 2:
                assert time.monotonic() < until
                time.sleep(0.02)
            connection.exec_driver_sql("INSERT INTO node VALUES (0, 6, '')")
        for done in both:
            done.result()
    for each in (first, *others):
        each.close()
    assert verified(running, database).answer is Answer.INTACT


def test_no_table_of_a_writer_s_own_takes_what_the_database_counts(running: Server) -> None:
    with made(running) as (database, _):
        running.execute(f"GRANT TEMPORARY ON DATABASE {database} TO site1")
        with Ledger.open(running.url(database, "site1"), key=KEY) as site:
            with site.store.writer.begin() as connection:
                for table in ("counted", "used"):
                    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table})")
                    connection.exec_driver_sql(f"GRANT ALL ON {table} TO PUBLIC")
            enrol(site, "P1", "A", "one file")
        assert verified(running, database).answer is Answer.INTACT


@pytest.mark.holds("LEDG-04", "LEDG-10")
@pytest.mark.parametrize("user", ["site1", "auditor"])
@pytest.mark.parametrize("function", ["ledger_counts", "ledger_uses", "ledger_next", "ledger_refuse"])
def test_nobody_has_the_database_count_what_is_no_entry(running: Server, user: str, function: str) -> None:
    with made(running) as (database, owned):
        enrol(owned, "P1", "A", "one file")
        running.execute(f"GRANT TEMPORARY ON DATABASE {database} TO {user}")
        own = "CREATE TEMPORARY TABLE own (seq BIGINT, body JSON, enrolled TEXT, was TEXT, arm TEXT)"
        fires = f"CREATE TRIGGER fires AFTER INSERT ON own FOR EACH ROW EXECUTE FUNCTION {function}()"
        filled = """INSERT INTO own VALUES (9, '{"content": {"inputs": ["x"]}}', 'S1', 'A', NULL)"""
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for function"):
            running.execute(f"{own}; {fires}; {filled}", database, user)
        assert verified(running, database).answer is Answer.INTACT


def bundle_of(read: Ledger) -> bytes:
    with read.store.reading() as connection:
        return b"".join(lines(InDatabase(connection)))


@pytest.mark.holds("LEDG-10")
def test_a_ledger_moves_from_sqlite_to_postgresql_and_back_byte_for_byte(running: Server) -> None:
    with ledger({"A": 5}) as one, quick_folder() as folder:
        receipts = [enrol(one, "P1", "A", "one file"), enrol(one, "P2", "B?", "one file", allocation="K1")]
        receipts += [one.append(override(wish(), "P2", "C", [EVIDENCE])), one.append(withdraw(wish(), "P1"))]
        written, database = bundle_of(one), running.database()
        assert copy_into(parse_bundle(written), running.url(database)) == 5
        assert verified(running, database, *receipts).answer is Answer.INTACT
        with Ledger.open(running.url(database), key=KEY) as other:
            assert bundle_of(other) == written
            for person in ("P1", "P2", "P3"):
                assert other.participant(person) == one.participant(person)
            assert other.accrual() == one.accrual()
            with other.store.reading() as connection:
                assert copy_into(InDatabase(connection), str(folder / "back")) == 5
            enrol(other, "P3", "A")
        with Ledger.open(str(folder / "back")) as back:
            assert bundle_of(back) == written
        with pytest.raises(LedgerStoreError):
            copy_into(parse_bundle(written), running.url(database))


def test_an_append_is_three_questions_and_a_commit(running: Server) -> None:
    with made(running) as (_, owned):
        enrol(owned, "P1", "A")
        draft, asked = enrolment(owned, "P2", "A", "a file"), []
        sa.event.listen(owned.store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        owned.append(draft)
        assert [text.split()[0] for text in asked] == ["SELECT", "WITH", "WITH"]  # the lock, the state, all inserts


# ----------------------------------------------------------------------------------------------------------- the sites


@pytest.mark.holds("LEDG-10")
def test_two_sites_by_the_commands_each_with_its_own_key(
    running: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = running.database()
    Path("rules.yaml").write_bytes(rule_set())
    for person, arm in (("P1", "A"), ("P2", "B"), ("P3", "A?")):
        seen, rules = json.loads(trace(person, arm))["profile"], read_rules("rules.yaml")
        Path(f"{person}.json").write_bytes(assigned(profile_of(seen, rules), rules).trace_bytes)
    who = ("--actor", "Dr A", "--role", "manager", "--reason", "as the protocol says")
    of_owner, of_site = running.url(database), running.url(database, "site2")

    def ran(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(main, ["ledger", *arguments])
        assert done.exit_code == code, done.output
        return done.stdout

    ran("init", "--ledger", of_owner, "--origin", ORIGIN, "--trial", "T", "--protocol", "1", "--rules", "rules.yaml",
        "--sites", "S1,S2", "--key", "s1.key", *who, "--site", "S1", "--receipt", "0")  # fmt: skip
    line = ran("key", "s2.key", "--ledger", of_site)
    assert line == ran("key", "s2.key", "--ledger", of_site)
    trust = Path("s1.trust")
    recorded = ("--rules", "rules.yaml", "--role", "manager", "--actor", "Dr B", "--reason", "enrolment")
    ran("assign", "P1.json", "--ledger", running.url(database, "site1"), "--key", "s1.key", *recorded, "--site", "S1",
        "--receipt", "1")  # fmt: skip
    ran("assign", "P2.json", "--ledger", of_site, "--key", "s2.key", *recorded, "--site", "S2", "--receipt", "2")
    ran(
        "assign", "P3.json", "--ledger", of_site, "--key", "s2.key", *recorded, "--site", "S2", "--receipt", "3", code=3
    )
    audit = ("verify", "--ledger", running.url(database, "auditor"), "--rules", "rules.yaml", "--receipt", "2")
    assert "a signature by a trusted key" in ran(*audit, "--trust", str(trust), code=1)
    trust.write_text(trust.read_text(encoding="utf-8") + line, encoding="utf-8")
    assert ran(*audit, "--trust", str(trust)).startswith("INTACT: 4 entries, 3 traces recomputed, 1 of 1 receipts")
    assert "P3 at S2" in ran("status", "--ledger", running.url(database, "auditor"), code=3)


def enrol_all(url: str, site: str, people: list[str], arms: str = "A") -> list[tuple[str, int | str]]:
    told: list[tuple[str, int | str]] = []
    with Ledger.open(url, key=KEY) as into:
        for at, person in enumerate(people):
            try:
                told.append((person, enrol(into, person, arms[at % len(arms)], site=site, name=f"Dr {site}").index))
            except LedgerRuleError as error:
                told.append((person, str(error)))
    return told


@pytest.mark.holds("LEDG-03", "LEDG-10")
def test_two_sites_that_enrol_one_participant_at_once_get_one_assignment_and_one_clear_error(running: Server) -> None:
    people = [f"P{number}" for number in range(25)]
    for person in people:
        trace(person, "A")
    with made(running) as (database, owned):
        told = in_processes(
            enrol_all, *((running.url(database, f"site{at}"), f"S{at}", people) for at in (1, 2))
        )  # fmt: skip
        for person in people:
            answers = [answer for rows in told for name, answer in rows if name == person]
            (seq,) = [answer for answer in answers if isinstance(answer, int)]
            (why,) = [answer for answer in answers if isinstance(answer, str)]
            assert f"expected a participant without an assignment; got one since entry {seq}" in why
        assert owned.accrual()["A"].keys() <= {"S1", "S2"}
        assert verified(running, database).answer is Answer.INTACT


@pytest.mark.holds("LEDG-03")
def test_sixteen_writers_never_exceed_an_arm_s_size(running: Server) -> None:
    size, writers = {"A": 11, "B": 7}, 16
    everybody = [[f"P{writer}-{number}" for number in range(2)] for writer in range(writers)]
    for people in everybody:
        for at, person in enumerate(people):
            trace(person, "AB"[at % 2])
    with made(running, size) as (database, owned):
        url = running.url(database, "site1")
        told = in_processes(enrol_all, *((url, f"S{at % 2 + 1}", people, "AB") for at, people in enumerate(everybody)))
        recorded = sorted(answer for rows in told for _, answer in rows if isinstance(answer, int))
        assert recorded == list(range(1, 19))
        assert {arm: sum(sites.values()) for arm, sites in owned.accrual().items()} == size
        why = [answer for rows in told for _, answer in rows if isinstance(answer, str)]
        assert all("an arm with a free place" in each for each in why)
        assert verified(running, database).answer is Answer.INTACT


# --------------------------------------------------------------------------------------------------------------- faults


def until_stopped(url: str, name: str, stop: Any, count: Any) -> list[tuple[str, int]]:
    """Enrols one after the other whatever happens to the server; counts and gives those that were acknowledged."""
    told: list[tuple[str, int]] = []
    while not stop.is_set():
        try:
            with Ledger.open(url, key=KEY) as into:
                while not stop.is_set():
                    person = f"P{name}-{len(told)}"
                    draft = enrolment(into, person, "A", request=f"{name}:{len(told)}")
                    told.append((person, into.append(draft).index))
                    with count:
                        count.value += 1
        except LedgerStoreError:
            time.sleep(0.01)
    return told


@pytest.mark.holds("LEDG-10")
def test_a_server_that_is_killed_in_a_loop_loses_nothing_that_was_acknowledged() -> None:
    for number in range(3):
        trace(f"P{number}-0", "A")
    with server() as killed, made(killed) as (database, _):
        context = multiprocessing.get_context("fork")
        stop, count = context.Event(), context.Value("q")

        def wait_for(number: int) -> None:
            until = count.value + number
            while count.value < until and not stop.is_set():
                time.sleep(0.003)

        def kill() -> None:
            for loop in range(LOOPS):
                wait_for(5 + loop % 7)
                killed.kill()
                killed.start()
            wait_for(5)
            stop.set()

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            url = killed.url(database, "site1")
            told = in_processes(until_stopped, *((url, str(at), stop, count) for at in range(3)))
        finally:
            stop.set()
            killer.join()
        acknowledged = [each for rows in told for each in rows]
        assert len(acknowledged) >= 5 * LOOPS
        found = verified(killed, database)
        assert (found.answer, found.faults) == (Answer.INTACT, ())
        entries = {seq: person for person, seq in acknowledged}
        assert len(entries) == len(acknowledged)
        held = {person.first: key for key, person in found.book.participants.items()}
        assert entries.items() <= held.items()
        assert len(held) <= len(entries) + 3  # and the last wish of each writer, of which none was told


def hold_the_lock(url: str, ready: Any) -> None:
    with Ledger.open(url, key=KEY) as held, held.store.writing():
        ready.set()
        os.kill(os.getpid(), signal.SIGSTOP)


@pytest.mark.holds("LEDG-10")
def test_a_writer_that_stops_does_not_keep_the_lock(running: Server) -> None:
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    with made(running) as (database, owned):
        url = running.url(database, "site1", idle_in_transaction_session_timeout="300")
        stopped = context.Process(target=hold_the_lock, args=(url, ready))
        stopped.start()
        try:
            assert ready.wait(30)
            assert enrol(owned, "P1", "A").index == 1
        finally:
            stopped.kill()
            stopped.join()
        assert verified(running, database).answer is Answer.INTACT


def test_a_lock_that_is_held_is_a_typed_error_and_nothing_is_written(running: Server) -> None:
    with made(running) as (database, owned):
        url, timeout = (
            running.url(database, "site1", lock_timeout="100"),
            pytest.raises(LedgerStoreError, match="lock time"),
        )
        with Ledger.open(url, key=KEY) as site, owned.store.writing(), timeout:
            enrol(site, "P1", "A")
        assert len(list(owned.entries())) == 1


def test_a_reader_may_compute_for_long_between_two_questions(running: Server) -> None:
    with made(running) as (database, _):
        url = running.url(database, "auditor", idle_in_transaction_session_timeout="50")
        with Ledger.open(url) as read, read.store.reading() as connection:
            connection.exec_driver_sql("SELECT 1")
            time.sleep(0.2)
            assert connection.exec_driver_sql("SELECT count(*) FROM entry").scalar() == 1


WAITS = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.mark.holds("LEDG-10")
def test_a_commit_that_the_standby_has_not_is_not_acknowledged(running: Server) -> None:
    with made(running) as (database, owned), standby_that_is_lost(running):
        over = threading.Event()

        def give_up() -> None:
            while not over.wait(0.05):
                running.execute(WAITS)

        operator = threading.Thread(target=give_up)
        operator.start()
        try:
            with pytest.raises(LedgerStoreError, match="send the request edc:1 again") as told:
                enrol(owned, "P1", "A", request="edc:1")
        finally:
            over.set()
            operator.join()
        assert told.value.in_doubt
        assert "synchronous replication" in told.value.got
    with Ledger.open(running.url(database, "site1"), key=KEY) as site:
        assert enrol(site, "P1", "A", request="edc:1").index == 1


@contextmanager
def standby_that_is_lost(running: Server) -> Iterator[None]:
    running.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    running.execute("SELECT pg_reload_conf(), pg_sleep(0.2)")
    try:
        yield
    finally:
        running.execute("ALTER SYSTEM RESET synchronous_standby_names")
        running.execute("SELECT pg_reload_conf(), pg_sleep(0.2)")


@at_a_release
@pytest.mark.holds("LEDG-10")
def test_a_standby_has_all_that_was_acknowledged_when_the_server_is_lost() -> None:
    with server() as lost, made(lost) as (database, owned), server(lost) as standby:
        lost.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        lost.execute("SELECT pg_reload_conf(), pg_sleep(0.2)")
        receipts = [enrol(owned, f"P{number}", "A") for number in range(10)]
        lost.kill()
        standby.execute("SELECT pg_promote()")
        assert verified(standby, database, *receipts).answer is Answer.INTACT
        with Ledger.open(standby.url(database, "site1"), key=KEY) as site:
            assert enrol(site, "P10", "A").index == 11


@pytest.mark.holds("LEDG-10")
def test_a_connection_that_is_cut_anywhere_loses_and_doubles_nothing(running: Server) -> None:
    with made(running) as (database, owned), Proxy(running.socket) as proxy:
        at, cuts = 0, 0
        while True:
            proxy.cut_after(at)
            url = running.url(database, "site1", through=proxy.folder)
            try:
                with Ledger.open(url, key=KEY) as site:
                    assert enrol(site, f"P{at}", "A", request=f"edc:{at}").index >= 1
            except LedgerStoreError:
                pass
            if not proxy.has_cut:
                break
            cuts, at = cuts + 1, at + 1
            assert enrol(owned, f"P{at - 1}", "A", request=f"edc:{at - 1}").index == cuts
        assert cuts > 5
        assert [entry.request for entry in owned.entries(1)] == [f"edc:{number}" for number in range(at + 1)]
        assert verified(running, database).answer is Answer.INTACT


@pytest.mark.holds("LEDG-10")
def test_a_way_that_falls_silent_anywhere_loses_and_doubles_nothing_and_keeps_no_lock(
    running: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SILENCE_S", 0.15)
    with made(running) as (database, _), Proxy(running.socket) as proxy:
        url = running.url(database, "site1", through=proxy.folder, idle_in_transaction_session_timeout="150")
        wanted: list[str] = []
        with Ledger.open(url, key=KEY) as site:
            for at in (0, *some(range(1, 10), 4)):  # messages of either side before it; the last one answers COMMIT
                proxy.fall_silent_after(at)
                wanted.append(f"edc:{at}")
                assert enrol(site, f"P{at}", "A", request=wanted[-1]).index == len(wanted)
                assert proxy.has_cut
            proxy.fall_silent_after(10)
            enrol(site, "P10", "A", request="edc:10")
            assert not proxy.has_cut
        with Ledger.open(running.url(database, "auditor")) as read:
            assert [entry.request for entry in read.entries(1)] == [*wanted, "edc:10"]
        assert verified(running, database).answer is Answer.INTACT
