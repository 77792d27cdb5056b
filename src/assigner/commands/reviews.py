"""Reviewing rule sets: `assigner rules check`, `diff` and `example`."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assigner.commands.approvals import approval_options, check_approval
from assigner.commands.endings import command
from assigner.commands.options import overwrite_option, rules_option
from assigner.commands.outputs import escaped, refuse_output, warn, write
from assigner.errors import plain
from assigner.genome.builds import Build

if TYPE_CHECKING:
    from assigner.lint.notices import Notice
    from assigner.lint.redecide import Redecided
    from assigner.rules import Rules


@command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("--notes", is_flag=True, help="Show notes too, not only faults and warnings.")
@click.option("--baseline", metavar="OLD", type=click.Path(path_type=Path),
              help="Only what the rule set OLD does not have, and changes under the same version.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all notices as JSON, each with a whole example profile.")
@approval_options
@click.pass_context
def check(
    ctx: click.Context,
    /,
    file: Path | None,
    strict: bool,
    notes: bool,
    baseline: Path | None,
    as_json: bool,
    **approval: Any,
) -> None:
    """Check a rule set: its form, its examples and its meaning.

    Reports, by line: rules that can never have an effect, ties, intermediate ranges, places that cannot be, names
    that contradict them, what is listed twice, bad citations. Each has a minimal example genotype where there is one.

    Without FILE the shipped rule set is checked.
    """
    from assigner.cases.examples import run_examples
    from assigner.lint.baseline import new_notices, of_version
    from assigner.lint.lint import ENUMERATED, faulty, lint, of_examples
    from assigner.rules import read_rules

    read = read_rules(file)
    old = None if baseline is None else read_rules(baseline)
    approvals = check_approval(ctx, read, file, **approval)
    ran = run_examples(read)
    found = (*of_examples(read, ran), *lint(read))
    known = 0
    if old is not None:
        left = new_notices(found, (*of_examples(old, run_examples(old)), *lint(old)))
        known, found = len(found) - len(left), (*of_version(old, read), *left)
    for each in ran:
        for fault in each.faults:
            warn(f"example {each.example}: {fault}")
    if as_json:
        click.echo(json.dumps([each.form(read) for each in found], indent=2, ensure_ascii=False))
    else:
        _say(read, [each for each in found if notes or each.severity != "note"])
        counted = Counter(each.severity.value for each in found)
        click.echo(ENUMERATED)
        click.echo(", ".join(f"{counted[each]} {each}s" for each in ("fault", "warning", "note")))
        if old is not None:
            click.echo(f"{known} more were found in {old.id} {old.version} too, and are not shown")
        click.echo(f"{sum(not each.faults for each in ran)} of {len(ran)} examples hold")
        for signed in approvals:
            click.echo(plain(f"approved by {signed.signer} (key {signed.public_key}): {signed.meaning}"))
    if faulty(found, strict):
        sys.exit(1)


def _say(read: Rules, found: Sequence[Notice]) -> None:
    """Print which rule set it is, how large it is, and what was found."""
    content = read.content
    click.echo(f"{content.rule_set.id} {content.rule_set.version} ({content.rule_set.status}), digest {read.digest}")
    active = sum(allele.inactive is None for allele in content.alleles)
    click.echo(
        f"{len(content.categories)} categories, {len(content.criteria)} criteria, {len(content.genes)} genes, "
        f"{active} of {len(content.alleles)} alleles active, {len(content.repeats)} repeats, "
        f"{sum(m.inactive is None for m in content.markers)} of {len(content.markers)} markers active"
    )
    for each in found:
        click.echo(escaped(str(each)))


@command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--over", "traces", metavar="TRACE", multiple=True,
              help="A trace made with OLD, or a folder of traces, to be decided again with NEW.")  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Number of processes for many traces."
)
def diff(old: Path, new: Path, traces: tuple[str, ...], jobs: int) -> None:
    """Show what a change from OLD to NEW means: which genotypes get a different result.

    With --over also which participants of stored traces get a different result, and by which rule.
    """
    from assigner.lint.diff import difference
    from assigner.lint.redecide import redecide, trace_files
    from assigner.rules import read_rules

    found = difference(read_rules(old), read_rules(new))
    for edited in found.rules:
        click.echo(escaped(f"rule: {edited}"))
    for changed in found.answers:
        click.echo(escaped(f"result: {changed}"))
    if found.is_empty:
        click.echo("no change in meaning")
    elif not found.answers:
        click.echo("no genotype of a single gene gets a different result; several genes at once were not compared")
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
    """The transition matrix, every participant with a different result, and what the new rule set does not use."""
    from assigner.lint.redecide import matrix

    click.echo(f"{sum(each.moved for each in found)} of {len(found)} participants get a different result")
    for before, after, count in matrix(found):
        click.echo(f"from {before} to {after}: {count}")
    for each in found:
        if each.moved:
            click.echo(escaped(f"{each.participant}: {each.before} -> {each.after}, {', '.join(each.by)}"))
        if each.unknown:
            click.echo(escaped(f"{each.participant}: NEW does not use {', '.join(each.unknown)}"))


def _file_name(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", value):
        raise click.BadParameter("expected letters, digits, dots, hyphens and underscores")
    return value


@command()
@click.option("--category", metavar="ID", help="The category that is assigned, or provisional in a review.")
@click.option("--reason", "reasons", metavar="REASON", multiple=True, help="A reason for review. Give all of them.")
@click.option("--build", type=click.Choice([build.value for build in Build]), default="GRCh38", show_default=True,
              help="The genome build of the files.")  # fmt: skip
@click.option("--name", metavar="ID", default="EXAMPLE", show_default=True, callback=_file_name,
              help="The sample's name, and the start of the file names.")  # fmt: skip
@rules_option
@click.option("-o", "out", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False), required=True,
              help="The folder to write the files to.")  # fmt: skip
@overwrite_option
def example(
    category: str | None,
    reasons: tuple[str, ...],
    build: str,
    name: str,
    rules_file: str | None,
    out: Path,
    overwrite: bool,
) -> None:
    """Write a minimal gVCF and repeat file that give a certain outcome.

    The files are read and assigned before they are written.
    """
    import shlex

    from assigner.decisions.reasons import Reason
    from assigner.genome.builds import Build
    from assigner.rules import read_rules
    from assigner.synthetic.participants import Wanted, participant_for

    unknown = [each for each in reasons if each not in set(Reason)]
    if unknown:
        raise click.BadParameter(f"expected {', '.join(Reason)}; got {unknown[0]!r}", param_hint="--reason")
    wanted = Wanted(category, frozenset(map(Reason, reasons)))
    made = participant_for(wanted, read_rules(rules_file), Build(build), name)
    for file in made.files:
        refuse_output(out / file, (rules_file,), "-o", overwrite=overwrite)
    out.mkdir(parents=True, exist_ok=True)
    for file, content in made.files.items():
        write(content, out / file)
    click.echo(escaped(f"{made.shows}: {made.made.outcome}, {wanted}"))
    click.echo(escaped(shlex.join(made.command(str(out), rules_file))))
