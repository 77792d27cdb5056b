from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from unittest import mock

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assigner.errors import BuildError, ContainerError, HeaderError, InputError, LimitError, RecordError
from assigner.vcf.bytes import blocks
from assigner.vcf.bytes.blocks import FRONT, Piece
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.scan import columns as layout
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Intervals
from assigner.vcf.scan.lines import scan
from assigner.vcf.scan.scans import Line, Scan
from assigner.vcf.scan.sieves import Sieve
from build import bgzf, gzip, header, record
from effort import some

NAMES = ("1", "chr1", "chrX", "X234567", "X2345678", "chrUn_KI270302v1", "HLA-A*01:01:01:01")
EVERYTHING = {name: [(0, 2**31)] for name in NAMES}


# --- the slow and obvious version -------------------------------------------------------------------------------


def last_base(line: bytes) -> int:
    columns = line.split(b"\t")
    pos, alts = int(columns[1]), columns[4].split(b",")
    last = pos + max(len(columns[3]), 1) - 1
    if columns[4] not in (b".", b"*") and not any(alt.startswith(b"<") for alt in alts):
        return last
    for entry in columns[7].split(b";"):
        if entry.startswith(b"END=") and entry != b"END=.":
            last = max(last, int(entry[4:]))
        if entry.startswith(b"SVLEN="):
            sizes = entry[6:].split(b",")
            for at, size in enumerate(sizes):
                inserted = len(sizes) == len(alts) and not (alts[at][:1] == b"<" and alts[at][:4] != b"<INS")
                if size != b"." and not inserted:
                    last = max(last, pos + abs(int(size)))
    if b"<*>" in alts and len(columns) > 9 and b"LEN" in columns[8].split(b":"):
        at = columns[8].split(b":").index(b"LEN")
        for sample in columns[9:]:
            last = max(last, pos + int(sample.split(b":")[at]) - 1)
    return last


def wanted(line: bytes, chosen: dict[str, list[tuple[int, int]]]) -> bool:
    chrom, pos = line.split(b"\t")[0].decode(), int(line.split(b"\t")[1])
    return any(start <= last_base(line) and pos <= end for start, end in chosen.get(chrom, []))


def in_order(records: Sequence[bytes]) -> bool:
    places = [(line.split(b"\t")[0], int(line.split(b"\t")[1])) for line in records]
    runs = [(chrom, [pos for _, pos in run]) for chrom, run in itertools.groupby(places, key=lambda place: place[0])]
    return len({chrom for chrom, _ in runs}) == len(runs) and all(run == sorted(run) for _, run in runs)


# --- strategies -------------------------------------------------------------------------------------------------

positions = (
    st.integers(0, 120) | st.integers(0, 2**31 - 1) | st.sampled_from([9, 99, 10**8 - 1, 10**8, 10**9 - 1, 10**9])
)
sizes = st.integers(-90, 90) | st.integers(-(10**9), 10**9)
ends = st.integers(0, 200) | st.integers(0, 2**31 - 1)
entries = st.one_of(
    ends.map(lambda end: f"END={end}"),
    st.lists(sizes | st.just("."), min_size=1, max_size=3).map(lambda many: "SVLEN=" + ",".join(map(str, many))),
    st.sampled_from(["END=.", "DP=3", "XEND=5", "ENDX=7", "BEND", "SVTYPE=DEL", "CSQ=a|END=9|b", "."]),
)
infos = st.lists(entries, min_size=1, max_size=3).map(";".join)
alts = st.sampled_from(
    [
        ".",
        "A",
        "A,C",
        "<NON_REF>",
        "<*>",
        "T,<NON_REF>",
        "<DEL>",
        "<INS>",
        "<INS>,<DEL>",
        "A,<DEL>,C",
        ".A",
        "*",
        "]1:5]A",
    ]
)
chroms = st.sampled_from(NAMES)
intervals = st.dictionaries(
    chroms, st.lists(st.tuples(positions, st.integers(0, 40)), min_size=1, max_size=3), max_size=4
)
chosen = intervals.map(lambda found: {name: [(at, at + size) for at, size in pairs] for name, pairs in found.items()})


@st.composite
def records(draw: st.DrawFn, samples: int) -> bytes:
    keys, value = draw(st.sampled_from([("GT", "0/1"), ("GT:LEN", "0/0:%d"), ("LEN", "%d")]))
    return record(
        draw(chroms),
        draw(positions),
        "A" * draw(st.integers(1, 20)),
        draw(alts),
        info=draw(infos),
        keys=keys,
        samples=[value.replace("%d", str(draw(st.integers(1, 99)))) for _ in range(samples)],
    )


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A header and its records, grouped by contig or not, sorted or not."""
    samples = draw(st.integers(0, 3))
    found = draw(st.lists(records(samples), max_size=12))
    if draw(st.booleans()):
        found.sort(key=lambda line: (line.split(b"\t")[0], int(line.split(b"\t")[1])))
    names = [f"S{n}" for n in range(samples)]
    return header(version="4.5", samples=names, contigs=draw(st.sampled_from([(), NAMES]))), found


class Split:
    """A source whose text comes in pieces cut where a test says."""

    def __init__(self, text: bytes, cuts: Sequence[int] = (), limits: Limits | None = None) -> None:
        bounds = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
        self.parts = [text[a:b] for a, b in itertools.pairwise(bounds)]
        self.name, self.notes, self.limits = "P1.vcf", (), limits or Limits()
        self.closed = False

    def __enter__(self) -> Split:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = True

    def pieces(self) -> Iterator[Piece]:
        room = bytearray(FRONT + max(map(len, self.parts), default=0) + 64)
        for part in self.parts:
            room[FRONT : FRONT + len(part)] = part
            yield Piece(room, FRONT + len(part))


def scanned(text: bytes, choice: object = None, *, cuts: Sequence[int] = (), limits: Limits | None = None) -> Scan:
    chosen = EVERYTHING if choice is None else choice
    return scan(Split(text, cuts, limits), lambda _: chosen)


# --- laws -------------------------------------------------------------------------------------------------------


@pytest.mark.holds("READ-03")
@given(
    file=files(),
    choice=chosen,
    cuts=st.lists(st.integers(1, 1500), max_size=9),
    few=st.sampled_from([1, 2, 32]),
    wide=st.fixed_dictionaries(
        {"WIDE": st.sampled_from([10, 300]), "_NEAR": st.sampled_from([3, 30, 192]), "_CHUNK": st.integers(1, 400)}
    ),
)
@example(file=(header(), []), choice={}, cuts=[], few=1, wide={})
def test_the_fast_way_finds_what_the_slow_one_does(file, choice, cuts, few, wide):
    head, found = file
    first = head.count(b"\n") + 1

    with mock.patch.multiple(layout, _FEW=few, **wide):
        result = scanned(head + b"".join(found), choice, cuts=cuts)

    numbered = [Line(number, line.rstrip(b"\n")) for number, line in enumerate(found, start=first)]
    assert list(result.lines) == [line for line in numbered if wanted(line.text, choice)]
    assert result.records == len(found)
    assert sum(result.contigs.values()) == len(found)
    assert list(result.contigs) == list(dict.fromkeys(line.split(b"\t")[0].decode() for line in found))
    assert result.in_order == in_order(found)


@given(file=files(), choice=chosen, data=st.data())
def test_what_is_harmless_between_records_changes_only_numbers(file, choice, data):
    head, found = file
    extra = st.sampled_from([b"", b"\n", b"# seen by hand\n", b"\n\n#\n"])
    text = head + b"".join(line + data.draw(extra) for line in found)
    if data.draw(st.booleans()):
        text = text.replace(b"\n", b"\r\n")
    before = scanned(head + b"".join(found), choice)

    after = scanned(text, choice, cuts=data.draw(st.lists(st.integers(1, 1500), max_size=5)))

    assert [line.text for line in after.lines] == [line.text for line in before.lines]
    assert (after.contigs, after.in_order) == (before.contigs, before.in_order)
    numbered = text.replace(b"\r\n", b"\n").split(b"\n")
    assert all(numbered[line.number - 1] == line.text for line in after.lines)


@pytest.mark.holds("READ-09")
@given(file=files(), choice=chosen, data=st.data(), wide=st.sampled_from([10, 300]))
def test_of_one_sample_only_its_column_is_kept(file, choice, data, wide):
    head, found = file
    samples = len(head.split(b"\n")[-2].split(b"\t")[9:])
    if not samples:
        return
    column = data.draw(st.integers(0, samples - 1))
    alone = [b"\t".join(each.rstrip(b"\n").split(b"\t")[at] for at in (*range(9), 9 + column)) for each in found]
    first = head.count(b"\n") + 1

    with mock.patch.object(layout, "WIDE", wide):
        result = scan(Split(head + b"".join(found), [700]), lambda _: choice, lambda _: column)

    numbered = [Line(number, line) for number, line in enumerate(alone, start=first)]
    assert list(result.lines) == [line for line in numbered if wanted(line.text, choice)]
    assert result.records == len(found)


@given(
    columns=st.lists(st.sampled_from(["0/1", "", "0\t1", "a\rb", "\x1b", "0\n1"]), min_size=3, max_size=3),
    cuts=st.lists(st.integers(1, 400), max_size=3),
)
def test_a_wide_line_is_refused_and_noted_as_a_narrow_one(columns, cuts):
    names = ["A", "B", "C"]
    text = header(samples=names) + record(samples=["0/1"] * 3) + record(samples=columns) + record(samples=["1"] * 3)
    told = []
    for wide in (10, 300):
        with mock.patch.object(layout, "WIDE", wide):
            try:
                told.append((scanned(text, cuts=cuts).lines, scanned(text, cuts=cuts).notes))
            except InputError as error:
                told.append((type(error), str(error)))
    assert told[0] == told[1]


@pytest.mark.holds("READ-01")
@given(file=files(), cuts=st.lists(st.integers(1, 900), max_size=4), threads=st.sampled_from([1, 2]))
def test_every_container_gives_the_same_lines(folder, file, cuts, threads):
    text = file[0] + b"".join(file[1])
    results = []
    with mock.patch.multiple(blocks, PIECE=1024, _BLOCK=512):
        for data in (text, gzip(text, cuts=cuts), bgzf(text, block=200, cuts=cuts)):
            path = folder / "x"
            path.write_bytes(data)
            results.append(scan(open_source(path, threads=threads), lambda _: EVERYTHING))
    assert len({result.lines for result in results}) == 1
    assert len({(result.records, result.in_order) for result in results}) == 1


@given(
    file=files(),
    at=st.integers(0, 3000),
    new=st.binary(max_size=3) | st.sampled_from([b"\t", b"\n", b"\0", b"#", b"\r\n", b"9999999999"]),
    drop=st.integers(0, 5),
)
def test_no_edit_gives_anything_but_a_scan_or_a_refusal(file, at, new, drop):
    text = file[0] + b"".join(file[1])
    at %= len(text)
    with contextlib.suppress(InputError):
        edited = scanned(text[:at] + new + text[at + drop :])
        assert edited.records <= len(file[1]) + 1


@pytest.mark.holds("READ-02")
def test_every_flipped_bit_of_a_file_is_refused_or_harmless(folder):
    text = header() + record() + record("1", 222, info="END=400", alt="<DEL>")
    sound, data = scanned(text).lines, bgzf(text, block=90)
    for bit in some(range(len(data) * 8), 29):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        (folder / "x").write_bytes(flipped)
        with contextlib.suppress(InputError):
            assert scan(open_source(folder / "x"), lambda _: EVERYTHING).lines == sound


@given(pairs=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)).map(lambda p: (p[0], p[0] + p[1])), max_size=8))
def test_intervals_cover_what_they_are_made_of(pairs):
    merged = Intervals.of(pairs)
    covered = {base for start, end in pairs for base in range(start, end + 1)}
    again = {base for start, end in zip(merged.starts, merged.ends, strict=True) for base in range(start, end + 1)}
    assert again == covered
    assert (merged.starts[1:] > merged.ends[:-1] + 1).all()
    bases = np.arange(1, 71)
    assert (bases[merged.overlapped(bases, bases)]).tolist() == sorted(covered)


# --- tables -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lines")


@pytest.mark.holds("READ-03")
@pytest.mark.parametrize(
    ("line", "last"),
    [
        (record(pos=10, ref="ACGT"), 13),
        (record(pos=10, alt="A", info="END=99"), 10),
        (record(pos=10, alt=".", info="END=99"), 99),
        (record(pos=10, alt="<NON_REF>", info="END=99"), 99),
        (record(pos=10, alt="T,<NON_REF>", info="DP=3;END=99"), 99),
        (record(pos=10, alt="<DEL>", info="END=5"), 10),
        (record(pos=10, alt="<DEL>", info="END=.;SVLEN=-20"), 30),
        (record(pos=10, alt="<DEL>", info="SVLEN=20;END=25"), 30),
        (record(pos=10, alt="<INS>", info="SVLEN=20"), 10),
        (record(pos=10, alt="<INS>,<DEL>", info="SVLEN=20,7"), 17),
        (record(pos=10, alt="<DEL>", info="SVLEN=20,30"), 40),
        (record(pos=10, alt="C,<DEL>,T", info="SVLEN=.,20,."), 30),
        (record(pos=10, alt="C,<*>,T", info="END=25"), 25),
        (record(pos=10, alt="<*>", info="END=1234567890"), 1234567890),
        (record(pos=10, alt="<*>", info="END=123456789;MIN_DP=3"), 123456789),
        (record(pos=10, alt="<*>", keys="GT:LEN", samples=["0/0:30"]), 39),
        (record(pos=10, alt="<DEL>", info="ENDX=99;XEND=99"), 10),
        (record(pos=10, ref="", alt="A"), 10),
    ],
)
def test_where_a_record_ends(line, last):
    text = header(version="4.5") + line
    assert len(scanned(text, {"1": [(last, last)]}).lines) == 1
    assert scanned(text, {"1": [(last + 1, 2**31)]}).lines == ()


@pytest.mark.parametrize(
    "info", ["END=x", "END=12x", "END=", "DP=1;END=5.5", "SVLEN=x", "END=1234567890123456", "END=7\x7f"]
)
def test_an_end_that_cannot_be_read_is_refused_where_it_matters(info):
    text = header() + record() + record(alt="<DEL>", info=info)
    if info == "END=":
        assert scanned(text).records == 2  # no value is no end
    else:
        with pytest.raises(RecordError, match=r"^P1\.vcf: line 5: expected INFO/.* of digits"):
            scanned(text)
    assert scanned(text, {"2": [(1, 9)]}).records == 2


@pytest.mark.holds("READ-06")
@pytest.mark.parametrize(
    ("line", "error", "what"),
    [
        (record(samples=["0/1", "0/1"]), RecordError, "10 columns; got 11"),
        (record(samples=[]), RecordError, "10 columns; got 8"),
        (record(samples=["0\0/1"]), RecordError, "NUL"),
        (b"1 5 . A C . . . GT 0/1\n", RecordError, "10 columns; got 1"),
        (b" \n", RecordError, "10 columns; got 1"),
        (b"#" + record(), RecordError, "commented out"),
        (b"##fileformat=VCFv4.2\n", RecordError, "two files joined"),
        (header().split(b"\n")[-2] + b"\n", RecordError, "two files joined|a POS of digits"),
        (record("", 5), RecordError, "CHROM"),
        (record("chr1", 5), RecordError, "CHROM that the header declares"),
        (record("1x", 5), RecordError, "CHROM that the header declares"),
        (record(pos=""), RecordError, "a POS of digits"),
        (record(pos="12a"), RecordError, "a POS of digits"),
        (record(pos="-1"), RecordError, "a POS of digits"),
        (record(pos="+1"), RecordError, "a POS of digits"),
        (record(pos="1234567x"), RecordError, "a POS of digits"),
        (record(pos="x12345678"), RecordError, "a POS of digits"),
        (record(pos=2**31), RecordError, "a POS of digits"),
        (record(pos=2**32 + 100), RecordError, "a POS of digits"),
        (record(pos=10**30), RecordError, "a POS of digits"),
        (record(pos=1002), BuildError, "1000 long; got 1002"),
    ],
)
def test_an_unsound_line_is_refused_by_its_number(line, error, what):
    text = header(contigs=["1,length=1000"]) + record() + record() + line + record()
    for cuts in ([], [len(text) // 2], range(1, len(text), 7)):
        with pytest.raises(error, match=f"^P1.vcf: line 7: .*({what})") as caught:
            scanned(text, cuts=list(cuts))
        assert "0/1" not in str(caught.value)


def test_a_record_commented_out_is_found_beside_other_oddities():
    with pytest.raises(RecordError, match="line 5: expected a record; got a record that is commented out"):
        scanned(header() + b"\n#" + record())


@pytest.mark.parametrize("pos", [0, 1000, 1001, "0007"])
def test_the_ends_of_a_contig_are_telomeres(pos):
    assert scanned(header(contigs=["1,length=1000"]) + record(pos=pos)).records == 1


@pytest.mark.parametrize("name", ["chr 1", "<1", "a,b", "caf\u00e9", "=1", '"1"'])
def test_without_declared_contigs_a_name_must_be_one(name):
    with pytest.raises(RecordError, match="a CHROM that can be a contig's name"):
        scanned(header() + record(name))


def test_a_contig_of_an_assembly_file_need_not_be_declared():
    assert scanned(header(contigs=["1"]) + record("<ctg1>")).contigs == {"<ctg1>": 1}


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (header() + b"\n" + record(), "line 4: blank line"),
        (header() + record() + b"\n\n", "line 5: blank line (2 times)"),
        (header() + record() + b"# by hand\n", "line 5: comment among the records"),
        (header() + record(info="a\x1bb"), "line 4: control character"),
        (header() + record(info="a\rb"), "line 4: control character"),
        (header() + record().replace(b"\n", b"\r\n"), "line 4: line ends of two characters (CRLF)"),
        (header() + record(info="x").replace(b"x", b"\xe9"), "line 4: not UTF-8"),
        (header() + record()[:-1], "line 4: the last line has no line end"),
        (header() + record(pos=5) + record(pos=4), "line 5: records not sorted by POS"),
        (header() + record("1") + record("2") + record("1"), "line 6: the records of a contig do not stand together"),
        (header(), "no records"),
        (header(meta=[]) + record(), "FORMAT/GT is not declared"),
    ],
)
def test_what_is_odd_but_harmless_is_noted(text, note):
    for cuts in ([], range(1, len(text), 11)):
        assert scanned(text, cuts=list(cuts)).notes == (note,)


def test_text_beyond_ascii_is_nothing_odd():
    assert scanned(header() + record(info="N=é")).notes == ()


# --- headers and limits -----------------------------------------------------------------------------------------


def test_the_header_is_chosen_by_once():
    seen: list[Header] = []

    def choose(read: Header) -> dict[str, list[tuple[int, int]]]:
        seen.append(read)
        return {}

    source = Split(header(samples=["A", "B"]) + record(samples=["0/1", "0/0"]), range(1, 300))
    assert scan(source, choose).header is seen[0]
    assert [read.samples for read in seen] == [("A", "B")]


@pytest.mark.parametrize("threads", [1, 2])
def test_what_the_chooser_raises_is_passed_on_and_the_file_is_closed(folder, threads):
    def choose(_: Header) -> dict[str, list[tuple[int, int]]]:
        raise KeyError("no such build")

    (folder / "x").write_bytes(bgzf(header() + record() * 99, block=99))
    source = open_source(folder / "x", threads=threads)
    with pytest.raises(KeyError, match="no such build"):
        scan(source, choose)
    with pytest.raises(ValueError, match="closed"):
        source._raw.look()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"##fileformat=VCFv4.2\n", "line 1: expected a header that ends with its #CHROM line"),
        (b"##fileformat=VCFv4.2\n1\t5\n", "line 2: expected a ## line or the #CHROM line"),
        (b"##fileformat=VCFv4.2\n#CHROM POS\n", "line 2: expected #CHROM POS"),
    ],
)
def test_a_header_that_does_not_end_is_refused(text, what):
    with pytest.raises(HeaderError, match=f"P1.vcf: {what}"):
        scanned(text)


LONG = header() + record(info="A" * 500) + record()


@pytest.mark.holds("READ-08")
@pytest.mark.parametrize(
    ("text", "limits", "what"),
    [
        (LONG, Limits(line_bytes=400), "line 4: expected at most 400 bytes in a line"),
        (
            header() + record() + record(info="A" * 999)[:-1],
            Limits(line_bytes=400),
            "line 5: expected at most 400 bytes",
        ),
        (header(meta=["##x=" + "A" * 400]), Limits(line_bytes=400), "line 2: expected at most 400 bytes in a line"),
        (
            header(meta=["##x=" + "A" * 30] * 9),
            Limits(header_bytes=200),
            "line 7: expected a header of at most 200 bytes",
        ),
        (header(contigs=NAMES), Limits(contigs=3), "line 6: expected at most 3 contigs"),
        (header() + b"".join(map(record, NAMES)), Limits(contigs=3), "line 7: expected at most 3 contigs"),
        (header(samples="abcd"), Limits(samples=3), "line 3: expected at most 3 samples"),
        (header() + record(alt="C,G,T"), Limits(alts=2), "line 4: expected at most 2 ALT"),
        (LONG, Limits(kept_bytes=530), "line 5: expected at most 530 bytes of records on the panel"),
    ],
)
def test_limits(text, limits, what):
    for cuts in ([], range(1, len(text), 13)):
        with pytest.raises(LimitError, match=f"^P1.vcf: {what}"):
            scanned(text, cuts=list(cuts), limits=limits)


def test_a_line_longer_than_the_room_before_a_piece():
    found = [record(info="A" * (3 * FRONT)), record(pos=7), record(info="C" * FRONT)]
    text = header() + b"".join(found)
    for cuts in ([], [FRONT, 2 * FRONT], range(1000, len(text), 30_000)):
        assert [line.text + b"\n" for line in scanned(text, cuts=list(cuts)).lines] == found


def test_a_piece_of_another_file_is_no_end(folder):
    (folder / "x").write_bytes(bgzf(header() + record() * 9, end=False))
    with pytest.raises(ContainerError, match="end marker"):
        scan(open_source(folder / "x"), lambda _: EVERYTHING)


SIFTED = """
1 50 . A C . . . GT 0/0 1/1 | listed
1 51 . A C . . . GT:DP 0/1:9 0/0:9 | carried
1 52 . A C . . . GT:DP 0/0:9 0/1:9 |
1 53 . A C . . . GT .|. 0/1 |
1 54 . A C . . . GT 0 0/1 | looked at one by one
1 55 . A C,G,T,CC,CG,CT . . . GT 0/0 0/0 | many ALTs
1 56 . A <NON_REF> . . END=58 GT 0/0 0/0 |
1 57 . A <NON_REF> . . END=90 GT 0/0 0/0 | reaches what is listed
1 58 . A C . . END=58 GT 0/0 0/0 | an END of no block
1 59 . A C . . EQUIVALENT GT 0/0 0/0 | perhaps a length
1 60 . A C . . NAME=\u00e9 GT 0/0 0/0 | letters that may be noted
1 70 . A C . . . GT 1/1 0/1 |
1 71 . A <NON_REF> . . END=72 GT 0/0 0/0 |
""".strip().splitlines()


@pytest.mark.parametrize("wide", [10, 300])
def test_a_sieve_leaves_out_lines_that_surely_show_no_allele_where_one_matters(wide):
    rows = [row.partition(" | ")[0].removesuffix(" |").split(" ") for row in SIFTED]
    text = header(contigs=["1"], samples=["A", "B"]) + "".join("\t".join(row) + "\n" for row in rows).encode()
    sieve = Sieve.of({"1": [(50, 50), (90, 90)]}, {"1": [(50, 65)]}, most_alts=10)
    with mock.patch.object(layout, "WIDE", wide):
        found = scan(open_source(text), lambda _: {"1": [(40, 95)]}, lambda _: 0, sift=lambda _: sieve)
    kept = {row.split(" ")[1] for row in SIFTED if not row.endswith("|")}
    kept |= {"52", "53", "56"} if wide == 10 else set()  # in wide lines no sample's column is looked for
    assert [line.text.split(b"\t")[1].decode() for line in found.lines] == sorted(kept)
