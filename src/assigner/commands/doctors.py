"""What files can answer: `assigner doctor`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import click

from assigner.commands.endings import command
from assigner.commands.options import names_in, pack_option, rules_option, streams
from assigner.commands.outputs import escaped
from assigner.commands.progress import reading_bar
from assigner.files import SampleFile, sample_file
from assigner.genome.builds import Build

if TYPE_CHECKING:
    from assigner.assignments import Assignment
    from assigner.audits.answered import Advice, Answered


@command()
@click.argument("files", metavar="FILE[:SAMPLE]...", nargs=-1, required=True, type=sample_file)
@click.option("--sample", metavar="ID", help="The participant's sample. Needed when the file has several.")
@rules_option
@click.option("--absent", type=click.Choice(["reference", "unknown"]), default="unknown", show_default=True,
              help="What a site without a record is.")  # fmt: skip
@click.option(
    "--callable", "callable_bed", metavar="BED", help="Regions in which a site without a record is reference."
)
@click.option("--build", type=click.Choice([build.value for build in Build]),
              help="The genome build, when the files do not prove it.")  # fmt: skip
@pack_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def doctor(
    ctx: click.Context,
    /,
    files: tuple[SampleFile, ...],
    sample: str | None,
    rules_file: str | None,
    absent: Literal["reference", "unknown"],
    callable_bed: str | None,
    build: Literal["GRCh37", "GRCh38"] | None,
    pack_file: str | None,
    as_json: bool,
) -> None:
    """Say what the files of a participant can and cannot answer, and what would answer more.

    For each criterion: how many genes and places it asks about, of how many the files tell it, and why not of the
    others. Then what would help, that which could change the decision most first, with command lines.
    """
    from assigner.assignments import assign
    from assigner.audits.answered import advice, answered
    from assigner.rules import read_rules
    from assigner.vcf.reading import read_profile

    opened = streams(ctx, [*(each.path for each in files), callable_bed])
    rules = read_rules(rules_file)
    with reading_bar(*(each.path for each in files)) as progress:
        profile = read_profile(
            [opened.get(file.path, file.path) for file in files],
            rules,
            progress=progress,
            sample=names_in(files, sample, opened),
            build=build,
            absent=absent,
            callable=None if callable_bed is None else opened.get(callable_bed, callable_bed),
            pack=pack_file,
        )
    made = assign(profile, rules)
    found, steps = answered(made), advice(made, files[0].path)
    if as_json:
        click.echo(json.dumps(_form(made, found, steps), indent=2, ensure_ascii=False))
        return
    for line in (*_table(made, found), "", *_advice(steps)):
        click.echo(escaped(line))


def _table(made: Assignment, found: Sequence[Answered]) -> Iterator[str]:
    head = made.rules.content.rule_set
    yield f"{made.profile.participant} on {made.profile.build}, asked by {head.id} {head.version} ({head.status})"
    yield ""
    yield f"{'criterion':<24} {'asked':>6} {'known':>6}  unknown"
    for each in found:
        because = ", ".join(f"{count} {why}" for why, count in each.unknown.items())
        yield f"{each.criterion:<24} {each.asked:>6} {each.known:>6}  {because or '-'}"


def _advice(steps: Sequence[Advice]) -> Iterator[str]:
    from assigner.reports.spoken import percent_of

    if not steps:
        yield "Every question has an answer."
        return
    yield "What would answer more"
    for each in steps:
        could = f"; could change the decision with a chance of up to {percent_of(each.could_change)}"
        yield ""
        yield f"  {each.why}: {each.why.words}"
        yield f"  {each.questions} questions{could if each.could_change else ''}"
        for step in each.steps:
            yield f"    - {step.words}"
            if step.command is not None:
                yield f"      $ {step.command}"


def _form(made: Assignment, found: Sequence[Answered], steps: Sequence[Advice]) -> dict[str, object]:
    return {
        "participant": made.profile.participant,
        "build": made.profile.build.value,
        "rule_set": made.rules.digest,
        "criteria": [
            {"criterion": each.criterion, "asked": each.asked, "known": each.known, "unknown": dict(each.unknown)}
            for each in found
        ],
        "advice": [
            {
                "why": each.why.value,
                "questions": each.questions,
                "could_change_ppm": each.could_change,
                "steps": [{"words": step.words, "command": step.command} for step in each.steps],
            }
            for each in steps
        ],
    }
