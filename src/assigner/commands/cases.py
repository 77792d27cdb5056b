"""A trial's own cases: `assigner rules test`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from assigner.commands.outputs import complain


@click.command("test")
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
            complain(f"case {each.example}: {fault}")
    click.echo(f"{len(ran) - len(failed)} of {len(ran)} cases hold")
    if failed:
        sys.exit(1)
