"""A rule set's table of exons: what it says of a place, and that the shipped one is where named variants lie."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import assigner
import test_structural as structural
from assigner.errors import RuleSetError
from assigner.genome.builds import Build
from assigner.profiles.profile import Reach
from assigner.rules.loci import Exons, span_on
from assigner.rules.panels import variant_on
from assigner.truth import Truth
from test_compounds import META
from test_observations import CSQ, csq
from test_unexplained import profile_of, rules_with
from vcfs import WORD, allele, gene, rules_of

SHIPPED = {each.symbol: each for each in assigner.read_rules().content.genes if each.exons is not None}
CLINVAR = Path(__file__).parents[2] / "shared" / "knowledge" / "2026" / "clinvar_2026-06_als46.tsv.gz"
SUBSTITUTION = re.compile(r"^(NM_\d+)\.\d+(?:\([\w-]+\))?:c\.([*-]?)(\d+)([+-]\d+)?[ACGT]>[ACGT]")
PARTS = {"transcript": "NM_1.1", "strand": "plus", "grch38": ["5100-5199", "5300-5399", "5500-5599"], **WORD}
WHOLE = PARTS | {"coding_grch38": "5150-5349"}
TO_THE_LAST = PARTS | {"coding_grch38": "5150-5579"}


def place_of(exons: Exons, build: Build, before: str, number: int, beside: int) -> int | None:
    """The place of a base that HGVS names by a transcript: `c.-3`, `c.4`, `c.*5`, and so many bases into an intron."""
    coding, places = exons.coding_on(build), [pos for start, end in exons.on(build) for pos in range(start, end + 1)]
    assert coding is not None
    first, last = (places.index(pos) for pos in coding)
    if exons.strand == "minus":
        places, first, last = places[::-1], len(places) - 1 - last, len(places) - 1 - first
    at = {"": first + number - 1, "-": first - number, "*": last + number}[before]
    if not 0 <= at < len(places):
        return None
    return places[at] + (beside if exons.strand == "plus" else -beside)


# ------------------------------------------------------------------------------------------------- the shipped table


@pytest.mark.holds("RULE-11")
@pytest.mark.parametrize("symbol", sorted(SHIPPED))
def test_a_shipped_table_is_a_whole_transcript(symbol: str) -> None:
    own, lengths = SHIPPED[symbol].exons, []
    assert own is not None
    for build in Build:
        coding = own.coding_on(build)
        assert coding is not None
        inside = [(max(start, coding[0]), min(end, coding[1])) for start, end in own.on(build)]
        lengths.append([end - start + 1 for start, end in inside if start <= end])
    assert sum(lengths[0]) % 3 == 0
    assert lengths[0] == lengths[1]


def agreed(named: Iterable[tuple[str, str | None, dict[Build, int]]]) -> Counter[str]:
    """How many substitutions lie where the exons of their gene have them, by gene; fails at one that does not."""
    counted: Counter[str] = Counter()
    for symbol, name, places in named:
        told, exons = SUBSTITUTION.search(name or ""), SHIPPED[symbol].exons if symbol in SHIPPED else None
        if told is None or exons is None or told[1] != exons.transcript.partition(".")[0]:
            continue
        for build, pos in places.items():
            place = place_of(exons, build, told[2], int(told[3]), int(told[4] or 0))
            assert place in (None, pos), (symbol, name, build)
            counted[symbol] += place is not None
    return counted


def shipped_alleles() -> Iterator[tuple[str, str | None, dict[Build, int]]]:
    for each in assigner.read_rules().content.alleles:
        if each.place is not None:
            yield each.gene, each.hgvs_c, {build: variant_on(each, build).pos for build in Build}


def of_clinvar() -> Iterator[tuple[str, str | None, dict[Build, int]]]:
    with gzip.open(CLINVAR, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            gene_of = re.match(r"NM_[0-9.]+\(([\w-]+)\)", row["title"])
            if gene_of is not None and row["start37"] and row["start38"]:
                places = {Build.GRCH37: int(row["start37"]), Build.GRCH38: int(row["start38"])}
                yield gene_of[1], row["title"], places


@pytest.mark.holds("RULE-11")
def test_shipped_exons_are_where_the_shipped_alleles_are() -> None:
    counted = agreed(shipped_alleles())
    assert counted.total() > 800 and len(counted) > 40


@pytest.mark.holds("RULE-11")
@pytest.mark.skipif(not CLINVAR.exists(), reason="the shared folder is not here")
def test_shipped_exons_are_where_clinvar_names_substitutions_on_both_builds() -> None:
    counted = agreed(of_clinvar())
    proved = {name for name, own in SHIPPED.items() if own.exons and "ClinVar 2026-06" in own.exons.sources}
    assert counted.total() > 4000
    assert proved and proved <= set(counted)


# ------------------------------------------------------------------------------------------------- what a table says


@st.composite
def tables(draw: st.DrawFn) -> Exons:
    """Exons of a gene at 5000 to 5999, whole ones or coding parts alone."""
    ends = sorted(draw(st.sets(st.integers(5000, 5999), min_size=2, max_size=8)))
    spans = [f"{start}-{end}" for start, end in zip(ends[::2], ends[1::2], strict=False)]
    inside = [pos for start, end in zip(ends[::2], ends[1::2], strict=False) for pos in (start, end)]
    more: dict[str, Any] = {}
    if draw(st.booleans()):
        first, last = sorted((draw(st.sampled_from(inside)), draw(st.sampled_from(inside))))
        more["coding_grch38"] = f"{first}-{last}"
    strand = draw(st.sampled_from(["plus", "minus", None]))
    return Exons.model_validate({"transcript": "NM_1.1", "strand": strand, "grch38": spans, **more, **WORD})


spans = st.lists(st.tuples(st.integers(0, 10**10 - 1), st.integers(0, 10**10 - 1)).map(sorted), min_size=1, max_size=5)


@given(spans)
def test_exons_are_a_list_or_one_text(each: list[list[int]]) -> None:
    written = [f"{start}-{end}" for start, end in each]
    as_list, as_text = (
        Exons.model_validate({"transcript": "NM_1.1", "grch38": given, **WORD})
        for given in (written, ", ".join(written))
    )
    assert as_list == as_text and as_list.grch38 == tuple((start, end) for start, end in each)


@pytest.mark.parametrize("text", ["", "1-2,3-4", "1-2, ", "1-2 3-4", "2-1", "1-2, 4-3", "1-2, x", "1-2, -3-4", "١-٢"])
def test_a_text_of_exons_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="START-END"):
        Exons.model_validate({"transcript": "NM_1.1", "grch38": text, **WORD})


ranges = st.tuples(st.integers(4980, 6020), st.integers(0, 400)).map(lambda each: (each[0], each[0] + each[1]))


@given(tables(), ranges)
def test_what_is_in_the_last_exon_and_what_a_deletion_takes_is_told_by_whole_exons(exons: Exons, span: tuple[int, int]):
    gone, own = set(range(span[0], span[1] + 1)), [set(range(a, b + 1)) for a, b in exons.on(Build.GRCH38)]
    within = exons.on(Build.GRCH38)[0][0] <= span[0] and span[1] <= exons.on(Build.GRCH38)[-1][1]
    in_last, lost = exons.in_last(Build.GRCH38, *span), exons.lost(Build.GRCH38, *span)
    coding = exons.coding_on(Build.GRCH38)
    if coding is None:
        assert in_last is lost is Truth.UNKNOWN
        return
    last: set[int] | None = {"plus": own[-1], "minus": own[0], None: None}[exons.strand]
    if last is None or not within:
        assert in_last is Truth.UNKNOWN
    else:
        assert (in_last is Truth.TRUE) == (gone <= last)
        assert (in_last is Truth.FALSE) == (not gone & last)
    coded = set(range(coding[0], coding[1] + 1))
    near = {pos for exon in own for pos in range(min(exon) - exons.splice, max(exon) + exons.splice + 1)}
    assert (lost is Truth.TRUE) == any(exon <= gone and exon & coded for exon in own)
    assert (lost is Truth.FALSE) == (within and not gone & near)


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("exons", "pos", "alt", "expected"),
    [
        (TO_THE_LAST, 5550, "A", Truth.TRUE),
        (TO_THE_LAST, 5350, "A", Truth.FALSE),
        (TO_THE_LAST, 5499, "GA", Truth.UNKNOWN),  # before the first base of the last exon
        (TO_THE_LAST | {"strand": "minus", "transcript": "NM_1.1"}, 5550, "A", Truth.FALSE),
        (PARTS, 5550, "A", Truth.UNKNOWN),
        (None, 5550, "A", Truth.UNKNOWN),
    ],
)
@pytest.mark.parametrize(("transcript", "is_ours"), [("ENST1", True), ("ENST7", False)])
def test_where_a_file_does_not_number_exons_those_of_the_rule_set_do(
    tmp_path: Path, exons: dict[str, Any] | None, pos: int, alt: str, expected: Truth, transcript: str, is_ours: bool
) -> None:
    rules = rules_with(**({} if exons is None else {"exons": exons}))
    told = f"stop_gained|G|{transcript}|protein_coding|+|9Q>9*|{pos}G>{alt}"
    profile = profile_of(tmp_path, f"1 {pos} G {alt} PASS BCSQ={told} GT:BCSQ 0/1:1", tuple(META), rules=rules)
    seen = next(each for each in profile.variants if each.variant.pos == pos)
    if is_ours:
        assert (seen.terms, seen.last_exon) == (("stop_gained",), expected)
    else:
        assert seen.terms is None or seen.last_exon is Truth.UNKNOWN


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("transcript", "pos", "terms", "found"),
    [
        ("ENST1", 5350, "stop_gained", [("stop_gained",)]),
        ("ENST1", 5250, "stop_gained", [None]),  # an intron, by the rule set
        ("ENST1", 5120, "stop_gained", [None]),  # before the first codon
        ("ENST1", 5250, "intron_variant", []),
        ("ENST1", 5350, "intron_variant", [None]),  # a codon
        ("ENST1", 5350, "upstream_gene_variant", [None]),
        ("ENST1", 5350, "synonymous_variant", []),
        ("ENST1", 5250, "synonymous_variant", [None]),
        ("ENST1", 5350, "splice_donor_variant", [None]),
        ("ENST1", 5120, "5_prime_UTR_variant", []),
    ],
)
def test_where_a_change_lies_by_its_annotation_is_held_against_the_exons_of_the_transcript(
    tmp_path: Path, transcript: str, pos: int, terms: str, found: list[Any]
) -> None:
    rules = rules_with(exons=TO_THE_LAST)
    line = f"1 {pos} G A PASS CSQ={csq(Allele='A', Consequence=terms, Feature=transcript)} GT 0/1"
    seen = profile_of(tmp_path, line, (CSQ,), rules=rules).variants
    assert [each.terms for each in seen if each.gene == "G"] == found


@given(tables(), st.integers(4980, 6420))
def test_a_base_is_one_of_a_codon_where_it_is_coding_and_in_an_exon(exons: Exons, pos: int) -> None:
    coding = exons.coding_on(Build.GRCH38)
    if coding is None:
        assert exons.codes(Build.GRCH38, pos) is Truth.UNKNOWN
    else:
        own = {each for a, b in exons.on(Build.GRCH38) for each in range(a, b + 1)} & {*range(coding[0], coding[1] + 1)}
        assert (exons.codes(Build.GRCH38, pos) is Truth.TRUE) == (pos in own)


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("pos", "is_last", "is_last_but_one"),
    [(5350, Truth.FALSE, Truth.TRUE), (5550, Truth.TRUE, Truth.FALSE), (5150, Truth.FALSE, Truth.FALSE)],
)
def test_the_last_exon_but_one_is_told_by_them_too(
    tmp_path: Path, pos: int, is_last: Truth, is_last_but_one: Truth
) -> None:
    told = f"stop_gained|G|ENST1|protein_coding|+|9Q>9*|{pos}G>A"
    line = f"1 {pos} G A PASS BCSQ={told} GT:BCSQ 0/1:1"
    (seen,) = profile_of(tmp_path, line, tuple(META), rules=rules_with(exons=WHOLE)).variants
    assert (seen.last_exon, seen.penultimate_exon) == (is_last, is_last_but_one)


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("places", "is_last", "is_last_but_one"),
    [
        ((5350, 5550), Truth.UNKNOWN, Truth.UNKNOWN),  # the stop may be in either exon
        ((5150, 5550), Truth.UNKNOWN, Truth.UNKNOWN),
        ((5510, 5550), Truth.TRUE, Truth.FALSE),
        ((5310, 5350), Truth.FALSE, Truth.TRUE),
    ],
)
def test_a_stop_of_several_changes_lies_somewhere_between_them(
    tmp_path: Path, places: tuple[int, int], is_last: Truth, is_last_but_one: Truth
) -> None:
    joint = f"stop_gained|G|ENST1|protein_coding|+|9Q>9*|{places[0]}GA>G+{places[1]}G>GA"
    for full in (0, 1):
        told = [joint, joint]
        told[1 - full] = f"@{places[full]}"
        lines = [
            f"1 {places[0]} GA G PASS BCSQ={told[0]} GT:BCSQ 1/1:3",
            f"1 {places[1]} G GA PASS BCSQ={told[1]} GT:BCSQ 1/1:3",
        ]
        (seen,) = profile_of(tmp_path, "\n".join(lines), tuple(META), rules=rules_with(exons=WHOLE)).variants
        assert (seen.terms, seen.last_exon, seen.penultimate_exon) == (("stop_gained",), is_last, is_last_but_one)


START, END = structural.START, structural.END
DELETED = rules_of(
    genes=[
        gene(
            "G1", "1", START, END, transcripts=["ENST1"], mechanisms=["loss_of_function"],
            exons={
                "transcript": "ENST1", "strand": "plus", "coding_grch38": f"{START + 2050}-{START + 4099}", **WORD,
                "grch38": [f"{START + at}-{START + at + 99}" for at in (1000, 2000, 4000, 6000)],
            },
        )
    ],
    alleles=[allele("P", "1", START + 500, "A", "C", gene="G1")],
    criteria=[structural.ASKED],
)  # fmt: skip


@pytest.mark.holds("REPT-05")
@pytest.mark.parametrize(
    ("first", "last", "more", "reach"),
    [
        (1900, 2200, "", Reach.EXON),
        (1900, 2200, ";IMPRECISE;CIPOS=-9,9;CIEND=-9,9", Reach.PART),
        (900, 1200, "", Reach.PART),  # an exon without coding bases
        (2050, 2200, "", Reach.PART),  # a part of one
        (2105, 3000, "", Reach.PART),  # a splice region
        (2200, 3800, "", Reach.INTRON),
        (3900, 6200, "", Reach.EXON),
    ],
)
def test_what_a_deletion_without_annotation_takes_is_told_by_exons(
    tmp_path: Path, first: int, last: int, more: str, reach: Reach
) -> None:
    info = structural.deletion(START + first, START + last, more)
    line = structural.record(pos=START + first - 1, info=info)
    calls = structural.read(tmp_path, line, rules=DELETED, absent="reference").structural
    assert [call.reach for call in calls] == [reach]
    without = structural.read(tmp_path, line, absent="reference").structural
    assert {call.reach for call in without} == {Reach.PART}


@pytest.mark.parametrize("coding", ["5250-5320", "5150-5250", "5349-5150"])
def test_coding_ends_lie_in_exons(coding: str) -> None:
    with pytest.raises(RuleSetError, match="coding_grch38"):
        rules_with(exons=PARTS | {"coding_grch38": coding})


def test_the_span_of_a_gene_holds_its_exons() -> None:
    for each in SHIPPED.values():
        for build in Build:
            assert each.exons is not None
            (first, *_), (*_, last) = each.exons.on(build)[0], each.exons.on(build)[-1]
            assert span_on(each, build)[0] <= first <= last <= span_on(each, build)[1]
