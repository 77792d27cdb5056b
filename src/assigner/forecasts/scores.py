"""What scores and burdens come to in participants, group by group, and why some are not forecast.

Where a score has no reference, none is drawn: the others without it would be other participants.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterator, Mapping
from typing import assert_never

from attrs import frozen

from assigner.errors import InputError, shown
from assigner.evidence.answers import find
from assigner.forecasts.drawn import DRAWS, Drawing
from assigner.forecasts.populations import Population
from assigner.forecasts.shares import CHANCE, Forecast
from assigner.rules.panels import Panel, panel_of
from assigner.truth import Truth

ALL = "all"
"""The group of all participants, where burdens are drawn and no scores."""


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
    """What scores and burdens come to in a group, as shares of the participants in whom nothing else is found.

    Attributes:
        drawing: what is drawn.
        categories: by category, where they point to one.
    """

    drawing: Drawing
    categories: Mapping[str, float]

    @property
    def group(self) -> str:
        """The group's name."""
        return self.drawing.group

    @property
    def agreeing(self) -> Mapping[str, float]:
        """By agreement, how often both of its scores put its category first."""
        return self.drawing.agreeing

    @property
    def burdened(self) -> Mapping[str, float]:
        """By burden, in which share of participants it is true."""
        return self.drawing.burdened

    @property
    def none(self) -> float:
        """Where they point to no category."""
        return max(0.0, 1 - math.fsum(self.categories.values()))


@frozen(kw_only=True)
class ScoreForecast:
    """What the scores and burdens of a rule set come to.

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

    def chosen(self, ancestry: str | None) -> GroupShares | None:
        """The group of an ancestry, the first one where none is named; None where nothing is drawn.

        Raises:
            InputError: no such group is drawn.
        """
        if ancestry is None:
            return next(iter(self.groups), None)
        found = next((each for each in self.groups if each.group == ancestry), None)
        if found is None:
            names = ", ".join(each.group for each in self.groups) or "none: no score is forecast"
            raise InputError("ancestry", f"a group of which every score has a reference ({names})", shown(ancestry))
        return found

    def by_group(self, population: Population, forecast: Callable[[Population], Forecast]) -> dict[str, Forecast]:
        """The shares of all outcomes in each group, by what forecasts those of participants."""
        return {each.group: forecast(population.with_drawn(each.drawing)) for each in self.groups}


def scores_forecast(population: Population) -> ScoreForecast | None:
    """What the scores and burdens come to in participants who carry nothing; None without any that is drawn."""
    panel = panel_of(population.rules, population.base.build)
    content = panel.content
    seen = {own.gene: own.truth for own in find(population.base, population.rules).all}
    burdens = [own for own in content.burdens if seen[own.id] is Truth.FALSE]  # they are looked for
    if not content.scores and not burdens:
        return None
    lacking, groups = dict(_lacking(panel)), [ALL]
    if content.scores:
        groups = [
            own.group
            for own in content.scores[0].reference
            if all(own.group in {other.group for other in each.reference} for each in content.scores)
        ]
    if not lacking and not groups:
        lacking = {own.id: Lack.NO_COMMON_GROUP for own in content.scores}
    found = []
    for group in () if lacking else groups:
        drawing = Drawing.of(population.rules, group, burdens)
        found.append(GroupShares(drawing=drawing, categories=drawing.shares_of(population.base, population.accrual)))
    return ScoreForecast(share=population.p_no_finding, groups=tuple(found), lacking=lacking)


def _lacking(panel: Panel) -> Iterator[tuple[str, Lack]]:
    """The scores that cannot be drawn by themselves."""
    for own in panel.content.scores:
        score = panel.scores[own.id]
        if not own.reference:
            yield own.id, Lack.NO_REFERENCE
        elif any((each.scoring_file, each.alleles) != (score.file.sha256, score.counted) for each in own.reference):
            yield own.id, Lack.STALE_REFERENCE
