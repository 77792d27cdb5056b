"""The alleles that a record carries, where they lie, and by how many bases they may move the reading frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self, TypeAlias

from attrs import frozen

from assigner.genome.variants import Variant
from assigner.profiles.calls import Call
from assigner.vcf.meaning.events import SHORTEST
from assigner.vcf.meaning.judged import alleles_of
from assigner.vcf.records.record import Record
from assigner.vcf.scan.alts import ANY_OTHER, MISSING_ALLELE, is_structural

ANY_GAIN = frozenset({0, 1, 2})
"""By how many bases an allele may move the reading frame of which nothing is told."""

Key: TypeAlias = Variant | tuple[int, int]
"""What an allele is known by: the variant; of one whose bases are not told, its record's identity and its number."""

_BEYOND = SHORTEST - 2
"""So far from a base that it takes a deletion of fewer bases than a structural variant reaches."""


def gain(variant: Variant) -> int:
    """By how many bases an allele moves the reading frame, from 0 to 2."""
    return (len(variant.alt) - len(variant.ref)) % 3


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
        """One whose bases are not told, or not all of them; `*` is a deletion of some bases around the first one."""
        alt = record.alts[number - 1]
        if alt == MISSING_ALLELE:
            return cls(record, number, None, ANY_GAIN, max(1, record.pos - _BEYOND), record.pos + _BEYOND)
        gains = frozenset({(len(alt) - len(record.ref)) % 3}) if alt.isalpha() else ANY_GAIN
        last = record.end if alt in ANY_OTHER else record.pos + len(record.ref) - 1
        return cls(record, number, None, gains, record.pos, last)

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.variant or (id(self.record), self.number)

    @property
    def is_missing(self) -> bool:
        """Whether it is `*`."""
        return self.record.alts[self.number - 1] == MISSING_ALLELE

    @property
    def is_deletion(self) -> bool:
        """Whether it takes more bases than it puts, and all of them are told."""
        return self.variant is not None and len(self.variant.alt) < len(self.variant.ref)

    def takes(self, other: Self) -> bool:
        """Whether it is a deletion of all bases that another one changes."""
        first, last = min(other.first, other.last), max(other.first, other.last)
        return self.is_deletion and self.first <= first and last <= self.last

    @property
    def place(self) -> str:
        """Its chromosome."""
        return self.record.chrom or ""


@frozen
class Carried:
    """An allele of a record, and what the record says of it."""

    record: Record
    number: int
    variant: Variant
    call: Call


def carried_alleles(record: Record) -> Iterator[Allele]:
    """The alleles that a record carries, also those whose bases are not told; no symbolic one and no breakend."""
    named = dict(alleles_of(record)) if record.called else {}
    for number in sorted({number for number in record.called if number}):
        alt = record.alts[number - 1]
        if number in named:
            yield Allele.of(record, number, named[number])
        elif not is_structural(alt):
            yield Allele.untold(record, number)
