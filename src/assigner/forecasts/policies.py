"""Declared policies side by side: what each of several rule sets gives the same participants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from assigner.decisions.grades import Grade
from assigner.errors import plain
from assigner.forecasts.scores import ScoreForecast
from assigner.forecasts.shares import Forecast
from assigner.rules import Rules


@frozen
class Policy:
    """A rule set and what it gives the participants of a trial.

    Attributes:
        forecast: of the ancestry that was asked for, where scores are drawn.
        scores: what scores and burdens come to by themselves; None without any.
        groups: the same by ancestry group; none where nothing is drawn.
        ancestry: the group of `forecast`.
    """

    rules: Rules
    forecast: Forecast
    scores: ScoreForecast | None = None
    groups: Mapping[str, Forecast] = field(factory=dict)
    ancestry: str | None = None

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
        return outcomes_of(self.forecast)


def outcomes_of(found: Forecast) -> Iterator[tuple[str, float]]:
    """The least share of each outcome of a forecast: by grade, of review, and by category."""
    for grade in Grade:
        yield f"assigned, {grade}", sum(s.least for (_, own), s in found.assigned_by_grade.items() if own is grade)
    yield "review, provisional category", sum(share.least for share in found.provisional.values())
    yield "review, no category", found.no_category.least
    for name, share in found.assigned.items():
        yield f"assigned {name}", share.least


def by_category_and_grade(found: Forecast) -> Iterator[tuple[str, float]]:
    """The least share of each category and grade, assigned and in review, and of no category."""
    for (name, grade), share in found.assigned_by_grade.items():
        yield f"assigned {name}, {grade}", share.least
    for (name, grade), share in found.provisional_by_grade.items():
        yield f"review {name}, {grade}", share.least
    yield "review, no category", found.no_category.least


def group_table(groups: Mapping[str, Forecast]) -> list[str]:
    """The groups side by side, as lines of text; what nobody comes to in any group is left out."""
    if not groups:
        return []
    lines = ["", "by ancestry group, scores and burdens drawn, at least so many of the participants:"]
    lines.append(f"  {'outcome':<38}" + "".join(f" {name[:12]:>12}" for name in groups))
    lines += rows([dict(by_category_and_grade(found)) for found in groups.values()], 38)
    lines.append(row("not enumerated", [found.rest for found in groups.values()], 38))
    lines.append(row("error of the draws, at 99 %", [found.error for found in groups.values()], 38))
    return lines


def table(policies: Sequence[Policy]) -> list[str]:
    """The policies side by side, as lines of text; outcomes that none of them gives are left out."""
    lines = ["", "side by side, at least so many of the participants:"]
    lines += [f"  {at}: {policy.words}" for at, policy in enumerate(policies, start=1)]
    lines.append(f"  {'outcome':<30}" + "".join(f" {at:>12}" for at in range(1, len(policies) + 1)))
    lines += rows([dict(policy.outcomes()) for policy in policies])
    lines.append(row("not enumerated", [policy.forecast.rest for policy in policies]))
    if any(policy.forecast.error for policy in policies):
        lines.append(row("error of the draws, at 99 %", [policy.forecast.error or None for policy in policies]))
        lines.append("  the difference of two policies has the errors of both")
    for group in dict.fromkeys(name for policy in policies for name in policy.groups):
        lines += ["", f"the same, ancestry group {group}:"]
        lines += rows([dict(outcomes_of(policy.groups.get(group, policy.forecast))) for policy in policies])
    return lines


def rows(columns: Sequence[Mapping[str, float]], width: int = 30) -> Iterator[str]:
    """A line for each name with a share that is not 0 in any column."""
    for name in dict.fromkeys(name for column in columns for name in column):
        shares = [column.get(name) for column in columns]
        if any(shares):
            yield row(name, shares, width)


def row(name: str, shares: Sequence[float | None], width: int = 30) -> str:
    """A line of a table: a name and its shares."""
    return f"  {name:<{width}}" + "".join(f" {cell_of(share):>12}" for share in shares)


def cell_of(share: float | None) -> str:
    """A share as per cent."""
    return "-" if share is None else f"{100 * share:.4f} %"


def as_json(policies: Sequence[Policy]) -> list[dict[str, Any]]:
    """The same as plain JSON values; shares are fractions of one."""
    return [
        {
            "rule_set": {"id": policy.rules.id, "version": policy.rules.version, "digest": policy.rules.digest},
            "policy": policy.words,
            "at_least": dict(policy.outcomes()),
            "by_group": {name: dict(outcomes_of(found)) for name, found in policy.groups.items()},
            "not_enumerated": policy.forecast.rest,
            "error": policy.forecast.error,
        }
        for policy in policies
    ]
