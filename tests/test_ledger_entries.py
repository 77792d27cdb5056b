"""Reading entries: what is right is known from few steps, and nothing else is taken for it."""

from __future__ import annotations

import json
import typing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.errors import LedgerProofError
from assigner.ledger import entries
from assigner.ledger.bundles import read_bundle
from assigner.ledger.entries import Content, Entry, parse_entry
from json_edits import places_in
from models import optional_fields

BODIES = list(read_bundle(Path(__file__).parent / "ledgers" / "first.bundle").bodies())
INSTEAD = ["null", "1", "1.0", "true", '"x"', "[]", "{}", "9007199254740991", "9007199254740992", '{"a":1,"a":1}', "\\"]
TEXTS = ['"\\u00e9"', '"\\ud800"', '"\ufb33\U0001f600"', '":1234567890123456"']
WHOLE = ["", "gone", "spaced", "a line more", "a key twice", "a float"]


def told(written: bytes) -> Entry | str:
    """What reading an entry comes to: the entry, or the error."""
    try:
        return parse_entry(written)
    except LedgerProofError as error:
        return str(error)


@pytest.mark.holds("LEDG-02")
@pytest.mark.parametrize("edit", [*INSTEAD, *TEXTS, *WHOLE])
@given(data=st.data(), body=st.sampled_from(BODIES))
def test_an_entry_is_told_from_all_else_in_few_steps_as_in_all(data: Any, body: str, edit: str) -> None:
    whole: Any = json.loads(body)
    within, key = data.draw(places_in(whole))
    if edit == "gone":
        del within[key]
    elif edit not in WHOLE:
        within[key] = "\ue000"
    written = edited_in(whole, edit)
    found = told(written)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "_canonical_entry", lambda _: None)
        assert told(written) == found
    assert isinstance(found, Entry) or edit


def edited_in(value: Any, edit: str) -> bytes:
    """Canonical JSON of an entry, but for what is edited in it."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    match edit:
        case "spaced":
            written = written.replace(",", ", ", 1)
        case "a line more":
            written += "\n"
        case "a key twice":
            written = '{"actor":"Dr A",' + written[1:]
        case "a float":
            written = written.replace('"monotonic":', '"monotonic":1.0,"monotonic":')
        case _:
            written = written.replace('"\ue000"', edit)
    return written.encode()


@given(st.sampled_from(BODIES))
def test_few_steps_are_enough_for_what_is_right(body: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "json_of", lambda *_: pytest.fail("it was read step by step"))
        assert parse_entry(body).to_bytes() == body.encode()


def test_no_field_of_an_entry_may_be_left_out() -> None:
    """So the values that were read are those of the entry: that they are canonical is known from them alone."""
    found = optional_fields(Entry)
    assert found == {kind.__name__: {"kind"} for kind in typing.get_args(Content)}  # without it, no kind is known
