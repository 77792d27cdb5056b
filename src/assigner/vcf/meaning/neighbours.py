"""Alleles that a participant carries beside each other: what one does to a codon is known only without the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain, combinations, product
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from assigner.genome.variants import UNTOLD, Variant
from assigner.vcf.annotations.ontology import ENDS, SPLICED
from assigner.vcf.meaning.alleles import ANY_GAIN, Carried, Key, gain
from assigner.vcf.meaning.exons import altered_from
from assigner.vcf.meaning.haplotypes import (
    BEHIND_BREAK,
    BEHIND_SHIFT,
    BEHIND_STOP,
    DELETED,
    IN_ONE_CODON,
    SHIFTED_BACK,
    leaves_none,
    lie_apart,
    lies_with,
)
from assigner.vcf.meaning.rearrangements import Rearrangement

if TYPE_CHECKING:
    from assigner.packs.effects import Effect
    from assigner.packs.transcripts import Span, Stretches, Transcript

MOST_TOGETHER = 8
"""So many changes of one haplotype are read together; more of them are not known."""


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
        if not _touches(effect.transcript, first, last):
            return None
        in_part = {0, 1, 2} if len(change.removed) > 1 else {0, gain(variant)}
        return cls(_residues(effect.transcript, first, last), frozenset(in_part), known=False)

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


def _touches(transcript: Transcript, first: int, last: int) -> bool:
    """Whether some bases lie in an exon or beside one."""
    return any(start - 1 <= last and first <= end + 1 for start, end in transcript.exons)


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
        denied: alleles that some record calls absent.
        ended: by gene and transcript, alleles of one codon that end the protein together, with its residue.
        rearranged: those of them that are told by their ends.
    """

    by_transcript: dict[tuple[str, str], dict[Key, Neighbour]] = field(factory=lambda: defaultdict(dict))
    carried: dict[Key, dict[int, Carried]] = field(factory=lambda: defaultdict(dict))
    denied: set[Variant] = field(factory=set)
    ended: dict[tuple[str, str], list[tuple[int, tuple[Variant, ...]]]] = field(factory=lambda: defaultdict(list))
    rearranged: dict[Key, Rearrangement] = field(factory=dict)

    def add(self, gene: str, own: Carried, effects: Sequence[Effect], known: Stretches) -> None:
        """Count an allele that a record shows; one that may be there, and is not shown, where it changes a codon."""
        for effect in effects:
            found = Neighbour.of(own.variant, effect, known)
            shown = own.call.seen or any(each.call.seen for each in self.carried.get(own.variant, {}).values())
            if found is not None and not shown:
                found = evolve(found, gains=frozenset({0}), known=False, ends=False, breaks=False)
            if found is not None:
                self.by_transcript[gene, effect.transcript.accession][own.variant] = found
                self.carried[own.variant][id(own.record)] = own

    def add_untold(self, gene: str, key: Key, own: Carried, span: Span, gains: frozenset[int], on: Transcript) -> None:
        """Count an allele that a record shows, and that may be anything at some bases, on a transcript."""
        first, last = min(span), max(span)
        if _touches(on, first, last):
            self.by_transcript[gene, on.accession][key] = Neighbour(_residues(on, first, last), gains, known=False)
            self.carried[key][id(own.record)] = own

    def add_rearranged(self, gene: str, own: Rearrangement, on: Transcript) -> None:
        """Count an allele that is told by its ends, unless it surely alters nothing of a transcript."""
        found = None if own.keeps(*on.span) else Neighbour.broken(on, own.outer, cut=own.cut)
        if found is not None:
            record = own.record
            stands = Variant(record.chrom or "", record.pos, record.ref, UNTOLD)
            self.by_transcript[gene, on.accession][own.key] = found
            self.carried[own.key][id(record)] = Carried(record, own.number, stands, own.call)
            self.rearranged[own.key] = own

    def of_one_codon(self, gene: str, on: Transcript) -> Iterator[tuple[int, tuple[Variant, ...]]]:
        """Two or three alleles each that change one codon, and may lie together; none ends it or moves the frame."""
        by_codon: dict[int, list[Variant]] = defaultdict(list)
        for key, each in self.by_transcript.get((gene, on.accession), {}).items():
            if isinstance(key, Variant) and each.residues and not (each.shifts or each.ends or each.is_between):
                for residue in range(each.residues[0], each.residues[1] + 1):
                    by_codon[residue].append(key)
        for residue, variants in by_codon.items():
            for those in chain.from_iterable(combinations(variants[:MOST_TOGETHER], size) for size in (2, 3)):
                pairs = ((next(iter(self.carried[one].values())), other) for one, other in combinations(those, 2))
                if not any(self._apart(*pair) for pair in pairs):
                    yield residue, those

    def _ended_before(self, gene: str, own: Carried, on: Transcript, last: int, but: Container[Key] = ()) -> bool:
        """Whether others that may lie on its haplotype end the protein together before a residue."""
        return any(
            residue <= last and not any(each in but or self._apart(own, each) for each in those)
            for residue, those in self.ended.get((gene, on.accession), ())
            if own.variant not in those
        )

    def problem(self, gene: str, own: Carried, effect: Effect) -> str | None:
        """Why a consequence is not known because of another carried variant, if so."""
        if effect.residues is None:
            return None
        mine, others = Neighbour.told(own.variant, effect), Counter[int]()
        last = effect.residues[1] - effect.is_between
        for key, theirs in self._others(gene, own, effect):
            behind, ended = theirs.shifts_before(last), theirs.ends_before(last) and not mine.ends
            if theirs.breaks:
                if (behind or mine.shifts) and not self._apart(own, key):
                    deleted = key in self.rearranged and self.rearranged[key].deletes(own.variant)
                    return DELETED if deleted else BEHIND_BREAK if behind else SHIFTED_BACK
                continue
            if not (theirs.meets(mine) or behind or ended or (mine.shifts and theirs.shifts)) or self._apart(own, key):
                continue
            if theirs.meets(mine):
                return IN_ONE_CODON
            if not mine.shifts and (behind or ended):
                return BEHIND_SHIFT if behind else BEHIND_STOP
            others.update(theirs.gains)
        if not (mine.shifts or mine.ends) and self._ended_before(gene, own, effect.transcript, last):
            return BEHIND_STOP
        shift = gain(own.variant)
        return SHIFTED_BACK if shift and (others[3 - shift] or others[shift] > 1) else None

    def on_its_haplotypes(self, gene: str, own: Carried, effect: Effect) -> tuple[Variant, ...]:
        """An allele and all others with which it makes one change of a transcript, if that is known; else none.

        They change a codon of it, or of another one of them, or shift the reading frame back, and surely lie on each
        haplotype that it lies on. No other variant lies among them that may be there and may be not, none before them
        that may shift the reading frame or end the protein, and no record says that one of them is not there.
        """
        if effect.residues is None or own.variant in self.denied:
            return ()
        around = {each: theirs for each, theirs in self._others(gene, own, effect) if not self._apart(own, each)}
        found: dict[Key, Neighbour] = {own.variant: Neighbour.told(own.variant, effect)}
        shifts = _may_undo(*(own for each in (found, around) for own in each.values()))
        while linked := [each for each, theirs in around.items() if _is_linked(theirs, found.values(), shifts=shifts)]:
            for each in linked:
                found[each] = around.pop(each)
            if len(found) > MOST_TOGETHER or not all(found[each].known for each in linked):
                return ()
            if not all(each not in self.denied and self._always(own, each) for each in linked):
                return ()
        ends = [end for each in found.values() if each.residues is not None for end in each.residues]
        whole = Neighbour((min(ends), max(ends)), frozenset({0}), known=True)
        among = any(
            theirs.meets(whole) or theirs.shifts_before(max(ends)) or theirs.ends_before(max(ends))
            for theirs in around.values()
        )
        among = among or self._ended_before(gene, own, effect.transcript, max(ends), found)
        variants = [each for each in found if isinstance(each, Variant)]
        return () if among or len(found) == 1 else tuple(sorted(variants, key=lambda variant: variant.order))

    def beside_each_other(self, own: Carried, variants: Sequence[Variant]) -> list[Variant]:
        """Those of some variants that lie on just the haplotypes of an allele, itself one of them."""
        return [
            each
            for each in variants
            if each == own.variant or all(self._always(one, own.variant) for one in self.carried[each].values())
        ]

    def _others(self, gene: str, own: Carried, effect: Effect) -> Iterator[tuple[Key, Neighbour]]:
        found = self.by_transcript.get((gene, effect.transcript.accession), {})
        return ((key, theirs) for key, theirs in found.items() if key != own.variant)

    def _pairs(self, own: Carried, key: Key) -> Iterator[tuple[Carried, Carried]]:
        """Each record that shows an allele with each one that shows another."""
        mine = {id(own.record): own, **self.carried.get(own.variant, {})}
        return product(mine.values(), self.carried[key].values())

    def _apart(self, own: Carried, key: Key) -> bool:
        """Whether two alleles surely lie on different haplotypes: some records show it, and none the contrary.

        So do one that deletes bases and one in them, unless that leaves no haplotype for both.
        """
        if key in self.rearranged and (deleting := self.rearranged[key]).deletes(own.variant):
            return not leaves_none(deleting.record, deleting.call, own.record, own.call)
        shown = {lie_apart(one.record, one.call, other.record, other.call) for one, other in self._pairs(own, key)}
        return True in shown and False not in shown

    def _always(self, own: Carried, key: Key) -> bool:
        """Whether another allele surely lies on each haplotype of an allele, by all records that show them."""
        return all(lies_with(one.call, other.call) for one, other in self._pairs(own, key))


def _may_undo(*those: Neighbour) -> bool:
    """Whether shifts of the reading frame may undo each other: of one base and of two, or three of the same."""
    gains = Counter(gain for each in those for gain in each.gains)
    return bool(gains[1] and gains[2]) or max(gains[1], gains[2]) > 2


def _is_linked(one: Neighbour, others: Iterable[Neighbour], *, shifts: bool) -> bool:
    """Whether a change is of a codon that one of some others changes, or, where shifts count, shifts the frame too."""
    return any((shifts and one.shifts and other.shifts) or one.meets(other) for other in others)
