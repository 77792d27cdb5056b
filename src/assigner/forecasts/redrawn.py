"""How stable the categories of a forecast's participants are when the weights of scores are drawn again.

A forecast draws scores and not genotypes, so each score moves by the standard deviation that it has in the mean of all
people with the frequencies of its file (`Score.usual_spread`), and not by that of one person's genotypes. The numbers
are the first of those by which the weights of participants are drawn again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping

from attrs import field, frozen

from assigner.decisions.contests import Contest, Terms
from assigner.decisions.scores import Strength, Tally
from assigner.decisions.stability import DEVIATE_UNITS, Stability, deviates, strengths_by
from assigner.genome.builds import Build
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.rules.polygenic import SCORE_UNITS
from assigner.rules.schema import RuleSet
from assigner.rules.score_criteria import MICRO, Worth

REDRAWS = 200
"""So often the weights are drawn again at most."""

_PART = SCORE_UNITS // MICRO


def asks_again(content: RuleSet) -> bool:
    """Whether a rule set asks how stable a category is that its scores give."""
    return content.decision.stability is not None and bool(content.scores)


@frozen(eq=False)
class Worths:
    """What a score is worth at least. A greater one is worth no less, so what lies between two equal ones is known."""

    work_out: Callable[[int], int]
    scores: list[int] = field(factory=list)
    worths: list[int] = field(factory=list)

    def of(self, score: int) -> int:
        """The points of a score, in parts of `SCORE_UNITS`."""
        at = bisect_left(self.scores, score)
        if 0 < at < len(self.scores) and self.worths[at - 1] == self.worths[at]:
            return self.worths[at]
        found = self.work_out(score)
        self.scores.insert(at, score)
        self.worths.insert(at, found)
        return found


@frozen(eq=False)
class Redrawing:
    """The weights of a rule set's scores drawn again, in a group of participants.

    Attributes:
        moves: by score, what each redraw adds to it, in parts of `SCORE_UNITS`.
        worths: by score, what it is worth.
        at_least: the least share of redraws, in thousandths, that must give the same category.
    """

    content: RuleSet
    moves: Mapping[str, tuple[int, ...]]
    worths: Mapping[str, Worths]
    redraws: int
    at_least: int

    @classmethod
    def of(cls, rules: Rules, group: str, build: Build) -> Redrawing | None:
        """Those of a group; None where the rule set does not ask how stable a category is, or has no scores."""
        content, asked = rules.content, rules.content.decision.stability
        if asked is None or not asks_again(content):
            return None
        redraws = min(asked.redraws, REDRAWS)
        moves = {}
        for name, score in panel_of(rules, build).scores.items():
            spread = score.usual_spread
            moves[name] = tuple(spread * each // DEVIATE_UNITS for each in deviates(rules.digest, name, redraws))
        worths = {
            own.id: Worths(lambda score, own=own: own.worth(score, SCORE_UNITS, group).least)  # type: ignore[misc]
            for own in content.scores
        }
        return cls(content, moves, worths, redraws, asked.at_least)

    def stability(
        self, scores: Mapping[str, int], drawn: Mapping[str, Strength], tally: Tally, terms: Terms
    ) -> Stability | None:
        """How often a participant's category comes out again; None where evidence gives none.

        Args:
            scores: the participant's scores, in millionths of a log odds ratio.
            drawn: what each criterion that is drawn is worth.
            tally: all else that speaks for categories.
            terms: what decides beside the points.
        """
        category, basis = Contest(tally.entries_if(drawn), terms).outcome()
        if category is None or basis.is_drawn:
            return None
        same = 0
        for at in range(self.redraws):
            worths = {}
            for name, value in scores.items():
                worth = self.worths[name].of(value * _PART + self.moves[name][at])
                worths[name] = Worth(worth, worth)
            entries = tally.entries_if({**drawn, **strengths_by(self.content, worths)})
            again, basis = Contest(entries, terms).outcome()
            same += again == category and not basis.is_drawn
        return Stability(self.redraws, same)

    def is_below(self, stability: Stability | None) -> bool:
        """Whether fewer redraws give the same category than the rule set asks for."""
        return stability is not None and stability.is_below(self.at_least)
