"""The JSON Schemas under docs/schemas: those that the code gives, and what the code gives fits them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import assigner
from assigner.cli import main

SCHEMAS = Path(__file__).resolve().parents[1] / "docs" / "schemas"
KEYS = [
    "schema_version", "participant", "outcome", "category", "provisional", "intervention", "basis", "reasons",
    "settled", "overturn_risk_ppm", "answered", "decisive_unknowns", "to_test", "scores", "findings", "loci", "panel",
    "flags", "assumptions", "checks", "inputs", "rule_set", "software", "profile", "digest",
]  # fmt: skip


def read(what: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{what}.schema.json").read_text())
    return schema


@pytest.mark.holds("INST-03")
@pytest.mark.parametrize("what", ["rules", "trace", "profile", "redacted"])
def test_the_published_schema_is_the_code_s(what: str) -> None:
    given = CliRunner().invoke(main, ["rules", "schema", what]).stdout
    assert (SCHEMAS / f"{what}.schema.json").read_text() == given, "run: make docs"


@pytest.mark.holds("TRAC-06")
def test_the_trace_has_the_agreed_keys_all_required_and_no_others() -> None:
    schema = read("trace")
    assert sorted(schema["required"]) == sorted(KEYS)
    assert schema["additionalProperties"] is False
    rules = assigner.read_rules()
    trace = assigner.assign(assigner.profile_of({}, rules), rules).trace
    assert sorted(json.loads(trace.to_bytes())) == sorted(KEYS)


@pytest.mark.parametrize("what", ["rules", "trace", "profile", "redacted"])
def test_no_part_takes_unknown_fields(what: str) -> None:
    schema = read(what)
    parts = {"": schema, **schema.get("$defs", {})}
    assert [name for name, part in parts.items() if part.get("type") == "object" and part["additionalProperties"]] == []


@pytest.mark.holds("TRAC-02")
def test_no_trace_holds_a_float() -> None:
    assert '"number"' not in (SCHEMAS / "trace.schema.json").read_text()
