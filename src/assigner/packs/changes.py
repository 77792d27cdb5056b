"""A small variant as bases that are removed and put in, and all places where the same change can be written."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from assigner.genome.variants import Variant


@frozen
class Change:
    """Bases of the plus strand that are removed and others in their place, neither with an anchor.

    Attributes:
        start: the first base that is removed; of an insertion the base behind it.
        removed: the bases that are removed.
        put: the bases in their place.

    >>> Change.of(Variant("1", 10, "CA", "C")), Change.of(Variant("1", 10, "C", "CGC"))
    (Change(start=11, removed='A', put=''), Change(start=11, removed='', put='GC'))
    """

    start: int
    removed: str
    put: str

    @classmethod
    def of(cls, variant: Variant) -> Change:
        """What a variant changes, where its record writes it: behind an anchor, if it has one."""
        short, long = sorted((variant.ref, variant.alt), key=len)
        if len(short) == 1 < len(long) and long.startswith(short):
            return cls(variant.pos + 1, variant.ref[1:], variant.alt[1:])
        return cls.cut(variant.pos, variant.ref, variant.alt)

    @classmethod
    def cut(cls, start: int, removed: str, put: str) -> Change:
        """Bases and what stands in their place, without those that both have: common bases go from the end first."""
        while removed and put and removed[-1] == put[-1]:
            removed, put = removed[:-1], put[:-1]
        while removed and put and removed[0] == put[0]:
            start, removed, put = start + 1, removed[1:], put[1:]
        return cls(start, removed, put)

    @property
    def end(self) -> int:
        """The last base that is removed; of an insertion the base before it."""
        return self.start + len(self.removed) - 1

    @property
    def is_pure(self) -> bool:
        """Whether it is an insertion or a deletion alone, which may have several places."""
        return not (self.removed and self.put)

    @property
    def is_plain(self) -> bool:
        """Whether it is of one base, or an insertion or a deletion alone."""
        return self.is_pure or len(self.removed) == len(self.put) == 1

    @property
    def unit(self) -> str:
        """The bases that an insertion puts in or a deletion removes."""
        return self.removed or self.put

    def meets(self, first: int, last: int) -> bool:
        """Whether it removes any of these bases, or puts others between two of them."""
        return self.start <= last and first <= self.end

    def shares(self, other: Change, base: Callable[[int], str]) -> bool:
        """Whether two changes may have a part in common, so that what is said of the one tells something of the other.

        They may put the same base in one place. A deletion alone may be a part of one that removes as many bases
        where it can be written. The second argument is that of `leftmost`.

        >>> whole, parts = Change(10, "CAT", "GAA"), ((10, "C", "G"), (10, "C", "T"), (11, "A", "G"), (12, "T", ""))
        >>> [whole.shares(Change(*each), lambda pos: "N") for each in parts]
        [True, False, False, True]
        """
        if self.put and other.put:
            return not self._letters.isdisjoint(other._letters)
        whole, part = (self, other) if self.put else (other, self)
        if not whole.put or not part.removed or len(part.removed) > len(whole.removed):
            return False
        return part.leftmost(base).start <= whole.end and whole.start <= part.rightmost(base).end

    @property
    def _letters(self) -> frozenset[tuple[int, str]]:
        """The bases that it may put in the place of others: counted from its first one, and from its last one."""
        from_first = zip(range(self.start, self.end + 1), self.removed, self.put, strict=False)
        from_last = zip(range(self.end, self.start - 1, -1), self.removed[::-1], self.put[::-1], strict=False)
        return frozenset((at, put) for at, own, put in (*from_first, *from_last) if own != put)

    def leftmost(self, base: Callable[[int], str]) -> Change:
        """The same change where it stands first on the plus strand.

        Args:
            base: the base at a place; `N` where it is not known, and there the change stays.
        """
        if not self.is_pure:
            return self
        unit, start = self.unit, self.start
        while (before := base(start - 1)) == unit[-1]:
            unit, start = before + unit[:-1], start - 1
        return self._moved(start, unit)

    def rightmost(self, base: Callable[[int], str]) -> Change:
        """The same change where it stands last on the plus strand; the argument is that of `leftmost`."""
        if not self.is_pure:
            return self
        unit, start, span = self.unit, self.start, len(self.removed)
        while (behind := base(start + span)) == unit[0]:
            unit, start = unit[1:] + behind, start + 1
        return self._moved(start, unit)

    def _moved(self, start: int, unit: str) -> Change:
        return Change(start, unit if self.removed else "", unit if self.put else "")
