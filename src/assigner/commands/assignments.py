"""Assigning a participant: `assigner assign`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from attrs import frozen
from click.core import ParameterSource

from assigner.commands.approvals import approval_options, check_approval
from assigner.commands.endings import REVIEW, command
from assigner.commands.ledger_options import RECORDING, recording_of, recording_options
from assigner.commands.options import names_in, overwrite_option, pack_option, rules_option, streams
from assigner.commands.outputs import refuse_output, refuse_same, write
from assigner.commands.progress import reading_bar
from assigner.commands.traces import (
    full_option,
    issue_of,
    issue_options,
    page_of,
    print_screen,
    print_text,
    quiet_option,
)
from assigner.errors import ProfileError, kind_of
from assigner.files import SampleFile, sample_file
from assigner.genome.builds import Build
from assigner.profiles.results import results_of

if TYPE_CHECKING:
    from assigner.assignments import Assignment
    from assigner.decisions.accrual import Accrual


def _participant(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """An id that can be written to a trace and read again."""
    if value is not None and not (0 < len(value) <= 500 and value.encode(errors="replace").decode() == value):
        raise click.BadParameter("expected 1 to 500 characters of UTF-8")
    return value


def _review_code(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int:
    """The exit code of a review."""
    if value is None:
        return REVIEW
    found = re.fullmatch(r"review=([0-9]{1,3})", value)
    if found is None or int(found[1]) > 125:
        raise click.BadParameter(f"expected review=N, N from 0 to 125; got {value!r}")
    return int(found[1])


@frozen
class _Outputs:
    """The files of a participant in a folder."""

    trace: Path
    text: Path


def _outputs_in(
    folder: Path, participant: str, given: Sequence[str | None], others: Mapping[str, Path | None], *, overwrite: bool
) -> _Outputs:
    """The files to write, none of them one of the others, or there unless it may be replaced; the folder is made."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", participant):
        expected = "expected a participant whose id can name a file; name it by --participant"
        raise click.BadParameter(f"{expected}; got {participant!r}", param_hint="--output-dir")
    found = _Outputs(folder / f"{participant}.trace.json", folder / f"{participant}.txt")
    for each in (found.trace, found.text):
        refuse_output(each, given, "--output-dir", overwrite=overwrite)
    refuse_same({option: (file,) for option, file in others.items()} | {"--output-dir": (found.trace, found.text)})
    folder.mkdir(parents=True, exist_ok=True)
    return found


@command()
@click.argument("files", metavar="FILE[:SAMPLE]...", nargs=-1, required=True, type=sample_file)
@click.option("--sample", metavar="ID", help="The participant's sample. Needed when the file has several.")
@click.option("--participant", metavar="ID", callback=_participant,
              help="The participant's id in the trace. Default: the sample's name.")  # fmt: skip
@rules_option
@click.option("--repeats", metavar="FILE[:SAMPLE]", type=sample_file,
              help="A VCF of repeat sizes, for example from ExpansionHunter.")  # fmt: skip
@click.option(
    "--mitochondrial",
    metavar="FILE[:SAMPLE]",
    type=sample_file,
    help="A VCF of mitochondrial variants. It takes precedence over other files on chrM.",
)
@click.option("--structural", metavar="FILE[:SAMPLE]", type=sample_file, help="A VCF of structural variants.")
@click.option("--repeat", metavar="NAME=SIZES[@SOURCE]", multiple=True,
              help="Repeat sizes from a laboratory: C9orf72=2/8, or 'C9orf72=2/>60@RP-PCR, report 17'.")  # fmt: skip
@click.option("--copies", metavar="GENE=N[@SOURCE]", multiple=True,
              help="A copy number from a laboratory: SMN1=2, or 'SMN1=2@MLPA, report 17'.")  # fmt: skip
@click.option("--absent", type=click.Choice(["reference", "unknown"]), default="unknown", show_default=True,
              help="What a site without a record is.")  # fmt: skip
@click.option(
    "--callable", "callable_bed", metavar="BED", help="Regions in which a site without a record is reference."
)
@click.option(
    "--sex",
    type=click.Choice(["male", "female"]),
    help="The participant's sex. It decides how many copies of X and Y are expected.",
)
@click.option("--ancestry", metavar="GROUP", help="The group whose reference a standardised score is compared with.")
@click.option(
    "--build",
    type=click.Choice([build.value for build in Build]),
    help="The genome build, when the file does not prove it.",
)
@click.option("--accrual", "accrual_file", metavar="JSON",
              help="The participants so far, for a protocol that keeps its arms in balance.")  # fmt: skip
@click.option("--fasta", metavar="FASTA", help="The reference genome, for indels and for scores.")
@pack_option
@click.option("--sha256", metavar="HEX", multiple=True,
              help="The SHA-256 that the file must have. With several files, one for each.")  # fmt: skip
@click.option(
    "--quick", is_flag=True, help="Read only indexed regions. The shipped rule set then always gives a review."
)
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="2 or more: decompress in a second thread.",
)
@click.option(
    "--trace", "trace_file", metavar="OUT", type=click.Path(path_type=Path), help="Write the audit trace to this file."
)
@click.option("--report", "report_file", metavar="OUT", type=click.Path(path_type=Path),
              help="Write a report to this file: one page of HTML.")  # fmt: skip
@click.option("--output-dir", "folder", metavar="DIR", type=click.Path(path_type=Path),
              help="Write the audit trace and the whole text to DIR, named by the participant.")  # fmt: skip
@overwrite_option
@click.option("--exit-code", "review_code", metavar="review=N", callback=_review_code,
              help="End a review with this exit code, for example 0. Default: 3.")  # fmt: skip
@issue_options
@full_option
@quiet_option
@click.option("--json", "as_json", is_flag=True, help="Print the trace instead of the text.")
@approval_options
@recording_options
@click.pass_context
def assign(
    ctx: click.Context,
    /,
    files: tuple[SampleFile, ...],
    sample: str | None,
    participant: str | None,
    rules_file: str | None,
    repeats: SampleFile | None,
    mitochondrial: SampleFile | None,
    structural: SampleFile | None,
    repeat: Sequence[str],
    copies: Sequence[str],
    absent: Literal["reference", "unknown"],
    callable_bed: str | None,
    sex: Literal["female", "male"] | None,
    ancestry: str | None,
    build: Literal["GRCh37", "GRCh38"] | None,
    accrual_file: str | None,
    fasta: str | None,
    pack_file: str | None,
    sha256: tuple[str, ...],
    quick: bool,
    threads: int,
    trace_file: Path | None,
    report_file: Path | None,
    folder: Path | None,
    overwrite: bool,
    review_code: int,
    full: bool,
    quiet: bool,
    as_json: bool,
    **more: Any,
) -> None:
    """Assign one participant, from VCF or BCF files or from a profile in JSON.

    All FILEs must be of this participant. The header shows what a file holds: small variants, repeat sizes,
    mitochondrial variants or structural variants. A file that calls the participant otherwise than the others is given
    as FILE:SAMPLE; the trace repeats it.

    With --ledger the result is recorded before anything is written or printed.

    A FILE is read from stdin when it is -, and may be a pipe of the shell: <(...).

    Exit code 0: assigned. 3: review.
    """
    from assigner.assignments import assign as assigned
    from assigner.rules import read_rules

    named = (*files, repeats, mitochondrial, structural)
    paths = [None if each is None else each.path for each in named]
    given = (*paths, rules_file, callable_bed, fasta, pack_file, accrual_file)
    opened = streams(ctx, (*paths, callable_bed))
    if trace_file is not None:
        refuse_output(trace_file, given, "--trace", overwrite=overwrite)
    if report_file is not None:
        from assigner.reports import check_installed

        check_installed()
        refuse_output(report_file, given, "--report", overwrite=overwrite)
    others = {"--trace": trace_file, "--report": report_file, "--receipt": more["receipt_file"]}
    refuse_same({option: (file,) for option, file in others.items()})
    issue = issue_of(more)
    if report_file is None and issue.is_given:
        raise click.UsageError("--time, --laboratory and --by go with --report", ctx)
    if as_json + full + quiet > 1:
        raise click.UsageError("--full, --json and --quiet each say what is printed; give one of them", ctx)
    rules = read_rules(rules_file)
    recording = recording_of(ctx, more)
    check_approval(ctx, rules, rules_file, **more)
    if any(Path(file.path).suffix == ".json" for file in files):
        from assigner.profiles.forms import read_form

        _refuse_options_for_vcf(ctx)
        if len(files) > 1:
            raise click.UsageError("a profile in JSON cannot be combined with other files", ctx)
        if files[0].sample is not None:
            raise click.UsageError("a profile in JSON has no samples", ctx)
        profile = read_form(files[0].path, rules)
    else:
        from assigner.vcf.reading import read_profile

        with reading_bar(*paths) as progress:
            profile = read_profile(
                [opened.get(file.path, file.path) for file in files],
                rules,
                progress=progress,
                sample=names_in(named, sample, opened),
                participant=participant,
                build=build,
                sex=sex,
                ancestry=ancestry,
                absent=absent,
                callable=None if callable_bed is None else opened.get(callable_bed, callable_bed),
                repeats=None if repeats is None else opened.get(repeats.path, repeats.path),
                mitochondrial=None if mitochondrial is None else opened.get(mitochondrial.path, mitochondrial.path),
                structural=None if structural is None else opened.get(structural.path, structural.path),
                repeat_sizes=_results(repeat, "--repeat", "sizes"),
                copy_numbers=_results(copies, "--copies", "copies", _whole),
                fasta=fasta,
                pack=pack_file,
                sha256=sha256,
                quick=quick,
                threads=threads,
            )
    outputs = None if folder is None else _outputs_in(folder, profile.participant, given, others, overwrite=overwrite)
    accrual, code, blinded = None if accrual_file is None else _accrual_in(accrual_file), None, False
    if recording is not None:
        from assigner.decisions.allocations import needs_accrual
        from assigner.traces import parse_trace

        shows = as_json or any(each is not None for each in (trace_file, report_file, folder))
        counts = accrual is None and needs_accrual(rules.content)

        def decided(others: Accrual) -> bytes:
            return assigned(profile, rules, others if counts else accrual).trace_bytes

        recorded = recording.record(profile, decided, shows=shows)
        accrual, code, blinded = parse_trace(recorded.written).accrual, recorded.code, recorded.blinded
    made = assigned(profile, rules, accrual)
    whole = full or report_file is not None or outputs is not None
    told = _sentences_of(made) if whole else ()
    page = None if report_file is None else page_of(made.trace, told, rules, issue)
    if trace_file is not None:
        write(made.trace_bytes, trace_file)
    if report_file is not None and page is not None:
        write(page, report_file)
    if outputs is not None:
        from assigner.reports.text import explain

        write(made.trace_bytes, outputs.trace)
        write(explain(made.trace, told).encode(), outputs.text)
    if as_json:
        write(made.trace_bytes + b"\n")
    elif not blinded and not quiet:
        print_text(made.trace, told) if full else print_screen(made.trace, rules)
    ended = code if code is not None else 0 if made.is_assigned else REVIEW
    ctx.exit(review_code if ended == REVIEW else ended)


_FOR_ANY_PROFILE = frozenset({"files", "rules_file", "threads", "trace_file", "report_file", "as_json", "full"})
_FOR_ANY_PROFILE |= {
    "folder",
    "overwrite",
    "quiet",
    "review_code",
    "at",
    "laboratory",
    "authors",
    "accrual_file",
    "require_approved",
    "trusted_keys",
    "approval_files",
    "signatures",
    *RECORDING,
}


def _accrual_in(file: str) -> Accrual:
    from assigner.decisions.accrual import read_accrual

    return read_accrual(file)


def _sentences_of(made: Assignment) -> tuple[str, ...]:
    from assigner.reports.sentences import sentences

    return sentences(made.trace, made.changes)


def _refuse_options_for_vcf(ctx: click.Context) -> None:
    """Refuse options that a profile in JSON does not use: it holds these values itself."""
    for param in ctx.command.params:
        typed = param.name is not None and ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
        if typed and param.name not in _FOR_ANY_PROFILE:
            raise click.UsageError(f"{param.opts[0]} is for VCF files; write it in the JSON profile instead", ctx)


def _results(items: Sequence[str], option: str, what: str, read: Callable[[str], Any] = str) -> dict[str, Any]:
    """A laboratory's results by name, in the form of a profile: of `NAME=VALUE`, or `NAME=VALUE@SOURCE`."""
    try:
        return results_of(items, what, read)
    except ProfileError as error:
        told = error.sentence or f"expected {error.expected}, got {error.got}"
        raise click.BadParameter(told, param_hint=option) from error


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise click.BadParameter(f"expected a whole number, got {kind_of(text)}", param_hint="--copies")
    return int(text)
