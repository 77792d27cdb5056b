"""Three-valued truth (Kleene's strong logic): true, false, unknown."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Never


class Truth(enum.StrEnum):
    """The answer to a question asked of a profile.

    A truth is compared, never tested: `if truth:` is an error for mypy and at run time, because
    *unknown* is neither.

    >>> ~Truth.UNKNOWN
    <Truth.UNKNOWN: 'unknown'>
    """

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    def __bool__(self) -> Never:
        raise TypeError("a Truth is compared (truth is Truth.TRUE), never tested")

    def __invert__(self) -> Truth:
        match self:
            case Truth.TRUE:
                return Truth.FALSE
            case Truth.FALSE:
                return Truth.TRUE
            case Truth.UNKNOWN:
                return Truth.UNKNOWN


def any_of(truths: Iterable[Truth]) -> Truth:
    """True when one is true, false when all are false (so of none), else unknown.

    >>> any_of([Truth.FALSE, Truth.UNKNOWN])
    <Truth.UNKNOWN: 'unknown'>
    """
    seen = set(truths)
    if Truth.TRUE in seen:
        return Truth.TRUE
    return Truth.UNKNOWN if Truth.UNKNOWN in seen else Truth.FALSE


def all_of(truths: Iterable[Truth]) -> Truth:
    """False when one is false, true when all are true (so of none), else unknown.

    >>> all_of([Truth.TRUE, Truth.UNKNOWN])
    <Truth.UNKNOWN: 'unknown'>
    """
    seen = set(truths)
    if Truth.FALSE in seen:
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in seen else Truth.TRUE
