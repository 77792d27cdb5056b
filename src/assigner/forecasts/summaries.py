"""A forecast in words and as JSON; both say what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import asdict, field, frozen

from assigner.decisions.grades import Grade
from assigner.errors import plain
from assigner.forecasts.drawn import DRAWS, draws_of
from assigner.forecasts.frequencies import Frequencies
from assigner.forecasts.policies import by_category_and_grade, group_table
from assigner.forecasts.populations import Laboratory
from assigner.forecasts.scores import ScoreForecast
from assigner.forecasts.shares import Forecast, Share
from assigner.forecasts.trials import MOST_TWO_STAGE, ArmSize, Enrolment, Power, TwoStage
from assigner.rules import Rules


@frozen
class Endpoint:
    """What counts as a reversal: a name for it, which no number depends on."""

    points: int = 4
    months: int = 6

    def __str__(self) -> str:
        return f"at least {self.points} ALSFRS-R points gained and kept for at least {self.months} months"


@frozen(kw_only=True)
class Summary:
    """All that one forecast says.

    Attributes:
        forecast: the shares of all outcomes, of one group where scores or burdens are drawn.
        scores: what scores and burdens come to by themselves; None without any.
        ancestry: that group.
        groups: the same by group.
    """

    rules: Rules
    frequencies: Frequencies
    laboratory: Laboratory
    forecast: Forecast
    scores: ScoreForecast | None = None
    ancestry: str | None = None
    groups: Mapping[str, Forecast] = field(factory=dict)
    endpoint: Endpoint = Endpoint()
    enrolment: Enrolment | None = None
    enrolled: int = 0
    arms: Mapping[str, ArmSize] | None = None
    power: Power | None = None
    two_stage: Sequence[TwoStage] | None = None
    reversals: int | None = None
    chance: float | None = None


def basis(summary: Summary) -> Iterator[str]:
    """What the forecast rests on, line by line."""
    identity, table = summary.rules.content.rule_set, summary.frequencies
    yield f"rule set {identity.id} {identity.version} ({identity.status}), digest {summary.rules.digest}"
    if table.file is None:
        yield "carriers: the rule set's own priors; no table was given"
    else:
        unsourced = sum(row.source is None for row in table.rows)
        yield (
            f"carriers: {len(table.rows)} row{'s' if len(table.rows) != 1 else ''} of {plain(table.file)} "
            f"({unsourced} without a source); genes and criteria that keep the rule set's own prior: {table.own_priors}"
        )
    lab = summary.laboratory
    parts = [
        f"all {lab.sex}",
        "an absent record means reference" if lab.absent_is_reference else "an absent record means nothing",
        f"repeats {'sized' if lab.repeats else 'not sized'}",
        f"unlisted variants {'annotated' if lab.annotated else 'not annotated'}",
        f"structural variants {'looked for' if lab.structural else 'not looked for'}",
        "common markers not tested",
    ]
    yield f"participants: {', '.join(parts)}"
    if summary.ancestry is not None:
        draws, beside = (draws_of(summary.rules.content, carries=carries) for carries in (False, True))
        yield (
            f"scores and burdens: drawn for the group {summary.ancestry}, {draws} times where nothing else is carried "
            f"and {beside} times elsewhere, all alleles called; each share within "
            f"{_percent(summary.forecast.error)} of what is said, at 99 %"
        )
    found = summary.forecast
    yield f"enumerated: all but {_percent(found.rest)} of participants, in {found.results} different results"
    if found.draws:
        left = f"; {found.left} of them not worked out" if found.left else ""
        yield f"simulated: {found.draws} participants{left}; intervals are Wilson's at 99 %"


def text(summary: Summary) -> str:
    """The forecast as a table of words."""
    found = summary.forecast
    lines = [*basis(summary), "", _row("outcome", "at least", "at most", "simulated" if found.draws else "")]
    lines += _by_grade("assigned ", found.assigned, found.assigned_by_grade, found.rest)
    lines += _by_grade("review, provisionally ", found.provisional, found.provisional_by_grade, found.rest)
    lines += [_line("review, no category", found.no_category), ""]
    lines.append("reasons; a participant may have several, and those that depend on files are not forecast")
    lines += [_line(reason.value, share) for reason, share in found.reasons.items()]
    lines += group_table(summary.groups)
    lines += _scores(summary)
    lines += _trial(summary)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _by_grade(
    before: str, shares: Mapping[str, Share], grades: Mapping[tuple[str, Grade], Share], rest: float
) -> Iterator[str]:
    """The share of each category, and below it that of each grade that somebody may have."""
    for name, share in shares.items():
        yield _line(f"{before}{name}", share)
        for grade in Grade:
            part = grades[name, grade]
            if part.most > rest:
                yield _line(f"  {grade.value}", part)


def _scores(summary: Summary) -> Iterator[str]:
    """What the scores come to by themselves, group by group, or why they are not drawn."""
    if (found := summary.scores) is None:
        return
    yield ""
    for name, lack in found.lacking.items():
        yield f"score {name} is not forecast: {lack.words}"
    if not found.groups:
        return
    yield f"scores and burdens alone, of the {_percent(found.share)} of participants in whom nothing else is found"
    yield f"drawn {DRAWS} times in each group, all alleles called; each share within {_percent(found.error)} at 99 %"
    for group in found.groups:
        for name, share in (*group.categories.items(), ("no category", group.none)):
            yield _row(f"{group.group}: {name}", _percent(share), "", "")
        for name, share in group.agreeing.items():
            yield _row(f"{group.group}: both agree, {name}", _percent(share), "", "")
        for name, share in group.burdened.items():
            yield _row(f"{group.group}: burdened, {name}", _percent(share), "", "")


def _trial(summary: Summary) -> Iterator[str]:
    if (sizes := summary.arms) is not None:
        yield ""
        yield f"arms of {summary.enrolled} enrolled participants, by simulated trials; those not enumerated are in none"
        yield _row("arm", "5 %", "95 %", "median")
        for name, size in sizes.items():
            yield _row(name, str(size.low), str(size.high), str(size.median))
    if (plan := summary.enrolment) is not None:
        yield ""
        yield (
            f"to enrol for {plan.per_arm} per arm with a chance of at least {plan.probability:g}; "
            "only those assigned without review, and none of those not enumerated, count"
        )
        for name, number in plan.each.items():
            yield _row(f"{name} alone", _whole(number), "", "")
        yield _row("every arm", _whole(plan.every), "", "")
    if summary.power is not None or summary.chance is not None:
        yield ""
        yield f"a reversal: {summary.endpoint}"
    if (test := summary.power) is not None:
        yield (
            f"an arm of {test.per_arm} against the historical rate {test.historical:g}, one-sided exact binomial test, "
            f"alpha {test.alpha:g} for each arm: it rejects from {test.critical} reversals on "
            f"(chance {test.size:.4g} under the historical rate)"
            if test.critical <= test.per_arm
            else f"an arm of {test.per_arm} can never reject the historical rate {test.historical:g} "
            f"at alpha {test.alpha:g}"
        )
        yield f"power at the rate {test.rate:g}: {test.power:.4f}"
    if summary.two_stage is not None:
        yield from _two_stage(summary.two_stage)
    if summary.chance is not None:
        yield f"chance of at least {summary.reversals} reversals in an arm: {summary.chance:.4f}"


def _two_stage(designs: Sequence[TwoStage]) -> Iterator[str]:
    if not designs:
        yield f"two stages in one arm (Simon 1989): no design has at most {MOST_TWO_STAGE} participants"
        return
    optimal, minimax = designs
    yield (
        f"two stages in one arm (Simon 1989), historical rate {optimal.historical:g}, rate {optimal.rate:g}, "
        f"alpha {optimal.alpha:g}, power {optimal.wanted:g}"
    )
    for name, design in (("optimal", optimal), ("minimax", minimax)):
        yield (
            f"{name}: stop after {design.first} participants with at most {design.stop} reversals, else go on to "
            f"{design.all}; more than {design.reject} reversals reject the historical rate; "
            f"{design.expected:.1f} participants expected under it"
        )


def _whole(number: int | None) -> str:
    return "out of reach" if number is None else str(number)


def _line(name: str, share: Share) -> str:
    drawn = ""
    if share.simulated is not None:
        middle, low, high = share.simulated
        drawn = f"{_percent(middle)} ({_percent(low)} to {_percent(high)})"
    return _row(name, _percent(share.least), _percent(share.most), drawn)


def _row(*cells: str) -> str:
    name, least, most, drawn = cells
    return f"  {name:<30} {least:>12} {most:>12}   {drawn}"


def _percent(share: float) -> str:
    return f"{100 * share:.4f} %"


def as_json(summary: Summary) -> dict[str, Any]:
    """The forecast as plain JSON values; shares are fractions of one."""
    found, table = summary.forecast, summary.frequencies
    return {
        "rule_set": {"id": summary.rules.content.rule_set.id, "digest": summary.rules.digest},
        "basis": list(basis(summary)),
        "frequencies": [asdict(row) for row in table.rows],
        "laboratory": asdict(summary.laboratory),
        "assigned": {name: _share(share) for name, share in found.assigned.items()},
        "provisional": {name: _share(share) for name, share in found.provisional.items()},
        "assigned_by_grade": _grades(found.assigned_by_grade),
        "provisional_by_grade": _grades(found.provisional_by_grade),
        "no_category": _share(found.no_category),
        "reasons": {reason.value: _share(share) for reason, share in found.reasons.items()},
        "scores": None if summary.scores is None else _scores_form(summary.scores),
        "ancestry": summary.ancestry,
        "by_group": {name: dict(by_category_and_grade(each)) for name, each in summary.groups.items()},
        "error": found.error,
        "not_enumerated": found.rest,
        "draws": found.draws,
        "draws_not_worked_out": found.left,
        "results": found.results,
        "endpoint": asdict(summary.endpoint),
        "enrolment": None if summary.enrolment is None else asdict(summary.enrolment),
        "enrolled": summary.enrolled,
        "arms": None if summary.arms is None else {name: asdict(size) for name, size in summary.arms.items()},
        "power": None if summary.power is None else asdict(summary.power),
        "two_stage": None
        if summary.two_stage is None
        else dict(zip(("optimal", "minimax"), map(asdict, summary.two_stage), strict=False)),
        "reversals": None if summary.chance is None else {"least": summary.reversals, "chance": summary.chance},
    }


def _scores_form(found: ScoreForecast) -> dict[str, Any]:
    groups = {
        each.group: {
            "categories": dict(each.categories),
            "no_category": each.none,
            "agreeing": dict(each.agreeing),
            "burdened": dict(each.burdened),
        }
        for each in found.groups
    }
    lacking = {name: lack.value for name, lack in found.lacking.items()}
    return {"of": found.share, "draws": DRAWS, "error": found.error, "groups": groups, "not_forecast": lacking}


def _grades(shares: Mapping[tuple[str, Grade], Share]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for (name, grade), share in shares.items():
        found.setdefault(name, {})[grade.value] = _share(share)
    return found


def _share(share: Share) -> dict[str, Any]:
    drawn = None if share.simulated is None else dict(zip(("share", "low", "high"), share.simulated, strict=True))
    return {"at_least": share.least, "at_most": share.most, "simulated": drawn}
