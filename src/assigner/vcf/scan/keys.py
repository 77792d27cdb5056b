"""The keys of INFO in many lines at once: which of some are there, and the numbers of depth and alleles."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from attrs import frozen

from assigner.vcf.scan.spans import Flags, Ints, Table, Words, numbers_from

_LOW, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_EQUALS, _SEMICOLON, _TAB = (np.uint64(ord(each)) * _LOW for each in "=;\t")
NUMBERS = {key: np.uint64(int.from_bytes(key.encode(), "little")) for key in ("DP", "AC", "AN")}
"""The keys whose numbers are read, as the characters of a word: reads, copies of ALT, and copies that are called."""

_PAIR = np.uint64(0xFFFF)


@frozen(eq=False)
class InfoKeys:
    """Some keys of INFO beside those of `NUMBERS`, of which the first eight characters are looked at.

    Attributes:
        words: the characters of all of them, the first in the lowest byte; ascending.
        may_be: by the first two characters of a key, as one number, whether it may be one of them.
    """

    words: Words
    may_be: Flags

    @classmethod
    def of(cls, keys: Collection[str]) -> InfoKeys:
        """These keys."""
        numbers = [int.from_bytes(key.encode()[:8], "little") for key in keys]
        words = np.unique(np.array([*numbers, *NUMBERS.values()], np.uint64))
        may_be = np.zeros(1 << 16, np.bool_)
        second, first = np.divmod((words & _PAIR).astype(np.int64), 256)
        may_be[first << 8 | second] = True
        may_be.reshape(256, 256)[first[second == 0]] = True  # a key of one character, with any behind it
        return cls(words, may_be)

    def read(self, rows: Table, *, asks_numbers: bool) -> tuple[Flags, Mapping[str, Ints]]:
        """Which lines have none of the keys, and the numbers of INFO, -1 where one is not asked or not there.

        A line whose number is not plain, or is there twice, counts as one that has a key.
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
        lines, places, keys = lines[inside], places[inside], keys[inside]
        silent = np.ones(len(starts), np.bool_)
        silent[lines[~np.isin(keys, list(NUMBERS.values()))]] = False
        found = {key: np.full(len(starts), -1, np.int64) for key in NUMBERS}
        for key, word in NUMBERS.items() if asks_numbers else ():
            own = keys == word
            self._numbers(rows, lines[own], places[own], silent, found[key])
        return silent, found

    @staticmethod
    def _numbers(rows: Table, lines: Ints, places: Ints, silent: Flags, found: Ints) -> None:
        """Put in the numbers of a key that stands at some places of lines."""
        silent[np.bincount(lines, minlength=len(silent)) > 1] = False
        read, sizes = numbers_from(rows, places + 3)
        after = rows.letters[places + 3 + sizes]
        plain = (rows.letters[places + 2] == ord("=")) & (sizes > 0) & ((after == ord(";")) | (after == ord("\t")))
        silent[lines[~plain]] = False
        found[lines[plain]] = read[plain]


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
