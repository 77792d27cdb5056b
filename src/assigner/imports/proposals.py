"""A proposal as a table for a curator: written, and read again with what was accepted and edited."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import evolve

from assigner.errors import EvidenceError, shown
from assigner.imports.rows import COLUMNS, Proposal, Row
from assigner.texts import Text

FORM = "# assigner proposal 1"
_ABOUT = ("accept", "change", "row", "reason", "open", "was")
_ACCEPT = {"yes": True, "no": False, "": None}


def written_proposal(proposal: Proposal) -> bytes:
    """The proposal as tab-separated text: what it was made of, then a row for each change, not yet accepted."""
    out = io.StringIO()
    for line in _head(proposal):
        out.write(f"{line}\n")
    for note in proposal.notes:
        out.write(f"# note: {note}\n")
    table = csv.writer(out, dialect="excel-tab", lineterminator="\n")
    columns = COLUMNS[proposal.table]
    table.writerow((*_ABOUT, *columns))
    for row in proposal.rows:
        accept = {True: "yes", False: "no", None: ""}[row.accept]
        was = "; ".join(f"{name} was {value or 'empty'}" for name, value in row.before.items())
        cells = (row.values.get(name, "") for name in columns)
        table.writerow((accept, row.change, row.id, row.reason, ", ".join(row.open), was, *cells))
    return out.getvalue().encode()


def _head(proposal: Proposal) -> Iterator[str]:
    yield FORM
    yield f"# source: {proposal.source}"
    yield f"# rule set: {proposal.rule_set}"
    for file in proposal.files:
        yield f"# file: {file.sha256} {file.dated} {file.name}"


def accepted_by_name(proposal: Proposal, names: Sequence[str]) -> tuple[Row, ...]:
    """The rows of these names, as they are proposed.

    Raises:
        EvidenceError: a name is not proposed, or its row is not complete.
    """
    known = {row.id: row for row in proposal.rows}
    for name in names:
        if name not in known:
            near = ", ".join(difflib.get_close_matches(name, known, n=3))
            raise EvidenceError("--accept", f"a proposed row{near and f', such as {near}'}", shown(name))
        if known[name].open:
            missing = ", ".join(known[name].open)
            raise EvidenceError(f"--accept {name}", f"a row with {missing}: fill it in the proposal", "none")
    return tuple(evolve(known[name], accept=True) for name in dict.fromkeys(names))


def read_accepted(path: Path, proposal: Proposal) -> tuple[Row, ...]:
    """The rows that a curator accepts in a proposal, with the cells as they stand there.

    Args:
        path: the proposal, as it was written or edited with an editor or a spreadsheet.
        proposal: the same, made anew of the same files and rule set.

    Raises:
        EvidenceError: it is not this proposal, or a row of it cannot be used.
    """
    text = Text(path)
    head: list[str] | None = None
    about: list[str] = []
    found: dict[tuple[str, str], Row] = {}
    known = {row.key: row for row in proposal.rows}
    for number, line in text:
        if not line.strip():
            continue
        if line.lstrip('"').startswith("#"):
            about.append(line.strip().strip('"').rstrip())
            continue
        cells = [cell.strip() for cell in next(csv.reader([line], dialect="excel-tab"))]
        if head is None:
            _check_head(text, number, about, cells, proposal)
            head = cells
            continue
        cells += [""] * (len(head) - len(cells))  # a spreadsheet leaves out empty cells at the end
        if len(cells) > len(head):
            raise text.fault(number, f"{len(head)} cells", str(len(cells)))
        row = _row(text, number, dict(zip(head, cells, strict=True)), known)
        if row.key in found:
            raise text.fault(number, "each row once", shown(row.id))
        found[row.key] = row
    if head is None:
        raise EvidenceError(text.name, "a proposal", "none")
    return tuple(row for row in found.values() if row.accept)


def _check_head(text: Text, number: int, about: Sequence[str], cells: Sequence[str], proposal: Proposal) -> None:
    for line in _head(proposal):
        if line not in about:
            raise text.fault(number, f"the line {line!r}: the same source, files and rule set", "another one or none")
    for name in (*_ABOUT[:3], *COLUMNS[proposal.table]):
        if name not in cells:
            raise text.fault(number, f"the column {name}", "none")


def _row(text: Text, number: int, cells: Mapping[str, str], known: Mapping[tuple[str, str], Row]) -> Row:
    if cells["accept"].casefold() not in _ACCEPT:
        raise text.fault(number, "yes, no or nothing in the column accept", shown(cells["accept"]))
    proposed = known.get((cells["change"], cells["row"]))
    if proposed is None:
        raise text.fault(number, "a row that is proposed", shown(f"{cells['change']} {cells['row']}"))
    accept = _ACCEPT[cells["accept"].casefold()]
    edited = {name: cells[name] for name in cells if name not in _ABOUT}
    values = {name: value for name, value in {**proposed.values, **edited}.items() if value}
    missing = [name for name in proposed.open if name not in values] if accept else []
    if missing:
        raise text.fault(number, f"{', '.join(missing)} of {cells['row']}, as it is accepted", "nothing")
    return evolve(proposed, accept=accept, values=values)
