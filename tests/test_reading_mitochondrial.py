"""Reading mitochondrial DNA: on the rCRS alone, and as a fraction."""

from __future__ import annotations

from pathlib import Path

import pytest

import vcfs
from assigner.genome.builds import Build
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from readings import SNV
from vcfs import allele, gene, rules_of, vcf, written


def mt_profile(folder: Path, length: int | None, row: str, name: str = "chrM", rules: Rules = SNV) -> Profile:
    declared = [*vcfs.contigs()[:-1], name if length is None else f"{name},length={length}"]
    return read_profile(written(folder, vcf(row, declared=declared)), rules)


def mt_call(folder: Path, length: int | None, row: str, name: str = "chrM") -> Call:
    return mt_profile(folder, length, row, name).call(panel_of(SNV, Build.GRCH38).variant_by_id["MT"])


@pytest.mark.holds("BILD-03")
def test_only_the_rcrs_is_read(tmp_path):
    row = "MT 3243 A G PASS . GT:AF 0/1:0.7"
    assert mt_call(tmp_path, 16569, row).carries is Truth.TRUE
    for length in (16571, None, 16570):
        assert mt_call(tmp_path, length, row).state is State.NOT_ASSESSED
    assert mt_call(tmp_path, 16569, "MT 3243 C G PASS . GT:AF 0/1:0.7").state is State.NOT_ASSESSED


@pytest.mark.holds("BILD-03")
def test_of_hg19s_mitochondrion_not_even_annotated_variants_are_read(tmp_path):
    rules = rules_of(
        alleles=[allele("MT", "MT", 3243, "A", "G", gene="MT-TL1")],
        genes=[gene("MT-TL1", "MT", 3230, 3304, grch37="3230-3304")],
        criteria=[{
            "id": "clinvar", "kind": "clinvar", "tier": 1, "points": 1, "validity": ["definitive"], "stars": 1,
            "max_frequency": "0.1", "carrier_ppm": 1, **vcfs.WORD,
        }],
    )  # fmt: skip
    meta = [
        '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="x">',
        '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="x">',
    ]
    info = "CLNSIG=Pathogenic;CLNREVSTAT=criteria_provided,_single_submitter"
    for length, seen in ((16569, 1), (16571, 0)):
        declared = [*vcfs.contigs()[:-1], f"chrM,length={length}"]
        text = vcf(f"MT 3250 T C PASS {info} GT 1/1", declared=declared, meta=meta)
        assert len(read_profile(written(tmp_path, text), rules).variants) == seen


@pytest.mark.holds("REPT-07")
@pytest.mark.parametrize(
    ("keys", "values", "fraction"),
    [
        ("GT:AF", "0/1:0.12", "0.12"),
        ("GT:VAF", "0/1:0.12", "0.12"),
        ("GT:HF", "0/1:0.12", "0.12"),
        ("GT:AF:AD", "0/1:.:300,100", "0.250000"),
        ("GT:AD", "0/1:300,100", "0.250000"),
        ("GT:AF", "0/1:1.5", "None"),
        ("GT:AF", "0/1:x", "None"),
        ("GT:AF", "0/1:nan", "None"),
        ("GT:AF", "0/1:0.5,0.5", "None"),
        ("GT", "0/1", "None"),
    ],
)
def test_heteroplasmy_is_a_fraction(tmp_path, keys, values, fraction):
    assert str(mt_call(tmp_path, 16569, f"MT 3243 A G PASS . {keys} {values}").fraction) == fraction


@pytest.mark.holds("REPT-07")
def test_mutect2_writes_a_copy_for_each_mitochondrial_allele(tmp_path):
    found = mt_call(tmp_path, 16569, "MT 3243 A G,C PASS . GT:AF 0/1/2:0.66,0.04")
    assert (found.state, str(found.fraction)) == (State.CALLED, "0.66")
    assert mt_call(tmp_path, 16569, "MT 3243 A G PASS . GT 1").carries is Truth.TRUE
