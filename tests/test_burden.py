"""Rare burdens: the tail of what chance gives, bounds where genes are not known, and what a burden may decide."""

from __future__ import annotations

from decimal import localcontext
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import poisson

import vcfs
from assigner.assignments import Assignment, assign
from assigner.audits.verification import Answer, Evidence, verify
from assigner.decisions.grades import Grade
from assigner.errors import RuleSetError
from assigner.evidence.findings import CERTAIN, Finding
from assigner.profiles.forms import profile_of
from assigner.rules import Rules
from assigner.rules.listing import criterion_listing
from assigner.rules.poisson import least_count, tail_ppm
from assigner.testing.contents import burdened_contents
from assigner.testing.participants import profiles
from assigner.testing.parts import LOF, MISSENSE, allele, burden, category, content_of, criterion, gene, rules_of, tier
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from effort import times
from lawful import keep

ROWS = {(1, LOF): 100_000, (1, MISSENSE): 50_000, (2, LOF): 50_000}
"""0.2 alleles are expected, so that two are there by chance in 17,524 of a million people: fewer than 100,000."""


def trial(odds_ratio: str | None = None, rows: dict[tuple[int, str], int] | None = None, **more: Any) -> Rules:
    """Listed alleles in tier 1; in tier 2 a burden of A over G1 and G2, and loss of function of G3, which is B's."""
    lof = criterion("consequence", 2, 500, max_frequency="0.001", validity=["limited"])
    return rules_of(
        content_of(
            categories=[category("A"), category("B")],
            decision={"tiers": [tier(1), tier(2, 50, 50)]},
            fields={"frequency": ["gnomADe_AF"], "predictors": {"REVEL": ["REVEL"]}},
            criteria=[criterion("listed_allele", 1), lof, burden("A", 2, rows or ROWS, odds_ratio, **more)],
            genes=[gene(1, {"A": 1000}), gene(2, {"A": 500}), gene(3, {"B": 1000}, validity="limited")],
            alleles=[allele("G1-9", 1, 9)],
        )
    )


def seen(number: int, offset: int, genotype: str = "0/1", **more: Any) -> dict[str, Any]:
    """A rare stop in a gene."""
    place = {"gene": f"G{number}", "chrom": str(number), "pos": number * 1_000_000 + offset, "ref": "A", "alt": "G"}
    return place | {"call": {"genotype": genotype}, "terms": [LOF], "frequency": "0.0001"} | more


KNOWN = {"annotated": ["clinvar", "consequence"], "assessed": "all", "absent": "reference", "structural_read": "yes"}


def person(rules: Rules, *variants: dict[str, Any], **known: Any) -> Assignment:
    form = {"participant": "P1", "sex": "female", **KNOWN, "variants": list(variants)} | known
    return assign(profile_of(form, rules), rules)


def found_in(made: Assignment) -> Finding:
    return next(each for each in made.findings if each.criterion == "burden-A")


# ---------------------------------------------------------------------------------------------------- what chance gives


@pytest.mark.holds("BURD-01")
@given(st.integers(0, 60), st.integers(1, 30_000_000), st.integers(1, 999_999))
def test_the_tail_is_that_of_an_independent_library(count, expected, most):
    assert tail_ppm(count, expected) == pytest.approx(1e6 * poisson.sf(count - 1, expected / 1e6), abs=1.001)
    least = least_count(expected, most)
    assert tail_ppm(least, expected) <= most < tail_ppm(least - 1, expected)
    with localcontext(prec=3):  # a caller's own context changes nothing
        assert (least_count(expected, most), tail_ppm(count, expected)) == (least, tail_ppm(count, expected))


@pytest.mark.holds("BURD-01")
def test_copies_are_counted_two_of_a_gene_at_most_and_listed_alleles_never():
    rules = trial()

    def shown(*variants: dict[str, Any], **known: Any) -> tuple[str, Truth]:
        finding = found_in(person(rules, *variants, **known))
        return finding.shown.split(";")[0].split(" alleles")[0], finding.truth

    assert shown() == ("0", Truth.FALSE)
    assert shown(seen(1, 10), seen(2, 10)) == ("2", Truth.TRUE)
    assert shown(seen(1, 10, "1/1")) == ("2", Truth.TRUE)
    assert shown(*(seen(1, at) for at in (10, 20, 30))) == ("2", Truth.TRUE)
    assert shown(seen(1, 10, terms=[MISSENSE]), seen(2, 10, terms=[MISSENSE])) == ("1", Truth.FALSE)
    assert shown(seen(1, 10), seen(1, 9, alt="C"), seen(3, 10), seen(2, 10, frequency="0.01")) == ("1", Truth.FALSE)
    assert shown(seen(1, 10), seen(2, 10, frequency=None)) == ("1 to 2", Truth.UNKNOWN)
    assert shown(seen(1, 10), seen(2, 10, "./1")) == ("2 to 3", Truth.TRUE)
    assert shown(seen(1, 10), absent="unknown", assessed={"G1": 1000}) == ("1 to 3", Truth.UNKNOWN)
    assert shown(annotated=["clinvar"]) == ("0 to 4", Truth.UNKNOWN)


def test_what_was_counted_is_shown_with_chances_that_are_rounded_outwards():
    made = person(trial(), seen(1, 10), absent="unknown", assessed={"G1": 1000})
    assert found_in(made).shown == (
        "1 to 3 alleles, 0.200000 expected; by chance so many or more in 1148 to 181270 of a million people; "
        "1 of 2 genes assessed"
    )
    exact = person(trial(), seen(1, 10, "1/1"))
    assert "by chance so many or more in 17524 of a million people; 2 of 2" in found_in(exact).shown


def test_a_predictor_is_asked_where_the_criterion_names_one():
    rules = trial(predictor="REVEL", at_least="0.7")
    shown = [
        found_in(person(rules, seen(1, 10, predictors=own))).shown[:6]
        for own in ({}, {"REVEL": "0.7"}, {"REVEL": "0.69"})
    ]
    assert shown == ["0 to 1", "1 alle", "0 alle"]


# ------------------------------------------------------------------------------------------------------ what it decides


@pytest.mark.holds("BURD-02")
@given(data=st.data())
def test_a_burden_that_is_only_reported_decides_nothing(data):
    content = data.draw(burdened_contents())
    for own in content["criteria"]:
        own.pop("effect", None)
    rules = rules_of(content)
    assume(rules.content.burdens)
    without = rules_of(content | {"criteria": [own for own in content["criteria"] if own["kind"] != "burden"]})
    profile = data.draw(profiles(rules))
    made, bare = assign(profile, rules), assign(profile, evolve(without, digest=rules.digest))
    assert (made.decision, made.scores, made.reasons) == (bare.decision, bare.scores, bare.reasons)
    assert [own for own in made.findings if own.strength] == [own for own in bare.findings if own.strength]


@pytest.mark.holds("BURD-02")
def test_with_an_odds_ratio_it_is_weak_evidence_of_one_currency():
    made = person(trial("4"), seen(1, 10), seen(2, 10))
    assert (made.decision.category, made.decision.grade) == ("A", Grade.WEAK)
    assert next(own for own in made.scores if own.category == "A").tiers[1].known == 750
    assert person(trial(), seen(1, 10), seen(2, 10)).decision.category is None
    assert trial().content.tier_grades == ("established", "supported")


@pytest.mark.holds("BURD-02")
def test_an_allele_that_another_criterion_counts_is_left_out_of_a_burden_that_is_worth_points():
    rows = {(1, LOF): 50_000, (2, LOF): 50_000}
    twice = criterion("consequence", 2, 500, "twice", max_frequency="0.001", validity=["definitive"])
    for odds, least in (("4", "0 alleles"), (None, "2 alleles")):
        content = content_of(
            decision={"tiers": [tier(1), tier(2, 50, 50)]},
            criteria=[twice, criterion("clinvar", 1), burden("A", 2, rows, odds)],
            genes=[gene(1, {"A": 1000}), gene(2, {"A": 1000})],
        )
        pathogenic = {"significance": "pathogenic", "stars": 2}
        made = person(rules_of(content), seen(1, 10), seen(2, 10, clinvar=pathogenic, frequency="0.00001"))
        assert found_in(made).shown.startswith(least)


def test_where_nothing_is_known_the_chance_is_that_of_such_a_burden_by_its_own_numbers():
    assert found_in(person(trial("4"), annotated=[])).carrier_ppm == 400_000
    assert found_in(person(trial(), annotated=[])).carrier_ppm == 100_000
    assert found_in(person(trial("4"), seen(1, 10), annotated=[])).carrier_ppm == CERTAIN


@pytest.mark.holds("BURD-02", "BURD-03")
@times(2)
@given(data=st.data())
def test_rule_sets_with_burdens_keep_each_law(data: st.DataObject):
    keep(rules_of(data.draw(burdened_contents())), data)


# ------------------------------------------------------------------------------------------------- files and the trace


@pytest.mark.holds("BURD-03")
def test_alleles_of_a_file_are_counted_and_the_trace_replays_them(tmp_path):
    rules = trial("4")
    fields = "Allele|Consequence|SYMBOL|Feature|MANE_SELECT|gnomADe_AF"
    csq = (
        f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {fields}">'
    )
    told = "CSQ=G|stop_gained|G{0}|ENST1.1|NM_1.1|0.0001 GT:DP:GQ:AD 0/1:30:60:15,15"
    table = "\n".join(f"{n} {n}000010 A G PASS {told.format(n)}" for n in (1, 2))
    path = vcfs.written(tmp_path, vcfs.vcf(table, meta=[csq]))
    made = assign(read_profile(path, rules, absent="reference"), rules)
    assert found_in(made).truth is Truth.TRUE
    assert verify(made.trace_bytes, Evidence(rules=(rules,), files=(path,))).answer is Answer.REPRODUCED


@pytest.mark.holds("BURD-04")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"category": "X"}, "category: expected a category of this rule set"),
        ({"id": "G1"}, "id: expected an id that is no gene's name"),
        ({"tier": 1}, "tier: expected the last tier, 2"),
        ({"predictor": "REVEL"}, "predictor and at_least together"),
        ({"predictor": "OTHER", "at_least": "0.7"}, "a name of fields.predictors"),
        ({"expected": []}, "expected"),
        ({"tail_ppm": 0}, "tail_ppm"),
        ({"validity": ["definitive"]}, "validity"),
        ({"rows": {(3, LOF): 5}}, "a nuclear gene with a share in A"),
        ({"rows": {(1, LOF): 0}}, "ppm"),
        (
            {"tail_ppm": 1},
            "a tail that its genes can reach: chance gives all their 4 alleles to 57 of a million people",
        ),
        ({"twice": True}, "each gene and term once"),
        ({"interval": "5-6"}, "an interval with the odds ratio inside"),
    ],
)
def test_a_burden_that_could_mean_something_else_is_refused(change, expected):
    own = burden("A", 2, change.get("rows", ROWS), "4")
    if "twice" in change:
        own["expected"] += own["expected"][:1]
    if "interval" in change:
        own["effect"] |= change
    own |= {name: value for name, value in change.items() if name not in ("rows", "twice", "interval")}
    genes = [gene(1, {"A": 1000}), gene(2, {"A": 500}), gene(3, {"B": 1000})]
    with pytest.raises(RuleSetError, match=expected):
        rules_of(content_of(decision={"tiers": [tier(1), tier(2)]}, criteria=[own], genes=genes))


def test_a_category_has_one_burden_and_a_listing_says_from_how_many_alleles_it_is_true():
    content = content_of(
        decision={"tiers": [tier(1), tier(2)]},
        criteria=[burden("A", 2, ROWS), burden("A", 2, ROWS, id="other")],
        genes=[gene(1, {"A": 1000}), gene(2, {"A": 500})],
    )
    with pytest.raises(RuleSetError, match="a category without a burden; burden-A is its burden"):
        rules_of(content)
    text = "\n".join(criterion_listing(trial("4").content.burdens[0]))
    assert "true from 2 alleles on: by chance in 17524 of a million people" in text and "odds ratio 4" in text
