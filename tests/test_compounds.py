"""bcftools csq: whose a consequence is, and consequences of several changes of one haplotype."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner import assign
from assigner.profiles.profile import Observed
from assigner.rules import Rules
from assigner.vcf.reading import read_profile
from assigner.vcf.records.compounds import owners
from vcfs import WORD, gene, rules_of, vcf, written

REAL = Path(__file__).parents[2] / "shared/data/real"
BASE = {"tier": 1, "points": 500, "validity": ["definitive"], "max_frequency": "0.001", "carrier_ppm": 1, **WORD}


def rules(symbol: str, chrom: str, start: int, end: int, *transcripts: str, **more: str) -> Rules:
    lof = {"kind": "consequence", "terms": ["stop_gained"], "mechanisms": ["loss_of_function"], **BASE}
    mechanisms = {"mechanisms": ["loss_of_function"], "transcripts": list(transcripts), **more}
    missense = {**lof, "id": "missense", "terms": ["missense_variant", "inframe_insertion"], "points": 400}
    return rules_of(
        genes=[gene(symbol, chrom, start, end, **mechanisms)],
        criteria=[{"id": "lof", **lof}, missense],
        fields={"frequency": ["AF"]},
    )


RULES = rules("G", "1", 5000, 5999, "ENST1.1")
META = [
    '##INFO=<ID=BCSQ,Number=.,Type=String,Description="Haplotype-aware consequence annotation. Format: '
    "'[*]consequence|gene|transcript|biotype[|strand|amino_acid_change|dna_change]' or a pointer '@position'\">",
    '##FORMAT=<ID=BCSQ,Number=.,Type=Integer,Description="Bitmask of indexes to INFO/BCSQ">',
    '##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">',
]


def mask_of(carriers: list[set[int]]) -> str:
    """FORMAT/BCSQ, bit by bit, for the haplotypes that each entry is of."""
    words = [0] * (1 + 2 * len(carriers) // 30)
    for entry, haplotypes in enumerate(carriers):
        for haplotype in haplotypes:
            bit = 2 * entry + haplotype
            words[bit // 30] += 2 ** (bit % 30)
    return ",".join(map(str, words))


@pytest.mark.holds("READ-14")
@given(
    carriers=st.lists(st.sets(st.integers(0, 1)), min_size=1, max_size=40),
    genotype=st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any),
)
def test_whose_a_consequence_is(carriers, genotype):
    told = owners(mask_of(carriers), genotype, len(carriers), 3)

    assert len(told) == len(carriers)
    for at, (haplotypes, alleles) in enumerate(zip(carriers, told, strict=True)):
        carried = {genotype[h] or genotype[1 - h] for h in haplotypes}
        if haplotypes:
            assert set(alleles) == carried
        else:
            assert alleles == (() if any(carriers[at + 1 :]) else (None,))


@pytest.mark.parametrize(
    ("mask", "genotype", "alts", "expected"),
    [
        ("2", (0, 1), 1, [(1,), (1,)]),
        ("2", (0, 2), 2, [(2,), (None,)]),
        ("1", (0, 2), 2, [(2,), (None,)]),
        ("3", (1, 2), 2, [(1, 2), (None,)]),
        ("8", (0, 1), 1, [(), (1,)]),
        ("1", (2,), 2, [(2,), (None,)]),
        ("0", (0, 1), 1, [(1,), (1,)]),
        (".", (0, 1), 2, [(None,), (None,)]),
        ("", (0, 1), 1, [(1,), (1,)]),
        ("-1", (0, 1), 2, [(None,), (None,)]),
        ("2", (None, 1), 2, [(None,), (None,)]),
        ("2", (0, 0, 1), 2, [(None,), (None,)]),
        ("2", (0, 0), 2, [(None,), (None,)]),
        ("2", (), 1, [(1,), (1,)]),
    ],
)
def test_what_the_bits_do_not_tell_is_unknown(mask, genotype, alts, expected):
    assert owners(mask, genotype, 2, alts) == expected


def seen(folder: Path, *rows: str, on: Rules = RULES) -> dict[int, tuple[str, ...] | None]:
    """The terms of what is observed, by place."""
    table = "\n".join(rows)
    return {o.variant.pos: o.terms for o in observed(folder, table, on)}


def observed(folder: Path, table: str, on: Rules = RULES) -> tuple[Observed, ...]:
    return read_profile(written(folder, vcf(table, meta=META)), on).variants


def csq(term: str, changes: str, transcript: str = "ENST1") -> str:
    return f"{term}|G|{transcript}|protein_coding|+|1A>1B|{changes}"


STOP = csq("stop_gained", "5200G>A+5202C>T")


def pair(one: str, other: str, *, filters: str = "PASS", stop: str = STOP) -> list[str]:
    keys = "GT:PS:BCSQ"
    return [
        f"1 5200 G A PASS BCSQ={stop};AF=0 {keys} {one}",
        f"1 5202 C T {filters} BCSQ=@5200;AF=0 {keys} {other}",
    ]


def test_a_consequence_of_two_changes_counts_once_where_it_stands(tmp_path):
    rows = pair("0|1:7:2", "0|1:7:2")
    assert seen(tmp_path, *rows) == {5200: ("stop_gained",)}
    assert seen(tmp_path, *pair("1/1:.:3", "1/1:.:3")) == {5200: ("stop_gained",)}
    for order in itertools.permutations(rows):
        profile = read_profile(written(tmp_path, vcf("\n".join(order), meta=META)), RULES)
        (lof,) = (found for found in assign(profile, RULES).findings if found.criterion == "lof")
        assert (lof.truth, lof.loci) == ("true", ("1-5200-G-A",))


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    "rows",
    [
        pair("0/1:.:2", "0/1:.:2"),
        pair("0|1:7:2", "0|1:8:2"),
        pair("0|1:7:2", "1|0:7:1"),
        pair("0|1:7:2", "0|1:7:2", filters="LowQual"),
        pair("1/1:.:3", "0/1:.:2"),
        pair("0|1:7:2", "0|1:7:2", stop=csq("stop_gained", "5200G>A+5202C>T+5204G>T")),
        pair("0|1:7:2", "0|1:7:2", stop=csq("stop_gained", "5200G>A+<DEL>")),
        pair("0|1:7:2", "0|1:7:2", stop=csq("synonymous", "5200G>A+5202C>G")),
    ],
)
def test_where_the_changes_may_lie_apart_the_consequence_is_unknown_at_each(tmp_path, rows):
    assert seen(tmp_path, *rows) == {5200: None, 5202: None}


def test_a_pointer_to_nothing_is_unknown(tmp_path):
    keys = "GT:PS:BCSQ"
    assert seen(tmp_path, f"1 5202 C T PASS BCSQ=@5200;AF=0 {keys} 0|1:7:2") == {5202: None}
    assert seen(
        tmp_path,
        f"1 5200 G A PASS BCSQ={STOP};AF=0 {keys} 0|0:7:0",
        f"1 5202 C T PASS BCSQ=@5200;AF=0 {keys} 0|1:7:2",
    ) == {5202: None}
    assert seen(
        tmp_path,
        f"1 5200 G A PASS BCSQ={csq('synonymous', '5200G>A')};AF=0 {keys} 0|1:7:2",
        f"1 5202 C T PASS BCSQ=@5200;AF=0 {keys} 0|1:7:2",
    ) == {5200: None, 5202: None}


def test_of_two_alts_each_has_its_own_consequence(tmp_path):
    text = f"{csq('stop_gained', '5200G>A')},{csq('synonymous', '5200G>T')}"
    row = "1 5200 G A,T PASS BCSQ={};AF=0,0 GT:BCSQ {}"
    assert [(str(o.variant), o.terms) for o in observed(tmp_path, row.format(text, "1|2:9"))] == [
        ("1-5200-G-A", ("stop_gained",))
    ]
    assert [o.terms for o in observed(tmp_path, row.format(text, "1|2:."))] == [None, None]


def test_another_samples_consequence_is_not_this_ones(tmp_path):
    text = f"{csq('stop_gained', '5200G>A+5202C>T')},{csq('synonymous', '5200G>A')}"
    assert seen(tmp_path, f"1 5200 G A PASS BCSQ={text};AF=0 GT:BCSQ 0|1:8") == {}
    assert seen(tmp_path, f"1 5200 G A PASS BCSQ={text};AF=0 GT:BCSQ 0|1:.") == {5200: None}


def test_behind_a_stop_an_asked_term_is_unknown(tmp_path):
    assert seen(tmp_path, f"1 5200 G A PASS BCSQ=*{csq('missense', '5200G>A')};AF=0 GT:BCSQ 0|1:2") == {5200: None}
    assert seen(tmp_path, f"1 5200 G A PASS BCSQ=*{csq('synonymous', '5200G>A')};AF=0 GT:BCSQ 0|1:2") == {}


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("UDN231974", {}),
        ("UDN810123", {788413: None, 793183: None}),
        ("UDN971716", {788413: ("inframe_insertion",), 793183: ("missense_variant",)}),
    ],
)
def test_a_real_trio_in_which_one_has_the_compound_change_and_one_has_not(sample, expected):
    """The record at 788407 is not in the file, so that what the one has of it is unknown; the other has none of it."""
    path = REAL / "annot/slivar__comphet.csq.vcf"
    if not path.exists():
        pytest.skip("the real files are not here")
    on = rules("CHTF18", "16", 788_000, 794_000, "ENST00000631357.1")
    found = read_profile(path, on, sample=sample, build="GRCh38").variants
    assert {o.variant.pos: o.terms for o in found} == expected
