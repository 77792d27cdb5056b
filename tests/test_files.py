"""Several files of one participant: what each is for, what they say together, and when they contradict each other."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from assigner.errors import BuildError, ContainerError, ProfileError, SampleError
from assigner.genome.builds import Build
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile, Role
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.metadata import role_of
from assigner.vcf.reading import read_profile
from assigner.vcf.scan.headers import parse_header
from vcfs import allele, marker, repeat, rules_of, vcf, written

RULES = rules_of(
    alleles=[
        allele("A", "1", 5000, "C", "T"),
        allele("B", "1", 6000, "G", "A"),
        allele("MT", "MT", 3243, "A", "G", **{"class": "mitochondrial"}),
    ],
    repeats=[repeat("R", "CAG", "4", 12_000, 12_060)],
    markers=[marker("rs1", "2", 7_000, "T", "C")],
)
SV_META = [
    '##ALT=<ID=DEL,Description="x">',
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">',
    '##INFO=<ID=CIPOS,Number=2,Type=Integer,Description="x">',
]
EH_META = [
    '##INFO=<ID=RU,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=REPCN,Number=1,Type=String,Description="x">',
]
EH = "4 12000 C <STR{}> PASS END=12060;REF=20;RU=CAG;REPID=R;VARID=R GT:REPCN 0/1:20/{}"
TRGT_META = [
    '##INFO=<ID=TRID,Number=1,Type=String,Description="x">',
    '##INFO=<ID=MOTIFS,Number=.,Type=String,Description="x">',
]


def called(profile: Profile, name: str) -> Call:
    return profile.call(panel_of(RULES, Build(profile.build)).variant_by_id[name])


def read(folder: Path, *tables: str, **declared) -> Profile:
    paths = [written(folder, vcf(table), f"{number}.vcf") for number, table in enumerate(tables)]
    return read_profile(paths, RULES, **declared)


@pytest.mark.holds("READ-10")
@pytest.mark.parametrize(
    ("dress", "role"),
    [
        ({}, Role.VARIANTS),
        ({"meta": EH_META}, Role.REPEATS),
        ({"meta": TRGT_META}, Role.REPEATS),
        ({"meta": ['##ALT=<ID=CNV:TR,Description="Tandem repeat">']}, Role.REPEATS),
        ({"meta": SV_META}, Role.STRUCTURAL),
        ({"declared": ["chrM,length=16569"]}, Role.MITOCHONDRIAL),
        ({"declared": ["chr1", "chrM,length=16569"]}, Role.VARIANTS),
        ({"declared": ()}, Role.VARIANTS),
    ],
)
def test_a_header_shows_what_its_file_is_for(dress, role):
    assert role_of(parse_header(vcf("", **dress).splitlines(), "x")) is role


def test_files_of_all_kinds_are_read_together(tmp_path):
    small = written(tmp_path, vcf("1 5000 C T PASS . GT:DP 0/1:30\n2 7000 C T PASS . GT 0/1"), "small.vcf")
    repeats = written(tmp_path, vcf(EH.format(45, 45), meta=EH_META), "eh.vcf")
    mito = written(tmp_path, vcf("MT 3243 A G PASS . GT:AF 0/1:0.8", declared=["chrM,length=16569"]), "mt.vcf")
    large = written(tmp_path, vcf("1 5900 G <DEL> PASS SVTYPE=DEL;END=6100 GT 0/1", meta=SV_META), "sv.vcf")

    together = [read_profile(order, RULES) for order in itertools.permutations((small, repeats, mito, large))]
    by_role = read_profile(small, RULES, repeats=repeats, mitochondrial=mito, structural=large)

    for profile in (*together, by_role):
        assert called(profile, "A").carries is Truth.TRUE
        assert str(called(profile, "MT").fraction) == "0.8"
        assert str(profile.repeats["R"]) == "20/45"
        assert profile.markers == {"rs1": ("C", "T")}
        assert "<DEL>" in str(called(profile, "B").why)
        assert {each.role for each in profile.inputs} == set(Role)
    plain = {str(evolve(profile, inputs=(), checks=())) for profile in (*together, by_role)}
    assert len(plain) == 1


GENOTYPES = st.sampled_from(["0/0", "0/1", "1/1", "./.", "./1", "0/.", None])


@pytest.mark.holds("READ-10")
@given(genotypes=st.lists(GENOTYPES, min_size=2, max_size=3))
def test_files_that_agree_say_it_together_and_others_leave_it_unknown(tmp_path_factory, genotypes):
    """Whatever their order; a file that says nothing contradicts nobody."""
    folder = tmp_path_factory.mktemp("files")
    # each has a record of its own elsewhere: the same bytes twice are refused
    tables = [
        f"9 {at} A C PASS . GT 0/0" + ("" if gt is None else f"\n1 5000 C T PASS . GT {gt}")
        for at, gt in enumerate(genotypes, start=1)
    ]
    calls = {str(called(read(folder, *order), "A")) for order in itertools.permutations(tables)}
    found = called(read(folder, *tables), "A")
    telling = {gt for gt in genotypes if gt not in (None, "./.")}

    assert len(calls) == 1
    if len(telling) > 1:
        assert (found.state, found.carries) == (State.CONFLICT, Truth.UNKNOWN)
    elif telling:
        assert found.genotype == telling.pop()
    else:
        assert found.carries is Truth.UNKNOWN


def test_a_block_in_one_file_and_a_variant_in_another_are_a_conflict(tmp_path):
    block = "1 4000 A <NON_REF> PASS END=5500 GT:DP 0/0:30"
    assert called(read(tmp_path, block, "1 5000 C T PASS . GT 0/1"), "A").state is State.CONFLICT
    assert called(read(tmp_path, block, "1 5000 C T PASS . GT 0/0"), "A").carries is Truth.FALSE
    assert called(read(tmp_path, block, ""), "A").state is State.REFERENCE
    assert called(read(tmp_path, block, "1 5000 C T LowQual . GT 0/1"), "A").state is State.FILTERED


@pytest.mark.holds("READ-10")
def test_what_one_file_obscures_another_cannot_clear(tmp_path):
    wider = "1 5000 CG TT PASS . GT 0/1"
    for other in ("1 4000 A <NON_REF> PASS END=5500 GT:DP 0/0:30", "1 5000 C T PASS . GT 0/0", ""):
        for order in ((wider, other), (other, wider)):
            assert called(read(tmp_path, *order), "A").state is State.OBSCURED


@pytest.mark.holds("READ-10")
def test_repeats_and_markers_on_which_files_disagree_are_unknown(tmp_path):
    rows = [EH.format(45, 45), EH.format(21, 21)]
    paths = [written(tmp_path, vcf(row, meta=EH_META), f"{at}.vcf") for at, row in enumerate(rows)]
    assert "do not agree" in str(read_profile(paths, RULES).repeats["R"].problem)
    assert read(tmp_path, "2 7000 C T PASS . GT 0/1", "2 7000 C T PASS . GT 0/0").markers == {}
    assert read(tmp_path, "2 7000 C T PASS . GT 0/1", "2 7000 T C PASS . GT 0/1").markers == {"rs1": ("C", "T")}


@pytest.mark.parametrize(
    ("main", "own", "state", "fraction"),
    [
        ("GT 1/1", "GT:AF 0/1:0.97", State.CALLED, "0.97"),
        ("GT 0/0", "GT:AF 0/1:0.05", State.CALLED, "0.05"),
        ("GT 0/1", "GT:AF 0/0:0", State.CONFLICT, "None"),
        ("GT 1/1", None, State.CONFLICT, "None"),
        (None, "GT:AF 0/1:0.5", State.CALLED, "0.5"),
        ("GT 0/0", None, State.NOT_ASSESSED, "None"),
    ],
)
def test_the_mitochondrial_file_stands_above_others_unless_one_of_them_alone_carries(
    tmp_path, main, own, state, fraction
):
    head = "MT 3243 A G PASS . "
    first = written(tmp_path, vcf(head + main if main else ""), "main.vcf")
    second = written(tmp_path, vcf(head + own if own else "", declared=["chrM,length=16569"]), "mt.vcf")
    for profile in (read_profile([first, second], RULES), read_profile(first, RULES, mitochondrial=second)):
        found = called(profile, "MT")
        assert (found.state, str(found.fraction)) == (state, fraction)


@pytest.mark.holds("READ-09")
def test_all_files_are_of_one_sample_on_one_build(tmp_path):
    own = written(tmp_path, vcf("1 5000 C T PASS . GT 0/1"), "own.vcf")
    stranger = written(tmp_path, vcf("", samples=["CANARY"]), "stranger.vcf")
    both = written(tmp_path, vcf("", samples=["CANARY", "P1"]), "both.vcf")
    older = written(tmp_path, vcf("", on=Build.GRCH37), "older.vcf")

    with pytest.raises(SampleError, match=r"stranger\.vcf.*'P1', as in .*own\.vcf.*'CANARY'"):
        read_profile([own, stranger], RULES)
    with pytest.raises(SampleError, match="2 samples"):
        read_profile([own, both], RULES)
    assert read_profile([own, both], RULES, sample="P1").participant == "P1"
    for order in ([own, older], [older, own]):
        with pytest.raises(BuildError, match="other file"):
            read_profile(order, RULES)


def test_a_file_without_contigs_follows_the_others_but_not_one_of_structural_variants(tmp_path):
    own = written(tmp_path, vcf(""), "own.vcf")
    repeats = written(tmp_path, vcf(EH.format(45, 45), meta=EH_META, declared=()), "eh.vcf")
    large = written(
        tmp_path, vcf("1 5900 G <DEL> PASS SVTYPE=DEL;END=6100 GT 0/1", meta=SV_META, declared=()), "sv.vcf"
    )

    for order in ([own, repeats], [repeats, own]):
        profile = read_profile(order, RULES)
        assert str(profile.repeats["R"]) == "20/45"
        assert any("as that of the other files" in check.evidence for check in profile.checks)
    with pytest.raises(BuildError, match=r"sv\.vcf"):
        read_profile([own, large], RULES)
    assert "<DEL>" in str(called(read_profile([own, large], RULES, build="GRCh38"), "B").why)


@pytest.mark.holds("READ-11")
def test_every_file_must_have_one_of_the_digests_that_are_given(tmp_path):
    paths = [written(tmp_path, vcf(f"1 {pos} C T PASS . GT 0/1"), f"{pos}.vcf") for pos in (5000, 5001)]
    digests = [each.sha256 for each in read_profile(paths, RULES).inputs]

    assert read_profile(paths, RULES, sha256=digests[::-1]).inputs
    for given_digests in (digests[:1], digests[1:], ["0" * 64]):
        with pytest.raises(ContainerError, match="SHA-256"):
            read_profile(paths, RULES, sha256=given_digests)


def test_no_file_at_all_is_refused():
    with pytest.raises(ProfileError, match="at least one file"):
        read_profile([], RULES)
