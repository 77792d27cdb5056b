"""What htslib is asked, and what becomes of what it says."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

import build
import vcfs
from assigner.errors import RecordError
from assigner.vcf.scan.headers import parse_header
from assigner.vcf.scan.htslib import in_text, typed
from assigner.vcf.scan.scans import Line


def header(*formats: str):
    meta = [f'##FORMAT=<ID={each},Description="x">' for each in ("GT,Number=1,Type=String", *formats)]
    return parse_header(build.header(meta=meta).rstrip(b"\n").split(b"\n"), "x.vcf")


def ask(keys: str, values: str, *formats: str, alt: str = "C", columns: str = ""):
    line = f"chr1\t9\tid\tA\t{alt}\t1e400\tweird\tX=1;DP=abc\t{keys}\t{values}{columns}".encode()
    (found,) = typed(header(*formats), [Line(4, line)], 9, "x.vcf")
    return found


@pytest.mark.parametrize(
    ("keys", "values", "depth", "quality", "depths"),
    [
        ("GT:DP:GQ:AD", "0/1:30:50:10,20", 30, 50, (10, 20)),
        ("GT:DP:MIN_DP", "0/1:30:7", 7, None, ()),
        ("GT:DP:MIN_DP", "0/1:30:.", 30, None, ()),
        ("GT:MIN_DP", "0/1:0", 0, None, ()),
        ("GT:RGQ", "0/1:40", None, 40, ()),
        ("GT:GQ:RGQ", "0/1:3:40", None, 3, ()),
        ("GT:GQX", "0/1:4", None, 4, ()),
        ("GT:DP", "0/1:-5", None, None, ()),
        ("GT:AD", "0/1:1,.", None, None, (1, None)),
        ("GT:XX:DP", "0/1:junk:8", 8, None, ()),
        ("GT", "0/1", None, None, ()),
    ],
)
def test_depth_and_quality_are_the_first_fields_that_have_a_number(keys, values, depth, quality, depths):
    found = ask(keys, values)
    assert (found.depth, found.quality, found.depths, found.pos) == (depth, quality, depths, 9)


@pytest.mark.parametrize(
    ("gt", "alleles"),
    [("0/1", (0, 1)), ("./.", (None, None)), (".", (None,)), ("1", (1,)), ("|1|0", (1, 0)), ("0/.", (0, None))],
)
def test_the_genotype_is_told_allele_by_allele(gt, alleles):
    assert ask("GT", gt).alleles == alleles


def test_no_gt_is_no_genotype():
    assert ask("DP", "3").alleles is None
    assert ask(".", ".").alleles is None


def test_a_decimal_quality_is_cut_and_never_rounded_up():
    assert ask("GT:GQ", "0/1:19.99", "GQ,Number=1,Type=Float").quality == 19
    assert ask("GT:GQ", "0/1:19.99x", "GQ,Number=1,Type=Float").quality is None
    assert ask("GT:GQ", "0/1:19.99", "GQ,Number=1,Type=Integer").quality is None


def test_a_key_that_the_header_declares_as_text_is_read_where_it_is_a_number():
    assert ask("GT:DP", "0/1:12", "DP,Number=1,Type=String").depth == 12
    assert ask("GT:AD:DP", "0/1:79/79:12", "AD,Number=.,Type=String").depths == ()
    assert ask("GT:DP", "0/1:79/79", "DP,Number=1,Type=Integer").depth is None


def test_what_htslib_cannot_read_is_refused_with_its_line():
    with pytest.raises(RecordError, match="line 4: expected a record that htslib reads"):
        ask("GT", "0/x")


def test_no_lines_no_answers_and_no_file():
    assert list(typed(header(), [], 9, "x")) == []
    assert in_text(b"", 0, "x") == []


def test_a_bcf_with_fewer_records_than_were_counted_is_refused(tmp_path):
    content = vcfs.bcf(tmp_path, vcfs.vcf("1 9 A C PASS . GT 0/1"), mode="wbu").read_bytes()
    assert len(in_text(content, 1, "x.bcf")) == 1
    with pytest.raises(RecordError, match="2 BCF records"):
        in_text(content, 2, "x.bcf")


def test_a_bcf_that_htslib_does_not_read_is_refused():
    with pytest.raises(RecordError, match=r"that it does not|that htslib reads"):
        in_text(b"BCF\2\2\xff\0\0\0", 1, "x.bcf")


def resident() -> int:
    """Bytes of memory that this process holds."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmRSS"))


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc")
def test_memory_stays_the_same_however_many_files_are_read():
    """Of each descriptor cyvcf2 keeps some 5 kB, so that this would be 5 MB."""
    for _ in range(300):
        ask("GT", "0/1")
    before = resident()
    for _ in range(1000):
        ask("GT", "0/1")
    assert resident() - before < 1 << 20
