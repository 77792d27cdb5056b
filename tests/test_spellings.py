"""Equal spellings: haplotypes drawn over a small reference, written in any of the ways that mean the same.

What is read back is the truth or unknown; with the reference at hand, an indel is the truth wherever it was written.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from assigner.genome.builds import Build
from assigner.genome.reference import Reference
from assigner.genome.variants import trimmed
from assigner.profiles.calls import Call
from assigner.profiles.genotypes import Genotype
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.meaning.sites import Sites
from assigner.vcf.records.record import Record
from vcfs import allele, rules_of

LEAD, MIDDLE, TAIL = "GATTACAGTCCTGAATCGGT", "TTGACCTGTATCCGTG", "CGTACTTGCATGGCTAACGT"
SEQUENCE = LEAD + "CAG" * 6 + MIDDLE + "A" * 7 + TAIL + "GTC" * 20
TRACT, RUN = len(LEAD) + 1, len(LEAD) + 18 + len(MIDDLE) + 1
"""Where the repeat of CAG and the run of A begin."""


@frozen
class Change:
    """A replacement, and the zone in which it can be written otherwise."""

    pos: int
    ref: str
    alt: str
    zone: tuple[int, int]

    @property
    def is_plain(self) -> bool:
        return len(self.ref) == len(self.alt)

    @property
    def is_indel(self) -> bool:
        return not self.is_plain and 1 in (len(self.ref), len(self.alt)) and self.ref[0] == self.alt[0]


def change(pos: int, length: int, alt: str, zone: tuple[int, int] | None = None) -> Change:
    ref = SEQUENCE[pos - 1 : pos - 1 + length]
    assert ref != alt
    return Change(pos, ref, alt, zone or (pos - 1, pos + length))


REPEAT, AS = (TRACT - 1, TRACT + 18), (RUN - 1, RUN + 7)
AFTER = RUN + 7
LISTED = {
    "SNV": change(3, 1, "C"),
    "MNV": change(7, 2, "GA" if SEQUENCE[6:8] == "AG" else "AC"),
    "GAP": change(12, 3, "A" + SEQUENCE[12] + "C"),
    "DELU": change(TRACT + 8, 4, "G", REPEAT),
    "INSU": change(TRACT + 5, 1, "GCAG", REPEAT),
    "DELN": change(TRACT + 20, 3, SEQUENCE[TRACT + 19]),
    "RUN": change(RUN + 2, 2, "A", AS),
    "CPX": change(AFTER + 4, 3, "GG"),
}
DECOYS = (
    change(7, 1, "T"),
    change(TRACT + 9, 1, "T", REPEAT),
    change(TRACT + 2, 7, "G", REPEAT),
    change(TRACT + 25, 1, "C" if SEQUENCE[TRACT + 24] != "C" else "G"),
    change(TRACT + 25, 1, SEQUENCE[TRACT + 24] + "CA"),
    change(RUN + 1, 3, "A", AS),
    change(AFTER + 9, 1, SEQUENCE[AFTER + 8] + "TT"),
    change(AFTER + 13, 1, "T" if SEQUENCE[AFTER + 12] != "T" else "A"),
)
RULES = rules_of(alleles=[allele(name, "1", each.pos, each.ref, each.alt) for name, each in LISTED.items()])
PANEL = panel_of(RULES, Build.GRCH38)
REFERENCE = Reference({"chr1": SEQUENCE}, {"1": "chr1"}, "a test")


def applied(changes: Sequence[tuple[int, str, str]]) -> str:
    """The haplotype that these replacements make."""
    text = SEQUENCE
    for pos, ref, alt in sorted(changes, reverse=True):
        assert SEQUENCE[pos - 1 : pos - 1 + len(ref)] == ref
        text = text[: pos - 1] + alt + text[pos - 1 + len(ref) :]
    return text


@st.composite
def haplotypes(draw: st.DrawFn) -> tuple[Change, ...]:
    """Changes that leave each other's zones."""
    found: list[Change] = []
    for each in draw(st.lists(st.sampled_from([*LISTED.values(), *DECOYS]), max_size=5)):
        if all(each.zone[1] < other.zone[0] or other.zone[1] < each.zone[0] for other in found):
            found.append(each)
    return tuple(sorted(found, key=lambda each: each.pos))


@frozen
class Habits:
    """How a file is written."""

    shifted: int
    left: int
    right: int
    parted: bool
    joined: bool
    phased: bool
    joint: bool
    block: bool

    def rows(self, haplotype: Sequence[Change]) -> list[tuple[int, str, str]]:
        """One haplotype's replacements in this writing; together they make the same sequence."""
        found: list[tuple[int, str, str]] = []
        for each in haplotype:
            found += self.parts(each)
        if self.joined:
            found = [row for number in range(0, len(found), 2) for row in joined(found[number : number + 2])]
        return [self.padded(row) for row in found]

    def parts(self, each: Change) -> list[tuple[int, str, str]]:
        if each.is_indel:
            return [shifted(each, self.shifted)]
        if not self.parted:
            return [(each.pos, each.ref, each.alt)]
        shared = min(len(each.ref), len(each.alt))
        rows = [(each.pos + i, each.ref[i], each.alt[i]) for i in range(shared) if each.ref[i] != each.alt[i]]
        if not each.is_plain:  # an indel behind its bases
            last = each.pos + shared - 1
            tail_ref, tail_alt = each.ref[shared:], each.alt[shared:]
            kept = SEQUENCE[last - 1]
            rows.append((last, kept + tail_ref, kept + tail_alt))
        return rows

    def padded(self, row: tuple[int, str, str]) -> tuple[int, str, str]:
        pos, ref, alt = row
        before, after = SEQUENCE[max(0, pos - 1 - self.left) : pos - 1], SEQUENCE[pos - 1 + len(ref) :][: self.right]
        return pos - len(before), before + ref + after, before + alt + after


def shifted(each: Change, turns: int) -> tuple[int, str, str]:
    """An indel as far to the right as it goes within its zone, or less."""
    pos, ref, alt = each.pos, each.ref, each.alt
    same, start = applied([(pos, ref, alt)]), each.pos
    ways = []
    for at in range(max(1, each.zone[0]), each.zone[1] + 1):
        if len(ref) > len(alt):
            row = (at, SEQUENCE[at - 1 : at - 1 + len(ref)], SEQUENCE[at - 1])
        else:
            row = (at, SEQUENCE[at - 1], same[at - 1 : at - 1 + len(alt)])
        if row[1][0] == row[2][0] and row[1] != row[2] and applied([row]) == same:
            ways.append(row)
    assert (start, ref, alt) in ways
    return ways[turns % len(ways)]


def joined(rows: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """Two neighbouring replacements in one record, where they stand close and apart."""
    if len(rows) < 2 or rows[1][0] - (rows[0][0] + len(rows[0][1])) not in range(6):
        return rows
    (pos, ref, alt), (second, more, instead) = rows
    between = SEQUENCE[pos - 1 + len(ref) : second - 1]
    return [(pos, ref + between + more, alt + between + instead)]


habits = st.builds(
    Habits, st.integers(0, 20), st.integers(0, 2), st.integers(0, 2), *[st.booleans()] * 5
)  # fmt: skip


def records(pair: Sequence[Sequence[Change]], how: Sequence[Habits]) -> list[Record]:
    """A file's records of two haplotypes; the first one's habits rule over what both share."""
    rows = [set(habit.rows(haplotype)) for habit, haplotype in zip(how, pair, strict=True)]
    found = [([row], [int(row in own) for own in rows]) for row in sorted(rows[0] | rows[1])]
    if how[0].joint:
        found = merged(found)
    made = []
    for several, alleles in found:
        order = tuple(alleles) if how[0].phased else tuple(sorted(alleles))
        made.append(record(several[0][0], several[0][1], tuple(row[2] for row in several), order, how[0].phased))
    if how[0].block:
        made.append(record(1, SEQUENCE[0], ("<NON_REF>",), (0, 0), False, END=str(len(SEQUENCE))))
    return made


def merged(found: list[tuple[list[tuple[int, str, str]], list[int]]]) -> list:
    """Two alleles of one place in one record."""
    out: list = []
    for several, alleles in found:
        if out and out[-1][0][0][:2] == several[0][:2] and not any(map(min, out[-1][1], alleles)):
            number = len(out[-1][0]) + 1
            both = zip(out[-1][1], alleles, strict=True)
            out[-1] = (out[-1][0] + several, [a or b * number for a, b in both])
        else:
            out.append((several, alleles))
    return out


def record(pos: int, ref: str, alts: tuple[str, ...], alleles: tuple[int, ...], phased: bool, **info: str) -> Record:
    own = {"sample": {"PS": "7"} if phased else {}, "genotype": Genotype(alleles, phased), "info": info}
    return Record(number=1, contig="chr1", chrom="1", pos=pos, ref=ref, alts=alts, filters=("PASS",), **own)


def carries(haplotype: Sequence[Change], wanted: Change) -> bool:
    """Whether a haplotype has a listed change: an indel as itself, other bases wherever they come from."""
    if not wanted.is_plain:
        return wanted in haplotype
    bases = {each.pos + i: each.alt[i] for each in haplotype if each.is_plain for i in range(len(each.ref))}
    return all(bases.get(wanted.pos + i, wanted.ref[i]) == alt for i, alt in enumerate(wanted.alt))


def read(pair, how, reference: Reference | None) -> dict[str, Call]:
    sites = Sites.of(records(pair, how), PANEL, None, reference)
    return {name: sites.call(v) or Call.of("./.") for name, v in PANEL.variant_by_id.items()}


@given(pair=st.tuples(haplotypes(), haplotypes()), how=st.tuples(habits, habits))
def test_the_ways_of_writing_make_one_haplotype(pair, how):
    for haplotype, habit in zip(pair, how, strict=True):
        wanted = applied([(each.pos, each.ref, each.alt) for each in haplotype])
        rows = [trimmed(*row) for row in habit.rows(haplotype)]
        if not any(not each.is_indel and not each.is_plain for each in haplotype):
            assert applied(rows) == wanted


@pytest.mark.holds("GENO-07")
@pytest.mark.parametrize("reference", [None, REFERENCE], ids=["without", "with"])
@given(pair=st.tuples(haplotypes(), haplotypes()), how=st.tuples(habits, habits))
def test_however_a_haplotype_is_written_it_is_the_truth_or_unknown(reference, pair, how):
    got = read(pair, how, reference)

    for name, wanted in LISTED.items():
        there = [carries(haplotype, wanted) for haplotype in pair]
        assert got[name].carries in (Truth.TRUE if any(there) else Truth.FALSE, Truth.UNKNOWN), name
        # Unphased, an allele that two records spell in two ways is taken for one record twice.
        if got[name].carries is Truth.TRUE and (how[0].phased or how[0] == how[1]):
            on_all = Truth.TRUE if all(there) else Truth.FALSE
            assert got[name].on_every_haplotype in (on_all, Truth.UNKNOWN), name


@pytest.mark.holds("GENO-08")
@given(pair=st.tuples(haplotypes(), haplotypes()), how=st.tuples(habits, habits))
def test_with_the_reference_and_phase_every_record_of_one_change_is_the_truth(pair, how):
    one = Habits(how[0].shifted, how[0].left, how[0].right, parted=False, joined=False, phased=True,
                 joint=how[0].joint, block=True)  # fmt: skip
    got = read(pair, (one, one), REFERENCE)

    for name, wanted in LISTED.items():
        there = [carries(haplotype, wanted) for haplotype in pair]
        near = {each for haplotype in pair for each in haplotype if each.zone == wanted.zone}
        if len(near) < 2:  # of several in one repeat, some may add up to another
            assert got[name].carries is (Truth.TRUE if any(there) else Truth.FALSE), name
            assert all(there) == (got[name].on_every_haplotype is Truth.TRUE), name


@pytest.mark.holds("GENO-09")
@given(pair=st.tuples(haplotypes(), haplotypes()), how=st.tuples(habits, habits))
def test_with_phase_a_replacement_of_several_bases_is_known_from_its_bases(pair, how):
    one = Habits(how[0].shifted, 0, 0, parted=True, joined=False, phased=True, joint=how[0].joint, block=True)
    got = read(pair, (one, one), REFERENCE)

    for name in ("SNV", "MNV", "GAP"):
        there = [carries(haplotype, LISTED[name]) for haplotype in pair]
        assert got[name].carries is (Truth.TRUE if any(there) else Truth.FALSE), name
        assert all(there) == (got[name].on_every_haplotype is Truth.TRUE), name
