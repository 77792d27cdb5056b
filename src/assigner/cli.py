"""The command line: stdout is data, stderr is words.

Exit codes: 0 assigned or done, 1 input or rule set refused, 2 wrong usage, 3 review.
"""

from __future__ import annotations

import importlib.util
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import click
from click.core import ParameterSource

from assigner.__about__ import VERSION
from assigner.curating import COMMANDS, approval_options, check_approval
from assigner.curating import moment as _time
from assigner.errors import AssignerError, TraceError, plain

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
    trace = made.trace
    told = () if as_json and report_file is None else sentences(trace, made.changes)  # they take a while
    page = None if report_file is None else _page(trace, told)
    if trace_file is not None:
        _write(trace.to_bytes(), trace_file)
    if report_file is not None and page is not None:
        _write(page, report_file)
    if as_json:
        sys.stdout.buffer.write(trace.to_bytes() + b"\n")
        sys.stdout.buffer.flush()
    else:
        _explain(trace, told)
    ctx.exit(0 if trace.outcome == "assigned" else REVIEW)


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


def _write(content: bytes, out: Path) -> None:
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
    if output is not None:
        _write(page, output)
    else:
        sys.stdout.buffer.write(page)
        sys.stdout.buffer.flush()


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
    if not trace.is_intact:
        raise TraceError(f"{trace_file}: digest", "the digest of the rest of the trace", "another one: it was changed")
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
    from assigner.explanations import plain
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
@click.option("--time", "at", metavar="ISO", callback=_time, help="When it was decided or issued; a trace has no time.")
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
    from assigner.traces import read_trace, write_whole

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
    if out is None:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    else:
        with _naming(out):
            write_whole(out, text.encode())


@main.command()
@click.argument("trace_file", metavar="TRACE", type=click.Path(path_type=Path))
@click.option("-o", "out", metavar="OUT", type=click.Path(path_type=Path), required=True,
              help="The redacted trace, to share.")  # fmt: skip
@click.option("--openings", "openings_file", metavar="FILE", type=click.Path(path_type=Path), required=True,
              help="What opens its hidden parts, to keep: it holds all that the trace does.")  # fmt: skip
def redact(trace_file: Path, out: Path, openings_file: Path) -> None:
    """Write a TRACE without genotypes; salted commitments stand in the place of what could tell one."""
    import secrets

    from assigner.traces import read_trace, write_openings, write_whole

    _spare(out, (trace_file,), "-o")
    _spare(openings_file, (trace_file, out), "--openings")
    if out.resolve() == openings_file.resolve():
        raise click.BadParameter("expected another file than that of -o", param_hint="--openings")
    trace = read_trace(trace_file)
    if not trace.is_intact:
        raise TraceError(f"{trace_file}: digest", "the digest of the rest of the trace", "another one: it was changed")
    secret = secrets.token_bytes(32)
    with _naming(openings_file):
        write_openings(trace.openings(secret), openings_file)
    with _naming(out):
        write_whole(out, trace.redact(secret).to_bytes())


@main.group()
def rules() -> None:
    """Write, check, show and approve rule sets."""


for _command in COMMANDS:
    rules.add_command(_command)


@rules.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@approval_options
@click.pass_context
def check(ctx: click.Context, /, file: Path | None, **approval: Any) -> None:
    """Load a rule set, the shipped one without FILE, and run its examples."""
    from assigner.examples import run_examples
    from assigner.rules import read_rules

    read = read_rules(file)
    approvals = check_approval(ctx, read, file, **approval)
    ran = run_examples(read)
    failed = [each for each in ran if each.faults]
    for each in failed:
        for fault in each.faults:
            click.echo(f"assigner: example {each.example}: {fault}", err=True)
    content = read.content
    click.echo(f"{content.rule_set.id} {content.rule_set.version} ({content.rule_set.status}), digest {read.digest}")
    active = sum(allele.inactive is None for allele in content.alleles)
    click.echo(
        f"{len(content.categories)} categories, {len(content.criteria)} criteria, {len(content.genes)} genes, "
        f"{active} of {len(content.alleles)} alleles active, {len(content.repeats)} repeats, "
        f"{sum(m.inactive is None for m in content.markers)} of {len(content.markers)} markers active"
    )
    click.echo(f"{len(ran) - len(failed)} of {len(ran)} examples hold")
    for line in approvals:
        click.echo(plain(line))
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
