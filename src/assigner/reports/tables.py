"""Traces as a table: one row a trace, for a spreadsheet or a script."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, assert_never

from assigner.errors import plain
from assigner.reports.lacks import lacks_of
from assigner.reports.sentences import named
from assigner.rules.schema import sends_to_review
from assigner.traces import Trace

Form = Literal["csv", "tsv"]

COLUMNS: Mapping[str, Callable[[Trace], str]] = {
    "participant": lambda trace: trace.participant,
    "outcome": lambda trace: trace.outcome,
    "category": lambda trace: trace.category or "",
    "provisional": lambda trace: trace.provisional or "",
    "intervention": lambda trace: trace.intervention or "",
    "grade": lambda trace: trace.grade.value if trace.grade else "",
    "basis": lambda trace: trace.basis.rule,
    "reasons": lambda trace: "; ".join(each.code for each in trace.reasons if sends_to_review(each.policy)),
    "notes": lambda trace: "; ".join(each.code for each in trace.reasons if not sends_to_review(each.policy)),
    "settled": lambda trace: "yes" if trace.settled else "no",
    "overturn_risk_ppm": lambda trace: str(trace.overturn_risk_ppm),
    "evidence": lambda trace: "; ".join(named(each.gene, each.loci) for each in trace.findings.true),
    "lacking": lambda trace: " ".join(each.text for each in lacks_of(trace)),
    "rule_set": lambda trace: trace.rule_set.id,
    "rule_set_version": lambda trace: trace.rule_set.version,
    "rule_set_status": lambda trace: trace.rule_set.status,
    "rule_set_digest": lambda trace: trace.rule_set.digest,
    "software": lambda trace: f"{trace.software.name} {trace.software.version}",
    "digest": lambda trace: trace.digest,
}
"""What a row says of a trace, after its file's name."""


def table(traces: Iterable[tuple[str, Trace]], form: Form) -> str:
    """The table, with a first row of names; no cell begins with what a spreadsheet takes for a formula.

    Args:
        traces: each with its file's name.
        form: how cells are parted.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=_delimiter(form), lineterminator="\n")
    writer.writerow(("file", *COLUMNS))
    for file, trace in traces:
        writer.writerow(_harmless(cell) for cell in (file, *(said(trace) for said in COLUMNS.values())))
    return out.getvalue()


def _delimiter(form: Form) -> str:
    match form:
        case "csv":
            return ","
        case "tsv":
            return "\t"
        case _:
            assert_never(form)


def _harmless(text: str) -> str:
    shown = plain(text)
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@") else shown
