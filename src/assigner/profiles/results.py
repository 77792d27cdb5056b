"""A laboratory's results as people type them: `C9orf72=2/8`, or `C9orf72=2/8@RP-PCR, report 17`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from assigner.errors import ProfileError


def results_of(items: Sequence[str], what: str, read: Callable[[str], Any] = str) -> dict[str, Any]:
    """The results by name, in the form of a profile.

    Args:
        items: each as `NAME=VALUE` or `NAME=VALUE@SOURCE`.
        what: what the form calls the value.
        read: reads the value.

    Raises:
        ProfileError: with the first that is written otherwise, or is given twice.

    >>> results_of(["C9orf72=2/8", "ATXN2=22/31@report 17"], "sizes")
    {'C9orf72': '2/8', 'ATXN2': {'sizes': '22/31', 'source': 'report 17'}}
    """
    found: dict[str, Any] = {}
    for item in items:
        name, sign, given = item.partition("=")
        value, at, source = given.partition("@")
        if not (name and sign and value) or (at and not source.strip()):
            raise ProfileError("results", "NAME=VALUE or NAME=VALUE@SOURCE", repr(item))
        if name in found:
            raise ProfileError("results", "each name once", f"{name} twice", f"{name} is given twice")
        found[name] = {what: read(value), "source": source.strip()} if at else read(value)
    return found
