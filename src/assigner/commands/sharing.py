"""What leaves the trial: `assigner export`, in the formats of others, and `redact`, without genotypes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from assigner.commands.endings import command
from assigner.commands.options import moment, overwrite_option
from assigner.commands.outputs import refuse_output, refuse_overwrite, refuse_what_exists, write
from assigner.commands.traces import intact, named
from assigner.exports.formats import Format
from assigner.exports.formats import export as write_as


def _term(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[str, str] | None:
    name, sign, label = (value or "").partition("=")
    if value is not None and not (name and sign and label):
        raise click.BadParameter(f"expected ID=LABEL, got {value!r}")
    return (name, label) if value is not None else None


@command()
@click.argument("trace_file", metavar="TRACE")
@click.option("--as", "kind", type=click.Choice([each.value for each in Format]), required=True,
              help="The format.")  # fmt: skip
@click.option("--rules", "rules_file", metavar="FILE", help="The rule set that decided. Default: the shipped one.")
@click.option("--time", "at", metavar="ISO", callback=moment,
              help="The time of the decision. A trace has none.")  # fmt: skip
@click.option("--disease", metavar="ID=LABEL", callback=_term,
              help="The trial's disease in an ontology. Only for a Phenopacket.")  # fmt: skip
@click.option("-o", "out", metavar="OUT", type=click.Path(path_type=Path), help="The file to write. Default: stdout.")
@overwrite_option
@click.pass_context
def export(
    ctx: click.Context,
    trace_file: str,
    kind: str,
    rules_file: str | None,
    at: datetime | None,
    disease: tuple[str, str] | None,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Write the assignment in a TRACE as FHIR, Phenopacket or PROV.

    Needs the extra `interchange`.
    """
    from assigner.rules import read_rules
    from assigner.traces import parse_trace

    if out is not None:
        refuse_output(out, (trace_file, rules_file), "-o", overwrite=overwrite)
    if disease is not None and Format(kind) is not Format.PHENOPACKET:
        raise click.UsageError("--disease goes with --as phenopacket", ctx)
    trace, rules = parse_trace(named(trace_file), trace_file), read_rules(rules_file)
    made = write_as(Format(kind), trace, rules, at=at, disease=disease)
    text = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    write(text.encode(), out)


@command()
@click.argument("trace_file", metavar="TRACE")
@click.option("-o", "out", metavar="OUT", type=click.Path(path_type=Path), required=True,
              help="The redacted trace to write, for sharing.")  # fmt: skip
@click.option("--openings", "openings_file", metavar="FILE", type=click.Path(path_type=Path), required=True,
              help="The openings to write, to be kept secret: they hold all that is hidden.")  # fmt: skip
def redact(trace_file: str, out: Path, openings_file: Path) -> None:
    """Write a TRACE without genotypes. Salted commitments replace all that could reveal one."""
    import secrets

    from assigner.traces import write_openings

    refuse_overwrite(out, (trace_file,), "-o")
    refuse_overwrite(openings_file, (trace_file, out), "--openings")
    if out.resolve() == openings_file.resolve():
        raise click.BadParameter("expected another file than that of -o", param_hint="--openings")
    for each in (out, openings_file):  # a secret is drawn each time, so neither can be made again
        refuse_what_exists(each)
    trace = intact(trace_file)
    secret = secrets.token_bytes(32)
    write_openings(trace.openings(secret), openings_file)
    write(trace.redact(secret).to_bytes(), out)
