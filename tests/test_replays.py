"""Replays: a trace and its rule set give the same assignment again, or nothing is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.assignments import assign
from assigner.audits.replay import assigned_again, profile_in, rules_of
from assigner.errors import TraceError
from assigner.profiles.written import form_of
from assigner.testing.contents import rule_sets
from assigner.testing.participants import known_profiles, profiles

RULES = assigner.read_rules()


@given(st.data(), rule_sets())
def test_a_trace_s_profile_gives_its_changes_again(data, rules):
    made = assign(data.draw(st.one_of(profiles(rules), known_profiles(rules, 2))), rules)
    again = assigned_again(made.trace, rules)
    assert again is not None
    assert form_of(profile_in(made.trace, rules)) == made.trace.profile
    assert again.changes == made.changes


def test_the_shipped_rule_set_is_found_by_its_digest_and_no_other(tmp_path):
    trace = assign(assigner.profile_of({}, RULES), RULES).trace
    assert rules_of(trace) is not None
    other = trace.model_copy(update={"rule_set": trace.rule_set.model_copy(update={"digest": "0" * 64})})
    assert rules_of(other) is None
    with pytest.raises(TraceError, match=r"rule_set\.digest"):
        rules_of(other, "categories.yaml")


@pytest.mark.holds("TRAC-05")
def test_a_trace_that_this_version_would_not_make_is_not_explained_by_it():
    trace = assign(assigner.profile_of({}, RULES), RULES).trace
    changed = trace.model_copy(update={"scores": trace.scores[:-1]})
    assert assigned_again(changed, RULES) is None
