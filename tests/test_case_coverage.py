"""What cases reach of a rule set: never less with more of them, and of the shipped one everything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.cases.cases import parse_cases, read_cases
from assigner.cases.coverage import coverage
from assigner.rules import read_rules
from assigner.testing.contents import rule_sets
from assigner.testing.participants import profiles
from assigner.testing.parts import allele, content_of, criterion, gene, marker, repeat, rules_of
from assigner.truth import Truth
from effort import at_a_release
from test_mutants import case_of

RULES = rules_of(
    content_of(
        genes=[gene(1, {"A": 1000}), gene(2, {"B": 500}, mechanisms=["other"])],
        alleles=[allele("X", 1, 100), allele("Y", 1, 200, inactive="not used")],
        repeats=[repeat("R", 1)],
        markers=[marker("M", 1)],
        criteria=[criterion("listed_allele", 1), criterion("marker", 1)],
        decision={"tie_breaks": ["category_order"]},
    )
)
REACHED = [
    ("alleles: {X: 0/1}", "alleles", ("X", "true")),
    ("alleles: {X: 0/1}", "criteria", ("listed_allele_1", "true")),
    ("alleles: {X: 0/1}", "genes", ("G1", "true")),
    ("alleles: {X: ./.}", "alleles", ("X", "unknown")),
    ("repeats: {R: 5/45}", "repeats", ("R", "true")),
    ("repeats: {R: 5/25}", "repeats", ("R", "unknown")),
    ("markers: {rs1077: T/T}", "markers", ("M", "false")),
    ("markers: {rs1077: ./.}", "markers", ("M", "unknown")),
    ("absent: reference", "reasons", ("no_evidence", "")),
    ("absent: reference", "bases", ("no_evidence", "")),
]


@given(data=st.data(), rules=rule_sets())
def test_more_cases_reach_no_less(data, rules):
    one, two = (case_of(data.draw(profiles(rules)), rules) for _ in range(2))
    for before, after in zip(coverage(rules, [one]), coverage(rules, [one, two]), strict=True):
        assert set(before.reached) <= set(after.reached)
        assert {*before.reached, *before.missing} == {*after.reached, *after.missing}


@pytest.mark.holds("CURA-07")
@given(data=st.data(), rules=rule_sets())
def test_a_criterion_is_reached_with_the_answers_of_its_findings(data, rules):
    case = case_of(data.draw(profiles(rules)), rules)
    found = {(f.criterion, f.truth.value) for f in assign(case.profile, rules).findings}
    assert set(coverage(rules, [case])[0].reached) == found


@pytest.mark.parametrize(("profile", "what", "point"), REACHED)
def test_what_a_profile_shows_is_reached(profile, what, point):
    text = f"cases: [{{id: a, because: a, profile: {{{profile}}}, expect: {{outcome: review}}}}]"
    parts = {part.what: part for part in coverage(RULES, parse_cases(text.encode(), RULES))}
    assert point in parts[what].reached
    assert parts[what].per_mille == len(parts[what].reached) * 1000 // (
        len(parts[what].reached) + len(parts[what].missing)
    )


def test_what_nothing_asks_about_need_not_be_reached():
    parts = {part.what: part for part in coverage(RULES, ())}
    assert {name for name, _ in parts["genes"].missing} == {"G1"}
    assert {name for name, _ in parts["alleles"].missing} == {"X"}
    assert parts["flags"].per_mille == 1000
    assert ("category_order", "") in parts["bases"].missing


@at_a_release
@pytest.mark.holds("CURA-07")
def test_the_shipped_cases_reach_every_criterion_locus_gene_flag_and_reason_with_each_answer():
    rules = read_rules()
    cases = read_cases(None, rules)
    parts = coverage(rules, cases)
    missing = {part.what: part.missing for part in parts if part.missing}
    assert missing == {"categories": (("CAT1", "assigned"),)}  # no evidence assigns it: see docs/forecast.md
    assert len(parts[0].reached) == len(rules.content.criteria) * len(Truth)


@at_a_release
def test_without_a_case_the_shipped_rule_set_is_not_reached():
    rules = read_rules()
    cases = read_cases(None, rules)[:1]
    assert any(part.missing for part in coverage(rules, cases))
