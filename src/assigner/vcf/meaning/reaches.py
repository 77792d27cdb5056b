"""From where on a change may alter what is read of a transcript, and where a consequence lies on the same scale."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import TypeAlias, assert_never

from assigner.genome.variants import Variant
from assigner.rules.loci import Exons
from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.annotations.ontology import FRAMESHIFT, lies_in_exon
from assigner.vcf.annotations.picks import numbers_of
from assigner.vcf.annotations.residues import residues_of
from assigner.vcf.meaning.exons import Span, bases_before, bases_until_altered

OfExons: TypeAlias = Sequence[tuple[Exons, Sequence[Span]]]
"""The exons of a transcript, also those on the build."""


class Scale(enum.Enum):
    """By what it is told which of two places of a transcript comes first."""

    NOTHING = "nothing tells it"
    BASES = "bases of exons that are read before"
    RESIDUES = "residues of the protein"
    EXONS = "numbers of exons"


Reach: TypeAlias = tuple[Scale, float]
"""From which place of a scale on a change may alter a transcript."""


def first_residue(those: Iterable[Consequence]) -> float:
    """The first residue at which any of some consequences may lie; 0 where one does not tell it."""
    ends = (residues_of(each) for each in those)
    return min((0 if each is None else each[0] for each in ends), default=inf)


def last_residue(said: Consequence) -> float:
    """The last residue at which a consequence may lie."""
    mine = residues_of(said)
    return inf if mine is None else mine[1]


def reach(other: Consequence | None, changed: Span, exons: OfExons, *, cut: bool = False) -> Reach:
    """From where on a change may alter what is read of a transcript.

    Args:
        other: what is said of the change there.
        changed: the first and the last base that it changes.
        exons: those that the rule set has of the transcript.
        cut: whether all that is read behind it lies elsewhere.
    """
    for each, spans in exons:
        if each.strand is not None:
            return Scale.BASES, bases_until_altered(spans, each.strand, changed, cut=cut)
    if other is None:
        return Scale.NOTHING, 0
    if residues_of(other) is not None and lies_in_exon(other.terms):
        return Scale.RESIDUES, first_residue([other])
    firsts = [numbers[0] for numbers in map(numbers_of, (other.exon, other.intron)) if numbers is not None]
    return (Scale.EXONS, min(firsts)) if firsts else (Scale.NOTHING, 0)


def places_of(said: Consequence, variant: Variant, exons: OfExons) -> Mapping[Scale, float]:
    """How far behind on each scale a consequence of a variant may lie."""
    return {scale: _place_on(scale, said, variant, exons) for scale in Scale}


def _place_on(scale: Scale, said: Consequence, variant: Variant, exons: OfExons) -> float:
    """The same on one scale; at its end where nothing tells it.

    A shift of the reading frame is beside each change: both may keep the frame of what follows.
    """
    if FRAMESHIFT in said.terms:
        return inf
    match scale:
        case Scale.NOTHING:
            return inf
        case Scale.BASES:
            for each, spans in exons:
                if each.strand is not None:
                    return bases_before(spans, each.strand, variant.end if each.strand == "plus" else variant.pos)
            return inf
        case Scale.RESIDUES:
            return last_residue(said)
        case Scale.EXONS:
            numbers = numbers_of(said.exon)
            return inf if numbers is None else numbers[1]
        case _:
            assert_never(scale)
