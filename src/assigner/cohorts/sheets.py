"""The sample sheet: the participants with their files and laboratory results. All its faults are reported together."""

from __future__ import annotations

import csv
import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from attrs import define, field, frozen

from assigner.cohorts.copies import originals
from assigner.errors import Fault, InputError, ProfileError, SheetError, shown
from assigner.files import SampleFile, bytes_up_to, sample_file
from assigner.genome.builds import Build
from assigner.mistaken import sort_of
from assigner.profiles.calls import Sex
from assigner.profiles.laboratory import laboratory
from assigner.profiles.profile import Role
from assigner.profiles.results import results_of
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.rules.scalars import ID
from assigner.strict import nearest
from assigner.values import Private
from assigner.vcf.bytes.stores import is_store

MOST_BYTES = 64 << 20
"""Most bytes of a sheet."""

MOST_ID = 500
"""Most characters of a participant's id."""

FILES: Mapping[str, Role | None] = {
    "files": None,
    "repeats": Role.REPEATS,
    "mitochondrial": Role.MITOCHONDRIAL,
    "structural": Role.STRUCTURAL,
}
"""The columns with files, and the role of these files; None where the file's header determines it."""

COLUMNS: Mapping[str, str] = {
    "participant": "the participant's id; each once",
    "files": "VCF or BCF files, parted by `;`; what each holds, its header shows",
    "repeats": "a VCF of repeat sizes",
    "mitochondrial": "a VCF of mitochondrial variants",
    "structural": "a VCF of structural variants",
    "sample": "the name of the sample in all files; by default the participant's id in a file of several",
    "sex": "`female` or `male`",
    "ancestry": "the group whose reference a standardised score is compared with",
    "build": "`GRCh37` or `GRCh38`, where the files do not prove it",
    "absent": "what a site without a record is: `reference` or `unknown`",
    "callable": "a BED of regions in which a site without a record is reference",
    "repeat_sizes": "laboratory sizes, parted by `;`: `C9orf72=2/8;ATXN2=22/31@RP-PCR, report 17`",
    "copy_numbers": "laboratory copy numbers, parted by `;`: `SMN1=2@MLPA, report 17`",
}
"""The columns of a sheet and their meanings."""


@frozen(kw_only=True, repr=False)
class Participant(Private):
    """One participant: files and declarations, as documented in `read_profile`.

    Attributes:
        id: the id in the trace.
        line: the line of the sheet; 0 without a sheet.
        files: path, role given by the sheet, and the sample's name in this file (as FILE:SAMPLE), of each file.
        sample: the sample's name in files without one of their own.
    """

    id: str
    line: int = 0
    files: tuple[tuple[str, Role | None, str | None], ...]
    sample: str | None = None
    sex: Sex | None = None
    ancestry: str | None = None
    build: Build | None = None
    absent: Literal["unknown", "reference"] | None = None
    callable: str | None = None
    repeat_sizes: Mapping[str, str | Mapping[str, str]] = field(factory=dict)
    copy_numbers: Mapping[str, str | Mapping[str, str]] = field(factory=dict)

    @property
    def paths(self) -> Iterator[str]:
        """The paths of all files, including the BED of callable regions."""
        yield from (path for path, _, _ in self.files)
        if self.callable is not None:
            yield self.callable


Unnamed = Callable[[str | None, str], Sequence[SampleFile]]
"""Gives the files of a row without files, by its sample and participant id; empty if there is no such sample."""


def read_sheet(path: str | os.PathLike[str], rules: Rules, unnamed: Unnamed | None = None) -> tuple[Participant, ...]:
    """Read the participants of a sheet, in its order.

    Args:
        path: a table with a header line, separated by tabs; by commas if the header has no tab; by semicolons if it has
            neither, as spreadsheets write it in many languages. Paths in it are relative to its folder.
        rules: the rule set, which names the repeats and genes of laboratory results.
        unnamed: gives the files of rows that name none.

    Raises:
        SheetError: with all faults of the sheet.
    """
    name = os.fspath(path)
    content = bytes_up_to(MOST_BYTES, name, InputError, "sheet")
    if len(content) > MOST_BYTES:
        raise InputError(name, f"a sheet of at most {MOST_BYTES} bytes", "more")
    if (sort := sort_of(content)) is not None:
        raise InputError(name, "a sample sheet", sort.advice)
    reader = _Reader(name=name, folder=Path(name).parent, rules=rules, unnamed=unnamed)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(name, "a table in UTF-8", f"byte {error.object[error.start]:#04x} at {error.start}") from error
    found = tuple(reader.participants(text))
    if not found and not reader.faults:
        reader.fault(1, "participant", "at least one participant", "none")
    if reader.faults:
        raise SheetError(tuple(sorted(reader.faults, key=lambda fault: fault.line)))
    return found


def originals_of(participants: Iterable[Participant]) -> Mapping[str, str]:
    """Map each path to the first one of the same file; files of column `files` are also compared by content."""
    return originals((path, role is None) for each in participants for path, role, _ in each.files)


def twice(participants: Iterable[Participant]) -> Iterator[tuple[Participant, str, Participant]]:
    """Participants with the same sample of the same file (or a copy): later one, file, earlier one."""
    participants = list(participants)
    first = originals_of(participants)
    seen: dict[tuple[str, str | None], Participant] = {}
    for each in participants:
        for path, _, sample in each.files:
            key = (first[path], sample or each.sample or each.id)
            before = seen.setdefault(key, each)
            if before is not each:
                yield each, path, before


@define(kw_only=True)
class _Reader:
    """Reads a sheet and collects its faults."""

    name: str
    folder: Path
    rules: Rules
    unnamed: Unnamed | None
    faults: list[Fault] = field(factory=list)

    def fault(self, line: int, column: str, expected: str, got: str) -> None:
        self.faults.append(Fault(self.name, line, column, expected, got))

    def participants(self, text: str) -> Iterator[Participant]:
        """The participants of all valid rows."""
        lines = text.splitlines(keepends=True)
        delimiter = next((sign for sign in "\t,;" if lines and sign in lines[0]), ",")
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        found: list[Participant] = []
        try:
            columns = self._columns(next(rows, []))
            known: dict[str, int] = {}
            for cells in rows:
                if not any(cell.strip() for cell in cells):
                    continue
                row = self._row(rows.line_num, columns, cells)
                who = None if row is None else self._participant(row, known)
                found += [] if who is None else [who]
        except csv.Error as error:
            self.fault(rows.line_num, "(the row)", "cells whose quotes end", str(error))
        for each, path, before in twice(found):
            self.fault(each.line, "files", "each participant's own sample", f"{path} as in line {before.line}")
        yield from found

    def _columns(self, head: Sequence[str]) -> list[str]:
        columns = [cell.strip() for cell in head]
        for at, column in enumerate(columns):
            if column not in COLUMNS:
                expected = nearest(column, list(COLUMNS)) or f"one of {', '.join(COLUMNS)}"
                self.fault(1, f"column {at + 1}", expected, shown(column))
            elif column in columns[:at]:
                self.fault(1, f"column {at + 1}", "each column once", f"{column} twice")
        if "participant" not in columns:
            self.fault(1, "participant", "this column", "none")
        return columns

    def _row(self, line: int, columns: Sequence[str], cells: Sequence[str]) -> _Row | None:
        if len(cells) != len(columns):
            self.fault(line, "(the row)", f"{len(columns)} cells", str(len(cells)))
            return None
        values = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
        return _Row(values, functools.partial(self.fault, line), line)

    def _participant(self, row: _Row, known: dict[str, int]) -> Participant | None:
        who = row.get("participant")
        if not who:
            row.fault("participant", f"an id of 1 to {MOST_ID} characters", "nothing")
            return None
        if len(who) > MOST_ID:
            row.fault("participant", f"an id of 1 to {MOST_ID} characters", f"{len(who)}")
        if who in known:
            row.fault("participant", "each participant once", f"{shown(who)}, as in line {known[who]}")
        known.setdefault(who, row.line)
        build = row.one_of("build", [each.value for each in Build])
        sex = row.one_of("sex", [each.value for each in Sex])
        sizes, copies = row.results("repeat_sizes", "sizes"), row.results("copy_numbers", "copies")
        self._expect_known(row, sizes, copies)
        return Participant(
            id=who,
            line=row.line,
            files=tuple(self._files(row)),
            sample=row.get("sample"),
            sex=None if sex is None else Sex(sex),
            ancestry=row.name("ancestry"),
            build=None if build is None else Build(build),
            absent=_absent(row.one_of("absent", ["reference", "unknown"])),
            callable=self._path(row, "callable", text) if (text := row.get("callable")) else None,
            repeat_sizes=sizes,
            copy_numbers=copies,
        )

    def _expect_known(self, row: _Row, sizes: Mapping[str, object], copies: Mapping[str, object]) -> None:
        """Check that the rule set knows the repeats and genes of laboratory results, and that the values are valid."""
        panel = panel_of(self.rules, Build.GRCH38)
        for column, given in (("repeat_sizes", {"sized": sizes}), ("copy_numbers", {"counted": copies})):
            try:
                laboratory(given.get("sized", {}), given.get("counted", {}), panel)
            except ProfileError as error:
                row.fault(column, error.expected, error.got)

    def _files(self, row: _Row) -> Iterator[tuple[str, Role | None, str | None]]:
        named: list[str] = []
        for column, role in FILES.items():
            texts = [part.strip() for part in (row.get(column) or "").split(";") if part.strip()]
            if role is not None and len(texts) > 1:
                row.fault(column, "one file", f"{len(texts)}")
            for text in texts:
                given = self._file(row, column, text)
                if given.path in named:
                    row.fault(column, "each file once", f"{shown(text)} twice")
                named.append(given.path)
                yield given.path, role, given.sample
        if not row.get("files") and self.unnamed is not None:
            sample, who = row.get("sample"), row.get("participant") or ""
            found = [each for each in self.unnamed(sample, who) if each.path not in named]
            named += [each.path for each in found]
            yield from ((each.path, None, each.sample) for each in found)
            if not found:
                row.fault("sample", "a sample of the files, or files in the sheet", shown(sample or who))
                return
        if not named:
            row.fault("files", "at least one file", "none")

    def _file(self, row: _Row, column: str, text: str) -> SampleFile:
        """A file given as PATH or PATH:SAMPLE."""
        return self._existing(row, column, text, sample_file(str(self.folder / text)))

    def _path(self, row: _Row, column: str, text: str) -> str:
        return self._existing(row, column, text, SampleFile(str(self.folder / text))).path

    def _existing(self, row: _Row, column: str, text: str, given: SampleFile) -> SampleFile:
        if not (os.path.isfile(given.path) or is_store(given.path)):
            row.fault(column, "a file that is there", shown(text))
        return given


def _absent(text: str | None) -> Literal["unknown", "reference"] | None:
    return "reference" if text == "reference" else "unknown" if text == "unknown" else None


@frozen
class _Row:
    """One row, by column."""

    values: Mapping[str, str]
    fault: Callable[[str, str, str], None]
    line: int

    def get(self, column: str) -> str | None:
        """A cell; None when it is empty or the column is missing."""
        return self.values.get(column) or None

    def one_of(self, column: str, allowed: Sequence[str]) -> str | None:
        """A cell that must have one of these values."""
        text = self.get(column)
        if text is not None and text not in allowed:
            self.fault(column, nearest(text, allowed) or " or ".join(allowed), shown(text))
            return None
        return text

    def name(self, column: str) -> str | None:
        """A cell that must be a name as in rule sets."""
        text = self.get(column)
        if text is not None and re.fullmatch(ID, text) is None:
            self.fault(column, "a name of letters and digits, without spaces", shown(text))
            return None
        return text

    def results(self, column: str, what: str) -> Mapping[str, str | Mapping[str, str]]:
        """A laboratory's results, as `NAME=VALUE` or `NAME=VALUE@SOURCE`."""
        items = [part.strip() for part in (self.get(column) or "").split(";") if part.strip()]
        try:
            return results_of(items, what)
        except ProfileError as error:
            self.fault(column, error.expected, error.got)
            return {}
