"""Transcripts of genes: where their exons lie, which bases are coding, and the sequence that they are read from."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from typing import Literal, TypeAlias

from attrs import field, frozen

from assigner.genome.hgvs import CODONS, reverse_complement

Span: TypeAlias = tuple[int, int]
"""The first and the last base, 1-based, both of them inside."""

AROUND = 100
"""So many bases on either side of an exon a pack has: for each splice term, and to see where an indel can move."""


def translated(bases: str) -> str:
    """The residues of whole codons, `*` for a stop, `X` for a codon with a base that is not known.

    >>> translated("ATGTGANNNA")
    'M*X'
    """
    return "".join(CODONS.get(bases[at : at + 3], "X") for at in range(0, len(bases) - 2, 3))


@frozen(kw_only=True)
class Transcript:
    """A protein coding transcript, its places on the plus strand of one build.

    Attributes:
        accession: with its version where the source gives it.
        protein: the accession of its protein, likewise; None when the source has none.
        exons: in ascending order.
        coding: from the first to the last coding base, the stop codon with them.
        phase: how many coding bases stand before the first whole codon; 0 where the start is known.
        mane: whether it is MANE Select.
        canonical: whether the source calls it canonical.
        doubt: why its coding sequence is not that of the genome, if so, in the source's words.
    """

    accession: str
    protein: str | None = None
    chrom: str
    strand: Literal["plus", "minus"]
    exons: tuple[Span, ...]
    coding: Span
    phase: int = 0
    mane: bool = False
    canonical: bool = False
    doubt: str | None = None

    @property
    def span(self) -> Span:
        """Its first and last base."""
        return self.exons[0][0], self.exons[-1][1]

    @cached_property
    def introns(self) -> tuple[Span, ...]:
        """What lies between its exons, in ascending order."""
        return tuple((before[1] + 1, after[0] - 1) for before, after in pairwise(self.exons))

    @cached_property
    def in_order(self) -> tuple[tuple[int, Span], ...]:
        """The exons in the order in which they are read, each with the number of its bases before it."""
        found, before = [], 0
        for first, last in self.exons if self.strand == "plus" else self.exons[::-1]:
            found.append((before, (first, last)))
            before += last - first + 1
        return tuple(found)

    def index(self, pos: int) -> int | None:
        """The place of a base in the spliced transcript, from 0; None outside its exons."""
        for before, (first, last) in self.in_order:
            if first <= pos <= last:
                return before + (pos - first if self.strand == "plus" else last - pos)
        return None

    @cached_property
    def coding_index(self) -> tuple[int, int]:
        """Where the coding sequence begins in the spliced transcript, and where it ends, the end not inside."""
        first, last = self.coding if self.strand == "plus" else self.coding[::-1]
        start, end = self.index(first), self.index(last)
        assert start is not None and end is not None
        return start, end + 1

    def number(self, start: int, end: int) -> str | None:
        """The exon in which some bases lie wholly, as `2/5`; None where there is none."""
        return _number([span for _, span in self.in_order], start, end)

    def intron_number(self, start: int, end: int) -> str | None:
        """The intron in which some bases lie wholly, as `2/4`; None where there is none."""
        return _number(self.introns if self.strand == "plus" else self.introns[::-1], start, end)


def _number(spans: list[Span] | tuple[Span, ...], start: int, end: int) -> str | None:
    first, last = min(start, end), max(start, end)  # of an insertion the two bases around it
    numbers = (f"{at}/{len(spans)}" for at, span in enumerate(spans, 1) if span[0] <= first and last <= span[1])
    return next(numbers, None)


@frozen
class Stretches:
    """The known sequence of a chromosome: stretches of bases of the plus strand that do not touch, in ascending order.

    >>> known = Stretches(((10, "ACGT"),))
    >>> known.bases(11, 12), known.bases(13, 14)
    ('CG', None)
    """

    stretches: tuple[tuple[int, str], ...]

    def bases(self, first: int, last: int) -> str | None:
        """The bases from one place to another one; None when any of them is not known."""
        found = self.around(first)
        if found is None or last - found[0] >= len(found[1]):
            return None
        bases = found[1][first - found[0] : last - found[0] + 1]
        return bases if len(bases) == max(0, last - first + 1) else None

    def base(self, pos: int) -> str:
        """The base at a place, `N` where it is not known."""
        return self.bases(pos, pos) or "N"

    def around(self, pos: int) -> tuple[int, str] | None:
        """The stretch in which a place lies."""
        at = bisect_right(self.stretches, pos, key=itemgetter(0))
        if not at:
            return None
        start, bases = self.stretches[at - 1]
        return (start, bases) if pos < start + len(bases) else None


@frozen
class Spliced:
    """A transcript with its spliced sequence, in the direction in which it is read.

    Attributes:
        bases: of all exons; none where those of any are not known.
    """

    transcript: Transcript
    bases: str = field(repr=False)

    @classmethod
    def of(cls, transcript: Transcript, known: Stretches) -> Spliced:
        """The spliced sequence of a transcript."""
        pieces = [known.bases(*exon) for exon in transcript.exons]
        bases = "" if None in pieces else "".join(piece or "" for piece in pieces)
        return cls(transcript, bases if transcript.strand == "plus" else reverse_complement(bases))

    @cached_property
    def coding(self) -> str:
        """The coding sequence from its first whole codon to its stop codon."""
        start, end = self.transcript.coding_index
        return self.bases[start + self.transcript.phase : end]

    @cached_property
    def protein(self) -> str:
        """The protein with its stop, `*`."""
        return translated(self.coding)

    @cached_property
    def problem(self) -> str | None:
        """Why no change of a codon can be told, if so: the coding sequence is not read from a start to a stop."""
        if not self.bases:
            return "the sequence of an exon is not known"
        if self.transcript.chrom == "MT":
            return "it is read with the code of mitochondria"
        if self.transcript.doubt is not None:
            return self.transcript.doubt
        if self.transcript.phase or not self.coding.startswith("ATG"):
            return "its coding sequence does not begin with ATG"
        if len(self.coding) % 3 or not self.protein.endswith("*"):
            return "its coding sequence does not end with a stop codon"
        if "*" in self.protein[:-1] or "X" in self.protein:
            return "its coding sequence has a stop codon or an unknown base inside"
        return None
