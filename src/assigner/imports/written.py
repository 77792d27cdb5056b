"""A rule set as it is written: its files, and the cells of its tables and lists as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from assigner.errors import EvidenceError
from assigner.imports.rows import LISTS, Table
from assigner.rules import Rules, read_rules
from assigner.rules.loading import bytes_of, shipped_files
from assigner.rules.texts import Text, read_table, read_yaml


@frozen
class Written:
    """The files of a rule set, by name, the main one first.

    Attributes:
        beside: files that are no part of it and stand with it, such as its cases.
    """

    rules: Rules
    files: Mapping[str, bytes]
    beside: Mapping[str, bytes]

    @classmethod
    def read(cls, path: str | None) -> Written:
        """Read a rule set and keep its bytes.

        Raises:
            RuleSetError: it cannot be used.
        """
        rules = read_rules(path)
        if path is None:
            every = shipped_files()
        else:
            folder = Path(path).parent
            every = {name: bytes_of(folder / name) for name in rules.files}
        return cls(rules, {name: every[name] for name in rules.files}, {n: b for n, b in every.items()
                                                                          if n not in rules.files})  # fmt: skip

    @property
    def main(self) -> str:
        """The name of the rule set's own file."""
        return next(iter(self.files))

    def home(self, table: Table) -> tuple[str, Text, tuple[str, ...]]:
        """Where the rows of a table stand: the file, its text, and the path of the list in it.

        Raises:
            EvidenceError: the rule set has it in a form that is not edited.
        """
        named = self.rules.content.rule_set.tables.get(table) if table is not Table.REPEATS else None  # type: ignore[call-overload]
        file = named or self.main
        is_table = file.endswith(".tsv")
        if table.is_tabular and not is_table:
            raise EvidenceError(self.main, f"the {table} in a table of their own (.tsv)", "none")
        if not table.is_tabular and is_table:
            raise EvidenceError(file, f"the {table} in YAML", "a .tsv table")
        text, _ = (read_table if is_table else read_yaml)(self.files[file], file)
        return file, text, () if named else (table.value,)

    def cells(self, table: Table) -> dict[str, dict[str, str]]:
        """The rows of a table as text, by their names."""
        _, text, path = self.home(table)
        listed = text.value.get(table.value, []) if path else text.value
        name = table.names_by
        return {row[name]: _flat(row) for row in listed if isinstance(row, dict) and name in row}


def _flat(row: Mapping[str, Any]) -> dict[str, str]:
    """The single values of a row, lists joined."""
    found = {}
    for field, value in row.items():
        if isinstance(value, str):
            found[field] = value
        elif field in LISTS and isinstance(value, list) and all(isinstance(each, str) for each in value):
            found[field] = "; ".join(value)
    return found
