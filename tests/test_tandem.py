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
        repeat("RFC1", "AAGGG", "5", 6000, 6055, reference="AAAAG", normal=11, expanded=400),
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
    ("records", "ranges"),
    [
        ([("AARRG", "11/450")], ((0, 11), (0, 450))),  # any of the motifs that the letters stand for
        ([("AAAAG", "11/450")], None),  # of another motif: nothing is said of this one
        ([("AAGGG", "0/450")], ((0, 0), (450, 450))),
        ([("AARRG", "11/450"), ("AAGGG", "0/430")], ((0, 0), (430, 430))),
        ([("AAGGG", "0/430"), ("AARRG", "11/450")], ((0, 0), (430, 430))),
    ],
)
def test_a_motif_that_stands_for_several_bounds_each_of_them(records, ranges):
    found = sizes_of([([record(6000, 6055, *each, chrom="5") for each in records], Role.REPEATS)], PANEL)
    assert (found["RFC1"].ranges if found else None) == ranges


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


# ------------------------------------------------------------------------------------------------ reads and quality


def sample(one: Record, **values: str) -> Record:
    return evolve(one, sample={**one.sample, **values})


def trgt(**values: str) -> Record:
    """A record of TRGT whose two alleles have 17 units."""
    fields = {"GT": "1/1", "AL": "51,51", "MC": "17,17", "MS": "0(0-51),0(0-51)", "SD": "15,15", "AP": "1,1", **values}
    return Record(
        number=1, contig="chr4", chrom="4", pos=3000, ref="C" + "CAG" * 19, alts=("C" + "CAG" * 17,), filters=(),
        info={"TRID": "HD", "MOTIFS": "CAG", "END": "3057"}, sample=fields, genotype=Genotype((1, 1)),
    )  # fmt: skip


def gangstr(**values: str) -> Record:
    """A record of GangSTR whose two alleles have 17 units."""
    fields = {"GT": "1/1", "REPCN": "17,17", "REPCI": "17-17,17-17", **values}
    return Record(
        number=1, contig="chr4", chrom="4", pos=3001, ref="CAG" * 19, alts=("CAG" * 17,), filters=(),
        info={"RU": "CAG", "PERIOD": "3", "REF": "19", "GRID": "1,8", "END": "3057"}, sample=fields,
        genotype=Genotype((1, 1)),
    )  # fmt: skip


def straglr(**values: str) -> Record:
    """A record of Straglr whose two alleles have 17 units."""
    fields = {"GT": "1/1", "AC": "17.0/17.0", "ACR": "17.0-17.0/17.0-17.0", **values}
    return Record(
        number=1, contig="chr4", chrom="4", pos=3000, ref="C", alts=("CCAG",), filters=(),
        info={"LOCUS": "HTT", "MOTIF": "CAG", "COPIES": "19.0", "END": "3057"}, sample=fields,
        genotype=Genotype((1, 1)),
    )  # fmt: skip


def tandem(**values: str) -> Record:
    """A `<CNV:TR>` whose two alleles have 17 units."""
    return Record(
        number=1, contig="chr4", chrom="4", pos=3000, ref="C", alts=("<CNV:TR>",), filters=(),
        info={"SVLEN": "57", "RN": "1", "RUS": "CAG", "RUC": "17", "CIRUC": "0,0"}, sample={"GT": "1/1", **values},
        genotype=Genotype((1, 1)),
    )  # fmt: skip


def hunter(**values: str) -> Record:
    return sample(record(3000, 3057, filters=()), **values)


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (trgt(), None),
        (trgt(SD=".", AP="."), None),
        (trgt(SD="1,1"), "depth 2 (SD) below 10"),
        (trgt(SD="9,0"), "an allele without a read (SD)"),
        (trgt(SD="many"), "SD that is not a number"),
        (trgt(AP="0.95,0.41"), "purity 0.41 (AP) below 0.8"),
        (trgt(AP="1,nan"), "AP that is not a number"),
        (trgt(FT="poor"), "filter poor"),
        (gangstr(), None),
        (gangstr(DP="30", Q="0.995"), None),
        (gangstr(DP="1", Q="0.995"), "depth 1 below 10"),
        (gangstr(DP="30", Q="0.07"), "posterior 0.07 (Q) below that of quality 20"),
        (gangstr(DP="30", Q="-1"), "Q that is not a number"),
        (gangstr(DP="30", Q="1e-300000000"), "Q that is not a number"),
        (gangstr(DP="30", Q="."), None),
        (hunter(LC="31.4"), None),
        (hunter(LC="4.2"), "depth 4.2 (LC) below 10"),
        (hunter(LC="nan"), "LC that is not a number"),
        (hunter(LC="31", ADSP="10/9", ADFL="5/4", ADIR="0/0"), None),
        (hunter(LC="31", ADSP="2/2", ADFL="3/4", ADIR="0/0"), "depth 8 (ADSP, ADFL and ADIR) below 10"),
        (hunter(LC="31", ADSP="20/0", ADFL="3/0", ADIR="0/0"), "an allele without a read (ADSP, ADFL and ADIR)"),
        (hunter(LC="31", ADSP="20/1", ADFL="3/0", ADIR="0/0"), "an allele of a single read (ADSP, ADFL and ADIR)"),
        (hunter(LC="31", AD_SP="20/0", AD_FL="3/0", AD_IR="0/0"), "an allele without a read (AD_SP, AD_FL and AD_IR)"),
        (
            hunter(LC="31", SO="SPANNING/SPANNING", AD_SP="20/9", AD_FL="3/4", AD_IR="0/9"),
            "many reads within an allele that reads span (AD_IR)",
        ),
        (hunter(LC="31", ADSP="20/0", ADFL="3/4", ADIR="0/24"), None),
        (hunter(LC="31", SO="SPANNING/INREPEAT", ADSP="20/0", ADFL="3/4", ADIR="0/24"), None),
        (hunter(LC="31", SO="SPANNING/SPANNING", ADSP="20/9", ADFL="3/4", ADIR="3/0"), None),
        (
            hunter(LC="31", SO="SPANNING/SPANNING", ADSP="20/20", ADFL="3/3", ADIR="24/24"),
            "many reads within an allele that reads span (ADIR)",
        ),
        (hunter(LC="31", ADSP="20/1", ADFL="3", ADIR="0/24"), None),
        (hunter(LC="31", ADSP="2/.", ADFL="3/4", ADIR="0/24"), None),
        (evolve(hunter(), quality=7), "quality 7 below 20"),
        (straglr(), None),
        (straglr(DP="30", AD="15/15"), None),
        (straglr(DP="9"), "depth 9 below 10"),
        (straglr(DP="30", AD="4/4"), "depth 8 (AD) below 10"),
        (straglr(DP="30", AD="18/0"), "an allele without a read (AD)"),
        (straglr(AD="18/."), None),
        (straglr(AD="many"), "AD that is not a number"),
        (tandem(), None),
        (tandem(DP="30", AD="2,28"), None),
        (tandem(DP="3"), "depth 3 below 10"),
        (tandem(DP="30", AD="22,8"), "depth 8 (AD) below 10"),
        (tandem(DP="30", AD="30,0"), "an allele without a read (AD)"),
        (tandem(AD="30"), None),
    ],
)
def test_a_repeat_is_believed_as_far_as_its_own_reads_and_quality_go_without_any_filter(found, problem):
    read = sizes_of([([found], Role.REPEATS)], PANEL)["HD"]
    assert read.problem == problem
    assert read.sizes in ((17, 17), (17, 44))


def test_the_reads_of_two_equal_alleles_count_once():
    both = sample(record(3000, 3057, sizes="17/17"), ADSP="5/5", ADFL="3/3", ADIR="0/0")
    assert sizes_of([([both], Role.REPEATS)], PANEL)["HD"].problem == "depth 8 (ADSP, ADFL and ADIR) below 10"


@pytest.mark.parametrize(
    ("strict", "found", "problem"),
    [
        (["depth"], hunter(), "no depth"),
        (["depth"], hunter(LC="31"), None),
        (["depth"], trgt(), None),
        (["quality"], trgt(), None),
        (["quality"], hunter(), None),
        (["quality"], gangstr(), "no quality"),
        (["quality"], gangstr(Q="1"), None),
        (["likelihood"], gangstr(Q="."), "no likelihood"),
        (["likelihood"], gangstr(Q="1"), None),
        (["likelihood", "depth"], hunter(LC="31"), None),
        (["likelihood", "depth"], hunter(), "no depth"),
        (["likelihood", "depth", "quality", "balance"], trgt(SD="9,12"), None),
        (["quality"], evolve(hunter(), quality=50), None),
    ],
)
def test_a_strict_gate_is_asked_of_the_keys_that_the_caller_has(strict, found, problem):
    content = PANEL.content
    panel = evolve(
        PANEL, content=content.model_copy(update={"gates": content.gates.model_copy(update={"strict": strict})})
    )
    assert sizes_of([([found], Role.REPEATS)], panel)["HD"].problem == problem


# ----------------------------------------------------------------------------------------- rows that a tool has split


def row(size: int, *alleles: int | None, counted: str = "2/8") -> Record:
    """A row that `bcftools norm -m-` has made of ExpansionHunter's <STR2>,<STR8> 1/2."""
    whole = record(3000, 3057, sizes=counted)
    text = "/".join("." if allele is None else str(allele) for allele in alleles)
    return evolve(
        whole, number=size, alts=(f"<STR{size}>",), genotype=Genotype(alleles), sample={**whole.sample, "GT": text}
    )


SPLITS = [
    [row(2, 1, 0), row(8, 0, 1)],
    [row(2, 1, None), row(8, None, 1)],
    [row(2, 0, 1), row(8, 0, 1)],
    [row(2, 1, 0), row(8, 1, 0)],
]


@pytest.mark.parametrize("rows", SPLITS)
def test_rows_that_a_tool_has_split_by_alt_are_one_record(rows):
    for each in (rows, rows[::-1]):
        found = sizes_of([(each, Role.REPEATS)], PANEL)["HD"]
        assert (set(found.sizes), found.problem) == ({2, 8}, None)


@pytest.mark.parametrize(
    "rows",
    [
        [row(2, 1, 0)],
        [row(2, 1, 0), row(2, 1, 0)],
        [row(2, 1, 1), row(8, 0, 1)],
        [row(2, 1, 0), row(9, 0, 1)],
        [row(2, 1, 0), row(8, 0, 1, counted="2/9")],
        [row(3, 0, 1), row(9, 0, 1)],
    ],
)
def test_rows_that_do_not_make_one_record_size_nothing(rows):
    found = sizes_of([(rows, Role.REPEATS)], PANEL)["HD"]
    assert found.problem is not None


def test_a_row_that_is_the_references_on_both_copies_says_so():
    rows = [row(2, 0, 0, counted="19/19"), row(8, 0, 0, counted="19/19")]
    assert sizes(*rows)["HD"] == "19/19"
