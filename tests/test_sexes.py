"""Calls on X and Y: the fast count against a slow and obvious one, whatever carries the file; and what they show."""

from __future__ import annotations

import itertools
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vcfs
from assigner.genome.builds import Build, is_haploid_in_males
from assigner.profiles.calls import Sex
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.scan import columns, lines
from assigner.vcf.scan.bcf import scan_bcf
from assigner.vcf.scan.sexes import Filters, XYTally, inferred_sex

FILTERS = Filters(frozenset({"PASS", "q10", None}))
SAMPLES = ("A", "B", "C")

# --- the slow and obvious version -------------------------------------------------------------------------------


def counted(row: str, column: int, build: Build) -> str | None:
    """Which number of the tally a row adds one to."""
    chrom, pos, _, _, filters, _, keys, *samples = row.split()
    if chrom not in ("X", "Y") or not is_haploid_in_males(build, chrom, int(pos)):
        return None
    if keys.split(":")[0] != "GT" or not set(filters.split(";")) <= {"PASS", "q10", "."}:
        return None
    text = samples[column].split(":")[0]
    alleles = text.removeprefix("/").removeprefix("|").replace("|", "/").split("/")
    if "." in alleles or len(alleles) > 2 or set(alleles) == {"0"}:
        return None
    kind = "haploid" if len(alleles) == 1 else "homozygous" if len(set(alleles)) == 1 else "het"
    return kind if chrom == "X" else None if kind == "het" else "on_y"


def tally_of(rows: list[str], column: int, build: Build) -> XYTally:
    kinds = [counted(row, column, build) for row in rows]
    return XYTally(**{kind: kinds.count(kind) for kind in ("het", "homozygous", "haploid", "on_y")})


# --- strategies -------------------------------------------------------------------------------------------------

ALT = ",".join("ACGT"[at % 4] * (at // 4 + 2) for at in range(12))
alleles = st.sampled_from(["0", "0", "1", "1", "2", "9", "10", "11", "12", "."])
plain_genotypes = st.lists(alleles, min_size=1, max_size=2).flatmap(
    lambda found: st.sampled_from("/|").map(lambda sign: sign.join(found))
)
genotypes = plain_genotypes | st.sampled_from(["/1", "|1/2", "|0", "0/0/1", "1/1/1", "./.", "."])
positions = st.sampled_from(
    [10_000, 10_001, 60_000, 60_001, 2_649_520, 2_649_521, 2_699_520, 2_699_521, 2_781_479, 2_781_480, 5_000_000,
     56_887_902, 56_887_903, 57_217_415]
)  # fmt: skip
values = st.sampled_from([("GT", ""), ("GT:DP", ":30"), ("GT:DP", ""), ("DP:AD", ":1,2"), (".", "")])


@st.composite
def rows(draw: st.DrawFn, found: st.SearchStrategy[str] = genotypes) -> str:
    keys, more = draw(values)
    samples = [(draw(found) if keys.startswith("GT") else "7") + more for _ in SAMPLES]
    filters = draw(st.sampled_from(["PASS", ".", "LowQual", "q10", "q10;LowQual", "PASS;q10"]))
    return " ".join([draw(st.sampled_from("XXXY1")), str(draw(positions)), "A", ALT, filters, ".", keys, *samples])


def text_of(table: list[str], **dress: str) -> bytes:
    more = ['##FILTER=<ID=q10,Description="x">']
    return vcfs.vcf("\n".join(table), samples=SAMPLES, meta=more, **dress)


def tallies(path: Path, column: int, wide: int = 300) -> dict[Build, XYTally]:
    source = open_source(path)
    read = scan_bcf if source.container == "bcf" else lines.scan
    with mock.patch.object(columns, "WIDE", wide):
        return dict(read(source, lambda _: {}, lambda _: column, FILTERS).tallies)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sexes")


# --- laws -------------------------------------------------------------------------------------------------------


@pytest.mark.holds("BILD-05")
@given(
    table=st.lists(rows(), max_size=30),
    column=st.integers(0, 2),
    wide=st.sampled_from([10, 300]),
    style=st.sampled_from(["chr", "bare", "refseq"]),
    container=st.sampled_from(["plain", "gzip", "bgzf"]),
    order=st.randoms(use_true_random=False),
)
def test_the_fast_count_is_the_slow_one(folder, table, column, wide, style, container, order):
    order.shuffle(table)
    path = vcfs.written(folder, text_of(table, style=style), "x.vcf", container)

    assert tallies(path, column, wide) == {build: tally_of(table, column, build) for build in Build}


@given(
    table=st.lists(rows(plain_genotypes | st.sampled_from(["0/0/1", "1/1/1"])), max_size=20), column=st.integers(0, 2)
)
def test_a_bcf_counts_as_its_vcf(folder, table, column):
    """Of genotypes that htslib's writer keeps as they are."""
    path = vcfs.bcf(folder, text_of(table))

    assert tallies(path, column) == {build: tally_of(table, column, build) for build in Build}


@pytest.mark.holds("BILD-05")
@given(st.builds(XYTally, **{name: st.integers(0, 300) for name in ("het", "homozygous", "haploid", "on_y")}))
def test_a_call_more_of_one_sex_never_brings_the_other(tally):
    sex = inferred_sex(tally)
    more_het = XYTally(het=tally.het + 1, homozygous=tally.homozygous, haploid=tally.haploid, on_y=tally.on_y)
    more_y = XYTally(het=tally.het, homozygous=tally.homozygous, haploid=tally.haploid, on_y=tally.on_y + 1)

    assert sex is Sex.MALE or inferred_sex(more_het) is not Sex.MALE
    assert inferred_sex(more_y) is not Sex.FEMALE or sex is Sex.FEMALE
    if sex is Sex.MALE:
        assert inferred_sex(more_y) is Sex.MALE


# --- tables -----------------------------------------------------------------------------------------------------


@pytest.mark.holds("BILD-05")
@pytest.mark.parametrize(
    ("numbers", "sex"),
    [
        ((30_000, 20_000, 0, 0), Sex.FEMALE),
        ((30_000, 20_000, 3, 400), Sex.FEMALE),  # stray reads on Y, and a slip of the caller
        ((30_000, 20_000, 0, 1_000), None),  # XXY, a contamination, or two people
        ((400, 250, 0, 3), Sex.FEMALE),
        ((0, 0, 40_000, 5_000), Sex.MALE),
        ((200, 0, 40_000, 5_000), Sex.MALE),
        ((2_000, 40_000, 0, 5_000), Sex.MALE),
        ((2_000, 40_000, 0, 0), Sex.MALE),
        ((7_000, 40_000, 0, 5_000), None),
        ((20, 10, 10, 0), None),
        ((0, 0, 0, 99), None),
    ],
)
def test_what_calls_on_x_and_y_show(numbers, sex):
    het, homozygous, haploid, on_y = numbers
    tally = XYTally(het=het, homozygous=homozygous, haploid=haploid, on_y=on_y)
    assert inferred_sex(tally) is sex


def test_values_that_do_not_fit_into_their_record_are_refused(folder):
    from assigner.errors import InputError

    path = vcfs.bcf(folder, vcfs.vcf("X 5000000 A C PASS . GT:DP 1:30"))
    raw = b"".join(open_source(path).chunks())
    first = 9 + int.from_bytes(raw[5:9], "little") + 32
    whole = tallies(path, 0)
    refused = 0
    for at, byte in itertools.product(range(first, len(raw)), (0x00, 0x0F, 0x71, 0xF1, 0xF4)):
        (folder / "bent.bcf").write_bytes(vcfs.build.bgzf(raw[:at] + bytes([byte]) + raw[at + 1 :]))
        try:
            found = tallies(folder / "bent.bcf", 0)
        except InputError as error:
            refused += "fit into it" in str(error)
        else:
            assert found.keys() == whole.keys()
    assert refused > 5
