"""The genome build: proved by lengths, accessions or REF bases, declared, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import build
import vcfs
from assigner.errors import BuildError
from assigner.genome.builds import CHROMS, LENGTHS, Build
from assigner.rules.panels import panel_of
from assigner.vcf.annotations.consequences import Tool
from assigner.vcf.meaning.builds import (
    ENOUGH_BASES,
    Bases,
    by_bases,
    by_contigs,
    mitochondrial,
    of_annotations,
    proved,
)
from assigner.vcf.records.record import Record
from assigner.vcf.scan.headers import Header, parse_header
from vcfs import allele, rules_of

RULES = rules_of(
    alleles=[
        *(allele(f"S{at}", "1", 100 + 10 * at, "ACGT"[at % 4], "TGCA"[at % 4]) for at in range(12)),
        allele("D", "2", 500, "CAG", "C"),
        allele("M", "MT", 3243, "A", "G"),
    ]
)
PANELS = {each: panel_of(RULES, each) for each in Build}


def header(*contigs: str) -> Header:
    return parse_header(build.header(contigs=contigs).rstrip(b"\n").split(b"\n"), "x.vcf")


def record(pos: int, ref: str, chrom: str = "1") -> Record:
    return Record(
        number=pos, contig=chrom, chrom=chrom, pos=pos, ref=ref, alts=(), filters=(), info={}, sample={}, genotype=None
    )


@pytest.mark.holds("BILD-01")
@given(
    chroms=st.sets(st.sampled_from(CHROMS), min_size=1), on=st.sampled_from(Build), style=st.sampled_from(vcfs.STYLES)
)
def test_any_true_length_proves_its_build(chroms, on, style):
    lines = [f"{vcfs.named(chrom, style, on)},length={LENGTHS[on][chrom]}" for chrom in chroms]
    nuclear = len(chroms - {"MT"})
    assert by_contigs(header(*lines, "chrUn_1,length=7"), "x") == ((on, f"{nuclear} contigs") if nuclear else None)


@pytest.mark.holds("BILD-01")
@pytest.mark.parametrize(
    "contigs",
    [
        ("chr1,length=248956421",), ("1,length=1",), ("chr1,length=249250621", "chr2,length=242193529"),
        ("chr1,length=248387328",), ("NC_000001.11,length=249250621",), ("NC_000001.10", "NC_000002.12"),
    ],
)  # fmt: skip
def test_lengths_that_are_no_builds_or_two_are_refused(contigs):
    with pytest.raises(BuildError):
        by_contigs(header(*contigs), "x")


def test_accessions_prove_and_names_alone_do_not():
    assert by_contigs(header("NC_000021.9"), "x") == (Build.GRCH38, "1 contigs")
    assert by_contigs(header("NC_000021.8"), "x") == (Build.GRCH37, "1 contigs")
    assert by_contigs(header("chr21", "chrM,length=16571", "HLA,length=5"), "x") is None


@pytest.mark.holds("BILD-01")
@pytest.mark.parametrize(
    ("records", "agree", "differ"),
    [
        ([record(100, "A"), record(110, "C")], 2, 0),
        ([record(100, "A"), record(100, "A")], 1, 0),
        ([record(100, "T")], 0, 1),
        ([record(99, "GA"), record(500, "CAG", "2")], 4, 0),
        ([record(501, "T", "2"), record(499, "TCAT", "2")], 2, 2),
        ([record(100, "N"), record(100, "R"), record(3243, "C", "MT"), record(7, "A")], 0, 0),
    ],
)
def test_ref_bases_are_compared_wherever_the_rule_set_knows_them(records, agree, differ):
    found = by_bases(records, PANELS[Build.GRCH38])
    assert (found.agree, len(found.differ)) == (agree, differ)


def test_eight_bases_prove_a_build_and_seven_do_not():
    def on_bases(number: int):
        records = [record(100 + 10 * at, "ACGT"[at % 4]) for at in range(number)]
        return proved(None, None, {each: by_bases(records, PANELS[each]) for each in Build}, "x")

    made, check = on_bases(ENOUGH_BASES)
    assert (made, check.evidence.startswith("REF bases")) == (Build.GRCH38, True)
    with pytest.raises(BuildError, match="7 REF bases"):
        on_bases(ENOUGH_BASES - 1)


@pytest.mark.holds("BILD-01")
def test_what_contradicts_is_refused_whatever_proved_the_build():
    wrong = Bases(99, (record(100, "T"),))
    for contigs, declared in (((Build.GRCH38, "x"), None), (None, Build.GRCH38)):
        with pytest.raises(BuildError, match="line 100"):
            proved(contigs, declared, {Build.GRCH38: wrong, Build.GRCH37: Bases(0, ())}, "x")
    with pytest.raises(BuildError, match="as declared"):
        proved((Build.GRCH38, "x"), Build.GRCH37, {}, "x")


@pytest.mark.holds("BILD-03")
@pytest.mark.parametrize(
    ("contigs", "records", "result"),
    [
        (["chrM,length=16569"], [], "rCRS"),
        (["chrM,length=16569"], [record(3243, "A", "MT")], "rCRS"),
        (["chrM,length=16569"], [record(3243, "G", "MT")], "refused"),
        (["chrM,length=16571"], [], "refused"),
        (["chrM,length=16569", "MT,length=16571"], [], "refused"),
        (["chrM"], [], "not proved"),
        ([], [], "not proved"),
    ],
)
def test_only_a_mitochondrion_that_is_proved_to_be_the_rcrs_is_one(contigs, records, result):
    good, check = mitochondrial(header(*contigs), records, PANELS[Build.GRCH38])
    assert (good, check.result) == (result == "rCRS", result)


def test_bcftools_csq_names_its_builds_by_its_gff_and_its_reference():
    line = "##bcftools_csqCommand=csq -f /refs/hs37d5.fa --gff-annot Homo_sapiens.GRCh38.110.gff3.gz in.vcf; Date=now"
    found = of_annotations(parse_header(build.header(meta=[line]).rstrip(b"\n").split(b"\n"), "x.vcf"))
    assert found == {Tool.BCFTOOLS: {"GRCh37": "/refs/hs37d5.fa", "GRCh38": "Homo_sapiens.GRCh38.110.gff3.gz"}}
