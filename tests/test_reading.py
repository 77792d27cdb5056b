"""Reading whole files: markers, builds, samples and containers, and errors that name nobody."""

from __future__ import annotations

import os
import sys

import pytest

import build
import vcfs
from assigner.errors import (
    BuildError,
    ContainerError,
    HeaderError,
    InputError,
    LimitError,
    ProfileError,
    SampleError,
)
from assigner.genome.builds import Build
from assigner.truth import Truth
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.reading import read_profile
from dialects import (
    base,
    other,
)
from readings import LINE, SNV, call_in, profile_of
from vcfs import allele, rules_of, vcf, written


@pytest.mark.parametrize(
    ("row", "letters"),
    [
        ("2 7000 C T PASS . GT 0/1", ("C", "T")),
        ("2 7000 T C PASS . GT 0/0", ("T", "T")),
        ("2 7000 C . PASS . GT 0/0", ("C", "C")),
        ("2 7000 C T LowQual . GT 0/1", None),
        ("2 7000 C T PASS . GT ./1", (None, "T")),
        ("2 6990 A <NON_REF> PASS END=7010 GT 0/0", None),
        ("2 7000 C <DEL> PASS END=7010 GT 0/0", None),
        ("", None),
    ],
)
def test_a_marker_is_read_by_letters(tmp_path, row, letters):
    found = profile_of(tmp_path, row).markers.get("rs1")
    assert (found and tuple(sorted(found, key=str))) == (letters and tuple(sorted(letters, key=str)))


@pytest.mark.holds("BILD-02")
def test_a_file_on_the_other_build_is_read_at_its_own_places(tmp_path):
    row37 = f"1 10041 {base(9041)} {other(9041, 0)} PASS . GT 0/1"
    assert call_in(tmp_path, row37, on=Build.GRCH37).carries is Truth.TRUE
    assert call_in(tmp_path, row37).carries is Truth.UNKNOWN


@pytest.mark.holds("BILD-01")
def test_what_proves_no_build_asks_for_one(tmp_path):
    row = f"{LINE} 0/1:30:99:15,15"
    with pytest.raises(BuildError, match="--build"):
        profile_of(tmp_path, row, declared=())
    declared = profile_of(tmp_path, row, declared=(), read={"build": "GRCh38"})
    assert declared.build is Build.GRCH38 and "declared" in declared.assumptions[0]
    assert profile_of(tmp_path, row, declared=["chr1", "chr2"], read={"build": "GRCh38"}).alleles


def test_what_is_declared_may_not_contradict_the_file(tmp_path):
    path = written(tmp_path, vcf(f"{LINE} 0/1:30:99:15,15"))
    with pytest.raises(BuildError, match="as declared"):
        read_profile(path, SNV, build="GRCh37")


@pytest.mark.holds("BILD-01")
@pytest.mark.parametrize("pos", [9061, 9062, 9063])
def test_a_ref_base_that_is_not_the_rule_sets_is_refused(tmp_path, pos):
    """Wherever the record begins, a listed allele's bases are compared."""
    rules = rules_of(alleles=[allele("D", "1", 9061, base(9061, 4), base(9061))])
    with pytest.raises(BuildError, match="line"):
        profile_of(tmp_path, f"1 {pos} {other(pos, 0)} {base(pos)} PASS . GT 0/0", rules)
    with pytest.raises(BuildError, match="line"):
        profile_of(tmp_path, f"1 {pos - 1} {base(pos - 1)}{other(pos, 0)} {base(pos - 1)} PASS . GT 0/0", rules)


@pytest.mark.holds("READ-09")
@pytest.mark.parametrize(
    ("samples", "sample", "fits"),
    [
        (["P1"], None, True),
        (["P1"], "P1", True),
        (["P1"], "P2", False),
        (["P1", "P2"], None, False),
        (["P1", "P2"], "P2", True),
        (["P1 "], "P1", False),
        (["Р1"], "P1", False),
        (["p1"], "P1", False),
    ],
)
def test_whose_column_is_read_is_never_guessed(tmp_path, samples, sample, fits):
    text = vcf("").replace(b"\tP1\n", ("\t" + "\t".join(samples) + "\n").encode())
    path = written(tmp_path, text + b"chr1\t5\t.\tA\tC\t.\t.\t.\tGT" + b"\t0/0" * len(samples) + b"\n")
    if fits:
        assert read_profile(path, SNV, sample=sample).participant == (sample or samples[0])
    else:
        with pytest.raises(SampleError) as caught:
            read_profile(path, SNV, sample=sample)
        assert not any(repr(each) in str(caught.value) for each in samples if each != sample)


def test_a_file_without_samples_is_nobodys(tmp_path):
    with pytest.raises(SampleError, match="nobody"):
        profile_of(tmp_path, "1 5 A C PASS .", samples=())


def test_the_participants_id_may_be_another_than_the_samples(tmp_path):
    assert profile_of(tmp_path, "", read={"participant": "TRIAL-7"}).participant == "TRIAL-7"


@pytest.mark.parametrize("declared", [{"build": "hg38"}, {"sex": "x"}, {"absent": "ref"}, {"sex": ""}])
def test_what_is_declared_must_be_one_of_its_words(tmp_path, declared):
    with pytest.raises(ProfileError):
        profile_of(tmp_path, "", read=declared)


def test_what_is_no_file_of_ours_is_refused(tmp_path):
    sound = vcf(f"{LINE} 0/1:30:99:15,15")
    packed = build.bgzf(sound, block=200)
    contents = {
        "empty.vcf": b"",
        "text.vcf": b"hello\n",
        "cut.vcf": sound[:-9],
        "headless.vcf": b"chr1\t5\t.\tA\tC\t.\t.\t.\n",
        "cut.vcf.gz": packed[:-40],
        "no_end.vcf.gz": build.bgzf(sound, end=False),
        "flipped.vcf.gz": packed[:300] + bytes([packed[300] ^ 1]) + packed[301:],
        "junk_after.vcf.gz": packed + b"junk",
        "cut.gz": build.gzip(sound)[:-4],
        "bam.vcf": b"BAM\1" + bytes(20),
    }
    for name, content in contents.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError):
            read_profile(path, SNV)
    for path in (tmp_path / "none.vcf", tmp_path):
        with pytest.raises(ContainerError):
            read_profile(path, SNV)


@pytest.mark.holds("READ-11")
def test_the_digest_that_a_file_must_have(tmp_path):
    path = written(tmp_path, vcf(""))
    digest = read_profile(path, SNV).inputs[0].sha256
    assert read_profile(path, SNV, sha256=digest.upper()).inputs[0].sha256 == digest
    with pytest.raises(ContainerError, match="SHA-256"):
        read_profile(path, SNV, sha256="0" * 64)


@pytest.mark.holds("READ-08")
def test_limits_hold(tmp_path):
    with pytest.raises(LimitError):
        profile_of(tmp_path, f"{LINE} 0/1:30:99:15,15", read={"limits": Limits(line_bytes=40)})


@pytest.mark.holds("SECU-02")
def test_no_error_names_a_participant_or_quotes_a_genotype(tmp_path):
    """Every refusal that can be made here, of a file whose only participant and genotype are canaries."""
    canary = "CANARY-0815"
    sound = vcf(f"{LINE} 1|2:77777:88888:5,4,3", samples=[canary]).replace(b"PASS\t.\tGT", b"PASS\tCANARY=1\tGT")
    start = sound.index(b"chr1\t9041")
    head, line = sound[:start], sound[start:]
    bends = {
        "gt beyond": line,
        "gt letters": line.replace(b"1|2", b"T|T"),
        "many values": line.replace(b"5,4,3", b"5,4,3:9:9"),
        "columns": line.replace(b"\n", b"\t0|1\n"),
        "pos": line.replace(b"9041", b"9041x"),
        "contig": line.replace(b"chr1\t", b"chrQ\t"),
        "twice": line + head,
        "nul": line.replace(b"1|2", b"1\0|2"),
        "cut": line[:-3],
    }
    for name, bent in bends.items():
        path = written(tmp_path, head + bent, "file.vcf")
        with pytest.raises(InputError) as caught:
            read_profile(path, SNV)
        text = str(caught.value)
        assert not any(secret in text for secret in (canary, "1|2", "T|T", "77777", "88888")), (name, text)


def test_htslib_keeps_silent(tmp_path, capfd):
    undeclared = f"1 9041 {base(9041)} {other(9041, 0)} weird ODD=1;END=1 GT:XX:DP 0/1:3:30"
    text = vcf(undeclared)
    read_profile(written(tmp_path, text), SNV)
    read_profile(vcfs.bcf(tmp_path, vcf(f"{LINE} 0/1:30:99:15,15")), SNV)
    capfd.readouterr()  # what the writer of the BCF has said
    read_profile(tmp_path / "P1.bcf", SNV)
    read_profile(written(tmp_path, text.replace(b"0/1:3:30", b"0/1:3:3x")), SNV)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_no_file_stays_open(tmp_path):
    import gc

    good = written(tmp_path, vcf(f"{LINE} 0/1:30:99:15,15"), container="bgzf")
    binary = vcfs.bcf(tmp_path, vcf(f"{LINE} 0/1:30:99:15,15"))
    bad = written(tmp_path, vcf(f"{LINE} 0/9:30:99:15,15"), "bad.vcf")
    cut = tmp_path / "cut.bcf"
    cut.write_bytes(binary.read_bytes()[:-60])
    read_profile(good, SNV, threads=2)
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for number in range(4):
        read_profile(good, SNV, threads=1 + number % 2)
        read_profile(binary, SNV)
        for path in (bad, cut):
            with pytest.raises(InputError):
                read_profile(path, SNV)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before


def test_header_faults_are_told_as_such(tmp_path):
    with pytest.raises(HeaderError):
        read_profile(written(tmp_path, vcf("").replace(b'Type=String,Description="Genotype"', b"Type=Integer")), SNV)
