"""Verification: what was made is reproduced, whatever was declared; what was edited anywhere is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.assignments import assign
from assigner.audits.verification import MOST_SHOWN, Answer, Evidence, verify
from assigner.profiles.forms import profile_of, read_form
from assigner.testing.contents import rule_sets
from assigner.testing.participants import known_profiles, profiles
from assigner.traces import MOST_BYTES, SCHEMA_VERSION, Trace, digest_of, parse_trace
from effort import times
from vcfs import allele, repeat, rules_of, vcf, written

SHIPPED = assigner.read_rules()
EXAMPLES = Path(__file__).parents[1] / "examples"
FIXTURES = Path(__file__).parent / "traces"


@pytest.mark.holds("TRAC-04")
@given(st.data(), rule_sets())
def test_whatever_was_made_is_reproduced(data, rules):
    made = assign(data.draw(st.one_of(profiles(rules), known_profiles(rules, 2))), rules)

    assert verify(made.trace.to_bytes(), Evidence(rules=(rules,))).answer is Answer.REPRODUCED
    assert verify(made.trace.to_bytes() + b"\n", Evidence(rules=(rules,))).answer is Answer.REPRODUCED
    assert verify(made.trace, Evidence(rules=(rules,))).answer is Answer.REPRODUCED


SMALL = rules_of(
    alleles=[allele("A", "1", 5000, "C", "T"), allele("B", "1", 6000, "G", "A", needs="two")],
    repeats=[repeat("R", "CAG", "4", 12_000, 12_060)],
)
TRACE = assign(profile_of({"alleles": {"A": "0/1"}, "repeats": {"R": "5/45"}}, SMALL), SMALL).trace
OWN = Evidence(rules=(SMALL,))


@pytest.mark.holds("TRAC-04")
@times(15)
@given(at=st.integers(0, len(TRACE.to_bytes()) - 1), byte=st.integers(0, 255), kind=st.sampled_from("cid"))
def test_any_edited_byte_is_found(at, byte, kind):
    """Changed, inserted or deleted, anywhere: the bytes are canonical, and the digest is over all of them."""
    source = bytearray(TRACE.to_bytes())
    if kind == "c":
        source[at] = byte
    elif kind == "i":
        source.insert(at, byte)
    else:
        del source[at]
    same = bytes(source) == TRACE.to_bytes()

    assert (verify(bytes(source), OWN).answer is Answer.REPRODUCED) is same


def edited(path: str, value: object, *, seal: bool) -> bytes:
    """The trace with another value at a path, with the digest made right again if so wished."""
    parts = TRACE.model_dump(mode="json")
    *steps, last = path.split(".")
    place = parts
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = value
    if seal:
        parts["digest"] = digest_of(Trace.model_validate(parts))
    return rfc8785.dumps(parts)


@pytest.mark.holds("TRAC-04")
@pytest.mark.parametrize("seal", [False, True])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("category", "B"),
        ("intervention", "another"),
        ("settled", False),
        ("overturn_risk_ppm", 17),
        ("scores.0.points", 17),
        ("findings.true.0.gene", "G9"),
        ("profile.alleles.1-5000-C-T.genotype", "1/1"),
        ("loci.0.state", "reference"),
        ("participant", "another"),
    ],
)
def test_an_edit_is_told_with_its_place_even_when_the_digest_was_made_right(path, value, seal):
    found = verify(edited(path, value, seal=seal), OWN)

    assert found.answer is Answer.DIFFERS
    assert ("digest" in [each.path for each in found.differences]) is not seal
    assert len(found.differences) <= MOST_SHOWN and found.count >= len(found.differences)
    if not path.startswith("profile"):
        shown = path.replace(".0.", "[0].")
        assert any(each.path == shown for each in found.differences)


def test_what_only_files_tell_is_vouched_for_by_the_digest():
    unsealed = verify(edited("assumptions", ["none at all"], seal=False), OWN)
    assert [each.path for each in unsealed.differences] == ["digest"]
    assert verify(edited("assumptions", ["none at all"], seal=True), OWN).answer is Answer.REPRODUCED


def test_other_bytes_of_the_same_values_are_told():
    found = verify(json.dumps(TRACE.model_dump(mode="json"), indent=1).encode(), OWN)
    assert [each.path for each in found.differences] == ["(bytes)"]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (b"", "a trace; got an empty file"),
        (b"participant,outcome\n", "a trace; got text that is no JSON"),
        (b">chr1\nACGT\n", "a trace; got text that is no JSON"),
        (b" # a comment\n{}", "a trace; got text that is no JSON"),
        (b"##fileformat=VCFv4.2\n", "expected a trace; got a VCF or BCF: use `assigner assign`"),
        (b"rule_set:\n  id: a\n", "expected a trace; got a rule set: use `--rules`"),
        (b"{}", "schema_version"),
        (TRACE.to_bytes()[:-40], "JSON"),
        (TRACE.to_bytes().replace(f'"{SCHEMA_VERSION}"'.encode(), b'"9.9"'), "schema_version"),
        (b"[" * 100_000, "deeper nesting|JSON"),
        (TRACE.to_bytes().replace(b'"points":', b'"points":1e999,"x":'), "floats"),
        (TRACE.to_bytes().replace(b'"settled":', b'"settled":NaN,"x":'), "floats"),
        (TRACE.to_bytes()[:-1] + b',"digest":"0"}', "each key once"),
        (b"\xff\xfe", "UTF-8"),
        (b"1" * 5_000, "JSON|schema_version"),
        (b" " * (MOST_BYTES + 1), "at most"),
    ],
)
def test_what_is_no_trace_cannot_be_told_and_raises_nothing(source, why):
    import re

    found = verify(source, OWN)
    assert found.answer is Answer.CANNOT and re.search(why, found.why or "")


@pytest.mark.holds("TRAC-04")
def test_without_the_rule_set_that_decided_nothing_is_told():
    found = verify(TRACE)
    assert found.answer is Answer.CANNOT and "rule set" in (found.why or "")
    assert verify(TRACE, OWN).answer is Answer.REPRODUCED
    other = rules_of(alleles=[allele("A", "1", 5000, "C", "G")])
    assert "the shipped one and 1 given" in (verify(TRACE, Evidence(rules=(other,))).why or "")


def test_a_rule_set_is_found_by_its_digest_in_a_file(tmp_path):
    trace = assign(profile_of({}, SHIPPED), SHIPPED).trace
    assert verify(trace).answer is Answer.REPRODUCED
    assert verify(trace, Evidence(rules=(EXAMPLES.parent / "categories.yaml",))).answer is Answer.REPRODUCED


# ----------------------------------------------------------------------------------------------------- from the files

HAND = {"R": {"sizes": "20/>45", "source": "RP-PCR, report 17"}}
EH = "4 12000 C <STR45> PASS END=12060;REF=20;RU=CAG GT:REPCN 0/1:20/45"
EH_META = [
    '##INFO=<ID=RU,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=REPCN,Number=1,Type=String,Description="x">',
]


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"absent": "reference"},
        {"sex": "female"},
        {"participant": "P-77"},
        {"repeat_sizes": HAND},
        {"repeat_sizes": {"R": "20/45"}},
        {"copy_numbers": {"G1": 2}},
        {"copy_numbers": {"G1": {"copies": 2, "source": "MLPA"}}},
        {"build": "GRCh38"},
        {"callable": "bed"},
        {"repeats": "eh"},
        {"repeats": "eh", "callable": "bed", "absent": "reference", "sex": "male", "repeat_sizes": HAND},
    ],
    ids=lambda declared: "+".join(declared) or "nothing",
)
def test_from_the_files_what_was_declared_is_declared_again(tmp_path, declared):
    bed = tmp_path / "a.bed"
    bed.write_text("chr1\t0\t9000\n")
    files = {
        "bed": bed,
        "eh": written(tmp_path, vcf(EH, meta=EH_META), "eh.vcf"),
        "own": written(tmp_path, vcf("1 5000 C T PASS . GT:DP 0/1:30", samples=["P1"]), "own.vcf"),
    }
    given_files = [files["own"], *(files[each] for each in declared.values() if each in ("bed", "eh"))]
    declared = {name: files.get(value, value) if isinstance(value, str) else value for name, value in declared.items()}
    made = assign(assigner.read_profile(files["own"], SMALL, **declared), SMALL)
    evidence = Evidence(rules=(SMALL,), files=tuple(given_files))

    found = verify(made.trace, evidence)

    assert (found.answer, found.differences, found.why) == (Answer.REPRODUCED, (), None)
    assert found.from_files
    if len(given_files) > 1:
        fewer = verify(made.trace, Evidence(rules=(SMALL,), files=tuple(given_files[:1])))
        assert fewer.answer is Answer.CANNOT and "the file of" in (fewer.why or "")


def test_what_was_declared_of_absent_records_holds_where_contigs_are_not_understood(tmp_path):
    table = "1 5000 C T PASS . GT 0/1\ntwenty 5000 C T PASS . GT 0/1"
    own = written(tmp_path, vcf(table, declared=["chr1,length=248956422", "twenty"]), "own.vcf")
    made = assign(assigner.read_profile(own, SMALL, absent="reference"), SMALL)
    assert verify(made.trace, Evidence(rules=(SMALL,), files=(own,))).answer is Answer.REPRODUCED


@pytest.mark.holds("TRAC-04")
def test_files_that_are_not_the_trace_s_are_told(tmp_path):
    own = written(tmp_path, vcf("1 5000 C T PASS . GT 0/1"), "own.vcf")
    made = assign(assigner.read_profile(own, SMALL), SMALL)
    other = written(tmp_path, vcf("1 5000 C T PASS . GT 1/1"), "other.vcf")
    for files in ((other,), (own, other), (tmp_path / "none.vcf",)):
        found = verify(made.trace, Evidence(rules=(SMALL,), files=files))
        assert found.answer is Answer.CANNOT, files


@pytest.mark.holds("TRAC-04")
def test_a_sealed_lie_that_its_own_profile_bears_out_is_found_by_the_files(tmp_path):
    """Whoever edits profile and outcome together, and seals them, is found by the participant's files alone."""
    own = written(tmp_path, vcf("1 5000 C T PASS . GT 0/0"), "own.vcf")
    honest = assigner.read_profile(own, SMALL)
    lie = profile_of({"participant": "P1", "alleles": {"A": "0/1"}}, SMALL)
    trace = assign(lie, SMALL).trace
    parts = trace.model_dump(mode="json") | {"inputs": assign(honest, SMALL).trace.model_dump(mode="json")["inputs"]}
    forged = Trace.model_validate(parts)
    forged = forged.model_copy(update={"digest": digest_of(forged)})

    assert verify(forged, Evidence(rules=(SMALL,))).answer is Answer.REPRODUCED
    assert verify(forged, Evidence(rules=(SMALL,), files=(own,))).answer is Answer.DIFFERS


@pytest.mark.holds("REDA-02")
def test_a_redacted_trace_is_verified_with_its_openings():
    secret = bytes(32)
    redacted, openings = TRACE.redact(secret), TRACE.openings(secret)

    opened = Evidence(rules=(SMALL,), openings=openings)
    assert verify(redacted.to_bytes(), opened).answer is Answer.REPRODUCED
    assert "openings" in (verify(redacted.to_bytes(), OWN).why or "")


@pytest.mark.holds("TRAC-04")
@pytest.mark.parametrize("source", ["the file of repeats", "the file of variants", "the file of our laboratory", "x"])
def test_sizes_by_hand_are_so_whatever_their_source_is_called(tmp_path, source):
    own = written(tmp_path, vcf("1 5000 C T PASS . GT 0/1"), "own.vcf")
    profile = assigner.read_profile(own, SMALL, repeat_sizes={"R": {"sizes": "5/45", "source": source}})
    made = assign(profile, SMALL)
    again = parse_trace(made.trace_bytes)
    assert profile_of(again.profile, SMALL).repeats == profile.repeats
    for files in ((), (own,)):
        assert verify(made.trace_bytes, Evidence(rules=(SMALL,), files=files)).answer is Answer.REPRODUCED


def test_a_profile_in_json_is_read_again_too(tmp_path):
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"participant": "P1", "alleles": {"A": "0/1"}}))
    made = assign(read_form(path, SMALL), SMALL)
    found = verify(made.trace, Evidence(rules=(SMALL,), files=(path,)))
    assert found.answer is Answer.REPRODUCED and found.from_files


# ------------------------------------------------------------------------------------------------- for years to come


@pytest.mark.holds("TRAC-05")
@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_traces_of_every_version_are_read_and_reproduced(path):
    """Made once and never changed: the rule set that decided each stands beside it."""
    assert parse_trace(path.read_bytes()).schema_version == path.parent.name
    found = verify(path.read_bytes(), Evidence(rules=(path.parent / "rules.yaml",)))

    assert (found.answer, found.differences) == (Answer.REPRODUCED, ())
