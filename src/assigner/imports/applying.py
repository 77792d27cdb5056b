"""Accepted rows put into a rule set: a new rule set, whole, or an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assigner.errors import EvidenceError
from assigner.imports.editing import add_item, edited_table, put_block, set_fields
from assigner.imports.facts import EvidenceFile
from assigner.imports.rows import COLUMNS, Change, Proposal, Row, Table
from assigner.imports.written import Written
from assigner.rules import Rules, parse_rules
from assigner.rules.texts import read_yaml


def applied(written: Written, proposal: Proposal, rows: Sequence[Row], version: str, label: str) -> Written:
    """The rule set with the accepted rows, the files of the source and a new version; a draft again.

    Args:
        written: the rule set that was compared.
        proposal: all that was proposed.
        rows: those that are accepted.
        version: of the new rule set.
        label: the source's name, under which its files stand.

    Raises:
        EvidenceError: the text has a form that is not edited, or the version is the same.
        RuleSetError: the new rule set could not be used.
    """
    if version == written.rules.version:
        raise EvidenceError("--version", "another version than the rule set's", repr(version))
    current = written.cells(proposal.table)
    files = dict(written.files)
    file, _, path = written.home(proposal.table)
    if file.endswith(".tsv"):
        changes = [(_name(row), _changed(row, current)) for row in rows]
        files[file] = edited_table(files[file], changes, COLUMNS[proposal.table])
    else:
        for row in rows:
            files[file] = _in_yaml(files[file], file, path, row, current)
    files[written.main] = _identity(files[written.main], written, version)
    block = _sources_block(written.rules, proposal.files, label)
    files[written.main] = put_block(files[written.main], "evidence_sources", block, "rule_set")
    tables = {name: content for name, content in files.items() if name != written.main}
    rules = parse_rules(files[written.main], tables, name=written.main)
    found = Written(rules, files, written.beside)
    _check(found, proposal.table, rows, current)
    return found


def _name(row: Row) -> str:
    """The present name of a row; none of a new one."""
    return "" if row.change is Change.NEW else row.id


def _changed(row: Row, current: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The cells that differ from what stands there now."""
    own = {} if row.change is Change.NEW else current[row.id]
    names = {**own, **row.values}
    return {name: row.values.get(name, "") for name in names if own.get(name, "") != row.values.get(name, "")}


def _in_yaml(
    source: bytes, file: str, path: tuple[str, ...], row: Row, current: Mapping[str, Mapping[str, str]]
) -> bytes:
    text, _ = read_yaml(source, file)
    if row.change is Change.NEW:
        return add_item(source, text, path, row.values)
    listed = text.value[path[0]] if path else text.value
    name = "symbol" if any("symbol" in each for each in listed) else "id"
    at = next(at for at, each in enumerate(listed) if each.get(name) == row.id)
    shown = {each: value for each, value in _changed(row, current).items() if each in row.values}
    return set_fields(source, text, (*path, at), shown)


def _identity(source: bytes, written: Written, version: str) -> bytes:
    values = {"version": version}
    if written.rules.status == "approved":
        values["status"] = "draft"
    text, _ = read_yaml(source, written.main)
    return set_fields(source, text, ("rule_set",), values)


def _sources_block(rules: Rules, files: Sequence[EvidenceFile], label: str) -> list[str]:
    """The files that the rule set was compared with last, those of this source anew."""
    lines = ["evidence_sources:  # the files that `assigner rules import` compared last, of each source"]
    for each in rules.content.evidence_sources:
        if each.source != label:
            lines += _entry(each.source, each.file, each.dated, each.sha256)
    for file in files:
        lines += _entry(label, file.name, file.dated or "", file.sha256)
    return lines


def _entry(source: str, file: str, dated: str, sha256: str) -> Iterator[str]:
    yield f"  - source: {source}"
    yield f"    file: {file!r}" if not file.replace(".", "").replace("_", "").replace("-", "").isalnum() else (
        f"    file: {file}")  # fmt: skip
    yield f"    dated: {dated}"
    yield f"    sha256: {sha256}"


def _check(found: Written, table: Table, rows: Sequence[Row], before: Mapping[str, Mapping[str, str]]) -> None:
    """The new text says what was accepted, and of all else what it said before."""
    after = found.cells(table)
    name = table.names_by
    expected = {each: dict(cells) for each, cells in before.items()}
    for row in rows:
        if row.change is not Change.NEW:
            expected.pop(row.id)
        expected[row.values.get(name, row.id)] = dict(row.values)
    for each in expected.keys() | after.keys():
        own, there = (_plain(cells.get(each, {})) for cells in (expected, after))
        if not table.is_tabular:
            there = {field: value for field, value in there.items() if field in own or each in before}
        if own != there:
            raise EvidenceError(f"{found.main}: {each}", "a text that can be edited", "another form: edit it by hand")


def _plain(cells: Mapping[str, str]) -> dict[str, str]:
    return {field: value for field, value in cells.items() if value}
