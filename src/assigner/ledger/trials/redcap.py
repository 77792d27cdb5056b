"""For REDCap: a data dictionary with one read-only repeating instrument, and the flat CSV that is imported into it.

An entry of a participant is an instance of the instrument, and its number that of the participant's entries, so that
importing again changes nothing, and a later export adds instances.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import assert_never

from assigner.errors import LedgerRuleError
from assigner.ledger.entries import Entry
from assigner.ledger.rules import Status
from assigner.ledger.trials.items import Item, Step, Type, items, steps_of

INSTRUMENT = "assigner_assignment"
DICTIONARY = "data_dictionary.csv"
RECORDS = "records.csv"

COLUMNS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
"""The columns of a data dictionary, as REDCap has them since version 6."""

COMPLETE, UNVERIFIED = "2", "1"
"""REDCap's codes of an instrument's status."""


def redcap(entries: Iterable[Entry], *, record_field: str = "record_id", blinded: bool = False) -> dict[str, bytes]:
    """The two files, by their names.

    Args:
        entries: all of the ledger.
        record_field: the project's first field, which identifies a record: the participant as the ledger names one.
        blinded: whether to leave out arms, and what tells one.

    Raises:
        LedgerRuleError: when no trial is opened, or the field has a name that REDCap does not take.
    """
    if not re.fullmatch(r"(?!assigner_)[a-z](?:[a-z0-9]|_(?!_)){0,98}[a-z0-9]", record_field):
        expected = "the name of a REDCap field: lower case letters, digits, single underscores, not assigner_..."
        raise LedgerRuleError("record field", expected, record_field)
    _, steps = steps_of(entries)
    told = items(blinded=blinded)
    return {
        DICTIONARY: _csv(COLUMNS, _dictionary(told, record_field)),
        RECORDS: _csv(_columns(told, record_field), (_row(step, told) for step in steps)),
    }


def _name(item: Item) -> str:
    return f"assigner_{item.name}"


def _dictionary(told: Sequence[Item], record_field: str) -> Iterable[list[str]]:
    yield _field(record_field, "Participant", "", "")
    for item in told:
        yield _field(_name(item), item.label, _validation(item.type), "@READONLY")


def _field(name: str, label: str, validation: str, annotation: str) -> list[str]:
    cells = dict.fromkeys(COLUMNS, "")
    cells |= {
        "Variable / Field Name": name,
        "Form Name": INSTRUMENT,
        "Field Type": "text",
        "Field Label": label,
        "Text Validation Type OR Show Slider Number": validation,
        "Field Annotation": annotation,
    }
    return list(cells.values())


def _validation(type: Type) -> str:
    match type:
        case Type.TEXT:
            return ""
        case Type.INTEGER:
            return "integer"
        case _:
            assert_never(type)


def _columns(told: Sequence[Item], record_field: str) -> list[str]:
    names = [record_field, "redcap_repeat_instrument", "redcap_repeat_instance", *map(_name, told)]
    return [*names, f"{INSTRUMENT}_complete"]


def _row(step: Step, told: Sequence[Item]) -> list[str]:
    complete = UNVERIFIED if step.after.status is Status.WAITING else COMPLETE
    where = [step.after.key, INSTRUMENT, str(step.after.revision)]
    return [*where, *(item.of(step) for item in told), complete]


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()
