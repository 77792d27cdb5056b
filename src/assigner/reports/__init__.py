"""A trace for people: as text, on a terminal, and as one page of HTML with pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assigner import extras
from assigner.reports.issues import Issue

if TYPE_CHECKING:
    from assigner.rules import Rules
    from assigner.traces import Trace

NOBODY = Issue()


def render(trace: Trace, changes: Sequence[str] = (), rules: Rules | None = None, issue: Issue = NOBODY) -> str:
    """The page; the same trace gives the same page.

    Whether the trace's digest fits is for the caller to check.

    Args:
        trace: what to report.
        changes: sentences that say what would change the outcome.
        rules: the rule set that decided; without it listed alleles have no HGVS names.
        issue: who issues the report, and when.

    Raises:
        InputError: when the extra `report` is not installed.
    """
    check_installed()
    from assigner.reports.pages import page

    return page(trace, changes, rules, issue)


def check_installed() -> None:
    """See that what reports are made with is there, without loading it.

    Raises:
        InputError: when the extra `report` is not installed.
    """
    extras.check_installed("report", "jinja2")
