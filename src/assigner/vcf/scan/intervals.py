"""The places that are wanted of each contig."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from attrs import frozen

from assigner.vcf.scan.spans import Ints

Pairs: TypeAlias = "Sequence[tuple[int, int]] | Ints | Intervals"
"""First and last base of some spans; as an array they are its two columns."""

Choice: TypeAlias = Mapping[str, Pairs]
"""The intervals wanted on each contig, by the file's names for the contigs; 1-based, both ends included."""


@frozen(eq=False, kw_only=True)
class Intervals:
    """Spans of one contig, merged and in order; 1-based, both ends included."""

    starts: Ints
    ends: Ints

    @classmethod
    def of(cls, pairs: Pairs) -> Intervals:
        """The intervals that these cover.

        >>> Intervals.of([(7, 9), (1, 3), (3, 4)]).ends.tolist()
        [4, 9]
        """
        if isinstance(pairs, Intervals):
            return pairs
        rows = _rows(pairs)
        rows = rows.take(np.argsort(rows[:, 0], kind="stable"), axis=0)
        ends = np.maximum.accumulate(rows[:, 1])
        begins = np.flatnonzero(np.append(True, rows[1:, 0] > ends[:-1] + 1)[: len(rows)])
        return cls(starts=rows[begins, 0], ends=ends[np.append(begins[1:], len(rows)) - 1] if len(rows) else ends)

    @classmethod
    def together(cls, choices: Iterable[Choice]) -> dict[str, Pairs]:
        """What several choices want, by contig."""
        found: dict[str, list[Pairs]] = defaultdict(list)
        for choice in choices:
            for name, pairs in choice.items():
                found[name].append(pairs)
        return {
            name: own[0] if len(own) == 1 else np.concatenate([_rows(pairs) for pairs in own])
            for name, own in found.items()
        }

    @classmethod
    def by_contig(cls, choice: Choice) -> dict[str, Intervals]:
        """The intervals of each contig; those of one list, shared by the names of a chromosome, are made once."""
        made: dict[int, Intervals] = {}
        for pairs in choice.values():
            if len(pairs) and id(pairs) not in made:
                made[id(pairs)] = cls.of(pairs)
        return {name: made[id(pairs)] for name, pairs in choice.items() if len(pairs)}

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def pairs(self) -> Ints:
        """First and last base of each."""
        found: Ints = np.column_stack((self.starts, self.ends))
        return found

    def meets(self, first: int, last: int) -> bool:
        """Whether the span [first, last] overlaps any of these."""
        nearest = int(self.ends.searchsorted(first))
        return nearest < len(self.ends) and int(self.starts[nearest]) <= last

    def overlapped(self, first: Ints, last: Ints) -> Ints:
        """The indices of the spans [first, last] that overlap any of these."""
        low, high = (
            np.searchsorted(self.ends, first.min()),
            np.searchsorted(self.starts, last.max(), side="right"),
        )
        if low >= high:
            return np.zeros(0, np.int64)
        nearest = np.searchsorted(self.ends[low:high], first)  # of a chunk's span alone, which stays in a near cache
        inside = nearest < high - low
        inside[inside] = self.starts[low:high][nearest[inside]] <= last[inside]
        return np.flatnonzero(inside)


def _rows(pairs: Pairs) -> Ints:
    """First and last base of each span, a row a span."""
    return pairs.pairs if isinstance(pairs, Intervals) else np.asarray(pairs, np.int64).reshape(-1, 2)
