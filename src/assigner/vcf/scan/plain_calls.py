"""Plain genotypes of one base and one other base, a byte each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from attrs import field, frozen

from assigner.vcf.scan.spans import Bytes, Flags, Ints

BASES = b"ACGT"
"""The letters of bases, by their numbers in codes."""

NOT_CALLED, BELIEVED, SHOWN = 3, 64, 128
"""In a code: the copies of a genotype that is not called; the mark of one that is believed; the mark of one that shows
ALT, whatever its reads say of REF."""

PLAIN_BYTES = 32
"""What a plain line counts for among the bytes that are kept: 9, and as much again twice while all are put in order."""

_LETTERS = np.frombuffer(BASES, np.uint8)


@frozen(eq=False)
class LetterCodes:
    """Some plain genotypes as codes: REF and ALT as two bits each, the copies of ALT as two, the two marks."""

    codes: Bytes

    @property
    def believed(self) -> Flags:
        """Which are believed."""
        found: Flags = self.codes & BELIEVED > 0
        return found

    def fits(self, one: Bytes, other: Bytes) -> Flags:
        """Which have no other letters than one of two, given for each."""
        ref, alt, copies = _LETTERS[self.codes & 3], _LETTERS[self.codes >> 2 & 3], self.codes >> 4 & 3
        found: Flags = (copies == 2) | (ref == one) | (ref == other)
        found &= (copies == 0) | (alt == one) | (alt == other)
        return found

    def count(self, letter: Bytes) -> Ints:
        """How many copies of a letter, given for each, there are in those that are called."""
        ref, alt = _LETTERS[self.codes & 3], _LETTERS[self.codes >> 2 & 3]
        copies = (self.codes >> 4 & 3).astype(np.int64)
        found: Ints = (2 - copies) * (ref == letter) + copies * (alt == letter)
        return found


@frozen(eq=False)
class PlainCalls:
    """The plain genotypes of a sample.

    Attributes:
        positions: by chromosome, ascending; several records of a place stand beside each other.
        codes: for each what `LetterCodes` says.
        left_out: by gene, how many of them show a change of which nothing is told, because enough others are named.
    """

    positions: Mapping[str, Ints] = field(factory=dict)
    codes: Mapping[str, Bytes] = field(factory=dict)
    left_out: Mapping[str, int] = field(factory=dict)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(map(len, self.positions.values()))

    def at(self, chrom: str, pos: int) -> Iterator[tuple[tuple[str, ...] | None, int]]:
        """Letters and copies of ALT of the records at a place.

        There are no letters where a genotype is not believed or not called; then the copies may be `NOT_CALLED`.
        """
        for code in self._from(chrom, pos, pos)[1].tolist():
            ref, alt, copies = chr(BASES[code & 3]), chr(BASES[code >> 2 & 3]), code >> 4 & 3
            letters = tuple(sorted((ref,) * (2 - copies) + (alt,) * copies)) if code & BELIEVED else None
            yield letters, copies

    def shown(self, chrom: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Position and copies of ALT of the records from a place to another one that have ALT and show it."""
        positions, codes = self._from(chrom, start, end)
        shown = codes & SHOWN > 0
        yield from zip(positions[shown].tolist(), (codes[shown] >> 4 & 3).tolist(), strict=True)

    def refs(self, chrom: str, pos: int) -> list[str]:
        """REF of the records at a place."""
        return [chr(BASES[code & 3]) for code in self._from(chrom, pos, pos)[1].tolist()]

    def _from(self, chrom: str, start: int, end: int) -> tuple[Ints, Bytes]:
        """The positions from a place to another one, and their codes."""
        if chrom not in self.positions:
            return np.zeros(0, np.int64), np.zeros(0, np.uint8)
        positions, codes = self.positions[chrom], self.codes[chrom]
        first, last = np.searchsorted(positions, (start, end + 1))
        return positions[first:last], codes[first:last]
