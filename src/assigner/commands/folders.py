"""Several traces at once: `assigner traces table`, `diff` and `bundle`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assigner.commands.endings import command
from assigner.commands.options import overwrite_option
from assigner.commands.outputs import escaped, refuse_output, write, write_folder
from assigner.commands.traces import intact

if TYPE_CHECKING:
    from assigner.traces import Trace
    from assigner.traces.archives import Packed


@click.group("traces")
def traces() -> None:
    """Put many traces in one table or bundle, and tell what is different between two."""


@command("table")
@click.argument("folder", metavar="DIR|ZIP", type=click.Path(path_type=Path))
@click.option("--csv", "form", flag_value="csv", default="csv", help="Cells parted by commas. The default.")
@click.option("--tsv", "form", flag_value="tsv", help="Cells parted by tabs.")
@click.option("-o", "--output", "out", metavar="OUT", type=click.Path(path_type=Path),
              help="The file to write. Default: stdout.")  # fmt: skip
@overwrite_option
def table(folder: Path, form: str, out: Path | None, overwrite: bool) -> None:
    """Write one row for each trace in DIR, every file whose name ends in .json, or in an archive.

    All of them must be intact traces, or nothing is written.
    """
    from assigner.audits.folders import all_in
    from assigner.reports.tables import Form
    from assigner.reports.tables import table as written

    files = all_in(folder)
    if out is not None:
        inputs = [folder, *(each for each in files if isinstance(each, Path))]
        refuse_output(out, inputs, "--output", overwrite=overwrite)
    parted: Form = "tsv" if form == "tsv" else "csv"
    write(written(((each.name, _intact(each)) for each in files), parted).encode(), out)


def _intact(each: Path | Packed) -> Trace:
    from assigner.traces import parse_trace

    if isinstance(each, Path):
        return intact(each)
    trace = parse_trace(each.content, each.place)
    trace.expect_intact(each.place)
    return trace


@command("diff")
@click.argument("one", metavar="BEFORE")
@click.argument("other", metavar="NOW")
@click.pass_context
def diff(ctx: click.Context, one: str, other: str) -> None:
    """Tell in words what is different between two traces, the result first. One of an archive is ZIP:PARTICIPANT.

    Exit code 0: nothing. 1: something.
    """
    from assigner.reports.comparisons import differences

    told = differences(intact(one), intact(other))
    for line in told:
        click.echo(escaped(line.replace("\n", " ")))
    if not told:
        click.echo("the same")
    ctx.exit(1 if told else 0)


@command("bundle")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("-o", "--output", "out", metavar="OUT", required=True, type=click.Path(path_type=Path),
              help="The new folder to write.")  # fmt: skip
@click.option("--rules", "rules_files", metavar="RULES", multiple=True, type=click.Path(path_type=Path),
              help="A rule set to try beside the shipped one.")  # fmt: skip
@click.option("--approval", "approvals", metavar="FILE", multiple=True, type=click.Path(path_type=Path),
              help="A signature of approval to put in.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that verify.")
def bundle(folder: Path, out: Path, rules_files: Sequence[Path], approvals: Sequence[Path], jobs: int) -> None:
    """Write the traces in DIR to a new folder OUT, with all that is needed to check them without this software.

    Every file whose name ends in .json is to be a trace that its rule set reproduces, or nothing is written. OUT also
    has the rule sets that decided, the signatures, the schema of a trace, SHA256SUMS, and check.py, which needs Python
    alone.
    """
    from assigner.audits.bundles import bundle_of
    from assigner.audits.folders import traces_in

    write_folder(out, bundle_of(traces_in(folder), rules_files, approvals, jobs))


for _command in (table, diff, bundle):
    traces.add_command(_command)
