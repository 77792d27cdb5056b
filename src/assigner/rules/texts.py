"""YAML as rule sets use it: mappings, lists and scalars that are all text.

No anchors, aliases, tags, duplicate keys, merge keys or second documents: whatever YAML could read in two
ways is refused, so that the file means what it says (`NO`, `1e3`, `12:30` and `1.10` are text). A byte order mark
at the beginning, and Windows line ends, as spreadsheets and editors write them, are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import yaml
from attrs import field, frozen

from assigner.errors import Fault, shown
from assigner.strict import Path, written

MOST_BYTES = 10_000_000
MOST_DEPTH = 20
MOST_VALUES = 1_000_000  # of one YAML file: scalars, keys, lists and mappings; 20,000 genes have some 720,000
MOST_KEY = 120  # characters
MOST_ROWS = 50_000
MOST_COLUMNS = 100
MOST_FAULTS = 10_000  # after which no more are looked for


@frozen
class Text:
    """What a file says, and the line on which each part of it begins."""

    file: str
    value: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of a part, or of the nearest part around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


@frozen
class _Reader:
    """Builds values from the parser's events, which are the only place where anchors and tags still show."""

    file: str
    events: Any
    lines: dict[Path, int] = field(factory=dict)
    faults: list[Fault] = field(factory=list)

    read: Iterator[int] = field(factory=count)

    def refuse(self, mark: Any, path: Path, expected: str, got: str) -> None:
        self.faults.append(Fault(self.file, mark.line + 1, written(path), expected, got))
        if len(self.faults) == MOST_FAULTS:
            raise _TooMuchError(mark.line + 1, f"at most {MOST_FAULTS} faults")

    def value(self, event: Any, path: Path) -> Any:
        """The value that begins with this event."""
        self.lines[path] = event.start_mark.line + 1
        if next(self.read) == MOST_VALUES:
            raise _TooMuchError(self.lines[path], f"at most {MOST_VALUES} values")
        if isinstance(event, yaml.AliasEvent):
            self.refuse(event.start_mark, path, "a value", f"the alias *{event.anchor}")
            return ""
        if event.anchor is not None:
            self.refuse(event.start_mark, path, "no anchors", f"&{event.anchor}")
        if event.tag is not None:
            self.refuse(event.start_mark, path, "no tags", shown(event.tag))
        if isinstance(event, yaml.ScalarEvent):
            return event.value
        if len(path) > MOST_DEPTH:
            raise _TooDeepError
        return self.mapping(path) if isinstance(event, yaml.MappingStartEvent) else self.sequence(path)

    def sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.value(event, (*path, len(items))))
        return items

    def mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event, path)
            value = self.value(next(self.events), (*path, key))
            if key in found:
                self.refuse(event.start_mark, (*path, key), "each key once", "the key again")
            found[key] = value
        return found

    def key(self, event: Any, path: Path) -> str:
        name = self.value(event, (*path, "?"))
        if not isinstance(name, str):
            self.refuse(event.start_mark, path, "a word as key", "a collection")
            return "?"
        if not name.isascii() or name == "<<":
            self.refuse(event.start_mark, path, "keys in ASCII, no merge key", shown(name))
        if len(name) > MOST_KEY:  # every fault below it would repeat it
            self.refuse(event.start_mark, path, f"keys of at most {MOST_KEY} characters", str(len(name)))
            return "?"
        return name


class _TooMuchError(Exception):
    """More values or faults than are read."""

    def __init__(self, line: int, expected: str) -> None:
        super().__init__(line, expected)
        self.line = line
        self.expected = expected


class _TooDeepError(Exception):
    """Nested deeper than a rule set ever is."""


def read_yaml(source: bytes, file: str) -> tuple[Text, tuple[Fault, ...]]:
    """Read one YAML document with every scalar as text.

    Returns:
        What could be read, and every fault; with a fault of syntax or size the value is None. After `MOST_FAULTS` no
        more are looked for, and the last one says so.
    """
    if len(source) > MOST_BYTES:
        return _nothing(file, 1, f"at most {MOST_BYTES} bytes", str(len(source)))
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _nothing(file, source.count(b"\n", 0, error.start) + 1, "UTF-8", f"byte {source[error.start]:#04x}")
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    reader = _Reader(file, (event for event in yaml.parse(text, Loader=loader)))
    try:
        return _document(reader)
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in (error.problem or ""):  # libyaml's own limit may come before ours
            return _nothing(file, 1, f"at most {MOST_DEPTH} levels", "more")
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return _nothing(file, line, "YAML", error.problem or "a fault of syntax")
    except yaml.YAMLError as error:
        return _nothing(file, 1, "YAML", shown(str(error).splitlines()[0]))
    except _TooMuchError as error:
        text_read, faults = _nothing(file, error.line, error.expected, "more")
        return text_read, (*reader.faults, *faults)
    except (_TooDeepError, RecursionError):
        return _nothing(file, 1, f"at most {MOST_DEPTH} levels", "more")


def _document(reader: _Reader) -> tuple[Text, tuple[Fault, ...]]:
    value = None
    documents = 0
    for event in reader.events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                reader.refuse(event.start_mark, (), "one document", "a second one")
                break
            value = reader.value(next(reader.events), ())
    if not documents:
        return _nothing(reader.file, 1, "a rule set", "an empty file")
    return Text(reader.file, value, reader.lines), tuple(reader.faults)


def _nothing(file: str, line: int, expected: str, got: str) -> tuple[Text, tuple[Fault, ...]]:
    return Text(file, None, {}), (Fault(file, line, written(()), expected, got),)


def read_table(source: bytes, file: str) -> tuple[Text, tuple[Fault, ...]]:
    """Read a table of tab-separated cells under a row of names; empty cells are left out.

    Cells are text without quoting. Lines that begin with `#` and empty lines are comments.
    """
    if len(source) > MOST_BYTES:
        return _nothing(file, 1, f"at most {MOST_BYTES} bytes", str(len(source)))
    try:
        lines = source.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        return _nothing(file, source.count(b"\n", 0, error.start) + 1, "UTF-8", f"byte {source[error.start]:#04x}")
    every = ((number, line.rstrip("\r").split("\t")) for number, line in enumerate(lines, 1) if _is_row(line))
    rows = list(islice(every, MOST_ROWS + 1))
    if not rows:
        return _nothing(file, 1, "a row of column names", "an empty table")
    if len(rows) > MOST_ROWS:
        return _nothing(file, rows[MOST_ROWS][0], f"at most {MOST_ROWS} rows", "more")
    head_line, names = rows[0]
    if len(names) > MOST_COLUMNS:
        return _nothing(file, head_line, f"at most {MOST_COLUMNS} columns", str(len(names)))
    faults = [Fault(file, head_line, "(header)", "each name once", shown(n)) for n in names if names.count(n) > 1]
    table = Text(file, [], {(): head_line})
    for number, cells in rows[1:]:
        if len(cells) != len(names):
            faults.append(Fault(file, number, "(row)", f"{len(names)} cells", str(len(cells))))
            continue
        table.lines[(len(table.value),)] = number
        table.value.append({name: cell for name, cell in zip(names, cells, strict=True) if cell})
    return table, tuple(faults)


def _is_row(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")
