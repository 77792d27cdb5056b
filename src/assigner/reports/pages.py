"""The page of a report: the facts in HTML, with the pictures in it. What comes from a trace is text, nothing else."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from assigner.errors import plain
from assigner.reports import pictures
from assigner.reports.citations import address_of
from assigner.reports.facts import GENES, Evidence, Outcome, PanelCount, Points, Section, State
from assigner.reports.issues import Issue
from assigner.reports.screen import screen_of
from assigner.reports.sections import sections
from assigner.rules import Rules
from assigner.traces import Trace

MOST_IN_TITLE = 80

MOST_LETTERS = 2000
"""Longer texts are cut on the page, and say so: a browser's time to print one grows with the square of its length."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""What a browser may do for a report: show it, and nothing else."""

STATES: dict[State, str] = {
    "called": "called: a genotype or a size was read",
    "reference": "reference: seen in the file",
    "assumed": "reference by assumption only",
    "doubtful": "doubtful: failed quality control, or incomplete",
    "unknown": "not assessed",
}


def page(trace: Trace, changes: Sequence[str], rules: Rules | None, issue: Issue) -> str:
    """The whole page."""
    told = sections(trace, changes)
    screen = screen_of(trace, rules)
    outcome = screen.outcome
    drawn = {"points": _points(told), "panels": _panels(told), "legend": _legend()}
    return filled(
        "report.html.j2",
        sections=told,
        outcome=outcome,
        screen=screen,
        issue=issue,
        trace=trace,
        title=_title(outcome),
        policy=POLICY,
        states=STATES,
        gene_words=GENES,
        footer=Markup(css_text(f"{_cut(trace.participant)} · {_short_head(outcome)}")),
        foot_digest=Markup(css_text(f"trace {_cut(trace.digest)}")),
        **drawn,
    )


@functools.cache
def _environment() -> jinja2.Environment:
    """Templates in which every value is escaped, and shown rather than obeyed, whatever the template says."""
    folder = resources.files("assigner.reports").joinpath("templates")
    names = ("report.html.j2", "ledger.html.j2", "cohort.html.j2", "report.css.j2")
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({name: folder.joinpath(name).read_text(encoding="utf-8") for name in names}),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["address"] = address_of
    environment.filters["facts"] = _facts
    environment.filters["by_category"] = _by_category
    return environment


def filled(name: str, **values: Any) -> str:
    """A template with values in it; whatever they are, they stand there as text."""
    return _environment().get_template(name).render(**values)


def _shown(value: Any) -> Any:
    """What stands in the page for a value: markup as it is, anything else as printable text."""
    if isinstance(value, Markup):
        return value
    text = str(value)
    more = len(text) - MOST_LETTERS
    return plain(text) if more <= 0 else f"{plain(text[:MOST_LETTERS])}… ({more} more characters, in the trace)"


def _facts(section: Section, *kinds: str) -> list[Any]:
    """The facts of a section that are of these kinds, in their order."""
    return [fact for fact in section.facts if type(fact).__name__ in kinds]


def _by_category(evidence: Sequence[Evidence]) -> list[tuple[str | None, list[Evidence]]]:
    """Evidence that stands together by its category; a category may be None, which no filter of Jinja's can sort."""
    return [(category, list(group)) for category, group in itertools.groupby(evidence, lambda fact: fact.category)]


def _head(outcome: Outcome) -> str:
    if outcome.assigned:
        return f"Assigned: {outcome.trace.category} {outcome.category_name}"
    return f"Review: {', '.join(outcome.codes)}"


def _short_head(outcome: Outcome) -> str:
    return f"assigned {_cut(outcome.trace.category or '')}" if outcome.assigned else "review"


def _title(outcome: Outcome) -> str:
    return _cut(f"{_head(outcome)} – participant {outcome.trace.participant}")


def _cut(text: str) -> str:
    return text if len(text) <= MOST_IN_TITLE else f"{text[: MOST_IN_TITLE - 1]}…"


def css_text(text: str) -> str:
    r"""A string of CSS in which nothing but letters and digits stands for itself.

    >>> print(css_text('P1"</style>'))
    "P1\000022\00003c\00002fstyle\00003e"
    """
    shown = (c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in plain(text))
    return f'"{"".join(shown)}"'


def _points(told: Sequence[Section]) -> dict[int, pictures.Picture | None]:
    scores = [fact for section in told for fact in section.facts if isinstance(fact, Points)]
    tiers = sorted({each.tier for score in scores for each in score.tiers})
    return {tier: pictures.points(scores, tier) for tier in tiers}


def _panels(told: Sequence[Section]) -> tuple[pictures.Picture, ...]:
    counts = [fact for section in told for fact in section.facts if isinstance(fact, PanelCount)]
    return tuple(picture for fact in counts for picture in pictures.panels(fact.genes))


@functools.cache
def _legend() -> dict[State, str]:
    return {state: pictures.legend(state) for state in STATES}
