"""A file's own history: `0/0` that a tool wrote where nothing was called is that tool's assumption."""

from __future__ import annotations

from pathlib import Path

import pytest

from assigner.assignments import assign
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.rules.panels import panel_of
from assigner.vcf.reading import read_profile
from readings import LINE, SNV
from vcfs import vcf, written

SET_GT = "##bcftools_pluginCommand=plugin +setGT -Ob -o out.bcf in.bcf -- -t . -n 0; Date=Thu Apr  7 10:00:00 2026"
EMPTY = f"{LINE} 0/0:.:.:."
FILLED = "a 0/0 without reads is taken as reference, as bcftools +setGT wrote it where nothing was called"


def read(folder: Path, table: str, *meta: str, name: str = "P1.vcf") -> Profile:
    return read_profile(written(folder, vcf(table, meta=meta), name), SNV)


def call(profile: Profile) -> Call:
    return profile.call(panel_of(SNV, profile.build).variant_by_id["A"])


@pytest.mark.parametrize(
    "line",
    [
        SET_GT,
        "##bcftools_pluginCommand=plugin +setGT in.bcf -- -t ./x -n 0p",
        "##bcftools_pluginCommand=plugin +setGT in.bcf -- -t . -n 'c:0/0'",
        "##bcftools_pluginCommand=plugin +setGT in.bcf -- -t . -n M",
        "##bcftools_pluginCommand=plugin +setGT in.bcf -- -t . --new-gt=X",
        "##bcftools_pluginCommand=plugin +setGT in.bcf -- -t ./x -n 'c:M/M'",
        "##bcftools_pluginCommand=plugin +setGT in.bcf -- -t . -n c:0/m",
        "##bcftools_pluginCommand=plugin +missing2ref in.bcf",
        "##bcftools_mergeCommand=merge -0 -m none a.bcf b.bcf",
        "##bcftools_mergeCommand=merge --missing-to-ref a.bcf b.bcf",
        "##source_20200101.1=vcf-merge(r731) -R 0/0 a.vcf.gz b.vcf.gz",
        "##plinkCommand=plink --bfile a --fill-missing-a2 --recode vcf",
        "##NoCallToHomRef=true",
    ],
)
def test_what_was_filled_in_is_assumed_and_the_trace_says_by_whom(tmp_path, line):
    profile = read(tmp_path, EMPTY, line)
    assert call(profile).state is State.ASSUMED_REFERENCE
    (told,) = (each for each in assign(profile, SNV).trace.assumptions if "0/0" in each)
    assert told.startswith("a 0/0 without reads is taken as reference, as ")


@pytest.mark.parametrize(
    "line",
    [
        "##bcftools_pluginCommand=plugin setGT in.bcf -- -t a --new-gt=0",
        "##bcftools_pluginCommand=plugin +setGT in.bcf -- -t 'b:AD<1e-5' -n c:0/0",
        "##bcftools_filterCommand=filter -S 0 -e 'GQ<20' a.bcf; Date=now",
    ],
)
def test_what_may_have_been_overwritten_is_no_call_and_the_trace_says_by_whom(tmp_path, line):
    profile = read(tmp_path, f"{LINE} 0/0:30:60:.", SET_GT, line)
    assert call(profile).state is State.NO_CALL
    (told,) = (each for each in assign(profile, SNV).trace.assumptions if "0/0" in each)
    assert told.startswith("a 0/0 without reads by allele is unknown, as ")
    assert call(read(tmp_path, f"{LINE} 0/0:30:60:30,0", SET_GT, line)).state is State.CALLED


@pytest.mark.parametrize(
    "line",
    [
        "",
        "##bcftools_pluginCommand=plugin +setGT in.bcf -- -t q -n . -i 'GQ<20'",
        "##bcftools_pluginCommand=plugin +setGT in.bcf -- -t q -n 0/1",
        "##bcftools_pluginCommand=plugin +setGT in.bcf -- -t q -n c:0/1",
        "##bcftools_mergeCommand=merge -m none -l 0 a.bcf b.bcf",
        "##bcftools_viewCommand=view -0 in.bcf",
        "##bcftools_filterCommand=filter -S . -e 'GQ<20' a.bcf",
        "##plinkCommand=plink2 --fill-missing-from-dosage",
    ],
)
def test_another_history_fills_in_nothing(tmp_path, line):
    profile = read(tmp_path, EMPTY, *filter(None, [line]))
    assert (call(profile).state, profile.assumptions) == (State.CALLED, ())


@pytest.mark.parametrize(
    ("values", "assumed"),
    [
        ("0/0:.:.:.", True),
        ("0|0:.:.:.", True),
        ("0/0", True),
        ("0/0:30:99:30,0", False),
        ("0/0:30:.:.", False),
        ("0/0:.:99:.", False),
        ("0/0:.:.:20,0", False),
    ],
)
def test_a_genotype_with_reads_or_a_quality_was_called(tmp_path, values, assumed):
    profile = read(tmp_path, f"{LINE} {values}", SET_GT)
    assert (call(profile).state is State.ASSUMED_REFERENCE) is assumed
    assert profile.assumptions == ((FILLED,) if assumed else ())


@pytest.mark.parametrize(("likelihoods", "assumed"), [(".", True), ("0,60,600", False)])
def test_likelihoods_that_tell_genotypes_apart_are_evidence(tmp_path, likelihoods, assumed):
    row = f"{LINE.replace('GT:DP:GQ:AD', 'GT:PL')} 0/0:{likelihoods}"
    assert (call(read(tmp_path, row, SET_GT)).state is State.ASSUMED_REFERENCE) is assumed


def test_no_reads_at_all_fail_the_gates_and_stay_unknown(tmp_path):
    assert call(read(tmp_path, f"{LINE} 0/0:0:0:0,0", SET_GT)).state is State.LOW_QUALITY


def test_a_block_that_was_filled_in_is_assumed_too(tmp_path):
    block = "1 9000 A <NON_REF> PASS END=9100 GT:DP {}"
    assert call(read(tmp_path, block.format("0/0:."), SET_GT)).state is State.ASSUMED_REFERENCE
    assert call(read(tmp_path, block.format("0/0:30"), SET_GT)).state is State.REFERENCE


def test_a_carried_allele_and_another_files_word_stand(tmp_path):
    assert call(read(tmp_path, f"{LINE} 0/1:.:.:.", SET_GT)).state is State.CALLED
    filled = written(tmp_path, vcf(EMPTY, meta=(SET_GT,)), "filled.vcf")
    for values, state in (("0/1:30:99:15,15", State.CALLED), ("0/0:30:99:30,0", State.CALLED)):
        other = written(tmp_path, vcf(f"{LINE} {values}"), "other.vcf")
        assert call(read_profile([filled, other], SNV)).state is state
    other = written(tmp_path, vcf(f"{LINE} ./.:.:.:."), "other.vcf")
    assert call(read_profile([filled, other], SNV)).state is State.NO_CALL


def test_a_marker_that_was_filled_in_has_no_letters(tmp_path):
    row = "2 7000 T C PASS . GT:DP"
    assert read(tmp_path, f"{row} 0/0:.", SET_GT).markers == {}
    assert "rs1" in read(tmp_path, f"{row} 0/0:30", SET_GT).markers


@pytest.mark.parametrize(
    ("target", "values", "state"),
    [
        (".", "0/1:.:.:.", State.NO_CALL),
        (".", "1/1:.:.:.", State.NO_CALL),
        (".", "0/1:30:99:.", State.CALLED),
        ("q", "0/1:30:99:.", State.NO_CALL),
        ("q", "0/1:30:99:15,15", State.CALLED),
    ],
)
def test_an_alt_that_nobody_called_does_not_count(tmp_path, target, values, state):
    line = f"##bcftools_pluginCommand=plugin +setGT in.bcf -- -t {target} -n m"
    profile = read(tmp_path, f"{LINE} {values}", line)
    assert call(profile).state is state
    told = [check for check in profile.checks if "bcftools +setGT may have written" in check.evidence]
    assert len(told) == (state is State.NO_CALL)
