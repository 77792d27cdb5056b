"""The row of a listed allele: what criteria ask of its classification, and what the check says of it."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.evidence.asking import ask
from assigner.genome.builds import Build
from assigner.lint.lint import lint
from assigner.profiles.calls import Call
from assigner.profiles.profile import Profile
from assigner.rules import parse_rules
from assigner.rules.criteria import AlleleCriterion
from assigner.rules.panels import panel_of
from assigner.testing.parts import (
    WORD,
    allele,
    content_of,
    criterion,
    gene,
    marker,
    mitochondrial_allele,
    mitochondrial_gene,
    rules_of,
    tier,
)

FULL = {"stars": 2, "classified": "2024-05-01", "conditions": ["Motor neuron disease"], "frequency": "0.00005"}
GATES = {"stars": 1, "classified_from": "2015-01-01", "max_frequency": "0.0001", "conditions": ["motor neuron disease"]}


def rules(said: dict, *, needs: str = "one", gates: dict | None = None, **more):
    asked = GATES if gates is None else gates
    return rules_of(
        content_of(
            genes=[gene(1, {"A": 1000}, carrier_ppm=500, **more)],
            alleles=[allele("X", 1, 100, needs=needs, **said)],
            decision={"tiers": [tier(1), tier(2), tier(3)]},
            criteria=[
                criterion("listed_allele", 1, name="gated", **asked),
                criterion("listed_allele", 3, name="open", points=100),
            ],
        )
    )


def askers(made) -> list[str]:
    panel = panel_of(made, Build.GRCH38)
    profile = Profile(participant="P", build=Build.GRCH38, alleles={next(iter(panel.alleles)): Call.of("0/1")})
    return [finding.criterion for finding in ask(profile, panel)]


@pytest.mark.holds("CURA-11")
@pytest.mark.parametrize(
    ("said", "asker"),
    [
        ({}, "gated"),
        ({"stars": 0}, "open"),
        ({"stars": None}, "open"),
        ({"stars": 1}, "gated"),
        ({"classified": "2014-12-31"}, "open"),
        ({"classified": "2015"}, "open"),  # it may have been in January before the day
        ({"classified": "2015-01-01"}, "gated"),
        ({"classified": None}, "open"),
        ({"frequency": "0.0001"}, "gated"),
        ({"frequency": "0.000101"}, "open"),
        ({"frequency": None}, "gated"),  # as where a file does not say how common a variant is
        ({"conditions": ["Glaucoma 1, open angle"]}, "open"),
        ({"conditions": []}, "open"),
        ({"conditions": ["Glaucoma 1, open angle", "Adult MOTOR_NEURON_DISEASE, 4"]}, "gated"),
    ],
)
def test_a_row_that_does_not_say_what_is_asked_is_not_counted_by_that_criterion(said, asker):
    row = {name: value for name, value in (FULL | said).items() if value is not None}
    assert askers(rules(row)) == [asker]


@pytest.mark.parametrize(("needs", "asker"), [("one", "open"), ("two", "gated"), ("one_or_two", "gated")])
def test_where_two_copies_are_needed_two_must_be_rare(needs, asker):
    assert askers(rules(FULL | {"frequency": "0.01"}, needs=needs)) == [asker]


def test_a_rule_set_without_gates_and_columns_counts_as_before():
    assert askers(rules({}, gates={})) == ["gated"]


@pytest.mark.holds("CURA-11")
@given(
    said=st.fixed_dictionaries(
        {},
        optional={
            "stars": st.integers(0, 4),
            "classified": st.sampled_from(["2010", "2015-01", "2019-05-05"]),
            "frequency": st.sampled_from(["0", "0.0002", "0.5"]),
            "conditions": st.lists(st.sampled_from(["Motor neuron disease", "Glaucoma"]), unique=True),
        },
    ),
    gates=st.fixed_dictionaries({}, optional={name: st.just(value) for name, value in GATES.items()}),
    more=st.sampled_from(list(GATES)),
)
def test_what_is_asked_beside_never_counts_an_allele_more(said, gates, more):
    """The law: another gate takes alleles away, and never adds one."""
    with_more = gates | {more: GATES[more]}
    assert ("gated" in askers(rules(said, gates=with_more))) <= ("gated" in askers(rules(said, gates=gates)))


def prior(made) -> int:
    panel = panel_of(made, Build.GRCH38)
    return next(finding.carrier_ppm for finding in ask(Profile(participant="P", build=Build.GRCH38), panel))


@pytest.mark.parametrize(
    ("frequency", "needs", "expected"),
    [
        ("0", "one", 500),
        ("0.0002", "one", 500),
        ("0.001", "one", 2000),
        ("0.03", "two", 900),
        ("0.5", "one", 1_000_000),
    ],
)
def test_the_prior_of_an_allele_is_at_least_the_share_of_people_who_carry_it(frequency, needs, expected):
    assert prior(rules({"frequency": frequency}, needs=needs, gates={})) == expected


def told(made) -> list[tuple[str, str, str]]:
    codes = ("allele_below_gate", "allele_gate_missing", "prior_below_frequency")
    return [(str(each.severity), each.code, each.words) for each in lint(made) if each.code in codes]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"stars": 0}, "0 stars, not 1"),
        ({"classified": "2014"}, "classified 2014, not from 2015-01-01 on"),
        ({"frequency": "0.0002"}, "frequency 0.0002 of one, above 0.0001"),
        ({"conditions": ["Glaucoma"]}, "classified for Glaucoma"),
    ],
)
def test_the_check_says_which_alleles_a_gate_holds_back_and_what_counts_them_instead(said, words):
    expected = f"X is not counted by gated: {words}; open of tier 3 counts it"
    assert ("note", "allele_below_gate", expected) in told(rules(FULL | said))


def test_the_check_says_when_no_criterion_counts_an_allele():
    made = rules_of(
        content_of(
            genes=[gene(1, {"A": 1000})],
            alleles=[allele("X", 1, 100)],
            criteria=[criterion("listed_allele", 1, name="gated", stars=1)],
        )
    )
    words = "X is not counted by gated: no stars, not 1; no criterion counts it"
    assert told(made) == [("warning", "allele_below_gate", words)]


def test_the_check_wants_gates_where_the_rows_could_answer_them():
    words = "gated counts listed alleles in tier 1 and has no stars and no max_frequency"
    assert ("warning", "allele_gate_missing", words) in told(rules(FULL, gates={}))
    assert not told(rules({}, gates={}))
    no_stars = "gated counts listed alleles in tier 1 and has no stars"
    assert ("warning", "allele_gate_missing", no_stars) in told(rules(FULL, gates=GATES | {"stars": 0}))


@pytest.mark.parametrize(("number", "asked"), [(1, True), (2, True), (3, False)])
def test_the_check_says_that_fractions_of_mitochondria_are_asked_for_no_star(number, asked):
    content = content_of(
        genes=[gene(1, {"A": 1000}), mitochondrial_gene({"B": 1000})],
        alleles=[
            allele("X", 1, 100, **FULL),
            mitochondrial_allele("Y", 3243),
            mitochondrial_allele("Z", 3250, stars=1),
        ],
        decision={"tiers": [tier(1), tier(2), tier(3)]},
        criteria=[criterion("listed_allele", 1, **GATES), criterion("heteroplasmy", number, name="share")],
    )
    words = f"share counts listed alleles in tier {number} and cannot ask for stars: 1 of 2 have none"
    assert (("warning", "allele_gate_missing", words) in told(rules_of(content))) is asked


@pytest.mark.holds("CURA-12")
def test_an_allele_that_more_people_carry_than_participants_by_the_prior_is_a_fault():
    words = "2000 ppm of people carry counted alleles of G1; its carrier_ppm is 500"
    assert ("fault", "prior_below_frequency", words) in told(rules({"frequency": "0.001"}, gates={}))
    assert not told(rules(FULL | {"frequency": "0.0001"}))


def test_the_check_wants_the_interval_of_each_odds_ratio():
    effects = [{"criterion": "gated", "odds_ratio": "4", **WORD}]
    content = content_of(
        genes=[gene(1, {"A": 1000}, effects=effects), gene(2, {"B": 1000}, effects=[effects[0] | {"interval": "2-8"}])],
        alleles=[allele("X", 1, 100)],
        markers=[marker("M", 1), marker("N", 2, interval="100-300")],
        criteria=[criterion("listed_allele", 1, name="gated"), criterion("marker", 1)],
    )
    found = {
        (str(each.severity), each.path) for each in lint(rules_of(content)) if each.code == "effect_without_interval"
    }
    assert found == {("note", "genes[0].effects[0]"), ("note", "markers[0]")}


def test_a_table_gives_conditions_in_one_cell():
    head = "id gene name class needs chrom pos37 ref37 alt37 pos38 ref38 alt38 because sources status stars classified"
    row = "X G1 X pathogenic one 1 10 A C 10 A C tested tested confirmed 1 2024-05"
    last = (["conditions", "frequency"], ["Motor neuron disease; Glaucoma, open angle", "0.0001"])
    lines = ([*said.split(), *more] for said, more in zip((head, row), last, strict=True))
    table = "".join("\t".join(line) + "\n" for line in lines)
    content = content_of(genes=[gene(1, {"A": 1000}, grch37="1-100", grch38="1-100")])
    content["rule_set"]["tables"] = {"alleles": "alleles.tsv"}
    made = parse_rules(json.dumps(content).encode(), {"alleles.tsv": table.encode()})
    (read,) = made.content.alleles
    assert read.conditions == ("Motor neuron disease", "Glaucoma, open angle")
    assert (read.stars, read.classified, str(read.frequency)) == (1, "2024-05", "0.0001")


def test_the_gates_are_those_that_a_row_can_fail():
    gated = rules(FULL).content.criteria[0]
    assert isinstance(gated, AlleleCriterion)
    bare = rules({}).content.alleles[0]
    assert list(itertools.chain(gated.unmet(bare))) == ["stars", "classified_from", "conditions"]
