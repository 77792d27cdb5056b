"""A view of a ledger as text and as a table that spreadsheets read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from attrs import fields

from assigner.errors import plain
from assigner.ledger.views import Event, Overview, Row, as_rows


def page(view: Overview) -> str:
    """The state of a trial as a page of text."""
    return "\n".join(map(plain, _page(view))) + "\n"


def _page(view: Overview) -> Iterator[str]:
    yield f"{view.trial}, protocol {view.protocol}"
    yield f"ledger {view.origin}: {view.entries} entries, the latest at {view.latest}"
    yield from (f"rule set {each}" for each in view.rule_sets)
    yield ""
    yield "Participants"
    yield from (f"  {count:5} {status}" for status, count in view.counts.items())
    yield from (f"  {count:5} at {site}" for site, count in view.by_site.items())
    if view.arms:
        yield ""
        yield "Arms"
    for arm in view.arms:
        places = f"{arm.taken}" if arm.size is None else f"{arm.taken} of {arm.size}"
        sites = "".join(f", {site} {count}" for site, count in arm.by_site.items())
        closed = ", closed" if arm.closed else ""
        yield f"  {arm.id} {arm.name} / {arm.intervention}: {places}{sites}{closed}"
    yield ""
    yield "Waiting for a person" if view.waiting else "Nobody waits for a person"
    yield from (f"  {line}" for row in view.waiting for line in waiting(row))


def waiting(row: Row) -> Iterator[str]:
    """Why a participant waits."""
    yield f"{row.participant} at {row.site} since entry {row.latest}: {_why(row)}"
    if row.alarms:
        yield f"  ALARM: the same input file as {row.alarms}"


def _why(row: Row) -> str:
    proposed = f"; proposed {row.proposed}" if row.proposed else "; no proposal: an override needs evidence"
    return (row.reasons or "an alarm") + proposed


def one(row: Row) -> str:
    """A participant's state as text."""
    told = [f"{row.participant} at {row.site}: {row.status}"]
    told += [f"arm {row.arm}"] if row.arm else []
    told += [f"allocation {row.allocation}"] if row.allocation else []
    told += [f"entries {row.first} to {row.latest} ({row.entries} of this participant)"]
    lines = [", ".join(told), *(waiting(row) if row.status == "waiting" else ())]
    return "\n".join(map(plain, lines)) + "\n"


def as_csv(items: Sequence[Row] | Sequence[Event], kind: type[Row] | type[Event]) -> str:
    """A table in CSV; no cell begins with what a spreadsheet takes for a formula."""
    out = io.StringIO()
    names = [each.name for each in fields(kind)]
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: harmless(value) for key, value in row.items()} for row in as_rows(items))
    return out.getvalue()


def harmless(text: str) -> str:
    """A cell that is text, whatever it begins with.

    >>> harmless("=1+1"), harmless("P1")
    ("'=1+1", 'P1')
    """
    shown = plain(text)
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@") else shown


def events(items: Sequence[Event]) -> str:
    """The history as text, an entry a line."""
    lines = (
        f"{each.entry:6} {each.at} {each.kind:13} {each.participant} {each.what}".rstrip()
        + f" | {each.actor} ({each.role}, {each.site}): {each.reason}"
        for each in items
    )
    return "".join(f"{plain(line)}\n" for line in lines)
