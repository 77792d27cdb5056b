"""Reading a trace: `assigner explain`, `report` and `verify`."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, assert_never

import click

from assigner.commands.endings import REVIEW, command
from assigner.commands.options import deciding_rules_option, moment, names_in, overwrite_option
from assigner.commands.outputs import refuse_output, write
from assigner.errors import plain
from assigner.files import SampleFile, sample_file

if TYPE_CHECKING:
    from assigner.reports.issues import Issue
    from assigner.reports.screen import Tone
    from assigner.rules import Rules
    from assigner.traces import Trace

Function = TypeVar("Function", bound=Callable[..., Any])

full_option = click.option(
    "-v", "--full", is_flag=True, help="Print all that is known of it, not the first screen alone."
)
quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="Print nothing to stdout; the exit code says the outcome."
)


def issue_options(function: Function) -> Function:
    """What a report says of those who issue it; they are taken by `issue_of`."""
    for option in reversed(
        [
            click.option("--time", "at", metavar="ISO", callback=moment,
                         help="The date of the report. It is never taken from a clock."),
            click.option("--laboratory", metavar="NAME", help="The laboratory that issues the report."),
            click.option("--by", "authors", metavar="NAME", multiple=True, help="Who wrote the report."),
        ]
    ):  # fmt: skip
        function = option(function)
    return function


def issue_of(given: dict[str, Any]) -> Issue:
    """Who issues a report, and when, as the options say; they are taken out of the others."""
    from assigner.reports.issues import Issue

    at, laboratory, authors = (given.pop(name) for name in ("at", "laboratory", "authors"))
    return Issue(None if at is None else at.isoformat(timespec="minutes"), laboratory, tuple(authors))


@command("explain")
@click.argument("trace_file", metavar="TRACE")
@deciding_rules_option
@full_option
def explain_command(trace_file: str, rules_file: str | None, full: bool) -> None:
    """Explain a TRACE in words: what was found, what stands against the outcome, what to do next.

    With --full: also why no other category, all that is unknown, and what would change it.
    """
    from assigner.audits.replay import rules_of

    trace = intact(trace_file)
    if full:
        print_text(trace, changes_of(trace, rules_file))
    else:
        print_screen(trace, rules_of(trace, rules_file))


@command()
@click.argument("trace_file", metavar="TRACE")
@deciding_rules_option
@click.option(
    "-o", "--output", metavar="OUT", type=click.Path(path_type=Path), help="The file to write. Default: stdout."
)
@overwrite_option
@issue_options
def report(trace_file: str, rules_file: str | None, output: Path | None, overwrite: bool, **given: Any) -> None:
    """Write a report of a TRACE as one page of HTML, with pictures."""
    from assigner.audits.replay import rules_of

    if output is not None:
        refuse_output(output, (trace_file, rules_file), "--output", overwrite=overwrite)
    trace = intact(trace_file)
    page = page_of(trace, changes_of(trace, rules_file), rules_of(trace, rules_file), issue_of(given))
    write(page, output)


@command()
@click.argument("trace_file", metavar="TRACE|DIR|ZIP")
@click.argument("files", metavar="[FILE[:SAMPLE]...]", nargs=-1, type=sample_file)
@click.option("--rules", "rules_files", metavar="FILE", multiple=True, help="A rule set to try beside the shipped one.")
@click.option("--sample", metavar="ID", help="The sample in the FILEs, if the trace does not tell it.")
@click.option("--fasta", metavar="FASTA", help="The reference genome, if the trace was made with one.")
@click.option("--openings", "openings_file", metavar="FILE", type=click.Path(path_type=Path),
              help="The openings of a redacted TRACE.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True,
              help="How many processes share the traces of a DIR or ZIP.")  # fmt: skip
@quiet_option
@click.pass_context
def verify(
    ctx: click.Context,
    trace_file: str,
    files: tuple[SampleFile, ...],
    rules_files: tuple[str, ...],
    sample: str | None,
    fasta: str | None,
    openings_file: Path | None,
    jobs: int,
    quiet: bool,
) -> None:
    """Recompute a TRACE from its own contents, or from the participant's FILEs.

    Of a DIR every file whose name ends in .json is a trace, and all are recomputed from their own contents. What else
    is in it is named, without the text that `assign` wrote beside a trace. Of an archive (ZIP) all traces are
    recomputed, too, and ZIP:PARTICIPANT is one of them.

    Exit code 0: reproduced. 1: different. 3: cannot verify.
    """
    from assigner.traces.archives import is_archive

    say: Callable[[str], object] = _silent if quiet else click.echo
    whole = Path(trace_file)
    if os.path.isdir(whole) or is_archive(whole):
        if files or sample or fasta or openings_file:
            raise click.UsageError("FILEs, --sample, --fasta and --openings go with one TRACE", ctx)
        ctx.exit(_verify_all(whole, rules_files, jobs, say))
    from assigner.audits.verification import Answer, Evidence, verify
    from assigner.traces import read_openings

    openings = {} if openings_file is None else read_openings(openings_file)
    evidence = Evidence(
        rules=rules_files,
        files=tuple(file.path for file in files),
        sample=names_in(files, sample),
        fasta=fasta,
        openings=openings,
    )
    found = verify(named(trace_file), evidence)
    origin = "the participant's files" if found.from_files else "the trace's own profile"
    match found.answer:
        case Answer.REPRODUCED:
            say(f"REPRODUCED from {origin} and the rule set")
        case Answer.DIFFERS:
            say(f"DIFFERS at {found.count} place{'s' if found.count > 1 else ''}")
            for difference in found.differences:
                say(f"  {plain(str(difference))}")
            ctx.exit(1)
        case Answer.CANNOT:
            say(f"CANNOT VERIFY: {plain(found.why or '')}")
            ctx.exit(REVIEW)


def _silent(_: str) -> None:
    """Say nothing."""


def _verify_all(folder: Path, rules_files: Sequence[str], jobs: int, say: Callable[[str], object]) -> int:
    """Verify the traces of a folder or an archive; gives the exit code."""
    from assigner.audits.batches import verified
    from assigner.audits.folders import all_in, others_in
    from assigner.audits.verification import Answer

    codes = dict.fromkeys(Answer, 0)
    files = all_in(folder)
    for file, found in zip(files, verified(files, rules_files, jobs), strict=True):
        codes[found.answer] += 1
        match found.answer:
            case Answer.REPRODUCED:
                continue
            case Answer.DIFFERS:
                first = f", first {found.differences[0]}" if found.differences else ""
                say(f"DIFFERS: {plain(f'{file.name}: at {found.count} places{first}')}")
            case Answer.CANNOT:
                say(f"CANNOT VERIFY: {plain(f'{file.name}: {found.why}')}")
            case _:
                assert_never(found.answer)
    for other in others_in(folder) if folder.is_dir() else ():
        say(f"NOT A TRACE: {plain(other.name)}: its name does not end in .json, or it is no file")
    reproduced, differs, cannot = (codes[each] for each in (Answer.REPRODUCED, Answer.DIFFERS, Answer.CANNOT))
    say(f"{reproduced} reproduced, {differs} different, {cannot} cannot be verified")
    return 1 if differs else REVIEW if cannot else 0


def intact(trace_file: str | Path) -> Trace:
    """Read a trace, also one of an archive, and check its digest."""
    from assigner.traces import parse_trace

    trace = parse_trace(named(trace_file), str(trace_file))
    trace.expect_intact(str(trace_file))
    return trace


def named(trace_file: str | Path) -> bytes:
    """The bytes of a trace, by its file or as one of an archive: ZIP:PARTICIPANT, with the id as it is."""
    from assigner.traces import bytes_of
    from assigner.traces.archives import Archive, is_archive

    found = sample_file(str(trace_file))
    if found.sample is None or not is_archive(Path(found.path)):
        return bytes_of(Path(trace_file))
    return Archive.open(Path(found.path)).trace(found.sample).content


def changes_of(trace: Trace, rules_file: str | None) -> tuple[str, ...]:
    """What would change the outcome of a trace, if the rule set that decided is at hand."""
    from assigner.audits.replay import assigned_again, rules_of
    from assigner.reports.sentences import sentences

    rules = rules_of(trace, rules_file)
    again = None if rules is None else assigned_again(trace, rules)
    return sentences(trace, None if again is None else again.changes)


def print_screen(trace: Trace, rules: Rules | None) -> None:
    """Print the first screen, with colours on a terminal."""
    from assigner.reports.screen import lines_of_screen, screen_of

    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for line in lines_of_screen(screen_of(trace, rules)):
        click.echo(_styled(line.text, line.tone) if coloured else line.text)


def _styled(text: str, tone: Tone) -> str:
    match tone:
        case "good":
            return click.style(text, fg="green", bold=True)
        case "wait":
            return click.style(text, fg="yellow", bold=True)
        case "title":
            return click.style(text, bold=True)
        case "plain":
            return text
        case _:
            assert_never(tone)


def print_text(trace: Trace, told: Sequence[str]) -> None:
    """Print the whole explanation: with colours and tables on a terminal if `rich` is installed, else as plain text."""
    if sys.stdout.isatty() and importlib.util.find_spec("rich") is not None:
        from assigner.reports.terminal import show

        show(trace, told)
    else:
        from assigner.reports.text import explain as explained

        click.echo(explained(trace, told), nl=False)


def page_of(trace: Trace, told: Sequence[str], rules: Rules | None, issue: Issue) -> bytes:
    """The report of a trace: one page of HTML."""
    from assigner.reports import render

    return render(trace, told, rules, issue).encode()
