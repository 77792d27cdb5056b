"""Alleles that a participant carries beside each other: what one does to a codon is known only without the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, State
from assigner.vcf.records.record import Record

if TYPE_CHECKING:
    from assigner.packs.effects import Effect
    from assigner.packs.transcripts import Span, Stretches, Transcript

IN_ONE_CODON = "another carried variant changes the same codon, and both may lie on one haplotype"
SHIFTED_BACK = "another carried variant may shift the reading frame back on the same haplotype"
BESIDE = frozenset({IN_ONE_CODON, SHIFTED_BACK})
"""Why a consequence is not known beside another carried variant."""


@frozen
class Carried:
    """An allele of a record, and what the record says of it."""

    record: Record
    number: int
    variant: Variant
    call: Call


@frozen
class Neighbour:
    """What an allele may do to the codons of a transcript.

    Attributes:
        residues: the first and the last one that it may change; None when it lies in no codon.
        gains: by how many bases it may move the reading frame, each from 0 to 2.
    """

    residues: Span | None
    gains: frozenset[int]

    @classmethod
    def of(cls, variant: Variant, effect: Effect, known: Stretches) -> Neighbour | None:
        """What an allele with this effect may do; None where it changes no codon.

        One of which the effect is not known may do it wherever it can touch an exon, or stand beside one.

        Args:
            variant: the allele.
            effect: what it does to the transcript.
            known: the known sequence of its chromosome.
        """
        if effect.problem is None:
            return None if effect.residues is None else cls(effect.residues, frozenset({gain(variant)}))
        from assigner.packs.changes import Change  # few runs have a pack

        change = Change.of(variant)
        leftmost, rightmost = change.leftmost(known.base), change.rightmost(known.base)
        first, last = min(leftmost.start, leftmost.end), max(rightmost.start, rightmost.end)
        if not any(start - 1 <= last and first <= end + 1 for start, end in effect.transcript.exons):
            return None
        in_part = {0, 1, 2} if len(change.removed) > 1 else {0, gain(variant)}
        return cls(_residues(effect.transcript, first, last), frozenset(in_part))


def gain(variant: Variant) -> int:
    """By how many bases an allele moves the reading frame, from 0 to 2."""
    return (len(variant.alt) - len(variant.ref)) % 3


def _residues(transcript: Transcript, first: int, last: int) -> Span | None:
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
class Neighbours:
    """The alleles that change codons of each transcript, of all files of a participant.

    Attributes:
        by_transcript: what they may do, by gene and transcript.
        carried: the records that show each of them, by their identity.
    """

    by_transcript: dict[tuple[str, str], dict[Variant, Neighbour]] = field(factory=lambda: defaultdict(dict))
    carried: dict[Variant, dict[int, Carried]] = field(factory=lambda: defaultdict(dict))

    def add(self, gene: str, own: Carried, effects: Sequence[Effect], known: Stretches) -> None:
        """Count an allele that a record shows."""
        for effect in effects:
            if (found := Neighbour.of(own.variant, effect, known)) is not None:
                self.by_transcript[gene, effect.transcript.accession][own.variant] = found
                self.carried[own.variant][id(own.record)] = own

    def problem(self, gene: str, own: Carried, effect: Effect) -> str | None:
        """Why a consequence is not known because of another carried variant, if so."""
        if effect.residues is None:
            return None
        shift, others = gain(own.variant), Counter[int]()
        for variant, theirs in self.by_transcript.get((gene, effect.transcript.accession), {}).items():
            if variant == own.variant:
                continue
            overlap = (
                theirs.residues is not None
                and effect.residues[0] <= theirs.residues[1]
                and theirs.residues[0] <= effect.residues[1]
            )
            if not overlap and not (shift and theirs.gains - {0}):
                continue
            if self._apart(own, variant):
                continue
            if overlap:
                return IN_ONE_CODON
            others.update(theirs.gains)
        return SHIFTED_BACK if shift and (others[3 - shift] or others[shift] > 1) else None

    def _apart(self, own: Carried, variant: Variant) -> bool:
        """Whether two alleles surely lie on different haplotypes: some records show it, and none the contrary."""
        mine = {id(own.record): own, **self.carried.get(own.variant, {})}
        others = self.carried[variant].values()
        shown = {lie_apart(one.record, one.call, other.record, other.call) for one in mine.values() for other in others}
        return True in shown and False not in shown


def lie_apart(one: Record, first: Call, other: Record, second: Call) -> bool | None:
    """Whether two alleles lie on different haplotypes by these records; None when they do not tell it.

    The names of phase sets are those of one file, so that records of two files tell it of none. Nor does a record that
    is not believed.

    Args:
        one: a record.
        first: what it says of the one allele.
        other: another record, or the same.
        second: what it says of the other allele.
    """
    if not first.state is second.state is State.CALLED:
        return None
    beside = first.copies_beside(second)
    if beside is not None:
        return not any(a is not False and b is not False for a, b in zip(beside, second.copies, strict=True))
    shown = first.copies.count(True) + second.copies.count(True)
    return True if one is other and shown <= len(first.copies) else None
