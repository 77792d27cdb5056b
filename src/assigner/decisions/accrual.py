"""How many participants each category has so far, for allocations that balance the arms.

The caller passes it in, the trace records it, and a replay reads it from the trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from assigner.errors import InputError, kind_of, shown
from assigner.files import Source, bytes_up_to, name_of
from assigner.rules.scalars import Natural
from assigner.rules.schema import RuleSet
from assigner.strict import json_in, validated

MOST_BYTES = 1_000_000
"""The largest file of an accrual that is read."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Count = Annotated[Natural, Field(le=10_000_000)]


class Accrual(BaseModel):
    """The participants of a trial so far, and where the next one stands.

    Attributes:
        arms: how many participants each category has; a category that is not named has none.
        factors: by factor (site, onset ...) and level of it, the same for the participants of that level.
        levels: the next participant's level of each factor.

    >>> Accrual(arms={"CAT1": 3, "CAT3": 2}, factors={"site": {"Durham": {"CAT1": 1}}}, levels={"site": "Durham"})
    Accrual(arms={'CAT1': 3, 'CAT3': 2}, factors={'site': {'Durham': {'CAT1': 1}}}, levels={'site': 'Durham'})
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    arms: dict[Name, Count] = {}
    factors: dict[Name, dict[Name, dict[Name, Count]]] = {}
    levels: dict[Name, Name] = {}

    @property
    def form(self) -> dict[str, Any]:
        """The accrual as JSON values."""
        return self.model_dump(mode="json")

    def at(self, factor: str, category: str) -> int:
        """How many participants of a category share the next participant's level of a factor."""
        return self.factors.get(factor, {}).get(self.levels[factor], {}).get(category, 0)

    def expect_for(self, content: RuleSet) -> None:
        """Refuse an accrual that does not fit the rule set.

        Raises:
            InputError: when a category is unknown, the next participant's level of a balanced factor is missing, or a
                factor counts more participants of a category than `arms` has.
        """
        for place, expected, got in self._misfits(content):
            raise InputError(place, expected, got)

    def _misfits(self, content: RuleSet) -> Iterator[tuple[str, str, str]]:
        names = [category.id for category in content.categories]
        protocol = content.decision.otherwise
        for factor in protocol.factors if protocol else ():
            if factor not in self.levels:
                yield "accrual: levels", f"the participant's level of {factor}", "none"
        yield from _unknown("accrual: arms", self.arms, names)
        for factor, levels in self.factors.items():
            for level, counts in levels.items():
                yield from _unknown(f"accrual: factors: {factor}: {level}", counts, names)
            for name in names:
                counted, most = sum(counts.get(name, 0) for counts in levels.values()), self.arms.get(name, 0)
                if counted > most:
                    yield (
                        f"accrual: factors: {factor}",
                        f"at most {most} participants of {name}, as in arms",
                        f"{counted}",
                    )


def _unknown(place: str, counts: Mapping[str, int], names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    for name in counts:
        if name not in names:
            yield place, f"one of {', '.join(names)}", shown(name)


def accrual_of(value: Any, name: str = "accrual") -> Accrual:
    """Read an accrual from JSON values.

    Raises:
        InputError: when they are of another shape.
    """
    return validated(Accrual, value, InputError, name, kind_of)


def read_accrual(source: Source) -> Accrual:
    """Read an accrual in JSON, `{"arms": ..., "factors": ..., "levels": ...}`, from a path, an open file or its bytes.

    Raises:
        InputError: when it cannot be read, is not JSON, or of another shape.
    """
    name, read = name_of(source, "accrual"), bytes_up_to(MOST_BYTES, source, InputError, "accrual")
    if len(read) > MOST_BYTES:
        raise InputError(name, f"at most {MOST_BYTES} bytes", "more")
    return accrual_of(json_in(read, name, "JSON in UTF-8 with each key once", InputError), name)
