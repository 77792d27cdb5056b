"""Where records begin and end, worked out for many lines at once.

Numbers are read eight digits at a time inside 64-bit words: a word taken at any byte holds eight characters,
the first in its lowest byte.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from assigner.digits import HIGH_BITS, TO_HIGH_BIT, ZEROS, leading_digits, leading_numbers, of_eight
from assigner.errors import RecordError, shown
from assigner.vcf.scan.alts import joined_on
from assigner.vcf.scan.extents import Extent

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]

PAD = b"." * 16
"""Stands before and after a chunk's text, so that a word can be taken at any byte of the text."""

_EIGHT = np.int64(8)
_LEAST_INNER = len("A,<*>,C")  # the shortest ALT with a symbolic allele between two others
_STEP = 1 << 16  # so little that what is made of it stays in the nearest cache


@frozen(eq=False, kw_only=True)
class Table:
    """Whole lines of equally many columns, and where their columns end.

    All places are counted from `base`, where `PAD` stands before the first line.

    Attributes:
        buffer: holds the lines, and a few bytes more.
        base: where the table begins in the buffer.
        letters: the text from there on, as numbers.
        words: the eight characters from each byte on.
        starts: where each line starts.
        stops: a row a line: where each of its columns ends, at a tab or, the last, at a line end.
    """

    buffer: bytearray
    base: int
    letters: Bytes
    words: Words
    starts: Ints
    stops: Ints

    def text(self, start: int, stop: int) -> bytes:
        """A copy of a part of the text."""
        return bytes(self.buffer[self.base + start : self.base + stop])

    def line(self, index: int) -> bytes:
        """One line, without its line end."""
        return self.text(int(self.starts[index]), int(self.stops[index, -1]))

    def places(self, key: bytes, first: int, last: int) -> list[int]:
        """Where a key stands in the lines from the first to the last."""
        at, stop = int(self.starts[first]), int(self.stops[last, -1])
        if not _may_hold(self.letters[at:stop], key):
            return []
        places = []
        while (at := self.buffer.find(key, self.base + at, self.base + stop) - self.base) >= 0:
            places.append(at)
            at += len(key)
        return places


def _may_hold(letters: Bytes, key: bytes) -> bool:
    """Whether the first three characters of a key stand anywhere: much faster than to look for the key."""
    for at in range(0, len(letters), _STEP):
        some = letters[at : at + _STEP + 2]
        found = some[:-2] == key[0]
        found &= some[1:-1] == key[1]
        found &= some[2:] == key[2]
        if found.any():
            return True
    return False


def table(buffer: bytearray, base: int, stops: Ints) -> Table:
    """The table whose `PAD` is at `base`, given where its columns end."""
    starts = np.empty(len(stops), np.int64)
    starts[:1] = len(PAD)
    np.add(stops[:-1, -1], 1, out=starts[1:])
    letters = np.frombuffer(buffer, np.uint8, offset=base)
    words: Words = np.ndarray((len(letters) - 7,), "<u8", buffer=buffer, offset=base, strides=(1,))
    return Table(buffer=buffer, base=base, letters=letters, words=words, starts=starts, stops=stops)


def numbers(rows: Table, stops: Ints, counts: Ints) -> Ints | None:
    """The numbers whose `counts` digits end before `stops`; None unless each has 1 to 9, and all are digits."""
    if counts.size == 0:
        return np.zeros(0, np.int64)
    most = int(counts.max())
    if most > 9 or int(counts.min()) < 1:
        return None
    low = np.maximum(_EIGHT - counts, 0) if most > 8 else _EIGHT - counts
    shift = (low << 3).view(np.uint64)
    word = rows.words[stops - 8]
    word ^= ZEROS
    word >>= shift
    word <<= shift
    if (((word + TO_HIGH_BIT) | word) & HIGH_BITS).any():
        return None
    values = of_eight(word)
    if most > 8:
        ninth = np.where(counts == 9, rows.letters[stops - 9] - np.uint8(48), np.uint8(0))
        if (ninth > 9).any():
            return None
        values += ninth.astype(np.int64) * 100_000_000
    return values


def numbers_from(rows: Table, starts: Ints) -> tuple[Ints, Ints]:
    """The numbers that begin there, and how many digits each has: at most the first eight are taken."""
    return leading_numbers(rows.words[starts])


def digits_from(rows: Table, starts: Ints) -> Ints:
    """How many digits stand from each start on, 8 at most in a word and 16 in all."""
    first = leading_digits(rows.words[starts])
    if (first == 8).any():
        first += np.where(first == 8, leading_digits(rows.words[np.minimum(starts + 8, len(rows.words) - 1)]), 0)
    return first


def ends(
    rows: Table,
    positions: Ints,
    *,
    lengths: bool,
    place: Callable[[int], str],
    line: Callable[[int], bytes] | None = None,
) -> Ints:
    """The last base of each record.

    That is POS + len(REF) - 1, or further when ALT is `.`, `*` or symbolic: INFO/END, POS + |INFO/SVLEN| (not of
    an insertion), with `lengths` POS + FORMAT/LEN - 1 of a `<*>` block, or the base that a breakend joins further on.

    Raises:
        RecordError: an END, SVLEN or LEN that is no number; `place` tells where the line of this index is, and `line`
            its text, of all samples or of one.
    """
    line = line or rows.line
    stops = rows.stops
    span = stops[:, 3] - stops[:, 2]
    span -= 2
    last: Ints = positions + np.maximum(span, 0)
    first, closing = rows.letters[stops[:, 3] + 1], rows.letters[stops[:, 4] - 1]
    symbolic, joined = (first == 60) | (closing == 62), closing == 91
    width = stops[:, 4] - stops[:, 3] - 1
    symbolic |= ((first == 46) | (first == 42)) & (width == 1)
    for index in np.flatnonzero((width >= _LEAST_INNER) & ~symbolic).tolist():
        text = rows.text(int(stops[index, 3]), int(stops[index, 4]))
        symbolic[index], joined[index] = b",<" in text, joined[index] or b"[," in text
    if symbolic.any() or joined.any():
        chosen = np.flatnonzero(symbolic)
        to_read = _extend(rows, last, chosen, lengths=lengths) if len(chosen) else chosen
        for index in np.union1d(to_read, np.flatnonzero(joined)).tolist():
            last[index] = max(int(last[index]), true_end(line(index), int(positions[index]), place(index)))
    return last


def _extend(rows: Table, last: Ints, symbolic: Ints, *, lengths: bool) -> Ints:
    """Move ends to where an END at the start of INFO says; which lines must be read in full."""
    starts, stops = rows.stops[symbolic, 6] + 1, rows.stops[symbolic, 7]
    leading = (rows.words[starts] & np.uint64(0xFFFFFFFF)) == np.uint64(0x3D444E45)  # b"END="
    led = np.flatnonzero(leading)
    digit_stops = starts[led] + 4
    counts = digits_from(rows, digit_stops)
    digit_stops += counts
    closed = (digit_stops == stops[led]) | (rows.letters[digit_stops] == 59)
    sound = closed & (counts > 0) & (counts < 10)
    values = numbers(rows, digit_stops[sound], counts[sound])
    assert values is not None
    found = symbolic[led[sound]]
    last[found] = np.maximum(last[found], values)
    rest = np.ones(len(symbolic), bool)  # whose INFO is more than a sound END alone
    rest[led[sound & (digit_stops == stops[led])]] = False
    doubtful = np.zeros(len(symbolic), bool)
    doubtful[led[~sound]] = True
    return _to_read(rows, symbolic, rest, doubtful, lengths=lengths)


def _to_read(rows: Table, symbolic: Ints, rest: Flags, doubtful: Flags, *, lengths: bool) -> Ints:
    """The lines that must be read one by one: a key of interest stands where it was not looked for."""
    if lengths:
        return symbolic
    if not rest.any():
        return symbolic[doubtful]
    lines = symbolic[rest]
    first, last = int(lines[0]), int(lines[-1])
    places = [at for key in (b";END=", b"SVLEN=") for at in rows.places(key, first, last)]
    if not places:
        return symbolic[doubtful]
    holding = np.searchsorted(rows.starts, np.array(places, np.int64), side="right") - 1
    return np.union1d(np.intersect1d(holding, lines), symbolic[doubtful])


def last_base(line: bytes, position: int, place: str) -> int:
    """The last base of one record, as `ends` tells it.

    Raises:
        RecordError: likewise.
    """
    *_, ref, alts = line.split(b"\t", 5)[:5]
    last = position + len(ref) - 1
    is_symbolic = (
        alts in (b".", b"*") or alts[:1] == b"<" or alts[-1:] in (b">", b"[") or b",<" in alts or b"[," in alts
    )
    return max(last, true_end(line, position, place)) if is_symbolic else last


def true_end(line: bytes, position: int, place: str) -> int:
    """The last base of one record with a missing or symbolic ALT, or a breakend, as `ends` tells it."""
    columns = line.split(b"\t")
    alts = columns[4].decode("ascii", "replace").split(",")
    contig = columns[0].decode("ascii", "replace")
    last = max([position, *(joined_on(alt, contig, position) or position for alt in alts)])
    for entry in columns[7].split(b";"):
        key, _, value = entry.partition(b"=")
        if key == b"END":
            last = max([last, *_values(value, "INFO/END", place)])
        elif key == b"SVLEN":
            sizes = tuple(map(abs, _values(value, "INFO/SVLEN", place)))
            last = max(last, position + Extent(lengths=sizes).longest(alts))
    if "<*>" in alts and len(columns) > 9 and b"LEN" in (keys := columns[8].split(b":")):
        at = keys.index(b"LEN")
        for sample in columns[9:]:
            values = sample.split(b":")[at : at + 1]
            last = max(
                [
                    last,
                    *(position + size - 1 for value in values for size in _values(value, "FORMAT/LEN", place)),
                ]
            )
    return last


def _values(text: bytes, what: str, place: str) -> list[int]:
    """The numbers of a list; a missing one counts as 0."""
    values = []
    for item in text.split(b","):
        digits = item.removeprefix(b"-")
        if item in (b".", b""):
            values.append(0)
        elif digits.isdigit() and len(digits) < 13:
            values.append(int(item))
        else:
            raise RecordError(place, f"{what} of digits", shown(item.decode("ascii", "replace")))
    return values
