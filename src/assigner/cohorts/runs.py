"""One run over a cohort: traces and a table, with a record of who is done, so that a run that was ended can go on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from io import BufferedRandom
from pathlib import Path
from typing import Any

from attrs import asdict, field, frozen

from assigner.__about__ import VERSION
from assigner.assignments import assign_alike
from assigner.canonical import canonical
from assigner.cohorts.genomes import Genome
from assigner.cohorts.kept import PackedHead, Traces, is_written
from assigner.cohorts.parts import Head, Shard, Told, part_written
from assigner.cohorts.reading import Cohort, Reader
from assigner.cohorts.sheets import Participant
from assigner.cohorts.tables import Form, Row, columns, row_of, written
from assigner.errors import AssignerError, InputError
from assigner.evidence.alike import Alike
from assigner.files import write_whole
from assigner.packs.forms import pack_of
from assigner.processes import finished, processors
from assigner.profiles.profile import Profile
from assigner.rules import Rules, read_rules
from assigner.values import Private


@frozen(repr=False)
class Made(Private):
    """A participant's row and trace, and what the summary needs, if there are any."""

    told: Told
    trace: bytes | None


@frozen(kw_only=True, slots=False)
class Run:
    """What is to be done.

    Attributes:
        rules_file: where the rule set was read, for other processes; None for the shipped one.
        table: where the table is written.
        traces: the folder of the traces, or the archive (.zip) that they are packed in, if any is wanted.
        resume: whether a run that was ended is continued.
        shard: the part of the cohort that is worked on; None for all of it. Its rows are written beside the table.
        processes: how many work at once. Each reads a file of several participants for itself.
        summary: where the page is written that sums up the cohort, if it is wanted; of a shard only what it needs.
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
    summary: Path | None = None
    progress: Callable[[int, int], object] = max

    def __call__(self) -> list[Row]:
        """Do it; the rows, in the order of the cohort.

        Raises:
            InputError: another run works on this table, or was ended and is not continued; it was another one; a trace
                or another table is there already; the genome cannot be read; a process was ended from outside.
        """
        identity, participants = self.identity, self.participants  # before a file is read, and so before it may change
        own = self._with_place(identity)
        with _journal(self.out, own, resume=self.resume, before=partial(self._expect, own)) as journal:
            for who in set() if self.kept is None else self.kept.lacking(journal.done.values()):
                del journal.done[who]
            todo = [who for who in participants if who.id not in journal.done]
            self.progress(len(journal.done), len(participants))
            for made in self._made(todo):
                if made.trace is not None and self.kept is not None:
                    self.kept.write(made.told.participant, made.trace)
                journal.add(made.told)
                self.progress(len(journal.done), len(participants))
            told = [journal.done[who.id] for who in participants]
            if self.summary is not None and self.shard is None:
                write_summary(told, self.rules, self.summary)
            if self.kept is not None:
                self.kept.pack(told)
            content = self._written(told, identity)
            if not is_written(self.out, content):
                write_whole(self.out, content)
            if self.kept is not None:
                self.kept.finish(told)
            journal.finish()
        return [each.row for each in told]

    @property
    def participants(self) -> Sequence[Participant]:
        """Those that this run works on."""
        return self.cohort.participants if self.shard is None else self.shard.of(self.cohort.participants)

    @cached_property
    def kept(self) -> Traces | None:
        """Where the traces stand, if any is wanted."""
        return None if self.traces is None else Traces.of(self.traces, self.shard)

    @property
    def out(self) -> Path:
        """The file that this run writes: the table, or a part of it."""
        return self.table if self.shard is None else self.shard.place(self.table)

    def _written(self, told: Sequence[Told], identity: str) -> bytes:
        names = columns(self.rules.content)
        if self.shard is None:
            return written((each.row for each in told), names, self.form)
        if self.kept is None or self.kept.archive is None or self.traces is None:
            head = Head(run=identity, participants=len(self.cohort), columns=names)
        else:
            packed = self.traces.name
            head = PackedHead(run=identity, participants=len(self.cohort), columns=names, packed=packed)
        return part_written(head, self.shard, told)

    @property
    def identity(self) -> str:
        """SHA-256 of all that the rows depend on, as far as it can be told without reading the files."""
        asked = [_form_of(who) for who in self.cohort.participants]
        paths = {path for who in self.cohort.participants for path, _, _ in who.files}
        paths |= {who.callable for who in self.cohort.participants if who.callable is not None}
        paths |= {path for path in (self.fasta, self.pack) if path is not None}
        seen = {path: list(_stamp(path)) for path in sorted(paths)}
        parts = {"version": VERSION, "rules": self.rules.digest, "participants": asked, "files": seen}
        return _digest({**parts, "fasta": self.fasta, **self._with_others})

    def _with_place(self, identity: str) -> str:
        """The identity of a run that can go on: the traces that it has written stand in one place."""
        return _digest({"run": identity, "traces": None if self.traces is None else str(self.traces.resolve())})

    @property
    def _with_others(self) -> dict[str, object]:
        """The pack and the summary as parts of the identity, which a run without them does not have."""
        return {**({} if self.pack is None else {"pack": self.pack}), **({"summary": True} if self.summary else {})}

    @cached_property
    def _worker(self) -> Worker:
        """What works in this process; a pack is read for it once."""
        return Worker.of(self.cohort, self.rules, self.fasta, self.pack, self.threads, self.summary is not None)

    def _made(self, todo: Sequence[Participant]) -> Iterator[Made]:
        """The rows, traces and what the summary needs, in any order."""
        if self.processes == 1 or len(todo) < 2:
            yield from map(self._worker.made, todo)
        else:
            compares = self.summary is not None
            given = (self.cohort, self.rules_file, self.rules.digest, self.fasta, self.pack, self.threads, compares)
            yield from finished(min(self.processes, len(todo)), _begin, given, _work, todo)

    def _expect(self, own: str) -> None:
        """See that genome and pack can be read and the traces written, before anything is begun."""
        self._worker.reader.expect_fasta()
        if self.kept is None:
            return
        if not self.resume:
            self.kept.expect_none(who.id for who in self.participants)
        self.kept.make_folder(_digest({"run": own, "table": str(self.out.resolve())}), resume=self.resume)


@frozen
class Worker:
    """Makes the row and the trace of one participant after the other, and what a summary needs."""

    reader: Reader
    rules: Rules
    alike: Alike = field(factory=Alike, init=False)

    @classmethod
    def of(
        cls, cohort: Cohort, rules: Rules, fasta: str | None, pack: str | None, threads: int, compares: bool
    ) -> Worker:
        """A worker on a cohort."""
        reader = Reader.of(cohort, rules, fasta=fasta, pack=pack_of(pack), threads=threads, compares=compares)
        return cls(reader, rules)

    def made(self, who: Participant) -> Made:
        """A participant's row and trace, and what a summary needs."""
        profile, genome = self.reader.read(who)
        if isinstance(profile, AssignerError):
            return Made(Told(row_of(who.id, profile, self.rules)), None)
        made = assign_alike(profile, self.rules, self.alike)
        seen = _seen(profile, self.rules, genome) if self.reader.compares else None
        return Made(Told(row_of(who.id, made, self.rules), seen), made.trace_bytes)


def _seen(profile: Profile, rules: Rules, genome: Genome | None) -> dict[str, Any]:
    from assigner.cohorts.seen import seen_of  # few runs write a summary

    return seen_of(profile, rules, genome).model_dump(mode="json")


_WORKER: list[Worker] = []
"""The worker of this process, where it is one of several."""


def _begin(
    cohort: Cohort,
    rules_file: str | None,
    digest: str,
    fasta: str | None,
    pack: str | None,
    threads: int,
    compares: bool,
) -> None:
    rules = read_rules(rules_file)
    if rules.digest != digest:
        raise InputError(rules_file or "rules", "the rule set as it was read first", "another one: it was changed")
    _WORKER[:] = [Worker.of(cohort, rules, fasta, pack, threads, compares)]


def _work(who: Participant) -> Made:
    return _WORKER[0].made(who)


WORTH_A_PROCESS = 4
"""From so many participants with files of their own for each process, starting it costs less than it saves."""


def processes_for(cohort: Cohort) -> int:
    """How many processes work at once if nobody says it: all processors, as far as there are files of their own.

    A file of several participants is read by each process, so those who have such a file count for nothing.
    """
    own = sum(not any(path in cohort.shared for path, _, _ in who.files) for who in cohort.participants)
    return max(1, min(processors(), own // WORTH_A_PROCESS))


def expect_page_can_be_written() -> None:
    """See that what a summary's page is made with is there.

    Raises:
        InputError: it is not.
    """
    from assigner.reports import check_installed

    check_installed()


def summary_files(page: Path) -> list[Path]:
    """The files that a summary is written to: the page, and those for MultiQC beside it."""
    from assigner.cohorts.multiqc import places

    return [page, *places(page)]


def write_summary(told: Sequence[Told], rules: Rules, page: Path) -> None:
    """Write the page that sums up a cohort, and its data for MultiQC beside it.

    Args:
        told: all participants, in the order of the table.
        rules: the rule set that decided.
        page: where the page is written.

    Raises:
        InputError: what a part says of a participant is not what a run writes; another file is there already,
            and then nothing is written.
    """
    from assigner.cohorts.multiqc import contents
    from assigner.cohorts.pages import page as page_of
    from assigner.cohorts.seen import seen_in
    from assigner.cohorts.summaries import summary_of

    seen = {each.participant: seen_in(each.seen, each.participant) for each in told if each.seen is not None}
    summary = summary_of([each.row for each in told], seen, rules)
    files = {page: page_of(summary).encode(), **contents(summary, page)}
    for path in [path for path, content in files.items() if not is_written(path, content)]:
        write_whole(path, files[path])


def _form_of(who: Participant) -> dict[str, Any]:
    return {name: str(value) for name, value in asdict(who, recurse=False).items() if name != "line"}


def _digest(value: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _stamp(path: str) -> Iterable[int]:
    try:
        seen = os.stat(path)
    except OSError:
        return (0, 0)
    return (seen.st_size, seen.st_mtime_ns)


# ------------------------------------------------------------------------------------------------------ who is done


@frozen(repr=False)
class Journal(Private):
    """Who is done, in a file beside the table: the run's identity in the first line, then a participant a line."""

    path: Path
    file: BufferedRandom
    done: dict[str, Told]

    def add(self, told: Told) -> None:
        """Write a participant; what stands there after a kill is whole lines, and at most a part of one more."""
        self.file.write(canonical(told.form) + b"\n")
        self.file.flush()
        self.done[told.participant] = told

    def finish(self) -> None:
        """The table is written: the journal is needed no more."""
        self.path.unlink()


def is_begun(table: Path) -> bool:
    """Whether a run was ended that has begun this table, be it that the table is written."""
    path = _journal_place(table)
    return path.is_file() and path.stat().st_size > 0


def _journal_place(table: Path) -> Path:
    return table.with_name(f".{table.name}.unfinished")


@contextmanager
def _journal(table: Path, identity: str, *, resume: bool, before: Callable[[], None]) -> Iterator[Journal]:
    """The journal of a table, which no other run may use meanwhile; there is none of a run that `before` refuses."""
    path = _journal_place(table)
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
        done = [Told(**json.loads(line)) for line in lines[1:]]
        file.seek(sum(len(line) + 1 for line in lines))
        file.truncate()
        if not lines:
            file.write(identity.encode() + b"\n")
            file.flush()
        yield Journal(path, file, {told.participant: told for told in done})


def _lock(file: BufferedRandom, table: Path) -> None:
    """Lock a file until it is closed; the system unlocks it also when the process is killed."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(str(table), "a table that no other run works on", "one that a run is writing") from error
