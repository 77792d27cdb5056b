"""Whose file it is: a tumour's or a somatic caller's never gives a category, nor do files of two different sexes."""

from __future__ import annotations

from pathlib import Path

import pytest

from assigner.assignments import assign
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile
from assigner.profiles.written import form_of
from assigner.vcf.reading import read_profile
from readings import LINE, SNV
from test_reading_sexes import x_rows, y_rows
from vcfs import vcf, written

CALL = f"{LINE} 0/1:30:99:15,15"
MITO = "MT 3243 A G PASS . GT:DP:AD:AF 0/1:900:600,300:0.33"


def read(folder: Path, *meta: str, table: str = CALL, sample: str = "P1", **more) -> Profile:
    return read_profile(written(folder, vcf(table, meta=meta, samples=(sample,))), SNV, **more)


def raised(profile: Profile) -> list[str]:
    return [each.reason.value for each in assign(profile, SNV).reasons]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("##tumor_sample=P1", "##tumor_sample"),
        ("##normal_sample=P1", "##normal_sample"),
        ("##analysis_type=tumor_only", "##analysis_type"),
        ('##octopus=<version=0.7.4,command="octopus -R a.fa -I t.bam -C cancer">', "##octopus"),
        ("##source=PURPLE", "##source"),
        ("##source=Mutect2", "##source"),
        ("##MutectVersion=2.2", "##MutectVersion"),
        ('##GATKCommandLine=<ID=Mutect2,CommandLine="Mutect2 --mitochondria-mode false">', "##GATKCommandLine"),
        ("##content=strelka somatic snv calls", "##content"),
        ("##cmdline=/opt/configureStrelkaSomaticWorkflow.py --tumorBam t.bam", "##cmdline"),
        ('##DRAGENCommandLine=<ID=dragen,CommandLineOptions="--tumor-bam-input t.bam">', "##DRAGENCommandLine"),
        ("##SentieonCommandLine.TNscope=<ID=TNscope>", "##SentieonCommandLine"),
        ('##INFO=<ID=SOMATIC,Number=0,Type=Flag,Description="Somatic event">', "INFO/SOMATIC"),
        ('##INFO=<ID=SS,Number=1,Type=String,Description="Somatic status of variant">', "INFO/SS"),
        ('##FORMAT=<ID=HSS,Number=.,Type=Integer,Description="Somatic status for each haplotype">', "FORMAT/HSS"),
        ('##INFO=<ID=QSS,Number=1,Type=Integer,Description="Quality">', "INFO/QSS"),
        ('##FILTER=<ID=panel_of_normals,Description="Blacklisted">', "FILTER/panel_of_normals"),
        ('##FILTER=<ID=germline,Description="germline, not somatic">', "FILTER/germline"),
        ('##FILTER=<ID=GERMLINE,Description="Non somatic variants">', "FILTER/GERMLINE"),
        ("##SAMPLE=<ID=P1,IsTumor=yes,IsFFPE=yes>", "##SAMPLE"),
        ('##SAMPLE=<ID=P1,Genomes=Germline;Tumor,Mixture=.3;.7,Description="two">', "##SAMPLE"),
        ('##SAMPLE=<ID=P1,Genomes=A,Mixture=1.,Description="Patient tumour genome">', "##SAMPLE"),
        ("##PEDIGREE=<Derived=P1,Original=P0>", "##PEDIGREE"),
        ("##PEDIGREE=<ID=P1,Original=P0>", "##PEDIGREE"),
    ],
)
def test_a_tumour_and_a_somatic_caller_give_no_category(tmp_path, line, told):
    profile = read(tmp_path, line)
    made = assign(profile, SNV)
    assert (made.outcome.value, made.category, "somatic" in raised(profile)) == ("review", None, True)
    assert [(check.result, check.evidence) for check in profile.checks if check.name == "variants_somatic"] == [
        ("no germline evidence", told)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "##SAMPLE=<ID=P1,IsTumor=no,IsFFPE=no,Disease=tumour>",
        "##SAMPLE=<ID=P2,IsTumor=yes>",
        '##SAMPLE=<ID=P1,Genomes=Germline,Mixture=1.,Description="matched normal of a tumour">',
        "##PEDIGREE=<Derived=P2,Original=P1>",
        "##PEDIGREE=<ID=P1,Father=P2,Mother=P3>",
        "##content=strelka germline small-variant calls",
        "##source=VarScan2",
        '##bcftools_viewCommand=view -e "INFO/SOMATIC" tumor_sample.vcf',
        '##INFO=<ID=SS,Number=1,Type=String,Description="Strand">',
        '##FILTER=<ID=germline,Description="a germline call">',
    ],
)
def test_a_germline_file_is_no_tumour(tmp_path, line):
    profile = read(tmp_path, line)
    assert (profile.somatic, "somatic" in raised(profile)) == (None, False)
    assert "somatic" not in form_of(profile)


@pytest.mark.parametrize("key", ["SOMATIC", "TLOD=30.1", "SomaticEVS=9"])
def test_a_record_can_say_that_it_is_somatic_without_a_header(tmp_path, key):
    assert read(tmp_path, table=CALL.replace("PASS .", f"PASS {key}")).somatic == f"variants: INFO/{key.split('=')[0]}"


def test_the_name_of_a_column_can_say_that_it_is_a_tumour(tmp_path):
    assert read(tmp_path, sample="TUMOR").somatic == "variants: the name of the sample's column"
    assert read(tmp_path, sample="tumoral").somatic is None


MODE = '##GATKCommandLine=<ID=Mutect2,CommandLine="Mutect2 --mitochondria-mode true">'


def test_mutect2_in_mitochondrial_mode_is_for_germline_calls_of_chrm(tmp_path):
    assert read(tmp_path, MODE, "##tumor_sample=P1", table=MITO).somatic is None
    assert read(tmp_path, MODE, "##SAMPLE=<ID=P1,IsTumor=yes>", table=MITO).somatic == "variants: ##SAMPLE"
    assert read(tmp_path, MODE, table=f"{CALL}\n{MITO}").somatic == "variants: ##GATKCommandLine"
    only = vcf(MITO, meta=("##source=Mutect2",), declared=["chrM,length=16569"])
    assert read_profile(written(tmp_path, only), SNV, build="GRCh38").somatic is None


def test_a_tumour_beside_a_germline_file_holds_the_participant_too(tmp_path):
    other = written(tmp_path, vcf(MITO, meta=("##tumor_sample=P1",)), "tumour.vcf")
    profile = read_profile([written(tmp_path, vcf(CALL)), other], SNV)
    assert raised(profile) == ["somatic"]


@pytest.mark.parametrize("declared", ["male", "female", None])
def test_files_that_show_different_sexes_are_a_mismatch(tmp_path, declared):
    male = written(tmp_path, vcf(x_rows(0, 0, 30) + y_rows(12)), "male.vcf")
    female = written(tmp_path, vcf(x_rows(40, 40)), "female.vcf")
    profile = read_profile([male, female], SNV, sex=declared)
    made = assign(profile, SNV)
    told = [each.because for each in made.reasons if each.reason == "sex_mismatch"]
    assert (told, profile.inferred_sex) == (["the files show different sexes"], None)
    assert profile_of(form_of(profile), SNV).two_sexes


@pytest.mark.parametrize("line", ["##tumor_sample=P1", ""])
def test_what_is_known_of_a_files_origin_replays(tmp_path, line):
    profile = read(tmp_path, *filter(None, [line]))
    again = profile_of(form_of(profile), SNV)
    assert (again.somatic, again.two_sexes) == (profile.somatic, profile.two_sexes)
