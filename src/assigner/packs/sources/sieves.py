"""Sieves: which rows of a large source must be read one by one, found a block at a time.

A row is left out only where reading it would give nothing: it has as many cells as it must, each cell that is read has
a form in which it is no fault, and its place is in none of the spans. All others, those with quotes, spaces or letters
beyond ASCII among them, are left to the reader of single rows, which says what is wrong with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from assigner.genome.builds import Build, build_of_accession, chrom_of
from assigner.texts import Sieve

Numbers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Spans: TypeAlias = Mapping[str, Sequence[tuple[int, int]]]
"""By chromosome, in ascending order; they do not touch each other."""

LONGEST = 30
"""Characters of a cell; a longer one is read by itself."""

DIGITS = 9
"""Of a place, or of how many alleles were looked at."""

_QUOTE, _END, _RETURN = b'"', b"\n", b"\r"


class Form:
    """What a cell may look like: a machine with a state for each character that was read.

    Args:
        steps: for each state the characters that lead to another one; state 0 is the first.
        ends: the states in which a cell may end.
    """

    def __init__(self, steps: Mapping[int, Mapping[str, int]], ends: Sequence[int]) -> None:
        self._none = max([*steps, *(to for own in steps.values() for to in own.values())]) + 1
        self._next = np.full((self._none + 1, 256), self._none, np.uint8)
        for state, own in steps.items():
            for characters, to in own.items():
                self._next[state, np.frombuffer(characters.encode(), np.uint8)] = to
        self._ends = np.zeros(self._none + 1, np.bool_)
        self._ends[list(ends)] = True

    def holds(self, cells: Cells) -> Flags:
        """Which cells look like this."""
        states = np.zeros(len(cells.starts), np.uint8)
        left, at = np.flatnonzero(cells.lengths > 0), 0
        while len(left) and at < LONGEST:
            states[left] = self._next[states[left], cells.letters[cells.starts[left] + at]]
            at += 1
            left = left[cells.lengths[left] > at]
        states[left] = self._none
        return self._ends[states]


_DIGIT, _ABOVE_0 = "0123456789", "123456789"
_MISSING = {"N": 20}, {20: {"A": 21}, 21: {"N": 22}}
"""How `NA` and `NAN` begin, and go on."""

NUMBER = Form(
    {
        0: {_DIGIT: 1, ".": 3, "-": 9, **_MISSING[0]}, 1: {_DIGIT: 1, ".": 2, "eE": 5}, 2: {_DIGIT: 2, "eE": 5},
        3: {_DIGIT: 2}, 9: {_DIGIT: 1}, 5: {"+-": 6, _DIGIT: 7}, 6: {_DIGIT: 7}, 7: {_DIGIT: 8}, **_MISSING[1],
    },
    (0, 1, 2, 3, 7, 8, 9, 21, 22),
)  # fmt: skip
"""A number, or nothing as tables write it."""

FREQUENCY = Form(
    {
        0: {"0": 1, "1": 4, "23456789": 5, ".": 3, "-": 9, **_MISSING[0]}, 1: {".": 2, "eE": 6},
        2: {_DIGIT: 2, "eE": 6}, 3: {_DIGIT: 2}, 4: {".": 10, "eE": 6}, 5: {".": 11, "eE": 6},
        10: {"0": 10, _ABOVE_0: 11, "eE": 6},
        11: {_DIGIT: 11, "eE": 6}, 6: {"-": 7}, 7: {"0": 12, _ABOVE_0: 8}, 12: {_ABOVE_0: 13}, 8: {_DIGIT: 13},
        **_MISSING[1],
    },
    (0, 1, 2, 3, 4, 8, 9, 10, 13, 21, 22),
)  # fmt: skip
"""A number from 0 to 1, or nothing; in an exponent one below 1."""

COUNT = Form({0: {_DIGIT: 1, ".": 2, **_MISSING[0]}, 1: {_DIGIT: 1}, **_MISSING[1]}, (0, 1, 2, 21, 22))
"""A whole number, or nothing."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASES = Form({0: {_LETTERS: 0}}, (0,))
_PLACE = Form({0: {_DIGIT: 1}, 1: {_DIGIT: 1}}, (1,))
_NO_PLACE = Form({0: {".": 1}}, (0, 1))


@frozen(eq=False)
class Cells:
    """The cells of a column, as places in the text of a block."""

    letters: NDArray[np.uint8]
    starts: Numbers
    lengths: Numbers

    def numbers(self) -> Numbers:
        """The whole numbers that they are; of others what comes out."""
        found = np.zeros(len(self.starts), np.int64)
        for at in range(min(DIGITS, int(self.lengths.max(initial=0)))):
            left = np.flatnonzero(self.lengths > at)
            found[left] = found[left] * 10 + self.letters[self.starts[left] + at] - ord("0")
        return found

    def runs(self) -> Iterator[tuple[str, int, int]]:
        """Equal cells on end: what they are, the first one and the one behind the last."""
        if not len(self.starts):
            return
        other = self.lengths[1:] != self.lengths[:-1]
        for at in range(int(self.lengths.max())):
            pairs = np.flatnonzero(~other & (self.lengths[1:] > at))
            other[pairs] = self.letters[self.starts[pairs + 1] + at] != self.letters[self.starts[pairs] + at]
        firsts = [0, *(np.flatnonzero(other) + 1).tolist(), len(self.starts)]
        for first, behind in pairwise(firsts):
            start = int(self.starts[first])
            yield self.letters[start : start + int(self.lengths[first])].tobytes().decode(), first, behind


class Rows:
    """A block's rows.

    Attributes:
        plain: those with as many cells as they must have, and without what is left to the reader of single rows.
    """

    def __init__(self, block: bytes, sign: str, cells: int, *, more: bool) -> None:
        """The rows.

        Args:
            block: whole lines.
            sign: what parts the cells.
            cells: how many each row has.
            more: whether it may have more of them.
        """
        self._letters = np.frombuffer(block, np.uint8)
        self._ends = np.flatnonzero(self._letters == ord(_END))
        if not block.endswith(_END):
            self._ends = np.append(self._ends, len(block))
        self._starts = np.concatenate(([0], self._ends[:-1] + 1))
        self._signs = np.flatnonzero(self._letters == ord(sign))
        self._first = np.searchsorted(self._signs, self._starts)
        self._cells = cells
        found = np.diff(np.append(self._first, len(self._signs))) + 1
        fit = found >= cells if more else found == cells
        fit &= self._ends - self._starts < LONGEST * 1000
        for odd in self._odd(block):
            fit[np.searchsorted(self._ends, odd)] = False
        self.plain = np.flatnonzero(fit)
        self._behind = self._ends.copy()
        if _RETURN in block:
            self._behind -= self._letters[np.maximum(self._ends - 1, 0)] == ord(_RETURN)

    def _odd(self, block: bytes) -> Iterator[Numbers]:
        """Where letters are that a plain row does not have."""
        if not block.isascii():
            yield np.flatnonzero(self._letters > 127)
        if _QUOTE in block:
            yield np.flatnonzero(self._letters == ord(_QUOTE))
        if _RETURN in block:
            found = np.flatnonzero(self._letters == ord(_RETURN))
            yield found[~np.isin(found + 1, self._ends)]

    def column(self, at: int) -> Cells:
        """The cells of a column in the plain rows."""
        first = self._first[self.plain]
        starts = self._starts[self.plain] if at == 0 else self._signs[first + at - 1] + 1
        ends = self._behind[self.plain] if at == self._cells - 1 else self._signs[first + at]
        return Cells(self._letters, starts, ends - starts)

    def lines(self, passed: Flags) -> Iterator[tuple[int, bytes]]:
        """All rows but those of the plain ones that are passed over."""
        read = np.ones(len(self._ends), np.bool_)
        read[self.plain[passed]] = False
        for at in np.flatnonzero(read).tolist():
            yield at, self._letters[self._starts[at] : self._ends[at] + 1].tobytes()


class Elsewhere:
    """Which places are in none of some spans."""

    def __init__(self, spans: Spans, build: Build | None) -> None:
        """The spans.

        Args:
            spans: by chromosome.
            build: where the name of a contig may say that its row is of the other one, the build that is read.
        """
        self._spans = {chrom: np.array(own, np.int64).reshape(-1, 2).T for chrom, own in spans.items()}
        self._build = build

    def __call__(self, chroms: Cells, starts: Numbers, ends: Numbers) -> tuple[Flags, Flags]:
        """Those on no chromosome, and those on one but in no span."""
        nowhere, outside = np.zeros(len(starts), np.bool_), np.zeros(len(starts), np.bool_)
        for name, first, behind in chroms.runs():
            chrom = chrom_of(name)
            if name != name.strip() or (self._build and build_of_accession(name) not in (None, self._build)):
                continue
            if chrom is None:
                nowhere[first:behind] = True
            elif (own := self._spans.get(chrom)) is None:
                outside[first:behind] = True
            else:
                at = np.searchsorted(own[1], starts[first:behind])
                begins = np.append(own[0], np.iinfo(np.int64).max)[at]
                outside[first:behind] = begins > ends[first:behind]
        return nowhere, outside


def vcf_sieve(spans: Spans) -> Sieve:
    """The rows of a VCF of alleles that reach into some spans, and those that are not plain."""
    elsewhere = Elsewhere(spans, None)

    def sieve(block: bytes) -> Iterator[tuple[int, bytes]]:
        rows = Rows(block, "\t", 8, more=True)
        places = rows.column(1)
        starts = places.numbers()
        nowhere, outside = elsewhere(rows.column(0), starts, starts + rows.column(3).lengths - 1)
        return rows.lines(_PLACE.holds(places) & (places.lengths <= DIGITS) & (nowhere | outside))

    return sieve


@frozen(kw_only=True)
class TableColumns:
    """Where a table has what is read of it.

    Attributes:
        value: the column of the value, and the form in which it is no fault.
        count: the column of how many alleles were looked at, and the highest of those that were read so far, if any.
    """

    cells: int
    chrom: int
    pos: int
    ref: int
    alt: int
    value: tuple[int, Form]
    count: tuple[int, Callable[[], int]] | None = None


def table_sieve(columns: TableColumns, comma: bool, spans: Spans, build: Build) -> Sieve:
    """The rows of a table of alleles that reach into some spans, and those that are not plain."""
    elsewhere = Elsewhere(spans, build)

    def sieve(block: bytes) -> Iterator[tuple[int, bytes]]:
        rows = Rows(block, "," if comma else "\t", columns.cells, more=False)
        places, refs = rows.column(columns.pos), rows.column(columns.ref)
        starts = places.numbers()
        nowhere, outside = elsewhere(rows.column(columns.chrom), starts, starts + refs.lengths - 1)
        at_no_place = (nowhere | outside) & _NO_PLACE.holds(places)
        outside &= _PLACE.holds(places) & (places.lengths <= DIGITS) & (starts > 0)
        outside &= BASES.holds(refs) & BASES.holds(rows.column(columns.alt))
        outside &= columns.value[1].holds(rows.column(columns.value[0]))
        if columns.count is not None:
            counts, most = rows.column(columns.count[0]), columns.count[1]()
            outside &= (
                COUNT.holds(counts) & (counts.lengths <= DIGITS) & (~_PLACE.holds(counts) | (counts.numbers() <= most))
            )
        return rows.lines(nowhere | at_no_place | outside)

    return sieve
