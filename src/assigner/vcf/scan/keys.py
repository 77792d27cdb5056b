"""The keys of INFO in many lines at once: which of some are there, and the depth."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from attrs import frozen

from assigner.vcf.scan.spans import Flags, Ints, Table, Words, numbers_from

_LOW, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_EQUALS, _SEMICOLON, _TAB = (np.uint64(ord(each)) * _LOW for each in "=;\t")
_DEPTH = np.uint64(int.from_bytes(b"DP", "little"))
_PAIR = np.uint64(0xFFFF)


@frozen(eq=False)
class InfoKeys:
    """Some keys of INFO beside DP, of which the first eight characters are looked at.

    Attributes:
        words: the characters of these and of DP, the first in the lowest byte; ascending.
        may_be: by the first two characters of a key, as one number, whether it may be one of them.
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
        return cls(words, may_be)

    def read(self, rows: Table, *, asks_depth: bool) -> tuple[Flags, Ints]:
        """Which lines have none of the keys, and their INFO/DP, -1 where it is not asked or not there.

        A line whose DP is not a plain number, or is there twice, counts as one that has a key.
        """
        starts, ends = rows.stops[:, 6] + 1, rows.stops[:, 7]
        places = np.concatenate((starts, np.flatnonzero(rows.letters == ord(";")) + 1))
        pairs = rows.letters.take(places).astype(np.int64)
        pairs <<= 8
        pairs |= rows.letters.take(places + 1)
        places = places[np.flatnonzero(self.may_be.take(pairs))]
        keys = _first_characters(rows.words[places])
        told = self.words.take(np.searchsorted(self.words, keys), mode="clip") == keys
        keys, places = keys[told], places[told]
        lines = np.searchsorted(ends, places, side="right")
        inside = np.append(starts, len(rows.letters))[lines] <= places  # not in a column before INFO, or behind it
        lines, places, own = lines[inside], places[inside], keys[inside] == _DEPTH  # of most lines the only one
        silent, depth = np.ones(len(starts), np.bool_), np.full(len(starts), -1, np.int64)
        silent[lines[~own]] = False
        if asks_depth:
            self._depths(rows, lines[own], places[own], silent, depth)
        return silent, depth

    @staticmethod
    def _depths(rows: Table, lines: Ints, places: Ints, silent: Flags, depth: Ints) -> None:
        """Put in the depths whose keys stand at some places of lines."""
        silent[np.bincount(lines, minlength=len(silent)) > 1] = False
        read, sizes = numbers_from(rows, places + 3)
        after = rows.letters[places + 3 + sizes]
        plain = (rows.letters[places + 2] == ord("=")) & (sizes > 0) & ((after == ord(";")) | (after == ord("\t")))
        silent[lines[~plain]] = False
        depth[lines[plain]] = read[plain]


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
