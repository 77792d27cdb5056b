"""Reading by an index: the same calls, and a review that says what was not read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

import assigner
from assigner.errors import (
    ContainerError,
    InputError,
    SampleError,
)
from assigner.vcf.reading import read_profile
from dialects import (
    RULES,
    calls_of,
    gatk,
    rows_of,
    split,
    truths,
)
from readings import LINE, SNV, sex_check
from vcfs import vcf, written


@pytest.fixture
def indexed(tmp_path):
    """Gives a BGZF file with its index, written by htslib's own tool if that is there."""
    import shutil
    import subprocess

    tabix = shutil.which("tabix")
    if tabix is None:
        pytest.skip("no tabix here")

    def make(text: bytes, name: str = "P1.vcf.gz") -> Path:
        path = written(tmp_path, text, name, "bgzf")
        subprocess.run([tabix, "-f", "-p", "vcf", str(path)], check=True)
        return path

    return make


@pytest.mark.holds("READ-13")
@given(truth=truths)
def test_a_quick_look_gives_the_same_calls(indexed_session, truth):
    for dialect in (gatk, split):
        rows = sorted(rows_of(truth, dialect), key=lambda each: int(each.split()[1]))
        path = indexed_session(vcf("\n".join(rows)))
        whole, quick = read_profile(path, RULES), read_profile(path, RULES, quick=True)
        assert calls_of(quick) == calls_of(whole)
        assert (quick.partial_read, whole.partial_read, quick.inputs) == (True, False, ())


@pytest.fixture(scope="module")
def indexed_session(tmp_path_factory):
    import shutil
    import subprocess

    tabix = shutil.which("tabix")
    if tabix is None:
        pytest.skip("no tabix here")
    folder = tmp_path_factory.mktemp("indexed")

    def make(text: bytes) -> Path:
        path = written(folder, text, "P1.vcf.gz", "bgzf")
        subprocess.run([tabix, "-f", "-p", "vcf", str(path)], check=True)
        return path

    return make


@pytest.mark.holds("READ-13")
def test_a_quick_look_asks_for_review(indexed):
    made = assigner.assign(read_profile(indexed(vcf(f"{LINE} 0/1:30:99:15,15")), SNV, quick=True), SNV)

    assert "partial_read" in [raised.reason.value for raised in made.reasons]
    assert made.outcome.value == "review"


def test_a_quick_look_needs_an_index_and_gives_no_digest(tmp_path, indexed):
    with pytest.raises(ContainerError, match="index"):
        read_profile(written(tmp_path, vcf(""), "none.vcf.gz", "bgzf"), SNV, quick=True)
    with pytest.raises(ContainerError, match="readable file"):
        read_profile(tmp_path / "absent.vcf.gz", SNV, quick=True)
    path = indexed(vcf(f"{LINE} 0/1:30:99:15,15"))
    with pytest.raises(ContainerError, match="SHA-256"):
        read_profile(path, SNV, quick=True, sha256="0" * 64)
    with pytest.raises(SampleError):
        read_profile(path, SNV, quick=True, sample="P2")
    Path(f"{path}.tbi").write_bytes(b"junk")
    with pytest.raises(InputError):
        read_profile(path, SNV, quick=True)


def test_a_quick_look_counts_what_it_reads_and_says_so(indexed):
    path = indexed(vcf("X 5000001 C T PASS . GT 0/1\nX 5000001 C G LowQual . GT 0/1\nX 9000000 C T PASS . GT 0/1"))
    told = "variants: X: 1 het, 0 hom, 0 haploid; Y: 0 called; only indexed regions were read"
    assert sex_check(read_profile(path, SNV, quick=True)) == ("not known", told)
