"""Numbers as VCF writes them: decimal, whole, shares; what is none of these is None."""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,3})?")

_WHOLES = re.compile(r"(?:\.|[0-9]{1,9})(?:,(?:\.|[0-9]{1,9}))*")

_MOST_DIGITS = 100
"""With more digits than this a share is no number that anybody has measured."""


def decimal_of(text: str) -> Decimal | None:
    """A number; None for `.`, NaN and what is none.

    >>> decimal_of("1.5e-2"), decimal_of("."), decimal_of("nan")
    (Decimal('0.015'), None, None)
    """
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def whole_list(text: str) -> tuple[int | None, ...]:
    """Whole numbers, None for `.`; nothing where one of them is something else.

    >>> whole_list("7,.,3"), whole_list("7,x"), whole_list(".")
    ((7, None, 3), (), ())
    """
    if text == "." or not _WHOLES.fullmatch(text):
        return ()
    return tuple(None if part == "." else int(part) for part in text.split(","))


def total(*values: int | None) -> int | None:
    """The sum of counts; None where one is missing."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def fraction(text: str) -> Decimal | None:
    """A share as a number from 0 to 1, or in percent with its sign (VarScan's FREQ); one of endless digits is none.

    >>> fraction("0.35"), fraction("35.5%"), fraction("1.2")
    (Decimal('0.35'), Decimal('0.355'), None)
    """
    value = decimal_of(text.removesuffix("%"))
    if value is None:
        return None
    share = value / 100 if text.endswith("%") else value
    return share if 0 <= share <= 1 and len(format(share, "f")) <= _MOST_DIGITS else None
