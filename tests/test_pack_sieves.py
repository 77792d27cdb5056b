"""Sieves of large sources: what they leave out, the reader of single rows gives nothing of, and it finds no fault."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner import EvidenceError
from assigner.genome.builds import Build
from assigner.packs.sources import sieves
from assigner.packs.sources.fasta import read_fasta
from assigner.packs.sources.records import MISSING, Vcf, number_in, table_rows
from assigner.packs.sources.sieves import COUNT, FREQUENCY, NUMBER, Cells, Form, Rows
from assigner.texts import Text, every_line

SPANS = {"1": ((100, 199), (300, 399)), "X": ((50, 60),)}
CHROMS = st.sampled_from([
    *("1", "chr1", "1", "X", "2", "NC_000001.11", "GL000192.1"), "NC_000001.10", " 1", "", '"1"', "\u0661",
])  # fmt: skip
PLACES = st.one_of(
    st.integers(0, 420).map(str), st.integers(90, 110).map(str),
    st.sampled_from(["", ".", "118.0", "0118", "-5", "9" * 10, "9" * 9, "x", "\u00b2", "1 "]),
)  # fmt: skip
ALLELES = st.one_of(
    st.sampled_from("ACGTacgtN"), st.text("ACGT", max_size=40), st.sampled_from(["-", "A,C", ".", "<DEL>", "*", "A-"])
)
VALUES = st.one_of(
    st.sampled_from(
        ["0.5", ".", "", "-", "NA", "NaN", "nan", "1", "1.0", "1.5", "-1", "x", "1e-5", "2e3", "0.5 ", "1.e-1"]
    ),
    st.text("0123456789.eE+-", max_size=6),
)
COUNTS = st.one_of(st.integers(0, 300).map(str), st.sampled_from([".", "", "1.5", "-1", "1e2", "12.0", "NA", "9" * 12]))
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\r\n", "\n\n", " \n", "\t\n", ",\n", '"\n', "\r"])


def told(rows: Callable[[], Iterator[object]]) -> list[object]:
    """All rows, and the fault that ends them if one does."""
    found: list[object] = []
    try:
        found += rows()
    except EvidenceError as error:
        found.append(str(error))
    return found


def of_panel(rows: Iterator[tuple[int, object, object]]) -> Iterator[tuple[int, object, object]]:
    """The rows in the spans; a sieve may leave others to be read, too."""
    for number, variant, cells in rows:
        if any(a <= variant.end and variant.pos <= b for a, b in SPANS.get(variant.chrom, ())):
            yield number, variant, cells


def both_ways(monkeypatch: pytest.MonkeyPatch, path: Path, rows: Callable[[Text], Iterator[object]]) -> list[object]:
    """What is read with sieves, after it was seen to be what is read without."""
    found = told(lambda: rows(Text(path)))
    with monkeypatch.context() as patch:
        for name in ("vcf_sieve", "table_sieve"):
            patch.setattr(f"assigner.packs.sources.records.{name}", lambda *_: every_line)
        assert found == told(lambda: rows(Text(path)))
    return found


@pytest.mark.holds("PACK-01")
@given(data=st.data(), comma=st.booleans(), block=st.sampled_from([1, 60, 1 << 19]))
def test_a_sieved_table_is_the_table_read_row_by_row(data, comma, block, tmp_path_factory):
    sign, path = ("," if comma else "\t"), tmp_path_factory.mktemp("table") / ("t.csv" if comma else "t.tsv")
    head = data.draw(st.permutations(["chrom", "pos", "ref", "alt", "AF", "AN", "other"]), label="head")
    cells = {"chrom": CHROMS, "pos": PLACES, "ref": ALLELES, "alt": ALLELES, "AF": VALUES, "AN": COUNTS,
             "other": st.text("ab\u00e9\r'", max_size=3)}  # fmt: skip
    plain = {
        "chrom": "1",
        "pos": st.integers(1, 420).map(str),
        "ref": "A",
        "alt": "C",
        "AF": "0.1",
        "AN": "5",
        "other": "",
    }

    def cell(name: str, odd: bool) -> str:
        if odd or not isinstance(plain[name], str):
            return data.draw(cells[name] if odd else plain[name], label=name)
        return plain[name]

    text = sign.join(head) + "\n"
    for _ in range(data.draw(st.integers(0, 12), label="rows")):
        odd = data.draw(st.sampled_from([None, None, *head]), label="odd")
        text += sign.join(cell(name, name == odd) for name in head)
        text += data.draw(ENDS) if odd == "other" else "\n"
    path.write_bytes(text.encode())

    most = data.draw(st.integers(0, 300), label="most")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assigner.texts.BLOCK", block)
        for form, ceiling in ((NUMBER, None), (FREQUENCY, lambda: most)):
            both_ways(patch, path, lambda text, form=form, ceiling=ceiling: checked(text, form, ceiling))


def checked(text: Text, form: Form, most: Callable[[], int] | None) -> Iterator[object]:
    """Rows in the spans, with the checks of values and the highest count that a pack's making has."""
    for number, variant, cells in table_rows(text, Build.GRCH38, ("AF",), SPANS, form=form, most=most):
        value = number_in(cells["value"])
        if value is None and cells["value"].upper() not in MISSING:
            raise text.fault(number, "a number", cells["value"])
        if most is not None:
            count = number_in(cells["an"])
            if (value is not None and not 0 <= value <= 1) or (count is None and cells["an"].upper() not in MISSING):
                raise text.fault(number, "a frequency", cells["value"])
            if value is not None and count is not None and (count != int(count) or count > most()):
                yield number, count
        yield from of_panel(iter([(number, variant, cells)]))


@pytest.mark.holds("PACK-01")
@given(data=st.data(), block=st.sampled_from([1, 60, 1 << 19]))
def test_a_sieved_vcf_is_the_vcf_read_row_by_row(data, block, tmp_path_factory):
    path = tmp_path_factory.mktemp("vcf") / "a.vcf"
    text = "##fileformat=VCFv4.2\n##INFO=<ID=AF,Number=A>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    for _ in range(data.draw(st.integers(0, 12), label="rows")):
        odd = data.draw(st.booleans(), label="odd")
        chrom, pos = (
            data.draw(CHROMS if odd else st.just("1")),
            data.draw(PLACES if odd else st.integers(1, 420).map(str)),
        )
        ref, alt = data.draw(ALLELES if odd else st.just("A")), data.draw(ALLELES if odd else st.just("C"))
        row = [chrom, pos, ".", ref, alt, ".", ".", "AF=0.1", "GT", "0/1"]
        text += "\t".join(row[: data.draw(st.sampled_from([7, 8, 9, 10]) if odd else st.just(8))])
        text += data.draw(ENDS) if odd else "\n"
    path.write_bytes(text.encode())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assigner.texts.BLOCK", block)
        for one_alt in (True, False):
            both_ways(
                patch, path,
                lambda text, one_alt=one_alt: Vcf(text, Build.GRCH38, "ID=AF", SPANS, one_alt=one_alt).rows(),
            )  # fmt: skip


@pytest.mark.holds("PACK-01")
@given(data=st.data(), piece=st.integers(0, 40), block=st.sampled_from([1, 30, 1 << 19]))
def test_counted_bases_are_as_many_as_read_ones(data, piece, block, tmp_path_factory):
    path, text = tmp_path_factory.mktemp("fasta") / "a.fa", ""
    for name in data.draw(st.lists(st.sampled_from(["1:1-300", "1:151-250", "X:41-100", "other"]), max_size=3)):
        first, last = map(int, name.partition(":")[2].split("-")) if ":" in name else (1, 90)
        bases = ("ACGTacgtNR" * 30)[first - 1 : last]
        size = data.draw(st.integers(1, 70))
        ends = data.draw(st.lists(ENDS.filter(lambda end: "," not in end), min_size=1, max_size=2))
        end = data.draw(st.sampled_from(["\n", "\r\n", *ends]))
        text += f">{name}{end}" + "".join(bases[at : at + size] + end for at in range(0, len(bases), size))
        text += data.draw(st.sampled_from(["", "", "", ";", "A", "\u00e9\n", "\n"]))
    path.write_bytes(text.encode())

    def read() -> Iterator[object]:
        yield {chrom: own.stretches for chrom, own in read_fasta(Text(path), SPANS, Build.GRCH38).items()}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assigner.texts.BLOCK", block)
        patch.setattr("assigner.packs.sources.fasta.PIECE", piece)
        found = told(read)
        patch.setattr("assigner.packs.sources.fasta._Sequence.sifted", lambda _, block: every_line(block))
        assert found == told(read)


def cells(texts: list[str]) -> Cells:
    return Rows("".join(f"{text}\n" for text in texts).encode(), "\t", 1, more=False).column(0)


@given(texts=st.lists(st.text("0123456789.eE+-", max_size=32) | VALUES | COUNTS, min_size=1))
def test_what_has_a_form_is_no_fault(texts):
    held = {form: form.holds(cells(texts)) for form in (NUMBER, FREQUENCY, COUNT)}
    for at, text in enumerate(texts):
        number, missing = number_in(text), text.upper() in MISSING
        assert not held[NUMBER][at] or missing or number is not None, text
        assert not held[FREQUENCY][at] or missing or 0 <= number <= 1, text
        assert not held[COUNT][at] or missing or number == int(number) >= 0, text


def test_what_tables_hold_has_a_form():
    texts = ["0", "0.123", "1", "1.0", "1e-05", "3.9e-06", "0.5e-10", ".", "", "-", "NA", ".5"]
    assert all(FREQUENCY.holds(cells(texts))) and all(NUMBER.holds(cells([*texts, "-3.2", "12.5", "1E+3"])))


@given(rows=st.lists(st.tuples(CHROMS, PLACES), min_size=1, max_size=30))
def test_a_row_that_is_no_row_of_a_spreadsheet_is_never_plain(rows):
    text = "".join(f"{chrom},{pos}\n" for chrom, pos in rows)
    found = Rows(text.encode(), ",", 2, more=False)
    lines = text.splitlines(keepends=True)
    for at, chrom in zip(found.plain.tolist(), found.column(0).starts.tolist(), strict=True):
        assert next(csv.reader(io.StringIO(lines[at])))[0] == lines[at].partition(",")[0]
        assert text.encode()[chrom:].startswith(lines[at].encode())


def test_far_rows_are_left_out(tmp_path):
    """A sieve that leaves every row to be read would keep all laws."""
    sieve = sieves.vcf_sieve(SPANS)
    block = b"1\t5\t.\tA\tC\t.\t.\t.\n1\t100\t.\tA\tC\t.\t.\t.\n2\t100\t.\tA\tC\t.\t.\t.\nX\t48\t.\tAAA\tC\t.\t.\t.\n"
    assert [at for at, _ in sieve(block)] == [1, 3]
    columns = sieves.TableColumns(cells=6, chrom=0, pos=1, ref=2, alt=3, value=(4, FREQUENCY), count=(5, lambda: 9))
    table = sieves.table_sieve(columns, True, SPANS, Build.GRCH38)
    rows = [b"1,5,A,C,0.1,9", b"1,5,A,C,0.1,10", b"1,100,A,C,0.1,9", b"un,x,A,C,2,9", b"1,.,A,C,2,9", b"1,5,A,C,2,9"]
    assert [at for at, _ in table(b"\r\n".join(rows))] == [1, 2, 5]
