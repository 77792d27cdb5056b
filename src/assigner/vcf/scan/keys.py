"""The keys of INFO in many lines at once: which of some are there, and the depth."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from attrs import frozen

from assigner.vcf.scan.spans import Flags, Ints, Table, Words, digits_from, numbers

_EIGHT = np.int64(8)
_LOW, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_EQUALS, _SEMICOLON, _TAB = (np.uint64(ord(each)) * _LOW for each in "=;\t")
_DEPTH = np.uint64(int.from_bytes(b"DP", "little"))
_MIX, _DOWN = np.uint64(0x9E3779B97F4A7C15), np.uint64(52)


@frozen(eq=False)
class InfoKeys:
    """Some keys of INFO, of which the first eight characters are looked at.

    Attributes:
        words: the characters, the first in the lowest byte.
        may_be: by a mix of the characters whether they may be one of these.
    """

    words: Words
    may_be: Flags

    @classmethod
    def of(cls, keys: Collection[str]) -> InfoKeys:
        """These keys."""
        words = np.unique(np.array([int.from_bytes(key.encode()[:8], "little") for key in keys], np.uint64))
        may_be = np.zeros(1 << 12, np.bool_)
        may_be[_mixed(words)] = True
        return cls(words, may_be)

    def read(self, rows: Table, stops: Ints, *, asks_depth: bool) -> tuple[Flags, Ints]:
        """Which lines have none of the keys, and their INFO/DP, -1 where it is not asked or not there.

        A line whose DP is not a plain number, or is there twice, counts as one that has a key.
        """
        starts, ends = stops[:, 6] + 1, stops[:, 7]
        words = (ends - starts + 8) >> 3  # with at least one character behind the last one
        begins = np.cumsum(words) - words
        at = np.repeat(starts - begins * _EIGHT, words) + np.arange(int(words.sum())) * _EIGHT
        text = np.empty(len(at) + 1, np.uint64)
        text[:-1] = rows.words[at]
        text[-1] = 0
        letters = text.view(np.uint8)
        places = np.concatenate((begins * _EIGHT, np.flatnonzero(letters[:-8] == ord(";")) + 1))
        unaligned: Words = np.ndarray((len(letters) - 7,), "<u8", buffer=text, strides=(1,))
        keys = _first_characters(unaligned[places])
        silent, depth = np.ones(len(stops), np.bool_), np.full(len(stops), -1, np.int64)
        may_be = np.flatnonzero(self.may_be[_mixed(keys)])
        for place in places[may_be[np.isin(keys[may_be], self.words)]].tolist():
            line = int(np.searchsorted(begins, place >> 3, side="right")) - 1
            silent[line] &= place - int(begins[line]) * 8 >= int(ends[line] - starts[line])
        if asks_depth:
            self._depths(rows, (starts, ends, begins), places[keys == _DEPTH], silent, depth)
        return silent, depth

    @staticmethod
    def _depths(rows: Table, lines: tuple[Ints, Ints, Ints], places: Ints, silent: Flags, depth: Ints) -> None:
        """Put in the depths whose keys stand at some places."""
        starts, ends, begins = lines
        line = np.searchsorted(begins, places >> 3, side="right") - 1
        at = starts[line] + places - begins[line] * _EIGHT
        line, at = line[at < ends[line]], at[at < ends[line]]
        found, count = np.unique(line, return_counts=True)
        silent[found[count > 1]] = False
        sizes = digits_from(rows, at + 3)
        after = at + 3 + sizes
        plain = (rows.letters[at + 2] == ord("=")) & (sizes > 0) & (sizes < 10)
        plain &= (after == ends[line]) | (rows.letters[after] == ord(";"))
        silent[line[~plain]] = False
        read = numbers(rows, after[plain], sizes[plain])
        assert read is not None
        depth[line[plain]] = read


def _mixed(words: Words) -> Ints:
    return (words * _MIX >> _DOWN).astype(np.int64)


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
