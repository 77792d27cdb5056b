"""How much is tried: less at each change, all of it at a release. The Hypothesis profile of the run decides."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import settings

T = TypeVar("T")
QUICK = os.environ.get("HYPOTHESIS_PROFILE", "ci") == "ci"
at_a_release = pytest.mark.skipif(QUICK, reason="takes long: tried at a release (make validation)")
"""A quicker test, or a step of .ci/run, asks nearly the same; or what is tried is a test or a tool of the release."""


def times(share: float, **more: Any) -> settings:
    """So many times the profile's number of examples, for a law that is cheap to try or has many ways to fail."""
    return settings(max_examples=max(1, round(share * settings.default.max_examples)), **more)


def kills(few: int) -> int:
    """How often a test kills what writes: few times in a quick run; else 200, 1,000 in the five tests together."""
    return int(os.environ.get("LEDGER_LOOPS", few if QUICK else 200))


def some(each: Sequence[T], every: int) -> Sequence[T]:
    """One in so many of cases that are read alike, in a quick run; else all of them."""
    return each[::every] if QUICK else each
