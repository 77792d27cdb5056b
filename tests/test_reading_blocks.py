"""Reading what spans many bases: structural variants, reference blocks and callable regions."""

from __future__ import annotations

import pytest

import build
from assigner.errors import (
    ContainerError,
    InputError,
)
from assigner.genome.builds import Build
from assigner.profiles.calls import State
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from dialects import (
    base,
)
from readings import SNV, call_in, profile_of
from vcfs import allele, rules_of, vcf, written


@pytest.mark.holds("GENO-07")
@pytest.mark.parametrize("alt", ["<DEL>", "<INV>", "<DUP>", "<CNV>", "<CN0>", "<INS>"])
def test_inside_a_carried_structural_variant_an_allele_is_unknown(tmp_path, alt):
    meta = [
        '##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="x">',
        '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">',
    ]
    for info in ("END=9100", "SVTYPE=DEL;END=9100", "SVTYPE=DEL;SVLEN=-200", "SVLEN=200"):
        table = f"1 9001 {base(9001)} {alt} PASS {info} GT 0/1"
        for absent in ("unknown", "reference"):
            profile = profile_of(tmp_path, table, meta=meta, read={"absent": absent})
            found = profile.call(panel_of(SNV, Build.GRCH38).variant_by_id["A"])
            inside = "END" in info or alt != "<INS>"  # an insertion's length covers nothing
            assert found.carries is (Truth.UNKNOWN if inside or absent == "unknown" else Truth.FALSE), (info, absent)


@pytest.mark.holds("GENO-07")
@pytest.mark.parametrize("alt", ["<NON_REF>", "<*>"])
def test_inside_a_block_of_which_any_other_allele_is_carried_an_allele_is_unknown(tmp_path, alt):
    meta = ['##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length">']
    other = "C" if base(9001) != "C" else "G"
    for alts, genotype in ((alt, "0/1"), (alt, "1/1"), (f"{other},{alt}", "0/2"), (f"{other},{alt}", "1/2")):
        for info, keys, more in (("END=9100", "GT", ""), (".", "GT:LEN", ":100"))[: 1 + (alt == "<*>")]:
            table = f"1 9001 {base(9001)} {alts} PASS {info} {keys} {genotype}{more}"
            found = profile_of(tmp_path, table, meta=meta, read={"absent": "reference"})
            assert found.call(panel_of(SNV, Build.GRCH38).variant_by_id["A"]).carries is Truth.UNKNOWN


@pytest.mark.parametrize(
    "record",
    [
        "1 9001 {} <DEL> PASS END=9100 GT:DP:GQ 0/0:40:99",
        "1 9001 {} <DUP> PASS SVTYPE=DUP;END=9100 GT:DP:GQ 0/0:40:99",
        "1 9001 {} <STR9> PASS END=9100;RU=CAG;REPID=X GT:REPCN 0/0:9/9",
        "1 9001 {} . PASS END=9100;RU=CAG;REPID=X GT:REPCN 0/0:9/9",
        "1 9001 {} . PASS END=9100;REFLEN=100 GT:CN 0/0:2",
        "1 9001 {} . PASS END=9100;SVTYPE=CNV GT 0/0",
        "1 9001 {} <CNV> PASS END=9100 GT:CN 0/0:2",
    ],
)
def test_that_a_structural_variant_is_not_there_says_nothing_of_the_bases_inside(tmp_path, record):
    assert call_in(tmp_path, record.format(base(9001))).carries is Truth.UNKNOWN


def test_a_block_of_which_another_sample_alone_tells_the_length_ends_with_its_ref(tmp_path):
    meta = ['##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length">']
    table = f"1 9001 {base(9001)} <*> PASS . GT:LEN 0/0:{{}} 0/0:{{}}"
    for own, theirs, state in ((100, 5, State.REFERENCE), (5, 100, State.NOT_ASSESSED)):
        text = vcf(table.format(own, theirs), samples=("P1", "P2"), meta=meta, version="4.5")
        profile = read_profile(written(tmp_path, text), SNV, sample="P1")
        assert profile.call(panel_of(SNV, Build.GRCH38).variant_by_id["A"]).state is state


@pytest.mark.holds("READ-05")
@pytest.mark.parametrize(
    ("keys", "values", "why"),
    [
        ("GT:DP:MIN_DP", "0/0:40:9", "depth 9 (MIN_DP) below 10"),
        ("GT:DP:MIN_DP", "0/0:9:.", "depth 9 below 10"),
        ("GT:DP:MIN_DP", "0/0:9:40", "depth 9 below 10"),
        ("GT:DP:RGQ", "0/0:40:3", "quality 3 (RGQ) below 20"),
        ("GT:GQ:RGQ", "0/0:.:3", "quality 3 (RGQ) below 20"),
        ("GT:GQX:DP", "0/0:3:40", "quality 3 (GQX) below 20"),
    ],
)
def test_a_block_is_judged_by_its_least_depth_and_the_quality_it_has(tmp_path, keys, values, why):
    meta = ['##FORMAT=<ID=GQX,Number=1,Type=Integer,Description="x">']
    found = call_in(tmp_path, f"1 9001 {base(9001)} <NON_REF> PASS END=9100 {keys} {values}", meta=meta)

    assert found.why == why
    assert found.carries is (Truth.UNKNOWN if why else Truth.FALSE)


@pytest.mark.holds("READ-05")
def test_a_gap_between_blocks_is_not_assessed(tmp_path):
    deletion = rules_of(alleles=[allele("D", "1", 9061, base(9061, 4), base(9061))])
    block = "1 {} {} <NON_REF> PASS END={} GT:GQ 0/0:50"
    gap = f"{block.format(9001, base(9001), 9062)}\n{block.format(9064, base(9064), 9070)}"
    assert profile_of(tmp_path, gap, deletion).alleles == {}
    whole = profile_of(tmp_path, gap.replace("END=9062", "END=9063"), deletion)
    assert [call.state for call in whole.alleles.values()] == [State.REFERENCE]
    doubtful = profile_of(tmp_path, gap.replace("END=9062", "END=9063").replace("0/0:50\n", "0/0:5\n"), deletion)
    assert [call.state for call in doubtful.alleles.values()] == [State.LOW_QUALITY]


@pytest.mark.holds("READ-05")
def test_inside_callable_regions_absence_is_reference(tmp_path):
    bed = tmp_path / "callable.bed"
    deletion = rules_of(alleles=[allele("D", "1", 9061, base(9061, 4), base(9061)), allele("A", "1", 9041, "C", "T")])
    for line, states in {
        "chr1\t9040\t9064\n": [State.REFERENCE, State.REFERENCE],
        "1\t9040\t9063\n": [State.REFERENCE],
        "chr1\t9041\t9064\n": [State.REFERENCE],
        "chr2\t0\t99999\n": [],
        "track name=x\n#c\n\nchr1 junk\n".replace(" junk", "\t0\t10\tx\t0\t+"): [],
    }.items():
        bed.write_text(line)
        profile = profile_of(tmp_path, "", deletion, read={"callable": bed})
        assert [call.state for call in profile.alleles.values()] == states
        assert "callable" in profile.assumptions[0]
        assert profile.inputs[1].role == "callable"


@pytest.mark.parametrize(
    "line", ["chr1\t9\n", "chr1 1 2\n", "chr1\t-1\t2\n", "chr1\t2\t2\n", "chr1\t1\tx\n", "chr1\t٣\t٤\n"]
)
def test_a_callable_file_that_is_no_bed_is_refused(tmp_path, line):
    bed = tmp_path / "callable.bed"
    bed.write_text(line)
    with pytest.raises(InputError, match="line 1"):
        profile_of(tmp_path, "", read={"callable": bed})


def test_a_callable_file_that_cannot_be_read_is_refused(tmp_path):
    broken = tmp_path / "broken.bed"
    broken.write_bytes(build.gzip(b"chr1\t1\t2\n")[:-9])
    for path in (tmp_path / "none.bed", tmp_path, broken):
        with pytest.raises(ContainerError):
            profile_of(tmp_path, "", read={"callable": path})
