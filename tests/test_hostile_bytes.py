"""Odd and hostile bytes: what is not UTF-8 can be written, numbers have an end, and a listing is never lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.errors import unbroken
from assigner.genome.variants import Variant
from assigner.profiles.calls import State
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.traces import parse_trace
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from vcfs import WORD, allele, gene, repeat, rules_of, vcf, written

BASE = {"tier": 1, "points": 500, "validity": ["definitive"], "carrier_ppm": 1, **WORD}
RULES = rules_of(
    genes=[gene("G", "1", 5000, 5999, mechanisms=["loss_of_function"], transcripts=["ENST1.1"])],
    alleles=[allele("L", "1", 5100, "C", "T", gene="G"), allele("M", "MT", 3243, "A", "G")],
    repeats=[repeat("HD", "CAG", "4", 3000, 3057)],
    criteria=[
        {
            "id": "lof", "kind": "consequence", "terms": ["stop_gained"], "mechanisms": ["loss_of_function"],
            "max_frequency": "0.001", **BASE,
        },
        {"id": "deleted", "kind": "deletion", "reach": "exon", "mechanisms": ["loss_of_function"], **BASE},
    ],
)  # fmt: skip
META = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence|SYMBOL|Feature|HGVSc|gnomADg_AF">',
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type">',
    '##ALT=<ID=DEL,Description="Deletion">',
    '##INFO=<ID=RU,Number=1,Type=String,Description="Unit">',
    '##INFO=<ID=REPID,Number=1,Type=String,Description="Name">',
    '##FORMAT=<ID=REPCN,Number=1,Type=String,Description="Units">',
)
BROKEN = "\u20ac"
"""Stands in the tables below for a byte that is not UTF-8."""


def told(label: str = "c.1", frequency: str = "") -> str:
    return f"CSQ=A|stop_gained|G|ENST1.1|{label}|{frequency}"


def read(folder: Path, table: str, rules: Rules = RULES, meta: tuple[str, ...] = META, **more: Any) -> Profile:
    content = vcf(table, meta=meta).replace(BROKEN.encode(), b"\xe9")
    return read_profile(written(folder, content), rules, sex="female", **more)


@pytest.mark.parametrize(
    "row",
    [
        f"1 5100 C T Low{BROKEN} . GT 0/1",
        f"1 5100 C T PASS . GT:FT 0/1:Low{BROKEN}",
        f"1 5100 C T PASS . GT:PS 0|1:{BROKEN}",
        f"1 4000 N <DEL{BROKEN}> PASS END=7000;SVTYPE=DEL GT 0/1",
        f"1 4000 N <DEL> PASS END=7000;SVTYPE=D{BROKEN} GT 0/1",
        f"1 4000 N <DEL> PASS END=7000;SVTYPE=DEL GT:CN 0/1:{BROKEN}",
        f"1 5200 G A PASS {told(f'c.{BROKEN}')} GT 0/1",
        f"1 5200 G A PASS CSQ=A|stop_gained&{BROKEN}|G|ENST1.1|c.1| GT 0/1",
        f"1 5200 G A Low{BROKEN} {told()} GT 0/1",
        f"1 5200 G A PASS X{BROKEN}=1 GT 0/1",
        f"4 3000 C <STR17> Low{BROKEN} END=3057;RU=CAG;REPID=X GT:REPCN 1/1:17/17",
        f"4 3000 C <STR17> PASS END=3057;RU=C{BROKEN}G;REPID=X GT:REPCN 1/1:17/17",
        f"MT 3243 A G {BROKEN} . GT:AF 0/1:0.5",
    ],
)
def test_a_byte_that_is_not_utf_8_ends_in_a_trace_that_can_be_read(tmp_path, row):
    trace = assign(read(tmp_path, row), RULES).trace_bytes
    assert parse_trace(trace).is_intact
    assert b"\xe9" not in trace


@pytest.mark.parametrize("line", [f'##INFO=<ID={BROKEN},Number=x,Type=String,Description="x">', f"##source={BROKEN}"])
def test_a_header_that_is_not_utf_8_ends_in_a_trace_too(tmp_path, line):
    trace = assign(read(tmp_path, "1 5100 C T PASS . GT 0/1", meta=(*META, line)), RULES).trace_bytes
    assert parse_trace(trace).is_intact


@given(st.binary(max_size=20))
def test_whatever_was_read_can_be_written(content):
    text = unbroken(content.decode("utf-8", "surrogateescape"))
    assert text == content.decode("utf-8", "backslashreplace")
    assert unbroken(text) == text
    assert unbroken("\ud800") == "\\ud800"


@pytest.mark.parametrize("field", ["AF", "VAF", "HF"])
@pytest.mark.parametrize(
    "text",
    ["0." + "3" * 450, "1e-300000000", "0e300000000", "0.5e-450", "1E-99999999999999999999", "0." + "3" * 20_000],
)
def test_a_fraction_that_nobody_could_mean_is_no_number(tmp_path, field, text):
    meta = (*META, f'##FORMAT=<ID={field},Number=A,Type=Float,Description="x">')
    profile = read(tmp_path, f"MT 3243 A G PASS . GT:{field} 0/1:{text}", meta=meta)
    assert profile.call(Variant("MT", 3243, "A", "G")).fraction is None
    assert len(assign(profile, RULES).trace_bytes) < 20_000


def test_a_listed_allele_that_is_given_as_an_annotated_variant_is_the_listed_allele():
    seen = {"gene": "G", "chrom": "1", "pos": 5100, "ref": "C", "alt": "T", "terms": ["missense_variant"]}
    profile = profile_of({"variants": [{**seen, "genotype": "0/1"}]}, RULES)
    by_id = profile_of({"alleles": {"L": "0/1"}}, RULES)
    listed = Variant("1", 5100, "C", "T")

    assert profile.call(listed) == by_id.call(listed)
    assert assign(profile, RULES).scores == assign(by_id, RULES).scores


@pytest.mark.parametrize(
    ("alleles", "genotypes", "state", "carries"),
    [
        ({}, ["0/1", "0/1"], State.CALLED, Truth.TRUE),
        ({}, ["0/1", "1/1"], State.CONFLICT, Truth.UNKNOWN),
        ({"L": "0/1"}, ["0/1"], State.CALLED, Truth.TRUE),
        ({"L": "0/0"}, ["0/1"], State.CONFLICT, Truth.UNKNOWN),
    ],
)
def test_a_listed_allele_that_is_given_twice_must_be_the_same(alleles, genotypes, state, carries):
    seen = {"gene": "G", "chrom": "1", "pos": 5100, "ref": "C", "alt": "T"}
    form = {"alleles": alleles, "variants": [{**seen, "genotype": genotype} for genotype in genotypes]}
    call = profile_of(form, RULES).call(Variant("1", 5100, "C", "T"))
    assert (call.state, call.carries) == (state, carries)


def row(genotype: str, more: str = "PASS", label: str = "c.1") -> str:
    return f"1 5200 G A {more} {told(label)} GT {genotype}"


@pytest.mark.parametrize(
    ("first", "second", "states"),
    [
        ("0/1", "0/1", {State.CALLED}),
        ("0/1", "1/1", {State.CONFLICT}),
        ("0/1", "0/0", {State.CONFLICT}),
        ("1/1", "0/0", {State.CONFLICT}),
        ("0|1", "1|0", {State.CONFLICT}),
        ("0/1", "./.", {State.CALLED}),
    ],
)
@pytest.mark.parametrize("label", ["c.1", "c.2"])
def test_two_voices_about_an_unlisted_variant_are_a_conflict(tmp_path, first, second, states, label):
    rows = [row(first), row(second, label=label)]
    for lines in (rows, rows[::-1]):
        profile = read(tmp_path, "\n".join(lines))
        assert {seen.call.state for seen in profile.variants} == states
    one, two = (
        written(tmp_path, vcf(f"{each}\n1 5300 {alt} T PASS . GT 0/1", meta=META), alt)
        for each, alt in zip(rows, "GC", strict=True)
    )
    for files in ((one, two), (two, one)):
        profile = read_profile(files, RULES, sex="female")
        across = {State.CALLED} if "|" in first else states  # which haplotype stands first is each file's own choice
        assert {seen.call.state for seen in profile.variants if seen.variant.pos == 5200} == across


def test_a_record_that_is_not_believed_contradicts_no_other(tmp_path):
    profile = read(tmp_path, f"{row('0/1')}\n{row('1/1', 'LowQual')}")
    assert {seen.call.state for seen in profile.variants} == {State.CALLED, State.FILTERED}
