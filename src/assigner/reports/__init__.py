"""A trace for people: as text, on a terminal, and as one page of HTML with pictures."""

from __future__ import annotations

from collections.abc import Sequence

from assigner import extras
from assigner.traces import Trace


def render(trace: Trace, changes: Sequence[str] = ()) -> str:
    """The page; the same trace gives the same page.

    Whether the trace's digest fits is for the caller to check.

    Args:
        trace: what to report.
        changes: sentences that say what would change the outcome.

    Raises:
        InputError: when the extra `report` is not installed.
    """
    check_installed()
    from assigner.reports.pages import page

    return page(trace, changes)


def check_installed() -> None:
    """See that what reports are made with is there, without loading it.

    Raises:
        InputError: when the extra `report` is not installed.
    """
    extras.check_installed("report", "jinja2", "matplotlib")
