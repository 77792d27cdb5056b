"""One run over a cohort: traces and a table, with a record of who is done, so that a run that was ended can go on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path
from typing import Any
from urllib.parse import quote

from attrs import asdict, field, frozen

from assigner.__about__ import VERSION
from assigner.assignments import assign_alike
from assigner.canonical import canonical
from assigner.cohorts.parts import Head, Shard, part_written
from assigner.cohorts.reading import Cohort, Reader
from assigner.cohorts.sheets import Participant
from assigner.cohorts.tables import Form, Row, columns, row_of, written
from assigner.errors import AssignerError, InputError
from assigner.evidence.alike import Alike
from assigner.files import write_whole
from assigner.packs.forms import pack_of
from assigner.processes import finished
from assigner.rules import Rules, read_rules

LONGEST_NAME = 200
"""Bytes of a file's name, before its end; a longer one is told by its SHA-256."""

Made = tuple[Row, bytes | None]
"""A participant's row, and the bytes of the trace, if there is one."""


@frozen(kw_only=True)
class Run:
    """What is to be done.

    Attributes:
        rules_file: where the rule set was read, for other processes; None for the shipped one.
        table: where the table is written.
        traces: the folder of the traces, if any is wanted.
        resume: whether a run that was ended is continued.
        shard: the part of the cohort that is worked on; None for all of it. Its rows are written beside the table.
        processes: how many work at once. Each reads a file of several participants for itself.
    """

    cohort: Cohort
    rules: Rules
    rules_file: str | None
    table: Path
    form: Form
    traces: Path | None = None
    fasta: str | None = None
    pack: str | None = None
    threads: int = 1
    resume: bool = False
    shard: Shard | None = None
    processes: int = 1
    progress: Callable[[int, int], object] = max

    def __call__(self) -> list[Row]:
        """Do it; the rows, in the order of the cohort.

        Raises:
            InputError: another run works on this table, or was ended and is not continued; it was another one; a trace
                is there already; the genome cannot be read; a process was ended from outside.
        """
        identity, participants = self.identity, self.participants
        with _journal(self.out, identity, resume=self.resume, before=self._expect) as journal:
            todo = [who for who in participants if who.id not in journal.rows]
            self.progress(len(journal.rows), len(participants))
            for row, trace in self._made(todo):
                if trace is not None and self.traces is not None:
                    self._write(self.traces / trace_name(str(row["participant"])), trace)
                journal.add(row)
                self.progress(len(journal.rows), len(participants))
            rows = [journal.rows[who.id] for who in participants]
            write_whole(self.out, self._written(rows, identity))
            journal.finish()
        return rows

    @property
    def participants(self) -> Sequence[Participant]:
        """Those that this run works on."""
        return self.cohort.participants if self.shard is None else self.shard.of(self.cohort.participants)

    @property
    def out(self) -> Path:
        """The file that this run writes: the table, or a part of it."""
        return self.table if self.shard is None else self.shard.place(self.table)

    def _written(self, rows: Sequence[Row], identity: str) -> bytes:
        names = columns(self.rules.content)
        if self.shard is None:
            return written(rows, names, self.form)
        head = Head(run=identity, participants=len(self.cohort), columns=names)
        return part_written(head, self.shard, rows)

    @property
    def identity(self) -> str:
        """SHA-256 of all that the rows depend on, as far as it can be told without reading the files."""
        asked = [_form_of(who) for who in self.cohort.participants]
        paths = {path for who in self.cohort.participants for path, _, _ in who.files}
        paths |= {who.callable for who in self.cohort.participants if who.callable is not None}
        paths |= {path for path in (self.fasta, self.pack) if path is not None}
        seen = {path: list(_stamp(path)) for path in sorted(paths)}
        parts = {"version": VERSION, "rules": self.rules.digest, "participants": asked, "files": seen}
        options = {
            "fasta": self.fasta,
            **self._with_pack,
            "traces": None if self.traces is None else str(self.traces.resolve()),
        }
        return hashlib.sha256(json.dumps({**parts, **options}, sort_keys=True).encode()).hexdigest()

    @property
    def _with_pack(self) -> dict[str, str]:
        """The pack as a part of the identity; a run without one has that of runs before there were packs."""
        return {} if self.pack is None else {"pack": self.pack}

    def _made(self, todo: Sequence[Participant]) -> Iterator[Made]:
        """The rows and traces, in any order."""
        given = (self.cohort, self.rules_file, self.rules.digest, self.fasta, self.pack, self.threads)
        if self.processes == 1 or len(todo) < 2:
            worker = Worker.of(self.cohort, self.rules, self.fasta, self.pack, self.threads)
            yield from map(worker.made, todo)
        else:
            yield from finished(min(self.processes, len(todo)), _begin, given, _work, todo)

    def _expect(self) -> None:
        """See that the genome can be read and the traces written, before anything is begun."""
        Reader.of(self.cohort, self.rules, fasta=self.fasta, pack=pack_of(self.pack)).expect_fasta()
        if self.traces is None:
            return
        self.traces.mkdir(parents=True, exist_ok=True)
        if self.resume:
            return
        there = set(os.listdir(self.traces))
        for who in self.participants:
            if trace_name(who.id) in there:
                raise InputError(str(self.traces / trace_name(who.id)), "no file of this name yet", "one")

    def _write(self, path: Path, trace: bytes) -> None:
        """Write a trace; one that an ended run has written is the same, or it is refused."""
        if path.exists():
            if path.read_bytes() != trace:
                raise InputError(str(path), "the trace that this run writes, or none", "another one")
            return
        write_whole(path, trace)


@frozen
class Worker:
    """Makes the row and the trace of one participant after the other."""

    reader: Reader
    rules: Rules
    alike: Alike = field(factory=Alike, init=False)

    @classmethod
    def of(cls, cohort: Cohort, rules: Rules, fasta: str | None, pack: str | None, threads: int) -> Worker:
        """A worker on a cohort."""
        return cls(Reader.of(cohort, rules, fasta=fasta, pack=pack_of(pack), threads=threads), rules)

    def made(self, who: Participant) -> Made:
        """A participant's row and trace."""
        profile = self.reader.profile(who)
        if isinstance(profile, AssignerError):
            return row_of(who.id, profile, self.rules), None
        made = assign_alike(profile, self.rules, self.alike)
        return row_of(who.id, made, self.rules), made.trace_bytes


_WORKER: list[Worker] = []
"""The worker of this process, where it is one of several."""


def _begin(
    cohort: Cohort, rules_file: str | None, digest: str, fasta: str | None, pack: str | None, threads: int
) -> None:
    rules = read_rules(rules_file)
    if rules.digest != digest:
        raise InputError(rules_file or "rules", "the rule set as it was read first", "another one: it was changed")
    _WORKER[:] = [Worker.of(cohort, rules, fasta, pack, threads)]


def _work(who: Participant) -> Made:
    return _WORKER[0].made(who)


def trace_name(who: str) -> str:
    """The name of a participant's trace: the id, with what no file name may have written as in a web address.

    >>> trace_name("P001"), trace_name("site 1/P2")
    ('P001.json', 'site%201%2FP2.json')
    """
    name = quote(who, safe="")
    name = name.replace(".", "%2E", 1) if name.startswith(".") else name
    return f"{name if len(name) <= LONGEST_NAME else hashlib.sha256(who.encode()).hexdigest()}.json"


def _form_of(who: Participant) -> dict[str, Any]:
    return {name: str(value) for name, value in asdict(who, recurse=False).items() if name != "line"}


def _stamp(path: str) -> Iterable[int]:
    try:
        seen = os.stat(path)
    except OSError:
        return (0, 0)
    return (seen.st_size, seen.st_mtime_ns)


# ------------------------------------------------------------------------------------------------------ who is done


@frozen
class Journal:
    """The rows so far, in a file beside the table: the run's identity in the first line, then a row a line."""

    path: Path
    file: BufferedRandom
    rows: dict[str, Row]

    def add(self, row: Row) -> None:
        """Write a row; what stands there after a kill is whole lines, and at most a part of one more."""
        self.file.write(canonical(dict(row)) + b"\n")
        self.file.flush()
        self.rows[str(row["participant"])] = row

    def finish(self) -> None:
        """The table is written: the journal is needed no more."""
        self.path.unlink()


@contextmanager
def _journal(table: Path, identity: str, *, resume: bool, before: Callable[[], None]) -> Iterator[Journal]:
    """The journal of a table, which no other run may use meanwhile; there is none of a run that `before` refuses."""
    path = table.with_name(f".{table.name}.unfinished")
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        _lock(file, table)
        lines = file.read().split(b"\n")[:-1]  # what follows the last line end was not written whole
        if lines and not resume:
            raise InputError(str(table), "a table that no ended run has begun, or --resume", "one that was begun")
        if lines and lines[0].decode("ascii", "replace") != identity:
            expected = "the participants, files, options and rule set of the run that was ended"
            raise InputError(str(table), expected, "other ones: begin anew under another name")
        try:
            before()
        except BaseException:
            if not lines:
                path.unlink()
            raise
        rows = [json.loads(line) for line in lines[1:]]
        file.seek(sum(len(line) + 1 for line in lines))
        file.truncate()
        if not lines:
            file.write(identity.encode() + b"\n")
            file.flush()
        yield Journal(path, file, {row["participant"]: row for row in rows})


def _lock(file: BufferedRandom, table: Path) -> None:
    """Lock a file until it is closed; the system unlocks it also when the process is killed."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(str(table), "a table that no other run works on", "one that a run is writing") from error
