"""The command line: stdout is data, stderr is words.

Exit codes: 0 assigned or done, 1 input or rule set refused, 2 wrong usage, 3 review.
"""

from __future__ import annotations

import importlib.util
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from click.core import ParameterSource

from assigner.__about__ import VERSION
from assigner.curating import COMMANDS, approval_options, check_approval, moment
from assigner.errors import AssignerError, plain

if TYPE_CHECKING:
    from assigner.review.notices import Notice
    from assigner.review.over import Redecided
    from assigner.rules import Rules

REVIEW = 3


class _Group(click.Group):
    """A group whose commands end with a message, never a traceback."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with _usage_escaped():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _usage_escaped():
                return super().invoke(ctx)
        except AssignerError as error:
            _complain(str(error))
            ctx.exit(1)
        except BrokenPipeError:
            raise  # click ends quietly when nobody reads on
        except OSError as error:
            _complain(f"{error.filename or 'output'}: expected a file that can be written; got {error.strerror}")
            ctx.exit(1)


def _complain(text: str) -> None:
    click.echo(f"assigner: {_escaped(text)}", err=True)


def _escaped(text: str) -> str:
    return "".join(c if c in "\n\t" else plain(c) for c in text)


@contextmanager
def _usage_escaped() -> Iterator[None]:
    """What the user typed may hold control characters of a file's name; the terminal shows and does not obey them."""
    try:
        yield
    except click.UsageError as error:
        text = error.format_message()
        if _escaped(text) == text:
            raise
        raise click.UsageError(_escaped(text), error.ctx) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="assigner")
def main() -> None:
    """Assign a participant to the category of disease biology that their genome points to."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may not know every letter of a name


def _participant(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """An id that a trace can hold and give back."""
    if value is not None and not (0 < len(value) <= 500 and value.encode(errors="replace").decode() == value):
        raise click.BadParameter("expected 1 to 500 characters of UTF-8")
    return value


def _file_name(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", value):
        raise click.BadParameter("expected letters, digits, dots, lines and underscores")
    return value


@main.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--sample", metavar="ID", help="The participant's sample; needed when the file has several.")
@click.option("--participant", metavar="ID", callback=_participant,
              help="The id for the trace; the sample's name when not given.")  # fmt: skip
@click.option("--rules", "rules_file", metavar="FILE", help="A rule set; the shipped one when not given.")
@click.option("--repeats", metavar="FILE", help="A VCF of repeat sizes, such as ExpansionHunter's.")
@click.option("--mitochondrial", metavar="FILE", help="A VCF of mitochondrial variants; it stands above others on MT.")
@click.option("--structural", metavar="FILE", help="A VCF of structural variants.")
@click.option("--repeat", metavar="NAME=SIZES[@SOURCE]", multiple=True,
              help="A laboratory's sizes: C9orf72=2/8, or 'C9orf72=2/>60@RP-PCR, report 17'.")  # fmt: skip
@click.option("--copies", metavar="GENE=N[@SOURCE]", multiple=True,
              help="A laboratory's copy number: SMN1=2, or 'SMN1=2@MLPA, report 17'.")  # fmt: skip
@click.option("--absent", type=click.Choice(["reference", "unknown"]), default="unknown", show_default=True,
              help="What a site without a record means.")  # fmt: skip
@click.option("--callable", "callable_bed", metavar="BED", help="Regions in which an absent record means reference.")
@click.option("--sex", type=click.Choice(["male", "female"]), help="Decides how many copies of X and Y there are.")
@click.option("--build", type=click.Choice(["GRCh37", "GRCh38"]), help="The build, when the file does not prove it.")
@click.option("--fasta", metavar="FASTA", help="The reference genome, to left-align indels fully.")
@click.option("--sha256", metavar="HEX", multiple=True,
              help="A digest that a file must have; with several files, one for each.")  # fmt: skip
@click.option("--quick", is_flag=True, help="Read only indexed regions; the shipped rule set then asks for review.")
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True, help="2: decompress beside.")
@click.option("--trace", "trace_file", metavar="OUT", type=click.Path(path_type=Path), help="Write the audit trace.")
@click.option("--report", "report_file", metavar="OUT", type=click.Path(path_type=Path),
              help="Write a report: one page of HTML.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The trace on stdout in place of the text.")
@approval_options
@click.pass_context
def assign(
    ctx: click.Context,
    /,
    files: tuple[Path, ...],
    sample: str | None,
    participant: str | None,
    rules_file: str | None,
    repeats: str | None,
    mitochondrial: str | None,
    structural: str | None,
    repeat: Sequence[str],
    copies: Sequence[str],
    absent: Literal["reference", "unknown"],
    callable_bed: str | None,
    sex: str | None,
    build: str | None,
    fasta: str | None,
    sha256: tuple[str, ...],
    quick: bool,
    threads: int,
    trace_file: Path | None,
    report_file: Path | None,
    as_json: bool,
    **approval: Any,
) -> None:
    """Assign the participant in the FILEs: VCF, VCF.gz, BCF, or one profile in JSON.

    Several files of one participant are read together: small variants, repeat sizes, mitochondrial and structural
    variants, each told by its header.
    """
    from assigner.assignments import Outcome
    from assigner.assignments import assign as assigned
    from assigner.profiles import Profile
    from assigner.reports.sentences import sentences
    from assigner.rules import read_rules

    given = (*files, rules_file, repeats, mitochondrial, structural, callable_bed, fasta)
    if trace_file is not None:
        _spare(trace_file, given, "--trace")
    if report_file is not None:
        from assigner.reports import check_installed

        check_installed()
        _spare(report_file, given, "--report")
        if trace_file is not None and report_file.resolve() == trace_file.resolve():
            raise click.BadParameter("the trace and the report need a file each", param_hint="--report")
    rules = read_rules(rules_file)
    check_approval(ctx, rules, rules_file, **approval)
    profile: Profile
    if any(file.suffix == ".json" for file in files):
        from assigner.forms import read_form

        _refuse_what_only_a_vcf_needs(ctx)
        if len(files) > 1:
            raise click.UsageError("a profile in JSON stands alone; it says all of its participant itself", ctx)
        profile = read_form(files[0], rules)
    else:
        from assigner.vcf.reading import read_profile

        profile = read_profile(
            files,
            rules,
            sample=sample,
            participant=participant,
            build=build,
            sex=sex,
            absent=absent,
            callable=callable_bed,
            repeats=repeats,
            mitochondrial=mitochondrial,
            structural=structural,
            repeat_sizes=_results(repeat, "--repeat", "sizes"),
            copy_numbers=_results(copies, "--copies", "copies", _whole),
            fasta=fasta,
            sha256=sha256,
            quick=quick,
            threads=threads,
        )
    made = assigned(profile, rules)
    told = () if as_json and report_file is None else sentences(made.trace, made.changes)  # they take a while
    page = None if report_file is None else _page(made.trace, told)
    if trace_file is not None:
        _write(made.trace_bytes, trace_file)
    if report_file is not None and page is not None:
        _write(page, report_file)
    if as_json:
        _write(made.trace_bytes + b"\n")
    else:
        _explain(made.trace, told)
    ctx.exit(0 if made.outcome is Outcome.ASSIGNED else REVIEW)


def _spare(out: Path, inputs: Sequence[Path | str | None], option: str) -> None:
    """Refuse to write over an input, or over a device or pipe, which would be replaced by a file."""
    if out.exists() and not (out.is_file() or out.is_dir()):
        raise click.BadParameter(f"expected a regular file; got {str(out)!r}", param_hint=option)
    for each in inputs:
        if each is not None and out.exists() and Path(each).exists() and out.samefile(each):
            raise click.BadParameter(f"{str(out)!r} is an input and would be lost", param_hint=option)


_OF_ANY_PROFILE = frozenset({"files", "rules_file", "threads", "trace_file", "report_file", "as_json"})
_OF_ANY_PROFILE |= {"require_approved", "trusted_keys", "approval_files", "signatures"}


def _refuse_what_only_a_vcf_needs(ctx: click.Context) -> None:
    """A profile in JSON says for itself what these options say of a VCF; none of them is silently dropped."""
    for param in ctx.command.params:
        typed = param.name is not None and ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
        if typed and param.name not in _OF_ANY_PROFILE:
            raise click.UsageError(f"{param.opts[0]} goes with a VCF; a profile in JSON says it itself", ctx)


def _write(content: bytes, out: Path | None = None) -> None:
    """Write a file whole, or to stdout when none is named."""
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    from assigner.traces import write_whole

    with _naming(out):
        write_whole(out, content)


@contextmanager
def _naming(out: Path) -> Iterator[None]:
    """An error of writing names the file that was asked for, not the temporary one beside it."""
    try:
        yield
    except OSError as error:
        error.filename = str(out)
        raise


def _page(trace: Any, told: Sequence[str]) -> bytes:
    from assigner.reports import render

    return render(trace, told).encode()


def _explain(trace: Any, told: Sequence[str]) -> None:
    """In words: with colours and tables on a terminal, where `rich` is installed, else as plain text."""
    if sys.stdout.isatty() and importlib.util.find_spec("rich") is not None:
        from assigner.terminals import show

        show(trace, told)
    else:
        from assigner.explanations import explain as explained

        click.echo(explained(trace, told), nl=False)


def _results(items: Sequence[str], option: str, what: str, read: Callable[[str], Any] = str) -> dict[str, Any]:
    """A laboratory's results by name, in the form of a profile: of `NAME=VALUE`, or `NAME=VALUE@SOURCE`."""
    found: dict[str, Any] = {}
    for item in items:
        name, sign, given = item.partition("=")
        value, at, source = given.partition("@")
        if not (name and sign and value) or (at and not source.strip()):
            raise click.BadParameter(f"expected NAME=VALUE or NAME=VALUE@SOURCE, got {item!r}", param_hint=option)
        if name in found:
            raise click.BadParameter(f"{name} is given twice", param_hint=option)
        found[name] = {what: read(value), "source": source.strip()} if at else read(value)
    return found


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise click.BadParameter(f"expected a whole number, got {text!r}", param_hint="--copies")
    return int(text)


@main.command("explain")
@click.argument("trace_file", metavar="TRACE", type=click.Path(path_type=Path))
@click.option("--rules", "rules_file", metavar="FILE", help="The rule set that decided; the shipped one if it did.")
def explain_command(trace_file: Path, rules_file: str | None) -> None:
    """Say in words what a TRACE says: why, why not the others, what is unknown, what would change it."""
    trace = _intact(trace_file)
    _explain(trace, _told(trace, rules_file))


@main.command()
@click.argument("trace_file", metavar="TRACE", type=click.Path(path_type=Path))
@click.option("--rules", "rules_file", metavar="FILE", help="The rule set that decided; the shipped one if it did.")
@click.option("-o", "--output", metavar="OUT", type=click.Path(path_type=Path), help="The file; stdout when not given.")
def report(trace_file: Path, rules_file: str | None, output: Path | None) -> None:
    """Make one page of HTML of a TRACE: all that explain says, with pictures, to read, print and keep."""
    if output is not None:
        _spare(output, (trace_file, rules_file), "--output")
    trace = _intact(trace_file)
    page = _page(trace, _told(trace, rules_file))
    _write(page, output)


def _told(trace: Any, rules_file: str | None) -> tuple[str, ...]:
    """What would change the outcome of a trace, as far as the rule set that decided is at hand."""
    from assigner.replays import assigned_again, rules_of
    from assigner.reports.sentences import sentences

    rules = rules_of(trace, rules_file)
    again = None if rules is None else assigned_again(trace, rules)
    return sentences(trace, None if again is None else again.changes)


def _intact(trace_file: Path) -> Any:
    """A trace that nobody changed."""
    from assigner.traces import read_trace

    trace = read_trace(trace_file)
    trace.expect_intact(str(trace_file))
    return trace


@main.command()
@click.argument("trace_file", metavar="TRACE", type=click.Path(path_type=Path))
@click.argument("files", metavar="[FILE...]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--rules", "rules_files", metavar="FILE", multiple=True, help="A rule set beside the shipped one.")
@click.option("--sample", metavar="ID", help="The participant's column in the FILEs, if the trace's id is another.")
@click.option("--fasta", metavar="FASTA", help="The reference genome, if the trace was made with one.")
@click.option("--openings", "openings_file", metavar="FILE", type=click.Path(path_type=Path),
              help="What opens a redacted TRACE.")  # fmt: skip
@click.pass_context
def verify(
    ctx: click.Context,
    trace_file: Path,
    files: tuple[Path, ...],
    rules_files: tuple[str, ...],
    sample: str | None,
    fasta: str | None,
    openings_file: Path | None,
) -> None:
    """Work a TRACE out again from what it holds, and from the participant's FILEs when they are given.

    Exit code 0: reproduced. 1: it differs, and where. 3: it cannot be told, and why.
    """
    from assigner.traces import bytes_of, parse_openings
    from assigner.verifications import Answer, Evidence, verify

    openings = {} if openings_file is None else parse_openings(bytes_of(openings_file), str(openings_file))
    evidence = Evidence(rules=rules_files, files=files, sample=sample, fasta=fasta, openings=openings)
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
            click.echo(f"CANNOT be told: {plain(found.why or '')}")
            ctx.exit(REVIEW)


def _term(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[str, str] | None:
    name, sign, label = (value or "").partition("=")
    if value is not None and not (name and sign and label):
        raise click.BadParameter(f"expected ID=LABEL, got {value!r}")
    return (name, label) if value is not None else None


@main.command()
@click.argument("trace_file", metavar="TRACE", type=click.Path(path_type=Path))
@click.option("--as", "kind", type=click.Choice(["phenopacket", "fhir-r4", "fhir-r5", "prov"]), required=True,
              help="The format.")  # fmt: skip
@click.option("--rules", "rules_file", metavar="FILE", help="The rule set that decided; by default the shipped one.")
@click.option("--time", "at", metavar="ISO", callback=moment,
              help="When it was decided or issued; a trace has no time.")  # fmt: skip
@click.option("--disease", metavar="ID=LABEL", callback=_term,
              help="The trial's disease in an ontology; only for a Phenopacket.")  # fmt: skip
@click.option("-o", "out", metavar="OUT", type=click.Path(path_type=Path), help="Write a file in place of stdout.")
@click.pass_context
def export(
    ctx: click.Context,
    trace_file: Path,
    kind: str,
    rules_file: str | None,
    at: datetime | None,
    disease: tuple[str, str] | None,
    out: Path | None,
) -> None:
    """Write the assignment in a TRACE in another format; needs the extra `interchange`."""
    from assigner.rules import read_rules
    from assigner.traces import read_trace

    if out is not None:
        _spare(out, (trace_file, rules_file), "-o")
    if disease is not None and kind != "phenopacket":
        raise click.UsageError("--disease goes with --as phenopacket", ctx)
    trace, rules = read_trace(trace_file), read_rules(rules_file)
    made: dict[str, Any]
    match kind:
        case "phenopacket":
            from assigner.interchange.phenopackets import phenopacket

            made = phenopacket(trace, rules, at=at, disease=disease)
        case "prov":
            from assigner.interchange.prov import provenance

            made = provenance(trace, rules, at=at)
        case _:
            from assigner.interchange.fhir import bundle

            made = bundle(trace, rules, release="R4" if kind == "fhir-r4" else "R5", at=at)
    text = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    _write(text.encode(), out)


@main.command()
@click.argument("trace_file", metavar="TRACE", type=click.Path(path_type=Path))
@click.option("-o", "out", metavar="OUT", type=click.Path(path_type=Path), required=True,
              help="The redacted trace, to share.")  # fmt: skip
@click.option("--openings", "openings_file", metavar="FILE", type=click.Path(path_type=Path), required=True,
              help="What opens its hidden parts, to keep: it holds all that the trace does.")  # fmt: skip
def redact(trace_file: Path, out: Path, openings_file: Path) -> None:
    """Write a TRACE without genotypes; salted commitments stand in the place of what could tell one."""
    import secrets

    from assigner.traces import write_openings

    _spare(out, (trace_file,), "-o")
    _spare(openings_file, (trace_file, out), "--openings")
    if out.resolve() == openings_file.resolve():
        raise click.BadParameter("expected another file than that of -o", param_hint="--openings")
    trace = _intact(trace_file)
    secret = secrets.token_bytes(32)
    with _naming(openings_file):
        write_openings(trace.openings(secret), openings_file)
    _write(trace.redact(secret).to_bytes(), out)


@main.group()
def rules() -> None:
    """Write, check, show and approve rule sets."""


for _command in COMMANDS:
    rules.add_command(_command)


@rules.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("--notes", is_flag=True, help="Show notes beside faults and warnings.")
@click.option("--json", "as_json", is_flag=True, help="All notices as JSON, with a whole profile for each witness.")
@approval_options
@click.pass_context
def check(ctx: click.Context, /, file: Path | None, strict: bool, notes: bool, as_json: bool, **approval: Any) -> None:
    """Check a rule set, the shipped one without FILE: it loads, its examples hold, and what it means is sound.

    What can never count, never decide or never be reached, ties, grey bands, places that disagree, citations and
    statuses are told with their lines, each with the smallest participant that shows it.
    """
    from assigner.examples import run_examples
    from assigner.review.lint import ENUMERATED, faulty, lint, of_examples
    from assigner.rules import read_rules

    read = read_rules(file)
    approvals = check_approval(ctx, read, file, **approval)
    ran = run_examples(read)
    found = (*of_examples(read, ran), *lint(read))
    for each in ran:
        for fault in each.faults:
            _complain(f"example {each.example}: {fault}")
    if as_json:
        click.echo(json.dumps([each.form(read) for each in found], indent=2, ensure_ascii=False))
    else:
        _say(read, [each for each in found if notes or each.severity != "note"])
        counted = Counter(each.severity.value for each in found)
        click.echo(ENUMERATED)
        click.echo(", ".join(f"{counted[each]} {each}s" for each in ("fault", "warning", "note")))
        click.echo(f"{sum(not each.faults for each in ran)} of {len(ran)} examples hold")
        for line in approvals:
            click.echo(plain(line))
    if faulty(found, strict):
        sys.exit(1)


def _say(read: Rules, found: Sequence[Notice]) -> None:
    """Which rule set it is, how large it is, and what was found."""
    content = read.content
    click.echo(f"{content.rule_set.id} {content.rule_set.version} ({content.rule_set.status}), digest {read.digest}")
    active = sum(allele.inactive is None for allele in content.alleles)
    click.echo(
        f"{len(content.categories)} categories, {len(content.criteria)} criteria, {len(content.genes)} genes, "
        f"{active} of {len(content.alleles)} alleles active, {len(content.repeats)} repeats, "
        f"{sum(m.inactive is None for m in content.markers)} of {len(content.markers)} markers active"
    )
    for each in found:
        click.echo(_escaped(str(each)))


@rules.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--over", "traces", metavar="TRACE", multiple=True,
              help="A stored trace made under OLD, or a folder of them, to decide again under NEW.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes for many traces.")
def diff(old: Path, new: Path, traces: tuple[str, ...], jobs: int) -> None:
    """Show what changed in meaning from the rule set OLD to NEW: which genotypes are answered otherwise.

    With --over also who of the participants in stored traces moves, from where to where, and by which rule.
    """
    from assigner.review.diff import difference
    from assigner.review.over import redecide, trace_files
    from assigner.rules import read_rules

    found = difference(read_rules(old), read_rules(new))
    for edited in found.rules:
        click.echo(_escaped(f"rule: {edited}"))
    for changed in found.answers:
        click.echo(_escaped(f"answer: {changed}"))
    if found.is_empty:
        click.echo("no change in meaning")
    elif not found.answers:
        click.echo(
            "no state of a single gene is answered otherwise; several genes at once, and files, are not enumerated"
        )
    if traces:
        files = trace_files(traces)
        bar = click.progressbar(
            redecide(files, str(old), str(new), jobs),
            length=len(files),
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        )
        with bar as each:
            _say_moves(list(each))


def _say_moves(found: Sequence[Redecided]) -> None:
    """The transition matrix, everyone who moves, and what the new rule set does not ask about."""
    from assigner.review.over import matrix

    click.echo(f"{sum(each.moved for each in found)} of {len(found)} participants move")
    for before, after, count in matrix(found):
        click.echo(f"from {before} to {after}: {count}")
    for each in found:
        if each.moved:
            click.echo(_escaped(f"{each.participant}: {each.before} -> {each.after}, {', '.join(each.by)}"))
        if each.unknown:
            click.echo(_escaped(f"{each.participant}: NEW does not ask about {', '.join(each.unknown)}"))


@rules.command()
@click.option("--category", metavar="ID", help="The category; in review the one that the evidence alone would give.")
@click.option("--reason", "reasons", metavar="REASON", multiple=True, help="A reason for review; all of them.")
@click.option("--build", type=click.Choice(["GRCh37", "GRCh38"]), default="GRCh38", show_default=True,
              help="The build of the files.")  # fmt: skip
@click.option("--name", metavar="ID", default="EXAMPLE", show_default=True, callback=_file_name,
              help="The sample, and the beginning of the files' names.")  # fmt: skip
@click.option("--rules", "rules_file", metavar="FILE", help="A rule set; the shipped one when not given.")
@click.option("-o", "out", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False), required=True,
              help="Where to write the files.")  # fmt: skip
def example(
    category: str | None, reasons: tuple[str, ...], build: str, name: str, rules_file: str | None, out: Path
) -> None:
    """Write the smallest gVCF, with its repeats, that gives an outcome; it is read back before it is handed over."""
    import shlex

    from assigner.assignments import Reason
    from assigner.contigs import Build
    from assigner.review.participants import Wanted, participant_for
    from assigner.rules import read_rules

    unknown = [each for each in reasons if each not in set(Reason)]
    if unknown:
        raise click.BadParameter(f"expected {', '.join(Reason)}; got {unknown[0]!r}", param_hint="--reason")
    wanted = Wanted(category, frozenset(map(Reason, reasons)))
    made = participant_for(wanted, read_rules(rules_file), Build(build), name)
    out.mkdir(parents=True, exist_ok=True)
    for file, content in made.files.items():
        _write(content, out / file)
    click.echo(_escaped(f"{made.shows}: {made.made.outcome}, {wanted}"))
    click.echo(_escaped(shlex.join(made.command(str(out), rules_file))))


@rules.command("test")
@click.argument("file", metavar="RULES", type=click.Path(path_type=Path))
@click.argument("cases_file", metavar="CASES", type=click.Path(path_type=Path))
def run_cases(file: Path, cases_file: Path) -> None:
    """Run the CASES of a trial, a file of profiles with the outcome that each must give, under its RULES."""
    from assigner.cases import read_cases
    from assigner.rules import read_rules

    read = read_rules(file)
    ran = [case.run(read) for case in read_cases(cases_file, read)]
    failed = [each for each in ran if each.faults]
    for each in failed:
        for fault in each.faults:
            _complain(f"case {each.example}: {fault}")
    click.echo(f"{len(ran) - len(failed)} of {len(ran)} cases hold")
    if failed:
        sys.exit(1)


@rules.command()
@click.argument("gene", required=False)
@click.option("--rules", "rules_file", metavar="FILE", help="A rule set; the shipped one when not given.")
def show(gene: str | None, rules_file: str | None) -> None:
    """Show the categories and their genes, or all that the rule set says of one GENE."""
    from assigner.rules import read_rules
    from assigner.rules.listing import gene_listing, listing

    content = read_rules(rules_file).content
    click.echo("\n".join(listing(content) if gene is None else gene_listing(content, gene)))


@rules.command()
@click.option("--rules", "rules_file", metavar="FILE", help="A rule set; the shipped one when not given.")
@click.option("--frequencies", "table", metavar="FILE", type=click.Path(path_type=Path),
              help="How many carry what; the rule set's own priors when not given.")  # fmt: skip
@click.option("--sex", type=click.Choice(["male", "female"]), default="female", show_default=True,
              help="Of all participants.")  # fmt: skip
@click.option("--absent", type=click.Choice(["reference", "unknown"]), default="reference", show_default=True,
              help="What a site without a record means.")  # fmt: skip
@click.option("--without", metavar="WHAT", multiple=True, type=click.Choice(["repeats", "annotations", "structural"]),
              help="What the laboratory does not look for: repeats, annotations or structural.")  # fmt: skip
@click.option("--simulate", "draws", metavar="N", type=click.IntRange(0, 100_000_000), default=100_000,
              show_default=True, help="Participants to simulate beside the enumeration; 0 for none.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the simulation.")
@click.option("--results", "most", metavar="N", type=click.IntRange(1, 1_000_000), default=1500, show_default=True,
              help="Different participants to assign at most; more take longer and leave less open.")  # fmt: skip
@click.option("--per-arm", metavar="N", type=click.IntRange(1, 10_000), help="Participants that each arm needs.")
@click.option("--probability", metavar="P", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.9,
              show_default=True, help="The chance with which arms must get them.")  # fmt: skip
@click.option("--reversal-rate", "rate", metavar="R", type=click.FloatRange(0, 1),
              help="The share of an arm that reverses, as assumed.")  # fmt: skip
@click.option("--historical-rate", "historical", metavar="R", type=click.FloatRange(0, 1),
              help="The share that reverses without the trial; there is no default.")  # fmt: skip
@click.option("--alpha", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.05, show_default=True,
              help="The size of the one-sided test of one arm.")  # fmt: skip
@click.option("--reversals", metavar="K", type=click.IntRange(1), help="So many reversals in an arm, at what chance.")
@click.option("--points", type=click.IntRange(1), default=4, show_default=True,
              help="ALSFRS-R points that make a reversal; a label.")  # fmt: skip
@click.option("--months", type=click.IntRange(1), default=6, show_default=True,
              help="Months that they are kept; a label.")  # fmt: skip
@click.option("--plot", "plot", metavar="OUT", type=click.Path(path_type=Path), help="Draw the shares, as SVG.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout in place of the text.")
@click.pass_context
def forecast(
    ctx: click.Context,
    rules_file: str | None,
    table: Path | None,
    sex: str,
    absent: str,
    without: tuple[str, ...],
    draws: int,
    seed: int,
    most: int,
    per_arm: int | None,
    probability: float,
    rate: float | None,
    historical: float | None,
    alpha: float,
    reversals: int | None,
    points: int,
    months: int,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Forecast the share of each category and reason, and what a trial of that size can show.

    Needs the extra `forecast`.
    """
    from assigner.forecasts import check_installed

    if per_arm is None and (rate, historical, reversals) != (None, None, None):
        raise click.UsageError("--reversal-rate, --historical-rate and --reversals go with --per-arm", ctx)
    if rate is None and (historical, reversals) != (None, None):
        raise click.UsageError("--historical-rate and --reversals go with --reversal-rate", ctx)
    if rate is not None and historical is None and reversals is None:
        raise click.UsageError("--reversal-rate goes with --historical-rate or --reversals", ctx)
    check_installed()
    from assigner.calls import Sex
    from assigner.forecasts import frequencies, populations, shares, summaries, trials
    from assigner.rules import read_rules

    if plot is not None:
        _spare(plot, (rules_file, table), "--plot")
    read = read_rules(rules_file)
    carried = frequencies.frequencies_of(read) if table is None else frequencies.read_frequencies(table, read)
    laboratory = populations.Laboratory(
        sex=Sex(sex),
        absent_is_reference=absent == "reference",
        repeats="repeats" not in without,
        annotated="annotations" not in without,
        structural="structural" not in without,
    )
    with click.progressbar(length=1000, label="forecast", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        people = populations.population(read, carried, laboratory)
        found = shares.forecast(
            people,
            draws=draws,
            seed=seed,
            most=most,
            progress=lambda done, whole: bar.update(1000 * done // whole - bar.pos),
        )
    arms = {name: share.least for name, share in found.assigned.items()}
    n, r = per_arm or 0, rate or 0.0  # neither is used unless it was given
    summary = summaries.Summary(
        rules=read,
        frequencies=carried,
        laboratory=laboratory,
        forecast=found,
        endpoint=summaries.Endpoint(points, months),
        enrolment=None if per_arm is None else trials.enrolment(arms, per_arm, probability),
        power=None if historical is None else trials.power(n, r, historical, alpha),
        reversals=reversals,
        chance=None if reversals is None else trials.seen(n, reversals, r),
    )
    if plot is not None:
        from assigner.forecasts.charts import chart

        _write(chart(found, f"{read.content.rule_set.id} {read.content.rule_set.version}"), plot)
    click.echo(json.dumps(summaries.as_json(summary), indent=2) if as_json else summaries.text(summary).rstrip("\n"))


@rules.command()
@click.argument("what", type=click.Choice(["rules", "trace", "profile", "redacted"]))
def schema(what: str) -> None:
    """Print the JSON Schema of rule sets, traces, profiles or redacted traces."""
    from pydantic import BaseModel

    from assigner.forms import ProfileForm
    from assigner.rules import RuleSet
    from assigner.traces import RedactedTrace, Trace

    models: dict[str, type[BaseModel]] = {
        "rules": RuleSet,
        "trace": Trace,
        "profile": ProfileForm,
        "redacted": RedactedTrace,
    }
    model = models[what]
    click.echo(json.dumps(model.model_json_schema(), indent=2, sort_keys=True))
