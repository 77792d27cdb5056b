"""The JSON Schemas under docs/schemas: those that the code gives, and what the code gives fits them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import assigner
from assigner.assignments import assign
from assigner.canonical import canonical
from assigner.cli import main
from assigner.errors import RuleSetError, TraceError
from assigner.rules import Rules, parse_rules
from assigner.rules.starter import starter
from assigner.rules.texts import read_table
from assigner.testing.contents import contents, rule_sets
from assigner.testing.participants import known_profiles, profiles
from assigner.testing.parts import allele, content_of, criterion, gene
from assigner.traces import SCHEMA_VERSION, parse_trace
from effort import some

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT / "docs" / "schemas"
FIXTURES = Path(__file__).parent / "traces"
KEYS = [
    "schema_version", "participant", "outcome", "category", "provisional", "intervention", "grade", "basis",
    "reasons", "settled", "overturn_risk_ppm", "answered", "decisive_unknowns", "to_test", "scores", "findings",
    "loci", "panel",
    "flags", "assumptions", "checks", "accrual", "inputs", "rule_set", "software", "profile", "digest",
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


@cache
def judge(what: str) -> Draft202012Validator:
    """Who tells, by the published schema alone, whether values fit it."""
    Draft202012Validator.check_schema(read(what))
    return Draft202012Validator(read(what))


@pytest.mark.holds("INST-03")
@given(st.data(), rule_sets())
def test_what_is_written_fits_the_published_schemas(data: st.DataObject, rules: Rules) -> None:
    trace = assign(data.draw(st.one_of(profiles(rules), known_profiles(rules, 2))), rules).trace
    judge("trace").validate(json.loads(trace.to_bytes()))
    judge("trace-1.0").validate(trace.form("1.0"))
    judge("trace-1.1").validate(trace.form("1.1"))
    judge("trace-1.2").validate(trace.form("1.2"))
    judge("profile").validate(trace.profile)
    judge("redacted").validate(json.loads(trace.redact(bytes(32)).to_bytes()))


@pytest.mark.holds("INST-03")
@given(st.data(), rule_sets())
def test_what_fits_the_published_schema_is_read_and_nothing_else(data: st.DataObject, rules: Rules) -> None:
    """One value anywhere is another one: the schema refuses it when the reader does, but for what joins two parts."""
    form = assign(data.draw(profiles(rules)), rules).trace.form()
    changed = data.draw(edited(form))
    try:
        parse_trace(canonical(changed))
    except TraceError as error:
        assert not judge("trace").is_valid(changed) or "unknown finding" in str(error) or "profile" in str(error)
    else:
        judge("trace").validate(changed)


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


# ----------------------------------------------------------------------------------------------- rule sets as written

PARTS = {"genes": "Gene", "alleles": "Allele", "markers": "Marker", "mimics": "Mimic", "therapies": "Therapy"}


CRITERIA = [criterion("listed_allele", 1), criterion("heteroplasmy", 1), criterion("clinvar", 1)]
SOUND = json.dumps(
    content_of(
        criteria=CRITERIA,
        genes=[gene(1, {"A": 600})],
        alleles=[allele("X", 1, 100)],
        examples=[{"id": "e", "because": "x", "profile": {}, "expect": {"outcome": "review"}}],
    )
)


class Yaml12(yaml.SafeLoader):
    """YAML 1.2's own types: `yes` and `no` are words."""


Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if not tag.endswith((":bool", ":timestamp"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
LOADERS = [yaml.SafeLoader, Yaml12, yaml.BaseLoader]


def loaded(source: str, loader: Any) -> Any:
    """What a reader of YAML makes of a file, as JSON has it: keys are text."""
    return json.loads(json.dumps(yaml.load(source, Loader=loader)))


def part_of(name: str) -> Draft202012Validator:
    """Who judges the rows of a table."""
    schema = read("rules")
    return Draft202012Validator({"$ref": f"#/$defs/{PARTS[name]}", "$defs": schema["$defs"]})


@pytest.mark.holds("INST-03")
@pytest.mark.parametrize("loader", some(LOADERS, 3), ids=lambda each: each.__name__)
def test_the_shipped_rule_set_fits_the_published_schema_as_it_is_written(loader: Any) -> None:
    shipped = ROOT / "categories.yaml"
    judge("rules").validate(loaded(shipped.read_text(), loader))
    tables = assigner.read_rules(shipped).content.rule_set.tables
    assert tables.keys() == PARTS.keys()
    for name, file in tables.items():
        source = (ROOT / file).read_bytes()
        rows = loaded(source.decode(), loader) if file.endswith(".yaml") else list(map(as_listed, cells(source)))
        part = part_of(name)
        for row in rows:
            part.validate(row)


def cells(source: bytes) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_table(source, "a table")[0].value
    return rows


PLACE = {"chrom": "1", "pos37": "1", "ref37": "A", "alt37": "C", "pos38": "1", "ref38": "A", "alt38": "C"}
"""For an allele without one: a table may leave its cells empty, a list has no way to write that."""


def as_listed(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a table as the same part is written in a list of YAML."""
    several = ("sources", "trials", "aliases", "conditions")
    found = {key: value.split("; ") if key in several else value for key, value in row.items()}
    if "class" in found:
        place = {key: found.pop(key) for key in [*found] if key[:3] in ("chr", "pos", "ref", "alt")}
        found["place"] = place or PLACE
    return found


@pytest.mark.holds("INST-03")
@pytest.mark.parametrize("loader", LOADERS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("count", [2, 3, 50])
def test_a_new_rule_set_fits_the_published_schema(count: int, loader: Any) -> None:
    judge("rules").validate(loaded(starter(count), loader))


@given(contents(), st.data())
def test_what_is_a_rule_set_fits_the_published_schema(content: dict[str, Any], data: st.DataObject) -> None:
    """And what does not fit is none; the schema lets pass what only another part, or another line, shows wrong."""
    judge("rules").validate(content)
    changed = data.draw(edited(content))
    if judge("rules").is_valid(changed):
        return
    with pytest.raises(RuleSetError):
        parse_rules(json.dumps(changed).encode())


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("rule_set.status", "drafted"), ("rule_set.versio", "1"), ("rule_set.tables", {"gene": "genes.yaml"}),
        ("decision.tiers.0.tier", 0), ("decision.tiers.0.minimum", 300.5), ("decision.tiers.0.minimum", "0300"),
        ("decision.tiers.0.opens", "maybe"), ("decision.tiers.0.cap", ...), ("gates.het_balance", "250"),
        ("gates.het_balance", ["250", "750"]), ("gates.hom_balance", 1001), ("gates.depth", -1),
        ("criteria.0.kind", "listed"), ("criteria.0.reach", "whole"), ("criteria.0.validity", "definitive"),
        ("criteria.2.max_frequency", 60), ("criteria.2.max_frequency", "1e-4"), ("genes.0.chrom", 23),
        ("genes.0.sources", []), ("genes.0.sources", ["x"]), ("genes.0.shares.0.share", "half"), ("categories", "A"),
        ("alleles.0.place.ref38", "N"), ("examples.0.expect.settled", "perhaps"), ("colour", "red"),
    ],
)  # fmt: skip
def test_a_broken_rule_set_does_not_fit(path: str, value: Any, as_text: bool) -> None:
    *around, last = path.split(".")
    broken = loaded(SOUND, yaml.SafeLoader)
    part = broken
    for step in around:
        part = part[int(step) if isinstance(part, list) else step]
    part[last] = value if value is not ... else "~"
    if as_text and isinstance(value, int | float) and path != "gates.hom_balance":
        part[last] = str(value)
    judge("rules").validate(loaded(SOUND, yaml.SafeLoader))
    if not (as_text and path.endswith((".tier", ".depth"))):  # a pattern of text knows no least number
        assert not judge("rules").is_valid(broken)
    with pytest.raises(RuleSetError):
        parse_rules(json.dumps(broken).encode())


@pytest.mark.holds("TRAC-05")
@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_committed_traces_fit_the_schema_of_their_version(path: Path) -> None:
    version = path.parent.name
    judge("trace" if version == SCHEMA_VERSION else f"trace-{version}").validate(json.loads(path.read_bytes()))


@pytest.mark.holds("TRAC-02")
def test_no_trace_holds_a_float() -> None:
    assert '"number"' not in (SCHEMAS / "trace.schema.json").read_text()
