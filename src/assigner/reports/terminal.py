"""The explanation on a terminal: the same words as the plain text, in the same order, with colour by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from assigner.decisions.decision import Verdict as Ended
from assigner.errors import plain
from assigner.reports.facts import (
    Check,
    Decisive,
    Digest,
    Evidence,
    Fact,
    Flag,
    Outcome,
    Place,
    Points,
    Questions,
    Reason,
    Section,
    Verdict,
)
from assigner.reports.sections import sections
from assigner.reports.text import lines_of, measured
from assigner.traces import Trace

_TABLES = (Points, Questions, Place, Decisive, Check, Verdict)


def show(trace: Trace, changes: Sequence[str] = (), console: Console | None = None) -> None:
    """Print the explanation of a trace.

    Args:
        trace: what to explain.
        changes: sentences that say what would change the outcome.
        console: where to; stdout when not given.
    """
    console = console or Console(highlight=False, markup=False, emoji=False)
    for section in sections(trace, changes):
        for part in _parts(section):
            console.print(part)


def _parts(section: Section) -> Iterator[RenderableType]:
    if section.key != "outcome":
        yield Text(f"\n{section.title}", style="bold")
    for kind, facts in groupby(section.facts, type):
        if kind in _TABLES:
            yield Padding(_table(list(facts)), (0, 0, 0, 2))
        else:
            for fact in facts:
                yield from _fact(fact)


def _fact(fact: Fact) -> Iterator[RenderableType]:
    written = [plain(line) for line in lines_of(fact)]
    lines = [Text(line.lstrip(" ")) for line in written]
    match fact:
        case Outcome():
            colour = "green" if fact.assigned else "yellow"
            lines[0].stylize(f"bold {colour}")
            yield Panel(Text("\n").join(lines), border_style=colour)
            return
        case Reason():
            lines[0].stylize("yellow" if fact.holds else "")
        case Flag():
            lines[0].stylize("yellow" if fact.holds else "bold")
            lines[1].stylize("dim")
        case Evidence():
            lines[0].stylize("bold")
            lines[1].stylize("dim")
        case Digest():
            lines[0].stylize("dim")
        case _:
            pass  # in the terminal's own style
    for text, line in zip(lines, written, strict=True):
        yield Padding(text, (0, 0, 0, len(line) - len(text)))


def _table(facts: Sequence[Fact]) -> Table:
    """Facts of one kind as the rows of a table."""
    head, *rows = _rows(facts)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for title in head:
        table.add_column(Text(title), overflow="fold", justify="right" if title in _NUMBERS else "left")
    for fact, row in zip(facts, rows, strict=True):
        table.add_row(*(Text(plain(cell)) for cell in row), style=_style(fact))
    return table


_NUMBERS = ("present", "unknown", "absent", "at most, ppm")


def _rows(facts: Sequence[Fact]) -> Iterator[tuple[str, ...]]:
    yield _head(facts[0])
    for fact in facts:
        match fact:
            case Points():
                told = (f"{each.known} ({each.least}-{each.most})" for each in fact.tiers)
                yield f"{fact.category} {fact.name}", *told
            case Questions():
                yield fact.criterion, str(fact.true), str(fact.unknown), str(fact.false)
            case Place(locus):
                yield locus.id, locus.gene, *measured(locus)
            case Decisive():
                yield fact.gene, ", ".join(fact.loci), str(fact.carrier_ppm), fact.criterion
            case Check():
                yield fact.name, fact.result, fact.evidence
            case Verdict():
                yield f"{fact.category} {fact.name}", fact.because, ", ".join(fact.genes)
            case _:
                pass  # no table has facts of another kind


def _head(fact: Fact) -> tuple[str, ...]:
    match fact:
        case Points():
            return "known (least-most)", *(f"tier {each.tier}" for each in fact.tiers)
        case Questions():
            return "criterion", "present", "unknown", "absent"
        case Place():
            return "place", "gene", "seen", "measured", "problem"
        case Decisive():
            return "gene", "loci", "at most, ppm", "criterion"
        case Check():
            return "check", "result", "evidence"
        case _:
            return "category", "result", "genes"


def _style(fact: Fact) -> str:
    match fact:
        case Points(chosen=True) | Verdict(verdict=Ended.CHOSEN):
            return "bold green"
        case Place(locus) if locus.why is not None:
            return "yellow"
        case _:
            return ""
