"""Findings: each kind of question, and what one variant may count for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import oracle
from assigner.evidence.answers import find, find_uncached
from assigner.evidence.asking import ask
from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.flags import raise_flags
from assigner.evidence.kinds.repeat import repeat_expanded
from assigner.genome.builds import Build
from assigner.profiles.calls import Call, Sex, State
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile, RepeatSizes
from assigner.profiles.written import form_of
from assigner.rules import Rules, read_rules
from assigner.rules.panels import panel_of
from assigner.testing.contents import contents, rule_sets
from assigner.testing.loci import sexes
from assigner.testing.participants import known_profiles, profiles
from assigner.testing.parts import (
    LOF,
    allele,
    content_of,
    criterion,
    gene,
    marker,
    mitochondrial_allele,
    mitochondrial_gene,
    repeat,
    rules_of,
    tier,
)
from assigner.testing.variations import reversed_profile
from assigner.truth import Truth

THREE = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}
SURE = {"assessed": "all", "absent": "reference"}
TWO_TIERS = {"tiers": [tier(1), tier(2)]}


def variant(offset: int, genotype: str = "0/1", **more: Any) -> dict[str, Any]:
    """A truncating variant of G1 that ClinVar calls pathogenic; `|` is phased in one set."""
    return {
        "gene": "G1", "chrom": "1", "pos": 1_000_000 + offset, "ref": "A", "alt": "C",
        "call": {"genotype": genotype, "phase_set": "7"}, "terms": [LOF], "frequency": "0", "last_exon": "false",
        "clinvar": {"significance": "pathogenic", "stars": 2},
    } | more  # fmt: skip


BENIGN = {"clinvar": {"significance": "not_pathogenic", "stars": 2}}
UNSURE = {"clinvar": {"significance": "unknown", "stars": 0}}
LIKELY = content_of(
    criteria=[criterion("clinvar", 1), criterion("consequence", 2)],
    decision=TWO_TIERS,
    genes=[gene(1, {"A": 1000}), gene(2, {"B": 1000})],
)
RECESSIVE = LIKELY | {"genes": [gene(1, {"A": 1000}, inheritance="recessive")]}


def asked(content: dict[str, Any], form: dict[str, Any]) -> dict[tuple[str, str], str]:
    """The answers that are not false, by criterion and gene."""
    rules = rules_of(content)
    return {
        (f.criterion, f.gene): str(f.truth)
        for f in find(profile_of(form, rules), rules).all
        if f.truth is not Truth.FALSE
    }


def numbers(findings: tuple[Finding, ...]) -> list[tuple[Any, ...]]:
    return sorted((f.tier, f.gene, f.strength, str(f.truth)) for f in findings)


def is_diploid(form: dict[str, Any]) -> bool:
    every = [*form["alleles"].values(), *(v["call"] for v in (*form["variants"], *form["structural"]))]
    return all(sum(c in "01." for c in call.get("genotype", "")) < 3 for call in every)


# ---------------------------------------------------------------------------------------------------------------- laws


@pytest.mark.holds("FIND-01")
@given(st.data(), contents())
def test_every_answer_is_the_oracle_s(data, content):
    rules = rules_of(content)
    profile = data.draw(profiles(rules))
    form = form_of(profile)
    if not is_diploid(form):
        return
    try:
        judged = oracle.findings_of(content, form)
    except oracle.ImpossibleError:
        return
    ours = numbers(find(profile, rules).all)
    theirs = sorted((f["tier"], f["gene"], f["strength"], f["truth"]) for f in judged if f["truth"] is True)
    assert [f for f in ours if f[3] == "true"] == [(*f[:3], "true") for f in theirs]


@pytest.mark.holds("TRAC-09")
@given(st.data(), rule_sets())
def test_the_order_of_variants_in_a_profile_does_not_matter(data, rules):
    profile = data.draw(profiles(rules))
    mixed = evolve(reversed_profile(profile), variants=data.draw(st.permutations(profile.variants)))
    assert find(mixed, rules).all == find(profile, rules).all


@given(st.data(), rule_sets())
def test_every_finding_says_what_it_is_about(data, rules):
    criteria = {c.id: c for c in rules.content.criteria}
    for finding in find(data.draw(profiles(rules)), rules).all:
        assert finding.tier == criteria[finding.criterion].tier
        assert 0 <= finding.carrier_ppm <= CERTAIN
        whole = criteria[finding.criterion].reads in ("annotations", "deletions", "scores")
        assert finding.loci or whole or finding.truth is Truth.FALSE
        assert not finding.revocable or finding.truth is Truth.TRUE


# ------------------------------------------------------------------------------------------------------ listed alleles


@pytest.mark.holds("FIND-01")
@pytest.mark.parametrize(
    ("needs", "genotype", "expected"),
    [
        ("one", "0/1", "true"), ("one", "0/0", "false"), ("one", "./1", "true"), ("one", "0/.", "unknown"),
        ("one_or_two", "1/1", "true"), ("one_or_two", "0/1", "unknown"), ("one_or_two", "1", "true"),
        ("one_or_two", "./1", "unknown"), ("one_or_two", "0/0", "false"), ("one_or_two", "./.", "unknown"),
        ("two", "1/1", "true"), ("two", "0/1", "false"), ("two", "./1", "unknown"), ("two", "./.", "unknown"),
        ("two", "0/0", "false"), ("two", "1", "true"),
    ],
)  # fmt: skip
def test_an_allele_counts_in_the_copies_that_it_needs(needs, genotype, expected):
    content = content_of(genes=[gene(1, {"A": 1000})], alleles=[allele("X", 1, 100, needs=needs)])
    found = asked(content, {"alleles": {"X": genotype}})
    assert found.get(("listed_allele_1", "G1"), "false") == expected


@pytest.mark.holds("GENO-02")
def test_absent_is_unknown_unless_the_caller_declared_it_reference():
    content = content_of(genes=[gene(1, {"A": 1000})], alleles=[allele("X", 1, 100)])
    assert asked(content, {}) == {("listed_allele_1", "G1"): "unknown"}
    assert asked(content, {"absent": "reference"}) == {}


@pytest.mark.holds("FIND-02")
def test_an_allele_that_two_criteria_name_counts_once_by_the_stronger():
    content = content_of(
        criteria=[criterion("listed_allele", 2), criterion("listed_allele", 1)],
        decision=TWO_TIERS,
        genes=[gene(1, {"A": 1000})],
        alleles=[allele("X", 1, 100)],
    )
    assert asked(content, {"alleles": {"X": "0/1"}}) == {("listed_allele_1", "G1"): "true"}


def test_an_allele_and_a_repeat_of_the_same_id_both_count():
    content = content_of(
        criteria=[criterion("listed_allele", 1), criterion("repeat", 1)],
        genes=[gene(1, {"A": 1000})],
        alleles=[allele("X", 1, 100)],
        repeats=[repeat("X", 1)],
    )
    found = asked(content, {"alleles": {"X": "0/1"}, "repeats": {"X": "5/45"}})
    assert found == {("listed_allele_1", "G1"): "true", ("repeat_1", "G1"): "true"}


@pytest.mark.holds("SETL-03")
@pytest.mark.parametrize("state", ["low_quality", "filtered", "conflict", "invalid"])
def test_an_allele_that_is_shown_and_not_believed_may_well_be_there(state):
    rules = rules_of(content_of(genes=[gene(1, {"A": 1000})], alleles=[allele("X", 1, 100), allele("Y", 1, 200)]))
    form = {"alleles": {"X": {"genotype": "0/1", "state": state}, "Y": {"genotype": "0/0", "state": state}}}
    shown, unseen = find(profile_of(form, rules), rules).all
    assert (shown.truth, shown.carrier_ppm) == (Truth.UNKNOWN, CERTAIN)
    assert (unseen.truth, unseen.carrier_ppm) == (Truth.UNKNOWN, 250)


# ------------------------------------------------------------------------------------------------------------- markers

LETTERS = st.sampled_from([None, "C/C", "C/T", "T/T", "./."])


@given(st.lists(st.tuples(st.sampled_from([100, 200, 300]), LETTERS), min_size=1, max_size=4))
def test_of_linked_markers_the_strongest_alone_counts(drawn):
    names = [f"M{'N' * at}" for at in range(len(drawn))]
    linked = [marker(name, 1, odds, locus="l") for name, (odds, _) in zip(names, drawn, strict=True)]
    strongest = max(linked, key=lambda each: each["log_odds"])
    parts = {"criteria": [criterion("marker", 1)], "genes": [gene(1, {"A": 1000})]}
    called = {m["rsid"]: letters for m, (_, letters) in zip(linked, drawn, strict=True) if letters}

    def found(markers: list[dict[str, Any]]) -> tuple[Finding, ...]:
        rules = rules_of(content_of(**parts, markers=markers))
        own = {rsid: letters for rsid, letters in called.items() if rsid in {m["rsid"] for m in markers}}
        return find(profile_of({"build": "GRCh38", "markers": own}, rules), rules).all

    assert found(linked) == found([strongest])
    assert len(found([each | {"locus": each["id"]} for each in linked])) == len(linked)


# ------------------------------------------------------------------------------------------------------------- repeats

SIZED = st.tuples(st.one_of(st.none(), st.integers(0, 60)), st.one_of(st.none(), st.integers(0, 30)))


@pytest.mark.holds("REPT-02")
@given(st.lists(SIZED, min_size=1, max_size=3), st.sampled_from(["one", "two"]), sexes, st.booleans(), st.booleans())
def test_a_repeat_is_expanded_when_every_size_that_it_can_have_says_so(sized, needs, sex, on_x, only_male):
    more = {"chrom": "X", "grch38": "1000-1060", "grch37": "1000-1060"} if on_x else {}
    rules = rules_of(
        content_of(
            genes=[gene(1, {"A": 1000})],
            repeats=[repeat("R", 1, needs=needs, **more, **({"only": "male"} if only_male else {}))],
        )
    )
    spans = tuple(None if size is None or wide is None else (max(0, size - wide), size + wide) for size, wide in sized)
    given_sizes = RepeatSizes(tuple(size for size, _ in sized), spans if any(spans) else ())
    said = THREE[repeat_expanded(rules.content.repeats[0], given_sizes, sex)]

    whole = list(sized) if len(sized) > 1 or (on_x and sex is Sex.MALE) else [*sized, (None, None)]
    answers = set()
    for male in [True, False] if sex is None else [sex is Sex.MALE]:
        each = []
        for size, wide in whole:
            ends = None if size is None else (max(0, size - (wide or 0)), size + (wide or 0))
            can = (
                {True, False}
                if ends is None
                else {n >= 30 if n >= 30 or n <= 20 else None for n in range(ends[0], ends[1] + 1)}
            )
            each.append({True, False} if None in can else can)
        low, high = ([True not in e for e in each], [False not in e for e in each])
        if needs == "one":
            can = {True} if any(high) else {False} if all(low) else {True, False}
        else:
            can = {True} if all(high) else {False} if any(low) else {True, False}
        answers |= {False} if only_male and not male else can
    assert said == oracle.same3(answers)


BANDS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.booleans()), min_size=2, max_size=5).filter(
    lambda drawn: len({harm for _, _, harm in drawn}) == 2
)


@pytest.mark.holds("REPT-02")
@given(BANDS, st.booleans(), st.integers(0, 30), st.integers(0, 6), st.booleans())
def test_sizes_in_any_bands_are_judged_one_by_one(drawn, endless, size, wide, open_ended):
    bands, start = [], 0
    for gap, length, harm in drawn:
        least = start + gap
        bands.append({"least": least, "most": least + length, "means": "harmful" if harm else "normal"})
        start = least + length + 1
    if endless:
        del bands[-1]["most"]
    own = repeat("R", 1, bands=bands, chrom="X", grch38="1000-1060", grch37="1000-1060")
    made = rules_of(content_of(genes=[gene(1, {"A": 1000})], repeats=[own])).content.repeats[0]

    most = None if open_ended else size + wide
    sizes = RepeatSizes((size,), ((size, most),))
    truth = oracle.harmful_size(own, size, most)

    assert THREE[repeat_expanded(made, sizes, Sex.MALE)] == truth
    assert sizes.shows_other_than(made) == (truth is not False)
    means = [oracle.harmful_size(own, each, each) for each in range(start + 40)]
    changes = [at for at, each in enumerate(means) if each is not False and (at == 0 or means[at - 1] != each)]
    assert list(made.edges) == changes
    assert made.least_harmful == means.index(True)
    assert all(means[each] is False for each in made.normal_ends)


@pytest.mark.holds("REPT-02")
def test_a_size_outside_its_own_interval_is_not_believed():
    content = content_of(criteria=[criterion("repeat", 1)], genes=[gene(1, {"A": 1000})], repeats=[repeat("R", 1)])
    form = {"repeats": {"R": {"sizes": "5/45", "intervals": "5-5/2-3"}}}
    assert asked(content, form) == {("repeat_1", "G1"): "unknown"}


@pytest.mark.holds("REPT-04")
@pytest.mark.parametrize(
    ("form", "truth"),
    [
        ("5/>29", "true"), ("5/>=30", "true"), ("5/>28", "unknown"), ("5/>5", "unknown"), (">=60", "true"),
        ("5/.", "unknown"), ("./45", "true"), ({"sizes": "5/65", "intervals": "5-5/25-"}, "unknown"),
        ({"sizes": "5/65", "intervals": "5-5/50-"}, "true"), ({"sizes": "5/15", "intervals": "5-5/5-21"}, "unknown"),
        ({"sizes": "5/25", "intervals": "5-5/30-40"}, "unknown"),
    ],
)  # fmt: skip
def test_a_lower_bound_is_expanded_from_the_band_on_and_never_normal(form, truth):
    content = content_of(criteria=[criterion("repeat", 1)], genes=[gene(1, {"A": 1000})], repeats=[repeat("R", 1)])
    assert asked(content, {"repeats": {"R": form}}) == {("repeat_1", "G1"): truth}


@pytest.mark.holds("SETL-03")
@pytest.mark.parametrize(
    ("sizes", "likely"), [("5/45", True), ("5/25", True), ("5/20", False), ("5/.", False), ("5/>=3", True)]
)
def test_a_large_repeat_that_is_not_believed_may_well_be_there(sizes, likely):
    rules = rules_of(
        content_of(criteria=[criterion("repeat", 1)], genes=[gene(1, {"A": 1000})], repeats=[repeat("R", 1)])
    )
    (found,) = find(profile_of({"repeats": {"R": {"sizes": sizes, "problem": "low depth"}}}, rules), rules).all
    assert (found.truth, found.carrier_ppm == CERTAIN) == (Truth.UNKNOWN, likely)


# ----------------------------------------------------------------------------------------------- mitochondria, markers


@pytest.mark.holds("REPT-07")
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("1/1", "unknown"), ("0/0", "false"), ("./.", "unknown"),
        ({"genotype": "0/1", "fraction": "0.599999"}, "unknown"), ({"genotype": "0/1", "fraction": "0.6"}, "true"),
        ({"genotype": "0/1", "fraction": "0.1"}, "unknown"), ({"genotype": "0/1", "fraction": "0.0999"}, "false"),
        ({"genotype": "0/1", "fraction": "0.9", "state": "filtered"}, "unknown"),
    ],
)  # fmt: skip
def test_heteroplasmy_counts_from_its_cut_and_is_grey_below(call, expected):
    content = content_of(
        criteria=[criterion("heteroplasmy", 1)],
        genes=[mitochondrial_gene({"A": 1000})],
        alleles=[mitochondrial_allele("MT-1", 3243)],
    )
    assert asked(content, {"alleles": {"MT-1": call}}).get(("heteroplasmy_1", "MT-G"), "false") == expected


@pytest.mark.holds("FIND-01")
@pytest.mark.parametrize(
    ("letters", "truth", "strength"),
    [
        ("C/C", "true", 400), ("C/T", "true", 200), ("T/C", "true", 200), ("T|T", "false", 0),
        ("C/.", "unknown", 400), (".", "unknown", 400), ("G/T", "unknown", 400), (None, "unknown", 400),
    ],
)  # fmt: skip
def test_a_marker_counts_its_odds_for_each_copy(letters, truth, strength):
    rules = rules_of(
        content_of(criteria=[criterion("marker", 1)], genes=[gene(1, {"A": 1000})], markers=[marker("M", 1, 200)])
    )
    rsid = rules.content.markers[0].rsid
    (found,) = find(profile_of({"markers": {rsid: letters} if letters else {}}, rules), rules).all
    assert (found.truth, found.strength) == (truth, strength)


# -------------------------------------------------------------------------------------------------- annotated variants


@pytest.mark.holds("FIND-02")
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {("clinvar_1", "G1"): "true"}),
        ({"clinvar": {"significance": "pathogenic", "stars": 0}}, {("consequence_2", "G1"): "true"}),
        ({"frequency": "0.001"}, {}),
        ({"frequency": "0.0001"}, {("clinvar_1", "G1"): "true"}),
        ({"frequency": None}, {("clinvar_1", "G1"): "true"}),
        ({"frequency": None, **BENIGN}, {("consequence_2", "G1"): "unknown"}),
        ({"terms": None, **BENIGN}, {("consequence_2", "G1"): "unknown"}),
        ({"terms": [], **BENIGN}, {}),
        (UNSURE, {("clinvar_1", "G1"): "unknown", ("consequence_2", "G1"): "true"}),
        ({"call": {"genotype": "./."}}, {("clinvar_1", "G1"): "unknown"}),
    ],
)
def test_a_variant_counts_once_by_its_strongest_criterion(more, expected):
    assert asked(LIKELY, SURE | {"variants": [variant(100, **more)]}) == expected


@pytest.mark.holds("FIND-02")
@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (["Amyotrophic lateral sclerosis type 1", "not provided"], "true"),
        (["OMIM:105400"], "true"),
        (["Spastic paraplegia 10"], "false"),
        (["Spastic paraplegia 10", "not provided"], "unknown"),
        (["OMIM:604187"], "false"),
        (["MedGen:C1854489"], "unknown"),
        ([], "unknown"),
    ],
)
def test_clinvar_s_verdict_for_another_condition_is_none(told, expected):
    own = criterion("clinvar", 1, conditions=["amyotrophic lateral sclerosis", "OMIM:105400"])
    content = LIKELY | {"criteria": [own]}
    seen = variant(100, clinvar={"significance": "pathogenic", "stars": 2, "conditions": told})
    assert asked(content, SURE | {"variants": [seen]}).get(("clinvar_1", "G1"), "false") == expected
    unsure = variant(100, clinvar={"significance": "unknown", "stars": 2, "conditions": told})
    expected = "false" if expected == "false" else "unknown"
    assert asked(content, SURE | {"variants": [unsure]}).get(("clinvar_1", "G1"), "false") == expected


def test_a_variant_in_two_genes_counts_for_both():
    both = [variant(100), variant(100, gene="G2")]
    expected = {("clinvar_1", "G1"): "true", ("clinvar_1", "G2"): "true"}
    assert asked(LIKELY, SURE | {"variants": both}) == expected
    assert asked(LIKELY | {"genes": LIKELY["genes"][::-1]}, SURE | {"variants": both}) == expected


@pytest.mark.holds("GENO-02")
def test_what_was_not_looked_for_is_unknown():
    assert asked(LIKELY, {"assessed": ["G1"], "annotated": ["clinvar"]}) == {
        ("consequence_2", "G1"): "unknown",
        ("clinvar_1", "G2"): "unknown",
        ("consequence_2", "G2"): "unknown",
    }


@pytest.mark.holds("FIND-02")
def test_a_listed_variant_counts_by_its_list_alone():
    content = LIKELY | {"alleles": [allele("X", 1, 100, **{"class": "benign"})]}
    assert asked(content, SURE | {"variants": [variant(100)]}) == {}


RECESSIVE_PAIRS = [
    ([variant(100, "1/1")], "true"),
    ([variant(100, "0/1")], "false"),
    ([variant(100, "0|1"), variant(200, "1|0")], "true"),
    ([variant(100, "0|1"), variant(200, "0|1")], "false"),
    ([variant(100, "0/1"), variant(200, "0/1")], "unknown"),
    ([variant(100, "0/1"), variant(100, "0/1")], "false"),
    ([variant(100, "0/1"), variant(200, "./.")], "unknown"),
]


@pytest.mark.holds("GENO-04")
@pytest.mark.parametrize(("seen", "expected"), RECESSIVE_PAIRS)
def test_a_recessive_gene_needs_two_in_trans(seen, expected):
    found = asked(RECESSIVE, SURE | {"variants": seen})
    assert found.get(("clinvar_1", "G1"), "false") == expected


def test_a_pair_of_which_one_is_known_better_still_counts():
    """Two truncating variants in trans count; that ClinVar knows one of them must not take that away."""
    pair = [variant(100, "0|1"), variant(200, "1|0", **BENIGN)]
    assert asked(RECESSIVE, SURE | {"variants": pair}) == {("consequence_2", "G1"): "true"}


def with_partner(kind: str) -> dict[str, Any]:
    partner = allele("P", 1, 300, needs="two", **{"class": kind})
    return RECESSIVE | {"alleles": [partner], "criteria": [criterion("clinvar", 1)]}


@pytest.mark.parametrize(
    ("kind", "partner", "own", "expected"),
    [
        ("other_disease", "1|0", {}, "true"),
        ("other_disease", "0|1", {}, "false"),
        ("other_disease", "0/1", {}, "unknown"),
        ("other_disease", "./.", {}, "unknown"),
        ("other_disease", "0/0", {}, "false"),
        ("other_disease", "1/1", {}, "true"),
        ("other_disease", "1/1", UNSURE, "unknown"),
        ("other_disease", "1/1", BENIGN, "false"),
        ("benign", "1|0", {}, "false"),
        ("uncertain", "1|0", {}, "false"),
        ("disputed", "1/1", {}, "false"),
    ],
)
def test_a_variant_may_lie_in_trans_with_a_listed_allele_that_harms(kind, partner, own, expected):
    form = {"alleles": {"P": {"genotype": partner, "phase_set": "7"}}, "variants": [variant(100, "0|1", **own)]}
    assert asked(with_partner(kind), SURE | form).get(("clinvar_1", "G1"), "false") == expected


@pytest.mark.parametrize(
    ("score", "last", "expected"),
    [("0.7", "false", "true"), ("0.699", "false", "false"), (None, "false", "unknown"), ("0.9", "unknown", "unknown"),
     ("0.9", "true", "false"), ("0.1", "unknown", "false")],
)  # fmt: skip
def test_a_predictor_and_the_last_exon_have_their_say(score, last, expected):
    strict = criterion("consequence", 1, predictor="REVEL", at_least="0.7", spare_last_exon="yes")
    content = content_of(criteria=[strict], genes=[gene(1, {"A": 1000})])
    seen = variant(100, last_exon=last, predictors={"REVEL": score} if score else {})
    assert asked(content, SURE | {"variants": [seen]}).get(("consequence_1", "G1"), "false") == expected


@pytest.mark.holds("REPT-07")
def test_heteroplasmy_and_sizes_are_compared_as_decimals_and_whole_numbers():
    assert Decimal("0.60") >= Decimal("0.6")
    with pytest.raises(ValueError, match="one for each size"):
        RepeatSizes((1, 2), ((1, 1),))


@st.composite
def plainly_reference(draw: st.DrawFn, rules: Rules) -> Profile:
    """Participants with reference calls at nearly all listed alleles, as from a gVCF."""
    profile = draw(profiles(rules))
    plain = st.builds(Call, st.just(State.REFERENCE), depth=st.sampled_from([None, 5, 30]))
    calls = {v: draw(plain) for v in sorted(panel_of(rules, profile.build).alleles) if draw(st.integers(0, 9))}
    kept = {v: call for v, call in profile.alleles.items() if not draw(st.integers(0, 4))}
    return evolve(profile, alleles=calls | kept, variants=profile.variants[:1], structural=profile.structural[:1])


@st.composite
def gated(draw: st.DrawFn) -> Rules:
    """Rule sets of which a criterion may have gates of its own."""
    content = draw(contents())
    asks_calls = ("listed_allele", "heteroplasmy", "clinvar", "consequence")
    for each in content["criteria"] if draw(st.booleans()) else ():
        if each["kind"] in asks_calls and draw(st.booleans()):
            each["gates"] = {"depth": "20", "strict": ["depth"]}
    return rules_of(content)


@pytest.mark.holds("FIND-03")
@given(st.data(), gated())
def test_what_is_answered_once_for_all_is_what_asking_gives(data, rules):
    profile = data.draw(st.one_of(profiles(rules), known_profiles(rules, 3), plainly_reference(rules)))
    asked = ask(profile, panel_of(rules, profile.build))
    found = find(profile, rules).all
    assert [(f, f.shown) for f in found] == [(f, f.shown) for f in asked]


@pytest.mark.holds("FIND-03")
@given(st.data(), gated(), st.integers(0, 99), st.integers(0, 99))
def test_what_is_kept_of_one_participant_is_what_asking_another_gives(data, rules, depth, quality):
    """Of whom the same is said, but from other reads; where criteria have gates of their own, those matter."""
    profile = data.draw(st.one_of(profiles(rules), known_profiles(rules, 3), plainly_reference(rules)))
    other = evolve(
        profile,
        participant="another",
        alleles={
            variant: evolve(
                call, depth=depth, quality=quality, why="other reads",
                fraction=call.fraction and call.fraction.quantize(Decimal("0.0000")),
            )
            for variant, call in profile.alleles.items()
        },
    )  # fmt: skip
    for each in (profile, other, profile):
        asked = ask(each, panel_of(rules, profile.build))
        assert [(f, f.shown) for f in find(each, rules).all] == [(f, f.shown) for f in asked]


@pytest.mark.holds("FIND-03")
@pytest.mark.parametrize("fraction", ["0.5", "0.50", "0.500"])
def test_a_fraction_is_shown_as_it_was_read_whoever_came_before(fraction):
    shipped = read_rules()
    variant = next(v for v in panel_of(shipped, Build.GRCH38).alleles if v.chrom == "MT")
    call = evolve(Call.of("0/1"), fraction=Decimal(fraction))
    found = find(Profile(participant="P1", build=Build.GRCH38, alleles={variant: call}), shipped)
    assert [f.shown for f in found.all if " at " in f.shown] == [f"0/1 (called) at {fraction}"]


@given(data=st.data(), rules=rule_sets())
def test_what_is_found_once_is_what_is_found(data, rules):
    profile = data.draw(profiles(rules))
    once, often = find_uncached(profile, rules), find(profile, rules)
    assert once.all == often.all
    assert [(each.gene, each.findings, each.places) for each in once.genes] == [
        (each.gene, each.findings, each.places) for each in often.genes
    ]
    assert once.contents.suspected == often.contents.suspected


@given(data=st.data(), rules=rule_sets(), sex=sexes)
def test_an_inferred_sex_stands_where_none_is_declared(data, rules, sex):
    inferred = evolve(data.draw(profiles(rules)), sex=None, inferred_sex=sex)
    other = data.draw(sexes) if sex else None
    declared = evolve(inferred, sex=sex, inferred_sex=other)
    assert inferred.deciding_sex is declared.deciding_sex is sex
    assert find(inferred, rules).all == find(declared, rules).all
    assert raise_flags(inferred, find(inferred, rules), rules) == raise_flags(declared, find(declared, rules), rules)
