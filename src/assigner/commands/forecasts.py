"""Forecasting a trial: `assigner rules forecast`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assigner.commands.endings import command
from assigner.commands.options import rules_option
from assigner.commands.outputs import refuse_overwrite, write

if TYPE_CHECKING:
    from assigner.rules import Rules


@command()
@rules_option
@click.option("--frequencies", "table", metavar="FILE", type=click.Path(path_type=Path),
              help="Table of carrier or allele frequencies. Default: the rule set's own priors.")  # fmt: skip
@click.option("--sex", type=click.Choice(["male", "female"]), default="female", show_default=True,
              help="Sex assumed for all participants.")  # fmt: skip
@click.option("--absent", type=click.Choice(["reference", "unknown"]), default="reference", show_default=True,
              help="What a site without a record is.")  # fmt: skip
@click.option("--without", metavar="WHAT", multiple=True, type=click.Choice(["repeats", "annotations", "structural"]),
              help="What the laboratory does not look for: repeats, annotations or structural.")  # fmt: skip
@click.option("--simulate", "draws", metavar="N", type=click.IntRange(0, 100_000_000), default=100_000,
              show_default=True, help="Number of participants to simulate, as a check. 0: none.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Random seed of the simulation.")
@click.option("--results", "most", metavar="N", type=click.IntRange(1, 1_000_000), default=1500, show_default=True,
              help="Maximum number of distinct genotype profiles to evaluate "
              "(more = slower, tighter bounds).")  # fmt: skip
@click.option("--per-arm", metavar="N", type=click.IntRange(1, 10_000), help="Participants needed in each arm.")
@click.option("--probability", metavar="P", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.9,
              show_default=True, help="Probability with which each arm must reach that number.")  # fmt: skip
@click.option("--enrolled", metavar="N", type=click.IntRange(1, 100_000),
              help="Also report how large the arms of N enrolled participants become.")  # fmt: skip
@click.option("--reversal-rate", "rate", metavar="R", type=click.FloatRange(0, 1),
              help="Assumed share of an arm with a reversal.")  # fmt: skip
@click.option("--historical-rate", "historical", metavar="R", type=click.FloatRange(0, 1),
              help="Share with a reversal without treatment.")  # fmt: skip
@click.option("--alpha", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.05, show_default=True,
              help="Significance level of the one-sided test of one arm.")  # fmt: skip
@click.option("--two-stage", metavar="P", type=click.FloatRange(0, 1, min_open=True, max_open=True),
              help="Also report Simon's two-stage designs of one arm with this power.")  # fmt: skip
@click.option(
    "--reversals",
    metavar="K",
    type=click.IntRange(1),
    help="Also report the probability of at least K reversals in an arm.",
)
@click.option("--points", type=click.IntRange(1), default=4, show_default=True,
              help="ALSFRS-R points gained in a reversal. Only a label.")  # fmt: skip
@click.option("--months", type=click.IntRange(1), default=6, show_default=True,
              help="Months for which they last. Only a label.")  # fmt: skip
@click.option(
    "--plot",
    "plot",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="Write a chart of the shares to this file, as SVG.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the text.")
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
    enrolled: int | None,
    rate: float | None,
    historical: float | None,
    alpha: float,
    two_stage: float | None,
    reversals: int | None,
    points: int,
    months: int,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Forecast the share of each category and reason, and the power of a trial.

    Needs the extra `forecast`.
    """
    from assigner.forecasts import check_installed

    _check_together(ctx, per_arm, rate, historical, two_stage, reversals)
    check_installed()
    from assigner.forecasts import frequencies, populations, shares, summaries, trials
    from assigner.profiles.calls import Sex
    from assigner.rules import read_rules

    if plot is not None:
        refuse_overwrite(plot, (rules_file, table), "--plot")
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
        enrolled=enrolled or 0,
        arms=None if enrolled is None else trials.arm_sizes(found.flows, _weights(read), enrolled, seed=seed),
        power=None if historical is None or per_arm is None else trials.power(n, r, historical, alpha),
        two_stage=None
        if two_stage is None or historical is None
        else trials.two_stage(historical, r, alpha, two_stage),
        reversals=reversals,
        chance=None if reversals is None else trials.seen(n, reversals, r),
    )
    if plot is not None:
        from assigner.forecasts.charts import chart

        write(chart(found, f"{read.content.rule_set.id} {read.content.rule_set.version}"), plot)
    click.echo(json.dumps(summaries.as_json(summary), indent=2) if as_json else summaries.text(summary).rstrip("\n"))


def _check_together(
    ctx: click.Context,
    per_arm: int | None,
    rate: float | None,
    historical: float | None,
    two_stage: float | None,
    reversals: int | None,
) -> None:
    """Refuse options of the test without those that they need."""
    needs_arm = (rate, historical, reversals) if two_stage is None else (reversals,)
    if per_arm is None and any(each is not None for each in needs_arm):
        raise click.UsageError("--reversal-rate, --historical-rate and --reversals go with --per-arm", ctx)
    if two_stage is not None and None in (rate, historical):
        raise click.UsageError("--two-stage goes with --reversal-rate and --historical-rate", ctx)
    if rate is None and (historical, reversals) != (None, None):
        raise click.UsageError("--historical-rate and --reversals go with --reversal-rate", ctx)
    if rate is not None and historical is None and reversals is None:
        raise click.UsageError("--reversal-rate goes with --historical-rate or --reversals", ctx)


def _weights(rules: Rules) -> Mapping[str, int]:
    """Of each category, the part of participants that the protocol gives it."""
    otherwise = rules.content.decision.otherwise
    return {category.id: otherwise.weight(category.id) if otherwise else 1 for category in rules.content.categories}
