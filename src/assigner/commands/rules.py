"""The group `assigner rules`, and what only writes or shows: `new`, `show` and `schema`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from assigner.commands.approvals import approve, keygen
from assigner.commands.calibrations import calibrate
from assigner.commands.cases import run_cases
from assigner.commands.endings import command
from assigner.commands.forecasts import forecast
from assigner.commands.imports import import_command
from assigner.commands.options import rules_option
from assigner.commands.outputs import escaped, write_folder, write_new
from assigner.commands.reviews import check, diff, example


@click.group()
def rules() -> None:
    """Write, check, show and approve rule sets."""


@command()
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@click.option("--categories", type=click.IntRange(2, 50), default=2, show_default=True, help="Number of categories.")
def new(file: Path | None, categories: int) -> None:
    """Write a new rule set with comments. It passes the check.

    Without FILE it is printed.
    """
    from assigner.rules.starter import starter

    text = starter(categories)
    if file is None:
        click.echo(text, nl=False)
    else:
        write_new(file, text.encode(), mode=0o666)


@command()
@click.argument("name", required=False)
@rules_option
def show(name: str | None, rules_file: str | None) -> None:
    """Show the categories and their genes, or everything about one NAME.

    NAME is that of a category, gene, allele, repeat, marker, criterion, mimic or therapy, in any case: ids, aliases,
    HGVS, ClinVar ids and places such as 21-31659783-C-T.
    """
    from assigner.rules import read_rules
    from assigner.rules.listing import listing
    from assigner.rules.lookup import found_listing

    content = read_rules(rules_file).content
    click.echo(escaped("\n".join(listing(content) if name is None else found_listing(content, name))))


@command()
@click.argument("folder", type=click.Path(path_type=Path))
def export(folder: Path) -> None:
    """Write the shipped rule set, its tables and its cases to a new FOLDER.

    The copy is the same rule set: it has the same digest.
    """
    from assigner.rules.loading import shipped_files

    write_folder(folder, shipped_files())


@command()
@click.argument("what", type=click.Choice(["rules", "trace", "profile", "redacted"]))
def schema(what: str) -> None:
    """Print the JSON Schema of rule sets, traces, profiles or redacted traces."""
    from pydantic import BaseModel

    from assigner.profiles.schema import ProfileForm
    from assigner.rules.published import schema_as_written
    from assigner.traces import RedactedTrace, Trace

    models: dict[str, type[BaseModel]] = {"trace": Trace, "profile": ProfileForm, "redacted": RedactedTrace}
    found = schema_as_written() if what == "rules" else models[what].model_json_schema()
    click.echo(json.dumps(found, indent=2, sort_keys=True))


for _command in (new, check, diff, example, run_cases, show, export, import_command, forecast, calibrate):
    rules.add_command(_command)
for _command in (keygen, approve, schema):
    rules.add_command(_command)
