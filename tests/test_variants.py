"""Variants: writing, trimming and left-aligning, judged by the haplotypes that they make."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assigner.errors import ProfileError
from assigner.genome.variants import Variant, left_aligned, trimmed

sequences = st.text("ACGT", min_size=1, max_size=6)
REPEATS = st.lists(st.sampled_from(["A", "CA", "CAG", "T", "G"]), min_size=4, max_size=12).map("".join)


@st.composite
def variants(draw: st.DrawFn, near: int = 100, spread: int = 12) -> Variant:
    """Variants close to each other on one of two chromosomes."""
    ref, alt = draw(sequences), draw(sequences)
    chrom = draw(st.sampled_from(["1", "X"]))
    return Variant(chrom, near + draw(st.integers(0, spread)), ref, alt if alt != ref else ref + "A")


def haplotype(reference: str, pos: int, ref: str, alt: str) -> str:
    """The reference with one replacement; positions from 1."""
    assert reference[pos - 1 : pos - 1 + len(ref)] == ref
    return reference[: pos - 1] + alt + reference[pos - 1 + len(ref) :]


@st.composite
def replacements(draw: st.DrawFn) -> tuple[str, int, str, str]:
    """A reference with a lead of its own, and a replacement in it."""
    reference = "GTCA" + draw(REPEATS)
    pos = draw(st.integers(5, len(reference)))
    ref = reference[pos - 1 : pos - 1 + draw(st.integers(1, 5))]
    alt = draw(st.one_of(sequences, st.just(ref[0]), st.just(ref + ref)))
    assume(alt != ref)
    return reference, pos, ref, alt


def spellings(reference: str, changed: str) -> set[tuple[int, str, str]]:
    """Every way to write a haplotype as one replacement of at least one base by at least one base."""
    found = set()
    for start in range(len(reference)):
        for end in range(start + 1, len(reference) + 1):
            tail = reference[end:]
            if changed.startswith(reference[:start]) and changed.endswith(tail) and len(changed) - len(tail) > start:
                found.add((start + 1, reference[start:end], changed[start : len(changed) - len(tail)]))
    return found


def base_of(reference: str) -> Callable[[int], str]:
    """The reference by position; a change that could be shifted out of the contig is not for these laws."""

    def base(pos: int) -> str:
        assume(pos >= 1)
        return reference[pos - 1]

    return base


@pytest.mark.holds("GENO-08")
@given(replacements())
def test_trimming_and_left_aligning_keep_the_haplotype(change):
    reference, *place = change
    before = haplotype(reference, *place)
    for short in (trimmed(*place), left_aligned(*place, base_of(reference))):
        assert haplotype(reference, *short) == before


@given(replacements())
def test_left_alignment_is_the_leftmost_of_the_shortest_spellings(change):
    reference, *place = change
    every = spellings(reference, haplotype(reference, *place))
    shortest = min(len(ref) + len(alt) for _, ref, alt in every)
    leftmost = min(s for s in every if len(s[1]) + len(s[2]) == shortest)
    assert left_aligned(*place, base_of(reference)) == leftmost


@pytest.mark.holds("GENO-08")
@given(replacements())
def test_all_spellings_of_a_haplotype_meet_in_one(change):
    reference, *place = change
    every = spellings(reference, haplotype(reference, *place))
    assert len({left_aligned(*s, base_of(reference)) for s in every if s[0] > 2}) == 1


@given(replacements())
def test_trimming_and_left_aligning_twice_is_once(change):
    reference, *place = change
    assert trimmed(*trimmed(*place)) == trimmed(*place)
    once = left_aligned(*place, base_of(reference))
    assert left_aligned(*once, base_of(reference)) == once == trimmed(*once)


@given(variants())
def test_a_variant_is_read_back_as_written(variant):
    assert Variant.parse(str(variant)) == variant


@given(
    st.one_of(st.text(max_size=20), st.from_regex(r"(0?[0-9]{1,2}|x|M)-[0-9]{1,11}-[ACGTN]*-[acgt*.]*", fullmatch=True))
)
def test_any_text_is_a_variant_or_an_error_that_says_so(text):
    try:
        assert str(Variant.parse(text)) == text
    except ProfileError as error:
        assert "CHROM-POS-REF-ALT" in error.expected


@pytest.mark.parametrize("chrom", ["chr1", "0", "23", "M", ""])
def test_chromosomes_have_one_name(chrom):
    with pytest.raises((ProfileError, ValueError)):
        Variant.parse(f"{chrom}-10-A-C")
    with pytest.raises(ValueError):
        Variant(chrom, 10, "A", "C")


@pytest.mark.parametrize(
    ("pos", "ref", "alt"), [(0, "A", "C"), (1, "", "C"), (1, "A", ""), (1, "N", "C"), (1, "A", "*"), (1, "AC", "AC")]
)
def test_what_is_no_replacement_is_refused(pos, ref, alt):
    with pytest.raises(ValueError):
        Variant("1", pos, ref, alt)


def replaced(variant: Variant) -> set[int]:
    """The bases that are not kept, found by trying: a base is kept when the change can be written without it."""
    pos, ref, alt = trimmed(variant.pos, variant.ref, variant.alt)
    kept = 1 if ref[0] == alt[0] else 0
    return set(range(pos + kept, pos + len(ref)))


@given(variants(), variants())
def test_overlapping_is_mutual_and_never_claimed_of_variants_that_leave_each_others_bases(one, other):
    assert one.excludes(other) == other.excludes(one)
    if one.chrom != other.chrom or one.end < other.pos or other.end < one.pos:
        assert not one.excludes(other)
    if one.excludes(other) and replaced(one) and replaced(other):
        assert replaced(one) & replaced(other)


def test_variants_sort_by_place():
    several = [Variant("1", 12, "A", "C"), Variant("1", 9, "A", "T"), Variant("1", 9, "A", "C")]
    assert sorted(several) == several[::-1]
