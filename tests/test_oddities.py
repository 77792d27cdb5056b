"""Notes on records: what is odd is told once, with its first line, and what is sound is not."""

from __future__ import annotations

import pytest

import vcfs
from assigner.vcf.headers import parse_header
from assigner.vcf.lines import Line
from assigner.vcf.oddities import MOST, oddities
from assigner.vcf.records import read_records

HEADER = parse_header(vcfs.vcf("").rstrip(b"\n").split(b"\n"), "P1.vcf")
SOUND = "1 5 . C T 50 PASS END=9 GT:DP:AF 0/1:30:0.5"


def noted(*rows: str) -> tuple[str, ...]:
    lines = [Line(number, "\t".join(row.split(" ")).encode()) for number, row in enumerate(rows, start=7)]
    return oddities(HEADER, lines, read_records(HEADER, lines, 0, "P1.vcf"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("C T", "C <DUP:tandem>"),
        ("C T", "C C]chr1:5]"),
        ("C T", "CA C"),
        ("50", "."),
        ("50", "1.5e3"),
        ("END=9", "END=."),
        ("0.5", "1e-05"),
        ("0/1:30:0.5", "./.:.:."),
        ("PASS", "LowQual"),
    ],
)
def test_what_is_sound_is_not_noted(old, new):
    assert noted(SOUND) == noted(SOUND.replace(old, new)) == ()


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("C T", "c T", "bases in lower case"),
        ("C T", "C <DEL>,t", "bases in lower case"),
        ("50", "nan", "QUAL is no number: not used"),
        ("50", "inf", "QUAL is no number: not used"),
        ("END=9", "END=9;XX=1", "INFO/XX is not declared"),
        ("END=9", "END=9;{0}=1", "INFO/'{0}' is not declared"),
        ("PASS", "Mine", "FILTER/Mine is not declared"),
        ("GT:DP:AF", "GT:DP:ZZ", "FORMAT/ZZ is not declared"),
        ("0.5", "x", "FORMAT/AF holds a value that is no Float"),
        ("END=9", "END=9\u202e;END2=\u202e", "control character that steers how text is shown"),
        ("C T", "CG TG", "an allele with more bases than it needs: trimmed"),
        ("C T", "C *", "a haplotype on which another record deletes the base (ALT *)"),
    ],
)
def test_what_is_odd_is_noted_with_its_first_line_and_how_often(old, new, note):
    odd = SOUND.replace(old, new, 1)

    assert f"line 8: {note}" in noted(SOUND.replace(" 5 ", " 4 "), odd)
    assert f"line 7: {note} (2 times)" in noted(odd, odd.replace(" 5 ", " 6 "))


def test_the_same_alleles_again_are_noted():
    assert noted(SOUND, SOUND, SOUND) == ("line 8: the same alleles stand in a record before (2 times)",)


def test_there_are_never_many_notes():
    found = noted(*(SOUND.replace("END=9", f"K{number}=1").replace(" 5 ", f" {number} ") for number in range(1, 300)))

    assert len(found) == MOST + 1
    assert found[-1] == "line 57: odd in other ways too (249 times)"
