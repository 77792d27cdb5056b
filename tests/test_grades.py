"""Grades: how strong the ground of a category is, and what a rule set does with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import Outcome, assign
from assigner.decisions.contests import Basis
from assigner.decisions.grades import Grade
from assigner.decisions.reasons import Reason
from assigner.profiles.forms import profile_of
from assigner.reports.text import explain
from assigner.rules import Rules
from assigner.testing.contents import rule_sets
from assigner.testing.participants import known_profiles, profiles
from assigner.testing.parts import allele, category, content_of, criterion, gene, rules_of, tier
from assigner.traces import parse_trace, read_redacted
from test_decisions import Contest, contests, finding

CRITERIA = [
    criterion("listed_allele", 1),
    criterion("consequence", 2, name="truncation", terms=["stop_gained"], mechanisms=["loss_of_function"]),
    criterion("marker", 3),
]


def trial(grades: dict[str, str] | None = None, **tiers: Any) -> Rules:
    """Three tiers: listed alleles, truncations, and markers that only separate."""
    decision = {"tiers": [tier(1, **tiers), tier(2), tier(3, 50, 50, "no")]}
    return rules_of(
        content_of(
            categories=[category(name) for name in ("A", "B")],
            decision=decision | ({"grades": grades} if grades else {}),
            criteria=CRITERIA,
            genes=[gene(1, {"A": 1000}), gene(2, {"B": 1000})],
            alleles=[allele("G1-0", 1, 0), allele("G2-0", 2, 0)],
        )
    )


def carrier(rules: Rules) -> Any:
    form = {"build": "GRCh38", "participant": "P1", "sex": "female", "absent": "reference"}
    return profile_of({**form, "alleles": {"G1-0": "0/1"}}, rules)


def test_a_tier_has_the_grade_of_its_weakest_kind_of_criterion():
    assert trial().content.tier_grades == ("established", "supported", "weak")
    assert trial(grade="supported").content.tier_grades == ("supported", "supported", "weak")


def decided(*tiers: int, content: dict[str, Any] | None = None) -> tuple[Basis, Grade | None]:
    """What two categories come to that are level but for one gene of A alone, with evidence in these tiers."""
    content = content or content_of(
        decision={"tiers": [tier(1), tier(2), tier(3, 50, 50, "no")]},
        criteria=CRITERIA,
        genes=[gene(1, {"A": 500, "B": 500}), gene(2, {"A": 1000})],
    )
    level = [finding(1, at=1)] if tiers != (1,) else []
    made = Contest(content, rules_of(content), (*level, *(finding(2, at=at) for at in tiers))).decided()
    return made.basis, made.grade


@pytest.mark.parametrize(("at", "grade"), [(1, Grade.ESTABLISHED), (2, Grade.SUPPORTED), (3, Grade.WEAK)])
def test_a_decision_has_the_grade_of_the_tier_that_it_needs(at, grade):
    """Weak evidence that separates two established categories leaves a weak decision."""
    assert decided(at) == (Basis.LEAD, grade)


@given(contests())
def test_a_category_has_a_grade_and_nothing_else_has(contest):
    made = contest.decided()
    assert (made.grade is None) == (made.category is None)
    if made.basis is Basis.LEAD:
        grades = contest.rules.content.tier_grades
        assert made.grade in map(Grade, grades)
    elif made.category is not None and made.basis is not Basis.DISTINCT_GENES:
        assert made.grade is Grade.ALLOCATED


@given(st.data(), rule_sets())
def test_the_trace_tells_the_grade_of_the_decision(data, rules):
    made = assign(data.draw(st.one_of(profiles(rules), known_profiles(rules, 2))), rules)
    trace = parse_trace(made.trace_bytes)
    assert trace.grade == made.grade == made.decision.grade
    assert (trace.grade is None) == (trace.category is None and trace.provisional is None)
    redacted = read_redacted(trace.redact(b"s" * 32).to_bytes())
    assert redacted.grade == trace.grade


@pytest.mark.parametrize(
    ("action", "outcome", "policies"),
    [
        (None, Outcome.ASSIGNED, []),
        ("assign", Outcome.ASSIGNED, []),
        ("note", Outcome.ASSIGNED, ["note"]),
        ("review", Outcome.REVIEW, ["review"]),
    ],
)
def test_a_rule_set_says_what_is_done_with_a_grade(action, outcome, policies):
    rules = trial({"established": action} if action else None)
    made = assign(carrier(rules), rules)
    assert (made.outcome, made.grade) == (outcome, Grade.ESTABLISHED)
    assert [(raised.reason, raised.policy) for raised in made.reasons] == [
        (Reason.GRADE_ESTABLISHED, policy) for policy in policies
    ]
    assert "A" in (made.category, made.provisional)


@pytest.mark.parametrize("action", ["assign", "review"])
def test_the_grade_stands_in_the_first_line(action):
    rules = trial({"established": action})
    assert "[established]" in explain(assign(carrier(rules), rules).trace).splitlines()[0]
