"""What is asked of a participant's records beside the first one's is what it is of them alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assigner.genome.builds import Build
from assigner.rules import read_rules
from assigner.rules.panels import panel_of
from assigner.vcf.meaning.builds import by_bases
from assigner.vcf.records.beside import Records
from assigner.vcf.records.record import Record

PANEL = panel_of(read_rules(), Build.GRCH38)
PLACES = sorted({(v.chrom, v.pos, v.ref[0]) for v in PANEL.listed})[:12]


def record(number: int, again: int) -> Record:
    """A record of a line as one participant has it, or another: three of four places have the base that is known."""
    chrom, pos, base = PLACES[number % len(PLACES)]
    ref = "ACGT"[("ACGT".index(base) + 1) % 4] if again == 3 else base
    return Record(
        number=number, contig=chrom, chrom=chrom, pos=pos, ref=ref, alts=(), filters=(), info={}, sample={},
        genotype=None,
    )  # fmt: skip


HELD = [[record(number, again) for again in range(4)] for number in range(20)]
people = st.lists(st.sampled_from([None, 0, 0, 0, 1, 2, 3]), min_size=len(HELD), max_size=len(HELD)).map(
    lambda chosen: [HELD[at][each] for at, each in enumerate(chosen) if each is not None]
)


def divides(each: Record, by: list[int]) -> bool:
    return each.number % by[0] == 0


def is_late(each: Record) -> bool:
    return each.number >= 10


def is_any(each: Record) -> bool:
    return each.number >= 0


def same(found: Records, expected: list[Record]) -> bool:
    return [*map(id, found)] == [*map(id, expected)]


@given(people, st.lists(people, min_size=1, max_size=4), st.sampled_from([[1], [2], [3]]))
def test_what_is_chosen_of_records_is_what_is_chosen_of_them_alone(one, others, by):
    first = Records(one)
    for other in others:
        found = Records(other).beside(first)
        assert same(found, other) and found.first is first
        kept = found.where(is_any).where(divides, by)
        expected = [each for each in other if divides(each, by)]
        assert same(kept, expected) and same(kept.where(is_late), [each for each in expected if is_late(each)])
        assert {id(each) for each in kept.new} == {*map(id, kept)} - {*map(id, kept.first)}
        assert {id(each) for each in kept.gone} == {*map(id, kept.first)} - {*map(id, kept)}
        assert by_bases(found, PANEL) == by_bases(other, PANEL)


def test_who_has_the_first_ones_records_has_the_same_choice():
    first = Records(each[0] for each in HELD)
    again = Records(first).beside(first)
    assert again is first and again.where(is_late) is first.where(is_late)
