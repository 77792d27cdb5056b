"""Staying current: `assigner rules import` reads a public source and proposes, or writes what a curator accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assigner.commands.endings import command
from assigner.commands.options import rules_option
from assigner.commands.outputs import escaped, refuse_what_exists, write, write_folder

if TYPE_CHECKING:
    from assigner.imports.rows import Proposal, Row
    from assigner.imports.written import Written
    from assigner.rules import Rules

SOURCES = ("clinvar", "panelapp", "clingen", "mitomap", "strchive", "gwas-catalog")
MOST_LINES = 30
"""So many changed results are printed after an import; `rules diff` shows all."""


@command("import")
@click.argument("source", metavar="SOURCE", type=click.Choice(SOURCES))
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@rules_option
@click.option("--genes", metavar="A,B", help="Only these genes of the rule set. Default: all.")
@click.option("--condition", "conditions", metavar="NAME", multiple=True,
              help="The trial's disease, by words of its name or a MONDO term. "
              "Default: what the rule set's criteria ask for.")  # fmt: skip
@click.option("--stars", type=click.IntRange(0, 4), default=1, show_default=True,
              help="The least review status with which ClinVar's new alleles are proposed.")  # fmt: skip
@click.option("--date", "dated", metavar="YYYY-MM-DD", type=click.DateTime(["%Y-%m-%d"]),
              help="The day of the files, where they do not tell it.")  # fmt: skip
@click.option("--accept", metavar="ROW,...", help="Rows to accept as they are proposed, by their names.")
@click.option("--proposal", metavar="TSV", type=click.Path(path_type=Path),
              help="The proposal with `yes` in the column accept. Its cells are taken as they stand.")  # fmt: skip
@click.option("--version", metavar="V", help="The version of the new rule set.")
@click.option("-o", "out", metavar="OUT", type=click.Path(path_type=Path), required=True,
              help="The proposal to write; with accepted rows the folder of the new rule set.")  # fmt: skip
@click.pass_context
def import_command(
    ctx: click.Context,
    source: str,
    files: tuple[Path, ...],
    rules_file: str | None,
    genes: str | None,
    conditions: tuple[str, ...],
    stars: int,
    dated: Any,
    accept: str | None,
    proposal: Path | None,
    version: str | None,
    out: Path,
) -> None:
    """Compare a rule set with FILEs of a public SOURCE, and propose what changes.

    SOURCE is clinvar (its VCFs, variant_summary.txt), panelapp (a panel as JSON), clingen (gene validity as CSV),
    mitomap (disease table), strchive (JSON or BED) or gwas-catalog (association TSV). Nothing is downloaded.

    Without accepted rows OUT is a table in which a curator answers yes or no. With them OUT is a new rule set, and what
    it changes is shown.
    """
    from assigner.imports.asked import Asked
    from assigner.imports.proposals import accepted_by_name, read_accepted, written_proposal
    from assigner.imports.registry import SourceName, proposal_of
    from assigner.imports.written import Written

    if accept is not None and proposal is not None:
        raise click.UsageError("--accept and --proposal do not go together", ctx)
    accepting = accept is not None or proposal is not None
    if accepting != (version is not None):
        raise click.UsageError("--accept or --proposal goes with --version, of the new rule set", ctx)
    refuse_what_exists(out)  # a proposal may hold a curator's answers
    written = Written.read(rules_file)
    asked = Asked.of(
        written.rules,
        [name.strip() for name in (genes or "").split(",") if name.strip()],
        conditions,
        stars,
        dated.date().isoformat() if dated else None,
    )
    proposed = proposal_of(SourceName(source), files, written, asked)
    if not accepting:
        write(written_proposal(proposed), out)
        _say("\n".join(_summary(proposed, proposed.rows)))
        return
    if proposal is not None:
        rows = read_accepted(proposal, proposed)
    else:
        rows = accepted_by_name(proposed, [name.strip() for name in (accept or "").split(",") if name.strip()])
    _write_accepted(written, proposed, rows, str(version), out, SourceName(source).label)


def _write_accepted(
    written: Written, proposed: Proposal, rows: tuple[Row, ...], version: str, out: Path, label: str
) -> None:
    """Write the new rule set, then say what it changes."""
    from assigner.imports.applying import applied

    new = applied(written, proposed, rows, version, label)
    write_folder(out, {**new.files, **new.beside})
    _say("\n".join(_summary(proposed, rows)))
    _say(f"written: {out / new.main}, version {version}")
    _say("\n".join(_changes(written.rules, new.rules)))
    _say("\n".join(_forecasts(written.rules, new.rules)))


def _say(text: str) -> None:
    if text:
        click.echo(escaped(text))


def _summary(proposed: Proposal, rows: tuple[Row, ...]) -> Iterator[str]:
    from assigner.imports.rows import Change

    counted = Counter(row.change for row in rows)
    said = [f"{counted[change]} {change}" for change in Change if counted[change]]
    kind = "accepted" if rows is not proposed.rows else "proposed"
    yield f"{len(rows)} rows of {proposed.table} {kind}: {', '.join(said) or 'none'}"
    if kind == "proposed":
        unfinished = sum(bool(row.open) for row in rows)
        if unfinished:
            yield f"{unfinished} rows have something to fill in before they can be accepted (column open)"
        yield from proposed.notes


def _changes(old: Rules, new: Rules) -> Iterator[str]:
    """What the new rule set means, what the check newly finds, and the examples that no longer hold."""
    from assigner.cases.examples import run_examples
    from assigner.lint.baseline import new_notices
    from assigner.lint.diff import difference
    from assigner.lint.lint import lint, of_examples

    found = difference(old, new)
    results = [f"result: {each}" for each in found.answers]
    yield from results[:MOST_LINES]
    if len(results) > MOST_LINES:
        yield f"and {len(results) - MOST_LINES} more results; `assigner rules diff` shows all"
    yield f"{len(found.rules)} values of rules differ, {len(found.answers)} results; `assigner rules diff` shows each"
    notices = [each for each in (*of_examples(new, run_examples(new)), *lint(new)) if each.severity != "note"]
    yield from (str(each) for each in new_notices(notices, lint(old)))


def _forecasts(old: Rules, new: Rules) -> Iterator[str]:
    """The forecast share of each category before and after."""
    from assigner.errors import InputError
    from assigner.forecasts import check_installed

    try:
        check_installed()
    except InputError as error:
        yield f"no forecast: {error}"
        return
    from assigner.forecasts import frequencies, populations, shares

    def made(rules: Rules) -> shares.Forecast:
        carried = frequencies.frequencies_of(rules)
        return shares.forecast(populations.population(rules, carried, populations.Laboratory()))

    before, after = made(old), made(new)
    for name in after.assigned:
        yield f"forecast {name}: {_share(before, name)} before, {_share(after, name)} after"


def _share(found: Any, name: str) -> str:
    share = found.assigned.get(name)
    return "none" if share is None else f"{100 * share.least:.2f} to {100 * share.most:.2f} %"
