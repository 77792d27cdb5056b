"""A trial's own cases: `assigner rules test`, what they use of a rule set, and which mutants of it they kill."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assigner.commands.endings import command
from assigner.commands.outputs import escaped, warn

if TYPE_CHECKING:
    from assigner.cases.coverage import Reached
    from assigner.cases.examples import Ran
    from assigner.mutants.trials import Score
    from assigner.rules import Rules


@command("test")
@click.argument("file", metavar="[RULES", required=False, type=click.Path(path_type=Path))
@click.argument("cases_file", metavar="CASES]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--coverage", "reach", is_flag=True, help="Show which parts of the rule set the cases use, and which they do not."
)
@click.option(
    "--mutants",
    is_flag=True,
    help="Change each value of the rule set in turn, and show the changes that no case notices.",
)
@click.option("--at-least", type=click.FloatRange(0, 100), metavar="PERCENT",
              help="Fail when fewer criteria are used, or fewer mutants killed.")  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Number of processes for the mutants."
)
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="Try every Nth mutant. More is quicker and says less.")  # fmt: skip
@click.option(
    "--json", "as_json", is_flag=True, help="Print the result as JSON, with the case that killed each mutant."
)
def run_cases(
    file: Path | None,
    cases_file: Path | None,
    reach: bool,
    mutants: bool,
    at_least: float | None,
    jobs: int,
    every: int,
    as_json: bool,
) -> None:
    """Run the test CASES of a trial with its RULES.

    A case is a profile and the outcome that it must give. Without arguments the shipped cases are run with the shipped
    rule set.
    """
    from assigner.cases.cases import read_cases
    from assigner.cases.coverage import coverage
    from assigner.rules import read_rules

    if (file is None) != (cases_file is None):
        raise click.UsageError("RULES and CASES go together")
    if at_least is not None and not (reach or mutants):
        raise click.UsageError("--at-least goes with --coverage or --mutants")
    read = read_rules(file)
    cases = read_cases(cases_file, read)
    ran = [case.run(read) for case in cases]
    failed = [each for each in ran if each.faults]
    reached = coverage(read, cases) if reach else ()
    score = _score(file, cases_file, jobs, every, read) if mutants and not failed else None
    for each in failed:
        for fault in each.faults:
            warn(f"case {each.example}: {fault}")
    if as_json:
        click.echo(json.dumps(_form(ran, reached, score), indent=2, ensure_ascii=False))
    else:
        click.echo(escaped("\n".join(_lines(ran, reached, score))))
    if failed or (at_least is not None and _is_below(at_least, reached, score)):
        sys.exit(1)


def _score(file: Path | None, cases_file: Path | None, jobs: int, every: int, read: Rules) -> Score:
    """What became of every mutant; on a terminal a bar says how far it is."""
    from assigner.mutants.perturbations import perturbations
    from assigner.mutants.trials import Score, try_all

    bar = click.progressbar(
        try_all(file, cases_file, jobs, every),
        length=-(-len(list(perturbations(read.content))) // every),
        label="mutants",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    )
    with bar as each:
        return Score(tuple(verdict for verdict in each if verdict is not None))


def _is_below(percent: float, reached: Sequence[Reached], score: Score | None) -> bool:
    """Whether the criteria are reached, or the mutants killed, to a smaller part."""
    parts = [each.per_mille for each in reached if each.what == "criteria"]
    parts += [] if score is None else [score.per_mille]
    return any(part < percent * 10 for part in parts)


def _percent(per_mille: int) -> str:
    return f"{per_mille // 10}.{per_mille % 10} %"


def _lines(ran: Sequence[Ran], reached: Sequence[Reached], score: Score | None) -> Iterator[str]:
    yield f"{sum(not each.faults for each in ran)} of {len(ran)} cases hold"
    for part in reached:
        whole = len(part.reached) + len(part.missing)
        yield f"{part.what}: {len(part.reached)} of {whole} used ({_percent(part.per_mille)})"
        yield from (f"not used: {part.what} {name} {answer}".rstrip() for name, answer in part.missing)
    if score is not None:
        yield from _mutant_lines(score)


def _mutant_lines(score: Score) -> Iterator[str]:
    from assigner.mutants.trials import Fate

    for kind in (None, *score.kinds):
        killed, survived, equal = (score.count(fate, kind) for fate in (Fate.KILLED, Fate.SURVIVED, Fate.EQUIVALENT))
        part = f" ({_percent(score.per_mille)})" if kind is None else ""
        besides = f", {equal} have no effect" if equal else ""
        yield f"{kind or 'mutants'}: {killed} of {killed + survived} killed{part}{besides}"
    for verdict in score.verdicts:
        if verdict.fate is Fate.SURVIVED:
            yield f"survived: {verdict}" + (f" ({verdict.by})" if verdict.by else "")


def _form(ran: Sequence[Ran], reached: Sequence[Reached], score: Score | None) -> dict[str, Any]:
    """All of it as plain JSON values."""
    failed = [{"case": each.example, "faults": list(each.faults)} for each in ran if each.faults]
    form: dict[str, Any] = {"cases": {"run": len(ran), "failed": failed}}
    if reached:
        form["coverage"] = {
            part.what: {
                "per_mille": part.per_mille,
                "reached": len(part.reached),
                "missing": [" ".join(point).rstrip() for point in part.missing],
            }
            for part in reached
        }
    if score is not None:
        form["mutants"] = {
            "per_mille": score.per_mille,
            "all": [
                {
                    "kind": each.perturbation.kind,
                    "file": each.file,
                    "line": each.line,
                    "what": str(each.perturbation),
                    "fate": each.fate,
                    "by": each.by,
                }
                for each in score.verdicts
            ],
        }
    return form
