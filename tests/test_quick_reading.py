"""Reading by an index: the same calls, and a review that says what was not read."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
import odd_files
import vcfs
import xy_files
from assigner.errors import (
    ContainerError,
    InputError,
    SampleError,
)
from assigner.profiles.calls import Sex
from assigner.vcf.reading import read_profile
from dialects import (
    RULES,
    base,
    calls_of,
    gatk,
    other,
    rows_of,
    split,
    truths,
)
from effort import times
from readings import LINE, SNV, sex_check
from vcfs import allele, gene, rules_of, vcf, written

ABSENT = st.sampled_from(["unknown", "reference"])


@pytest.fixture
def indexed(tmp_path):
    """Gives a BGZF file with its index, written by htslib's own tool if that is there."""
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


def test_a_quick_look_infers_no_sex(indexed):
    """Of the calls on X it sees some, and these may show another sex than all do."""
    of_all = "".join(f"\nX {9_000_000 + at} C T PASS . GT 0/1" for at in range(10))
    path = indexed(vcf(f"X 5000001 C T PASS . GT 1{of_all}"))
    whole, quick = (read_profile(path, SNV, quick=each) for each in (False, True))
    assert (whole.inferred_sex, quick.inferred_sex) == (Sex.FEMALE, None)
    told = "not inferred: only indexed regions were read, and not all calls on X and Y"
    assert sex_check(quick) == ("not known", told)
    assert read_profile(path, SNV, quick=True, sex="female").deciding_sex is Sex.FEMALE


@pytest.mark.holds("BILD-05")
@given(table=xy_files.tables(), sex=st.sampled_from([None, "female", "male"]), absent=ABSENT)
def test_on_x_y_and_mt_a_quick_look_says_what_the_whole_file_says_or_nothing(indexed_session, table, sex, absent):
    path = indexed_session(vcf(table))
    whole, quick = (read_profile(path, xy_files.RULES, sex=sex, absent=absent, quick=each) for each in (False, True))
    assert quick.inferred_sex is None
    assert not xy_files.beyond(quick, whole)
    if whole.deciding_sex is quick.deciding_sex:
        assert (quick.alleles, quick.markers) == (whole.alleles, whole.markers)


PLACES = (16_384, 16_385, 32_768, 40_000, 40_030, 65_536, 65_537)
FAR = rules_of(
    alleles=[
        *(allele(f"SNV{pos}", "1", pos, "A", "C") for pos in PLACES),
        allele("DEL", "1", 32_800, "AAC", "A"),
    ],
    genes=[gene("G1", "1", 39_000, 41_000)],
)
A_DELETION = '##ALT=<ID=DEL,Description="x">'
LENGTHS = (
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">',
    '##INFO=<ID=SVLEN,Number=A,Type=Integer,Description="x">',
)


def _bases(pos: int, length: int) -> str:
    """Those of the reference: all A, but for the end of the listed deletion."""
    return "".join("C" if at == 32_802 else "A" for at in range(pos, pos + length))


@st.composite
def far_records(draw: st.DrawFn) -> str:
    """Records that begin at the listed places, beside them or far before, and reach there in any way there is."""
    rows = []
    for _ in range(draw(st.integers(1, 5))):
        length = draw(st.sampled_from([1, 2, 30, 3_000, 30_000]))
        pos = max(1, draw(st.sampled_from(PLACES)) - draw(st.sampled_from([0, 0, 1, length - 1, length])))
        ref, alt, info = draw(
            st.sampled_from([
                ("A", "C", "."), ("A", "C", f"END={pos + 30}"), (_bases(pos, min(length, 3_000)), "C", "."),
                (_bases(pos, min(length, 3_000)), "C", f"END={pos}"), ("A", ".", f"END={pos + length - 1}"),
                ("A", "<NON_REF>", f"END={pos + length - 1}"), ("A", "<DEL>", f"SVTYPE=DEL;SVLEN=-{length}"),
                ("A", "<DUP>", f"SVTYPE=DUP;SVLEN={length};END={pos + 1}"),
                ("A", "<INS>", f"SVTYPE=INS;SVLEN={length}"),
            ])
        )  # fmt: skip
        gt = draw(st.sampled_from(["0/0", "0/1", "1/1", "./."] if alt != "." else ["0/0", "./."]))
        rows += [f"1 {pos} {ref} {alt} PASS {info} GT {gt}"] * draw(st.sampled_from([1, 1, 1, 2]))
    return "\n".join(sorted(rows, key=lambda row: int(row.split()[1])))


@pytest.mark.holds("READ-13")
@times(4)
@given(table=far_records(), declared=st.sampled_from(["all", "no END", "ALT", "none"]), absent=ABSENT)
def test_a_quick_look_finds_what_reaches_a_place_from_far_away(indexed_session, table, declared, absent):
    """Also what the index does not know to reach so far, and each record as often as it stands there.

    Where the header does not tell of SVLEN, it tells of large ALTs, or of nothing that INFO has.
    """
    content = vcf(table, meta=LENGTHS if declared in ("all", "no END") else [A_DELETION] if declared == "ALT" else [])
    if declared in ("no END", "none"):
        content = content.replace(b"##INFO=<ID=END", b"##INFO=<ID=ENDS")
    path = indexed_session(content)
    whole, quick = (read_profile(path, FAR, absent=absent, quick=each) for each in (False, True))
    for name in ("alleles", "variants", "structural", "assessed"):
        assert getattr(quick, name) == getattr(whole, name)


@pytest.mark.holds("READ-13")
@pytest.mark.skipif(shutil.which("bcftools") is None, reason="no bcftools here")
@given(data=st.data(), form=st.sampled_from(["csi", "small bins", "bcf"]), absent=ABSENT)
def test_whatever_the_index_a_quick_look_says_what_the_whole_file_says(tmp_path_factory, data, form, absent):
    """Of odd records, too, and on X, Y and MT where the sex is declared."""
    rules, table = data.draw(
        st.one_of(
            st.tuples(st.just(odd_files.RULES), odd_files.tables()),
            st.tuples(st.just(xy_files.RULES), xy_files.tables()),
        )
    )
    folder, content = tmp_path_factory.mktemp("forms"), vcf(table, meta=odd_files.META)
    path = vcfs.bcf(folder, content) if form == "bcf" else written(folder, content, "P1.vcf.gz", "bgzf")
    width = ["-m", "8"] if form == "small bins" else []
    subprocess.run(["bcftools", "index", "-f", *width, str(path)], check=True, capture_output=True)
    sex = data.draw(st.sampled_from(["female", "male"]))
    whole, quick = (read_profile(path, rules, sex=sex, absent=absent, quick=each) for each in (False, True))
    for name in ("alleles", "variants", "structural", "assessed", "markers"):
        assert getattr(quick, name) == getattr(whole, name)


ODD = ("+5", "007", "30.7", "1e3", "-1", "99999999999", "9999999999", "x", "", "3,4", ".,.", ".", "30", "5")
"""Values of a number that htslib takes for another one, or for none; and others."""


@pytest.mark.holds("READ-13")
@given(data=st.data(), gt=st.sampled_from(["0/1", "0/0", "1/1", "./1", "1|0", "|0|1", "0/1/."]))
def test_a_quick_look_reads_the_values_that_stand_in_the_file(indexed_session, data, gt):
    """htslib reads `+5` as 5, and gives no number where one is too large: their text says more."""
    keys = data.draw(st.lists(st.sampled_from(["DP", "GQ", "AD", "MIN_DP", "RGQ", "FT"]), unique=True, max_size=4))
    values = [data.draw(st.sampled_from([*ODD, "15,15", "PASS"])) for _ in keys]
    quality = data.draw(st.sampled_from([".", "1e3", "-1", "+50", "nan"]))
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . {':'.join(['GT', *keys])} {':'.join([gt, *values])}"
    content = vcf(row).replace(b"\t.\tPASS", f"\t{quality}\tPASS".encode())
    assert _alleles(indexed_session(content), quick=True) == _alleles(content, quick=False)


def _alleles(source: Path | bytes, *, quick: bool) -> object:
    """What a file says of the listed alleles, or how it is refused."""
    try:
        return read_profile(source, SNV, quick=quick).alleles
    except InputError as error:
        return type(error), error.expected, error.got


def test_the_rest_of_a_file_is_not_looked_at_and_what_is_read_is_checked(tmp_path):
    """Of a damaged block it depends on the place whether a quick look comes by it."""
    rows = "\n".join(f"1 {pos} A C PASS END={pos} GT 0/1" for pos in range(9_000, 900_000, 20))
    path = vcfs.indexed(tmp_path, vcf(rows))
    sound = path.read_bytes()
    for share, is_seen in ((0.7, False), (0.06, True)):
        at = int(share * len(sound))
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        os.utime(path, (1_000_000_000, 1_000_000_000))
        with pytest.raises(ContainerError, match="BGZF block"):
            read_profile(path, FAR)
        if is_seen:
            with pytest.raises(ContainerError, match="BGZF block"):
                read_profile(path, FAR, quick=True)
        else:
            assert read_profile(path, FAR, quick=True).alleles
