"""Motifs of tandem repeats: which are the same, and which stand for several."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assigner.genome.motifs import same_motif, stands_for

motifs = st.text("ACGT", min_size=1, max_size=8)
LETTERS = {"R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC", "B": "CGT", "D": "AGT", "H": "ACT",
           "V": "ACG", "N": "ACGT"}  # fmt: skip


def turned(motif, steps):
    return motif[steps % len(motif) :] + motif[: steps % len(motif)]


def opposite(motif):
    return motif[::-1].translate(str.maketrans("ACGT", "TGCA"))


@given(motifs, st.integers(0, 7), motifs)
def test_a_motif_is_the_same_from_any_base_and_on_either_strand(motif, steps, other):
    assert same_motif(motif, turned(motif, steps))
    assert same_motif(motif, opposite(turned(motif, steps)))
    assert same_motif(motif, other) == same_motif(other, motif)


@given(st.data(), motifs, st.integers(0, 7), st.booleans())
def test_letters_stand_for_each_of_their_bases_from_any_base_and_on_either_strand(data, motif, steps, other_strand):
    loose = "".join(
        data.draw(st.sampled_from([base, *(letter for letter, bases in LETTERS.items() if base in bases)]))
        for base in motif
    )
    read = opposite(turned(motif, steps)) if other_strand else turned(motif, steps)

    assert stands_for(loose, read)
    assert stands_for(motif, read)


@given(motifs, motifs)
def test_motifs_of_plain_bases_stand_for_themselves_alone(one, other):
    assert stands_for(one, other) == same_motif(one, other)


@given(st.text(max_size=6), st.text(max_size=6))
def test_any_text_stands_for_another_one_or_does_not(one, other):
    assert stands_for(one, other) in (True, False)
