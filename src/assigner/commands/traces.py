"""Reading a trace: `assigner explain`, `report` and `verify`."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assigner.commands.endings import REVIEW, command
from assigner.commands.options import SampleFile, deciding_rules_option, names_in, sample_file
from assigner.commands.outputs import refuse_overwrite, write
from assigner.errors import plain

if TYPE_CHECKING:
    from assigner.traces import Trace


@command("explain")
@click.argument("trace_file", metavar="TRACE", type=click.Path(path_type=Path))
@deciding_rules_option
def explain_command(trace_file: Path, rules_file: str | None) -> None:
    """Explain a TRACE in words: why this outcome, what is unknown, what would change it."""
    trace = intact(trace_file)
    print_text(trace, changes_of(trace, rules_file))


@command()
@click.argument("trace_file", metavar="TRACE", type=click.Path(path_type=Path))
@deciding_rules_option
@click.option(
    "-o", "--output", metavar="OUT", type=click.Path(path_type=Path), help="The file to write. Default: stdout."
)
def report(trace_file: Path, rules_file: str | None, output: Path | None) -> None:
    """Write a report of a TRACE as one page of HTML, with pictures."""
    if output is not None:
        refuse_overwrite(output, (trace_file, rules_file), "--output")
    trace = intact(trace_file)
    page = page_of(trace, changes_of(trace, rules_file))
    write(page, output)


@command()
@click.argument("trace_file", metavar="TRACE", type=click.Path(path_type=Path))
@click.argument("files", metavar="[FILE[:SAMPLE]...]", nargs=-1, type=sample_file)
@click.option("--rules", "rules_files", metavar="FILE", multiple=True, help="A rule set to try beside the shipped one.")
@click.option("--sample", metavar="ID", help="The sample in the FILEs, if it is not the participant's id in the trace.")
@click.option("--fasta", metavar="FASTA", help="The reference genome, if the trace was made with one.")
@click.option("--openings", "openings_file", metavar="FILE", type=click.Path(path_type=Path),
              help="The openings of a redacted TRACE.")  # fmt: skip
@click.pass_context
def verify(
    ctx: click.Context,
    trace_file: Path,
    files: tuple[SampleFile, ...],
    rules_files: tuple[str, ...],
    sample: str | None,
    fasta: str | None,
    openings_file: Path | None,
) -> None:
    """Recompute a TRACE from its own contents, or from the participant's FILEs.

    Exit code 0: reproduced. 1: different. 3: cannot verify.
    """
    from assigner.audits.verification import Answer, Evidence, verify
    from assigner.traces import bytes_of, read_openings

    openings = {} if openings_file is None else read_openings(openings_file)
    evidence = Evidence(
        rules=rules_files,
        files=tuple(file.path for file in files),
        sample=names_in(files, sample),
        fasta=fasta,
        openings=openings,
    )
    found = verify(bytes_of(trace_file), evidence)
    origin = "the participant's files" if found.from_files else "the trace's own profile"
    match found.answer:
        case Answer.REPRODUCED:
            click.echo(f"REPRODUCED from {origin} and the rule set")
        case Answer.DIFFERS:
            click.echo(f"DIFFERS at {found.count} place{'s' if found.count > 1 else ''}")
            for difference in found.differences:
                click.echo(f"  {plain(str(difference))}")
            ctx.exit(1)
        case Answer.CANNOT:
            click.echo(f"CANNOT VERIFY: {plain(found.why or '')}")
            ctx.exit(REVIEW)


def intact(trace_file: Path) -> Trace:
    """Read a trace and check its digest."""
    from assigner.traces import read_trace

    trace = read_trace(trace_file)
    trace.expect_intact(str(trace_file))
    return trace


def changes_of(trace: Trace, rules_file: str | None) -> tuple[str, ...]:
    """What would change the outcome of a trace, if the rule set that decided is at hand."""
    from assigner.audits.replay import assigned_again, rules_of
    from assigner.reports.sentences import sentences

    rules = rules_of(trace, rules_file)
    again = None if rules is None else assigned_again(trace, rules)
    return sentences(trace, None if again is None else again.changes)


def print_text(trace: Trace, told: Sequence[str]) -> None:
    """Print the explanation: with colours and tables on a terminal if `rich` is installed, else as plain text."""
    if sys.stdout.isatty() and importlib.util.find_spec("rich") is not None:
        from assigner.reports.terminal import show

        show(trace, told)
    else:
        from assigner.reports.text import explain as explained

        click.echo(explained(trace, told), nl=False)


def page_of(trace: Trace, told: Sequence[str]) -> bytes:
    """The report of a trace: one page of HTML."""
    from assigner.reports import render

    return render(trace, told).encode()
