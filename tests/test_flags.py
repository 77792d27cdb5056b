"""Flags: mimics, therapies and strata; they are raised beside the decision and never change it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import oracle
from assigner.assignments import assign
from assigner.decisions.decision import decide
from assigner.evidence.answers import find
from assigner.evidence.flags import Flag, FlagKind, raise_flags
from assigner.profiles.forms import profile_of
from assigner.profiles.written import form_of
from assigner.testing.contents import contents
from assigner.testing.participants import profiles
from assigner.testing.parts import WORD, allele, content_of, criterion, gene, marker, repeat, rules_of
from assigner.truth import Truth

THREE = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}
SURE = {"assessed": "all", "absent": "reference"}


def mimic(trigger: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "m",
        "gene": "G1",
        "disorder": "another disease",
        "trigger": trigger,
        "action": "hold",
        **WORD,
        **more,
    }


def therapy(trigger: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "t",
        "gene": "G1",
        "product": "drug",
        "stage": "approved",
        "trigger": trigger,
        "action": "hold",
        **WORD,
        **more,
    }


def raised(flags: dict[str, Any], form: dict[str, Any], **more: Any) -> Flag:
    content = content_of(
        criteria=[criterion("listed_allele", 1), criterion("clinvar", 1)],
        genes=[gene(1, {"A": 1000})],
        alleles=[
            allele("X", 1, 100, needs="two"),
            allele("Y", 1, 200, needs="two"),
            allele("B", 1, 300, **{"class": "benign"}),
        ],
        repeats=[repeat("R", 1, use="mimic")],
        markers=[marker("M", 1)],
        flags=flags,
    )  # fmt: skip
    rules = rules_of(content | more)
    profile = profile_of(form, rules)
    (flag,) = raise_flags(profile, find(profile, rules), rules)
    return flag


@pytest.mark.holds("FLAG-01")
@given(st.data(), contents())
def test_every_flag_is_the_oracle_s(data, content):
    rules = rules_of(content)
    profile = data.draw(profiles(rules))
    if any(len(call.copies) > 2 for call in [*profile.alleles.values(), *(o.call for o in profile.variants)]):
        return
    form = form_of(profile)
    try:
        judged = oracle.flags_of(content, form, oracle.findings_of(content, form))
    except oracle.ImpossibleError:
        return
    ours = [f for f in raise_flags(profile, find(profile, rules), rules) if f.kind is not FlagKind.STRATIFICATION]
    assert [(f.kind, f.id, f.holds) for f in ours] == [(kind, name, holds) for kind, name, _, holds in judged]
    for flag, (_, _, truth, _) in zip(ours, judged, strict=True):
        assert THREE[flag.truth] in (truth, None)  # phase can say more of halves than is asked


@pytest.mark.holds("FLAG-02")
@given(st.data(), contents())
def test_flags_never_change_the_decision(data, content):
    rules = rules_of(content)
    profile = data.draw(profiles(rules))
    findings = find(profile, rules)
    alone = decide(findings, rules.content, participant=profile.participant, digest=rules.digest)
    assert assign(profile, rules).decision == alone


@pytest.mark.holds("FLAG-02")
@given(st.data(), contents())
def test_only_a_true_flag_that_holds_is_a_reason(data, content):
    rules = rules_of(content)
    made = assign(data.draw(profiles(rules)), rules)
    held = {f.kind.value for f in made.flags if f.holds and f.truth is Truth.TRUE}
    assert held == {r.reason.value for r in made.reasons} & {"mimic", "gene_targeted_therapy"}


@pytest.mark.holds("FLAG-01")
@pytest.mark.parametrize(
    ("trigger", "form", "expected"),
    [
        ("one", {"alleles": {"X": "0/1"}}, "true"),
        ("one", SURE, "false"),
        ("one", SURE | {"alleles": {"B": "1/1"}}, "false"),
        ("one", {"absent": "reference"}, "false"),
        ("one", {"alleles": {"X": "0/0", "Y": "0/0"}}, "unknown"),
        ("one", SURE | {"annotated": []}, "unknown"),
        ("two", SURE | {"alleles": {"X": "0/1"}}, "false"),
        ("two", SURE | {"alleles": {"X": "1/1"}}, "true"),
        ("two", SURE | {"alleles": {"X": "0/1", "Y": "0/1"}}, "unknown"),
        ("two", SURE | {"alleles": {"X": "0|1", "Y": "1|0"}}, "true"),
        ("male", SURE | {"alleles": {"X": "1"}, "sex": "male"}, "true"),
        ("male", SURE | {"alleles": {"X": "1"}, "sex": "female", "inferred_sex": "male"}, "false"),
        ("male", SURE | {"alleles": {"X": "1"}, "inferred_sex": "male"}, "true"),
        ("male", SURE | {"alleles": {"X": "1"}}, "unknown"),
        ("male", SURE, "false"),
        ("copy_number", {"copy_numbers": {"G1": "0"}}, "true"),
        ("copy_number", {"copy_numbers": {"G1": "1"}}, "false"),
        ("copy_number", SURE, "unknown"),
        ("repeat", {"repeats": {"R": "5/45"}}, "true"),
        ("repeat", {"repeats": {"R": "5/5"}}, "false"),
        ("repeat", SURE, "unknown"),
    ],
)
def test_what_triggers_a_mimic(trigger, form, expected):
    flag = raised({"mimics": [mimic(trigger, **({"repeat": "R"} if trigger == "repeat" else {}))]}, form)
    assert (flag.kind, flag.truth, flag.holds, flag.text) == ("mimic", expected, True, "another disease")


@pytest.mark.holds("FLAG-01")
@pytest.mark.parametrize(
    ("trigger", "form", "expected"),
    [
        ("pathogenic", SURE | {"alleles": {"X": "1/1"}}, "true"),
        ("pathogenic", SURE, "false"),
        ("pathogenic", {}, "unknown"),
        ("repeat", {"repeats": {"R": "5/45"}}, "true"),
        ("copy_number", {"copy_numbers": {"G1": "0"}}, "true"),
        ("copy_number", {}, "unknown"),
        ("none", {}, "false"),
    ],
)
def test_what_triggers_a_therapy(trigger, form, expected):
    flag = raised({"therapies": [therapy(trigger, **({"repeat": "R"} if trigger == "repeat" else {}))]}, form)
    assert (flag.kind, flag.truth, flag.text) == ("gene_targeted_therapy", expected, "drug: approved")


@pytest.mark.parametrize(("stars", "expected"), [(0, "false"), (1, "true")])
def test_a_variant_that_clinvar_calls_pathogenic_triggers_with_one_star(stars, expected):
    seen = {
        "gene": "G1", "chrom": "1", "pos": 1000500, "ref": "A", "alt": "C", "genotype": "0/1",
        "clinvar": {"significance": "pathogenic", "stars": stars},
    }  # fmt: skip
    assert raised({"mimics": [mimic("one")]}, SURE | {"variants": [seen]}).truth == expected


@pytest.mark.holds("FLAG-01")
@pytest.mark.parametrize("clinvar", [{"significance": "unknown"}, {"significance": "pathogenic", "stars": "unknown"}])
@pytest.mark.parametrize(
    ("flag", "genotype", "more", "expected"),
    [
        (mimic("one"), "0/1", {}, "unknown"),
        (mimic("one"), "0/0", {}, "false"),
        (mimic("one"), "0/1", {"alleles": {"X": "0/1"}}, "true"),
        (mimic("two"), "1/1", {}, "unknown"),
        (mimic("two"), "0/1", {}, "false"),  # one copy stays, whatever ClinVar means
        (mimic("two"), "0/1", {"alleles": {"X": "0/1"}}, "unknown"),
        (mimic("two"), "0/1", {"alleles": {"X": "1/1"}}, "true"),
        (mimic("male"), "1", {"sex": "male"}, "unknown"),
        (mimic("male"), "0/1", {"sex": "female"}, "false"),
        (therapy("pathogenic"), "0/1", {}, "unknown"),
    ],
)
def test_a_variant_of_which_clinvar_s_word_is_not_known_leaves_a_flag_unknown(clinvar, flag, genotype, more, expected):
    seen = {"gene": "G1", "chrom": "1", "pos": 1000500, "ref": "A", "alt": "C", "genotype": genotype}
    name = "mimics" if flag["id"] == "m" else "therapies"
    form = SURE | more | {"variants": [seen | {"clinvar": clinvar}]}
    assert raised({name: [flag]}, form).truth == expected


@pytest.mark.holds("FLAG-01")
def test_variants_of_a_mimic_s_gene_that_has_no_span_are_never_ruled_out():
    flags = {"mimics": [mimic("one", gene="G2")]}
    assert raised(flags, {"absent": "reference"}, alleles=[allele("X", 2, 100)]).truth == "unknown"


@pytest.mark.holds("FLAG-01")
def test_a_therapy_for_whose_gene_nothing_asks_clinvar_is_never_ruled_out():
    flags = {"therapies": [therapy("pathogenic")]}
    assert raised(flags, SURE, criteria=[criterion("listed_allele", 1)]).truth == "unknown"
    assert raised(flags, SURE, criteria=[criterion("repeat", 1)]).truth == "unknown"


@pytest.mark.holds("FLAG-01")
def test_a_variant_that_counts_by_its_consequence_first_does_not_rule_out_its_therapy():
    seen = {
        "gene": "G1", "chrom": "1", "pos": 1000500, "ref": "A", "alt": "C", "genotype": "0/1", "frequency": "0",
        "terms": ["stop_gained"], "clinvar": {"significance": "pathogenic", "stars": 1},
    }  # fmt: skip
    first = [criterion("consequence", 1), criterion("clinvar", 1, points=500)]
    genes = [gene(1, {"A": 1000}, mechanisms=["loss_of_function"])]
    flags = {"therapies": [therapy("pathogenic")]}
    assert raised(flags, SURE | {"variants": [seen]}, criteria=first, genes=genes).truth == "unknown"
    assert raised(flags, SURE, criteria=first, genes=genes).truth == "false"


@pytest.mark.holds("FLAG-02")
@pytest.mark.parametrize(
    ("letters", "expected", "shown"),
    [("C/T", "true", "C/T"), ("T/T", "false", "T/T"), ("C/.", "unknown", "C/."), (None, "unknown", "")],
)
def test_a_stratification_marker_is_reported_and_never_holds(letters, expected, shown):
    entry = {"id": "s", "marker": "M", "report": "for strata", **WORD}
    form = {"markers": {marker("M", 1)["rsid"]: letters}} if letters else {}
    flag = raised({"stratification": [entry]}, form)
    assert (flag.truth, flag.shown, flag.holds) == (expected, shown, False)


def test_a_marker_without_a_known_letter_is_never_known():
    bare = {"id": "M", "rsid": "rs5", "gene": "G1", "inactive": "coordinates unconfirmed", **WORD}
    entry = {"id": "s", "marker": "M", "report": "for strata", **WORD}
    flag = raised({"stratification": [entry]}, {"markers": {"rs5": "C/T"}}, markers=[bare])
    assert (flag.truth, flag.shown) == ("unknown", "C/T")


@pytest.mark.holds("FLAG-02")
def test_a_flag_that_only_reports_is_no_reason():
    content = content_of(
        genes=[gene(1, {"A": 1000})], alleles=[allele("X", 1, 100)], flags={"mimics": [mimic("one", action="report")]}
    )
    rules = rules_of(content)
    made = assign(profile_of(SURE | {"alleles": {"X": "0/1"}}, rules), rules)
    assert made.category == "A" and made.flags[0].truth is Truth.TRUE and not made.reasons
    assert evolve(made.flags[0], holds=True) != made.flags[0]
