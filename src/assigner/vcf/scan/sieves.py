"""Which lines inside of genes are kept, where a file has no annotation: those that may show an allele there.

A genome has many more lines in the genes of a rule set than carried variants in their coding parts. Which lines surely
are none is worked out for many at once, from a few of their bytes. Whoever reads the others looks at each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

import numpy as np
from attrs import frozen

from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Choice, Intervals
from assigner.vcf.scan.spans import Flags, Ints, Table

_REFERENCE = np.array(
    [int.from_bytes(gt + end, "little") for gt in (b"0/0", b"0|0", b"./.", b".|.") for end in (b":", b"\t", b"\n")],
    np.uint64,
)
"""The first four bytes of a sample's column that shows no allele."""


@frozen(eq=False, kw_only=True)
class Sieve:
    """Takes out lines that stand at no listed place, and show no allele where one may change a protein.

    Attributes:
        listed: the places of which every line is kept, by contig.
        carried: those of which a line is kept that may show an allele.
        most_alts: a line with more letters in ALT is kept, so that its alleles are counted.
    """

    listed: Mapping[str, Intervals]
    carried: Mapping[str, Intervals]
    most_alts: int

    @classmethod
    def of(cls, listed: Choice, carried: Choice, most_alts: int) -> Self:
        """The sieve of these intervals, by the file's names for the contigs."""
        return cls(listed=Intervals.by_contig(listed), carried=Intervals.by_contig(carried), most_alts=most_alts)

    def kept(self, name: str, rows: Table, chosen: Ints, first: Ints, last: Ints, samples: Ints | None) -> Ints:
        """Which of some lines are kept.

        Args:
            name: their contig.
            rows: the lines of a chunk.
            chosen: which of them are asked about, ascending; at least one.
            first: the first base of each of these.
            last: the last one.
            samples: where the column of the asked sample begins in each; None where that is not known.
        """
        keep = _over(self.listed.get(name), first, last)
        shown = _over(self.carried.get(name), first, last)
        if samples is not None:
            shown &= ~np.isin(rows.words[samples] & np.uint64(0xFFFFFFFF), _REFERENCE)
        keep |= shown
        keep |= rows.stops[chosen, 4] - rows.stops[chosen, 3] > self.most_alts
        keep |= _odd(rows, chosen)
        return chosen[keep]


Sift = Callable[[Header], Sieve | None]


def _over(spans: Intervals | None, first: Ints, last: Ints) -> Flags:
    """Which of the spans [first, last] overlap any of these."""
    found = np.zeros(len(first), np.bool_)
    if spans is not None:
        found[spans.overlapped(first, last)] = True
    return found


def _odd(rows: Table, chosen: Ints) -> Flags:
    """Which of some lines may reach further than it seems, or hold letters that are noted."""
    found = np.zeros(len(chosen), np.bool_)
    at = 0
    for group in np.split(chosen, np.flatnonzero(np.diff(chosen) > 1) + 1):
        text = rows.text(int(rows.starts[group[0]]), int(rows.stops[group[-1], -1]))
        if not text.isascii() or b"LEN" in text or b"END=" in text:
            found[at : at + len(group)] = [_is_odd(rows, index) for index in group.tolist()]
        at += len(group)
    return found


def _is_odd(rows: Table, index: int) -> bool:
    """The same of one line; where the END of a block is, its last base says already."""
    line, is_block = rows.line(index), rows.letters[rows.stops[index, 3] + 1] == ord("<")
    return not line.isascii() or b"LEN" in line or (b"END=" in line and not is_block)
