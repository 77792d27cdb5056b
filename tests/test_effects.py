"""Published effects: what they are worth in points, and what a rule set may say of them."""

from __future__ import annotations

from decimal import Decimal, getcontext, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.errors import RuleSetError
from assigner.evidence.asking import ask
from assigner.genome.builds import Build
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile
from assigner.rules.effects import attributable, attributable_of_copies
from assigner.rules.panels import panel_of
from assigner.testing.parts import WORD, allele, content_of, criterion, gene, marker, rules_of, tier

odds = st.decimals("1.001", "100000", places=3)


@pytest.mark.holds("FIND-07")
@given(odds)
def test_points_are_the_part_that_is_due_to_what_is_carried(ratio):
    """The oracle: 1000 x (1 - 1/OR) in exact fractions, rounded to the next whole number."""
    exact = 1000 * (1 - 1 / Fraction(ratio))
    assert abs(attributable(ratio) - exact) <= Fraction(1, 2) or attributable(ratio) == 1
    assert 1 <= attributable(ratio) <= 1000


@pytest.mark.holds("FIND-07")
@given(one=odds, other=odds)
def test_a_larger_effect_is_never_worth_less(one, other):
    assert (one <= other) <= (attributable(one) <= attributable(other))


@given(log_odds=st.integers(1, 3000), copies=st.integers(0, 2))
def test_copies_multiply_their_odds_and_two_are_worth_less_than_twice_one(log_odds, copies):
    one, two = (attributable_of_copies(log_odds, count) for count in (1, 2))
    assert one <= two <= 2 * one + 1
    assert attributable_of_copies(log_odds, 0) == 0
    with localcontext() as context:
        context.prec = 3  # of whoever calls: it changes nothing
        assert attributable_of_copies(log_odds, copies) == (0, one, two)[copies]
    assert getcontext().prec == 28


def rules(effects=(), **more):
    content = content_of(
        genes=[gene(1, {"A": 1000}, effects=[WORD | effect for effect in effects])],
        alleles=[allele("X", 1, 100)],
        markers=[marker("M", 1, 200)],
        criteria=[
            criterion("listed_allele", 1, 1000, "listed"),
            criterion("consequence", 1, 700, "lost"),
            criterion("marker", 2, 1000, "common", counts="attributable"),
        ],
        decision={"tiers": [tier(1), tier(2, 1, 1, "no")]},
    )
    return rules_of(content | more)


def test_a_published_effect_takes_the_place_of_the_criterions_points_in_its_gene():
    made = rules([{"criterion": "listed", "odds_ratio": "4", "interval": "2-8"}])
    profile = profile_of({"absent": "reference", "assessed": "all", "alleles": {"X": "0/1"}}, made)
    (score,) = [s for s in assign(profile, made).scores if s.category == "A"]
    assert score.tiers[0].known == 750


@pytest.mark.parametrize(("letters", "points"), [("T/T", 0), ("C/T", 181), ("C/C", 330)])
def test_a_marker_may_be_worth_what_is_due_to_its_copies(letters, points):
    made = rules()
    profile = profile_of({"markers": {made.content.markers[0].rsid: letters}}, made)
    (found,) = [f for f in ask(profile, panel_of(made, Build.GRCH38)) if f.criterion == "common"]
    assert found.strength == points


def test_a_published_share_of_carriers_is_the_prior_of_its_gene():
    made = rules([{"criterion": "lost", "carrier_ppm": 1500}])
    found = ask(Profile(participant="P", build=Build.GRCH38), panel_of(made, Build.GRCH38))
    assert {f.criterion: (f.carrier_ppm, f.strength) for f in found if f.criterion == "lost"} == {"lost": (1500, 700)}


@pytest.mark.parametrize(
    ("effects", "told"),
    [
        ([{"criterion": "listed"}], "genes[0].effects[0]: expected an odds ratio, carrier_ppm, or both"),
        ([{"criterion": "listed", "odds_ratio": "1"}], "effects[0].odds_ratio: expected an odds ratio above 1"),
        ([{"criterion": "listed", "odds_ratio": "0.5"}], "effects[0].odds_ratio: expected an odds ratio above 1"),
        ([{"criterion": "listed", "odds_ratio": "4", "interval": "5-8"}], "an interval with the odds ratio inside"),
        ([{"criterion": "lost", "carrier_ppm": 1, "interval": "5-8"}], "an interval with the odds ratio inside"),
        ([{"criterion": "listed", "odds_ratio": "4", "interval": "8-5"}], "LOW-HIGH, two odds ratios"),
        ([{"criterion": "nobody", "odds_ratio": "4"}], "a criterion of this rule set, and none of markers"),
        ([{"criterion": "common", "odds_ratio": "4"}], "a criterion of this rule set, and none of markers"),
        ([{"criterion": "listed", "carrier_ppm": 4}], "no such field: the gene's own carrier_ppm"),
        ([{"criterion": "listed", "odds_ratio": "4"}] * 2, "effects[1].criterion: expected each criterion once"),
    ],
)
def test_an_effect_that_cannot_be_is_refused(effects, told):
    with pytest.raises(RuleSetError) as caught:
        rules(effects)
    assert any(told in str(fault) for fault in caught.value.faults), caught.value.faults


@pytest.mark.parametrize("interval", ["100-150", "300-400"])
def test_the_interval_of_a_marker_holds_its_log_odds(interval):
    with pytest.raises(RuleSetError, match="an interval with log_odds inside"):
        rules(markers=[marker("M", 1, 200, interval=interval)])
    assert rules(markers=[marker("M", 1, 200, interval="100-300")])


def test_the_odds_are_decimals_and_no_floats():
    effect = rules([{"criterion": "listed", "odds_ratio": "4.73"}]).content.genes[0].effects[0]
    assert (effect.odds_ratio, effect.points) == (Decimal("4.73"), 789)
