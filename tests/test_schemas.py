"""The JSON Schemas under docs/schemas: those that the code gives, and what the code gives fits them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import assigner
from assigner.assignments import assign
from assigner.canonical import canonical
from assigner.cli import main
from assigner.errors import TraceError
from assigner.rules import Rules
from assigner.testing.contents import rule_sets
from assigner.testing.participants import known_profiles, profiles
from assigner.traces import SCHEMA_VERSION, parse_trace

SCHEMAS = Path(__file__).resolve().parents[1] / "docs" / "schemas"
FIXTURES = Path(__file__).parent / "traces"
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


def judge(what: str) -> Draft202012Validator:
    """Who tells, by the published schema alone, whether values fit it."""
    Draft202012Validator.check_schema(read(what))
    return Draft202012Validator(read(what))


TRACE, OLD_TRACE, REDACTED, PROFILE = map(judge, ("trace", "trace-1.0", "redacted", "profile"))


@pytest.mark.holds("INST-03")
@given(st.data(), rule_sets())
def test_what_is_written_fits_the_published_schemas(data: st.DataObject, rules: Rules) -> None:
    trace = assign(data.draw(st.one_of(profiles(rules), known_profiles(rules, 2))), rules).trace
    TRACE.validate(json.loads(trace.to_bytes()))
    OLD_TRACE.validate(trace.form("1.0"))
    PROFILE.validate(trace.profile)
    REDACTED.validate(json.loads(trace.redact(bytes(32)).to_bytes()))


@pytest.mark.holds("INST-03")
@given(st.data(), rule_sets())
def test_what_fits_the_published_schema_is_read_and_nothing_else(data: st.DataObject, rules: Rules) -> None:
    """One value anywhere is another one: the schema refuses it when the reader does, but for what joins two parts."""
    form = assign(data.draw(profiles(rules)), rules).trace.form()
    changed = data.draw(edited(form))
    try:
        parse_trace(canonical(changed))
    except TraceError as error:
        assert not TRACE.is_valid(changed) or "unknown findings" in str(error) or "profile" in str(error)
    else:
        TRACE.validate(changed)


@st.composite
def edited(draw: st.DrawFn, value: Any) -> Any:
    """JSON values in which one has another type, is gone, or has company."""
    nested = isinstance(value, dict | list) and value and draw(st.integers(0, 4))
    if nested and isinstance(value, dict):
        key = draw(st.sampled_from(sorted(value)))
        kept = {name: value[name] for name in value if name != key}
        return draw(st.sampled_from([kept, value | {"more": 1}, None])) or value | {key: draw(edited(value[key]))}
    if nested:
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], draw(edited(value[at])), *value[at + 1 :]]
    return draw(st.sampled_from([None, True, 0, -1, "x", [], {}]))


@pytest.mark.holds("TRAC-05")
@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_committed_traces_fit_the_schema_of_their_version(path: Path) -> None:
    judges = {"1.0": OLD_TRACE, SCHEMA_VERSION: TRACE}
    judges[path.parent.name].validate(json.loads(path.read_bytes()))


@pytest.mark.holds("TRAC-02")
def test_no_trace_holds_a_float() -> None:
    assert '"number"' not in (SCHEMAS / "trace.schema.json").read_text()
