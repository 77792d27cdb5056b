"""The keys of INFO in many lines at once: which of some are there, and what DP, AC and AN say."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from attrs import frozen

from assigner.vcf.scan.spans import Flags, Ints, Table, Words, numbers_from

_LOW, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_EQUALS, _SEMICOLON, _TAB = (np.uint64(ord(each)) * _LOW for each in "=;\t")
_DEPTH = np.uint64(int.from_bytes(b"DP", "little"))
_COUNT, _CALLED = (np.uint64(int.from_bytes(key, "little")) for key in (b"AC=", b"AN="))
_SHORT = np.uint64(0xFFFFFF)
_PAIR = np.uint64(0xFFFF)


@frozen(eq=False)
class InfoKeys:
    """Some keys of INFO beside DP, AC and AN, of which the first eight characters are looked at.

    Attributes:
        words: the characters of these and of DP, the first in the lowest byte; ascending.
        may_be: by the first two characters of a key, as one number, whether it may be one of them, or AC or AN.
    """

    words: Words
    may_be: Flags

    @classmethod
    def of(cls, keys: Collection[str]) -> InfoKeys:
        """These keys."""
        numbers = [int.from_bytes(key.encode()[:8], "little") for key in keys]
        words = np.unique(np.array([*numbers, _DEPTH], np.uint64))
        may_be = np.zeros(1 << 16, np.bool_)
        second, first = np.divmod((words & _PAIR).astype(np.int64), 256)
        may_be[first << 8 | second] = True
        may_be.reshape(256, 256)[first[second == 0]] = True  # a key of one character, with any behind it
        may_be[[int.from_bytes(key, "big") for key in (b"AC", b"AN")]] = True
        return cls(words, may_be)

    def read(self, rows: Table, *, asks_numbers: bool) -> tuple[Flags, Ints, Ints]:
        """Which lines have none of the keys, their DP, and their AC where AN is 2; -1 where it is not asked or there.

        A line whose number is not plain, or is there twice, counts as one that has a key.
        """
        starts, stops = rows.stops[:, 6] + 1, rows.stops[:, 7]
        places = np.concatenate((starts, np.flatnonzero(rows.letters == ord(";")) + 1))
        pairs = rows.letters.take(places).astype(np.int64)
        pairs <<= 8
        pairs |= rows.letters.take(places + 1)
        places = places[np.flatnonzero(self.may_be.take(pairs))]
        words = rows.words[places]
        short = words & _SHORT
        counts, called = short == _COUNT, short == _CALLED
        others = np.flatnonzero(~(counts | called))
        keys = _first_characters(words[others])
        told = self.words.take(np.searchsorted(self.words, keys), mode="clip") == keys
        keys, others = keys[told], others[told]
        silent, depth = np.ones(len(starts), np.bool_), np.full(len(starts), -1, np.int64)
        lines, inside = _lines_of(places[others], starts, stops)
        own = keys[inside] == _DEPTH  # of most lines the only one
        silent[lines[~own]] = False
        if not asks_numbers:
            return silent, depth, depth
        _depths(rows, lines[own], places[others][inside][own], silent, depth)
        one, two = (
            _digits(words[chosen], _lines_of(places[chosen], starts, stops), silent)
            for chosen in map(np.flatnonzero, (counts, called))
        )
        silent &= (two != 2) | (one != _NOT_PLAIN)
        silent &= two != _NOT_PLAIN
        return silent, depth, np.where(two == 2, one, -1)


_MANY, _NOT_PLAIN = 10, 11
"""A number of several digits, and what is no plain number."""


def _lines_of(places: Ints, starts: Ints, stops: Ints) -> tuple[Ints, Ints]:
    """The lines in whose INFO some places are, and which of the places are in one."""
    lines = np.searchsorted(stops, places, side="right")
    inside = np.flatnonzero(np.append(starts, np.iinfo(np.int64).max)[lines] <= places)
    return lines[inside], inside


def _depths(rows: Table, lines: Ints, places: Ints, silent: Flags, depth: Ints) -> None:
    """Put in the depths whose keys stand at some places of lines."""
    silent[np.bincount(lines, minlength=len(silent)) > 1] = False
    read, sizes = numbers_from(rows, places + 3)
    after = rows.letters[places + 3 + sizes]
    plain = (rows.letters[places + 2] == ord("=")) & (sizes > 0) & ((after == ord(";")) | (after == ord("\t")))
    silent[lines[~plain]] = False
    depth[lines[plain]] = read[plain]


def _digits(words: Words, found: tuple[Ints, Ints], silent: Flags) -> Ints:
    """By line the number behind a key of two characters, such as `AC=1;`; -1 where there is none."""
    lines, inside = found
    silent[np.bincount(lines, minlength=len(silent)) > 1] = False
    first, second = (((words[inside] >> np.uint64(shift)) & np.uint64(0xFF)).astype(np.int64) for shift in (24, 32))
    numbers = np.where((second == ord(";")) | (second == ord("\t")), first - ord("0"), _NOT_PLAIN)
    numbers[(first > ord("0")) & (first <= ord("9")) & (second >= ord("0")) & (second <= ord("9"))] = _MANY
    numbers[(first < ord("0")) | (first > ord("9"))] = _NOT_PLAIN
    by_line = np.full(len(silent), -1, np.int64)
    by_line[lines] = numbers
    return by_line


def _first_characters(words: Words) -> Words:
    """The characters of keys before `=`, `;` or a tab, eight at most."""
    ends = np.zeros_like(words)
    for mark in (_EQUALS, _SEMICOLON, _TAB):
        apart = words ^ mark
        ends |= (apart - _LOW) & ~apart & _HIGH
    # The bits below the lowest set one are those of the key, and the seven low bits of the mark behind it.
    lowest = ends & (~ends + np.uint64(1))
    below = np.where(ends == 0, ~np.uint64(0), (lowest - np.uint64(1)) >> np.uint64(7))
    return words & below
