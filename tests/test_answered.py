"""What files can and cannot answer, why not, and what would answer more."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.assignments import assign
from assigner.audits.answered import advice, answered, reasons
from assigner.audits.recipes import steps_for
from assigner.cli import main
from assigner.evidence.answers import find_uncached
from assigner.evidence.unknowns import Why
from assigner.genome.builds import Build
from assigner.profiles.forms import profile_of
from assigner.rules.panels import panel_of
from assigner.testing.contents import rule_sets
from assigner.testing.participants import profiles
from assigner.testing.parts import (
    LOF,
    allele,
    content_of,
    criterion,
    gene,
    mitochondrial_allele,
    mitochondrial_gene,
    repeat,
    rules_of,
)
from assigner.truth import Truth

EXAMPLES = Path(__file__).parents[1] / "examples"
RULES = assigner.read_rules()


@pytest.mark.holds("COMM-08")
@given(st.data(), rule_sets())
def test_every_question_is_counted_once_and_every_unknown_one_has_a_reason(data, rules):
    made = assign(data.draw(profiles(rules)), rules)
    found, unknown = answered(made), [each for each in made.findings if each.truth is Truth.UNKNOWN]

    assert sum(each.asked for each in found) == len(made.findings)
    assert sum(each.known for each in found) == len(made.findings) - len(unknown)
    assert [each for each, _ in reasons(made)] == unknown
    assert [f.why for f in find_uncached(made.profile, rules).all] == [f.why for f in made.findings]
    told = advice(made, "in.vcf")
    assert sum(each.questions for each in told) == len(unknown)
    assert sum(each.could_change for each in told) >= min(1_000_000, sum(e.carrier_ppm for e in made.decision.decisive))
    assert [each.could_change for each in told] == sorted((each.could_change for each in told), reverse=True)


def of(form: dict[str, object]) -> Counter[Why]:
    return Counter(why for _, why in reasons(assign(profile_of(form, RULES), RULES)))


SEEN = {"gene": "SOD1", "chrom": "21", "pos": 31659800, "ref": "C", "alt": "T", "genotype": "0/1"}
KNOWN: dict[str, Any] = {
    "absent": "reference",
    "assessed": "all",
    "structural_read": "yes",
    "repeats": {each.id: "2/3" for each in RULES.content.repeats},
    "markers": {each.rsid: f"{each.other}/{each.other}" for each in RULES.content.markers if each.other},
}


MARKER = next(iter(panel_of(RULES, Build.GRCH38).markers.values())).rsid
TOLD = {name: value for name, value in SEEN.items() if name != "genotype"} | {
    "call": {"genotype": "0/1", "state": "low_quality"},
    "terms": ["stop_gained"],
    "clinvar": {"significance": "pathogenic", "stars": 2, "conditions": ["amyotrophic lateral sclerosis"]},
    "frequency": "0.000001",
}
"""A variant of which all is told, and whose call is not believed."""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"absent": "unknown"}, Why.NO_RECORD),
        ({"repeats": {}}, Why.NO_SIZE),
        ({"annotated": ["consequence"]}, Why.NO_CLINVAR),
        ({"annotated": ["clinvar"]}, Why.NO_CONSEQUENCE),
        ({"absent": "unknown", "assessed": []}, Why.NOT_COVERED),
        ({"structural_read": "no"}, Why.NO_STRUCTURAL),
        ({"variants": [SEEN]}, Why.UNEXPLAINED),
        ({"alleles": {"VCP-R155H": {"state": "low_quality"}}}, Why.DOUBTED),
        ({"alleles": {"VCP-R155H": "./."}}, Why.NO_CALL),
        ({"markers": {**KNOWN["markers"], MARKER: "./."}}, Why.NO_CALL),
        ({"markers": {**KNOWN["markers"], MARKER: "A/."}}, Why.UNDECIDED),
        ({"variants": [TOLD]}, Why.DOUBTED),
        ({"alleles": {"VCP-R155H": "0/."}}, Why.UNDECIDED),
        ({"repeats": {**KNOWN["repeats"], "C9orf72": {"sizes": "2/26", "intervals": "2-2/20-60"}}}, Why.UNDECIDED),
    ],
)  # fmt: skip
def test_what_is_lacking_is_the_reason(change, why):
    """Of a participant of whom all is known; nothing else is unknown then but what this makes so."""
    assert of(KNOWN) == Counter()
    found = of({**KNOWN, **change})
    assert found[why]
    assert why is Why.NO_RECORD or set(found) <= {why, Why.NO_RECORD, Why.NO_STRUCTURAL, Why.NOT_COVERED}


TWO = [gene(1, {"A": 1000}, inheritance="recessive")]
GONE = {
    "gene": "G1",
    "chrom": "1",
    "start": 1_000_000,
    "end": 1_009_999,
    "kind": "deletion",
    "genotype": "0/1",
    "reach": "whole",
}
ONE: dict[str, Any] = {
    "gene": "G1", "chrom": "1", "pos": 1_000_050, "ref": "C", "alt": "T", "genotype": "0/1", "terms": [LOF],
    "clinvar": {"significance": "pathogenic", "stars": 2}, "frequency": "0",
}  # fmt: skip
ALL = {"absent": "reference", "assessed": "all", "structural_read": "yes"}
PARTNER = [allele("X1", 1, 40, needs="two")]
MALE = [repeat("R", 1, chrom="X", only="male")]


@pytest.mark.parametrize(
    ("parts", "form", "why"),
    [
        ({"criteria": [criterion("listed_allele", 1, gates={"depth": 20})], "alleles": [allele("X1", 1, 40)]},
         {"alleles": {"X1": {"genotype": "0/1", "depth": 10}}}, Why.DOUBTED),
        ({"criteria": [criterion("heteroplasmy", 1)], "genes": [mitochondrial_gene({"A": 1000})],
          "alleles": [mitochondrial_allele("M", 3100)]}, {"alleles": {"M": {"genotype": "0/1", "fraction": "0.3"}}},
         Why.UNDECIDED),
        ({"criteria": [criterion("repeat", 1)], "repeats": MALE}, {"repeats": {"R": "10/40"}, "sex": None}, Why.NO_SEX),
        ({"criteria": [criterion("repeat", 1)], "repeats": MALE}, {"repeats": {"R": "10/25"}, "sex": "male"},
         Why.UNDECIDED),
        ({"criteria": [criterion("clinvar", 1)], "genes": TWO}, {"variants": [ONE | {"clinvar": None}]},
         Why.UNEXPLAINED),
        ({"criteria": [criterion("clinvar", 1)], "genes": TWO, "alleles": PARTNER},
         {"variants": [ONE], "alleles": {"X1": {"state": "filtered"}}}, Why.DOUBTED),
        ({"criteria": [criterion("clinvar", 1)], "genes": TWO, "alleles": PARTNER},
         {"variants": [ONE], "absent": "unknown"}, Why.NO_RECORD),
        ({"criteria": [criterion("deletion", 1)], "genes": TWO}, {"structural": [GONE, GONE | {"end": 1_009_990}]},
         Why.UNDECIDED),
        ({"criteria": [criterion("deletion", 1)], "genes": TWO}, {"structural": [GONE], "structural_read": "no"},
         Why.NO_STRUCTURAL),
        ({"criteria": [criterion("deletion", 1)], "genes": TWO, "alleles": PARTNER},
         {"structural": [GONE], "absent": "unknown"}, Why.NO_RECORD),
        ({"criteria": [criterion("deletion", 1), criterion("clinvar", 1)], "genes": TWO},
         {"structural": [GONE], "annotated": ["consequence"]}, Why.NO_CLINVAR),
        ({"criteria": [criterion("deletion", 1), criterion("clinvar", 1)], "genes": TWO},
         {"structural": [GONE], "variants": [ONE | {"clinvar": None}]}, Why.UNEXPLAINED),
    ],
)  # fmt: skip
def test_the_reason_is_that_of_what_the_criterion_asked(parts, form, why):
    content = content_of(**{"genes": [gene(1, {"A": 1000})], **parts})
    given = {key: value for key, value in {**ALL, **form}.items() if value is not None}
    assert why in {each for _, each in reasons(assign(profile_of(given, rules_of(content)), rules_of(content)))}


def test_the_numbers_are_those_of_the_trace():
    file = str(EXAMPLES / "P003.vep.vcf")
    told = json.loads(CliRunner().invoke(main, ["doctor", file, "--json"]).stdout)
    made = json.loads(CliRunner().invoke(main, ["assign", file, "--json"]).stdout)
    unknown = Counter(each["criterion"] for each in made["findings"]["unknown"])
    assert {each["criterion"]: sum(each["unknown"].values()) for each in told["criteria"]} == {
        each["criterion"]: unknown[each["criterion"]] for each in told["criteria"]
    }
    text = CliRunner().invoke(main, ["doctor", file]).stdout
    assert "rare_missense                33      0  33 not_covered" in text
    assert f"$ assigner assign {file} --callable covered.bed" in text


@pytest.mark.parametrize("why", Why)
def test_every_reason_has_words_and_a_step(why):
    assert why.words and steps_for(why, Build.GRCH38, "my file.vcf")
