"""Published effects, and what they are worth: the part of the disease among carriers that is due to what they carry.

Of people who carry something with the odds ratio OR, about 1 - 1/OR would not have the disease without it. In
thousandths this is the one currency of points: 1000 is one full allele of evidence. Decimals are counted in a
context of their own, so that the same row gives the same points everywhere.
"""

from __future__ import annotations

import functools
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from assigner.rules.scalars import Id, Ppm, Reasoned, fault

_ODDS = r"[1-9][0-9]{0,5}(\.[0-9]{1,6})?"
_EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)


def _odds(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and re.fullmatch(_ODDS, value) and Decimal(value) > 1:
        return Decimal(value)
    raise fault("an odds ratio above 1, with a point and not in words")


def _interval(value: Any) -> Any:
    if isinstance(value, tuple):
        return value
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)-([0-9]{1,6}(?:\.[0-9]{1,6})?)", str(value))
    if found and Decimal(found[1]) <= Decimal(found[2]):
        return Decimal(found[1]), Decimal(found[2])
    raise fault("LOW-HIGH, two odds ratios, the first not above the second")


Odds = Annotated[Decimal, BeforeValidator(_odds), WithJsonSchema({"anyOf": [
    {"type": "number", "exclusiveMinimum": 1}, {"type": "string", "pattern": f"^({_ODDS})$"},
]})]  # fmt: skip
OddsInterval = Annotated[tuple[Decimal, Decimal], BeforeValidator(_interval), WithJsonSchema({
    "type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,6})?-[0-9]{1,6}(\.[0-9]{1,6})?$",
})]  # fmt: skip


class Effect(Reasoned):
    """What is published of what one criterion asks of one gene, where that is more than the criterion's own numbers.

    Attributes:
        criterion: the criterion.
        odds_ratio: of carriers against others; it gives the points of a finding, see `attributable`.
        interval: the 95 % confidence interval of it.
        carrier_ppm: the share of participants who carry what the criterion asks for in this gene.
    """

    criterion: Id
    odds_ratio: Odds | None = None
    interval: OddsInterval | None = None
    carrier_ppm: Ppm | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.odds_ratio is None and self.carrier_ppm is None:
            raise fault("an odds ratio, carrier_ppm, or both")
        if self.interval is not None and (
            self.odds_ratio is None or not self.interval[0] <= self.odds_ratio <= self.interval[1]
        ):
            raise fault("an interval with the odds ratio inside")
        return self

    @functools.cached_property
    def points(self) -> int | None:
        """What a finding is worth by the odds ratio."""
        return None if self.odds_ratio is None else attributable(self.odds_ratio)


def attributable(odds_ratio: Decimal) -> int:
    """The part due to what is carried, in thousandths, at least 1: 1000 x (1 - 1/OR).

    >>> attributable(Decimal("10.4")), attributable(Decimal("1.5")), attributable(Decimal(2))
    (904, 333, 500)
    """
    return _thousandths(_EXACT.subtract(Decimal(1), _EXACT.divide(Decimal(1), odds_ratio)))


def attributable_of_copies(log_odds: int, copies: int) -> int:
    """The same of several copies of an allele with a log odds ratio for each, in thousandths; 0 of none.

    >>> attributable_of_copies(75, 1), attributable_of_copies(75, 2), attributable_of_copies(418, 1)
    (72, 139, 342)
    """
    return _of_up_to_two(log_odds)[copies] if copies <= 2 else _of_log_odds(copies * log_odds)


@functools.lru_cache(maxsize=4096)
def _of_up_to_two(log_odds: int) -> tuple[int, int, int]:
    """What no copy, one and two are worth; the same numbers are asked for all participants."""
    return 0, _of_log_odds(log_odds), _of_log_odds(2 * log_odds)


def _of_log_odds(log_odds: int) -> int:
    return _thousandths(_EXACT.subtract(Decimal(1), _EXACT.exp(_EXACT.divide(Decimal(-log_odds), Decimal(1000)))))


def attributable_of_score(score: int, units: int, points: int) -> int:
    """The same of a score that is a log odds ratio in parts of `units`, of so many points; 0 of none.

    >>> attributable_of_score(75, 1000, 1000), attributable_of_score(-75, 1000, 1000)
    (72, 0)
    """
    if score <= 0:
        return 0
    part = _EXACT.subtract(Decimal(1), _EXACT.exp(_EXACT.divide(Decimal(-score), Decimal(units))))
    return int(_EXACT.to_integral_value(_EXACT.multiply(part, Decimal(points))))


def _thousandths(part: Decimal) -> int:
    return max(1, int(_EXACT.to_integral_value(_EXACT.multiply(part, Decimal(1000)))))
