"""What a record is held against: each kind of fault is noted once, and a sound record never is."""

from __future__ import annotations

import contextlib
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import build
from assigner.errors import RecordError
from assigner.vcf.records.grammar import MOST_NAMED
from assigner.vcf.records.parsing import read_records
from assigner.vcf.scan.headers import parse_header
from assigner.vcf.scan.scans import Line

META = [
    *(
        f'##INFO=<ID={key},Number={number},Type={kind},Description="x">'
        for key, number, kind in [
            ("DP", "1", "Integer"), ("AC", "A", "Integer"), ("AF", "A", "Float"), ("DB", "0", "Flag"),
            ("END", "1", "Integer"), ("TWO", "2", "Integer"), ("PER", "R", "Float"), ("ONE", "1", "String"),
            ("ANY", ".", "String"), ("LET", "1", "Character"), ("GEN", "G", "Integer"), ("SVLEN", ".", "Integer"),
        ]
    ),
    *(
        f'##FORMAT=<ID={key},Number={number},Type={kind},Description="x">'
        for key, number, kind in [
            ("GT", "1", "String"), ("DP", "1", "Integer"), ("GQ", "1", "Integer"), ("AD", "R", "Integer"),
            ("PL", "G", "Integer"), ("DS", "A", "Float"), ("FT", "1", "String"), ("PS", "1", "Integer"),
        ]
    ),
    '##FILTER=<ID=q10,Description="x">',
]  # fmt: skip


def notes(*rows: tuple[str, ...], version: str = "4.2", meta: tuple[str, ...] = ()) -> list[str]:
    """The notes on records that differ from a sound one in the given columns (`name=value`)."""
    text = build.header(meta=[*META, *meta], samples=["a"], version=version).rstrip(b"\n")
    header = parse_header(text.split(b"\n"), "x.vcf")
    sound = {"CHROM": "chr1", "POS": "100", "ID": "rs1", "REF": "A", "ALT": "C", "QUAL": "50", "FILTER": "PASS",
             "INFO": ".", "FORMAT": "GT", "a": "0/1"}  # fmt: skip
    lines = []
    for number, row in enumerate(rows, start=7):
        columns = sound | dict(each.split("=", 1) for each in row)
        lines.append(Line(number, "\t".join(columns.values()).encode()))
    return list(read_records(header, lines, 0, "x.vcf")[1])


@pytest.mark.parametrize(
    "row",
    [
        ("INFO=DP=3;AC=1;AF=0.5;DB;END=100;TWO=1,-2;PER=1e-3,.;ONE=a b;ANY=a,b;LET=x;GEN=1,2,3;SVLEN=-7,8",),
        ("INFO=DP=.;AC=.;AF=.;TWO=.;PER=inf,-NaN;ONE=.;LET=.;GEN=.",),
        ("ALT=C,G", "INFO=AC=1,2;PER=1,2,3;GEN=1,2,3,4,5,6"),
        ("ALT=.", "INFO=AC=.;PER=1;GEN=1", "a=0/0"),
        ("FORMAT=GT:DP:GQ:AD:PL:DS:FT:PS", "a=0|1:30:99:10,20:1,2,3:0.5:q10;q20:100"),
        ("FORMAT=GT:DP:GQ:AD:PL:DS:FT:PS", "a=./.:.:.:.:.:.:.:."),
        ("FORMAT=GT:DP:GQ:AD:PL", "a=0/1"),
        ("FORMAT=GT:PL", "a=1:1,2"),
        ("FORMAT=GT:PL", "a=0/0/1:1,2,3,4"),
        ("FORMAT=GT:PL", "a=.:1,2,3"),
        ("ID=.", "QUAL=.", "FILTER=."),
        ("ID=rs1;rs2", "QUAL=+1.5e+3", "FILTER=q10"),
        ("REF=ACGTN", "ALT=A"),
        ("ALT=A[chr2:9[,]chr2:9]A,A]<ctg1>:7],[chr2:0[A,.[chr3:1[",),
        ("ALT=.A,A.,*,<INS>", "a=0/4"),
        ("ALT=<DEL>", "INFO=SVLEN=-9"),
        ("POS=0", "REF=N", "ALT=.[chr2:9["),  # a telomere
        ("CHROM=HLA-A*01:01:01:01", "ALT=A[<ctg>:1["),
    ],
)
def test_a_sound_record_is_not_noted(row):
    assert notes(row) == []


@pytest.mark.holds("READ-06")
@pytest.mark.parametrize(
    ("row", "note"),
    [
        (("INFO=DP=3.5",), "INFO/DP with values"), (("INFO=DP=-3",), "INFO/DP with values"),
        (("INFO=DP",), "INFO/DP with values"), (("INFO=DP=",), "INFO/DP with values"),
        (("INFO=DP=1,2",), "INFO/DP with values"), (("INFO=AC=1,2",), "INFO/AC with values"),
        (("INFO=AF=-0.1",), "INFO/AF with values"), (("INFO=AF=1,0",), "INFO/AF with values"),
        (("INFO=DB=1",), "INFO/DB with values"), (("INFO=TWO=1",), "INFO/TWO with values"),
        (("INFO=TWO=1,x",), "INFO/TWO with values"), (("INFO=PER=1",), "INFO/PER with values"),
        (("INFO=ONE=a,b",), "INFO/ONE with values"), (("INFO=LET=xy",), "INFO/LET with values"),
        (("INFO=GEN=1,2",), "INFO/GEN with values"), (("INFO=END=x",), "INFO/END with values"),
        (("INFO=END=99",), "INFO/END before POS"),
        (("INFO=DP=1;DP=2",), "INFO with a key twice"), (("INFO=DP=1;;DB",), "an empty entry"),
        (("INFO=DP=1;",), "an empty entry"),
        (("INFO=MINE=1",), "INFO with a key that the header does not declare"),
        (("INFO=my key=1",), "INFO with a key that cannot be one"),
        (('INFO="DP=1"',), "INFO with a key that cannot be one"),
        (("FORMAT=GT:MINE", "a=0/1:1"), "FORMAT with a key that the header does not declare"),
        (("FORMAT=GT:PL", "a=0/1:1,2"), "FORMAT/PL with values"), (("FORMAT=GT:PL", "a=1:1,2,3"), "FORMAT/PL with"),
        (("FORMAT=GT:DS", "a=0/1:x"), "FORMAT/DS with values"), (("FORMAT=GT:PS", "a=0|1:1.0"), "FORMAT/PS with"),
        (("FORMAT=GT:DP", "a=0/1:3x"), "FORMAT/DP with values of another type or number, not believed"),
        (("FORMAT=GT:GQ", "a=0/1:9.5"), "FORMAT/GQ with values of another type or number, not believed"),
        (("FORMAT=GT:AD", "a=0/1:9"), "FORMAT/AD with values of another type or number, not believed"),
        (("ID=;rs1",), "ID that is not"), (("ID=rs1;",), "ID that is not"), (("ID=rs 1",), "ID that is not"),
        (("ID=rs1;rs1",), "ID that is not"),
        (("QUAL=-1",), "QUAL that is not"), (("QUAL=high",), "QUAL that is not"), (("QUAL=",), "QUAL that is not"),
        (("REF=R",), "REF of other letters"),
        (("FILTER=q10;.",), "FILTER with ., PASS or 0 among the codes"), (("FILTER=q10;0",), "PASS or 0 among"),
        (("FILTER=q10;q10",), "FILTER with a code twice"),
        (("FILTER=q20",), "FILTER with a code that the header does not declare"),
        (("ALT=[chr2:9[",), "ALT with a breakend"), (("ALT=A[chr2[",), "ALT with a breakend"),
        (("ALT=A[chr2:9]",), "ALT with a breakend"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_noted_with_its_line(row, note):
    told = notes(row)
    assert any(each.startswith("line 7: ") and note in each for each in told)


def test_a_copy_number_claim_is_asked_for_since_4_4():
    row = ("ALT=<DEL>", "INFO=SVLEN=9")
    assert "line 7: ALT <DEL> or <DUP> without INFO/SVCLAIM" in notes(row, version="4.4")
    assert notes(row, version="4.3") == []


def test_reserved_keys_need_no_declaration_to_be_held_against_the_specification():
    told = notes(("INFO=CIGAR=1X;H2;MQ0=0",), ("POS=101", "INFO=CIGAR=0.5;H2=1;MQ0=-1"))
    assert sorted(re.sub(r"^line \d+: ", "", each) for each in told) == [
        "INFO with a key that the header does not declare (3 times)",
        "INFO/CIGAR with values of another type or number",
        "INFO/H2 with values of another type or number",
        "INFO/MQ0 with values of another type or number",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        (("POS=124", "REF=A", "ALT=G"), ("POS=123", "REF=TAT", "ALT=TGT")),
        (("POS=123", "REF=AT", "ALT=AAT,AA"), ("POS=124", "REF=T", "ALT=A")),
        (("ALT=c",), ("REF=a",)),
    ],
)
def test_one_variant_in_two_records_is_noted(rows):
    assert "line 8: a variant that an earlier record holds too" in notes(*rows)


def test_one_line_for_each_kind_and_a_few_keys_by_name():
    rows = [(f"INFO=K{n}=x",) for n in range(3 * MOST_NAMED)]
    meta = tuple(f'##INFO=<ID=K{n},Number=1,Type=Integer,Description="x">' for n in range(3 * MOST_NAMED))
    told = notes(*rows, *rows, meta=meta)

    assert len(told) == MOST_NAMED + 2  # the rows' one variant stands in all of them
    assert "INFO/(others) with values of another type or number" in told[-1]


entries = st.sampled_from(["DP", "AC", "CIGAR", "MINE", ""]).flatmap(
    lambda key: st.text(st.characters(exclude_characters="\t\n;", exclude_categories=["Cs"])).map(
        lambda value: f"{key}={value}"
    )
)


@given(
    info=st.lists(entries, min_size=1).map(";".join),
    keys=st.text("GT:DPMINEX%.", min_size=1),
    own=st.text("0/|1.:,x-"),
)
def test_no_text_makes_it_fail_otherwise_than_by_a_refusal(info, keys, own):
    with contextlib.suppress(RecordError):
        for each in notes((f"INFO={info}", f"FORMAT={keys}", f"a={own}")):
            assert each.startswith("line 7: ")


@pytest.mark.holds("SECU-02")
def test_what_is_told_quotes_no_value():
    told = notes(("INFO=DP=CANARY;CANARY=1", "FORMAT=GT:GQ:CANARY", "a=0/1:CANARY:CANARY", "ID=CANARY;", "QUAL=CANARY"))
    assert len(told) > 5
    assert not any("CANARY" in each for each in told)


def test_long_values_cost_what_their_length_costs():
    digits = "1" * 1_000_000
    begin = time.process_time()
    told = notes((f"INFO=AF={digits}x;END={digits};DP={digits};CIGAR={digits}", f"QUAL={digits}x", f"ID={digits};"))

    assert time.process_time() - begin < 2
    assert {each.partition(": ")[2].partition(" ")[0] for each in told} >= {"INFO/AF", "QUAL", "ID", "INFO/CIGAR"}


def test_a_number_of_values_beyond_reason_is_not_counted():
    meta = tuple(f'##INFO=<ID=K{n},Number={"9" * n},Type=Integer,Description="x">' for n in (4, 10, 5000))
    assert notes(("INFO=K4=1;K10=1,2;K5000=3",), meta=meta) == []


@pytest.mark.parametrize(
    ("row", "note"),
    [
        (("REF=c",), "bases in lower case"),
        (("ALT=<DEL>,t",), "bases in lower case"),
        (("QUAL=nan",), "QUAL that is not a number of at least 0: not used"),
        (("REF=CG", "ALT=TG", "FORMAT=GT", "a=0/1"), "an allele with more bases than it needs: trimmed"),
        (("ALT=*", "FORMAT=GT", "a=0/1"), "a haplotype on which another record deletes the base (ALT *)"),
        (("INFO=DP=1;X=\u202e",), "control character that steers how text is shown"),
        (("INFO=DP=2147483648",), "INFO/DP with values of another type or number"),
    ],
)
def test_what_changes_no_call_is_noted_too(row, note):
    assert any(note in each for each in notes(row))
