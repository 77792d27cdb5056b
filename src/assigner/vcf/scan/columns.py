"""Where the columns of lines end, and which lines have one CHROM, worked out for many lines at once."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator

import numpy as np

from assigner.vcf.scan.spans import PAD, Bytes, Ints, Table

FIXED = 9
"""Columns before those of the samples."""

WIDE = 300
"""Columns from which on it is slower to locate them all than to look at each line."""

_FEW = 32  # lines, which are sooner looked at one by one
_NEAR = 192  # bytes of a wide line in which its fixed columns are looked for first
_CHUNK = 1 << 16  # bytes of wide lines that are counted at a time, while they are in the nearest cache


def wide_grid(buffer: bytearray, base: int, cut: int, letters: Bytes, columns: int) -> Ints | None:
    """Where the fixed columns of each line end, and the line; None when some line is not all columns and nothing else.

    The columns of samples are counted and not located: each line must hold as many characters below the space as it
    has columns, and of all of them none but the line ends may be anything but a tab.
    """
    bounds = [at := base + len(PAD)]
    while at < cut:
        at = buffer.find(b"\n", at, cut) + 1
        bounds.append(at)
    starts = [at - base for at in bounds]
    first = 0
    while first < len(starts) - 1:
        last = max(first + 1, bisect.bisect_right(starts, starts[first] + _CHUNK) - 1)
        if not _all_columns(letters, starts[first : last + 1], columns):
            return None
        first = last
    lines = np.array(starts, np.int64)
    return np.column_stack((_fixed(letters, lines[:-1]), lines[1:] - 1))


def _all_columns(letters: Bytes, starts: list[int], columns: int) -> bool:
    """Whether the lines that start there, up to the last start, are all columns and nothing else."""
    some, base = letters[starts[0] : starts[-1]], starts[0]
    below = some < 32
    for begin, stop in itertools.pairwise(starts):
        if np.count_nonzero(below[begin - base : stop - base]) != columns:
            return False
    return bool(np.count_nonzero(some == 9) == (columns - 1) * (len(starts) - 1))


def _fixed(letters: Bytes, starts: Ints) -> Ints:
    """Where the fixed columns of lines end that have many more; most often within the first letters of each."""
    found = np.empty((len(starts), FIXED), np.int64)
    views = np.lib.stride_tricks.sliding_window_view(letters, min(_NEAR, len(letters)))
    near = views[np.minimum(starts, len(views) - 1)] == 9
    counts = np.count_nonzero(near, axis=1)
    counts[starts >= len(views)] = 0
    whole = counts >= FIXED
    tabs = np.nonzero(near[whole])[1]
    firsts = np.cumsum(counts[whole]) - counts[whole]
    found[whole] = starts[whole, None] + tabs[firsts[:, None] + np.arange(FIXED)]
    for index in np.flatnonzero(~whole).tolist():
        at = int(starts[index])
        size = _NEAR
        while len(tabs := np.flatnonzero(letters[at : at + size] == 9)) < FIXED:
            size *= 4
        found[index] = at + tabs[:FIXED]
    return found


def runs_of(rows: Table, begin: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Where runs of lines with one CHROM end, and that CHROM; two in a row may have the same."""
    if stop - begin > _FEW and not _all_same(rows, begin, stop):
        middle = (begin + stop) // 2
        yield from runs_of(rows, begin, middle)
        yield from runs_of(rows, middle, stop)
    elif stop - begin > _FEW:
        yield stop, rows.text(int(rows.starts[begin]), int(rows.stops[begin, 0]))
    else:
        for index in range(begin, stop):
            yield index + 1, rows.text(int(rows.starts[index]), int(rows.stops[index, 0]))


def _all_same(rows: Table, begin: int, stop: int) -> bool:
    """Whether all these lines have one CHROM."""
    starts, tabs = rows.starts[begin:stop], rows.stops[begin:stop, 0]
    size = int(tabs[0] - starts[0])
    if not (tabs - starts == size).all():
        return False
    if size < 8:
        word = rows.words[starts]
        word ^= word[0]
        word <<= np.uint64(64 - 8 * size)
        return not word.any()
    offsets = (*range(0, size - 8, 8), size - 8)
    return all((rows.words[starts + at] == rows.words[starts[0] + at]).all() for at in offsets)
