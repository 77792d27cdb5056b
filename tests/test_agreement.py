"""Agreement of two scores: both must lead, one never adds to the other, and what is missing never makes them agree."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import Assignment, assign
from assigner.audits.replay import assigned_again
from assigner.decisions.grades import Grade
from assigner.errors import RuleSetError
from assigner.evidence.findings import Finding
from assigner.genome.builds import Build
from assigner.profiles.forms import profile_of
from assigner.rules import Rules
from assigner.rules.listing import criterion_listing
from assigner.rules.panels import panel_of
from assigner.rules.polygenic import SCORE_UNITS, UNKNOWN_COPIES
from assigner.testing.parts import (
    agreement,
    category,
    content_of,
    criterion,
    gene,
    rules_of,
    score,
    scoring_file,
    tier,
)
from assigner.traces import parse_trace
from assigner.truth import Truth

FILES = {
    f"{name}.txt": scoring_file(
        ("20", at * 1_000_000, "A", "G", one, "0.3"), ("21", at * 1_000_000, "C", "T", two, "0.5"), pgs_id=name
    )
    for at, (name, one, two) in enumerate(
        [("a1", "0.3", "0.2"), ("a2", "0.5", "-0.1"), ("b1", "0.25", "0.25"), ("b2", "0.4", "0.3")], start=1
    )
}
NAMES = ["A1", "A2", "B1", "B2"]


def trial(agreed: bool = True, **more: Any) -> Rules:
    """Two scores of A and two of B, of two alleles each; the first of A and of B are compared, and so are the second.

    Where they need not agree, only the first ones are there.
    """
    scores = [score(n[0], 1, f"{n.lower()}.txt", id=f"score-{n}") for n in (NAMES if agreed else ["A1", "B1"])]
    criteria = [*scores, *([agreement("A", 1, **more), agreement("B", 1)] if agreed else [])]
    return rules_of(
        content_of(
            categories=[category("A"), category("B"), category("C")],
            decision={"tiers": [tier(1, 50, 20)]},
            criteria=criteria,
            genes=[gene(1, {"C": 1000})],
        ),
        FILES,
    )


RULES = trial()
copies = st.lists(st.text("012.", min_size=2, max_size=2), min_size=4, max_size=4)


def person(rules: Rules, own: list[str]) -> Assignment:
    there = panel_of(rules, Build.GRCH38).scores
    named = {f"score-{n}": c for n, c in zip(NAMES, own, strict=True) if f"score-{n}" in there}
    return assign(profile_of({"participant": "P1", "sex": "female", "scores": named}, rules), rules)


def agreed(made: Assignment, name: str) -> Finding:
    return next(each for each in made.findings if each.criterion == f"agreement-{name}")


def span(finding: Finding) -> tuple[int, int]:
    """The least and the most that a finding is worth."""
    match finding.truth:
        case Truth.TRUE:
            return finding.strength, finding.strength
        case Truth.FALSE:
            return 0, 0
        case Truth.UNKNOWN:
            return finding.at_least or 0, finding.strength


def worth(name: str, digits: str) -> int:
    """What a score with known copies is worth by itself."""
    own = panel_of(RULES, Build.GRCH38).scores[f"score-{name}"]
    found = own.interval(bytes(UNKNOWN_COPIES if each == "." else int(each) for each in digits))
    assert found.least == found.most
    each = next(score for score in RULES.content.scores if score.id == f"score-{name}")
    return each.worth(found.least, SCORE_UNITS).least


def oracle(own: list[str], name: str) -> int:
    """The smaller of two leads, where all copies are known."""
    points = dict(zip(NAMES, map(worth, NAMES, own), strict=True))
    rival = "B" if name == "A" else "A"
    return max(0, min(points[f"{name}{at}"] - points[f"{rival}{at}"] for at in (1, 2)))


@pytest.mark.holds("POLY-07")
@given(copies)
def test_an_agreement_is_the_smaller_lead_over_every_completion_of_what_is_unknown(own):
    made = person(RULES, own)
    free = ["012" if each == "." else each for each in "".join(own)]
    worlds = [
        ["".join(world[at : at + 2]) for at in range(0, 8, 2)]
        for world in itertools.islice(itertools.product(*free), 300)
    ]
    for name in "AB":
        least, most = span(agreed(made, name))
        assert all(least <= oracle(world, name) <= most for world in worlds)
        if len(worlds) == 1:
            assert least == most == oracle(worlds[0], name)


@pytest.mark.holds("POLY-07")
@given(copies)
def test_an_agreement_never_adds_what_one_score_alone_would_not_give(own):
    made, alone = person(RULES, own), person(trial(agreed=False), own)
    for name in "AB":
        single = next(each for each in alone.findings if each.criterion == f"score-{name}1")
        assert all(both <= one for both, one in zip(span(agreed(made, name)), span(single), strict=True))
    assert all(each.strength == 0 for each in made.findings if each.criterion.startswith("score"))
    assert sum(span(agreed(made, name))[0] > 0 for name in "AB") <= 1


@pytest.mark.holds("POLY-07")
@given(copies, st.integers(0, 3), st.integers(0, 1))
def test_a_missing_genotype_never_creates_agreement(own, which, at):
    fewer = [*own]
    fewer[which] = "".join("." if place == at else each for place, each in enumerate(own[which]))
    before, after = person(RULES, own), person(RULES, fewer)
    for name in "AB":
        (least, most), (low, high) = span(agreed(before, name)), span(agreed(after, name))
        assert low <= least <= most <= high
    assert after.decision.category in (None, before.decision.category) or not after.decision.settled


def test_both_scores_lead_or_nobody_is_chosen_and_the_trace_replays_it():
    both = person(RULES, ["22", "20", "00", "00"])
    assert (both.decision.category, both.decision.grade, both.decision.settled) == ("A", Grade.WEAK, True)
    assert agreed(both, "A").shown == f"score-A1 leads by {worth('A1', '22')}; score-A2 leads by {worth('A2', '20')}"
    one = person(RULES, ["22", "20", "00", "22"])
    assert one.decision.category is None and agreed(one, "A").truth is Truth.FALSE
    assert "score-A2 leads by -" in agreed(person(RULES, ["2.", "20", "00", "22"]), "A").shown
    again = assigned_again(parse_trace(both.trace_bytes), RULES)
    assert again is not None and again.trace_bytes == both.trace_bytes
    half = person(trial(points=500), ["22", "20", "00", "00"])
    assert agreed(half, "A").strength == agreed(both, "A").strength // 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"agree": ["score-A1"]}, "agree"),
        ({"agree": ["score-A1", "score-B2"]}, "a score of A"),
        ({"agree": ["score-A1", "score-A1"]}, "a score that stands in one agreement once"),
        ({"agree": ["score-A1", "none"]}, "a score of A"),
        ({"points": 1001}, "points"),
        ({"category": "X"}, "a category of this rule set"),
        ({"id": "G1"}, "an id that is no gene's name"),
        ({"tier": 1}, "the last tier, 2"),
        ({"same": True}, "a file of its own"),
        ({"twice": True}, "a category without an agreement; agreement-A is its agreement"),
        ({"third": True}, "a category without a score; score-A3 is its score"),
    ],
)
def test_an_agreement_that_could_mean_something_else_is_refused(change, expected):
    own = agreement("A", 2) | {name: value for name, value in change.items() if name not in ("same", "twice", "third")}
    files = ["a1.txt", "a1.txt" if "same" in change else "a2.txt", "b1.txt"]
    scores = [score(n[0], 2, file, id=f"score-{n}") for n, file in zip(["A1", "A2", "B2"], files, strict=True)]
    criteria = [criterion("listed_allele", 1), *scores, own]
    criteria += [own | {"id": "other"}] if "twice" in change else []
    criteria += [score("A", 2, "b1.txt", id=f"score-A{n}") for n in ((3, 4) if "third" in change else ())]
    content = content_of(decision={"tiers": [tier(1), tier(2)]}, criteria=criteria, genes=[gene(1, {"A": 1000})])
    with pytest.raises(RuleSetError, match=expected):
        rules_of(content, FILES)


def test_a_listing_names_what_must_agree():
    text = "\n".join(criterion_listing(RULES.content.agreements[0]))
    assert "counts for A where score-A1 and score-A2 both put it first" in text
