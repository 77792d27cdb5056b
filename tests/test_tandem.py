"""Repeat records at the rule set's places: catalogues begin a base or a unit apart, and names prove nothing."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from assigner.genome.builds import Build
from assigner.profiles.genotypes import Genotype
from assigner.profiles.profile import Role
from assigner.rules.panels import panel_of
from assigner.vcf.meaning.tandem import SLACK, sizes_of
from assigner.vcf.records.record import Record
from vcfs import repeat, rules_of

RULES = rules_of(
    repeats=[
        repeat("HD", "CAG", "4", 3000, 3057),
        repeat("HD-GREY", "CAG", "4", 3000, 3057, normal=26, expanded=36),
        repeat("CCG", "CCG", "4", 3063, 3084),
        repeat("GCN", "GCN", "14", 5000, 5030),
    ]
)
PANEL = panel_of(RULES, Build.GRCH38)


def record(pos: int, end: int, motif: str = "CAG", sizes: str = "17/44", chrom: str = "4", **more) -> Record:
    alleles = tuple(dict.fromkeys(sizes.split("/")))
    fields = {"filters": ("PASS",), **more}
    numbers = tuple(alleles.index(size) + 1 for size in sizes.split("/"))
    return Record(
        number=1, contig=f"chr{chrom}", chrom=chrom, pos=pos, ref="C", alts=tuple(f"<STR{size}>" for size in alleles),
        info={"END": str(end), "REF": "19", "RU": motif, "VARID": "X", "REPID": "X"},
        sample={"GT": "/".join(map(str, numbers)), "REPCN": sizes,
                "REPCI": "/".join(f"{size}-{size}" for size in sizes.split("/"))},
        genotype=Genotype(numbers), **fields,
    )  # fmt: skip


def sizes(*records: Record) -> dict[str, str]:
    return {name: str(found) for name, found in sizes_of([(records, Role.REPEATS)], PANEL).items()}


@pytest.mark.holds("REPT-03")
@given(
    shift=st.integers(-SLACK, 40), cut=st.integers(0, 10), motif=st.sampled_from(["CAG", "GCA", "AGC", "CTG", "cag"])
)
def test_every_catalogues_place_of_a_repeat_is_its_place(shift, cut, motif):
    found = sizes(record(3000 + shift, 3057 - cut, motif))
    assert found == {"HD": "17/44", "HD-GREY": "17/44"}


@pytest.mark.holds("REPT-03")
@pytest.mark.parametrize(
    "other",
    [
        record(3100, 3160), record(2000, 2057), record(3000, 3057, "CCG"), record(3000, 3057, "CAGG"),
        record(3000, 3057, chrom="5"), record(3000, 3057, motif=""),
    ],
)  # fmt: skip
def test_another_place_or_motif_is_another_repeat(other):
    assert "HD" not in sizes(other)


def test_neighbours_are_told_apart_by_their_motif():
    assert sizes(record(3000, 3057), record(3063, 3084, "CCG", "7/10")) == {
        "HD": "17/44",
        "HD-GREY": "17/44",
        "CCG": "7/10",
    }


@pytest.mark.parametrize("pair", [("17/44", "44/17"), ("17/44", "17/44")])
def test_several_records_that_agree_are_one(pair):
    one, two = (record(3000, 3057, sizes=each) for each in pair)
    assert sizes(one, two) == sizes(two, one)
    assert sizes_of([([one, two], Role.REPEATS)], PANEL)["HD"].problem is None


def test_several_records_that_do_not_agree_are_a_problem_in_either_order():
    one, two = record(3000, 3057), record(3000, 3057, sizes="17/20")
    assert sizes_of([([one, two], Role.REPEATS)], PANEL) == sizes_of([([two, one], Role.REPEATS)], PANEL)
    assert "do not agree" in sizes_of([([one, two], Role.REPEATS)], PANEL)["HD"].problem


def interval(text: str, sizes: str = "17/44") -> Record:
    whole = record(3000, 3057, sizes=sizes)
    return evolve(whole, sample={**whole.sample, "REPCI": text})


@given(st.permutations(["17-17/44-44", "16-18/40-50", "17-17/30-44"]))
def test_records_of_the_same_sizes_leave_open_what_any_of_them_does(order):
    found = sizes_of([([interval(text) for text in order], Role.REPEATS)], PANEL)["HD"]
    assert (found.sizes, found.ranges, found.problem) == ((17, 44), ((16, 18), (30, 50)), None)


@pytest.mark.parametrize("other", ["17/45", "17/17", "44", "17/44/44"])
def test_other_sizes_or_another_ploidy_do_not_agree(other):
    found = sizes_of([([record(3000, 3057), record(3000, 3057, sizes=other)], Role.REPEATS)], PANEL)["HD"]
    assert (found.problem is None) == (other == "17/44/44")  # three alleles are no call, and size nothing


def test_an_allele_that_one_record_does_not_size_is_not_filled_from_another():
    half = evolve(record(3000, 3057), sample={"GT": "1/.", "REPCN": "17/.", "REPCI": "17-17/."})
    assert sizes_of([([half], Role.REPEATS)], PANEL)["HD"].ranges == ((17, 17), None)
    wider = evolve(half, sample={**half.sample, "REPCI": "15-18/."})
    assert sizes_of([([half, wider], Role.REPEATS)], PANEL)["HD"].ranges == (None, (15, 18))
    assert "do not agree" in sizes_of([([half, record(3000, 3057)], Role.REPEATS)], PANEL)["HD"].problem


def test_a_record_that_sizes_stands_above_one_that_does_not():
    poor = record(3000, 3057, sizes="17/99", filters=("LowDepth",))
    assert sizes(poor, record(3000, 3057))["HD"] == "17/44"
    assert sizes_of([([poor], Role.REPEATS)], PANEL)["HD"].problem == "filter LowDepth"
    assert sizes_of([([record(3000, 3057, filters=())], Role.REPEATS)], PANEL)["HD"].problem is None
