"""Repeats from the text of a VCF to the outcome: the shipped rule set, both builds, every dialect that is read."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.genome.builds import Build
from assigner.profiles.profile import Profile
from assigner.rules.loci import span_on
from assigner.rules.panels import panel_of
from assigner.rules.repeats import Repeat
from effort import some, times
from vcfs import vcf, written

RULES = assigner.read_rules()
REPEATS = panel_of(RULES, Build.GRCH38).repeats
PLACES = {(r.chrom, r.grch38): r for r in REPEATS.values()}
OTHER_EVIDENCE = "CHCHD10-R15L"
NORMAL = {"C9orf72": "2/8", "ATXN2": "22/22", "NIPA1": "8/8"}

Sizes = tuple[int, ...]
Spans = tuple[tuple[int, int], ...]


def opposite(motif: str) -> str:
    return motif[::-1].translate(str.maketrans("ACGTN", "TGCAN"))


def on(repeat: Repeat, build: Build, motif: str, shift: int = 0) -> tuple[int, int, int]:
    """Start and end as a catalogue has them, and how many units the reference has."""
    start, end = span_on(repeat, build)
    return start + shift, end, max(1, (end - start) // len(motif))


def numbered(sizes: Sizes, reference: int) -> tuple[str, list[int]]:
    """GT, and the sizes of the ALT alleles."""
    others = sorted({*sizes} - {reference})
    return "/".join(str(0 if size == reference else 1 + others.index(size)) for size in sizes), others


def row(repeat: Repeat, pos: int, ref: str, alts: list[str], info: str, keys: str, values: str) -> str:
    return f"{repeat.chrom} {pos} {ref} {','.join(alts) or '.'} PASS {info} {keys} {values}"


def expansion_hunter(
    repeat: Repeat, build: Build, motif: str, sizes: Sizes, spans: Spans, shift: int = 0, keys: str = "REPCN:REPCI",
    more: str = "",
) -> str:  # fmt: skip
    start, end, reference = on(repeat, build, motif, shift)
    gt, others = numbered(sizes, reference)
    info = f"END={end};REF={reference};RL={end - start};RU={motif};VARID=X;REPID=X{more}"
    counts, intervals = "/".join(map(str, sizes)), "/".join(f"{low}-{high}" for low, high in spans)
    return row(repeat, start, "C", [f"<STR{n}>" for n in others], info, f"GT:{keys}", f"{gt}:{counts}:{intervals}")


def expansion_hunter_2(*args: Any, **more: Any) -> str:
    return expansion_hunter(*args, **more, keys="CN:CI")


def stranger(repeat: Repeat, build: Build, motif: str, sizes: Sizes, spans: Spans, shift: int = 0) -> str:
    _, others = numbered(sizes, on(repeat, build, motif, shift)[2])
    status = "full_mutation" if max(others, default=0) >= 2 else "normal"
    more = f";STR_STATUS={status};STR_NORMAL_MAX=1;STR_PATHOLOGIC_MIN=2;Disease=X;RankScore=1:9"
    return expansion_hunter(repeat, build, motif, sizes, spans, shift, more=more)


def stripy(*args: Any, **more: Any) -> str:
    return expansion_hunter(*args, **more, more=";DISID=ALS;DISNAME=Some_disease;DISINHER=AD;DISRANGE=1|2")


def gangstr(repeat: Repeat, build: Build, motif: str, sizes: Sizes, spans: Spans, shift: int = 0) -> str:
    start, end, reference = on(repeat, build, motif, shift)
    gt, others = numbered(sizes, reference)
    info = f"END={end};RU={motif.lower()};PERIOD={len(motif)};REF={reference};GRID=1,9"
    counts, intervals = ",".join(map(str, sizes)), ",".join(f"{low}-{high}" for low, high in spans)
    alts = [motif * n for n in others]
    return row(repeat, start + 1, motif * reference, alts, info, "GT:REPCN:REPCI", f"{gt}:{counts}:{intervals}")


def trgt(
    repeat: Repeat, build: Build, motif: str, sizes: Sizes, _: Spans, shift: int = 0, pad: str = "C"
) -> str:  # fmt: skip
    start, end, reference = on(repeat, build, motif, shift)
    gt, others = numbered(sizes, reference)
    info = f"TRID=X;END={end};MOTIFS={motif};STRUC=<X>"
    lengths, counts = ",".join(str(n * len(motif)) for n in sizes), ",".join(map(str, sizes))
    stretches = ",".join(f"0(0-{n * len(motif)})" for n in sizes)
    alts = [pad + motif * n for n in others]
    pos = start if pad else start + 1
    return row(repeat, pos, pad + motif * reference, alts, info, "GT:AL:MC:MS", f"{gt}:{lengths}:{counts}:{stretches}")


def older_trgt(*args: Any, **more: Any) -> str:
    return trgt(*args, **more, pad="")


def cnv_tr(
    repeat: Repeat, build: Build, motif: str, sizes: Sizes, spans: Spans, shift: int = 0, bases: bool = False
) -> str:
    """Where all alleles are the reference's, ALT is that of another sample."""
    start, _, reference = on(repeat, build, motif, shift)
    gt, others = numbered(sizes, reference)
    others = others or [reference + 1]
    around = {size: (low - size, high - size) for size, (low, high) in zip(sizes, spans, strict=True)}
    around.setdefault(reference + 1, (0, 0))
    scale = len(motif) if bases else 1
    ends = ",".join(f"{around[n][0] * scale},{around[n][1] * scale}" for n in others)
    lists = {
        "SVLEN": [reference * len(motif)] * len(others), "RUS": [motif] * len(others),
        "RB" if bases else "RUC": [n * scale for n in others],
    }  # fmt: skip
    info = ";".join(f"{key}={','.join(map(str, each))}" for key, each in lists.items())
    return row(repeat, start, "C", ["<CNV:TR>"] * len(others), f"{info};CI{'RB' if bases else 'RUC'}={ends}", "GT", gt)


def cnv_tr_in_bases(*args: Any, **more: Any) -> str:
    return cnv_tr(*args, **more, bases=True)


def straglr(repeat: Repeat, build: Build, motif: str, sizes: Sizes, spans: Spans, shift: int = 0) -> str:
    start, end, reference = on(repeat, build, motif, shift)
    gt, others = numbered(sizes, reference)
    info = f"LOCUS=X;END={end};MOTIF={motif};COPIES={reference}.0"
    copies, ranges = "/".join(f"{n}.2" for n in sizes), "/".join(f"{low}.0-{high}.9" for low, high in spans)
    alts = [motif * n for n in others]
    return row(repeat, start, motif * reference, alts, info, "GT:AC:ACR:ALT_MOTIF", f"{gt}:{copies}:{ranges}:.")


DIALECTS: dict[str, Callable[..., str]] = {
    each.__name__: each
    for each in (
        expansion_hunter, expansion_hunter_2, stranger, stripy, gangstr, trgt, older_trgt, cnv_tr, cnv_tr_in_bases,
        straglr,
    )
}  # fmt: skip
HAVE_INTERVALS = sorted({*DIALECTS} - {"trgt", "older_trgt"})


def read(table: str, build: Build, **declared: Any) -> Profile:
    meta = [f'##INFO=<ID={key},Number=.,Type=String,Description="x">' for key in ("RUS", "RUC", "RB", "REF", "RU")]
    with TemporaryDirectory() as folder:
        path = written(Path(folder), vcf(table, on=build, meta=meta, version="4.4"))
        return assigner.read_profile(path, RULES, **declared)


def sizes_of(text: str) -> Sizes:
    return tuple(map(int, text.split("/")))


def exact(sizes: Sizes) -> Spans:
    return tuple((size, size) for size in sizes)


# ------------------------------------------------------------------------------------------------ the laws


@pytest.mark.holds("REPT-01")
@times(3)
@given(
    data=st.data(),
    repeat=st.sampled_from(sorted(PLACES.values(), key=lambda r: r.id)),
    build=st.sampled_from(Build),
    name=st.sampled_from(sorted(DIALECTS)),
)
def test_what_every_caller_writes_of_a_truth_is_that_truth_or_unknown(data, repeat, build, name):
    turn = data.draw(st.integers(0, len(repeat.motif) - 1), label="turn")
    motif = repeat.motif[turn:] + repeat.motif[:turn]
    motif = opposite(motif) if data.draw(st.booleans(), label="opposite strand") else motif
    truth = tuple(data.draw(st.lists(st.integers(1, 400), min_size=1, max_size=2), label="truth"))
    slack = [(data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 100))) for size in {*truth}]
    wide = dict(zip({*truth}, slack, strict=True))
    spans = tuple((size - wide[size][0], size + wide[size][1]) for size in truth)
    shift = data.draw(st.integers(-3, 9), label="shift")

    found = read(DIALECTS[name](repeat, build, motif, truth, spans, shift=shift), build).repeats

    named = {r.id for r in REPEATS.values() if (r.chrom, r.grch38) == (repeat.chrom, repeat.grch38)}
    assert {*found} == named
    for sizes in found.values():
        assert sizes.problem is None
        assert sizes.sizes == truth
        for size, span, bounds in zip(truth, spans, sizes.ranges, strict=True):
            assert bounds is not None and bounds[0] <= size <= bounds[1]
            if name in HAVE_INTERVALS and size != on(repeat, build, motif)[2]:
                assert bounds[0] <= span[0] and span[1] <= bounds[1]


@pytest.mark.holds("REPT-01")
@times(3)
@given(
    data=st.data(),
    name=st.sampled_from(sorted(DIALECTS)),
    build=st.sampled_from(Build),
    repeat=st.sampled_from(sorted(PLACES.values(), key=lambda r: r.id)),
    fault=st.sampled_from(
        ["no genotype", "half a genotype", "filter", "elsewhere", "another motif", "no FORMAT value"]
    ),
)
def test_a_faulty_record_never_gives_another_size(data, name, build, repeat, fault):
    truth = tuple(data.draw(st.lists(st.integers(1, 60), min_size=2, max_size=2), label="truth"))
    motif = "GGTTAACC" if fault == "another motif" else repeat.motif
    shift = 5000 if fault == "elsewhere" else 0
    columns = DIALECTS[name](repeat, build, motif, truth, exact(truth), shift=shift).split(" ")
    if fault == "elsewhere":
        columns[5] = columns[5].replace("END=", "END=9")
    gt, *rest = columns[7].split(":")
    left, right = gt.split("/")
    match fault:
        case "no genotype":
            gt = "./."
        case "half a genotype":
            gt = data.draw(st.sampled_from([f"{left}/.", f"./{right}"]))
        case "filter":
            columns[4] = "LowDepth"
        case "no FORMAT value":
            rest = ["." for _ in rest]
        case _:
            pass  # done above
    columns[7] = ":".join([gt, *rest])

    for sizes in read(" ".join(columns), build).repeats.values():
        for size, bounds in zip(truth, sizes.ranges, strict=False):
            assert bounds is None or bounds[0] <= size <= (bounds[1] or 10**9)
        assert fault not in ("elsewhere", "another motif") or set(sizes.ranges) == {None}
        assert fault not in ("no genotype", "filter") or set(sizes.ranges) == {None}


@pytest.mark.holds("REPT-01")
@pytest.mark.parametrize("build", Build)
@pytest.mark.parametrize(("before", "after", "sized"), [(50, 50, True), (5000, 0, False), (0, 5000, False)])
def test_a_record_over_a_repeat_and_far_more_gives_no_size(build, before, after, sized):
    """Its units are not all of this repeat."""
    repeat = min(PLACES.values(), key=lambda each: each.id)
    columns = DIALECTS["expansion_hunter"](repeat, build, repeat.motif, (22, 22), exact((22, 22)), shift=0).split(" ")
    (end,) = [int(each[4:]) for each in columns[5].split(";") if each.startswith("END=")]
    columns[1] = str(int(columns[1]) - before)
    columns[5] = columns[5].replace(f"END={end}", f"END={end + after}")
    sizes = read(" ".join(columns), build).repeats.get(repeat.id)
    assert (sizes is not None and set(sizes.sizes) == {22}) is sized


# ------------------------------------------------------------------------------------------------ the four repeats

TRUTHS = [
    ("C9orf72", "2/8", None, "false", "assigned CAT4"),
    ("C9orf72", "2/27", None, "unknown", "review unsettled"),
    ("C9orf72", "2/45", None, "true", "assigned CAT3"),
    ("ATXN2", "22/22", None, "false", "assigned CAT4"),
    ("ATXN2", "22/27", None, "false", "assigned CAT4"),
    ("ATXN2", "22/29", None, "unknown", "assigned CAT4"),
    ("ATXN2", "22/31", None, "true", "review unsettled"),
    ("ATXN2", "22/34", None, "true", "review unsettled"),
    ("ATXN2", "22/40", None, "true", "review unsettled,mimic"),
    ("NIPA1", "8/8", None, "false", "assigned CAT4"),
    ("NIPA1", "8/13", None, "true", "assigned CAT4"),
    ("AR", "22", "male", "false", "assigned CAT4"),
    ("AR", "37", "male", "unknown", "assigned CAT4"),
    ("AR", "45", "male", "true", "review mimic"),
    ("AR", "22/45", "female", "false", "assigned CAT4"),
    ("AR", "22/45", None, "unknown", "assigned CAT4"),
]


def motif_on(repeat: Repeat, build: Build) -> str:
    """The motif on the build's plus strand: the region of NIPA1 is turned round between them."""
    return opposite(repeat.motif) if repeat.id == "NIPA1" and build is Build.GRCH37 else repeat.motif


def outcome_of(table: str, build: Build, repeat: str, sex: str | None, truth: str) -> tuple[str, str]:
    """What is found of a repeat and what follows, when all other repeats are normal.

    A participant whose repeat is no evidence has a variant of another category, so that there is something to assign.
    """
    if truth != "true" or repeat in ("AR", "NIPA1"):
        variant = panel_of(RULES, build).variant_by_id[OTHER_EVIDENCE]
        row = f"{variant.chrom} {variant.pos} {variant.ref} {variant.alt} PASS . GT 0/1"
        table = "\n".join(
            sorted([table, row], key=lambda row: ("X" in row.split()[0], int(row.split()[0].strip("X") or 0)))
        )
    others = {name: sizes for name, sizes in NORMAL.items() if name != repeat}
    profile = read(table, build, absent="reference", sex=sex, repeat_sizes=others)
    made = assigner.assign(profile, RULES)
    said = {f.truth for f in made.findings if f.criterion.endswith("_repeat") and f.loci == (repeat,)}
    said |= {f.truth for f in made.flags if f.id == f"mimic-{repeat}"} if repeat == "AR" else set()
    (found,) = said
    reasons = ",".join(reason.reason for reason in made.reasons if reason.policy == "review")
    return str(found), f"{made.outcome} {made.category or reasons}"


@pytest.mark.holds("REPT-01")
@pytest.mark.parametrize(("name", "truth"), some(list(itertools.product(sorted(DIALECTS), TRUTHS)), 5))
def test_what_follows_from_each_size_whoever_wrote_it(name, truth):
    repeat, sizes, sex, expected, outcome = truth
    both = name == "expansion_hunter"
    for build in Build if both else [tuple(Build)[(TRUTHS.index(truth) + sorted(DIALECTS).index(name)) % 2]]:
        counts = sizes_of(sizes)
        table = DIALECTS[name](REPEATS[repeat], build, motif_on(REPEATS[repeat], build), counts, exact(counts))
        assert outcome_of(table, build, repeat, sex, expected) == (expected, outcome)


@pytest.mark.holds("REPT-02")
@pytest.mark.parametrize(
    ("repeat", "sizes", "spans", "sex", "expected", "outcome"),
    [
        ("C9orf72", (2, 22), ((2, 2), (18, 24)), None, "unknown", "review unsettled"),
        ("C9orf72", (2, 29), ((2, 2), (25, 31)), None, "unknown", "review unsettled"),
        ("C9orf72", (2, 33), ((2, 2), (29, 60)), None, "unknown", "review unsettled"),
        ("C9orf72", (2, 33), ((2, 2), (31, 60)), None, "true", "assigned CAT3"),
        ("C9orf72", (2, 23), ((2, 2), (10, 23)), None, "false", "assigned CAT4"),
        ("ATXN2", (22, 30), ((22, 22), (29, 32)), None, "unknown", "assigned CAT4"),
        ("ATXN2", (22, 32), ((22, 22), (31, 36)), None, "true", "review unsettled"),
        ("ATXN2", (22, 40), ((22, 22), (35, 44)), None, "true", "review unsettled,mimic"),
        ("AR", (40,), ((36, 44),), "male", "unknown", "assigned CAT4"),
    ],
)
@pytest.mark.parametrize("name", ["cnv_tr_in_bases", "expansion_hunter", "gangstr", "stripy"])
def test_an_interval_over_a_threshold_is_unknown_wherever_its_size_lies(
    name, repeat, sizes, spans, sex, expected, outcome
):
    build = Build.GRCH37 if name == "gangstr" else Build.GRCH38
    table = DIALECTS[name](REPEATS[repeat], build, REPEATS[repeat].motif, sizes, spans)
    assert outcome_of(table, build, repeat, sex, expected) == (expected, outcome)


def test_expansion_hunters_own_place_of_c9orf72_on_grch37():
    """Its catalogue counts the last three units of the reference's stretch, and the base before them is POS."""
    table = (
        "9 27573526 C <STR2>,<STR349> PASS END=27573544;REF=3;RL=18;RU=GGCCCC;VARID=C9ORF72;REPID=C9ORF72 "
        "GT:SO:REPCN:REPCI:ADSP:ADFL:ADIR:LC 1/2:SPANNING/INREPEAT:2/349:2-2/323-376:19/0:3/6:0/459:37.7"
    )
    assert outcome_of(table, Build.GRCH37, "C9orf72", None, "true") == ("true", "assigned CAT3")
    assert read(table.replace(" PASS ", " LowDepth "), Build.GRCH37).repeats["C9orf72"].problem == "filter LowDepth"
    assert read(table.replace("GGCCCC", "GGCCCG"), Build.GRCH37).repeats == {}
    assert read(table.replace("2757", "2857"), Build.GRCH37).repeats == {}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["2/8", "2/8"], ("false", "assigned CAT4")),
        (["2/45", "45/2"], ("true", "assigned CAT3")),
        (["2/8", "2/45"], ("unknown", "review unsettled,quality")),
        (["2/8", "2/90"], ("unknown", "review unsettled,quality")),
        (["2/29", "2/30"], ("unknown", "review unsettled,quality")),
    ],
)
def test_a_repeat_that_a_catalogue_lists_twice(lines, expected):
    repeat = REPEATS["C9orf72"]
    rows = [
        expansion_hunter(repeat, Build.GRCH38, motif, sizes_of(sizes), exact(sizes_of(sizes)), shift=shift)
        for sizes, motif, shift in zip(lines, ["GGCCCC", "CCCCGG"], [0, 44], strict=True)
    ]
    assert outcome_of("\n".join(rows), Build.GRCH38, "C9orf72", None, expected[0]) == expected


@pytest.mark.holds("REPT-04")
@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ("2/>60", ("true", "assigned CAT3")),
        (">=145", ("true", "assigned CAT3")),
        ("2/>20", ("unknown", "review unsettled")),
        ("2/.", ("unknown", "review unsettled")),
        ("./45", ("true", "assigned CAT3")),
        ({"sizes": "2/60", "intervals": "2-2/28-", "source": "RP-PCR"}, ("unknown", "review unsettled")),
    ],
)
def test_a_laboratorys_result_stands_above_the_files(sizes, expected):
    repeat, build = REPEATS["C9orf72"], Build.GRCH38
    variant = panel_of(RULES, build).variant_by_id[OTHER_EVIDENCE]
    table = expansion_hunter(repeat, build, "GGCCCC", (2, 8), exact((2, 8)))
    if expected[0] != "true":
        table += f"\n{variant.chrom} {variant.pos} {variant.ref} {variant.alt} PASS . GT 0/1"
    made = assigner.assign(read(table, build, absent="reference", repeat_sizes={**NORMAL, "C9orf72": sizes}), RULES)
    (found,) = [f for f in made.findings if f.criterion == "established_repeat" and f.loci == ("C9orf72",)]
    reasons = ",".join(reason.reason for reason in made.reasons if reason.policy == "review")
    assert (str(found.truth), f"{made.outcome} {made.category or reasons}") == expected
    kept = made.trace.profile["repeats"]["C9orf72"]
    assert kept["source"] == ("given by the caller" if isinstance(sizes, str) else "RP-PCR")
    assert assigner.profile_of(made.trace.profile, RULES).repeats == made.profile.repeats
