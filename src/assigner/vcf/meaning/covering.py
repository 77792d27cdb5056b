"""Things that have a span of one chromosome, and which of them cover all of another span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Generic, TypeVar

from attrs import frozen

Thing = TypeVar("Thing")


@frozen(eq=False)
class Covering(Generic[Thing]):
    """Things by where they begin; those over a place are found without a look at the others, however long one is.

    Attributes:
        spans: first and last base of each, and the thing, by where they begin.
        ends: a tree over them: that of a node is the greatest last base of all under it, and under it stand the two
            with twice its number.
    """

    spans: Sequence[tuple[int, int, Thing]]
    ends: Sequence[int]

    @classmethod
    def of(cls, things: Iterable[tuple[int, int, Thing]]) -> Covering[Thing]:
        """Some things, each with its first and its last base.

        >>> sorted(Covering.of([(7, 9, "c"), (1, 8, "a"), (3, 4, "b"), (4, 9, "d")]).over(4, 8))
        ['a', 'd']
        """
        spans = sorted(things, key=itemgetter(0))
        half = 1 << max(0, len(spans) - 1).bit_length()
        ends = [0] * half + [last for _, last, _ in spans] + [0] * (half - len(spans))
        for at in reversed(range(1, half)):
            ends[at] = max(ends[2 * at], ends[2 * at + 1])
        return cls(spans, ends)

    def over(self, first: int, last: int) -> Iterator[Thing]:
        """Those that cover all bases from one to another one."""
        half = len(self.ends) // 2
        parts = [(1, 0, half)]  # a node of the tree, and which of the spans are under it
        while parts:
            at, low, count = parts.pop()
            if self.ends[at] < last or low >= len(self.spans) or self.spans[low][0] > first:
                continue
            if at >= half:
                yield self.spans[low][2]
            else:
                parts += ((2 * at + 1, low + count // 2, count // 2), (2 * at, low, count // 2))
