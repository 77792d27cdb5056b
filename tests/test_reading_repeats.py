"""Reading repeat sizes: joined by place and motif, and which file or result takes precedence."""

from __future__ import annotations

from pathlib import Path

import pytest

from assigner.errors import (
    BuildError,
    ProfileError,
    SampleError,
)
from assigner.genome.builds import Build
from assigner.rules import read_rules
from assigner.rules.loci import span_on
from assigner.rules.panels import panel_of
from assigner.vcf.reading import read_profile
from readings import LINE, SNV, profile_of
from vcfs import vcf, written

STR_META = [
    '##INFO=<ID=RU,Number=1,Type=String,Description="x">', '##INFO=<ID=REPID,Number=1,Type=String,Description="x">',
    '##INFO=<ID=REF,Number=1,Type=Integer,Description="x">', '##INFO=<ID=VARID,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=REPCN,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=REPCI,Number=1,Type=String,Description="x">',
]  # fmt: skip


def eh(
    sizes: str, *, chrom: str = "4", pos: int = 12_000, end: int = 12_060, motif: str = "CAG", filters: str = "PASS"
) -> str:
    alleles = sorted({int(size) for size in sizes.split("/")} - {20})
    numbers = {20: "0", **{size: str(at) for at, size in enumerate(alleles, start=1)}}
    gt = "/".join(numbers[int(size)] for size in sizes.split("/"))
    intervals = "/".join(f"{size}-{size}" for size in sizes.split("/"))
    alt = ",".join(f"<STR{size}>" for size in alleles) or "."
    info = f"END={end};REF=20;RU={motif};VARID=Q;REPID=Q"
    return f"{chrom} {pos} C {alt} {filters} {info} GT:REPCN:REPCI {gt}:{sizes}:{intervals}"


def sizes_in(folder: Path, table: str, **dress) -> dict[str, str]:
    repeats = written(folder, vcf(table, meta=STR_META, **dress), "P1.eh.vcf")
    return {name: str(sizes) for name, sizes in profile_of(folder, "", read={"repeats": repeats}).repeats.items()}


@pytest.mark.holds("REPT-03")
def test_a_repeat_is_joined_by_place_and_motif_and_never_by_name(tmp_path):
    assert sizes_in(tmp_path, eh("18/42")) == {"R": "18/42"}
    assert sizes_in(tmp_path, eh("18/42", pos=11_998)) == {"R": "18/42"}
    assert sizes_in(tmp_path, eh("18/42", motif="GCA")) == {"R": "18/42"}
    assert sizes_in(tmp_path, eh("18/42", motif="CTG")) == {"R": "18/42"}
    assert sizes_in(tmp_path, eh("18/42", motif="CCG")) == {}
    assert sizes_in(tmp_path, eh("18/42", pos=13_000, end=13_060)) == {}
    assert sizes_in(tmp_path, eh("18/42", chrom="5")) == {}
    assert sizes_in(tmp_path, eh("18", chrom="X")) == {"RX": "18"}


@pytest.mark.holds("REPT-03")
def test_repeats_without_contigs_prove_their_build_by_their_places(tmp_path):
    """Those of the other build are refused, whatever other files or the caller say; alone they need no other proof."""
    older = eh("18/42", pos=13_000, end=13_060)
    with pytest.raises(BuildError, match=r"repeats at their places on GRCh38.*got 1 at those on GRCh37"):
        sizes_in(tmp_path, older, declared=())
    assert sizes_in(tmp_path, eh("18/42"), declared=()) == {"R": "18/42"}
    assert sizes_in(tmp_path, eh("18/42", motif="CCG"), declared=()) == {}
    for table, build in ((eh("18/42"), "GRCh38"), (older, "GRCh37")):
        alone = written(tmp_path, vcf(table, meta=STR_META, declared=()), "alone.vcf")
        profile = read_profile(alone, SNV)
        (check,) = (check for check in profile.checks if check.name == "build")
        assert (profile.build.value, str(profile.repeats["R"])) == (build, "18/42")
        assert check.evidence.startswith("repeats: 1 at their places and on no other")
        assert read_profile(alone, SNV, build=build).build.value == build
        with pytest.raises(BuildError, match="as declared"):
            read_profile(alone, SNV, build="GRCh37" if build == "GRCh38" else "GRCh38")
    with pytest.raises(BuildError, match="genome build"):
        read_profile(written(tmp_path, vcf(eh("18/42", motif="CCG"), meta=STR_META, declared=())), SNV)


@pytest.mark.holds("REPT-03")
@pytest.mark.parametrize("build", Build)
def test_a_repeat_at_one_place_on_every_build_proves_none(tmp_path, build):
    """C9orf72 is one, and each file of repeats has it: the others prove the build."""
    rules = read_rules()
    repeats = panel_of(rules, build).repeats
    spans = {name: span_on(repeat, build) for name, repeat in repeats.items()}
    tables = {
        name: eh("18/42", chrom=repeat.chrom, pos=spans[name][0] - 1, end=spans[name][1], motif=repeat.motif)
        for name, repeat in repeats.items()
    }
    whole = written(tmp_path, vcf("\n".join(tables.values()), meta=STR_META, declared=()))
    assert read_profile(whole, rules).build is build
    with pytest.raises(BuildError, match="genome build"):
        read_profile(written(tmp_path, vcf(tables["C9orf72"], meta=STR_META, declared=()), "one.vcf"), rules)


def test_repeats_of_another_build_or_sample_are_refused(tmp_path):
    own = written(tmp_path, vcf(f"{LINE} 0/1:30:99:15,15"))
    other_build = written(tmp_path, vcf(eh("18/42", pos=13_000, end=13_060), on=Build.GRCH37, meta=STR_META), "37.vcf")
    stranger = written(tmp_path, vcf(eh("18/42"), samples=["CANARY"], meta=STR_META), "stranger.vcf")

    with pytest.raises(BuildError, match=r"37\.vcf"):
        read_profile(own, SNV, repeats=other_build)
    with pytest.raises(SampleError, match=r"stranger\.vcf.*'P1', as in .*P1\.vcf.*'CANARY'"):
        read_profile(own, SNV, repeats=stranger)


@pytest.mark.holds("REPT-04")
def test_what_stands_above_what(tmp_path):
    """Two files that size a repeat differently leave it unknown; a laboratory's size stands above both."""
    own = written(tmp_path, vcf(eh("18/21"), meta=STR_META))
    repeats = written(tmp_path, vcf(eh("18/42"), meta=STR_META), "P1.eh.vcf")

    given = [
        read_profile(own, SNV),
        read_profile(own, SNV, repeats=repeats),
        read_profile(own, SNV, repeats=repeats, repeat_sizes={"R": "18/50"}),
        read_profile(own, SNV, repeat_sizes={"G4": "18/50"}),
    ]

    sizes = [profile.repeats["R"] for profile in given]
    assert [str(each) for each in (sizes[0], *sizes[2:])] == ["18/21", "18/50", "18/50"]
    assert [each.problem for each in sizes] == [None, "several records that do not agree", None, None]
    assert [each.role for each in given[1].inputs] == ["repeats", "repeats"]
    with pytest.raises(ProfileError):
        read_profile(own, SNV, repeat_sizes={"NOPE": "1/2"})


GENOTYPES = [{"R": text} for text in ("0/0", "0/1", "1/1")]
"""They are no sizes."""


@pytest.mark.holds("REPT-04")
def test_a_laboratorys_result_has_its_source_and_is_checked(tmp_path):
    own = written(tmp_path, vcf(""))
    form = {"sizes": "18/60", "intervals": "18-18/50-", "source": "RP-PCR, Lab X report 17"}
    read = read_profile(
        own, SNV, repeat_sizes={"R": form}, copy_numbers={"G4": 1, "G1": {"copies": 0, "source": "MLPA"}}
    )

    assert (read.repeats["R"].ranges, read.repeats["R"].source) == (((18, 18), (50, None)), "RP-PCR, Lab X report 17")
    assert {name: (n.copies, n.source) for name, n in read.copy_numbers.items()} == {
        "G4": (1, "given by the caller"),
        "G1": (0, "MLPA"),
    }
    assert read.assumptions == (
        "R: 18/60 units, given by the caller: RP-PCR, Lab X report 17",
        "G1: copy number 0, given by the caller: MLPA",
        "G4: copy number 1, given by the caller",
    )
    for wrong in (
        {"R": {"sizes": "1/2", "sauce": "x"}},
        {"R": 5},
        {"R": "18/50", "G4": "18/51"},
        {"R": "18/18/50"},
        *GENOTYPES,
    ):
        with pytest.raises(ProfileError):
            read_profile(own, SNV, repeat_sizes=wrong)
    for wrong in ({"G9": 1}, {"G1": -1}, {"G1": True}, {"G1": "two"}):
        with pytest.raises(ProfileError):
            read_profile(own, SNV, copy_numbers=wrong)


def test_a_filtered_or_contradicting_repeat_is_kept_with_its_problem(tmp_path):
    path = written(tmp_path, vcf(eh("18/42", filters="LowDepth"), meta=STR_META), "a.vcf")
    assert read_profile(path, SNV).repeats["R"].problem == "filter LowDepth"
    twice = written(tmp_path, vcf(f"{eh('18/42')}\n{eh('18/22')}", meta=STR_META), "b.vcf")
    assert "do not agree" in str(read_profile(twice, SNV).repeats["R"].problem)
    again = written(tmp_path, vcf(f"{eh('18/42')}\n{eh('18/42')}", meta=STR_META), "c.vcf")
    assert read_profile(again, SNV).repeats["R"].problem is None
