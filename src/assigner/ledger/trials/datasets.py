"""A dataset of CDISC's SDTM as a file: Dataset-JSON 1.1, or a SAS transport file of version 5.

Neither is taken from a clock: both are as of the ledger's latest entry, so that equal ledgers give equal bytes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from assigner import extras
from assigner.__about__ import VERSION
from assigner.errors import LedgerRuleError
from assigner.ledger.trials.items import Type

MOST_BYTES = 200
"""The most bytes of a value in a transport file of version 5."""

RECORD = 80
"""The file is padded with blanks to a multiple of so many bytes. Where rows are no longer, a reader may take the blanks
of the last one for those of the file and lose it. A wider first column, whose blanks count for nothing, prevents it."""

DATED = (144, 160, 464, 480)
"""Where such a file says when it was made and changed: the library, then its one member, in 16 letters each."""

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

Row = Mapping[str, str | int | None]


@frozen
class Variable:
    """A column of a dataset; its label is that of the implementation guide."""

    name: str
    label: str
    type: Type = Type.TEXT


@frozen
class Dataset:
    """A dataset.

    Attributes:
        name: of the domain, such as DM.
        keys: the variables that order the rows, none of which are alike in all.
        rows: the values by variable; one that is not there is empty.
    """

    name: str
    label: str
    variables: tuple[Variable, ...]
    keys: tuple[str, ...]
    rows: Sequence[Row] = field(repr=False)

    def values(self, variable: Variable) -> list[str | int | None]:
        """A column; an empty text is none."""
        found = (row.get(variable.name) for row in self.rows)
        return [None if value == "" else value for value in found]

    def length(self, variable: Variable) -> int:
        """The bytes of the longest value."""
        return max((len(str(value).encode()) for value in self.values(variable) if value is not None), default=0) or 1


@frozen(kw_only=True)
class Source:
    """What a file says of where it is from.

    Attributes:
        study: the study's id.
        origin: the name of the ledger.
        size: how many entries it has.
        at: the time of the latest one.
    """

    study: str
    origin: str
    size: int
    at: str


def as_json(dataset: Dataset, source: Source) -> bytes:
    """The dataset as Dataset-JSON 1.1: <https://www.cdisc.org/standards/data-exchange/dataset-json>."""
    made = {
        "datasetJSONCreationDateTime": source.at,
        "datasetJSONVersion": "1.1.0",
        "fileOID": f"{source.origin}@{source.size}/{dataset.name}",
        "dbLastModifiedDateTime": source.at,
        "originator": source.origin,
        "sourceSystem": {"name": "assigner", "version": VERSION},
        "studyOID": source.study,
        "itemGroupOID": f"IG.{dataset.name}",
        "records": len(dataset.rows),
        "name": dataset.name,
        "label": dataset.label,
        "columns": [_column(dataset, each) for each in dataset.variables],
        "rows": [list(row) for row in zip(*map(dataset.values, dataset.variables), strict=True)],
    }
    return json.dumps(made, ensure_ascii=False, indent=1).encode() + b"\n"


def _column(dataset: Dataset, variable: Variable) -> dict[str, str | int]:
    told: dict[str, str | int] = {
        "itemOID": f"IT.{dataset.name}.{variable.name}", "name": variable.name, "label": variable.label
    }  # fmt: skip
    match variable.type:
        case Type.TEXT:
            told |= {"dataType": "string", "length": dataset.length(variable)}
        case Type.INTEGER:
            told |= {"dataType": "integer"}
    if variable.name in dataset.keys:
        told["keySequence"] = 1 + dataset.keys.index(variable.name)
    return told


def as_xpt(dataset: Dataset, source: Source) -> bytes:
    """The dataset as a SAS transport file of version 5.

    Raises:
        InputError: when the extra `trial` is not installed.
        LedgerRuleError: when a value is no ASCII, or too long for the format.
    """
    extras.check_installed("trial", "pyreadstat", "pandas")
    import pandas
    import pyreadstat

    for variable in dataset.variables:
        _expect_written(dataset, variable)
    columns = {each.name: _cells(dataset, each) for each in dataset.variables}
    first, width = dataset.variables[0], sum(_width(dataset, each) for each in dataset.variables)
    if width <= RECORD:
        wide = dataset.length(first) + RECORD + 1 - width
        columns[first.name] = [str(cell).ljust(wide) for cell in columns[first.name]]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "made.xpt"
        pyreadstat.write_xport(
            pandas.DataFrame(columns), str(file), table_name=dataset.name, file_label=dataset.label,
            column_labels=[each.label for each in dataset.variables], file_format_version=5,
        )  # fmt: skip
        return _dated(file.read_bytes(), source.at)


def _width(dataset: Dataset, variable: Variable) -> int:
    """How many bytes a column takes in a transport file."""
    return 8 if variable.type is Type.INTEGER else dataset.length(variable)


def _cells(dataset: Dataset, variable: Variable) -> list[str] | list[float]:
    match variable.type:
        case Type.TEXT:
            return [str(value or "") for value in dataset.values(variable)]
        case Type.INTEGER:
            return [float("nan") if value is None else float(value) for value in dataset.values(variable)]


def _expect_written(dataset: Dataset, variable: Variable) -> None:
    for number, value in enumerate(dataset.values(variable), 1):
        text = str(value)
        if not text.isascii() or len(text) > MOST_BYTES:
            expected = f"at most {MOST_BYTES} letters of ASCII, for a transport file"
            raise LedgerRuleError(f"{dataset.name} row {number}: {variable.name}", expected, repr(text[:60]))


def _dated(written: bytes, at: str) -> bytes:
    """The file as if it had been written at a time."""
    moment = f"{at[8:10]}{MONTHS[int(at[5:7]) - 1]}{at[2:4]}:{at[11:19]}".encode()
    made = bytearray(written)
    for place in DATED:
        made[place : place + len(moment)] = moment
    return bytes(made)
