"""Alleles that a participant carries beside each other: what one does to a codon is known only without the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain, combinations, product
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from assigner.genome.variants import UNTOLD, Variant
from assigner.vcf.meaning.alleles import Carried, Key, gain
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
from assigner.vcf.meaning.neighbour import Near, Neighbour, residues_at, touches
from assigner.vcf.meaning.rearrangements import Rearrangement

if TYPE_CHECKING:
    from assigner.packs.effects import Effect
    from assigner.packs.transcripts import Span, Stretches, Transcript

MOST_TOGETHER = 8
"""So many changes of one haplotype are read together; more of them are not known."""


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
    _near: dict[tuple[str, str], Near] = field(factory=dict, init=False)

    def add(self, gene: str, own: Carried, effects: Sequence[Effect], known: Stretches) -> None:
        """Count an allele that a record shows; one that may be there, and is not shown, where it changes a codon."""
        for effect in effects:
            found = Neighbour.of(own.variant, effect, known)
            shown = own.call.seen or any(each.call.seen for each in self.carried.get(own.variant, {}).values())
            if found is not None and not shown:
                found = evolve(found, gains=frozenset({0}), known=False, ends=False, breaks=False)
            if found is not None:
                self._put(gene, effect.transcript, own.variant, found, own)

    def add_untold(self, gene: str, key: Key, own: Carried, span: Span, gains: frozenset[int], on: Transcript) -> None:
        """Count an allele that a record shows, and that may be anything at some bases, on a transcript."""
        first, last = min(span), max(span)
        if touches(on, first, last):
            self._put(gene, on, key, Neighbour(residues_at(on, first, last), gains, known=False), own)

    def add_rearranged(self, gene: str, own: Rearrangement, on: Transcript) -> None:
        """Count an allele that is told by its ends, unless it surely alters nothing of a transcript."""
        found = None if own.keeps(*on.span) else Neighbour.broken(on, own.outer, cut=own.cut)
        if found is not None:
            record = own.record
            stands = Variant(record.chrom or "", record.pos, record.ref, UNTOLD)
            self._put(gene, on, own.key, found, Carried(record, own.number, stands, own.call))
            self.rearranged[own.key] = own

    def _put(self, gene: str, on: Transcript, key: Key, found: Neighbour, own: Carried) -> None:
        self.by_transcript[gene, on.accession][key] = found
        self.carried[key][id(own.record)] = own
        self._near.pop((gene, on.accession), None)

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
        for key, theirs in self._beside(gene, effect.transcript, mine):
            if key == own.variant:
                continue
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
        on, mine = effect.transcript, Neighbour.told(own.variant, effect)
        found: dict[Key, Neighbour] = {own.variant: mine}
        around = self._around(gene, own, on, mine)
        shifts = _may_undo(*(each for each in (mine, *around.values()) if each.shifts))
        while linked := [each for each, theirs in around.items() if _is_linked(theirs, found.values(), shifts=shifts)]:
            found |= {each: around[each] for each in linked}
            if len(found) > MOST_TOGETHER or not all(found[each].known for each in linked):
                return ()
            if not all(each not in self.denied and self._always(own, each) for each in linked):
                return ()
            for each in linked:
                around |= self._around(gene, own, on, found[each])
            around = {each: theirs for each, theirs in around.items() if each not in found}
        ends = [end for each in found.values() if each.residues is not None for end in each.residues]
        whole = Neighbour((min(ends), max(ends)), frozenset({0}), known=True)
        among = any(
            theirs.meets(whole) or theirs.shifts_before(max(ends)) or theirs.ends_before(max(ends))
            for each, theirs in self._around(gene, own, on, whole).items()
            if each not in found
        )
        among = among or self._ended_before(gene, own, on, max(ends), found)
        variants = [each for each in found if isinstance(each, Variant)]
        return () if among or len(found) == 1 else tuple(sorted(variants, key=lambda variant: variant.order))

    def _around(self, gene: str, own: Carried, on: Transcript, one: Neighbour) -> dict[Key, Neighbour]:
        """Those that may matter to one, but for an allele and those that surely lie on no haplotype of it."""
        beside = self._beside(gene, on, one)
        return {each: theirs for each, theirs in beside if each != own.variant and not self._apart(own, each)}

    def beside_each_other(self, own: Carried, variants: Sequence[Variant]) -> list[Variant]:
        """Those of some variants that lie on just the haplotypes of an allele, itself one of them."""
        return [
            each
            for each in variants
            if each == own.variant or all(self._always(one, own.variant) for one in self.carried[each].values())
        ]

    def _beside(self, gene: str, on: Transcript, one: Neighbour) -> Iterator[tuple[Key, Neighbour]]:
        """Those of a transcript that may matter to one, itself among them."""
        name = gene, on.accession
        near = self._near.get(name)
        if near is None:
            near = self._near[name] = Near.of(self.by_transcript.get(name, {}))
        return near.beside(one)

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
