"""One run over a cohort: writes traces and a table, with a journal so that an interrupted run can be resumed."""

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
from assigner.cohorts.journals import open_journal
from assigner.cohorts.parts import Head, Shard, Told, part_written, read_part
from assigner.cohorts.reading import Cohort
from assigner.cohorts.sheets import Participant
from assigner.cohorts.stamps import stamp_of
from assigner.cohorts.tables import Form, Row, columns, in_ledger, row_of, with_entry, written
from assigner.cohorts.trace_stores import PackedHead, Traces, is_written
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
    """The settings of a run.

    Attributes:
        rules_file: path of the rule set, for other processes; None for the shipped one.
        table: path of the table.
        traces: folder or archive (.zip) for the traces, if wanted.
        resume: whether to resume an interrupted run.
        shard: the part of the cohort to process; None for all of it. Its rows are written beside the table.
        processes: number of processes. A file of several participants is read once, in parts where possible.
        dask: address of a Dask scheduler whose workers are used instead of processes.
        summary: path of the cohort's summary page, if wanted; a shard only stores the data for it.
        recorder: records each result in a ledger before it is noted as done, if wanted.
        progress: called with the number of finished participants and of all participants.
        warn: called with messages for the user during the run.
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
        """Run it; returns the rows in the order of the cohort.

        Raises:
            InputError: another run is writing this table; an interrupted run is not resumed, or was a different one; a
                trace or another table exists; the reference genome cannot be read; a process was killed.
            LedgerRuleError: the trial does not accept results of this actor or rule set.
            LedgerProofError: the ledger is not the one that the run started with.
            LedgerStoreError: the ledger cannot be written.
        """
        identity, participants = (
            self.identity,
            self.participants,
        )  # computed before any file is read, since files may change later
        own = self._with_place(identity)
        whole, before = partial(self._whole, identity), partial(self._expect, identity, own)
        with open_journal(self.out, own, resume=self.resume, whole=whole, before=before) as journal:
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
        """The participants of this run."""
        return self.cohort.participants if self.shard is None else self.shard.of(self.cohort.participants)

    @cached_property
    def kept(self) -> Traces | None:
        """The place of the traces, if they are wanted."""
        return None if self.traces is None else Traces.of(self.traces, self.shard)

    @property
    def out(self) -> Path:
        """The file that this run writes: the table, or a part of it."""
        return self.table if self.shard is None else self.shard.place(self.table)

    def _whole(self, identity: str) -> Sequence[Told]:
        """The results of a part that this run already wrote: a scheduler may start the same job twice."""
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
        """SHA-256 of everything the rows depend on; files are represented by size and modification time."""
        asked = [_form_of(who) for who in self.cohort.participants]
        paths = {path for who in self.cohort.participants for path in who.paths}
        paths |= {path for path in (self.fasta, self.pack) if path is not None}
        seen = {path: list(stamp_of(path)) for path in sorted(paths)}
        parts = {"version": VERSION, "rules": self.rules.digest, "participants": asked, "files": seen}
        return _digest({**parts, "fasta": self.fasta, **self._with_others})

    def _with_place(self, identity: str) -> str:
        """The identity of the run together with the place of its traces and its ledger; resuming requires the same."""
        traces = None if self.traces is None else str(self.traces.resolve())
        ledger = {} if self.recorder is None else {"ledger": self.recorder.form}
        return _digest({"run": identity, "traces": traces, **ledger})

    @property
    def _with_others(self) -> dict[str, object]:
        """The pack and the summary as parts of the identity; absent for runs without them."""
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
        """The worker of this process; it reads the pack only once."""
        return Worker.of(self._work, self.rules)

    def _made(self, todo: Sequence[Participant]) -> Iterator[Made | Undecided]:
        """The results of participants; in the order of the cohort for a ledger, else in any order."""
        if self.dask is not None:
            from assigner.cohorts.clusters import on_cluster  # imported late: few runs use a cluster

            return on_cluster(self.dask, self._work, self.rules, todo, self.warn)
        if self.processes == 1 or len(todo) < 2:
            return map(self._worker.made, todo)
        jobs, ordered = min(self.processes, len(todo)), self.recorder is not None
        parts = Parts(PARTS * jobs, partial(_in_processes, jobs))
        work = evolve(self._work, wholes=self._worker.reader.ahead(todo, parts))
        return finished(jobs, begin, (work,), made, todo, ordered=ordered)

    def _recorded(self, each: Made | Undecided, identity: str) -> Made:
        """Record a result in the ledger, if there is one; a refusal becomes the participant's error."""
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
        """Check before the start that ledger, reference genome, pack and folder of traces can be used."""
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
"""Parts per process into which a file of several participants is split, so that processes finish together."""


def _in_processes(jobs: int, work: Callable[[Task], Done], tasks: Sequence[Task]) -> Iterable[Done]:
    return finished(min(jobs, len(tasks)), no_setup, (), work, tasks, ordered=True)


WORTH_A_PROCESS = 4
"""Participants with files of their own per process from which another process saves time."""


def processes_for(cohort: Cohort) -> int:
    """The default number of processes: all processors, limited by the number of participants with own files.

    A file of several participants would be read by each process, so participants with such a file are not counted.
    """
    own = sum(not any(path in cohort.shared for path, _, _ in who.files) for who in cohort.participants)
    return max(1, min(processors(), own // WORTH_A_PROCESS))


def expect_page_can_be_written() -> None:
    """Check that the packages for the summary page are installed.

    Raises:
        InputError: they are not.
    """
    from assigner.reports import check_installed

    check_installed()


def summary_files(page: Path) -> list[Path]:
    """The files of a summary: the page, and those for MultiQC beside it."""
    from assigner.cohorts.multiqc import places

    return [page, *places(page)]


def write_summary(told: Sequence[Told], rules: Rules, page: Path) -> None:
    """Write the summary page of a cohort, and its data for MultiQC beside it.

    Args:
        told: the results of all participants, in the order of the table.
        rules: the rule set that decided.
        page: path of the page.

    Raises:
        InputError: a part has invalid data of a participant; or another file exists, and then nothing is written.
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
