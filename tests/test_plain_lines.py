"""Lines at places of scores are copied and wait to be read together: none is lost, and none changes by a byte."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest import mock

import numpy as np
import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from assigner.rules.schema import Gates
from assigner.testing.parts import content_of, rules_of
from assigner.vcf.scan import plain
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.lines import scan
from assigner.vcf.scan.plain import PlainReader
from assigner.vcf.scan.plain_calls import BASES, BELIEVED, SHOWN
from assigner.vcf.scan.scans import Line
from build import header, record
from effort import times
from test_lines import Split

CHOSEN = {"20": [(100, 400)], "21": [(100, 130)]}
PLACES = {"20": np.arange(100, 401, 3), "21": np.arange(90, 400, 2)}
OTHERS = {"20": [(150, 160)]}
GENES = {"20": [(200, 260)]}
NAMED = b"named"  # the ID of a line that is read in full in a gene
GATES: Gates = rules_of(content_of()).content.gates
BASES_BUT_FIRST = BASES[1:].decode()
CALLED = {b"0/0": 0, b"0/1": 1, b"1|0": 1, b"1/1": 2}
"""The copies of ALT of genotypes that are plainly written."""

HIDDEN = "HIDDEN"
ODD_INFO = (HIDDEN, "\u00e9", "", ";")


@frozen
class Named:
    """Lets those lines in genes be read in full that are named so.

    Attributes:
        asked: the lines that it was asked about.
    """

    asked: list[bytes] = field(factory=list)
    left_out: Mapping[str, int] = field(factory=dict)

    def wants(self, line: bytes) -> bool:
        self.asked.append(line)
        return line.split(b"\t")[2] == NAMED


def reader_of(own: Header, column: int, named: Named) -> PlainReader:
    more: dict[str, Any] = {"accepts": lambda text: None, "hidden": {HIDDEN}, "gates": GATES}
    more["in_genes"] = lambda: named
    return PlainReader.of(own, column, places=PLACES, others=OTHERS, genes=GENES, **more)


# --- the slow and obvious version -------------------------------------------------------------------------------


def within(name: bytes, pos: int, spans: Mapping[str, list[tuple[int, int]]], end: int) -> bool:
    return any(first <= end and pos <= last for first, last in spans.get(name.decode(), []))


def code_of(cells: list[bytes], *, alone: bool) -> int | None:
    """The code of a line of one sample, of which QUAL speaks if it is alone; None of one that is not plain."""
    chrom, pos, _, ref, alt, qual, filters, info, keys, sample = cells
    keys_of_info = {each.partition(b"=")[0] for each in info.split(b";")}
    is_asked = int(pos) in PLACES[chrom.decode()] and not within(chrom, int(pos), OTHERS, int(pos))
    is_plain = is_asked and {len(ref), len(alt)} == {1} and b"\t".join(cells).isascii()
    is_plain &= ref != alt and not set(ref + alt) - set(BASES) and HIDDEN.encode() not in keys_of_info
    if not is_plain or keys != b"GT" or sample not in CALLED or filters != b"PASS" or (alone and qual != b"."):
        return None
    copies = CALLED[sample]
    return BASES.index(ref) | BASES.index(alt) << 2 | copies << 4 | BELIEVED | (SHOWN if copies else 0)


Plainly = tuple[str, int, int]
"""Contig, place and code of a line that is not read in full."""


def one_by_one(text: bytes, sample: int) -> tuple[list[Line], list[Plainly], list[bytes]]:
    """The lines that are read in full, the others, and which of both are plain, show ALT and lie in a gene."""
    kept, plainly, in_gene = list[Line](), list[Plainly](), list[bytes]()
    for number, line in enumerate(text.replace(b"\r\n", b"\n").split(b"\n"), start=1):
        if not line or line.startswith(b"#"):
            continue
        every = line.split(b"\t")
        cells = [*every[:9], every[9 + sample]]
        chrom, pos, own = cells[0], int(cells[1]), b"\t".join(cells)
        if not within(chrom, pos, CHOSEN, pos + max(1, len(cells[3])) - 1):
            continue
        code = code_of(cells, alone=len(every) == 10)
        if code is not None and within(chrom, pos, GENES, pos):
            in_gene += [own] if CALLED[cells[9]] else []
            code = code if CALLED[cells[9]] and cells[2] != NAMED else None
        if code is None:
            kept.append(Line(number, own))
        else:
            plainly.append((chrom.decode(), pos, code))
    return kept, plainly, in_gene


# --- strategies -------------------------------------------------------------------------------------------------

sizes = st.one_of(st.integers(0, 40), st.integers(200, 300), st.sampled_from([500, 1000, 4000, 70_000]))
samples_of = st.sampled_from([*(each.decode() for each in CALLED)] * 3 + ["", "0/2", "./x", "0/1:"])
alts = st.sampled_from([*BASES_BUT_FIRST] * 3 + ["A", "c", "N", "CA", ""])


@st.composite
def records(draw: st.DrawFn, samples: int) -> bytes:
    """A line, most often plain and as short as others, but for some."""
    is_odd = draw(st.integers(0, 3)) == 0
    line = record(
        draw(st.sampled_from(["20", "20", "21"])),
        draw(st.integers(95, 405)),
        draw(st.sampled_from(["A", "A", "A", "AC"])),
        draw(alts) if is_odd else draw(st.sampled_from(BASES_BUT_FIRST)),
        info=draw(st.sampled_from(ODD_INFO)) if is_odd else draw(st.sampled_from([".", "AC=1;DP=30"])),
        keys="GT",
        samples=[draw(samples_of if is_odd else st.sampled_from([*map(bytes.decode, CALLED)])) for _ in range(samples)],
    )
    cells = line.split(b"\t")
    cells[2] = draw(st.sampled_from([b".", NAMED, b"x" * draw(sizes)]))
    cells[5:7] = draw(st.sampled_from([b"x", b"."])) if is_odd else b".", b"PASS"
    cells[7] += (b";X=" + b"a" * draw(sizes)) if draw(st.booleans()) else b""
    return b"\t".join(cells)


@st.composite
def texts(draw: st.DrawFn) -> tuple[bytes, int]:
    """A VCF and the sample that is asked about; some of its lines may end in CRLF, or be no records."""
    samples = draw(st.integers(1, 3))
    lines = draw(st.lists(records(samples), min_size=1, max_size=40))
    between = st.sampled_from([b"", b"", b"", b"\n", b"# seen by hand\n"])
    own = header(samples=[f"S{each}" for each in range(samples)], contigs=["20", "21"])
    body = b"".join(line + draw(between) for line in lines)
    ends = st.sampled_from(draw(st.sampled_from([[b"\n"], [b"\r\n"], [b"\n", b"\r\n"]])))
    text = own + b"".join(line + draw(ends) for line in body.split(b"\n")[:-1])
    return text, draw(st.integers(0, samples - 1))


# --- laws -------------------------------------------------------------------------------------------------------


@pytest.mark.holds("POLY-10")
@given(
    drawn=texts(),
    cuts=st.lists(st.integers(1, 9000), max_size=9),
    more=st.fixed_dictionaries(
        {
            "AT_ONCE": st.sampled_from([1, 5, 8192]),
            "_MOST_WAITING": st.sampled_from([1, 5000, 1 << 22]),
            "_USUAL": st.sampled_from([1, 64, 256]),
            "_MOST_ALIKE": st.sampled_from([1, 8]),
        }
    ),
)
@times(10)
def test_lines_that_wait_are_those_of_the_file_byte_for_byte(drawn, cuts, more):
    (text, sample), named = drawn, Named()
    kept, plainly, in_gene = one_by_one(text, sample)

    with mock.patch.multiple(plain, **more):
        found = scan(
            Split(text, cuts), lambda _: CHOSEN, lambda _: sample, plain=lambda own: reader_of(own, 9 + sample, named)
        )

    assert list(found.lines) == kept
    assert named.asked == in_gene
    at_once = [
        (chrom, pos, code)
        for chrom, own in found.plain.positions.items()
        for pos, code in zip(own.tolist(), found.plain.codes[chrom].tolist(), strict=True)
    ]
    assert sorted(at_once) == sorted(plainly)
    assert all((np.diff(own) >= 0).all() for own in found.plain.positions.values())
