"""Stability: how often a category comes out again when the weights of scores are drawn again."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, norm

from assigner.assignments import Assignment, assign
from assigner.audits.verification import Answer, Evidence, verify
from assigner.decisions.reasons import Reason
from assigner.decisions.stability import DEVIATE_UNITS, deviates
from assigner.errors import RuleSetError
from assigner.genome.builds import Build
from assigner.profiles.forms import profile_of
from assigner.reports.text import explain
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.rules.polygenic import SCORE_UNITS, UNKNOWN_COPIES
from assigner.testing.parts import (
    SCORING_FILES,
    WORD,
    agreement,
    allele,
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

ROWS = [
    ("20", 1_000_000, "0.3", "0.2", "0.1"),
    ("21", 2_000_000, "0.2", "0.5", "0.05"),
    ("22", 5, "-0.1", "0.4", "0.2"),
]
"""Of each allele the place, weight, frequency and standard error."""


def file(*errors: str, weights: tuple[str, ...] = ("0.3", "0.2", "-0.1"), pgs_id: str = "TEST1") -> bytes:
    """A scoring file of these alleles with these standard errors."""
    rows = [(chrom, pos, "A", "G", own, freq) for (chrom, pos, _, freq, _), own in zip(ROWS, weights, strict=True)]
    head, _, table = scoring_file(*rows, pgs_id=pgs_id).decode().partition("variants_number=3\n")
    columns, *lines = table.splitlines()
    told = ["\t".join(parts) for parts in zip(lines, errors, strict=True)]
    return "\n".join([head + "variants_number=3", f"{columns}\tstandard_error", *told, ""]).encode()


def trial(errors: tuple[str, ...] = ("0.1", "0.05", "0.2"), **stability: Any) -> Rules:
    """Listed alleles of B in tier 1, a score of A in tier 2."""
    stability = {"redraws": 2000, "at_least": 900, **WORD, **stability}
    return rules_of(
        content_of(
            categories=[category("A"), category("B")],
            decision={"tiers": [tier(1), tier(2, 100, 20)], "stability": stability},
            criteria=[criterion("listed_allele", 1), score("A", 2)],
            genes=[gene(1, {"B": 1000})],
            alleles=[allele("G1-0", 1, 0)],
        ),
        {"one.txt": file(*errors)},
    )


def person(rules: Rules, copies: str, alleles: dict[str, str] | None = None) -> Assignment:
    form = {"participant": "P1", "sex": "female", "absent": "reference", "assessed": "all", "structural_read": "yes"}
    return assign(profile_of({**form, "alleles": alleles or {}, "scores": {"score-A": copies}}, rules), rules)


RULES = trial()


@pytest.mark.holds("POLY-08")
@settings(max_examples=8)
@given(st.text("012", min_size=3, max_size=3))
def test_the_share_is_that_of_an_independent_normal_distribution(copies):
    made = person(RULES, copies)
    away = [int(own) - 2 * float(row[3]) for own, row in zip(copies, ROWS, strict=True)]
    mean = sum(float(row[2]) * far for row, far in zip(ROWS, away, strict=True))
    spread = math.sqrt(sum((float(row[4]) * far) ** 2 for row, far in zip(ROWS, away, strict=True)))
    if made.decision.category is None:
        assert made.stability is None and mean < -math.log(0.9) + 0.01
        return
    least = -math.log(1 - 0.0995)  # 100 points, which 99.5 round to
    assert made.stability is not None
    assert made.stability.same / 2000 == pytest.approx(norm.sf((least - mean) / spread), abs=0.03)


@pytest.mark.holds("POLY-08")
def test_the_numbers_are_normal_and_those_that_the_documented_hmac_gives():
    digest = hashlib.sha256(b"a rule set").hexdigest()
    drawn = deviates(digest, "score-A", 4000)
    assert kstest([own / DEVIATE_UNITS for own in drawn], "norm").statistic < 0.03
    text = hmac.new(bytes.fromhex(digest), b"score-A\n7", "sha256").digest()
    bits = "".join(f"{byte:08b}" for byte in text)
    parts = [int(bits[at : at + 21], 2) for at in range(0, 252, 21)]
    assert drawn[7] == sum(2 * part + 1 for part in parts) - 6 * DEVIATE_UNITS
    assert deviates(digest, "score-B", 4000) != drawn and deviates("00" * 32, "score-A", 4000) != drawn


@pytest.mark.holds("POLY-08")
@given(st.text("012.", min_size=3, max_size=3))
def test_the_spread_of_a_score_is_the_widest_over_every_completion_of_what_is_unknown(digits):
    own = panel_of(RULES, Build.GRCH38).scores["score-A"]
    worlds = []
    for world in itertools.product(*("012" if each == "." else each for each in digits)):
        away = [int(there) - 2 * float(row[3]) for there, row in zip(world, ROWS, strict=True)]
        worlds.append(math.sqrt(sum((float(row[4]) * far) ** 2 for row, far in zip(ROWS, away, strict=True))))
    found = own.spread(bytes(UNKNOWN_COPIES if each == "." else int(each) for each in digits)) / SCORE_UNITS
    assert found == pytest.approx(max(worlds), rel=1e-9)


@pytest.mark.holds("POLY-08")
@pytest.mark.parametrize(
    ("at_least", "below", "raised"), [(990, "review", True), (990, "note", True), (100, "review", False)]
)
def test_below_the_demanded_share_a_reason_is_raised_and_the_trace_replays(at_least, below, raised):
    rules = trial(("0.4", "0.1", "0.4"), at_least=at_least, below=below, redraws=200)
    made = person(rules, "220")
    assert made.decision.category == "A" and made.stability is not None
    assert (Reason.UNSTABLE in [each.reason for each in made.reasons]) is raised
    assert made.is_assigned is (not raised or below == "note")
    trace = parse_trace(made.trace_bytes)
    assert trace.to_bytes() == made.trace_bytes
    secret = bytes(32)
    redacted = trace.redact(secret)
    assert "stability" in redacted.hidden and redacted.opened(trace.openings(secret)) == trace
    assert trace.stability is not None and (trace.stability.redraws, trace.stability.same) == (200, made.stability.same)
    assert verify(made.trace_bytes, Evidence(rules=(rules,))).answer is Answer.REPRODUCED
    assert f"give the same category {made.stability.same} of 200 times" in explain(trace)


def test_where_scores_had_no_part_or_nothing_was_chosen_nothing_is_said():
    assert person(RULES, "220", {"G1-0": "0/1"}).stability is None
    nobody = person(RULES, "000")
    assert nobody.stability is None and b"stability" not in nobody.trace_bytes
    exact = person(trial(("0", "0", "0"), redraws=50), "220").stability
    assert exact is not None and exact.same == exact.redraws == 50


def test_scores_that_have_to_agree_are_drawn_again_too():
    files = {name: file("0.4", "0.4", "0.4", pgs_id=name) for name in ("one.txt", "two.txt")}
    content = content_of(
        decision={"tiers": [tier(1, 100, 20)], "stability": {"redraws": 400, "at_least": 0, **WORD}},
        criteria=[score("A", 1, f"{n}.txt", id=f"score-A{at}") for at, n in ((1, "one"), (2, "two"))]
        + [agreement("A", 1)],
        genes=[gene(1, {"B": 1000})],
    )
    rules = rules_of(content, files)
    form = {"participant": "P1", "sex": "female", "scores": {"score-A1": "220", "score-A2": "220"}}
    both = assign(profile_of(form, rules), rules).stability
    one = person(trial(("0.4", "0.4", "0.4"), redraws=400), "220").stability
    assert both is not None and one is not None and 200 < one.same < 360
    assert both.same / 400 == pytest.approx((one.same / 400) ** 2, abs=0.06)  # drawn independently of each other


@pytest.mark.parametrize(
    ("files", "stability", "expected"),
    [
        ({}, {}, "a file with the column standard_error, as decision.stability asks for"),
        ({"one.txt": file("0.1", "-0.1", "0")}, {}, "standard_error: expected a number from 0 to 1000"),
        ({"one.txt": file("0.1", "", "0")}, {}, "standard_error: expected a number from 0 to 1000"),
        ({"one.txt": file("0.1", "0.1", "0")}, {"redraws": 0}, "redraws"),
        ({"one.txt": file("0.1", "0.1", "0")}, {"at_least": 1001}, "at_least"),
    ],
)
def test_what_cannot_be_drawn_again_is_refused(files, stability, expected):
    own = {"redraws": 10, "at_least": 5, **WORD, **stability}
    content = content_of(decision={"tiers": [tier(1)], "stability": own}, criteria=[score("A", 1)])
    with pytest.raises(RuleSetError, match=expected):
        rules_of(content | {"genes": [gene(1, {"A": 1000})]}, {**SCORING_FILES, **files})


def test_a_rule_set_without_a_score_has_nothing_to_draw_again():
    content = content_of(decision={"stability": {"redraws": 10, "at_least": 5, **WORD}}, genes=[gene(1, {"A": 1000})])
    with pytest.raises(RuleSetError, match="a polygenic score whose weights are drawn again"):
        rules_of(content)
