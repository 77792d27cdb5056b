"""Explanations: every trace has one, and no trace can drive a terminal with it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.assignments import assign
from assigner.decisions.decision import Verdict
from assigner.decisions.reasons import Reason, sentence_of
from assigner.reports.sentences import sentences
from assigner.reports.text import explain, plain
from assigner.testing.contents import rule_sets
from assigner.testing.loci import participants
from assigner.testing.participants import known_profiles, profiles
from assigner.traces import CheckRecord, Trace
from pages import twenty_unknown
from shipped import EXAMPLES, RULES, traced

HEADS = [
    "Next",
    "Flags",
    "Why",
    "Points by tier",
    "What is known and unknown",
    "Result per category",
    "What would change it",
    "Checks and assumptions",
    "Digests",
]


def steps(text: str) -> str:
    """What is said under the heading `Next`."""
    return text.split("Next\n")[1].split("\n\n")[0]


@pytest.mark.holds("REPO-06")
@given(st.data(), rule_sets())
def test_every_trace_is_explained_under_all_heads_without_control_characters(data, rules):
    profile = data.draw(st.one_of(profiles(rules), known_profiles(rules, 2)))
    trace = assign(evolve(profile, participant=data.draw(participants)), rules).trace
    text = explain(trace)
    assert all(c == "\n" or c.isprintable() for c in text)
    assert [line for line in text.split("\n") if line in HEADS] == HEADS
    for score in trace.scores:
        assert f"  {score.category} {score.name}: " in text
        if score.verdict is Verdict.BEATEN:
            assert (
                f"lost to {score.against} in tier {score.tier}, {score.points} to {score.their_points} points" in text
            )
    for finding in trace.findings.true:
        assert finding.because in text and finding.gene in text
    for reason in trace.reasons:
        assert f"{reason.code}: {sentence_of(reason.code, reason.because)}" in text


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_trace_that_was_read_back_is_explained_in_the_same_words(name):
    trace = traced(name)
    assert explain(assigner.parse_trace(trace.to_bytes())) == explain(trace)


@given(st.text())
def test_plain_text_is_printable_and_printable_text_is_itself(text):
    assert plain(text).isprintable()
    assert not text.isprintable() or plain(text) == text


@pytest.mark.holds("REPO-05")
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_begins_with_its_outcome(name):
    trace = traced(name)
    first = explain(trace).split("\n")[0]
    assert first.startswith(f"ASSIGNED  {trace.category} " if trace.category else "REVIEW  ")
    assert trace.intervention is None or trace.intervention in first


HOSTILE: list[dict[str, Any]] = [
    {"checks": [CheckRecord(name="sex", result="\x1b[1m", evidence="\n\n")]},
    {"category": "NONE", "intervention": None},
    {"provisional": "NONE"},
    {"digest": "\x1b]0;pwned\x07"},
    {"category": "CAT\r\n", "intervention": "\x9b2J"},
    {"assumptions": ["\u202ereversed", "\x00"]},
    {"scores": []},
]


@pytest.mark.parametrize("change", HOSTILE, ids=repr)
def test_a_changed_trace_is_explained_too(change):
    text = explain(traced(next(iter(EXAMPLES))).model_copy(update=change))
    assert all(c == "\n" or c.isprintable() for c in text)


@pytest.mark.holds("REPO-06")
def test_hostile_ids_of_every_part_are_shown_and_not_obeyed():
    trace = traced("c9orf72-expanded")
    bad = "\x1b[31m\u2028"
    loci = [locus.model_copy(update={"id": bad, "gene": bad, "state": bad, "why": bad}) for locus in trace.loci]
    basis = trace.basis.model_copy(update={"rule": bad})
    untested = [locus.model_copy(update={"id": bad, "kind": "repeat", "state": "not_assessed"}) for locus in trace.loci]
    text = explain(trace.model_copy(update={"loci": [*loci, *untested], "basis": basis}))
    assert all(c == "\n" or c.isprintable() for c in text)


@pytest.mark.holds("REPO-05")
def test_what_to_do_next_is_said_for_every_reason():
    trace = traced("c9orf72-expanded")
    nothing = steps(explain(trace))
    for reason in Reason:
        record = {"code": reason.value, "policy": "review", "because": "x"}
        changed = Trace.model_validate(trace.model_dump(mode="json") | {"reasons": [record]})
        assert steps(explain(changed)) != nothing


@pytest.mark.holds("REPO-05")
def test_a_long_list_of_unknowns_is_cut_with_a_count():
    trace = traced("c9orf72-expanded")
    changed = Trace.model_validate(trace.form() | {"settled": False} | twenty_unknown(trace))
    assert "and 8 more, in the trace" in explain(changed) and "1, 2, 3 ..." in explain(changed)


def test_what_would_change_it_is_told_with_the_rule_set_and_not_without():
    made = assign(assigner.profile_of(EXAMPLES["vcp-r155h"].profile, RULES), RULES)
    assert "Not shown: this needs the rule set" in explain(made.trace, sentences(made.trace, None))
    text = explain(made.trace, sentences(made.trace, made.changes))
    assert "  CAT4: with " in text
    assert "  margin of tier 1 (now 150): no category at 401 or more" in text
    loses = "CAT3 loses 700 points, CAT4 loses 300 points"
    assert f"  Without VCP-R155H (established_allele): no category (no evidence left); {loses}" in text


def test_what_was_not_found_is_told_with_its_bound():
    made = assign(assigner.profile_of(EXAMPLES["vcp-r155h"].profile, RULES), RULES)
    first, *_ = made.changes.counterfactuals
    unfound = evolve(made.changes, counterfactuals=(evolve(first, removed=(), added=(), at_least=3),))
    assert f"  {first.category}: no way was found; at least 3 findings would have to change" in explain(
        made.trace, sentences(made.trace, unfound)
    )
    loose = evolve(made.changes, counterfactuals=(evolve(first, at_least=1),))
    assert "(3 changes; perhaps fewer, at least 1)" in explain(made.trace, sentences(made.trace, loose))


def test_what_to_test_is_named_and_whether_it_is_the_fewest():
    trace = traced("c9orf72-untested")
    assert "  Tests that would settle it (1, the minimum): C9orf72 (established_repeat). " in explain(
        trace, sentences(trace, None)
    )
    many = assign(assigner.profile_of({"alleles": {"ANG-S52N": "0/1"}}, RULES), RULES).trace
    text = explain(many, sentences(many, None))
    assert "fewer may be enough, at least" in text and "more, in the trace. " in text


@given(st.data(), rule_sets())
def test_changes_of_any_assignment_are_told_without_control_characters(data, rules):
    made = assign(data.draw(known_profiles(rules, 2)), rules)
    text = explain(made.trace, sentences(made.trace, made.changes))
    assert all(c == "\n" or c.isprintable() for c in text)
    for each in made.changes.counterfactuals:
        assert f"  {each.category}: " in text
