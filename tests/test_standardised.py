"""Standardised scores: how far a participant is from the mean of a group, in its standard deviations."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import assigner
import vcfs
from assigner.audits.replay import assigned_again
from assigner.cli import main
from assigner.cohorts import read_profiles
from assigner.errors import ProfileError, RuleSetError, SheetError
from assigner.evidence.answers import find, find_uncached
from assigner.evidence.unknowns import Why
from assigner.profiles.forms import profile_of
from assigner.profiles.written import form_of
from assigner.reports.text import explain
from assigner.rules import Rules
from assigner.rules.score_criteria import QUANTILES
from assigner.testing.parts import category, content_of, criterion, gene, reference, rules_of, score, scoring_file, tier
from assigner.traces import parse_trace

FILES = {"one.txt": scoring_file(("20", 5, "A", "G", "0.3", "0.2"), ("20", 7, "T", "C", "0.1", "0.2"))}


def trial(*groups: dict[str, Any], **more: Any) -> Rules:
    """A standardised score of two alleles, for A."""
    return rules_of_score(**{"counts": "standardised", "reference": list(groups)} | more)


def rules_of_score(**more: Any) -> Rules:
    """A score of two alleles, for A."""
    own = score("A", 2, **more)
    content = content_of(
        categories=[category(name) for name in ("A", "B")],
        decision={"tiers": [tier(1), tier(2, 50, 50, "yes")]},
        criteria=[criterion("listed_allele", 1), own],
        genes=[gene(1, {"B": 1000})],
    )
    return rules_of(content, FILES)


def span(rules: Rules, copies: str, ancestry: str | None = None) -> tuple[int, int]:
    """The least and the most points of A."""
    form = {"scores": {"score-A": copies}} | ({} if ancestry is None else {"ancestry": ancestry})
    own = next(each for each in assigner.assign(profile_of(form, rules), rules).scores if each.category == "A").tiers[1]
    return own.least, own.most


def points(total: Fraction, mean: int, variance: int) -> int:
    """Thousandths of standard deviations above a mean, by decimals of 60 places."""
    over = max(Fraction(0), total * 10**6 - mean)
    return math.floor(Fraction(over * 1000) / Fraction(math.isqrt(variance * 10**120), 10**60) + Fraction(1, 10**40))


@pytest.mark.holds("POLY-09")
@given(
    st.text("012.", min_size=2, max_size=2),
    st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(1, 10**12)), min_size=1, max_size=3),
)
def test_the_points_hold_for_every_group_and_for_a_declared_one_are_its_own(copies, spreads):
    weights, frequency = (Fraction("0.3"), Fraction("0.1")), Fraction("0.2")
    worlds = [
        [weight * (there - 2 * frequency) for there in ((0, 2) if own == "." else (int(own),))]
        for weight, own in zip(weights, copies, strict=True)
    ]
    least, most = sum(map(min, worlds), Fraction()), sum(map(max, worlds), Fraction())
    rules = trial(*(reference(f"group{at}", *spread) for at, spread in enumerate(spreads)))
    ends = [(points(least, *spread), points(most, *spread)) for spread in spreads]
    if copies == "..":
        ends = [(0, most) for _, most in ends]
    whole = min(low for low, _ in ends), max(high for _, high in ends)
    assert span(rules, copies) == whole
    assert span(rules, copies, "unheard-of") == (0, whole[1])  # a group without a reference
    assert [span(rules, copies, f"group{at}") for at in range(len(spreads))] == ends


@pytest.mark.holds("POLY-09")
def test_groups_that_disagree_leave_a_score_open_and_the_trace_says_with_which_it_was_compared():
    rules = trial(reference("EUR", 0), reference("AFR", 800_000))
    form = {"participant": "P1", "sex": "female", "absent": "reference", "assessed": "all", "structural_read": "yes"}
    told = {}
    for ancestry in (None, "EUR", "AFR", "EAS"):
        own = form | {"scores": {"score-A": "20"}} | ({} if ancestry is None else {"ancestry": ancestry})
        made = assigner.assign(profile_of(own, rules), rules)
        trace = parse_trace(made.trace_bytes)
        assert trace.profile.get("ancestry") == ancestry
        again = assigned_again(trace, rules)
        assert again is not None and again.trace_bytes == made.trace_bytes
        assert form_of(profile_of(trace.profile, rules)) == trace.profile
        found = next(each for each in made.findings if each.criterion == "score-A")
        compared = found.shown.rpartition("; ")[2]
        told[ancestry] = (made.provisional or made.category, made.decision.settled, compared, found.why)
    assert told == {
        None: (None, False, "compared with EUR, AFR", Why.NO_ANCESTRY),
        "EUR": ("A", True, "compared with EUR", None),
        "AFR": (None, True, "compared with AFR", None),
        "EAS": (None, False, "no reference of EAS: compared with EUR, AFR", Why.NO_REFERENCE_GROUP),
    }


@pytest.mark.holds("POLY-09")
@pytest.mark.parametrize("ancestry", [None, "EUR", "AFR", "EAS"])
def test_no_word_of_a_score_is_as_all_alleles_without_a_call(ancestry):
    rules = trial(reference("EUR", 0), reference("AFR", 800_000))
    form = {"absent": "reference", "assessed": "all"} | ({} if ancestry is None else {"ancestry": ancestry})
    nothing, no_calls = (profile_of(form | more, rules) for more in ({}, {"scores": {"score-A": ".."}}))
    found, told = ([(f, f.shown, f.why) for f in find(each, rules).all] for each in (nothing, no_calls))
    assert found == told == [(f, f.shown, f.why) for f in find_uncached(nothing, rules).all]
    assert assigner.assign(nothing, rules).decision.settled == assigner.assign(no_calls, rules).decision.settled


@pytest.mark.holds("POLY-12")
@given(
    st.text("012.", min_size=2, max_size=2),
    st.sampled_from(["log_odds", "standardised"]),
    st.sampled_from(QUANTILES),
    st.lists(st.lists(st.integers(-600_000, 900_000), min_size=9, max_size=9).map(sorted), min_size=1, max_size=3),
)
def test_a_score_that_is_not_above_its_quantile_is_worth_nothing(copies, counts, per_cent, quantiles):
    """In each group by itself; without a declared one the least and the most are those of all groups."""
    groups = [reference(f"group{at}") | {"quantiles": own} for at, own in enumerate(quantiles)]
    rules, bare = (
        rules_of_score(counts=counts, reference=groups, **more) for more in ({"above_per_cent": per_cent}, {})
    )
    weights, frequency = (Fraction("0.3"), Fraction("0.1")), Fraction("0.2")
    worlds = [
        [weight * (there - 2 * frequency) for there in ((0, 2) if own == "." else (int(own),))]
        for weight, own in zip(weights, copies, strict=True)
    ]
    ends = [sum(map(min, worlds), Fraction()) * 10**6, sum(map(max, worlds), Fraction()) * 10**6]
    expected = []
    for at, own in enumerate(quantiles):
        bounds = span(bare, copies, f"group{at}")
        above = [end > own[QUANTILES.index(per_cent)] for end in ends]
        expected.append(tuple(points if is_above else 0 for points, is_above in zip(bounds, above, strict=True)))
        assert span(rules, copies, f"group{at}") == expected[-1]
    assert span(rules, copies) == (min(low for low, _ in expected), max(high for _, high in expected))
    assert span(rules, copies, "unheard-of") == (0, max(high for _, high in expected))


@pytest.mark.holds("POLY-12")
def test_a_usual_score_gives_no_category_and_a_rare_one_does():
    """Both copies of A are 0.48 above the frequencies' mean; of the first group nine in ten do not exceed 0.4."""
    groups = [reference("EUR") | {"quantiles": [0] * 7 + [400_000, 600_000]}]
    provisional = []
    for per_cent in (95, 99):
        rules = rules_of_score(counts="log_odds", reference=groups, above_per_cent=per_cent)
        form = {"participant": "P1", "sex": "female", "absent": "reference", "assessed": "all"}
        own = form | {"structural_read": "yes", "scores": {"score-A": "20"}}
        made = assigner.assign(profile_of(own, rules), rules)
        assert made.decision.settled
        provisional.append(made.decision.category)
        assert "compared with EUR" in next(each.shown for each in made.findings if each.criterion == "score-A")
    assert provisional == ["A", None]


def test_the_share_of_the_risk_that_a_score_stands_for_is_told_with_its_source():
    share = {"least": 70, "most": 155, "source": "a made-up study"}
    rules = trial(reference("EUR"), stands_for=share)
    made = assigner.assign(profile_of({"scores": {"score-A": "20"}}, rules), rules)
    shown = next(each.shown for each in made.findings if each.criterion == "score-A")
    assert shown.endswith("; stands for 7 to 15.5 per cent of the risk (a made-up study)")
    assert "stands for 7 to 15.5 per cent of the risk" in explain(made.trace)


@pytest.mark.holds("POLY-09")
@pytest.mark.parametrize(
    ("groups", "more", "expected"),
    [
        ([], {}, "a reference of each group, with a variance above 0"),
        ([reference("EUR", 0, 0)], {}, "a reference of each group, with a variance above 0"),
        ([reference("EUR")], {"above_per_cent": 80}, "above_per_cent of 1, 5, 10, 25, 50, 75, 90, 95, 99"),
        ([], {"counts": "log_odds", "above_per_cent": 90}, "with above_per_cent: a reference of each group"),
        ([reference("EUR")], {"stands_for": {"least": 2, "most": 1, "source": "x"}}, "least share that is not above"),
    ],
)
def test_a_standardised_score_needs_references_that_can_be_used(groups, more, expected):
    with pytest.raises(RuleSetError, match=expected):
        trial(*groups, **more)


def test_an_ancestry_is_declared_by_the_command_the_sheet_the_form_and_the_call_alike(tmp_path):
    rules = trial(reference("EUR"), reference("AFR", 400_000))
    vcf = vcfs.written(tmp_path, vcfs.vcf("20 5 A G . . GT 0/0"))
    read = assigner.read_profile(vcf, rules, build="GRCh38", ancestry="AFR")
    sheet = tmp_path / "sheet.tsv"
    sheet.write_text(f"participant\tfiles\tbuild\tancestry\nP1\t{vcf.name}\tGRCh38\tAFR\n")
    ((_, own),) = read_profiles(sheet, rules)
    assert read.ancestry == getattr(own, "ancestry", None) == profile_of({"ancestry": "AFR"}, rules).ancestry == "AFR"
    made = CliRunner().invoke(main, ["assign", str(vcf), "--build", "GRCh38", "--ancestry", "AFR", "--json"])
    assert json.loads(made.stdout)["profile"]["ancestry"] == "AFR"
    for wrong in ("", "two words", "x" * 121):
        with pytest.raises(ProfileError, match="ancestry"):
            assigner.read_profile(vcf, rules, build="GRCh38", ancestry=wrong)
    sheet.write_text(f"participant\tfiles\tbuild\tancestry\nP1\t{vcf.name}\tGRCh38\ttwo words\n")
    with pytest.raises(SheetError, match="ancestry: expected a name of letters and digits"):
        list(read_profiles(sheet, rules))
