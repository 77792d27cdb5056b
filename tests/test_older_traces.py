"""Traces of older schema versions: what they tell is what is told today, and they stay as they were, byte for byte."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.assignments import assign
from assigner.audits.replay import assigned_again
from assigner.audits.verification import Answer, Evidence, verify
from assigner.errors import TraceError
from assigner.reports.sentences import sentences
from assigner.reports.text import explain
from assigner.testing.contents import rule_sets
from assigner.testing.participants import known_profiles, profiles
from assigner.traces import Trace, parse_trace, read_redacted

FIXTURES = Path(__file__).parent / "traces" / "1.0"
NAMES = sorted(path.name for path in FIXTURES.glob("*.json"))
SHIPPED = assigner.read_rules()


def sealed(form: dict[str, Any]) -> bytes:
    """JSON values as a trace's bytes, under their own digest."""
    rest = {key: value for key, value in form.items() if key != "digest"}
    return rfc8785.dumps(rest | {"digest": hashlib.sha256(rfc8785.dumps(rest)).hexdigest()})


def as_of_old(trace: Trace) -> bytes:
    """A trace as the first version would have written it."""
    return sealed(trace.form("1.0"))


def of_a_gene(finding: Any) -> Any:
    """A finding as it was: one about a whole gene had the gene as its locus."""
    return finding if finding.loci else finding.model_copy(update={"loci": [finding.gene]})


def as_1_2_told(form: dict[str, Any]) -> dict[str, Any]:
    """A trace of today without what version 1.2 did not tell; a locus said then too why it is as it is."""
    findings = {key: value for key, value in form["findings"].items() if key != "why"}
    findings["unknown"] = [{k: v for k, v in each.items() if k != "why"} for each in findings["unknown"]]
    inputs = [{k: v for k, v in each.items() if k != "part"} for each in form["inputs"]]
    return form | {"findings": findings, "inputs": inputs}


@pytest.mark.holds("TRAC-05")
@given(st.data(), rule_sets())
def test_an_old_trace_tells_what_a_new_one_does_and_is_written_as_it_was(data, rules):
    new = assign(data.draw(st.one_of(profiles(rules), known_profiles(rules, 2))), rules).trace
    old = parse_trace(as_of_old(new))

    assert (old.schema_version, old.is_intact, old.to_bytes()) == ("1.0", True, as_of_old(new))
    known = [of_a_gene(u).model_copy(update={"why": None}) for u in new.decisive]
    assert old.to_test == new.to_test and known == [*old.decisive]
    assert (old.loci, old.panel, old.flags, old.scores) == (new.loci, new.panel, new.flags, new.scores)
    assert {u.carrier_ppm for u in (*old.decisive, *old.tests)} <= {u.carrier_ppm for u in new.findings.unknown}
    told = [
        of_a_gene(finding).model_copy(update={"carrier_ppm": None, "why": None}) for finding in new.findings.unknown
    ]
    assert [finding.model_copy(update={"carrier_ppm": None}) for finding in old.findings.unknown] == told
    assert verify(as_of_old(new), Evidence(rules=(rules,))).answer is Answer.REPRODUCED
    between = sealed(new.form("1.2"))
    assert parse_trace(between).to_bytes() == between
    assert json.loads(between) | {"digest": new.digest, "schema_version": new.schema_version} == as_1_2_told(new.form())
    assert verify(between, Evidence(rules=(rules,))).answer is Answer.REPRODUCED


@pytest.mark.holds("TRAC-05")
@pytest.mark.parametrize("name", NAMES)
def test_the_keys_that_changed_are_those_of_the_committed_traces(name):
    """The law above makes its old traces with our code; these were written by the code of that time."""
    value = json.loads((FIXTURES / name).read_bytes())
    trace = parse_trace((FIXTURES / name).read_bytes())

    assert trace.form() == value
    named = [(u.criterion, u.gene, u.loci, u.carrier_ppm) for u in trace.decisive]
    assert named == [(u["criterion"], u["gene"], u["loci"], u["carrier_ppm"]) for u in value["decisive_unknowns"]]
    tests = [(u.criterion, u.gene, u.loci, u.carrier_ppm) for u in trace.tests]
    assert tests == [(u["criterion"], u["gene"], u["loci"], u["carrier_ppm"]) for u in value["to_test"]["findings"]]
    untold = {name for gene in trace.panel for names in gene.not_assessed.values() for name in names}
    assert untold | {locus.id for locus in trace.loci} == {locus["id"] for locus in value["loci"]}


@pytest.mark.parametrize("example", SHIPPED.content.examples[::7], ids=lambda example: example.id)
def test_an_old_trace_is_explained_as_a_new_one(example):
    new = assign(assigner.profile_of(example.profile, SHIPPED), SHIPPED).trace
    old = parse_trace(as_of_old(new))
    again = assigned_again(old, SHIPPED)

    assert again is not None and again.trace == new
    told = explain(new, sentences(new, again.changes)).replace(new.digest, old.digest)
    told = told.replace(f"   [{new.grade}]", "") if new.grade else told  # there were no grades
    told = re.sub(r"^ +\d+ unknown[:,] .+\n", "", told, flags=re.MULTILINE)  # and no unknown finding said why
    assert explain(old, sentences(old, again.changes)) == told


def test_an_old_trace_is_redacted_and_opened_in_its_own_version():
    old = parse_trace((FIXTURES / "annotated.json").read_bytes())
    redacted, openings = old.redact(bytes(32)), old.openings(bytes(32))

    assert redacted.trace_version == "1.0"
    assert openings["decisive_unknowns"].value == old.form()["decisive_unknowns"]
    assert read_redacted(redacted.to_bytes()).opened(openings) == old


def nothing_known() -> dict[str, Any]:
    value: dict[str, Any] = json.loads((FIXTURES / "nothing-known.json").read_bytes())
    return value


def twice(form: dict[str, Any]) -> None:
    form["decisive_unknowns"].append(form["decisive_unknowns"][0])


def nowhere(form: dict[str, Any]) -> None:
    form["decisive_unknowns"][0]["gene"] = "NOWHERE"


def of_two_minds(form: dict[str, Any]) -> None:
    form["to_test"]["findings"][0]["carrier_ppm"] += 1


def out_of_order(form: dict[str, Any]) -> None:
    form["loci"].reverse()


def of_no_gene(form: dict[str, Any]) -> None:
    form["loci"][0]["gene"] = "AAA"


def asked_twice(form: dict[str, Any]) -> None:
    form["findings"]["unknown"].insert(0, form["findings"]["unknown"][0])


@pytest.mark.holds("TRAC-05")
@pytest.mark.parametrize(
    ("edit", "answer"),
    [
        (twice, Answer.DIFFERS),
        (nowhere, Answer.CANNOT),
        (of_two_minds, Answer.CANNOT),
        (out_of_order, Answer.CANNOT),
        (of_no_gene, Answer.CANNOT),
        (asked_twice, Answer.DIFFERS),
    ],
)
def test_an_edited_old_trace_is_found_though_it_was_sealed_again(edit, answer):
    form = nothing_known()
    edit(form)

    assert verify(sealed(form), Evidence(rules=(FIXTURES / "rules.yaml",))).answer is answer


@pytest.mark.holds("TRAC-07")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("decisive_unknowns", None),
        ("decisive_unknowns", [0]),
        ("decisive_unknowns", [{"criterion": "c", "gene": "G", "loci": "L", "carrier_ppm": 1}]),
        ("to_test", []),
        ("findings", {"unknown": [1]}),
        ("findings", []),
        ("loci", [{}]),
        ("panel", {"gene": "G"}),
        ("panel", [{"gene": "G", "states": {}, "not_assessed": {}}]),
        ("more", 1),
    ],
)
def test_what_is_no_old_trace_is_refused_where_it_is_not(key, value):
    with pytest.raises(TraceError, match=key):
        parse_trace(sealed(nothing_known() | {key: value}))


def test_a_new_trace_that_calls_itself_old_is_refused():
    new = assign(assigner.profile_of({}, SHIPPED), SHIPPED).trace
    with pytest.raises(TraceError, match="decisive_unknowns"):
        parse_trace(sealed(new.form() | {"schema_version": "1.0"}))
