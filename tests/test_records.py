"""Lines read in full: what is refused, how far a record reaches, and that htslib agrees."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve

import build
from assigner.errors import RecordError
from assigner.profiles.genotypes import Genotype
from assigner.vcf.meaning.judged import Judged
from assigner.vcf.records import parsing as module
from assigner.vcf.records.parsing import read_records
from assigner.vcf.records.record import Record
from assigner.vcf.scan.headers import parse_header
from assigner.vcf.scan.scans import Line

FORMATS = [f'##FORMAT=<ID={key},Number=.,Type={kind},Description="x">' for key, kind in
           {"GT": "String", "DP": "Integer", "GQ": "Float", "AD": "Integer", "LEN": "Integer"}.items()]  # fmt: skip
HEADER = parse_header(build.header(meta=FORMATS, samples=["a", "b"]).rstrip(b"\n").split(b"\n"), "x.vcf")


def read(*columns: str, column: int = 1) -> Record:
    (found,), _ = read_records(HEADER, [Line(7, "\t".join(columns).encode())], column, "x.vcf")
    return found


def line(
    ref: str = "A", alt: str = "C", info: str = ".", keys: str = "GT", own: str = "0/1", filters: str = "PASS"
) -> tuple:
    return ("chr1", "100", "rs1", ref, alt, "50", filters, info, keys, "0/0", own)


def test_a_line_is_read_field_by_field():
    found = read(*line("a", "c,<DEL>,*", "END=200;FLAG;X=1=2", "GT:DP:GQ:AD", "1|2:30:59.9:1,2,3,4", "q10;s50"))

    assert found == Record(
        number=7, contig="chr1", chrom="1", pos=100, ref="A", alts=("C", "<DEL>", "*"), filters=("q10", "s50"),
        info={"END": "200", "FLAG": "", "X": "1=2"},
        sample={"GT": "1|2", "DP": "30", "GQ": "59.9", "AD": "1,2,3,4"},
        genotype=Genotype((1, 2), phased=True), depth=30, quality=59, depths=(1, 2, 3, 4),
        qual=Decimal(50),
    )  # fmt: skip


def test_missing_values_are_missing():
    found = read(*line("A", ".", ".", "GT:DP:AD", ".:.", "."))
    assert (found.alts, found.filters, dict(found.info), found.depth, found.depths) == ((), (), {}, None, ())
    assert found.genotype == Genotype((None,))
    assert read(*line(keys=".", own=".")).genotype is None
    assert read(*line(keys="DP", own="3")).genotype is None


@pytest.mark.holds("READ-03")
@pytest.mark.parametrize(
    ("alt", "info", "keys", "own", "end"),
    [
        ("C", "END=500", "GT", "0/1", 100),
        (".", "END=500", "GT", "0/0", 500),
        ("<NON_REF>", "END=500", "GT", "0/0", 500),
        ("<*>", "END=500;MIN_DP=3", "GT", "0/0", 500),
        ("<*>", ".", "GT:LEN", "0/0:51", 150),
        ("<*>", ".", "GT:LEN", "0/0:.", 100),
        ("C,<NON_REF>", "END=500", "GT", "0/1", 100),
        ("<DEL>", "SVLEN=-50", "GT", "0/1", 150),
        ("<DEL>", "SVLEN=50;END=120", "GT", "0/1", 150),
        ("<DEL>,<DUP>", "SVLEN=-50,70", "GT", "0/1", 170),
        ("C,<DEL>", "SVLEN=.,70", "GT", "0/1", 170),
        ("<DEL>,<INS>", "SVLEN=-50,900", "GT", "0/1", 150),  # an insertion covers nothing, beside a deletion too
        ("<INS>", "SVLEN=900", "GT", "0/1", 100),
        ("<INS:ME>", "SVLEN=900;END=101", "GT", "0/1", 101),
        ("<DEL>", "END=x;SVLEN=y", "GT", "0/1", 100),
        ("]chr2:9]A", "END=900", "GT", "0/1", 900),
        (".", "END=50", "GT", "0/0", 100),
    ],
)
def test_how_far_a_record_reaches(alt, info, keys, own, end):
    assert read(*line("A", alt, info, keys, own)).end == end


@pytest.mark.parametrize(
    ("alt", "info", "tells"),
    [
        ("C", ".", True), (".", "END=9", True), ("<NON_REF>", ".", True), ("<*>", ".", True), ("C,<*>,*", ".", True),
        ("<DEL>", ".", False), ("C,<DEL>", ".", False), ("A[chr2:9[", ".", False), (".A", ".", False),
        ("C", "SVTYPE=DEL", False),
        (".", "REFLEN=9", False), (".", "RU=CAG;REPID=X", False), (".", "RUS_REF=CAG;END=90", False),
        (".", "LOCUS=X;MOTIF=CAG;COPIES=9.0", False), ("CA", "RU=A;RPA=3,4", True),
    ],
)  # fmt: skip
def test_which_records_speak_of_bases(alt, info, tells):
    assert Judged(read(*line("A", alt, info, own="0/0")), None, None).tells_bases is tells


@pytest.mark.parametrize(
    "columns",
    [
        line(ref="Z"), line(ref="."), line(alt="<DEL"), line(alt="C,"), line(alt="c c"), line(filters="PASS;"),
        line(filters="a b"),
        line(info="END=1;END=2"), line(info="SVLEN=1;SVLEN=2"), line(keys="1x"), line(keys="DP:GT", own="3:0/1"),
        line(keys="GT:GT", own="0/1:0/1"), line(own="0/1:9"), line(own="0/2"), line(own="/".join("0" * 101)),
        line(own=""),
    ],
)  # fmt: skip
def test_a_line_that_is_wrong_where_it_matters_is_refused_with_its_number(columns):
    with pytest.raises(RecordError, match=r"x\.vcf: line 7"):
        read(*columns)


def test_only_the_wanted_column_is_read():
    bad = ("chr1", "100", ".", "A", "C", ".", "PASS", ".", "GT", "junk", "0/1")
    assert read(*bad, column=1).genotype == Genotype((0, 1))
    with pytest.raises(RecordError):
        read(*bad, column=0)


@pytest.mark.holds("READ-07")
def test_two_readers_must_agree(monkeypatch):
    honest = module.typed

    def other(*args):
        return (evolve(each, alleles=(0, 0)) for each in honest(*args))

    monkeypatch.setattr(module, "typed", other)
    with pytest.raises(RecordError, match="htslib disagree"):
        read(*line())


def test_a_phase_sign_before_the_first_allele_is_read():
    assert read(*line(own="|0|1")).genotype == Genotype((0, 1), phased=True)
    assert read(*line(own="/0/1")).genotype == Genotype((0, 1))
    assert read(*line(own="|0/1")).genotype == Genotype((0, 1), marks=(True, False))
    assert read(*line(own="/0|1")).genotype == Genotype((0, 1), marks=(False, True))
    assert read(*line(own="0/1|1")).genotype == Genotype((0, 1, 1), marks=(False, False, True))
    assert read(*line(own="0|1/1")).genotype == Genotype((0, 1, 1), marks=(False, True, False))


def test_no_lines_no_records():
    assert read_records(HEADER, [], 0, "x.vcf") == ((), ())


@pytest.mark.parametrize(
    ("keys", "own", "depth", "quality", "depths"),
    [
        ("GT:DP:GQ:AD", "0/1:30:59.9:10,20", 30, 59, (10, 20)),
        ("GT:DP:GQ:AD", "0/1:3x:99:10,20", None, 99, (10, 20)),
        ("GT:DP:GQ:AD", "0/1:30,31:99:10,20", None, 99, (10, 20)),
        ("GT:DP:GQ:AD", "0/1:-30:-1:10,20", None, None, (10, 20)),
        ("GT:DP:GQ:AD", "0/1:30.5:1e99:10,20", None, None, (10, 20)),
        ("GT:DP:GQ:AD", "0/1:9999999999:nan:10,20", None, None, (10, 20)),
        ("GT:DP:GQ:AD", "0/1:30:99:10", 30, 99, ()),
        ("GT:DP:GQ:AD", "0/1:30:99:ten,20", 30, 99, ()),
        ("GT:DP:GQ:AD", "0/1: 30:99:10,20", None, 99, (10, 20)),
        ("GT:MIN_DP:DP", "0/1:x:30", 30, None, ()),
    ],
)
def test_a_depth_or_quality_that_is_not_one_is_missing(keys, own, depth, quality, depths):
    found = read(*line(keys=keys, own=own))
    assert (found.genotype, found.depth, found.quality, found.depths) == (Genotype((0, 1)), depth, quality, depths)


def test_a_file_of_nobody_is_read_without_a_genotype():
    columns = ("chr1", "100", ".", "A", "C", ".", ".", "END=100")
    (found,), _ = read_records(HEADER, [Line(7, "\t".join(columns).encode())], None, "x.vcf")
    assert (found.pos, found.alts, found.genotype, dict(found.sample)) == (100, ("C",), None, {})


def test_a_key_may_hold_an_encoded_character():
    assert read(*line(keys="GT:G%3AS", own="0/1:x")).sample["G%3AS"] == "x"


@pytest.mark.parametrize(("alone", "worked"), [(True, 2), (False, 1)])
def test_what_is_known_of_a_record_is_forgotten_only_if_no_other_participant_has_it(alone, worked):
    asked: list[Record] = []
    record = evolve(read(*line()), alone=alone)
    for _ in range(2):
        record.once(asked.append)
        record.forget()
    assert len(asked) == worked
