"""Tandem repeat calls: laws, tables, and the files of five callers."""

from __future__ import annotations

import gzip
import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import build
from assigner.vcf import repeats
from assigner.vcf.repeats import CALLERS, RepeatCall, RepeatCaller, holds_repeats
from assigner.vcf.scan.headers import parse_header
from vcfs import repeat_call_of

REAL = Path(__file__).parents[2] / "shared" / "data" / "real" / "repeat"
UNIT = {"END": "27573544", "REF": "3", "RL": "18", "RU": "GGCCCC", "VARID": "C9ORF72", "REPID": "C9ORF72"}

sizes = st.integers(0, 4000)
motifs = st.text("ACGT", min_size=1, max_size=8)
anything = st.one_of(
    st.text(max_size=8),
    st.text("0123456789./,|_-()<>STR", max_size=14),
    st.sampled_from(["0/1", ".", "./.", "2/8"]),
)


def call(alts: str, fmt: dict[str, str], info: dict[str, str] = UNIT, ref: str = "C") -> RepeatCall:
    found = repeat_call_of("chr9", 27573526, ref, alts.split(","), ["PASS"], info, fmt)
    assert found is not None
    return found


@st.composite
def expansion_hunter_records(
    draw: st.DrawFn,
) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...], list, dict]:
    """Sizes, intervals, and the ALT, FORMAT and INFO that ExpansionHunter writes for them."""
    reference = draw(sizes)
    alleles = tuple(draw(st.lists(sizes, min_size=1, max_size=2)))
    intervals = tuple((size - draw(st.integers(0, size)), size + draw(sizes)) for size in alleles)
    others = sorted({*alleles} - {reference})
    numbers = [0 if size == reference else 1 + others.index(size) for size in alleles]
    fmt = {
        "GT": "/".join(map(str, numbers)),
        "REPCN": "/".join(map(str, alleles)),
        "REPCI": "/".join(f"{low}-{high}" for low, high in intervals),
    }
    info = {**UNIT, "REF": str(reference)}
    return alleles, intervals, [f"<STR{size}>" for size in others] or ["."], {"fmt": fmt, "info": info}


@pytest.mark.holds("REPT-01")
@given(expansion_hunter_records())
def test_what_expansion_hunter_writes_is_read_back(record):
    alleles, intervals, alts, rest = record

    read = call(",".join(alts), rest["fmt"], rest["info"])

    assert (read.sizes, read.intervals, read.ploidy) == (alleles, intervals, len(alleles))
    assert (read.problem, read.motif, read.varid) == (None, "GGCCCC", "C9ORF72")
    assert (read.start, read.end) == (27573526, 27573544)


@given(expansion_hunter_records())
def test_expansion_hunter_2_says_the_same_by_other_names(record):
    _, _, alts, rest = record
    older = {"GT": rest["fmt"]["GT"], "CN": rest["fmt"]["REPCN"], "CI": rest["fmt"]["REPCI"]}

    assert call(",".join(alts), older, rest["info"]) == call(",".join(alts), rest["fmt"], rest["info"])


@given(expansion_hunter_records(), st.data())
def test_two_voices_in_one_record_leave_the_sizes_unknown(record, data):
    alleles, _, alts, rest = record
    wrong = list(alleles)
    place = data.draw(st.integers(0, len(wrong) - 1))
    wrong[place] = data.draw(sizes.filter(lambda size: size != alleles[place]))

    read = call(",".join(alts), {"GT": rest["fmt"]["GT"], "REPCN": "/".join(map(str, wrong))}, rest["info"])

    assert read.problem == "REPCN says otherwise than GT and ALT"
    assert set(read.sizes) == {None}
    assert set(read.intervals) == {None}


@given(expansion_hunter_records(), st.data())
def test_a_record_split_by_allele_says_the_same_as_the_whole_one(record, data):
    alleles, intervals, alts, rest = record
    kept = data.draw(st.integers(1, len(alts)))
    numbers = {"0": "0", str(kept): "1"} if alts != ["."] else {"0": "0"}
    genotype = [numbers.get(number, ".") for number in rest["fmt"]["GT"].split("/")]
    read = call(alts[kept - 1], {**rest["fmt"], "GT": "/".join(genotype)}, rest["info"])

    if set(genotype) == {"."}:
        assert read.problem == "REPCN without a genotype"
    else:
        assert (read.sizes, read.intervals, read.problem) == (alleles, intervals, None)


@pytest.mark.holds("REPT-01")
@given(motifs, st.integers(1, 50), st.lists(st.integers(1, 60), min_size=1, max_size=2))
def test_what_gangstr_writes_is_read_back(motif, reference, alleles):
    others = sorted({*alleles} - {reference})
    info = {
        "END": "27573600",
        "RU": motif.lower(),
        "PERIOD": str(len(motif)),
        "REF": str(reference),
        "GRID": "1,9",
    }
    numbers = [0 if size == reference else 1 + others.index(size) for size in alleles]
    fmt = {
        "GT": "/".join(map(str, numbers)),
        "REPCN": ",".join(map(str, alleles)),
        "REPCI": ",".join(f"{size}-{size + 1}" for size in alleles),
    }

    read = call(",".join(motif * size for size in others) or ".", fmt, info, ref=motif * reference)

    assert (read.caller, read.problem, read.sizes) == ("GangSTR", None, tuple(alleles))
    assert read.intervals == tuple((size, size + 1) for size in alleles)
    assert (read.start, read.motif) == (27573525, motif)


@pytest.mark.holds("REPT-01")
@given(motifs, st.lists(st.integers(1, 60), min_size=1, max_size=2), st.integers(0, 1))
def test_what_trgt_writes_is_read_back_with_and_without_the_padding_base(motif, alleles, padding):
    info = {"TRID": "X", "END": "27573600", "MOTIFS": motif, "STRUC": "<X>"}
    pad = "C" * padding
    fmt = {
        "GT": "/".join(str(number) for number in range(1, len(alleles) + 1)),
        "AL": ",".join(str(len(motif) * size) for size in alleles),
        "MC": ",".join(map(str, alleles)),
        "MS": ",".join(f"0(0-{len(motif) * size})" for size in alleles),
    }

    read = call(",".join(pad + motif * size for size in alleles), fmt, info, ref=pad + motif)

    assert (read.caller, read.problem, read.sizes) == ("TRGT", None, tuple(alleles))
    assert read.intervals == tuple((size, size) for size in alleles)
    assert read.start == 27573525 + padding


@given(
    st.lists(anything, max_size=3),
    st.dictionaries(
        st.sampled_from([*UNIT, "TRID", "MOTIFS", "PERIOD", "GRID", "LOCUS", "MOTIF", "COPIES", "VID"]),
        anything,
    ),
    st.dictionaries(
        st.sampled_from(["GT", "REPCN", "REPCI", "CN", "CI", "MC", "MS", "AL", "SO", "LC", "GB"]), anything
    ),
)
def test_any_text_is_a_call_or_none_and_a_problem_leaves_no_size(alts, info, fmt):
    read = repeat_call_of("chr9", 27573526, "C", alts, ["."], info, fmt)

    if read is not None:
        for each in (read, *read.also):
            assert each.problem is None or {*each.sizes, *each.intervals} <= {None}


@pytest.mark.parametrize(
    ("alts", "fmt", "expected"),
    [
        ("<STR2>,<STR349>", {"GT": "1/2", "REPCN": "2/349", "REPCI": "2-2/323-376"}, ((2, 349), None)),
        ("<STR8>", {"GT": "0/1", "REPCN": "3/8"}, ((3, 8), None)),
        ("<STR21>", {"GT": "1", "REPCN": "21", "REPCI": "21-21"}, ((21,), None)),
        (".", {"GT": "0/0", "REPCN": "3/3"}, ((3, 3), None)),
        (".", {"REPCN": "3/30"}, ((3, 30), None)),
        ("<STR8>", {"GT": "./1", "REPCN": "3/8"}, ((3, 8), None)),
        ("<STR8>", {"GT": "0/1", "REPCN": "./8"}, ((None, 8), None)),
        (".", {"GT": "./.", "REPCN": "./.", "LC": "0"}, ((None, None), "not called")),
        (".", {"GT": "./."}, ((), "not called")),
        (".", {"GT": "./.", "REPCN": "3/3"}, ((None, None), "REPCN without a genotype")),
        ("<STR8>", {"GT": "0/1"}, ((), "no REPCN")),
        ("<STR4>", {"GT": "1/1", "REPCN": "2/2"}, ((None, None), "REPCN says otherwise than GT and ALT")),
        (
            "<STR8>",
            {"GT": "0/2", "REPCN": "3/8"},
            ((None, None), "GT names an allele that ALT does not have"),
        ),
        ("<STR8>", {"GT": "1", "REPCN": "3/8"}, ((None, None), "REPCN and GT differ in ploidy")),
        (
            "<STR8>",
            {"GT": "0/1", "REPCN": "3/8", "REPCI": "8-8"},
            ((None, None), "REPCN and REPCI differ in ploidy"),
        ),
        ("<STR8>", {"GT": "0/1", "REPCN": "3/8", "REPCI": "./."}, ((3, 8), None)),
        ("<STR8>", {"GT": "0/1", "REPCN": "3/8", "REPCI": "3-3/x"}, ((None,) * 2, "REPCI is not a list of intervals")),
        (".", {"GT": "0/0"}, ((3, 3), None)),
        (".", {"GT": "0"}, ((3,), None)),
        (".", {"GT": "0/."}, ((), "no REPCN")),
        (".", {"GT": "0/0", "REPCN": "./."}, ((None, None), "not called")),
        ("<STR8>", {"GT": "0/0"}, ((), "no REPCN")),
        (
            "<STR8>",
            {"GT": "0/1", "REPCN": "3/8", "REPCI": "3-3/9-10"},
            ((None, None), "REPCI does not hold REPCN"),
        ),
        (
            "<STR8>",
            {"GT": "0/1", "REPCN": "3/.", "REPCI": "3-3/40-9"},
            ((None, None), "REPCI does not hold REPCN"),
        ),
        ("<STR8>", {"GT": "0/1", "REPCN": "a/b"}, ((None, None), "REPCN is not a list of sizes")),
        (".", {"GT": "0/0/0", "REPCN": "3/3/3"}, ((None,) * 3, "more than two alleles")),
    ],
)
def test_expansion_hunter_table(alts, fmt, expected):
    read = call(alts, fmt)

    assert (read.sizes, read.problem) == expected


def test_without_a_unit_a_size_means_nothing():
    assert call("<STR8>", {"GT": "0/1", "REPCN": "3/8"}, {"REF": "3", "END": "9"}).problem == "no repeat unit"


@pytest.mark.parametrize(
    ("info", "fmt", "problem"),
    [
        ({"PERIOD": "4", "BPDIFFS": "-4"}, {"GT": "0|1", "GB": "0|-4"}, "not read: HipSTR"),
        ({"VID": "4237", "RU": "CAG", "RC": "4"}, {"GT": "0/1"}, "not read: adVNTR"),
    ],
)
def test_other_callers_are_recognised_and_say_so(info, fmt, problem):
    assert call(".", fmt, info).problem == problem


@pytest.mark.parametrize(
    "info", [{}, {"DP": "30"}, {"RU": "CA", "RPA": "9,10", "STR": ""}, {"SVTYPE": "DEL", "END": "27573600"}]
)
def test_other_records_are_no_repeat_calls(info):
    assert repeat_call_of("chr9", 27573526, "CA", ["C"], ["PASS"], info, {"GT": "0/1"}) is None


TRGT = {"TRID": "HTT", "END": "3074966", "MOTIFS": "CAG,CAA", "STRUC": "<HTT>"}


@pytest.mark.parametrize(
    ("fmt", "sizes", "intervals", "problem"),
    [
        (
            {"GT": "0/1", "MC": "16_1,18_1", "MS": "0(0-45)_1(45-48)_0(48-51),."},
            (16, 18),
            ((16, 17), None),
            None,
        ),
        ({"GT": "0/1", "MC": "16_1,18_1"}, (16, 18), (None, None), None),
        ({"GT": "0/1", "MC": "0_0,18_1", "MS": "1(0-3),0(0-54)_1(54-57)"}, (0, 18), ((0, 0), (18, 18)), None),
        ({"GT": "0/1", "MC": "16,18"}, (None, None), (None, None), "MC does not count each motif of MOTIFS"),
        ({"GT": "0/1", "MC": "16_1"}, (None,), (None,), "MC and GT differ in ploidy"),
        (
            {"GT": "0/2", "MC": "16_1,18_1"},
            (None,) * 2,
            (None,) * 2,
            "GT names an allele that ALT does not have",
        ),
        (
            {"GT": "0/1", "MC": "16_1,18_1", "AL": "1,99"},
            (None, None),
            (None, None),
            "GT and ALT do not have the lengths that AL gives",
        ),
        ({"GT": ".", "MC": "."}, (None,), (None,), "not called"),
    ],
)
def test_trgt_table(fmt, sizes, intervals, problem):
    read = call("CCAGCAGCAG", fmt, TRGT, ref="CCAG")

    assert (read.sizes, read.intervals, read.problem) == (sizes, intervals, problem)


@pytest.mark.parametrize(
    ("fmt", "intervals"),
    [
        ({"MC": "0_0,18_1", "MS": ".,0(0-57)", "AL": "600,57"}, ((0, 200), (18, 19))),
        ({"MC": "0_200,18_1", "MS": "1(0-600),0(0-57)", "AL": "602,57"}, ((0, 0), (18, 19))),
        ({"MC": "5_0,18_1", "MS": "0(0-15),0(0-57)", "AL": "600,57"}, ((5, 200), (18, 19))),
        ({"MC": "5_0,18_1", "MS": "0(0-15),0(0-57)", "AL": "18,57"}, ((5, 5), (18, 19))),
        ({"MC": "5_0,18_1", "AL": "600,57"}, ((5, 200), (18, 19))),
        ({"MC": "200_0,18_1", "MS": "0(0-15),0(0-57)", "AL": "600,57"}, ((5, 200), (18, 19))),
    ],
)
def test_a_long_allele_in_which_trgt_finds_few_units_may_hold_many(fmt, intervals):
    alts = ",".join("C" + "N" * int(length) for length in fmt["AL"].split(","))
    read = call(alts, {"GT": "1/2", **fmt}, TRGT, ref="CCAG")
    assert (read.intervals, read.problem) == (intervals, None)


STRAGLR = {"LOCUS": "HTT", "END": "27573544", "MOTIF": "GGCCCC", "COPIES": "3.0"}


@pytest.mark.parametrize(
    ("fmt", "sizes", "intervals", "problem"),
    [
        ({"GT": "0/1", "AC": "3.4/348.6", "ACR": "1.0-8.3/323.2-376.0"}, (3, 349), ((1, 9), (323, 376)), None),
        ({"GT": "0/1", "AC": "3.4/348.6", "ACR": "1.0-8.3/."}, (3, None), ((1, 9), None), None),
        ({"GT": "0/.", "AC": "3.4/348.6", "ACR": "1.0-8.3/323-376"}, (3, None), ((1, 9), None), None),
        ({"GT": "0/1", "AC": "3.4/348.6", "ACR": "1.0-8.3/1-9"}, (3, None), ((1, 9), None), None),
        ({"GT": "0/1", "AC": "3.4", "ACR": "1.0-8.3"}, (None,), (None,), "AC, ACR and GT differ in ploidy"),
        ({"GT": "./.", "AC": ".", "ACR": "."}, (None,), (None,), "not called"),
        ({"GT": "0/0", "AC": "3/3", "ACR": "1-8/1-8", "ALT_MOTIF": "CCCCGG(3)"}, (3, 3), ((1, 8),) * 2, None),
        ({"GT": "0/0", "AC": "3/3", "ACR": "1-8/1-8", "ALT_MOTIF": "CCCCGC(3)"}, (None,) * 2, (None,) * 2,
         "reads with another motif"),
        ({"GT": "0/9", "AC": "3/3", "ACR": "1-8/1-8"}, (None,) * 2, (None,) * 2,
         "GT names an allele that ALT does not have"),
    ],
)  # fmt: skip
def test_straglr_table(fmt, sizes, intervals, problem):
    read = call("GGCCCCGGCCCC", fmt, STRAGLR, ref="GGCCCC")
    assert (read.sizes, read.intervals, read.problem) == (sizes, intervals, problem)


def test_numbers_that_no_profile_keeps_are_unknown_or_open():
    read = call("<STR8>,<STR1000000>", {"GT": "1/2", "REPCN": "8/1000000", "REPCI": "8-1000000/8-1000000"})
    assert (read.sizes, read.intervals) == ((8, None), ((8, None), (8, None)))


def test_each_motif_of_a_trgt_record_has_its_own_call():
    read = call("CCAG", {"GT": "1/1", "MC": "16_1,18_2"}, TRGT)
    other = read.of("TTG")

    assert read.of("CTG") is read
    assert read.of("GGCCCC") is None
    assert other is not None
    assert (other.motif, other.sizes) == ("CAA", (1, 2))


def test_a_call_has_one_interval_for_each_size():
    with pytest.raises(ValueError, match="one interval for each size"):
        RepeatCall(caller="lab", chrom="9", start=1, end=2, motif="A", sizes=(1, 2))


def real(name: str) -> Iterator[RepeatCall | None]:
    """The calls of every sample in a real file."""
    path = REAL / name
    if not path.exists():
        pytest.skip("the real files are not here")
    text = gzip.decompress(path.read_bytes()) if name.endswith("gz") else path.read_bytes()
    for line in text.decode().splitlines():
        if not line.startswith("#"):
            chrom, pos, _, ref, alt, _, filters, info, keys, *samples = line.split("\t")
            values = dict(part.partition("=")[::2] for part in info.split(";"))
            for sample in samples:
                fmt = dict(zip(keys.split(":"), sample.split(":"), strict=False))
                yield repeat_call_of(chrom, int(pos), ref, alt.split(","), filters.split(";"), values, fmt)


@pytest.mark.holds("REPT-01")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TRTools__NA12878_chr21_eh.sorted.vcf.gz", {None: 4029, "not called": 1}),
        (
            "TRTools__NA12878_chr21_gangstr.sorted.vcf.gz",
            {None: 9701, "not called": 5, "REPCI does not hold REPCN": 2},
        ),
        ("ngs-bits__RepeatLocusList_ExpansionHunter.vcf", {None: 84}),
        ("ngs-bits__RepeatLocusList_Straglr.vcf", {None: 24, "reads with another motif": 6}),
        ("scout__643594.clinical.str.stranger.vcf.gz", {None: 152, "not called": 88}),
        (
            "stranger__643594.clinical.str.vcf",
            {None: 2, "REPCN says otherwise than GT and ALT": 8, "no REPCN": 14, "not called": 48},
        ),
        (
            "stranger__643594.clinical.str.vcf.gz",
            {None: 2, "REPCN says otherwise than GT and ALT": 8, "no REPCN": 14, "not called": 48},
        ),
        ("stranger__HG002_Revio.sort.vcf.gz", {None: 1, "not called": 9}),
        ("stranger__sample.trgt.vcf", {None: 2}),
        ("test-datasets__PosCon1.repeats.vcf.gz", {"not called": 6}),
        ("test-datasets__PosCon2.repeats.vcf.gz", {"not called": 6}),
        ("test-datasets__sample1A.vcf.gz", {None: 20}),
        ("test-datasets__sample1B.vcf.gz", {None: 20}),
    ],
)
def test_every_record_of_the_real_files_is_read_or_says_why_not(name, expected):
    assert Counter("no repeat" if each is None else each.problem for each in real(name)) == expected


@pytest.mark.parametrize(
    ("name", "locus", "chrom", "start", "expected"),
    [
        (
            "ngs-bits__RepeatLocusList_ExpansionHunter.vcf",
            "C9ORF72",
            "chr9",
            27573528,
            ((2, 2), ((2, 2), (2, 2))),
        ),
        (
            "ngs-bits__RepeatLocusList_ExpansionHunter.vcf",
            "ATXN2",
            "chr12",
            111598949,
            ((22, 22), ((22, 22),) * 2),
        ),
        ("ngs-bits__RepeatLocusList_ExpansionHunter.vcf", "AR", "chrX", 67545316, ((24,), ((24, 24),))),
        (
            "ngs-bits__RepeatLocusList_ExpansionHunter.vcf",
            "RFC1",
            "chr4",
            39348424,
            ((11, 72), ((11, 11), (57, 98))),
        ),
        ("test-datasets__sample1B.vcf.gz", "C9ORF72", "chr9", 27573528, ((2, 5), ((2, 2), (5, 5)))),
        ("test-datasets__sample1B.vcf.gz", "ATXN2", "chr12", 111598949, ((20, 21), ((20, 22), (21, 22)))),
        ("test-datasets__sample1B.vcf.gz", "AR", "chrX", 67545316, ((23,), ((23, 23),))),
        ("test-datasets__sample1A.vcf.gz", "HTT", "chr4", 3074876, ((16, 18), ((16, 17), (18, 19)))),
    ],
)
def test_loci_that_matter_in_the_real_files(name, locus, chrom, start, expected):
    (found,) = [each for each in real(name) if each is not None and each.varid == locus]

    assert (found.chrom, found.start) == (chrom, start)
    assert (found.sizes, found.intervals) == expected


def test_every_module_of_a_caller_is_registered():
    names = [f"{repeats.__name__}.{module.name}" for module in pkgutil.iter_modules(repeats.__path__)]
    values = [value for name in names for value in vars(importlib.import_module(name)).values()]
    made = {value.name for value in values if isinstance(value, RepeatCaller)}
    assert made == {caller.name for caller in CALLERS}
    assert all(caller.described and caller.read_from for caller in CALLERS)


@pytest.mark.parametrize(
    ("line", "holds"),
    [
        ('##FORMAT=<ID=REPCN,Number=1,Type=String,Description="x">', True),
        ('##INFO=<ID=TRID,Number=1,Type=String,Description="x">', False),
        ('##ALT=<ID=CNV:TR,Description="x">', True),
        ('##ALT=<ID=CNV,Description="x">', False),
    ],
)
def test_a_header_shows_that_its_file_is_of_repeats(line, holds):
    text = build.header(meta=[line], samples=["a"]).rstrip(b"\n")
    assert holds_repeats(parse_header(text.split(b"\n"), "a test")) is holds
