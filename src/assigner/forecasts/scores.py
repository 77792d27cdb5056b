"""What polygenic scores come to where nothing else is found, group by group.

Each score is drawn from a normal distribution with the mean and the variance of its reference, independent of the other
scores, by the numbers with which weights are drawn again (`decisions.stability`): made by counting under the rule set's
digest, in whole numbers, the same for everyone. Every allele is taken as called. What then decides is the contest of
the rule set, with all else as in a participant who carries nothing. Where a score has no reference, none is drawn: the
others without it would be other participants.

What is left out: scores that go together because they share alleles or people, tails that are not normal, weak
evidence beside stronger evidence.
"""

from __future__ import annotations

import enum
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import assert_never

from attrs import frozen

from assigner.decisions.allocations import left_out
from assigner.decisions.contests import Contest, Terms
from assigner.decisions.scores import Tally
from assigner.decisions.stability import DEVIATE_UNITS, deviates, strengths_by
from assigner.evidence.answers import find
from assigner.evidence.kinds.agreement import leads_of
from assigner.forecasts.populations import Population
from assigner.rules.panels import Panel, panel_of
from assigner.rules.schema import RuleSet
from assigner.rules.score_criteria import MICRO, PolygenicCriterion

DRAWS = 10_000
"""How many participants of each group are drawn."""

CHANCE = 0.01
"""The chance that a share is further from the true one than `error` says."""


class Lack(enum.StrEnum):
    """Why a score is not drawn."""

    NO_REFERENCE = "no_reference"
    STALE_REFERENCE = "stale_reference"
    NO_COMMON_GROUP = "no_common_group"

    @property
    def words(self) -> str:
        """The same for people."""
        match self:
            case Lack.NO_REFERENCE:
                return "no reference stands in the rule set"
            case Lack.STALE_REFERENCE:
                return "its reference is of another scoring file, or of other alleles that count"
            case Lack.NO_COMMON_GROUP:
                return "no group has a reference of every score"
            case _:
                assert_never(self)


@frozen(kw_only=True)
class GroupShares:
    """What the scores come to in a group, as shares of the participants in whom nothing else is found.

    Attributes:
        categories: by category, where the scores point to one.
        agreeing: by agreement, how often both of its scores put its category first.
    """

    group: str
    categories: Mapping[str, float]
    agreeing: Mapping[str, float]

    @property
    def none(self) -> float:
        """Where the scores point to no category."""
        return max(0.0, 1 - math.fsum(self.categories.values()))


@frozen(kw_only=True)
class ScoreForecast:
    """What the scores of a rule set come to.

    Attributes:
        share: of all participants, those in whom nothing else is found.
        groups: in the order of the first score's references; none where a score lacks one.
        lacking: the scores that are not drawn, and why.
    """

    share: float
    groups: tuple[GroupShares, ...]
    lacking: Mapping[str, Lack]

    @property
    def error(self) -> float:
        """How far a share may be from the one that endless draws would give, at 99 % (Hoeffding 1963)."""
        return math.sqrt(math.log(2 / CHANCE) / (2 * DRAWS))


def scores_forecast(population: Population) -> ScoreForecast | None:
    """What the scores come to in participants who carry nothing; None without any score."""
    panel = panel_of(population.rules, population.base.build)
    content = panel.content
    if not content.scores:
        return None
    lacking = dict(_lacking(panel))
    common = [
        own.group
        for own in content.scores[0].reference
        if all(own.group in {other.group for other in each.reference} for each in content.scores)
    ]
    if not lacking and not common:
        lacking = {own.id: Lack.NO_COMMON_GROUP for own in content.scores}
    groups = () if lacking else tuple(_drawn(population, content, group) for group in common)
    return ScoreForecast(share=population.p_no_finding, groups=groups, lacking=lacking)


def _lacking(panel: Panel) -> Iterator[tuple[str, Lack]]:
    """The scores that cannot be drawn by themselves."""
    for own in panel.content.scores:
        score = panel.scores[own.id]
        if not own.reference:
            yield own.id, Lack.NO_REFERENCE
        elif any((each.scoring_file, each.alleles) != (score.file.sha256, score.counted) for each in own.reference):
            yield own.id, Lack.STALE_REFERENCE


def _drawn(population: Population, content: RuleSet, group: str) -> GroupShares:
    """The shares in a group."""
    digest = population.rules.digest
    terms = Terms.of(content, population.base.participant, digest, population.accrual)
    tally = Tally.of(find(population.base, population.rules), content, left_out(content, terms.closed))
    values = {own.id: list(_values(own, group, digest)) for own in content.scores}
    categories: Counter[str] = Counter()
    agreeing: Counter[str] = Counter()
    for at in range(DRAWS):
        worths = {own.id: own.worth(values[own.id][at], MICRO, group) for own in content.scores}
        category, basis = Contest(tally.entries_if(strengths_by(content, worths)), terms).outcome()
        if category is not None and not basis.is_drawn:
            categories[category] += 1
        for own in content.agreements:
            agreeing[own.id] += all(lead.least > 0 for lead in leads_of(own, content.agreements, worths))
    return GroupShares(
        group=group,
        categories={category.id: categories[category.id] / DRAWS for category in content.categories},
        agreeing={own.id: agreeing[own.id] / DRAWS for own in content.agreements},
    )


def _values(criterion: PolygenicCriterion, group: str, digest: str) -> Iterator[int]:
    """The drawn values of a score, in millionths of a log odds ratio."""
    reference = next(own for own in criterion.reference if own.group == group)
    deviation = math.isqrt(reference.variance)
    for number in deviates(digest, f"forecast {group}\n{criterion.id}", DRAWS):
        yield reference.mean + deviation * number // DEVIATE_UNITS
