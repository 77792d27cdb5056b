"""Small variants by what they change: chromosome, position, REF and ALT on one build."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Self

from attrs import field, frozen

from assigner.errors import ProfileError, shown
from assigner.genome.builds import CHROMS

UNTOLD = "N"
"""ALT of which a record says no more than that it is another allele, as a gVCF's `<NON_REF>` in GT."""

_CHROMS = frozenset(CHROMS)

_TEXT = re.compile(r"([0-9]{1,2}|X|Y|MT)-([1-9][0-9]{0,9})-([ACGT]+)-([ACGT]+|N)")


@frozen(order=True, cache_hash=True)
class Variant:
    """A replacement of REF by ALT that begins at `pos` (1-based); its identity, whatever its names.

    An ALT of `N` stands for bases that are not told.

    >>> str(Variant("21", 31659783, "C", "T"))
    '21-31659783-C-T'
    """

    chrom: str
    pos: int
    ref: str
    alt: str = field()

    @alt.validator
    def _is_one(self, _: object, alt: str) -> None:
        """All fields at once: a file has many variants."""
        if self.chrom not in _CHROMS or not self.pos >= 1:
            raise ValueError("expected a chromosome, and a position of at least 1")
        if not (are_bases(self.ref) and (are_bases(alt) or alt == UNTOLD)):
            raise ValueError("expected REF of A, C, G and T, and ALT likewise or N")
        if alt == self.ref:
            raise ValueError("ALT is REF: nothing is replaced")

    @cached_property
    def text(self) -> str:
        """The variant written `chrom-pos-ref-alt`."""
        return f"{self.chrom}-{self.pos}-{self.ref}-{self.alt}"

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Self:
        """The variant written `chrom-pos-ref-alt`.

        Raises:
            ProfileError: when it is not written so.
        """
        found = _TEXT.fullmatch(text)
        if found is None or found[1] not in CHROMS or found[3] == found[4]:
            raise ProfileError("variant", "CHROM-POS-REF-ALT such as 21-31659783-C-T", shown(text))
        return cls(found[1], int(found[2]), found[3], found[4])

    @property
    def order(self) -> tuple[str, int, str, str]:
        """What variants are put in order by, which is much quicker to compare than they are themselves."""
        return self.chrom, self.pos, self.ref, self.alt

    @property
    def end(self) -> int:
        """The last reference base that it replaces."""
        return self.pos + len(self.ref) - 1

    def excludes(self, other: Variant) -> bool:
        """Whether both replace a common base, and not by the same one, so that no haplotype can carry both.

        An indel's anchor base is kept, not replaced: it does not count. Neither do the bases that replacements of
        equal length put in the same places: one may be a part of the other.

        >>> Variant("1", 10, "CA", "C").excludes(Variant("1", 11, "A", "G"))
        True
        >>> Variant("1", 10, "CA", "C").excludes(Variant("1", 10, "C", "G"))
        False
        >>> Variant("1", 10, "CA", "TG").excludes(Variant("1", 11, "A", "G"))
        False
        """
        mine, theirs = self._replaced(), other._replaced()
        first, last = max(mine[0], theirs[0]), min(mine[1], theirs[1])
        if self.chrom != other.chrom or first > last:
            return False
        if len(self.ref) != len(self.alt) or len(other.ref) != len(other.alt):
            return True
        return self._put(first, last) != other._put(first, last)

    def bases(self) -> tuple[Variant, ...]:
        """The single bases that a replacement of equal length changes; none of an indel.

        >>> [str(each) for each in Variant("1", 10, "CAG", "TAT").bases()]
        ['1-10-C-T', '1-12-G-T']
        """
        if len(self.ref) != len(self.alt):
            return ()
        pairs = zip(self.ref, self.alt, strict=True)
        return tuple(Variant(self.chrom, self.pos + at, a, b) for at, (a, b) in enumerate(pairs) if a != b)

    def _put(self, first: int, last: int) -> str:
        return self.alt[first - self.pos : last - self.pos + 1]

    def _replaced(self) -> tuple[int, int]:
        pos, ref, alt = trimmed(self.pos, self.ref, self.alt)
        anchor = 1 if ref[0] == alt[0] else 0
        return pos + anchor, pos + len(ref) - 1


def are_bases(text: str) -> bool:
    """Whether a text is some bases, each of them told, in upper case.

    >>> are_bases("GATC"), are_bases("GANC"), are_bases("<DEL>"), are_bases("")
    (True, False, False, False)
    """
    return bool(text) and not text.strip("ACGT")


def trimmed(pos: int, ref: str, alt: str) -> tuple[int, str, str]:
    """The shortest way to write a replacement without shifting it (parsimony; Tan, Abecasis, Kang 2015).

    >>> trimmed(100, "CTAG", "CTG")
    (101, 'TA', 'T')
    """
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    start = 0
    while start < min(len(ref), len(alt)) - 1 and ref[start] == alt[start]:
        start += 1
    return pos + start, ref[start:], alt[start:]


def left_aligned(pos: int, ref: str, alt: str, base: Callable[[int], str]) -> tuple[int, str, str]:
    """The leftmost parsimonious way to write a replacement (Tan, Abecasis, Kang 2015, algorithm 1).

    Args:
        pos: 1-based position of the first base of `ref`.
        ref: the replaced bases.
        alt: the bases in their place.
        base: gives the reference base at a 1-based position, and `N` before the first.

    >>> left_aligned(4, "ACA", "A", "GCACACA".__getitem__)  # positions from 0 here
    (0, 'GCA', 'G')
    """
    while ref[-1:] == alt[-1:] and ref != alt:
        ref, alt = ref[:-1], alt[:-1]
        if not (ref and alt):
            pos -= 1
            before = base(pos)
            ref, alt = before + ref, before + alt
    return trimmed(pos, ref, alt)
