"""The first screen: what a person in a hurry reads of a trace, in about fifteen lines of eighty columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, assert_never

from attrs import frozen

from assigner.decisions.decision import Verdict
from assigner.errors import plain
from assigner.evidence.flags import FlagKind
from assigner.reports.facts import Evidence, Flag, Outcome, Reason, Step
from assigner.reports.lacks import lacks_of
from assigner.reports.sections import sections
from assigner.reports.spoken import Change, changes_in, percent_of
from assigner.reports.unanswered import Unanswered, unanswered_in
from assigner.rules import Rules
from assigner.traces import ScoreRecord, Trace

WIDTH = 80
"""Columns of a line; more only of a word that is longer."""

MOST_FOUND = 3
"""How many of the changes that were found are named."""

MOST_TOLD = 3
"""How many reasons, objections or steps are told, each."""

REST = "With --full: all of it, with its sources, and what would change it."
"""The last line; the steps above it name parts of the whole text."""

Tone = Literal["good", "wait", "title", "plain"]
"""What a line is, for whoever gives it a colour."""


@frozen
class Line:
    """A line of the first screen."""

    text: str
    tone: Tone = "plain"


@frozen(kw_only=True)
class Screen:
    """What stands on the first screen.

    Attributes:
        found: the changes on which true findings rest, those that speak for the category first.
        more_found: how many changes are not named.
        against: what stands against the category.
        unanswered: why findings are unknown that could change the decision.
        steps: what to do next, and what input is lacking.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    found: tuple[Change, ...]
    more_found: int
    against: tuple[str, ...]
    unanswered: tuple[Unanswered, ...]
    steps: tuple[str, ...]

    @property
    def approved(self) -> bool:
        """Whether the rule set is approved."""
        return self.outcome.trace.rule_set.status == "approved"


def screen_of(trace: Trace, rules: Rules | None = None) -> Screen:
    """The first screen of a trace.

    Args:
        trace: what was decided.
        rules: the rule set that decided; without it listed alleles have no HGVS names.
    """
    facts = [fact for section in sections(trace) for fact in section.facts]
    (outcome,) = (fact for fact in facts if isinstance(fact, Outcome))
    chosen = trace.category or trace.provisional
    evidence = [fact for fact in facts if isinstance(fact, Evidence)]
    evidence.sort(key=lambda fact: (fact.category != chosen, fact.finding.tier))
    found = dict.fromkeys(changes_in((fact.finding for fact in evidence), trace, rules))
    return Screen(
        outcome=outcome,
        reasons=tuple(fact for fact in facts if isinstance(fact, Reason)),
        found=tuple(found)[:MOST_FOUND],
        more_found=max(0, len(found) - MOST_FOUND),
        against=tuple(_against(trace, chosen, evidence, [fact for fact in facts if isinstance(fact, Flag)])),
        unanswered=tuple(each for each in unanswered_in(trace) if each.decisive),
        steps=(*(fact.text for fact in facts if isinstance(fact, Step)), *(lack.text for lack in lacks_of(trace))),
    )


def _against(trace: Trace, chosen: str | None, evidence: Sequence[Evidence], flags: Sequence[Flag]) -> Iterator[str]:
    """What speaks for another category or another disease, and what could still change the decision."""
    won = next((score for score in trace.scores if score.verdict is Verdict.CHOSEN), None)
    if won is not None and won.against is not None:
        yield _next_one(won, {score.category: score.name for score in trace.scores})
    tied = [f"{score.category} {score.name}" for score in trace.scores if score.verdict is Verdict.TIED]
    if tied:
        yield f"Tied: {', '.join(tied)}."
    if not trace.settled:
        count, risk = len(trace.decisive_unknowns), percent_of(trace.overturn_risk_ppm)
        yield f"{count} unknown finding{'s' if count != 1 else ''} could change it, with a risk of at most {risk}."
    others = [] if chosen is None else [fact for fact in evidence if fact.category not in (None, chosen)]
    for category in dict.fromkeys(fact.category for fact in others):
        genes = dict.fromkeys(fact.finding.gene for fact in others if fact.category == category)
        yield f"{', '.join(genes)} speaks for {category}."
    yield from (f"{_flag(fact)}, reported only." for fact in flags if not fact.holds)


def _flag(fact: Flag) -> str:
    kind = FlagKind(fact.kind)
    match kind:
        case FlagKind.MIMIC:
            return f"{fact.gene} can cause another disease: {fact.text}"
        case FlagKind.THERAPY:
            return f"A therapy aims at {fact.gene}: {fact.text}"
        case FlagKind.STRATIFICATION:
            return f"{fact.gene} stratifies: {fact.text}"
        case _:
            assert_never(kind)


def _next_one(won: ScoreRecord, names: dict[str, str]) -> str:
    name = f"{won.against} {names.get(won.against or '', '')}".strip()
    return f"Next is {name}: {won.their_points} points to {won.points} in tier {won.tier}."


def lines_of_screen(screen: Screen) -> Iterator[Line]:
    """The lines of the first screen, each of at most `WIDTH` columns."""
    yield from _head(screen)
    if screen.reasons:
        told = (f"{each.code}: {_in_percent(each.because)}" for each in screen.reasons)
        yield from _part("Why" if not screen.outcome.assigned else "Noted", told)
    if screen.found:
        yield Line("Found", "title")
    for change in screen.found:
        yield from _wrapped(change.what, "  ")
        yield from _wrapped(change.how, "    ")
    if screen.more_found:
        yield Line(f"  and {screen.more_found} more")
    if not screen.found:
        yield Line("Found nothing that counts", "title")
    yield from _part("Against", screen.against)
    yield from _part("Unknown", (f"{each.decisive}: {each.because}" for each in screen.unanswered))
    yield from _part("Next", screen.steps)
    yield Line(REST)


def _in_percent(text: str) -> str:
    """A text with its parts per million as percentages.

    >>> _in_percent("risk 233312 ppm, above 10000 ppm")
    'risk 24%, above 1%'
    """
    return re.sub(r"\b([0-9]+) ppm\b", lambda found: percent_of(int(found[1])), text)


def _head(screen: Screen) -> Iterator[Line]:
    outcome = screen.outcome
    trace, rules = outcome.trace, outcome.trace.rule_set
    tone: Tone = "good" if outcome.assigned else "wait"
    first = f"{trace.category} {outcome.category_name}" if outcome.assigned else ", ".join(outcome.codes)
    grade = f"  [{outcome.grade}]" if outcome.grade else ""
    yield from _wrapped(f"{'ASSIGNED' if outcome.assigned else 'REVIEW'}  {first}{grade}", "", tone)
    if outcome.assigned:
        yield from _wrapped(f"Intervention: {trace.intervention}", "  ", tone)
    elif trace.provisional is not None:
        yield from _wrapped(
            f"Provisionally {trace.provisional} {outcome.provisional_name}; no intervention until reviewed", "  ", tone
        )
    else:
        yield Line("  No category; no intervention until reviewed", tone)
    if outcome.allocation:
        yield from _wrapped(outcome.allocation, "  ")
    yield from _wrapped(f"Participant {trace.participant}", "  ")
    draft = "" if screen.approved else f", {rules.status.upper()}: not approved"
    yield from _wrapped(
        f"Rules {rules.id} {rules.version}{draft}. Research use only.", "  ", "plain" if screen.approved else "wait"
    )


def _part(title: str, texts: Iterable[str]) -> Iterator[Line]:
    told = list(texts)
    if told:
        yield Line(title, "title")
    for text in told[:MOST_TOLD]:
        yield from _wrapped(text, "  ")
    if told[MOST_TOLD:]:
        yield Line(f"  and {len(told) - MOST_TOLD} more")


def _wrapped(text: str, indent: str, tone: Tone = "plain") -> Iterator[Line]:
    """A text in lines, each after the first one further in."""
    further = indent + "  "
    for line in textwrap.wrap(
        plain(text), WIDTH, initial_indent=indent, subsequent_indent=further, break_on_hyphens=False
    ):
        yield Line(line, tone)
