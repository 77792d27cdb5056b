"""The table of the reasons for review: complete, each with its own policy, and true of what is raised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.assignments import assign
from assigner.cases.coverage import coverage
from assigner.decisions.reasons import Origin, Reason, flags_for, reason_of_flag, row_of, sentence_of
from assigner.evidence.flags import FlagKind
from assigner.rules.schema import DecisionRules, GradePolicy, ReviewPolicy
from assigner.testing.contents import rule_sets
from assigner.testing.participants import profiles
from assigner.testing.parts import content_of, gene, rules_of

SHIPPED = assigner.read_rules()
GRADE_REASONS = {reason for reason in Reason if row_of(reason).origin is Origin.PROTOCOL} - {
    Reason.CLOSED_ARM,
    Reason.UNSTABLE,
}
BARE = rules_of(content_of(genes=[gene(1, {"A": 1000}), gene(2, {"B": 1000})]))


def test_every_reason_has_one_policy_and_every_policy_one_reason():
    assert set(ReviewPolicy.model_fields) == set(Reason) - GRADE_REASONS - {Reason.CLOSED_ARM, Reason.UNSTABLE}


@pytest.mark.parametrize("reason", ReviewPolicy.model_fields)
def test_a_reason_reads_its_own_policy(reason):
    policy = ReviewPolicy.model_construct(**{each.value: each.value for each in Reason})
    assert row_of(Reason(reason)).policy(DecisionRules.model_construct(policy=policy)) == reason


@pytest.mark.parametrize("reason", sorted(GRADE_REASONS))
def test_a_grade_reads_its_own_policy(reason):
    for action in ("note", "review"):
        grades = GradePolicy.model_validate({reason.value.removeprefix("grade_"): action})
        assert row_of(reason).policy(DecisionRules.model_construct(grades=grades)) == action


@given(data=st.data(), rules=rule_sets())
def test_only_what_a_rule_set_can_raise_is_raised(data, rules):
    for raised in assign(data.draw(profiles(rules)), rules).reasons:
        assert row_of(raised.reason).possible(rules.content)
        assert raised.policy == row_of(raised.reason).policy(rules.content.decision)


def test_the_shipped_rule_set_can_raise_every_reason_but_those_of_arms_and_of_other_grades():
    never = {Reason.CLOSED_ARM, Reason.UNSTABLE, *GRADE_REASONS} - {Reason.GRADE_WEAK}
    assert {reason for reason in Reason if not row_of(reason).possible(SHIPPED.content)} == never


def test_cases_are_not_asked_for_reasons_that_the_rule_set_cannot_raise():
    (asked,) = (part for part in coverage(BARE, []) if part.what == "reasons")
    of_files = ["sex_mismatch", "partial_read", "somatic", "sample_mismatch"]
    assert [name for name, _ in asked.missing] == ["tied", "no_evidence", "unsettled", *of_files]


def test_a_kind_of_flag_raises_its_reason_or_none():
    assert {kind: reason_of_flag(kind) for kind in FlagKind} == {
        FlagKind.MIMIC: Reason.MIMIC,
        FlagKind.THERAPY: Reason.GENE_TARGETED_THERAPY,
        FlagKind.STRATIFICATION: None,
    }
    flags = SHIPPED.content.flags
    assert flags_for(Reason.MIMIC, SHIPPED.content) == flags.mimics
    assert flags_for(Reason.GENE_TARGETED_THERAPY, SHIPPED.content) == flags.therapies
    assert flags_for(Reason.QUALITY, SHIPPED.content) == ()


@pytest.mark.parametrize("reason", Reason)
def test_a_reader_is_told_what_a_reason_rests_on(reason):
    row = row_of(reason)
    told = sentence_of(reason, row.because.format("{X} and Y"))
    assert ("{X} and Y" in told) == ("{}" in row.because)
    assert sentence_of(reason, "words of another version") in (
        "words of another version",
        row.words.format("words of another version"),
    )


@pytest.mark.parametrize(("strongest", "warned"), [(1, {"always", "tier 1"}), (2, {"always"}), (3, {"always"})])
def test_a_notice_of_a_gene_warns_by_the_tier_of_its_evidence(strongest: int, warned: set[str]) -> None:
    notices = [notice for reason in Reason if (notice := row_of(reason).notice)]
    assert {notice.warns for notice in notices} == {"always", "tier 1", "never"}
    assert {notice.warns for notice in notices if notice.is_warning(strongest)} == warned
