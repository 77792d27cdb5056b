"""What one carried allele may do to the codons of a transcript, and those of many that may matter to one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from assigner.genome.variants import Variant
from assigner.vcf.annotations.ontology import ENDS, SPLICED
from assigner.vcf.meaning.alleles import ANY_GAIN, Key, gain
from assigner.vcf.meaning.exons import altered_from

if TYPE_CHECKING:
    from assigner.packs.effects import Effect
    from assigner.packs.transcripts import Span, Stretches, Transcript

LONG = 64
"""So many residues are looked up one by one; who may change more of them is asked beside every other one."""


@frozen
class Neighbour:
    """What an allele may do to the codons of a transcript.

    Attributes:
        residues: the first and the last one that it may change; None when it lies in no codon.
        gains: by how many bases it may move the reading frame, each from 0 to 2.
        known: whether its effect is.
        is_between: whether it puts bases between these two residues and changes none of them.
        ends: whether the protein ends at it, or loses its start.
        breaks: whether it may alter which exons are joined, from the first of these residues on.
    """

    residues: Span | None
    gains: frozenset[int]
    known: bool
    is_between: bool = False
    ends: bool = False
    breaks: bool = False

    @property
    def shifts(self) -> bool:
        """Whether it may move the reading frame."""
        return self.gains != {0}

    def shifts_before(self, last: int) -> bool:
        """Whether it may move the reading frame of a residue."""
        return self.shifts and (self.residues is None or self.residues[0] + self.is_between <= last)

    def ends_before(self, last: int) -> bool:
        """Whether the protein ends at it before a residue, or there."""
        return self.ends and (self.residues is None or self.residues[0] <= last)

    def meets(self, other: Neighbour) -> bool:
        """Whether both may change one codon; two that put bases in one place do.

        >>> codon, behind = (Neighbour((at, at), frozenset({0}), known=True) for at in (7, 8))
        >>> between = Neighbour((7, 8), frozenset({0}), known=True, is_between=True)
        >>> [each.meets(between) for each in (codon, behind, between, Neighbour((7, 8), frozenset({0}), known=True))]
        [False, False, True, True]
        """
        if self.residues is None or other.residues is None:
            return False
        (first, last), (start, end) = (  # of codons and of the places between them, counted together
            (2 * one.residues[0] + one.is_between, 2 * one.residues[1] - one.is_between)
            for one in (self, other)
            if one.residues is not None
        )
        return first <= end and start <= last

    @classmethod
    def of(cls, variant: Variant, effect: Effect, known: Stretches) -> Neighbour | None:
        """What an allele with this effect may do; None where it changes no codon.

        One of which the effect is not known may do it wherever it can touch an exon, or stand beside one.

        Args:
            variant: the allele.
            effect: what it does to the transcript.
            known: the known sequence of its chromosome.
        """
        if effect.problem is None and not SPLICED.isdisjoint(effect.terms):
            return cls.broken(effect.transcript, (variant.pos, variant.end))
        if effect.problem is None:
            changes = effect.residues is not None or not ENDS.isdisjoint(effect.terms)
            return cls.told(variant, effect) if changes else None
        from assigner.packs.changes import Change  # few runs have a pack

        change = Change.of(variant)
        leftmost, rightmost = change.leftmost(known.base), change.rightmost(known.base)
        first, last = min(leftmost.start, leftmost.end), max(rightmost.start, rightmost.end)
        if not touches(effect.transcript, first, last):
            return None
        in_part = {0, 1, 2} if len(change.removed) > 1 else {0, gain(variant)}
        return cls(residues_at(effect.transcript, first, last), frozenset(in_part), known=False)

    @classmethod
    def broken(cls, on: Transcript, changed: Span, *, cut: bool = False) -> Neighbour | None:
        """What an allele may do that may alter the exons of a transcript; None where it alters no codon of it.

        Args:
            on: the transcript.
            changed: the first and the last base that it may change.
            cut: whether all that is read behind them is joined from elsewhere.
        """
        base = altered_from(on.exons, on.strand, changed, cut=cut)
        at, (start, end) = None if base is None else on.index(base), on.coding_index
        inside = not cut and any(first <= changed[0] and changed[1] <= last for first, last in on.exons)
        if at is None or end <= at or (inside and all((on.index(pos) or 0) < start for pos in changed)):
            return None
        residue = max(0, at - start) // 3 + 1
        return cls((residue, residue), ANY_GAIN, known=False, breaks=True)

    @classmethod
    def told(cls, variant: Variant, effect: Effect) -> Neighbour:
        """What an allele does whose effect on codons is known."""
        gains, ends = frozenset({gain(variant)}), not ENDS.isdisjoint(effect.terms)
        return cls(effect.residues, gains, known=True, is_between=effect.is_between, ends=ends)


def touches(transcript: Transcript, first: int, last: int) -> bool:
    """Whether some bases lie in an exon or beside one."""
    return any(start - 1 <= last and first <= end + 1 for start, end in transcript.exons)


def residues_at(transcript: Transcript, first: int, last: int) -> Span | None:
    """The first and the last residue of which some bases between two places are."""
    start, end = transcript.coding_index
    indices = [
        at
        for low, high in transcript.exons
        for pos in (max(low, first), min(high, last))
        if max(low, first) <= min(high, last) and (at := transcript.index(pos)) is not None
    ]
    met = [at - start for at in (min(indices), max(indices))] if indices else []
    if not met or met[1] < 0 or end - start <= met[0]:
        return None
    return max(0, met[0]) // 3 + 1, min(end - start - 1, met[1]) // 3 + 1


@frozen(eq=False)
class Near:
    """The neighbours on a transcript, so that few of many are asked for each of them.

    Attributes:
        each: all of them, in order, with their keys.
        anywhere: the numbers of those that may matter wherever they lie.
        by_residue: the numbers of the others, by each residue that they may change or lie beside.
    """

    each: Sequence[tuple[Key, Neighbour]]
    anywhere: Sequence[int]
    by_residue: Mapping[int, Sequence[int]]

    @classmethod
    def of(cls, neighbours: Mapping[Key, Neighbour]) -> Near:
        """Those of a transcript."""
        each, anywhere, by_residue = [*neighbours.items()], list[int](), defaultdict[int, list[int]](list)
        for number, (_, one) in enumerate(each):
            residues = one.residues
            if one.shifts or one.ends or one.breaks or (residues and residues[1] - residues[0] > LONG):
                anywhere.append(number)
            elif residues:
                for residue in range(residues[0], residues[1] + 1):
                    by_residue[residue].append(number)
        return cls(each, anywhere, by_residue)

    def beside(self, one: Neighbour) -> Iterator[tuple[Key, Neighbour]]:
        """Those that may move the frame, end the protein or break exons, and those that may meet one; in order."""
        if one.residues is None:
            found = set(self.anywhere)
        elif one.residues[1] - one.residues[0] > LONG:
            found = set(range(len(self.each)))
        else:
            residues = range(one.residues[0], one.residues[1] + 1)
            found = {*self.anywhere, *(number for each in residues for number in self.by_residue.get(each, ()))}
        return (self.each[number] for number in sorted(found))
