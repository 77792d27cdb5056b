"""BCF: our own walk over its records, and htslib's words for those of the panel."""

from __future__ import annotations

import contextlib
import gzip
import io
import random
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
import build
import odd_files
import vcfs
import xy_files
from assigner.errors import HeaderError, InputError, LimitError, RecordError
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.reading import read_profile
from assigner.vcf.scan import bcf as module
from assigner.vcf.scan.bcf import scan_bcf
from assigner.vcf.scan.headers import parse_header

STYLES = st.sampled_from(vcfs.STYLES)

SPANS = {"chr1": [(100, 110), (5000, 5000)], "chrX": [(1, 3)]}
META = [
    '##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="x">',
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">',
]
TABLE = """
1 50 A <DEL> PASS SVTYPE=DEL;SVLEN=-60 GT 0/1
1 60 A <DEL> PASS SVTYPE=DEL;SVLEN=-10 GT 0/1
1 70 A <NON_REF> PASS END=99 GT 0/0
1 71 A <NON_REF> PASS END=100 GT 0/0
1 98 ACG A PASS . GT 0/1
1 99 A C PASS . GT 0/1
1 105 A C PASS . GT 0/1
1 111 A C PASS . GT 0/1
1 4990 AAAAAAAAAAA A PASS . GT 0/1
2 105 A C PASS . GT 0/1
X 3 A C PASS . GT 0/1
"""
KEPT = [1, 4, 5, 7, 9, 11]


def scan(path, limits: Limits | None = None):
    return scan_bcf(open_source(path, limits=limits), lambda header: SPANS)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return vcfs.bcf(tmp_path_factory.mktemp("bcf"), vcfs.vcf(TABLE, meta=META))


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    """The same, not compressed: its bytes can be bent one by one."""
    return vcfs.bcf(tmp_path_factory.mktemp("flat"), vcfs.vcf(TABLE, meta=META), mode="wbu").read_bytes()


@pytest.mark.holds("READ-03")
def test_the_panels_records_are_kept_wherever_they_begin(file):
    found = scan(file)

    assert [line.number for line in found.lines] == KEPT
    assert [line.text.split(b"\t")[1] for line in found.lines] == [b"50", b"71", b"98", b"105", b"4990", b"3"]
    assert (found.records, dict(found.contigs), found.in_order) == (11, {"chr1": 9, "chr2": 1, "chrX": 1}, True)
    assert found.header.samples == ("P1",)


@pytest.mark.holds("READ-02")
@given(cut=st.integers(0, 60_000))
def test_a_cut_file_is_refused(flat, tmp_path_factory, cut):
    import gzip

    raw = gzip.decompress(flat) if flat.startswith(b"\x1f\x8b") else flat
    whole = scan_text(tmp_path_factory, raw)
    try:
        found = scan_text(tmp_path_factory, raw[: cut % len(raw)])
    except InputError:
        return
    assert found.lines == whole.lines[: len(found.lines)]  # cut between two records: only the container can tell


def scan_text(factory, raw: bytes):
    path = factory.getbasetemp() / "bent.bcf"
    path.write_bytes(build.bgzf(raw))
    return scan(path)


def test_a_record_too_short_for_its_fixed_fields_is_refused(flat, tmp_path_factory):
    import gzip

    raw = bytearray(gzip.decompress(flat) if flat.startswith(b"\x1f\x8b") else flat)
    begin = 9 + struct.unpack_from("<I", raw, 5)[0]
    raw[begin : begin + 4] = struct.pack("<I", 23)
    with pytest.raises(RecordError, match="record 1"):
        scan_text(tmp_path_factory, bytes(raw))


@pytest.mark.holds("READ-02")
@given(seed=st.integers(0, 10_000))
def test_a_bent_byte_gives_a_refusal_of_ours_or_an_answer(flat, tmp_path_factory, seed):
    import gzip

    raw = bytearray(gzip.decompress(flat) if flat.startswith(b"\x1f\x8b") else flat)
    chance = random.Random(seed)
    begin = 9 + struct.unpack_from("<I", raw, 5)[0]
    raw[chance.randrange(begin, len(raw))] = chance.randrange(256)
    with contextlib.suppress(InputError):
        scan_text(tmp_path_factory, bytes(raw))


def test_chunks_may_end_anywhere(file, monkeypatch):
    whole = scan(file)
    for size in (1, 7, 100, 4096):
        source = open_source(file)
        text = b"".join(open_source(file).chunks())
        monkeypatch.setattr(source, "chunks", lambda text=text, size=size: pieces(text, size))
        assert scan_bcf(source, lambda header: SPANS).lines == whole.lines


def pieces(text: bytes, size: int):
    for at in range(0, len(text), size):
        yield text[at : at + size]


@pytest.mark.parametrize(
    "limits", [Limits(header_bytes=99), Limits(line_bytes=60), Limits(kept_bytes=50), Limits(alts=1), Limits(contigs=3)]
)
def test_limits_hold(tmp_path, limits):
    path = vcfs.bcf(tmp_path, vcfs.vcf(TABLE + "1 110 A C,G,T PASS . GT 0/1", meta=META))
    with pytest.raises(LimitError):
        scan(path, limits)


def test_disorder_is_noted(tmp_path):
    for rows in (
        "1 105 A C PASS . GT 0/1\n1 100 A C PASS . GT 0/1",
        "1 1 A C PASS . GT 0/1\n2 1 A C PASS . GT 0/1\n1 2 A C PASS . GT 0/1",
    ):
        found = scan(vcfs.bcf(tmp_path, vcfs.vcf(rows)))
        assert not found.in_order
        assert any("not sorted" in note for note in found.notes)
    assert "no records" in scan(vcfs.bcf(tmp_path, vcfs.vcf(""))).notes


def test_a_length_of_a_block_is_looked_for_where_it_may_stand(tmp_path):
    meta = ['##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="x">']
    rows = "1 50 A <*> PASS . GT:LEN 0/0:51\n1 51 A <*> PASS . GT:LEN 0/0:9"
    found = scan(vcfs.bcf(tmp_path, vcfs.vcf(rows, meta=meta)))
    assert [line.number for line in found.lines] == [1]


def test_contigs_may_have_numbers_of_their_own():
    assert _contigs("chrB,length=9,IDX=3", "chrA,length=9,IDX=0") == {3: "chrB", 0: "chrA"}
    assert _contigs("chrB,length=9", "chrB,length=9", "chrA") == {0: "chrB", 1: "chrA"}
    assert _contigs('chrB,assembly="a,IDX=7,",IDX=3,length=9', "chrA") == {3: "chrB", 4: "chrA"}
    with pytest.raises(HeaderError, match="x: IDX=3: expected one name for each number; got chrB and chrA"):
        _contigs("chrB,IDX=3", "chrA,IDX=3")


def _contigs(*contigs: str) -> dict[int, str]:
    return module.contigs_by_number(_header(build.header(contigs=contigs, samples=[])), "x")


def _header(text: bytes):
    return parse_header(text.rstrip(b"\n").split(b"\n"), "x")


@pytest.mark.holds("READ-07")
def test_both_readers_must_see_the_same_place(file, monkeypatch):
    honest = module.in_text
    monkeypatch.setattr(module, "in_text", lambda *args: [text.replace(b"\t50\t", b"\t51\t") for text in honest(*args)])
    with pytest.raises(RecordError, match="htslib disagree"):
        scan(file)


@pytest.mark.holds("READ-09")
def test_of_one_sample_only_its_values_reach_htslib(tmp_path, monkeypatch):
    """Its line is the one that htslib writes for all of them, cut; longer values of others leave no trace in it."""
    meta = ['##FORMAT=<ID=XS,Number=1,Type=String,Description="x">', *META]
    rows = """
    1 100 A C,G PASS . GT:DP:AD:AF:XS 0/1:300:1,2,3:0.5,0.25:a_word_of_many_letters 2:.:.:.:a .|.|1:70000:9:.:.
    1 101 A <NON_REF> PASS END=105 GT:DP 0/0:5 ./.:. 0:2
    1 110 A C PASS . GT 1/1 0|1 .
    X 2 A C PASS . DP 7 8 9
    """
    path = vcfs.bcf(tmp_path, vcfs.vcf(rows, samples=["A", "B", "C"], meta=meta))
    whole, given = scan(path), []
    honest = module.in_text
    monkeypatch.setattr(module, "in_text", lambda content, *more: given.append(content) or honest(content, *more))
    for column in range(3):
        found = scan_bcf(open_source(path), lambda header: SPANS, lambda _, column=column: column)
        columns = [line.text.split(b"\t") for line in whole.lines]
        assert [line.text.split(b"\t") for line in found.lines] == [[*c[:9], c[9 + column]] for c in columns]
        assert [line.number for line in found.lines] == [line.number for line in whole.lines]
    assert len(whole.lines) == 4
    assert [b"a_word_of_many_letters" in content for content in given] == [True, False, False]


def test_keys_may_have_numbers_of_their_own():
    def words(*meta: str) -> dict[int, str]:
        return module.words_by_number(_header(build.header(meta=meta, samples=[])), "x")

    depth = '##INFO=<ID=DP,Number=1,Type=Integer,Description="not ,ID=GT, nor ,IDX=7,"'
    again = '##FORMAT=<ID=DP,Number=1,Type=Integer,Description=""'
    genotype = '##FORMAT=<ID=GT,Number=1,Type=String,Description=""'
    assert words(f"{depth}>", f"{again}>", f"{genotype}>") == {0: "PASS", 1: "DP", 2: "GT"}
    assert words(f"{depth},IDX=5>", f"{again},IDX=5>", f"{genotype},IDX=2>") == {0: "PASS", 5: "DP", 2: "GT"}
    with pytest.raises(HeaderError, match="got DP and GT"):
        words(f"{depth},IDX=5>", f"{genotype},IDX=5>")


@st.composite
def shuffled(draw: st.DrawFn, raw: bytes) -> bytes:
    """The same BCF with its `##` lines in another order; their IDX says what each is called in the records."""
    stop = 9 + struct.unpack_from("<I", raw, 5)[0]
    first, *meta, last = raw[9:stop].rstrip(b"\n\0").split(b"\n")
    head = b"\n".join([first, *draw(st.permutations(meta)), last]) + b"\n\0"
    return raw[:5] + struct.pack("<I", len(head)) + head + raw[stop:]


def as_text(path: Path) -> bytes:
    """The VCF that htslib writes of a BCF."""
    import cyvcf2

    read = cyvcf2.VCF(str(path))
    return read.raw_header.encode() + "".join(map(str, read)).encode()


@pytest.mark.holds("READ-07")
@given(data=st.data(), sex=st.sampled_from([None, "female", "male"]), absent=st.sampled_from(["unknown", "reference"]))
def test_a_bcf_is_read_as_the_vcf_that_htslib_writes_of_it(tmp_path_factory, data, sex, absent):
    """Whatever order its header has, packed or not, and read from a file or a stream."""
    folder = tmp_path_factory.mktemp("pair")
    rules, table, dress = data.draw(
        st.one_of(
            st.tuples(st.just(xy_files.RULES), xy_files.tables(), st.fixed_dictionaries({"style": STYLES})),
            st.tuples(st.just(odd_files.RULES), odd_files.tables(), st.just({})),
        )
    )
    path = vcfs.bcf(folder, vcfs.vcf(table, meta=odd_files.META, **dress), mode="wbu")
    raw = path.read_bytes()
    raw = data.draw(shuffled(gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw))
    path.write_bytes(build.bgzf(raw))
    text, more = as_text(path), {"sex": sex, "absent": absent}

    told = _said(text, rules, more)

    assert _said(path, rules, more) == told
    assert _said(io.BytesIO(raw), rules, more) == told


def _said(source: Path | bytes | io.BytesIO, rules: assigner.Rules, more: dict) -> object:
    """What a file says, or that it is refused."""
    try:
        found = read_profile(source, rules, **more)
    except InputError as error:
        return type(error)
    return found.alleles, found.variants, found.structural, found.assessed, found.markers, found.inferred_sex
