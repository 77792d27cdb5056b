"""The JSON form of a profile: read back as written, and refused when it could be read in two ways or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.errors import LimitError, ProfileError
from assigner.genome.builds import Build
from assigner.profiles.forms import MOST_BYTES, profile_of, read_form
from assigner.profiles.laboratory import repeat_sizes
from assigner.profiles.profile import Profile
from assigner.profiles.results import results_of
from assigner.profiles.schema import ProfileForm
from assigner.profiles.written import form_of
from assigner.rules import read_rules
from assigner.testing.contents import rule_sets
from assigner.testing.loci import participants
from assigner.testing.participants import profiles
from assigner.testing.parts import WORD, allele, content_of, criterion, gene, marker, repeat, rules_of
from assigner.truth import Truth

RULES = rules_of(
    content_of(
        criteria=[criterion("listed_allele", 1), criterion("repeat", 1), criterion("marker", 1)],
        genes=[gene(1, {"A": 1000}, aliases=["OLD1"], hgnc="HGNC:1"), gene(2, {"B": 1000})],
        alleles=[allele("X", 1, 100), allele("Y", 2, 100)],
        repeats=[repeat("R", 1), repeat("R-mimic", 1, use="mimic", normal=25, expanded=40), repeat("S", 2)],
        markers=[marker("M", 1)],
        flags={
            "mimics": [{"id": "m", "gene": "SMN1", "disorder": "x", "trigger": "copy_number", "action": "hold", **WORD}]
        },
    )
)
RSID = marker("M", 1)["rsid"]


def seen(**more: Any) -> dict[str, Any]:
    return {"gene": "G1", "chrom": "1", "pos": 1000500, "ref": "A", "alt": "C", "genotype": "0/1", **more}


def lost(**more: Any) -> dict[str, Any]:
    return {"gene": "G1", "chrom": "1", "kind": "deletion", "start": 1000400, "end": 1000600, "reach": "part",
            **more}  # fmt: skip


@pytest.mark.holds("READ-17")
@given(st.data(), rule_sets())
def test_a_profile_is_read_back_as_written(data, rules):
    profile = data.draw(profiles(rules))
    form = json.loads(json.dumps(form_of(profile)))
    again = profile_of(form, rules)
    assert form_of(again) == form
    assert assign(again, rules).findings == assign(profile, rules).findings


@given(participants)
def test_any_participant_id_is_kept_as_given(name):
    assert profile_of({"participant": name}, RULES).participant == name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["participant", "build", "sex", "absent", "alleles", "reference", "markers", "repeats", "variants", "assessed",
     "annotated", "copy_numbers", "partial_read", "nonsense"]
)  # fmt: skip
WORDS = st.sampled_from(
    [
        "X",
        "1-1000100-A-C",
        "0/1",
        "1|1",
        "GRCh38",
        RSID,
        "C/T",
        "R",
        "2/45",
        "G1",
        "./.",
        "unknown",
        "",
        "R-mimic",
        "5/5",
    ]
)


@pytest.mark.holds("READ-17")
@given(
    st.dictionaries(
        FIELDS,
        st.one_of(JSON, WORDS, st.lists(WORDS, max_size=2), st.dictionaries(WORDS, WORDS, max_size=3)),
        max_size=4,
    )
)
def test_any_json_is_a_profile_or_an_error_that_says_where(form):
    try:
        profile = profile_of(form, RULES)
    except ProfileError as error:
        assert error.place and error.expected and error.got
    else:
        assert assign(profile, RULES).trace.is_intact


@pytest.mark.holds("READ-17")
@pytest.mark.parametrize(
    "form",
    [
        {"alleles": {"X": {"state": "called"}}},
        {"alleles": {"X": {"state": "partial"}}},
        {"alleles": {"X": {"genotype": "./1", "state": "called"}}},
        {"alleles": {"X": {"genotype": "0/1", "state": "no_call"}}},
        {"alleles": {"X": {"genotype": "0/1", "state": "reference"}}},
        {"alleles": {"X": {"genotype": "0/1", "state": "assumed_reference"}}},
        {"alleles": {"X": "0/1", "1-1000100-A-C": "0/0"}},
        {"alleles": {"X": "0/1"}, "reference": ["X"]},
        {"reference": ["X", "1-1000100-A-C"]},
        {"alleles": {"1-1500100-A-C": "0/1"}},
        {"alleles": {"X": "0/1"}, "build": "GRCh36"},
        {"alleles": {"XX": "0/1"}},
        {"alleles": {"X": "0/2"}},
        {"alleles": {"X": None}},
        {"alleles": {"X": 1}},
        {"alleles": {"X": {"genotype": "0/1", "fraction": "60"}}},
        {"alleles": {"X": {"genotype": "0/1", "fraction": "-0.1"}}},
        {"alleles": {"X": {"genotype": "0/1", "fraction": 0.5}}},
        {"alleles": {"X": {"genotype": "0/1", "fraction": "NaN"}}},
        {"alleles": {"X": {"genotype": "0/1", "depth": 10**30}}},
        {"alleles": {"X": {"genotype": "0/1", "depth": -1}}},
        {"alleles": {"X": {"genotype": "0/1", "deepth": 1}}},
        {"reference": ["Z"]},
        {"markers": {"rs1": "C/T"}},
        {"markers": {RSID: "c/t"}},
        {"markers": {RSID: ""}},
        {"repeats": {"Q": "5/5"}},
        {"repeats": {"R": "5/5", "R-mimic": "5/45"}},
        {"repeats": {"R": "5/5/"}},
        {"repeats": {"R": "-5/5"}},
        {"repeats": {"R": "=30/5"}},
        {"repeats": {"R": ">/5"}},
        {"repeats": {"R": ">30+/5"}},
        {"repeats": {"R": ">>30/5"}},
        {"repeats": {"R": ">999999/5"}},
        {"repeats": {"R": {"sizes": ">30/5", "intervals": "5-9/."}}},
        {"repeats": {"R": {"sizes": "30/5", "intervals": "-30/."}}},
        {"repeats": {"R": {"sizes": "30/5", "source": ""}}},
        {"repeats": {"R": {"sizes": "5/5", "intervals": "5-5"}}},
        {"repeats": {"R": {"sizes": "5/5", "intervals": "6-5/5-5"}}},
        {"repeats": {"R": {"sizes": "5/5", "intervals": "5/5"}}},
        {"assessed": ["G3"]},
        {"assessed": "most"},
        {"assessed": {"G1": 1001}},
        {"assessed": {"G3": 1000}},
        {"annotated": ["ClinVar"]},
        {"copy_numbers": {"SMN3": "0"}},
        {"copy_numbers": {"SMN1": "-1"}},
        {"copy_numbers": {"SMN1": {"copies": -1, "source": "x"}}},
        {"copy_numbers": {"SMN1": {"copies": 1}}},
        {"copy_numbers": {"HGNC:1": "2", "G1": "1"}},
        {"variants": [seen(gene="G9")]},
        {"variants": [seen(pos=-1)]},
        {"variants": [seen(pos=10**12)]},
        {"variants": [seen(alt="A")]},
        {"variants": [seen(alt="<DEL>")]},
        {"variants": [seen(genotype=None)]},
        {"variants": [seen(frequency="1.5")]},
        {"variants": [seen(clinvar={"significance": "pathogenic", "stars": 5})]},
        {"variants": [seen(clinvar={"significance": "Pathogenic"})]},
        {"variants": [seen(residues="9-5")]},
        {"structural": [lost(gene="G9")]},
        {"structural": [lost(chrom="2")]},
        {"structural": [lost(end=1000399)]},
        {"participant": ""},
        {"participant": "p" * 501},
        {"participant": "\ud800"},
        {"sex": "M"},
        {"absent": "ref"},
        {"nonsense": 1},
        [],
        None,
    ],
    ids=repr,
)
def test_a_form_that_could_mislead_is_refused(form):
    if form == {"variants": [seen(genotype=None)]}:  # a variant without a genotype is one that is not called
        assert profile_of(form, RULES).variants[0].call.carries is Truth.UNKNOWN
        return
    with pytest.raises(ProfileError):
        profile_of(form, RULES)


def test_what_the_refused_forms_differ_from_is_read():
    profile = profile_of({"variants": [seen(residues="5-9")], "structural": [lost()]}, RULES)
    assert (profile.variants[0].residues, profile.structural[0].end) == ((5, 9), 1000600)


@pytest.mark.holds("SECU-02")
def test_a_refusal_quotes_no_genotype():
    with pytest.raises(ProfileError) as error:
        profile_of({"alleles": {"X": {"genotype": "./1", "state": "called"}}}, RULES)
    assert "./1" not in str(error.value)


def test_a_name_stands_for_what_the_rule_set_says():
    profile = profile_of(
        {
            "alleles": {"X": "0/1"}, "repeats": {"R": "5/45"}, "variants": [seen(gene="OLD1")],
            "assessed": ["OLD1"], "copy_numbers": {"HGNC:1": "2", "SMN1": "0"},
        },
        RULES,
    )  # fmt: skip
    assert [str(v) for v in profile.alleles] == ["1-1000100-A-C"]
    assert set(profile.repeats) == {"R", "R-mimic"}
    assert profile.assessed == {"G1": 1000} and set(profile.copy_numbers) == {"G1", "SMN1"}
    assert profile.variants[0].gene == "G1"
    assert [str(v) for v in profile_of({"build": "GRCh37", "alleles": {"X": "0/1"}}, RULES).alleles] == [
        "1-1500100-A-C"
    ]


@pytest.mark.parametrize("name", ["C9orf72", "C9ORF72", "c9orf72"])
def test_repeats_are_named_by_a_gene_in_any_case(name):
    rules = read_rules()
    assert set(profile_of({"repeats": {name: "2/8"}}, rules).repeats) == set(
        profile_of({"repeats": {"C9orf72": "2/8"}}, rules).repeats
    )


def test_a_gene_of_another_name_stands_for_its_repeats():
    assert set(profile_of({"repeats": {"old1": "5/45"}}, RULES).repeats) == {"R", "R-mimic"}
    with pytest.raises(ProfileError, match="a repeat or gene"):
        profile_of({"repeats": {"nobody": "5/45"}}, RULES)


@pytest.mark.parametrize("size", ["<0", "<", "<>5", "=5", "<1000001"])
def test_a_bound_that_cannot_be_is_refused(size):
    with pytest.raises(ProfileError):
        repeat_sizes(size, "R")


@pytest.mark.parametrize("name", ["", "p" * 501, "\ud800"])
def test_a_profile_itself_refuses_an_id_that_no_trace_can_keep(name):
    with pytest.raises(ProfileError):
        Profile(participant=name, build=Build.GRCH38)


@given(st.lists(st.one_of(st.none(), st.integers(0, 999_999)), min_size=1, max_size=4))
def test_sizes_are_read_back_as_written(sizes):
    text = "/".join("." if size is None else str(size) for size in sizes)
    assert str(repeat_sizes(text, "R")) == text
    assert repeat_sizes(text, "R").sizes == tuple(sizes)


@pytest.mark.parametrize(
    ("form", "ranges", "text"),
    [
        ("5/>60", ((5, 5), (61, None)), "5/>=61"),
        ("5/>=61", ((5, 5), (61, None)), "5/>=61"),
        (">=0", ((0, None),), ">=0"),
        ({"sizes": "5/>60", "intervals": "4-6/."}, ((4, 6), (61, None)), "5/>=61"),
        ({"sizes": "5/>60", "intervals": "4-6/61-"}, ((4, 6), (61, None)), "5/>=61"),
        ({"sizes": "5/65", "intervals": "5-5/50-"}, ((5, 5), (50, None)), "5/65"),
        ({"sizes": "5/.", "intervals": "./50-"}, ((5, 5), None), "5/."),
        ("5/<20", ((5, 5), (0, 19)), "5/<=19"),
        ("<=20/<=20", ((0, 20), (0, 20)), "<=20/<=20"),
        ({"sizes": "5/<20", "intervals": "4-6/0-19"}, ((4, 6), (0, 19)), "5/<=19"),
        ("<1", ((0, 0),), "0"),
    ],
)
def test_a_bound_has_no_other_end_and_is_written_back(form, ranges, text):
    profile = profile_of({"repeats": {"R": form}}, RULES)
    sizes = profile.repeats["R"]

    assert (sizes.ranges, str(sizes)) == (ranges, text)
    assert profile_of(form_of(profile), RULES).repeats["R"] == sizes


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b'{"participant": "P1"}', None),
        (b'{"participant": "P1", "participant": "P2"}', "each key once"),
        (b'{"participant": "P1"', "JSON"),
        (b"\xff", "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b"{}", None),
        pytest.param(b" " * (MOST_BYTES + 1), "at most", id="too large"),
        (b'{"participant": 1}', "expected text; got a number"),
        (None, "a readable file"),
    ],
)
def test_a_file_is_read_or_refused(tmp_path, source, expected):
    path = tmp_path / "P1.json"
    if source is not None:
        path.write_bytes(source)
    if expected is None:
        read = read_form(path, RULES)
        assert [i.size for i in read.inputs] == [len(source)]
    else:
        with pytest.raises((ProfileError, LimitError), match=expected):
            read_form(path, RULES)


@pytest.mark.parametrize("name", ["G1", "g1", "OLD1", "old1", "r"])
def test_a_repeat_goes_by_any_name_of_its_gene_in_any_case(name):
    given = profile_of({"repeats": {name: "2/8"}}, RULES).repeats
    assert {str(sizes) for sizes in given.values()} == {"2/8"}
    assert "R" in given


@pytest.mark.holds("SECU-02")
def test_a_parsed_form_is_read_as_its_text_and_shows_no_genotype():
    form = {"participant": "P1", "alleles": {"X": "0/1"}}
    parsed = ProfileForm.model_validate(form)
    assert profile_of(parsed, RULES) == profile_of(form, RULES)
    assert "0/1" not in repr(parsed)


def test_a_structural_call_that_ends_before_it_starts_is_refused():
    (read,) = profile_of({"structural": [lost()]}, RULES).structural
    with pytest.raises(ValueError, match="not before the start"):
        evolve(read, end=read.start - 1)


@pytest.mark.parametrize(
    ("items", "expected"),
    [(["C9orf72"], "NAME=VALUE"), (["C9orf72=2/8@ "], "NAME=VALUE@SOURCE"), (["A=1/1", "A=1/2"], "A is given twice")],
)
def test_results_on_a_command_line_are_told_what_is_wrong(items: list[str], expected: str) -> None:
    with pytest.raises(ProfileError, match=expected):
        results_of(items, "sizes")
