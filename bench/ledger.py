"""What a ledger costs: an append beside bare inserts with the same durability, and a large ledger.

    python bench/ledger.py [--entries 10000] [--folder DISK] [--sync-ms 1] [--postgresql URL]

Times are by the clock where a disk is waited for, and of the processor elsewhere. `--folder` is on the disk that is
to be measured; with `--sync-ms` each call that syncs takes so much longer, of appends and of bare inserts alike;
`--postgresql` is the URL of an empty database, for the appends.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from assigner.canonical import canonical
from assigner.ledger import store, tree
from assigner.ledger.checking import verify_ledger
from assigner.ledger.copies import copy_into
from assigner.ledger.drafts import Kept, Names, assign, facts_of
from assigner.ledger.ledger import Ledger
from assigner.ledger.notes import Checkpoint, signed
from assigner.processes import processors
from assigner.traces import parse_sealed
from disks import Call, Disk, disk
from ledgers import KEY, ORIGIN, actor, opened, trace, wanted, wish

ROUNDS = 5
APPENDS = 40


class Large:
    """A copy of so many entries, made as it is read: each an assignment."""

    def __init__(self, first: str, entries: int) -> None:
        self.first, self.entries = first, entries
        self.held: dict[str, Kept] = {}
        self.made: list[tuple[int, bytes]] = []

    def bodies(self) -> Iterator[str]:
        whole, prev, edge = parse_sealed(trace("P0", "A")), None, list[bytes]()
        facts = {key: value for key, value in Names().of(facts_of(whole)).items() if key != "participant"}
        plain = whole.model_dump(mode="json")
        opening = json.loads(self.first)
        for seq in range(self.entries):
            body = self.first.encode()
            if seq:
                who = f"P{seq}"
                written = resealed(plain, who)
                kept = Kept.of(written)
                self.held[kept.commitment] = kept
                content = {**facts, "kind": "assigned", "trace": kept.commitment, "allocation": None, "alarms": []}
                told = {"seq": seq, "prev": prev, "request": f"r{seq}", "participant": who, "revision": 1}
                told |= {"enrolled": "S1", "arm": "A", "content": content}
                body = canonical({**opening, **told})
            leaf = tree.leaf_hash(body)
            prev = leaf.hex()
            _, edge = tree.appended(seq, edge, leaf)
            line = signed(Checkpoint(ORIGIN, seq + 1, tree.root_of_edge(edge)), KEY)
            self.made.append((seq + 1, line.id + line.signature))
            yield body.decode()

    def signatures(self) -> Iterator[tuple[int, bytes]]:
        return iter(self.made)

    def cosignatures(self) -> Iterator[tuple[int, str]]:
        return iter(())

    def kept(self, commitment: str) -> Kept | None:
        return self.held.get(commitment)

    def several(self, commitments: Sequence[str]) -> dict[str, Kept]:
        return {each: self.held[each] for each in commitments}

    def commitments(self) -> Iterator[str]:
        return iter(self.held)


def resealed(plain: dict[str, object], who: str) -> bytes:
    """The bytes of the same trace of another participant."""
    profile = {**plain["profile"], "participant": who}  # type: ignore[dict-item]
    rest = {key: value for key, value in plain.items() if key != "digest"} | {"participant": who, "profile": profile}
    return canonical(rest | {"digest": hashlib.sha256(canonical(rest)).hexdigest()})


def timed(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    began = clock()
    work()
    return clock() - began


class SlowDisk(Disk):
    """A disk whose syncs take longer; all other calls go straight to the real one."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def fault(self, call: Call) -> int:
        time.sleep(self.seconds if "sync" in call.what else 0)
        return 0

    def wrap(self, file: Any, name: str) -> None:
        self.wrap_syncs(file, name)


def appends(url: str, label: str) -> None:
    """Pairs of rounds: appends with their traces, and inserts of the same bytes into one bare table."""
    made, _ = Ledger.create(url, ORIGIN, opened(), actor(), "start", key=KEY)
    with made:
        with made.store.writer.begin() as connection:
            blob = "BLOB" if made.store.is_sqlite else "BYTEA"
            connection.exec_driver_sql(f"CREATE TABLE bare (body TEXT, content {blob})")
        kept = Kept.of(trace("P0", "A")).content
        ratios: dict[str, list[float]] = {"inserts by SQLAlchemy": [], "inserts by the driver": []}
        rates = []
        for number in range(ROUNDS):
            drafts = [assign(wish(), made.names, trace(f"P{number}-{at}", "A")) for at in range(APPENDS)]
            ours = timed(lambda drafts=drafts: [made.append(draft) for draft in drafts], time.perf_counter)
            rates.append(APPENDS / ours)
            for each, insert in (("inserts by SQLAlchemy", bare), ("inserts by the driver", by_driver)):
                theirs = timed(lambda insert=insert: insert(made.store, kept), time.perf_counter)
                ratios[each].append(theirs / ours)
    told = ", ".join(f"{statistics.median(found):.0%} of bare {each}" for each, found in ratios.items())
    print(f"{label}: {statistics.median(rates):.0f} appends/s, {told}")


def bare(where: store.Store, kept: bytes) -> None:
    table = sa.table("bare", sa.column("body"), sa.column("content", sa.LargeBinary()))
    for _ in range(APPENDS):
        with where.writer.begin() as connection:
            connection.execute(sa.insert(table).values(body="x" * 1200, content=kept))


def by_driver(where: store.Store, kept: bytes) -> None:
    with where.engine.connect() as connection:
        driver = connection.connection.driver_connection
        marks, begin = ("?, ?", "BEGIN IMMEDIATE") if where.is_sqlite else ("%s, %s", "BEGIN")
        connection.rollback()
        for _ in range(APPENDS):
            driver.execute(begin)
            driver.execute(f"INSERT INTO bare VALUES ({marks})", ("x" * 1200, kept))
            driver.execute("COMMIT")


def large(folder: Path, entries: int) -> None:
    file = folder / "large"
    first, _ = Ledger.create(str(folder / "first"), ORIGIN, opened(), actor(), "start", key=KEY)
    with first:
        body = next(first.entries()).to_bytes().decode()
    made = Large(body, entries)
    print(f"{entries} entries: made in {timed(lambda: copy_into(made, str(file))):.1f} s")
    with Ledger.open(str(file)) as read:
        middle = f"P{entries // 2}"
        status = [timed(lambda: read.participant(middle), time.perf_counter) for _ in range(9)]
        print(f"status of a participant {1000 * statistics.median(status):.1f} ms")
        print(*sizes(file, entries), sep="\n")
        found = []
        seconds = timed(lambda: found.append(verify_ledger(read, wanted())))
        print(f"verified without replay in {seconds:.1f} s: {found[0].answer.value}")
        jobs = processors()
        elapsed = timed(lambda: verify_ledger(read, wanted(jobs=jobs)), time.perf_counter)
        print(f"by {jobs} processes in {elapsed:.1f} s on the clock")


def sizes(file: Path, entries: int) -> Iterator[str]:
    """How many bytes of the file an entry takes: its traces' pages apart, and what takes most of the others."""
    with sqlite3.connect(file) as connection:
        pages = dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
    traces = {name for name in pages if "kept" in name}
    each = {name: size / entries for name, size in pages.items()}
    yield f"{sum(each[name] for name in traces):.0f} bytes an entry for its trace"
    rest = {name: size for name, size in each.items() if name not in traces}
    most = sorted(rest.items(), key=lambda pair: -pair[1])[:7]
    told = ", ".join(f"{name} {size:.0f}" for name, size in most)
    yield f"{sum(rest.values()):.0f} bytes an entry beside it: {told}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--sync-ms", type=float)
    parser.add_argument("--postgresql")
    given = parser.parse_args()
    gc.set_threshold(1_000_000)  # as the command does
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        label = f"SQLite {store.sqlite3.sqlite_version}, DELETE and EXTRA"
        appends(str(Path(folder) / "appends"), label)
        if given.sync_ms is not None:
            with disk(SlowDisk(given.sync_ms / 1000)):
                appends(str(Path(folder) / "slowly"), f"{label}, each sync {given.sync_ms:g} ms longer")
        if given.postgresql:
            appends(given.postgresql, "PostgreSQL")
        large(Path(folder), given.entries)


if __name__ == "__main__":
    main()
