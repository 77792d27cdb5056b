"""One run over a cohort: traces and a table, with a record of who is done, so that a run that was ended can go on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, evolve, frozen

from assigner.__about__ import VERSION
from assigner.cohorts.journals import begun
from assigner.cohorts.kept import PackedHead, Traces, is_written
from assigner.cohorts.parts import Head, Shard, Told, part_written, read_part
from assigner.cohorts.reading import Cohort
from assigner.cohorts.sheets import Participant
from assigner.cohorts.stamps import stamp_of
from assigner.cohorts.tables import Form, Row, columns, in_ledger, row_of, with_entry, written
from assigner.cohorts.workers import Made, Undecided, Work, Worker, begin, made
from assigner.decisions.allocations import needs_accrual
from assigner.errors import LedgerRuleError
from assigner.files import remove_begun, write_whole
from assigner.processes import finished, no_setup, processors
from assigner.rules import Rules
from assigner.vcf.scan.joint_parts import Done, Task
from assigner.vcf.shared import Parts

if TYPE_CHECKING:
    from assigner.cohorts.recording import Recorder, Standing


@frozen(kw_only=True, slots=False)
class Run:
    """What is to be done.

    Attributes:
        rules_file: where the rule set was read, for other processes; None for the shipped one.
        table: where the table is written.
        traces: the folder of the traces, or the archive (.zip) that they are packed in, if any is wanted.
        resume: whether a run that was ended is continued.
        shard: the part of the cohort that is worked on; None for all of it. Its rows are written beside the table.
        processes: how many work at once. A file of several participants is read once, in parts where that can be.
        dask: the address of a Dask scheduler whose workers do the work, in place of processes.
        summary: where the page is written that sums up the cohort, if it is wanted; of a shard only what it needs.
        recorder: the ledger in which each result is recorded before it is noted as done, if it is wanted.
        progress: is told how many are done, and how many there are.
        warn: is told what a person should know while the run goes on.
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
    dask: str | None = None
    summary: Path | None = None
    recorder: Recorder | None = None
    progress: Callable[[int, int], object] = max
    warn: Callable[[str], object] = str

    def __call__(self) -> list[Row]:
        """Do it; the rows, in the order of the cohort.

        Raises:
            InputError: another run works on this table, or was ended and is not continued; it was another one; a trace
                or another table is there already; the genome cannot be read; a process was ended from outside.
            LedgerRuleError: the trial takes no results of this actor or rule set.
            LedgerProofError: the ledger is not the one that the run began with.
            LedgerStoreError: the ledger cannot be written.
        """
        identity, participants = self.identity, self.participants  # before a file is read, and so before it may change
        own = self._with_place(identity)
        whole, before = partial(self._whole, identity), partial(self._expect, identity, own)
        with begun(self.out, own, resume=self.resume, whole=whole, before=before) as journal:
            for who in set() if self.kept is None else self.kept.lacking(journal.done.values()):
                del journal.done[who]
            todo = [who for who in participants if who.id not in journal.done]
            self.progress(len(journal.done), len(participants))
            for each in self._made(todo):
                one = self._recorded(each, identity)
                if one.trace is not None and self.kept is not None:
                    self.kept.write(one.told.participant, one.trace)
                journal.add(one.told)
                self.progress(len(journal.done), len(participants))
            told = [journal.done[who.id] for who in participants]
            if self.recorder is not None:
                self.recorder.write_receipt(in_ledger(each.row for each in told))
            if self.summary is not None and self.shard is None:
                write_summary(told, self.rules, self.summary)
            if self.kept is not None:
                self.kept.pack(told)
            content = self._written(told, identity)
            if not is_written(self.out, content):
                write_whole(self.out, content)
            remove_begun(self.out.parent, {self.out.name})
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

    def _whole(self, identity: str) -> Sequence[Told]:
        """All of a part that this run has written before: a scheduler may start its job once more."""
        if self.shard is None or not os.path.lexists(self.out):
            return ()
        _, told = read_part(self.out, self.shard)
        is_written(self.out, self._written(told, identity))
        return told

    def _written(self, told: Sequence[Told], identity: str) -> bytes:
        names = columns(self.rules.content, recorded=self.recorder is not None)
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
        paths = {path for who in self.cohort.participants for path in who.paths}
        paths |= {path for path in (self.fasta, self.pack) if path is not None}
        seen = {path: list(stamp_of(path)) for path in sorted(paths)}
        parts = {"version": VERSION, "rules": self.rules.digest, "participants": asked, "files": seen}
        return _digest({**parts, "fasta": self.fasta, **self._with_others})

    def _with_place(self, identity: str) -> str:
        """The identity of a run that can go on: the traces that it has written stand in one place."""
        traces = None if self.traces is None else str(self.traces.resolve())
        ledger = {} if self.recorder is None else {"ledger": self.recorder.form}
        return _digest({"run": identity, "traces": traces, **ledger})

    @property
    def _with_others(self) -> dict[str, object]:
        """The pack and the summary as parts of the identity, which a run without them does not have."""
        return {**({} if self.pack is None else {"pack": self.pack}), **({"summary": True} if self.summary else {})}

    @cached_property
    def _work(self) -> Work:
        return Work(
            cohort=self.cohort,
            rules_file=self.rules_file,
            digest=self.rules.digest,
            fasta=self.fasta,
            pack=self.pack,
            threads=self.threads,
            compares=self.summary is not None,
            decides=self.recorder is None or not needs_accrual(self.rules.content),
        )

    @cached_property
    def _worker(self) -> Worker:
        """What works in this process; a pack is read for it once."""
        return Worker.of(self._work, self.rules)

    def _made(self, todo: Sequence[Participant]) -> Iterator[Made | Undecided]:
        """The rows, traces and what the summary needs; for a ledger in the order of the cohort, else in any."""
        if self.dask is not None:
            from assigner.cohorts.clusters import on_cluster  # few runs have a cluster

            return on_cluster(self.dask, self._work, self.rules, todo, self.warn)
        if self.processes == 1 or len(todo) < 2:
            return map(self._worker.made, todo)
        jobs, ordered = min(self.processes, len(todo)), self.recorder is not None
        parts = Parts(PARTS * jobs, partial(_in_processes, jobs))
        work = evolve(self._work, wholes=self._worker.reader.ahead(todo, parts))
        return finished(jobs, begin, (work,), made, todo, ordered=ordered)

    def _recorded(self, each: Made | Undecided, identity: str) -> Made:
        """A participant's row and trace, once the result stands in the ledger; what is refused there is an error."""
        if self.recorder is None:
            assert isinstance(each, Made)
            return each
        who = each.participant if isinstance(each, Undecided) else each.told.participant
        standing: Standing | None = None
        try:
            if isinstance(each, Undecided):
                decided, standing = self.recorder.decided(identity, each.profile, self.rules)
                each = Made(Told(row_of(who, decided, self.rules), each.seen), decided.trace_bytes)
            elif each.trace is not None:
                standing = self.recorder.recorded(identity, who, each.trace)
            if standing is not None:
                standing.expect_no_alarm()
        except LedgerRuleError as error:
            each = Made(Told(row_of(who, error, self.rules)), None)
        told = None if standing is None else (standing.entry, standing.waits)
        return evolve(each, told=evolve(each.told, row=with_entry(each.told.row, told)))

    def _expect(self, identity: str, own: str, done: Sequence[Told]) -> None:
        """See that the ledger takes results, genome and pack can be read and the traces written, before it begins."""
        if self.dask is not None:
            from assigner.cohorts.clusters import expect_address

            expect_address(self.dask)
        if self.recorder is not None:
            rows = [each.row for each in done]
            self.recorder.expect_open(self.rules)
            self.recorder.expect_recorded(identity, rows)
            self.recorder.expect_receipt(rows)
        self._worker.reader.expect_fasta()
        if self.kept is None:
            return
        if not self.resume:
            self.kept.expect_none(who.id for who in self.participants)
        self.kept.make_folder(_digest({"run": own, "table": str(self.out.resolve())}), resume=self.resume)


PARTS = 4
"""In so many parts a file of several participants is read by each process, so that none waits long for another."""


def _in_processes(jobs: int, work: Callable[[Task], Done], tasks: Sequence[Task]) -> Iterable[Done]:
    return finished(min(jobs, len(tasks)), no_setup, (), work, tasks, ordered=True)


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
    remove_begun(page.parent, {path.name for path in files})


def _form_of(who: Participant) -> dict[str, Any]:
    return {name: str(value) for name, value in asdict(who, recurse=False).items() if name != "line"}


def _digest(value: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
