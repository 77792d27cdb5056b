"""Edits of a rule set's text that keep all else of it: comments, order, spelling and line ends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from assigner.errors import EvidenceError
from assigner.imports.rows import LISTS
from assigner.rules.texts import Text

WIDTH = 118
"""Lines of YAML are not made longer than this."""


class Lines:
    """The lines of a text, each with its own end."""

    def __init__(self, source: bytes) -> None:
        self.all = source.decode("utf-8").splitlines(keepends=True)
        first = self.all[0] if self.all else "\n"
        self.end = "\r\n" if first.endswith("\r\n") else "\n"
        if self.all and not self.all[-1].endswith("\n"):
            self.all[-1] += self.end

    def put(self, start: int, stop: int, lines: Sequence[str]) -> None:
        """Put lines in place of others, numbered from 0."""
        self.all[start:stop] = [f"{line}{self.end}" for line in lines]

    @property
    def source(self) -> bytes:
        """The text again."""
        return "".join(self.all).encode()


# -------------------------------------------------------------------------------------------------------------- tables


def edited_table(
    source: bytes, rows: Sequence[tuple[str, Mapping[str, str]]], columns: Sequence[str], by: str = "gene"
) -> bytes:
    """A tab-separated table with rows changed and added.

    Args:
        source: the table.
        rows: of each row its present name, or "" of a new one, and its cells; of a listed one those that differ.
        columns: every column that the table may have, in their order.
        by: the column by which a new row is put behind its like; one without a like comes last.
    """
    lines = Lines(source)
    head = next(at for at, line in enumerate(lines.all) if _is_row(line))
    mark = "\ufeff" if lines.all[head].startswith("\ufeff") else ""
    names = _cells(lines.all[head].removeprefix("\ufeff"))
    wanted = [name for name in columns if name not in names and any(cells.get(name) for _, cells in rows)]
    if wanted:
        names += wanted
        for at, line in enumerate(lines.all[head:], head):
            if _is_row(line):
                own = _cells(line)
                lines.put(at, at + 1, ["\t".join([*own, *(wanted if at == head else [""] * len(wanted))])])
    for present, cells in rows:
        listed = [at for at, line in _rows(lines, head) if present and _cells(line)[names.index("id")] == present]
        if listed:
            whole = dict(zip(names, _cells(lines.all[listed[0]]), strict=True)) | dict(cells)
            lines.put(listed[0], listed[0] + 1, [_line(names, whole)])
            continue
        like = [at for at, line in _rows(lines, head) if _cells(line)[names.index(by)] == cells.get(by)]
        last = like or [at for at, _ in _rows(lines, head)] or [head]
        lines.put(last[-1] + 1, last[-1] + 1, [_line(names, cells)])
    if mark and not lines.all[head].startswith(mark):
        lines.all[head] = mark + lines.all[head]
    return lines.source


def _rows(lines: Lines, head: int) -> list[tuple[int, str]]:
    return [(at, line) for at, line in enumerate(lines.all) if at > head and _is_row(line)]


def _is_row(line: str) -> bool:
    text = line.removeprefix("\ufeff")
    return bool(text.strip()) and not text.startswith("#")


def _cells(line: str) -> list[str]:
    return line.removeprefix("\ufeff").rstrip("\r\n").split("\t")


def _line(names: Sequence[str], cells: Mapping[str, str]) -> str:
    return "\t".join(re.sub(r"[\t\r\n]+", " ", cells.get(name, "")) for name in names)


# ---------------------------------------------------------------------------------------------------------------- YAML


def set_fields(source: bytes, text: Text, path: tuple[str | int, ...], values: Mapping[str, str]) -> bytes:
    """A YAML text with some fields of one mapping set; a field that is not there yet comes first.

    Args:
        source: the text.
        text: the same, read.
        path: of the mapping.
        values: the new values by field; those of lists joined by `; `.
    """
    edits = []
    lines = Lines(source)
    for field, value in values.items():
        spot = (*path, field)
        if spot in text.lines:
            start = _key_line(lines, text.lines[spot] - 1, field, text.file)
            indent, dash = _indent(lines.all[start])
            stop = _end(lines, start, indent)
            edits.append((start, stop, dash, indent, field, value))
        else:
            start = text.lines[path] - 1
            indent, _ = _indent(lines.all[start])
            edits.append((start + 1, start + 1, "", indent, field, value))
    for start, stop, dash, indent, field, value in sorted(edits, key=lambda each: each[0], reverse=True):
        lines.put(start, stop, _field(indent, dash, field, value))
    return lines.source


def _key_line(lines: Lines, at: int, field: str, file: str) -> int:
    """The line on which a field's name stands, at its value or above it."""
    wanted = re.compile(rf"\s*(?:- +)?{re.escape(field)}:(?:\s|$)")
    for line in range(at, max(at - 3, -1), -1):
        if wanted.match(lines.all[line]):
            return line
    raise EvidenceError(f"{file}:{at + 1}", f"the field {field} on a line of its own", "another form: edit it by hand")


def _indent(line: str) -> tuple[int, str]:
    """The column of the first key of a line, and the dash before it."""
    found = re.match(r"( *)((?:- +)?)", line)
    assert found is not None
    return len(found[1]) + len(found[2]), f"{found[1]}{found[2]}" if found[2] else ""


def _end(lines: Lines, start: int, indent: int) -> int:
    """The first line behind a field: one that is not further in; blank lines and comments belong to what follows."""
    at = start + 1
    while at < len(lines.all) and (not lines.all[at].strip() or _depth(lines.all[at]) > indent or _is_item(
        lines.all[at], indent)):  # fmt: skip
        at += 1
    while at > start + 1 and (not lines.all[at - 1].strip() or lines.all[at - 1].lstrip().startswith("#")):
        at -= 1
    return at


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_item(line: str, indent: int) -> bool:
    """Whether it is an item of a list that stands as far in as its key, and the key is no item itself."""
    return _depth(line) == indent and line.lstrip().startswith("- ")


def _field(indent: int, dash: str, field: str, value: str) -> list[str]:
    start = f"{dash or ' ' * indent}{field}:"
    if field not in LISTS:
        return [f"{start} {_scalar(value)}"]
    items = [_scalar(each, inside=True) for each in value.split("; ") if each]
    flow = f"{start} [{', '.join(items)}]"
    return [flow] if len(flow) <= WIDTH else [start, *(f"{' ' * (indent + 2)}- {each}" for each in items)]


def _scalar(value: str, inside: bool = False) -> str:
    """A text as a YAML scalar on one line: plain where that cannot be read otherwise, else in quotes."""
    plain = (
        r"[A-Za-z0-9](?:[A-Za-z0-9 ._/()+-]|:(?=\S))*" if inside else r"[A-Za-z0-9](?:[A-Za-z0-9 ._/()+,;%-]|:(?=\S))*"
    )
    if re.fullmatch(plain, value) and value == value.strip():
        return value
    return json.dumps(value, ensure_ascii=False)


def add_item(source: bytes, text: Text, path: tuple[str | int, ...], values: Mapping[str, str]) -> bytes:
    """A YAML text with one more mapping at the end of a list that is not empty."""
    lines = Lines(source)
    listed = text.value
    for step in path:
        listed = listed.get(step) if isinstance(listed, dict) else listed[step]
    if not listed:
        raise EvidenceError(text.file, "a list that is not empty", "an empty one: add the first item by hand")
    start = text.lines[(*path, len(listed) - 1)] - 1
    indent, dash = _indent(lines.all[start])
    if not dash:
        raise EvidenceError(f"{text.file}:{start + 1}", "an item that begins with a dash", "another form")
    stop = _behind_item(lines, start, len(dash) - len(dash.lstrip()))
    block: list[str] = []
    for at, (field, value) in enumerate(values.items()):
        block += _field(indent, dash if at == 0 else "", field, value)
    spaced = start > 0 and not lines.all[start - 1].strip()
    lines.put(stop, stop, ["", *block] if spaced else block)
    return lines.source


def _behind_item(lines: Lines, start: int, dash: int) -> int:
    """The first line behind an item of a list."""
    at = start + 1
    while at < len(lines.all) and (not lines.all[at].strip() or _depth(lines.all[at]) > dash):
        at += 1
    while not lines.all[at - 1].strip():
        at -= 1
    return at


def put_block(source: bytes, key: str, block: Sequence[str], behind: str) -> bytes:
    """A YAML text with a part of its top level replaced, or put behind another one when it is not there."""
    lines = Lines(source)
    starts = {found[1]: at for at, line in enumerate(lines.all) if (found := re.match(r"\ufeff?([A-Za-z_]+):", line))}
    if key in starts:
        lines.put(starts[key], _end(lines, starts[key], 0), block)
    else:
        at = _end(lines, starts[behind], 0)
        lines.put(at, at, ["", *block])
    return lines.source
