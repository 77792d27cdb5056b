"""Forecasting a trial: `assigner rules forecast`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assigner.commands.endings import command
from assigner.commands.options import overwrite_option, rules_option
from assigner.commands.outputs import refuse_output, write

if TYPE_CHECKING:
    from assigner.forecasts.frequencies import Frequencies
    from assigner.forecasts.policies import Policy
    from assigner.forecasts.populations import Laboratory
    from assigner.rules import Rules


@command()
@rules_option
@click.option("--frequencies", "table", metavar="FILE", type=click.Path(path_type=Path),
              help="Table of carrier or allele frequencies. Default: the rule set's own priors.")  # fmt: skip
@click.option("--sex", type=click.Choice(["male", "female"]), default="female", show_default=True,
              help="Sex assumed for all participants.")  # fmt: skip
@click.option("--ancestry", metavar="NAME",
              help="Group whose scores are drawn in the main table. Default: the first reference's.")  # fmt: skip
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
@click.option("--page", metavar="OUT", type=click.Path(path_type=Path),
              help="Write the policies side by side as one HTML page: picture and tables.")  # fmt: skip
@overwrite_option
@click.option("--beside", metavar="FILE", multiple=True, type=click.Path(path_type=Path),
              help="Another rule set, such as the same with another policy. Both are shown side by side.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the text.")
@click.pass_context
def forecast(
    ctx: click.Context,
    rules_file: str | None,
    table: Path | None,
    sex: str,
    ancestry: str | None,
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
    page: Path | None,
    beside: tuple[Path, ...],
    overwrite: bool,
    as_json: bool,
) -> None:
    """Forecast the share of each category and reason, and the power of a trial.

    Needs the extra `forecast`.
    """
    from assigner.forecasts import check_installed

    _check_together(ctx, per_arm, rate, historical, two_stage, reversals)
    check_installed()
    from assigner.forecasts import frequencies, policies, populations, summaries, trials
    from assigner.profiles.calls import Sex
    from assigner.rules import read_rules

    if plot is not None:
        refuse_output(plot, (rules_file, table, *beside, page), "--plot", overwrite=overwrite)
    if page is not None:
        refuse_output(page, (rules_file, table, *beside), "--page", overwrite=overwrite)
    every = [read_rules(each) for each in (rules_file, *beside)]
    tables = [frequencies.frequencies_of(r) if table is None else frequencies.read_frequencies(table, r) for r in every]
    read, carried = every[0], tables[0]
    laboratory = populations.Laboratory(
        sex=Sex(sex),
        absent_is_reference=absent == "reference",
        repeats="repeats" not in without,
        annotated="annotations" not in without,
        structural="structural" not in without,
    )
    declared = [_forecast(*each, laboratory, ancestry, draws, seed, most) for each in zip(every, tables, strict=True)]
    found = declared[0].forecast
    arms = {name: share.least for name, share in found.assigned.items()}
    n, r = per_arm or 0, rate or 0.0  # neither is used unless it was given
    summary = summaries.Summary(
        rules=read,
        frequencies=carried,
        laboratory=laboratory,
        forecast=found,
        scores=declared[0].scores,
        ancestry=declared[0].ancestry,
        groups=declared[0].groups,
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
        from assigner.forecasts.charts import chart, side_by_side

        title = f"{read.content.rule_set.id} {read.content.rule_set.version}"
        write(side_by_side(declared) if beside else chart(found, title), plot)
    if page is not None:
        from assigner.forecasts.pages import page_of

        write(page_of(declared, list(summaries.basis(summary))), page)
    if as_json:
        more = {"side_by_side": policies.as_json(declared)} if beside else {}
        click.echo(json.dumps(summaries.as_json(summary) | more, indent=2))
        return
    click.echo("\n".join([summaries.text(summary).rstrip("\n"), *(policies.table(declared) if beside else ())]))


def _forecast(
    rules: Rules, carried: Frequencies, laboratory: Laboratory, ancestry: str | None, draws: int, seed: int, most: int
) -> Policy:
    """What one rule set gives the participants; how far it is stands on the terminal."""
    from assigner.forecasts.policies import Policy
    from assigner.forecasts.populations import Population, population
    from assigner.forecasts.scores import scores_forecast
    from assigner.forecasts.shares import Forecast, forecast

    people = population(rules, carried, laboratory)
    scores = scores_forecast(people)
    chosen = None if scores is None else scores.chosen(ancestry)

    def shares(of: Population) -> Forecast:
        with click.progressbar(length=1000, label="forecast", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            return forecast(
                of,
                draws=draws,
                seed=seed,
                most=most,
                progress=lambda done, whole: bar.update(1000 * done // whole - bar.pos),
            )

    if scores is None or chosen is None:
        return Policy(rules, shares(people), scores)
    groups = scores.by_group(people, shares)
    return Policy(rules, groups[chosen.group], scores, groups, chosen.group)


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
