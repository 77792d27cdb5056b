"""The alleles that a record carries, where they lie, and by how many bases they may move the reading frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from attrs import frozen

from assigner.genome.variants import Variant
from assigner.profiles.profile import StructuralKind
from assigner.vcf.meaning.events import SHORTEST, kind_of
from assigner.vcf.meaning.judged import alleles_of
from assigner.vcf.meaning.neighbours import Key, gain
from assigner.vcf.records.record import ANY_OTHER, Record

ANY_GAIN = frozenset({0, 1, 2})
"""By how many bases an allele may move the reading frame of which nothing is told."""


@frozen
class Allele:
    """An allele that a record carries.

    Attributes:
        record: the record.
        number: its number in GT.
        variant: the allele as a variant; None when its bases are not told.
        gains: by how many bases it may move the reading frame, each from 0 to 2.
        first: the first base that it changes, or, of an insertion, the base behind it.
        last: the last one, or, of an insertion, the base before it.
    """

    record: Record
    number: int
    variant: Variant | None
    gains: frozenset[int]
    first: int
    last: int

    @classmethod
    def of(cls, record: Record, number: int, variant: Variant) -> Self:
        """One whose bases are told."""
        anchored = len(variant.ref) != len(variant.alt) and variant.ref[0] == variant.alt[0]
        return cls(record, number, variant, frozenset({gain(variant)}), variant.pos + anchored, variant.end)

    @classmethod
    def untold(cls, record: Record, number: int) -> Self:
        """One whose bases are not told, or not all of them."""
        alt = record.alts[number - 1]
        if alt.isalpha():
            gain = (len(alt) - len(record.ref)) % 3
            return cls(record, number, None, frozenset({gain}), record.pos, record.pos + len(record.ref) - 1)
        gains, kind = ANY_GAIN, kind_of(record, alt)
        if kind is StructuralKind.DELETION and record.extent.end:
            gains = frozenset({(record.pos - record.end) % 3})
        first = record.pos + (kind is StructuralKind.DELETION)
        return cls(record, number, None, gains, first, max(first, record.end))

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.variant or (id(self.record), self.number)

    @property
    def place(self) -> str:
        """Its chromosome."""
        return self.record.chrom or ""


def carried_alleles(record: Record) -> Iterator[Allele]:
    """The alleles that a record carries, also those whose bases are not told; none that is a large variant.

    An insertion of any size is put in at one place.
    """
    named = dict(alleles_of(record)) if record.called else {}
    for number in sorted({number for number in record.called if number}):
        alt = record.alts[number - 1]
        if number in named:
            yield Allele.of(record, number, named[number])
        elif alt in ANY_OTHER or alt.isalpha() or (alt.startswith("<") and record.end - record.pos < SHORTEST):
            yield Allele.untold(record, number)
