"""Scores of files without frequencies: only a reference says what their mean is."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
import vcfs
from assigner.errors import RuleSetError
from assigner.forecasts.calibration import calibrate
from assigner.genome.builds import Build
from assigner.profiles.forms import profile_of
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.rules.polygenic import UNKNOWN_COPIES
from assigner.rules.score_criteria import MICRO
from assigner.testing.parts import WORD, category, content_of, criterion, gene, reference, rules_of, score, tier

ROWS = (("20", 5, "A", "G", "0.3", "0.2", "0.1"), ("20", 7, "T", "C", "-0.125", "0.7", "0.03"))
"""Of each allele chromosome, position, both letters, weight, frequency and standard error."""
SHIFT = round(sum(2 * Fraction(row[4]) * Fraction(row[5]) for row in ROWS) * MICRO)
"""What both alleles are worth at twice their frequencies, in millionths."""


def scoring_file(*, frequencies: bool) -> bytes:
    """The alleles, with their frequencies or without."""
    columns = "chr_name chr_position effect_allele other_allele effect_weight allelefrequency_effect standard_error"
    kept = [at for at, name in enumerate(columns.split()) if frequencies or name != "allelefrequency_effect"]
    table = [[str(row[at]) for at in kept] for row in (columns.split(), *ROWS)]
    head = ("format_version=2.0", "pgs_id=TEST1", "genome_build=GRCh38", "weight_type=beta")
    return "\n".join([*(f"#{each}" for each in head), *map("\t".join, table), ""]).encode()


def trial(*, frequencies: bool, stability: bool = False, **more: object) -> Rules:
    """A score of A, beside nothing else of A."""
    decision = {"tiers": [tier(1), tier(2, 50, 50, "yes")]}
    if stability:
        decision["stability"] = {"redraws": 500, "at_least": 900, **WORD}
    content = content_of(
        categories=[category("A"), category("B")],
        decision=decision,
        criteria=[criterion("listed_allele", 1), score("A", 2, **more)],
        genes=[gene(1, {"B": 1000})],
    )
    return rules_of(content, {"one.txt": scoring_file(frequencies=frequencies)})


def standardised(mean: int, variance: int, *, frequencies: bool, **more: object) -> Rules:
    """The same with a reference; its mean is that of a file with frequencies."""
    groups = [reference("all", mean if frequencies else mean + SHIFT, variance)]
    return trial(frequencies=frequencies, counts="standardised", reference=groups, **more)


def span(rules: Rules, copies: str) -> tuple[int, int]:
    made = assigner.assign(profile_of({"scores": {"score-A": copies}}, rules), rules)
    own = next(each for each in made.scores if each.category == "A").tiers[1]
    return own.least, own.most


@pytest.mark.holds("POLY-13")
@given(
    st.text("012.", min_size=2, max_size=2),
    st.integers(-(10**6), 10**6),
    st.integers(1, 10**12),
    st.sampled_from([0, 500, 1000]),
)
def test_a_standardised_score_is_the_same_with_frequencies_and_without(copies, mean, variance, min_called):
    every = [
        span(standardised(mean, variance, frequencies=told, min_called=min_called), copies) for told in (True, False)
    ]
    assert every[0] == every[1]


@pytest.mark.holds("POLY-13")
@pytest.mark.parametrize("counts", ["log_odds", "attributable"])
def test_a_score_is_not_counted_from_a_mean_that_nobody_told(counts):
    with pytest.raises(RuleSetError, match="allelefrequency_effect, or counts `standardised` or `nothing`"):
        trial(frequencies=False, counts=counts)
    assert span(trial(frequencies=True, counts=counts), "20")[1] > 0


@pytest.mark.holds("POLY-13")
@given(st.text("012.", min_size=2, max_size=2), st.booleans())
def test_a_score_that_counts_nothing_changes_no_answer(copies, frequencies):
    """It says how it stands, and nothing of it is worth a point or left open."""
    rules = trial(frequencies=frequencies, counts="nothing")
    form = {"participant": "P1", "sex": "female", "absent": "reference", "assessed": "all", "structural_read": "yes"}
    made = assigner.assign(profile_of({**form, "scores": {"score-A": copies}}, rules), rules)
    assert (made.category, made.decision.settled, span(rules, copies)) == (None, True, (0, 0))
    shown = next(each.shown for each in made.findings if each.criterion == "score-A")
    assert ("the scoring file gives no frequencies" in shown) is not frequencies


@pytest.mark.holds("POLY-13")
def test_a_cohort_gives_the_mean_and_the_rest_is_as_with_frequencies():
    cohort = vcfs.vcf("20 5 A G . . GT 0/1 1/1 0/0 0|1\n20 7 T C . . GT 0/0 0/1 1/1 1/0", samples=("S", "T", "U", "V"))
    told, untold = (
        calibrate(cohort, trial(frequencies=each, counts="nothing")).spreads["score-A"][0] for each in (True, False)
    )
    assert told.mean is not None
    assert (untold.mean, untold.variance) == (told.mean + SHIFT, told.variance)
    assert untold.quantiles == tuple(each + SHIFT for each in told.quantiles)


@pytest.mark.holds("POLY-13")
@given(st.text("012.", min_size=2, max_size=2))
def test_without_frequencies_weights_move_a_score_by_no_less(copies):
    digits = bytes(UNKNOWN_COPIES if each == "." else int(each) for each in copies)
    told, untold = (
        panel_of(trial(frequencies=each, stability=True, counts="nothing"), Build.GRCH38).scores["score-A"]
        for each in (True, False)
    )
    assert told.spread(digits) <= untold.spread(digits)


@pytest.mark.holds("POLY-13")
def test_weights_of_a_file_without_frequencies_are_drawn_again_and_the_trace_replays():
    rules = standardised(0, 40_000_000_000, frequencies=False, stability=True)
    form = {"participant": "P1", "sex": "female", "absent": "reference", "assessed": "all", "structural_read": "yes"}
    made = assigner.assign(profile_of({**form, "scores": {"score-A": "20"}}, rules), rules)
    assert (made.category or made.provisional, made.stability is not None) == ("A", True)
    assert json.loads(made.trace_bytes)["profile"]["scores"]
