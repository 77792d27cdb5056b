"""Assigning many participants: all that is under `assigner cohort`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from assigner.commands.approvals import approval_options, check_approval
from assigner.commands.endings import REFUSED, Command
from assigner.commands.ledger_options import RECORDING, files_of_ledger, recorder_of, recording_options_of_many
from assigner.commands.options import pack_option, rules_option
from assigner.commands.outputs import refuse_overwrite, refuse_what_exists, warn, with_target_name, write
from assigner.commands.progress import progress_bar
from assigner.extras import check_installed
from assigner.genome.builds import Build

if TYPE_CHECKING:
    from assigner.cohorts.parts import Shard, Told
    from assigner.cohorts.tables import Row


class Cohort(click.Group):
    """Commands of which `run` is meant when none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments."""
        named = not args or args[0] in (*self.commands, *ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["run", *args])


@click.group(cls=Cohort)
def cohort() -> None:
    """Assign many participants. `assigner cohort SHEET` is short for `assigner cohort run SHEET`."""


@cohort.command("run", cls=Command)
@click.argument("source", metavar="SHEET|FILE|FOLDER")
@click.option("--sheet", metavar="SHEET", help="With FILE or FOLDER: the sheet that says who its participants are.")
@rules_option
@click.option("--table", "table", metavar="OUT", required=True, type=click.Path(path_type=Path),
              help="Write a row for each participant to this file: .tsv, .csv or .parquet.")  # fmt: skip
@click.option("--traces", "traces", metavar="FOLDER|ZIP", type=click.Path(path_type=Path),
              help="Write each participant's trace into this folder, or all into one archive: .zip.")  # fmt: skip
@click.option("--dictionary", "dictionary", metavar="OUT", type=click.Path(path_type=Path),
              help="Write what each column of the table holds to this file, as .tsv.")  # fmt: skip
@click.option("--summary", metavar="OUT", type=click.Path(path_type=Path),
              help="Write a page (HTML) that sums up the cohort, and its numbers for MultiQC beside it.")  # fmt: skip
@click.option("--absent", type=click.Choice(["reference", "unknown"]), default="unknown", show_default=True,
              help="What a site without a record is, where the sheet does not say it.")  # fmt: skip
@click.option("--build", type=click.Choice([build.value for build in Build]),
              help="The genome build, where neither a file nor the sheet says it.")  # fmt: skip
@click.option("--fasta", metavar="FASTA", help="The reference genome, to left-align indels.")
@pack_option
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True,
              help="2 or more: decompress in a second thread.")  # fmt: skip
@click.option("--processes", type=click.IntRange(1, 256),
              help="How many work at once. A file of several participants is read once: in parts by all, if it is a "
              "large BGZF file. Default: all processors that may be used, one for every four participants with "
              "files of their own.")  # fmt: skip
@click.option("--dask", metavar="ADDRESS", help="Let a Dask cluster do the work, in place of processes; the "
              "address of its scheduler.")  # fmt: skip
@click.option("--shard", "shard_text", metavar="NUMBER/COUNT",
              help="Work on one of so many parts: its rows are written beside OUT, and `merge` makes OUT.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Continue a run that was ended; nothing is done twice.")
@approval_options
@recording_options_of_many
@click.pass_context
def run(
    ctx: click.Context,
    /,
    source: str,
    sheet: str | None,
    rules_file: str | None,
    table: Path,
    traces: Path | None,
    dictionary: Path | None,
    summary: Path | None,
    absent: Literal["reference", "unknown"],
    build: Literal["GRCh37", "GRCh38"] | None,
    fasta: str | None,
    pack_file: str | None,
    threads: int,
    processes: int | None,
    dask: str | None,
    shard_text: str | None,
    resume: bool,
    **more: Any,
) -> None:
    """Assign many participants: those of a sample sheet, or all samples of a VCF or BCF, or of a folder of them.

    A file of several participants is read once. A participant whose files cannot be used gets a row with the error,
    and the others their results. The table and each trace are written whole, and never over a file that is there.

    With --ledger each result is recorded before it is noted as done; what the ledger refuses is an error in its row.

    Exit code 0: every participant has a result. 1: at least one has an error; the table is written.
    """
    from assigner.cohorts.journals import has_unfinished_run
    from assigner.cohorts.parts import Shard
    from assigner.cohorts.reading import cohort_of
    from assigner.cohorts.runs import Run, expect_page_can_be_written, processes_for, summary_files
    from assigner.cohorts.tables import dictionary as columns_of
    from assigner.cohorts.tables import form_of
    from assigner.rules import read_rules
    from assigner.traces.archives import trace_name

    if dask is not None:
        if processes is not None:
            raise click.UsageError("--processes does not go with --dask", ctx)
        check_installed("dask", "distributed")
    form, shard = form_of(table), None if shard_text is None else Shard.parse(shard_text)
    out = table if shard is None else shard.place(table)
    _expect_traces_can_be_written(traces, shard, resume=resume)
    if dictionary is not None and shard is not None:
        raise click.UsageError("--dictionary does not go with --shard: give it to a run of the whole", ctx)
    pages = [] if summary is None else summary_files(summary)
    goes_on = resume and (shard is not None or has_unfinished_run(out))
    tables = [each for each in (table, out) if not (each == out and goes_on)]
    for each in (*tables, *([] if resume else pages), *([] if dictionary is None else [dictionary])):
        refuse_what_exists(each)
    if summary is not None:
        expect_page_can_be_written()
    rules = read_rules(rules_file)
    recording = {name: more.pop(name) for name in RECORDING if name in more}
    check_approval(ctx, rules, rules_file, **more)
    people = cohort_of(source, rules, sheet=sheet, build=None if build is None else Build(build), absent=absent)
    receipt = recording["receipt_file"]
    if receipt is not None and not resume:
        refuse_what_exists(receipt)
    theirs = (path for who in people.participants for path in who.paths)
    used = (source, sheet, rules_file, fasta, pack_file, *files_of_ledger(recording), *theirs)
    named = {"--table": (out,), "--summary": pages, "--dictionary": (dictionary,), "--receipt": (receipt,)}
    _expect_no_input_is_lost(named, used)
    outputs = [out, *pages, *(each for each in (dictionary, receipt) if each is not None)]
    _expect_places_of_their_own(outputs, traces, (trace_name(who.id) for who in people.participants))
    for note in people.notes:
        warn(note)
    with (
        recorder_of(ctx, recording) as recorder,
        with_target_name(out),
        progress_bar("cohort", show_pos=True) as progress,
    ):
        rows = Run(
            cohort=people,
            rules=rules,
            rules_file=rules_file,
            table=table,
            form=form,
            traces=traces,
            fasta=fasta,
            pack=pack_file,
            threads=threads,
            resume=resume,
            shard=shard,
            processes=processes or processes_for(people),
            dask=dask,
            summary=summary,
            recorder=recorder,
            progress=progress,
            warn=warn,
        )()
    if dictionary is not None:
        write(columns_of(rules.content, recorded=recorder is not None), dictionary)
    _end(ctx, rows)


@cohort.command("merge", cls=Command)
@click.argument("table", type=click.Path(path_type=Path))
@rules_option
@click.option("--traces", "traces", metavar="ZIP", type=click.Path(path_type=Path),
              help="Make one archive of those of the parts, which were given it as --traces.")  # fmt: skip
@click.option("--summary", metavar="OUT", type=click.Path(path_type=Path),
              help="Write the page that sums up the cohort; the parts were given --summary too.")  # fmt: skip
@click.pass_context
def merge(
    ctx: click.Context, /, table: Path, rules_file: str | None, traces: Path | None, summary: Path | None
) -> None:
    """Make a table of the parts that runs with --shard have written beside it.

    TABLE is what each of them was given as --table. All parts must be there, and of one run. They are removed when the
    table is written. The rule set is asked for the summary alone.

    Exit code 0: every participant has a result. 1: at least one has an error; the table is written.
    """
    from assigner.cohorts.parts import Shard, merged
    from assigner.cohorts.runs import expect_page_can_be_written, summary_files
    from assigner.cohorts.tables import form_of, written
    from assigner.cohorts.trace_stores import expect_none_packed, is_packed, is_written, merge_archives

    form = form_of(table)
    if traces is not None and not is_packed(traces):
        raise click.BadParameter("expected the name of an archive, which ends in .zip", param_hint="--traces")
    head, told, parts = merged(table)
    if traces is None:
        expect_none_packed(parts)
    rows = [each.row for each in told]
    content = written(rows, head.columns, form)
    done = is_written(table, content)  # by a merge that was ended then
    if summary is not None:
        expect_page_can_be_written()
        _expect_places_of_their_own([table, *summary_files(summary)], traces, ())
        _write_summary_of_parts(told, rules_file, summary)
    if traces is not None:
        _expect_places_of_their_own([table], traces, ())
        parts += merge_archives(traces, (Shard(at, len(parts)) for at in range(1, len(parts) + 1)), told)
    if not done:
        write(content, table)
    for part in parts:
        part.unlink()
    _end(ctx, rows)


def _expect_traces_can_be_written(traces: Path | None, shard: Shard | None, *, resume: bool) -> None:
    """Refuse a folder of traces that is a file, and an archive that is there."""
    from assigner.cohorts.trace_stores import Traces

    kept = None if traces is None else Traces.of(traces, shard)
    if kept is None:
        return
    if kept.archive is None:
        if os.path.lexists(kept.folder) and not kept.folder.is_dir():
            raise click.BadParameter(f"{str(kept.folder)!r} is a file", param_hint="--traces")
    elif not resume:
        refuse_what_exists(kept.archive)


def _write_summary_of_parts(told: Sequence[Told], rules_file: str | None, summary: Path) -> None:
    """Write the summary of parts that hold what it needs, and that were made with this rule set."""
    from assigner.cohorts.runs import write_summary
    from assigner.errors import InputError
    from assigner.rules import read_rules

    rules = read_rules(rules_file)
    for each in told:
        if each.row["rule_set"] != rules.digest:
            raise InputError(rules_file or "rules", "the rule set of the parts", f"one with the digest {rules.digest}")
        if each.row["outcome"] != "error" and each.seen is None:
            raise InputError(str(summary), "parts of runs that were told --summary", "parts of others")
    write_summary(told, rules, summary)


def _end(ctx: click.Context, rows: Sequence[Row]) -> None:
    """Say what the participants come to, and end with the exit code for it."""
    from assigner.cohorts.tables import summary

    click.echo(summary(rows), nl=False)
    ctx.exit(REFUSED if any(row["outcome"] == "error" for row in rows) else 0)


def _expect_no_input_is_lost(outputs: Mapping[str, Sequence[Path | None]], inputs: Sequence[Path | str | None]) -> None:
    """Refuse outputs, given by option, that are an input; few of them are there, and only those are compared."""
    for option, places in outputs.items():
        for out in places:
            if out is not None and os.path.lexists(out):
                refuse_overwrite(out, inputs, option)


def _expect_places_of_their_own(outputs: Iterable[Path], traces: Path | None, names: Iterable[str]) -> None:
    """Refuse outputs of which one would replace another: the table, the dictionary, the folder of traces, a trace."""
    taken = [] if traces is None else [traces.resolve(), *(traces.resolve() / name for name in names)]
    for out in outputs:
        if out.resolve() in taken:
            raise click.BadParameter(f"{str(out)!r} is also the place of another output")
        taken.append(out.resolve())
