"""How it may end for participants of a forecast: the category, the grade and the reasons."""

from __future__ import annotations

from attrs import evolve, frozen

from assigner.assignments import Assignment
from assigner.decisions.grades import Grade
from assigner.decisions.reasons import Reason


@frozen
class Ending:
    """One way in which it may end for a participant.

    Attributes:
        chance: 1, or what a lot gives it; None where the sizes of the arms decide.
        grade: how strong the ground of the category is, assigned or provisional.
    """

    chance: float | None
    category: str | None
    provisional: str | None
    grade: Grade | None
    reasons: tuple[Reason, ...]

    @classmethod
    def of(cls, made: Assignment, chance: float | None) -> Ending:
        """The end that an assignment is."""
        return cls(chance, made.category, made.provisional, made.grade, tuple(each.reason for each in made.reasons))

    def with_category(self, name: str) -> Ending:
        """The same end with another category."""
        if self.category is None:
            return evolve(self, provisional=name)
        return evolve(self, category=name)


Ends = tuple[Ending, ...]
"""All the ways in which it may end: one, or one for each category that a lot or the sizes of the arms may choose."""


@frozen
class Branch:
    """A part of equal participants, whose weak evidence came out alike.

    Attributes:
        share: how many of them.
    """

    share: float
    ends: Ends


@frozen
class Result:
    """What becomes of equal participants.

    Attributes:
        branches: one, or several where what is drawn of them makes a difference.
        draws: how often they were drawn; 0 where nothing drawn makes a difference.
    """

    branches: tuple[Branch, ...]
    draws: int = 0
