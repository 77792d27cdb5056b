"""The table of a cohort: one row per participant, with a result or an error."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias, assert_never

from attrs import frozen

from assigner import extras
from assigner.assignments import Assignment
from assigner.errors import AssignerError, InputError, shown
from assigner.evidence.findings import Finding
from assigner.reports.sentences import named
from assigner.rules import Rules
from assigner.rules.schema import RuleSet
from assigner.truth import Truth

Cell: TypeAlias = str | int | bool | None
Row: TypeAlias = Mapping[str, Cell]
"""A participant's cells by column; None for an empty cell."""

Form: TypeAlias = Literal["tsv", "csv", "parquet"]
FORMS: Mapping[str, Form] = {".tsv": "tsv", ".csv": "csv", ".parquet": "parquet"}
"""The formats of a table, by file suffix."""

BETWEEN = "; "
"""The separator of several values in one cell."""


@frozen
class Column:
    """A column of the table and its meaning."""

    name: str
    kind: Literal["text", "number", "truth"]
    about: str


def columns(content: RuleSet, *, recorded: bool = False) -> tuple[Column, ...]:
    """The columns of a rule set's table, in their order.

    Args:
        content: the rule set.
        recorded: whether the results are recorded in a ledger.
    """
    points = [
        Column(_points(category.id, tier.tier), "number", f"points of {category.id} in tier {tier.tier} that are known")
        for category in content.categories
        for tier in content.decision.tiers
    ]
    return (*_FIRST, *points, *_LAST, *(_OF_LEDGER if recorded else ()))


_FIRST = (
    Column("participant", "text", "the participant's id"),
    Column("outcome", "text", "`assigned`, `review`, or `error` where a file or a result could not be used"),
    Column("category", "text", "the category that the participant is assigned to"),
    Column("provisional", "text", "in review, the category that the evidence alone would give"),
    Column("intervention", "text", "the category's intervention; none in review"),
    Column("grade", "text", "how strong the ground of the category is"),
    Column("basis", "text", "how the decision came about"),
    Column("reasons", "text", "all reasons that were raised, those that are only noted included"),
    Column("settled", "truth", "whether nothing that is unknown could overturn the decision"),
    Column("overturn_risk_ppm", "number", "an upper bound of the chance of that, in parts per million"),
)
_LAST = (
    Column("evidence", "text", "the true findings that speak for the category, with the change in HGVS if it is known"),
    Column("to_test", "text", "what to test so that the decision is settled if all of it is found absent"),
    Column("trace_sha256", "text", "SHA-256 of the trace's bytes"),
    Column("inputs", "text", "SHA-256 of each file that was read, by its role"),
    Column("rule_set", "text", "the rule set's digest"),
    Column("error", "text", "the kind of error"),
    Column("message", "text", "where it happened, what was expected and what came"),
)
_ENTRY, _STATUS = "ledger_entry", "ledger_status"
_OF_LEDGER = (
    Column(_ENTRY, "number", "the number of the participant's entry in the ledger"),
    Column(_STATUS, "text", "what the entry came to: `assigned`, or `waiting` for a person"),
)


def _points(category: str, tier: int) -> str:
    return f"points_{category}_tier{tier}"


def row_of(who: str, made: Assignment | AssignerError, rules: Rules) -> Row:
    """A participant's row."""
    row: dict[str, Cell] = {column.name: None for column in columns(rules.content)}
    row |= {"participant": who, "rule_set": rules.digest}
    if isinstance(made, AssignerError):
        return row | {"outcome": "error", "error": type(made).__name__, "message": str(made)}
    decision = made.decision
    for score in made.scores:
        row |= {_points(score.category, tier): span.known for tier, span in enumerate(score.tiers, start=1)}
    chosen = made.category or made.provisional
    return row | {
        "outcome": made.outcome.value,
        "category": made.category,
        "provisional": made.provisional,
        "intervention": made.intervention,
        "grade": made.grade and made.grade.value,
        "basis": decision.basis.value,
        "reasons": BETWEEN.join(raised.reason.value for raised in made.reasons) or None,
        "settled": decision.settled,
        "overturn_risk_ppm": decision.overturn_risk_ppm,
        "evidence": BETWEEN.join(_evidence(made.findings, chosen, rules.content)) or None,
        "to_test": BETWEEN.join(map(_named, decision.to_test.findings)) or None,
        "trace_sha256": hashlib.sha256(made.trace_bytes).hexdigest(),
        "inputs": BETWEEN.join(f"{each.role}={each.sha256}" for each in made.profile.inputs) or None,
    }


def with_entry(row: Row, entry: tuple[int, bool] | None) -> Row:
    """A row with the number of its entry in a ledger, and whether the participant waits for a person's decision."""
    if entry is None:
        return {**row, _ENTRY: None, _STATUS: None}
    number, waits = entry
    return {**row, _ENTRY: number, _STATUS: "waiting" if waits else "assigned"}


def entry_of(row: Row) -> int | None:
    """The number of a row's entry in the ledger, if it has one."""
    number = row[_ENTRY]
    return number if isinstance(number, int) else None


def in_ledger(rows: Iterable[Row]) -> Iterator[int]:
    """The numbers of the rows' entries in the ledger."""
    return (number for row in rows if (number := entry_of(row)) is not None)


def _evidence(findings: Iterable[Finding], category: str | None, content: RuleSet) -> Iterable[str]:
    """The true findings that support the category, strongest first."""
    shares, hgvs = content.shares_of, content.hgvs_of
    true = [each for each in findings if each.truth is Truth.TRUE and category in shares.get(each.gene, ())]
    for each in sorted(true, key=lambda one: (one.tier, -one.strength, one.gene, one.loci)):
        names = [f" {name}" for locus in each.loci if (name := hgvs.get(locus))]
        yield f"{_named(each)}{''.join(names)} {each.shown}".rstrip()


def _named(finding: Finding) -> str:
    """A finding as text: gene, loci and criterion."""
    return f"{named(finding.gene, finding.loci)} ({finding.criterion})"


def form_of(path: Path) -> Form:
    """The format of a table, by its file suffix.

    Raises:
        InputError: when the suffix is unknown, or the format needs an extra that is not installed.
    """
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise InputError(str(path), f"a name that ends in {', '.join(FORMS)}", shown(path.name))
    if form == "parquet":
        extras.check_installed("cohort", "pyarrow")
    return form


def written(rows: Iterable[Row], names: Sequence[Column], form: Form) -> bytes:
    """The bytes of the table, with these columns."""
    match form:
        case "tsv":
            return _separated(rows, names, "\t")
        case "csv":
            return _separated(rows, names, ",")
        case "parquet":
            return _parquet(rows, names)
        case _:
            assert_never(form)


def _separated(rows: Iterable[Row], names: Sequence[Column], delimiter: str) -> bytes:
    out = io.StringIO()
    table = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    table.writerow([column.name for column in names])
    table.writerows([_text(row[column.name]) for column in names] for row in rows)
    return out.getvalue().encode("utf-8", "backslashreplace")


def _text(cell: Cell) -> str:
    """A cell as text; line breaks in messages become ` | `."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return "" if cell is None else " | ".join(str(cell).splitlines())


def _parquet(rows: Iterable[Row], names: Sequence[Column]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    def kind(of: Column) -> Any:
        match of.kind:
            case "text":
                return pyarrow.string()
            case "number":
                return pyarrow.int64()
            case "truth":
                return pyarrow.bool_()
            case _:
                assert_never(of.kind)

    schema = pyarrow.schema([pyarrow.field(each.name, kind(each), metadata={"about": each.about}) for each in names])
    out = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema=schema), out)
    return bytes(out.getvalue().to_pybytes())


def dictionary(content: RuleSet, *, recorded: bool) -> bytes:
    """A tab-separated table of the columns with kind and meaning; arguments as for `columns`."""
    names = columns(content, recorded=recorded)
    lines = [("column", "kind", "about"), *((each.name, each.kind, each.about) for each in names)]
    return "".join("\t".join(line) + "\n" for line in lines).encode()


def summary(rows: Sequence[Row]) -> str:
    """The numbers of participants by outcome, category, reason and error, as text."""
    lines = [f"{len(rows)} participant{'' if len(rows) == 1 else 's'}"]
    for outcome in ("assigned", "review", "error"):
        own = [row for row in rows if row["outcome"] == outcome]
        lines.append(f"  {outcome}: {len(own)}")
        match outcome:
            case "assigned":
                lines += _counted(str(row["category"]) for row in own)
            case "review":
                lines += _counted(name for row in own for name in str(row["reasons"] or "").split(BETWEEN))
            case _:
                lines += _counted(str(row["error"]) for row in own)
    return "\n".join(lines) + "\n"


def _counted(names: Iterable[str]) -> list[str]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return [f"    {name}: {count}" for name, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]
