"""Whether a record that does not list an allele may still hold it: in another spelling, or within a larger change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from attrs import field, frozen

from assigner.genome.variants import Variant, are_bases, trimmed
from assigner.profiles.calls import State
from assigner.vcf.records.record import Record
from assigner.vcf.scan.alts import NO_ALLELE

MOST_CHANGES = 8
"""With more changes at one place than this, their combinations are not tried: any allele may be among them."""


_UNDERSTOOD = re.compile(r"<(?:DEL|INS|DUP|INV|CNV|BND|TRA|ME|CN[:0-9]|STR)", re.IGNORECASE)
"""Symbolic ALTs of structural variants and repeats: that one of these is not called says nothing of single bases."""


@frozen(order=True)
class Doubt:
    """Why an allele may be carried although no record lists it, and the state of such an allele.

    `obscured` where the file shows bases that may be the allele's; `no_call` where it shows nothing of the bases, as
    inside a `<DEL>`.
    """

    state: State = field(order=lambda state: state is not State.OBSCURED)
    why: str

    @classmethod
    def at(cls, why: str) -> Doubt:
        """That of an allele which other bases in the file may hold."""
        return cls(State.OBSCURED, why)


@frozen(order=True)
class Change:
    """A carried ALT of bases, written as short as it can be without shifting it."""

    pos: int
    ref: str
    alt: str

    @property
    def end(self) -> int:
        """The last reference base that it replaces."""
        return self.pos + len(self.ref) - 1

    @property
    def gain(self) -> int:
        """How many bases longer the haplotype becomes."""
        return len(self.alt) - len(self.ref)

    @property
    def is_complex(self) -> bool:
        """Whether it replaces bases by another number of bases, and is neither an insertion nor a deletion alone."""
        return self.gain != 0 and not (self.ref[0] == self.alt[0] and 1 in (len(self.ref), len(self.alt)))

    @property
    def unit(self) -> str:
        """The bases that a plain indel takes or brings."""
        return (self.ref if self.gain < 0 else self.alt)[1:]

    @property
    def replaced(self) -> tuple[int, int]:
        """The first and last base that is not kept; an insertion's last stands before its first."""
        anchor = 1 if self.gain and not self.is_complex else 0
        return self.pos + anchor, self.end

    def fits_beside(self, other: Change) -> bool:
        """Whether one haplotype can have both."""
        (first, last), (start, end) = self.replaced, other.replaced
        return last < start or end < first

    def agrees(self, other: Change) -> bool:
        """Whether both replace bases by as many, and put the same ones where both do."""
        first, last = max(self.pos, other.pos), min(self.end, other.end)
        theirs = (each.alt[first - each.pos : last - each.pos + 1] for each in (self, other))
        return self.gain == other.gain == 0 and len(set(theirs)) == 1

    def touches(self, variant: Variant) -> bool:
        """Whether both concern common or neighbouring bases."""
        return self.pos <= variant.end + 1 and variant.pos - 1 <= self.end

    def overlaps(self, variant: Variant) -> bool:
        """Whether both concern a common base."""
        return self.pos <= variant.end and variant.pos <= self.end


def carried(record: Record) -> frozenset[str]:
    """The ALT alleles of a record that its genotype shows."""
    alleles = record.genotype.alleles if record.genotype is not None else ()
    return frozenset(record.alts[allele - 1] for allele in alleles if allele)


def changes_of(records: Iterable[Record]) -> list[Change]:
    """All that these records show to be changed in bases, each once."""
    found = {
        Change(*trimmed(record.pos, record.ref, alt))
        for record in records
        for alt in carried(record)
        if alt != record.ref and are_bases(alt)
    }
    return sorted(found)


def doubt(records: Sequence[Record], variant: Variant, *, unread: Sequence[Record] = (), exact: bool) -> Doubt | None:
    """Why what these records show besides a variant may be, or contain, it too; the gravest reason, or None.

    Args:
        records: all that stand near it.
        variant: the allele.
        unread: those of them that do not call each copy, or are not believed.
        exact: whether indels are compared in their leftmost form, so that one of the same bases is another one.
    """
    carrying = [record for record in records if record.is_carried]
    found = {
        Doubt(State.NO_CALL, f"inside {alt}")
        for record in carrying
        for alt in carried(record)
        if _is_opaque(alt) and record.pos <= variant.end and variant.pos <= record.end
    }
    found |= {
        Doubt(State.NO_CALL, f"inside {alt}, which is not called")
        for record in records
        for alt in _not_called(record)
        if record.pos <= variant.end and variant.pos <= record.end
    }
    if not carrying and not unread:
        return min(found, default=None)
    own = Change(*trimmed(variant.pos, variant.ref, variant.alt))
    changes = [change for change in changes_of(carrying) if change != own]
    found |= {Doubt.at(why) for change in changes if (why := _hides(change, variant, exact=exact))}
    named = {Change(*trimmed(each.pos, each.ref, alt)) for each in unread for alt in each.alts if are_bases(alt)}
    if own.gain and not exact and any(_is_shift(*sorted((change, own))) for change in named - {own}):
        found.add(
            Doubt(State.NO_CALL, "the same indel may stand beside it, shifted along a repeat, and is not believed")
        )
    if _add_up([change for change in changes if change.touches(variant)], variant):
        found.add(Doubt.at("several changes at its place may add up to it"))
    return min(found, default=None)


def _not_called(record: Record) -> Iterator[str]:
    """The symbolic ALTs that are not understood, of a record that does not call each copy (`<CGA_NOCALL>`)."""
    if record.genotype is None or None in record.genotype.alleles:
        symbols = (alt for alt in record.alts if alt.startswith("<") and alt not in NO_ALLELE)
        yield from (alt for alt in symbols if not _UNDERSTOOD.match(alt))


def exceed(records: Sequence[Record], variant: Variant, copies: int, ploidy: int) -> bool:
    """Whether these records and a carried variant are more alleles of common bases than there are copies.

    A deletion on one copy, and a change of its bases on each, are no contradiction: some callers write the copy that is
    left twice.
    """
    own = Change(*trimmed(variant.pos, variant.ref, variant.alt))
    called: dict[Change, int] = {}
    for record in records:
        for number, alt in enumerate(record.alts, start=1):
            times = record.genotype.alleles.count(number) if record.genotype is not None else 0
            if times == ploidy and alt.startswith("<DEL") and record.pos < own.replaced[0] <= record.end:
                return True
            if times and alt != record.ref and are_bases(alt):
                change = Change(*trimmed(record.pos, record.ref, alt))
                if change != own and not own.fits_beside(change) and not own.agrees(change):
                    called[change] = max(times, called.get(change, 0))
    alike = sum(times for change, times in called.items() if (change.gain < 0) == (own.gain < 0))
    unlike = (
        copies if own.gain < 0 else times for change, times in called.items() if (change.gain < 0) != (own.gain < 0)
    )
    return copies + alike > ploidy or any(times == ploidy for times in unlike)


def are_its_bases(records: Sequence[Record], variant: Variant) -> bool:
    """Whether single bases at its own places are all that these records change of a replacement of several bases.

    Args:
        records: those over its bases.
        variant: a replacement of equal length.
    """
    places = {base.pos for base in variant.bases()}
    over = [change for change in changes_of(records) if change.overlaps(variant)]
    opaque = any(_is_opaque(alt) for record in records for alt in carried(record))
    return not opaque and all(change.pos in places and len(change.ref) == len(change.alt) == 1 for change in over)


def _is_opaque(alt: str) -> bool:
    """Whether an ALT does not tell bases; `*` tells that there are none."""
    return alt != "*" and not are_bases(alt)


def _hides(change: Change, variant: Variant, *, exact: bool) -> str | None:
    """Why one carried change may be, or contain, the variant."""
    own = Change(*trimmed(variant.pos, variant.ref, variant.alt))
    if change.is_complex:
        hides = change.touches(variant) or (own.gain and not own.is_complex and _may_contain(change, own))
        return "inside a complex replacement" if hides else None
    if change.gain and own.gain:
        same = not exact and _is_shift(*sorted((change, own)))
        return "the same indel may stand beside it, shifted along a repeat" if same else None
    if own.gain:  # two indels that make up for each other look like a replacement
        hides = change.touches(variant) and len(change.ref) > abs(own.gain)
        return "inside a replacement of several bases" if hides else None
    return _shares(change, variant) if change.overlaps(variant) and not change.gain else None


def _shares(change: Change, variant: Variant) -> str | None:
    """Whether a replacement puts the variant's bases wherever both replace: one may be a part of the other."""
    first, last = max(change.pos, variant.pos), min(change.end, variant.end)
    theirs = change.alt[first - change.pos : last - change.pos + 1]
    own = slice(first - variant.pos, last - variant.pos + 1)
    if theirs != variant.alt[own] or theirs == variant.ref[own]:
        return None
    longer = len(change.alt) > len(variant.alt)
    return "inside a replacement of several bases" if longer else "one of its bases is replaced so"


def _may_contain(change: Change, indel: Change) -> bool:
    """Whether a complex replacement has the bases of an indel, which may have been shifted there and joined with it."""
    unit, within = indel.unit, change.ref if indel.gain < 0 else change.alt
    return any(unit[turn:] + unit[:turn] in within for turn in range(len(unit)))


def _is_shift(first: Change, later: Change) -> bool:
    """Whether two indels may be one, shifted along a repeat of its bases, as far as their own bases tell.

    All reference bases between the two would be that repeat; the later one's anchor is one of them.

    >>> _is_shift(Change(10, "GCA", "G"), Change(12, "TCA", "T"))
    False
    >>> _is_shift(Change(10, "GCA", "G"), Change(12, "ACA", "A"))
    True
    """
    if first.gain != later.gain or first.is_complex or later.is_complex:
        return False
    turn = (later.pos - first.pos) % len(first.unit)
    return later.unit == first.unit[turn:] + first.unit[:turn] and later.ref[0] == later.unit[-1]


def _add_up(changes: Sequence[Change], variant: Variant) -> bool:
    """Whether two or more changes, some of them indels, can make a haplotype as long as the variant's."""
    if len(changes) > MOST_CHANGES:
        return True
    gain = len(variant.alt) - len(variant.ref)
    return any(
        sum(change.gain for change in some) == gain
        and any(change.gain for change in some)
        and all(one.fits_beside(other) for one, other in combinations(some, 2))
        for size in range(2, len(changes) + 1)
        for some in combinations(changes, size)
    )
