"""A rule set's own examples: they hold, and one that does not hold says in what."""

from __future__ import annotations

import pytest

from assigner.cases.examples import run_examples
from assigner.testing.parts import allele, content_of, gene, rules_of
from shipped import EXAMPLES, RULES

RIGHT = {"outcome": "assigned", "category": "A", "tier": "1", "settled": "yes"}
PROFILE = {"absent": "reference", "assessed": "all", "alleles": {"X": "0/1"}}


def ran(profile, expect):
    content = content_of(
        genes=[gene(1, {"A": 1000})],
        alleles=[allele("X", 1, 100)],
        examples=[{"id": "e", "because": "x", "profile": profile, "expect": expect}],
    )
    (found,) = run_examples(rules_of(content))
    return found


@pytest.mark.holds("RULE-05")
def test_every_shipped_example_holds():
    found = run_examples(RULES)
    assert [(each.example, each.faults) for each in found] == [(name, ()) for name in EXAMPLES]
    assert run_examples(RULES) == found


def test_an_example_that_holds_has_no_faults():
    assert ran(PROFILE, RIGHT).faults == ()


@pytest.mark.holds("RULE-05")
@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"outcome": "review"}, "outcome: expected review; got assigned"),
        ({"category": "B"}, "category: expected B; got A"),
        ({"provisional": "A"}, "provisional: expected A; got None"),
        ({"reasons": ["tied", "mimic"]}, "reasons: expected ('mimic', 'tied'); got ()"),
        ({"tier": "2"}, "tier: expected 2; got 1"),
        ({"settled": "no"}, "settled: expected no; got yes"),
    ],
)
def test_every_difference_is_told(wrong, fault):
    assert ran(PROFILE, RIGHT | wrong).faults == (fault,)


def test_an_example_whose_profile_is_refused_says_why():
    (fault,) = ran({"alleles": {"Z": "0/1"}}, RIGHT).faults
    assert fault.startswith("profile: alleles: expected an allele of the rule set")
