"""Declared policies side by side: what each of several rule sets gives the same participants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from assigner.decisions.grades import Grade
from assigner.errors import plain
from assigner.forecasts.scores import ScoreForecast
from assigner.forecasts.shares import Forecast
from assigner.rules import Rules


@frozen
class Policy:
    """A rule set and what it gives the participants of a trial."""

    rules: Rules
    forecast: Forecast
    scores: ScoreForecast | None = None

    @property
    def words(self) -> str:
        """The rule set, and what it declares to do with weak evidence and with none."""
        identity, decision = self.rules.content.rule_set, self.rules.content.decision
        grades = [f"{grade} {getattr(decision.grades, grade)}" for grade in ("supported", "weak", "allocated")]
        other = decision.otherwise
        ways = ("review", "review") if other is None else (other.no_evidence, other.tied)
        declared = [*grades, f"no evidence {ways[0]}", f"tied {ways[1]}"]
        return plain(f"{identity.id} {identity.version}, digest {self.rules.digest[:12]}: {', '.join(declared)}")

    def outcomes(self) -> Iterator[tuple[str, float]]:
        """The least share of each outcome, in one order for all policies; what is left is not enumerated."""
        found = self.forecast
        for grade in Grade:
            yield f"assigned, {grade}", sum(s.least for (_, own), s in found.assigned_by_grade.items() if own is grade)
        yield "review, provisional category", sum(share.least for share in found.provisional.values())
        yield "review, no category", found.no_category.least
        for name, share in found.assigned.items():
            yield f"assigned {name}", share.least

    def by_scores(self) -> dict[str, float]:
        """By group the share of participants who carry nothing else and whose scores point to a category, as drawn."""
        found = self.scores
        return {} if found is None else {each.group: found.share * (1 - each.none) for each in found.groups}

    @property
    def error(self) -> float:
        """How far one of `by_scores` may be from the one that endless draws would give, at 99 %."""
        return 0.0 if self.scores is None else self.scores.share * self.scores.error


def table(policies: Sequence[Policy]) -> list[str]:
    """The policies side by side, as lines of text; outcomes that none of them gives are left out."""
    lines = ["", "side by side, at least so many of the participants:"]
    lines += [f"  {at}: {policy.words}" for at, policy in enumerate(policies, start=1)]
    lines.append(f"  {'outcome':<30}" + "".join(f" {at:>12}" for at in range(1, len(policies) + 1)))
    lines += _rows([dict(policy.outcomes()) for policy in policies])
    lines.append(_row("not enumerated", [policy.forecast.rest for policy in policies]))
    drawn = list(_rows([policy.by_scores() for policy in policies]))
    if drawn:
        lines += ["", "by scores where nothing else is found, an estimate from draws: those with a category, by group"]
        lines += [*drawn, _row("error, at 99 %", [policy.error or None for policy in policies])]
        lines.append("  the difference of two policies has the errors of both, twice that of one")
    return lines


def _rows(columns: Sequence[Mapping[str, float]]) -> Iterator[str]:
    """A line for each name with a share that is not 0 in any column."""
    for name in dict.fromkeys(name for column in columns for name in column):
        shares = [column.get(name) for column in columns]
        if any(shares):
            yield _row(name, shares)


def _row(name: str, shares: Sequence[float | None]) -> str:
    cells = ("-" if share is None else f"{100 * share:.4f} %" for share in shares)
    return f"  {name:<30}" + "".join(f" {cell:>12}" for cell in cells)


def as_json(policies: Sequence[Policy]) -> list[dict[str, Any]]:
    """The same as plain JSON values; shares are fractions of one."""
    return [
        {
            "rule_set": {"id": policy.rules.id, "version": policy.rules.version, "digest": policy.rules.digest},
            "policy": policy.words,
            "at_least": dict(policy.outcomes()),
            "by_scores": {"shares": policy.by_scores(), "error": policy.error} if policy.by_scores() else None,
            "not_enumerated": policy.forecast.rest,
        }
        for policy in policies
    ]
