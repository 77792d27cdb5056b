"""Faults below a ledger in a SQLite file: calls of the disk that fail, cuts of power, kill -9, bits that flip."""

from __future__ import annotations

import multiprocessing
import os
import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from assigner.errors import AssignerError, LedgerStoreError
from assigner.ledger import store
from assigner.ledger.bundles import lines
from assigner.ledger.checking import verify_ledger
from assigner.ledger.copies import InDatabase
from assigner.ledger.drafts import confirm, withdraw
from assigner.ledger.ledger import Ledger
from assigner.ledger.verifying import Answer, Verification
from disks import FULL, IOERR, Call, disk
from effort import at_a_release, kills, some
from ledgers import KEY, ORIGIN, actor, enrol, enrolment, ledger_at, opened, quick_folder, trace, wanted, wish

LOOPS = kills(2)
CUTS = int(os.environ.get("LEDGER_CUTS", "40"))
FLIPS = int(os.environ.get("LEDGER_FLIPS", "30"))
"""How often writers are killed, the power is cut, and a bit flips; more of each is a matter of patience."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as made:
        yield made


@pytest.fixture
def before(folder: Path) -> Path:
    """A ledger with one participant."""
    with ledger_at(folder / "before") as made:
        enrol(made, "P0", "A")
    return folder / "before"


def verified(file: Path, **more: Any) -> Verification:
    with Ledger.open(str(file)) as read:
        return verify_ledger(read, wanted(**more))


# ------------------------------------------------------------------------------------------------------------ the disk


@pytest.mark.holds("LEDG-12")
@pytest.mark.parametrize(("code", "for_ever", "step"), [(IOERR, False, 1), (IOERR, True, 3), (FULL, True, 3)])
def test_whichever_call_fails_it_is_a_typed_error_and_the_ledger_is_whole(
    before: Path, folder: Path, code: int, for_ever: bool, step: int
) -> None:
    file, at, failed = folder / "ledger", 0, 0
    while True:
        file.write_bytes(before.read_bytes())
        with disk() as below, Ledger.open(str(file), key=KEY) as made:
            below.calls.clear()
            below.fails_at, below.code, below.for_ever = at, code, for_ever
            acknowledged = None
            try:
                acknowledged = enrol(made, "P1", "A", request="edc:1").index
            except LedgerStoreError:
                failed += 1
            done = len(below.calls) <= at
        found = verified(file)
        assert (found.answer, found.faults) == (Answer.INTACT, ()), at
        assert acknowledged is None or found.book.participants["P1"].first == acknowledged
        with Ledger.open(str(file), key=KEY) as made:
            assert enrol(made, "P1", "A", request="edc:1").index == 2
        if done:
            break
        at += step
    assert failed > 45 // step


@pytest.mark.holds("LEDG-12")
def test_a_ledger_that_cannot_be_made_leaves_nothing(folder: Path) -> None:
    file, at = folder / "ledger", 0
    while True:
        with disk() as below:
            below.fails_at, below.for_ever = at, True
            try:
                Ledger.create(str(file), ORIGIN, opened(), actor(), "start", key=KEY)[0].close()
            except LedgerStoreError:
                assert not list(folder.iterdir()), at
            if len(below.calls) <= at:
                break
        at += 1 + at // 5
    assert verified(file).answer is Answer.INTACT


@pytest.mark.holds("LEDG-12")
def test_an_append_syncs_the_journal_before_the_file_and_the_file_before_the_journal_goes(before: Path) -> None:
    with disk() as below, Ledger.open(str(before), key=KEY) as made:
        draft = enrolment(made, "P1", "A")
        below.calls.clear()
        made.append(draft)
    steps = [step for step, _ in groupby((call.what, call.file) for call in below.calls if call.what != "read")]
    assert steps == [
        ("write", "-journal"), ("sync", "-journal"), ("write", "-journal"), ("sync", "-journal"),
        ("write", "file"), ("sync", "file"), ("delete and sync", "-journal"),
    ]  # fmt: skip


@pytest.mark.holds("LEDG-12")
def test_with_a_write_ahead_log_an_append_syncs_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", store.SOUND_WAL)
    made, _ = Ledger.create(str(folder / "ledger"), ORIGIN, opened(), actor(), "start", key=KEY, journal="wal")
    made.close()
    with disk() as below, Ledger.open(str(folder / "ledger"), key=KEY) as made, made.store.reading():
        enrol(made, "P0", "A")  # the first one opens the log
        draft = enrolment(made, "P1", "A")
        below.calls.clear()
        made.append(draft)
        assert [(call.what, call.file) for call in below.calls if call.what == "sync"] == [("sync", "-wal")]


@pytest.mark.holds("LEDG-12")
def test_a_file_that_may_only_be_read_is_read_and_not_written(before: Path) -> None:
    with disk() as below:
        below.read_only = True
        with Ledger.open(str(before), key=KEY) as made:
            assert made.participant("P0") is not None
            with pytest.raises(LedgerStoreError, match="readonly"):
                enrol(made, "P1", "A")
    assert verified(before).size == 2


@pytest.mark.holds("LEDG-12")
def test_a_lock_that_another_one_keeps_is_a_typed_error(before: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(store.ON_SQLITE, "busy_timeout", "50")
    with Ledger.open(str(before), key=KEY) as held, Ledger.open(str(before), key=KEY) as made:
        with held.store.writing(), pytest.raises(LedgerStoreError, match="locked"):
            enrol(made, "P1", "A")
        assert enrol(made, "P1", "A").index == 2


# ------------------------------------------------------------------------------------------------------- cuts of power


def written_down(before: Path) -> tuple[list[Call], list[int]]:
    """What ten appends ask of the disk, and after how many calls each of them was acknowledged."""
    acknowledged = []
    with disk() as below, Ledger.open(str(before), key=KEY) as made:
        below.calls.clear()
        for number in range(1, 11):
            enrol(made, f"P{number}", "A")
            acknowledged.append(len(below.calls))
    return below.calls, acknowledged


def after_a_cut(start: bytes, calls: Sequence[Call], chance: random.Random) -> dict[str, bytes | None]:
    """What a disk may hold when the power is cut after some calls: all that was synced, and any of the rest, torn."""
    files: dict[str, bytearray | None] = {"file": bytearray(start), "-journal": None}
    pending: dict[str, list[Call]] = {"file": [], "-journal": []}
    for call in calls:
        if call.what == "sync":
            for each in pending[call.file]:
                _apply(files, each)
            pending[call.file] = []
        elif call.what.startswith("delete"):
            files[call.file], pending[call.file] = None, []
        elif call.what != "read":
            pending[call.file].append(call)
    rest = [each for some in pending.values() for each in some]
    chance.shuffle(rest)
    for each in rest:
        if chance.random() < 0.5:
            sectors = len(each.content) // 512
            torn = each.content[: 512 * chance.randint(0, sectors)] if chance.random() < 0.3 else each.content
            _apply(files, Call(each.what, each.file, each.offset, torn))
    return {name: None if held is None else bytes(held) for name, held in files.items()}


def _apply(files: dict[str, bytearray | None], call: Call) -> None:
    held = files[call.file]
    held = files[call.file] = bytearray() if held is None else held
    if call.what == "truncate":
        del held[call.offset :]
    else:
        held.extend(b"\0" * (call.offset + len(call.content) - len(held)))
        held[call.offset : call.offset + len(call.content)] = call.content


def lost(before: Path, folder: Path, seed: int) -> int:
    """In how many cuts of the power something that was acknowledged is gone, or what is there is damaged."""
    start, chance = before.read_bytes(), random.Random(seed)
    calls, acknowledged = written_down(before)
    bad = 0
    for cut in range(CUTS):
        at = chance.randrange(len(calls))
        file = folder / f"cut{cut}"
        for name, held in after_a_cut(start, calls[:at], chance).items():
            if held is not None:
                Path(f"{file}{name.removeprefix('file')}").write_bytes(held)
        told = sum(size <= at for size in acknowledged)
        try:
            found = verified(file)
            bad += found.answer is not Answer.INTACT or found.size < 2 + told
        except AssignerError:
            bad += 1
    return bad


@pytest.mark.holds("LEDG-12")
def test_a_cut_of_power_at_any_moment_loses_nothing_that_was_acknowledged(before: Path, folder: Path) -> None:
    assert lost(before, folder, 1) == 0


@at_a_release
def test_without_syncs_the_same_cuts_lose_something(
    before: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the test of cuts would see it."""
    real = store._connected

    def careless(file: Path) -> sqlite3.Connection:
        made = real(file)
        made.execute("PRAGMA synchronous = OFF")
        return made

    monkeypatch.setattr(store, "_connected", careless)
    assert lost(before, folder, 1) > CUTS // 10


# ------------------------------------------------------------------------------------------------------------- kill -9


def until_killed(file: str, name: int, told: str) -> None:
    """Enrols one after the other, and writes down each that was acknowledged."""
    with Ledger.open(file, key=KEY) as into, open(told, "ab", buffering=0) as out:
        for number in range(1000):
            receipt = enrol(into, f"P{name}-{time.monotonic_ns()}", "A", request=f"{os.getpid()}:{number}")
            out.write(f"{receipt.index}\n".encode())


@pytest.mark.holds("LEDG-12")
@pytest.mark.parametrize(("journal", "writers"), some([("delete", 4), ("delete", 1), ("wal", 4), ("wal", 1)], 2))
def test_writers_that_are_killed_in_a_loop_lose_nothing_that_was_acknowledged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, journal: Any, writers: int
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", store.SOUND_WAL)
    file, told = folder / "ledger", folder / "told"
    Ledger.create(str(file), ORIGIN, opened(), actor(), "start", key=KEY, journal=journal)[0].close()
    trace("P0", "A")
    context, chance = multiprocessing.get_context("fork"), random.Random(9)
    for _ in range(LOOPS):
        running = [context.Process(target=until_killed, args=(str(file), at, str(told))) for at in range(writers)]
        for each in running:
            each.start()
        size = told.stat().st_size if told.exists() else 0
        while not told.exists() or told.stat().st_size <= size:
            time.sleep(0.003)
        time.sleep(0.2 * chance.random())
        for each in running:
            each.kill()
            each.join()
    acknowledged = [int(line) for line in told.read_text(encoding="ascii").split()]
    assert len(acknowledged) == len(set(acknowledged)) > 0
    found = verified(file)
    assert (found.answer, found.faults) == (Answer.INTACT, ())
    assert max(acknowledged) < found.size


# ----------------------------------------------------------------------------------------------------- bits that flip


@pytest.fixture
def fifty(folder: Path) -> Path:
    """A ledger of fifty entries."""
    with ledger_at(folder / "fifty") as made:
        for number in range(35):
            enrol(made, f"P{number}", "B?" if number % 4 == 0 else "A")
        for number in range(0, 35, 4):
            made.append(confirm(wish(), f"P{number}"))
        for number in range(5):
            made.append(withdraw(wish(), f"P{number}"))
        assert len(list(made.entries())) == 50
    return folder / "fifty"


@at_a_release
@pytest.mark.holds("LEDG-05")
def test_a_bit_that_flips_in_a_file_of_fifty_entries_is_found_or_changes_nothing(fifty: Path, folder: Path) -> None:
    written, content = fifty.read_bytes(), bundle_of(fifty)
    file, chance, found = folder / "flipped", random.Random(15), 0
    for bit in chance.sample(range(8 * len(written)), FLIPS):
        changed = bytearray(written)
        changed[bit // 8] ^= 1 << bit % 8
        file.write_bytes(changed)
        try:
            answer = verified(file).answer
            assert answer is not Answer.INTACT or bundle_of(file) == content, bit
            found += answer is not Answer.INTACT
            with Ledger.open(str(file), key=KEY) as made:
                enrol(made, "P50", "A")
        except AssignerError:
            found += 1
    assert found > FLIPS // 5  # the rest of a file is empty


def bundle_of(file: Path) -> bytes:
    with Ledger.open(str(file)) as read, read.store.reading() as connection:
        return b"".join(lines(InDatabase(connection)))


@pytest.mark.holds("LEDG-05")
def test_a_schema_whose_text_is_damaged_is_a_typed_error(fifty: Path) -> None:
    fifty.write_bytes(fifty.read_bytes().replace(b"triggernode_no_update", b"trigger\xeeode_no_update"))
    with pytest.raises(LedgerStoreError, match="utf-8"):
        verified(fifty)


def test_a_kept_connection_sees_what_was_written_over_the_same_file(folder: Path) -> None:
    file = folder / "ledger"
    with ledger_at(file) as kept:
        enrol(kept, "P1")
        backup = file.read_bytes()
        enrol(kept, "P2")
        with file.open("r+b") as there:  # the same inode
            there.write(backup)
            there.truncate()
        with Ledger.open(str(file), key=KEY) as other:
            enrol(other, "P3")  # SQLite counts as many changes as after P2
        enrol(kept, "P4")
    with sqlite3.connect(file) as found:
        rows = found.execute("SELECT participant FROM entry ORDER BY seq").fetchall()
    found.close()
    assert rows == [(None,), ("P1",), ("P3",), ("P4",)]
