"""Reading X and Y: which sex the calls show, and how many copies it makes of a genotype."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
import xy_files
from assigner.genome.builds import Build
from assigner.profiles.calls import Call, Sex, State
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from readings import SNV, profile_of, sex_check
from vcfs import vcf


def x_rows(het: int, homozygous: int, haploid: int = 0, *, values: str = "") -> str:
    kinds = ["0/1"] * het + ["1/1"] * homozygous + ["1"] * haploid
    return "\n".join(f"X {5_000_100 + 10 * at} A G PASS . GT:DP {gt}:{values or 30}" for at, gt in enumerate(kinds))


def y_rows(haploid: int) -> str:
    return "".join(f"\nY {5_000_100 + 10 * at} A G PASS . GT:DP 1:30" for at in range(haploid))


@pytest.mark.holds("BILD-05")
@pytest.mark.parametrize(
    ("table", "sex"),
    [
        (x_rows(3, 0), Sex.FEMALE),
        (x_rows(2, 0), None),
        (x_rows(3, 12), Sex.FEMALE),
        (x_rows(3, 40), None),
        (x_rows(0, 0, 1), Sex.MALE),
        (x_rows(3, 0, 1), None),
        (x_rows(1, 0, 5), None),
        (x_rows(5, 0, values="4"), Sex.FEMALE),  # the shares of many calls are asked, not the depth of each
        (x_rows(5, 0).replace("PASS", "LowQual"), None),
        (x_rows(0, 9), None),
        (x_rows(0, 99), None),
        (x_rows(0, 100), Sex.MALE),
        (x_rows(9, 100), Sex.MALE),
        (x_rows(0, 10) + y_rows(9), None),
        (x_rows(0, 10) + y_rows(10), Sex.MALE),
        (x_rows(9, 0) + y_rows(9), Sex.FEMALE),
        (x_rows(9, 0) + y_rows(10), None),
        ("X 20000 C T PASS . GT 0/1\nX 20000 C A PASS . GT 0/1\nX 20000 C G PASS . GT 0/1", None),
        ("X 90000000 C T PASS . GT 0/1\nX 3000000 C A PASS . GT 0/1\nX 155701382 C G PASS . GT 0/1", Sex.FEMALE),
    ],
)
def test_sex_is_inferred_from_calls_on_x_outside_the_pseudo_autosomal_regions(tmp_path, table, sex):
    assert profile_of(tmp_path, table).inferred_sex is sex


@pytest.mark.holds("BILD-06")
@pytest.mark.parametrize(
    ("table", "declared", "seen"),
    [
        (x_rows(0, 0, 3), "female", "male"),
        (x_rows(0, 100) + y_rows(10), "female", "male"),
        (x_rows(100, 50), "male", "female"),
        (x_rows(100, 50), "female", None),
        (x_rows(1, 5), "female", None),
    ],
)
def test_a_sex_that_the_genotypes_contradict_is_a_reason_for_review(tmp_path, table, declared, seen):
    made = assigner.assign(profile_of(tmp_path, table, read={"sex": declared}), SNV)

    told = [raised.because for raised in made.reasons if raised.reason == "sex_mismatch"]
    assert told == ([f"declared {declared}, the genotypes look {seen}"] if seen else [])


@pytest.mark.holds("BILD-05")
def test_the_calls_behind_the_sex_are_told(tmp_path):
    told = "variants: X: 12 het, 300 hom, 0 haploid; Y: 40 called"
    assert sex_check(profile_of(tmp_path, x_rows(12, 300) + y_rows(40))) == ("male", told)
    result, evidence = sex_check(profile_of(tmp_path, x_rows(300, 300) + y_rows(40)))
    assert (result, evidence.partition("; two copies of X beside a Y")[2]) == (
        "not known",
        ": XXY, contamination or a mix-up",
    )
    assert sex_check(profile_of(tmp_path, "")) == ("not known", "variants: X: 0 het, 0 hom, 0 haploid; Y: 0 called")


@pytest.mark.holds("BILD-07")
def test_the_build_tells_where_the_pseudo_autosomal_regions_end(tmp_path):
    rows = [f"X {pos} A G PASS . GT 0/1" for pos in (2_690_000, 2_700_000, 2_750_000)]
    for on, count in ((Build.GRCH37, 2), (Build.GRCH38, 0)):
        profile = profile_of(tmp_path, "\n".join(rows), declared=[], read={"build": on.value})
        assert sex_check(profile)[1].startswith(f"variants: X: {count} het")


@pytest.mark.holds("BILD-07")
@pytest.mark.parametrize(
    ("gt", "sex", "name", "state"),
    [
        ("1", "male", "X", State.CALLED),
        ("0", "male", "X", State.CALLED),
        ("1/1", "male", "X", State.CALLED),
        ("0/1", "male", "X", State.INVALID),
        ("0/1", "female", "X", State.CALLED),
        ("1", "female", "X", State.INVALID),
        ("0/1", None, "X", State.INVALID),
        ("1", None, "X", State.CALLED),  # which is itself a call of one copy
        ("0", None, "X", State.INVALID),
        ("1", None, "PAR", State.INVALID),
        ("1/1", None, "X", State.CALLED),
        ("0/0", None, "X", State.CALLED),
        ("0/1", None, "PAR", State.CALLED),
        ("0/1", "male", "PAR", State.CALLED),
        ("1", "male", "PAR", State.CALLED),
    ],
)
def test_ploidy_on_x_goes_by_sex(tmp_path, gt, sex, name, state):
    pos = {"X": 5_000_001, "PAR": 20_000}[name]
    found = call_in_sex(tmp_path, f"X {pos} C T PASS . GT {gt}", name, sex)

    assert found.state is state
    assert (found.carries is Truth.UNKNOWN) is (state is State.INVALID)


def call_in_sex(folder: Path, table: str, name: str, sex: str | None) -> Call:
    profile = profile_of(folder, table, read={"sex": sex})
    return profile.call(panel_of(SNV, Build.GRCH38).variant_by_id[name])


@pytest.mark.holds("BILD-07")
@given(table=xy_files.tables(), absent=st.sampled_from(["unknown", "reference"]))
def test_without_a_sex_nothing_is_sure_that_it_would_leave_open(table, absent):
    """What a person of either sex could not have is unknown, too, of one whose sex is not known."""
    content = vcf(table)
    found = read_profile(content, xy_files.RULES, absent=absent)
    sexes = [found.inferred_sex] if found.inferred_sex else list(Sex)
    for sex in sexes:
        assert not xy_files.beyond(found, read_profile(content, xy_files.RULES, absent=absent, sex=sex))
