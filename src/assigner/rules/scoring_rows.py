"""The rows of a scoring file, read for many lines at once.

Plain rows become columns of numbers without a Python object for any of them. Whatever is not plain (a number of many
digits, a flag that is set, anything that may be a fault) is left to whoever reads row by row. Both give the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen

from assigner.digits import Words, leading_numbers
from assigner.genome.builds import LENGTHS, Build
from assigner.rules.scored_alleles import Bytes, Flags, Ints, Places, ScoredAlleles
from assigner.rules.scoring_files import ScoredAllele

AT_ONCE = 1 << 20
"""How many bytes of rows are read at once: so few that what is made of them stays in a near cache."""

_WIDEST = 28  # characters of a number
_DIGITS = 18  # of which so many fit into 63 bits
_POWER_DIGITS = 3  # of an exponent; more are a fault, which reading row by row names
_PAD = bytes(64)
_TENS = np.array([10**at for at in range(_DIGITS + 1)], np.int64)
_BASES = np.frombuffer(b"ACGT", np.uint8)
_CHROMS = {str(number): number for number in range(1, 23)}
_LONGEST = {build: np.array([0, *(LENGTHS[build][chrom] for chrom in _CHROMS)], np.int64) for build in Build}

_EIGHT = 8  # digits of a word
_PLUS, _MINUS, _DOT, _E = (np.uint8(ord(each)) for each in "+-.e")
_LOWER = np.uint8(32)
_OTHER, _DIGIT, _POINT, _EXPONENT, _SIGN = range(5)
_START, _SIGNED, _WHOLE, _POINTED, _PART, _RAISED, _RAISED_SIGNED, _POWER, _BAD = range(9)


def _kinds() -> Bytes:
    kinds = np.full(256, _OTHER, np.uint8)
    kinds[48:58], kinds[46], kinds[[69, 101]], kinds[[43, 45]] = _DIGIT, _POINT, _EXPONENT, _SIGN
    return kinds


def _steps() -> Bytes:
    """From a state by the next character, as 256 x state + character, to the next one, as numbers are written."""
    steps = np.full((_BAD + 1, 5), _BAD, np.uint8)
    for state, kind, after in (
        (_START, _SIGN, _SIGNED), (_START, _DIGIT, _WHOLE), (_SIGNED, _DIGIT, _WHOLE), (_WHOLE, _DIGIT, _WHOLE),
        (_WHOLE, _POINT, _POINTED), (_POINTED, _DIGIT, _PART), (_PART, _DIGIT, _PART), (_WHOLE, _EXPONENT, _RAISED),
        (_PART, _EXPONENT, _RAISED), (_RAISED, _SIGN, _RAISED_SIGNED), (_RAISED, _DIGIT, _POWER),
        (_RAISED_SIGNED, _DIGIT, _POWER), (_POWER, _DIGIT, _POWER),
    ):  # fmt: skip
        steps[state, kind] = after
    return steps[:, _kinds()].ravel()


_STEPS = _steps()


@frozen(eq=False)
class _Column:
    """The cells of one column: where each begins, and its size."""

    letters: Bytes
    starts: Ints
    sizes: Ints

    def letter(self, at: int) -> Bytes:
        """The character at a place of each cell; any other where a cell is shorter."""
        return self.letters[self.starts + at]

    def says(self, word: str) -> Flags:
        """Which cells have this very text."""
        found: Flags = self.sizes == len(word)
        for at, letter in enumerate(word.encode()):
            found &= self.letter(at) == letter
        return found

    def number(self, units: int, least: int, most: int) -> tuple[Ints, Flags]:
        """The cells as numbers in whole units, rounded half to even, and which of them are plain and within bounds."""
        written, plain = self._written()
        others = np.flatnonzero(~plain)
        if len(others):
            slowly, plain[others] = _Column(self.letters, self.starts[others], self.sizes[others])._by_character()
            for whole, part in zip(written, slowly, strict=True):
                whole[others] = part
        value, power, is_negative = written
        whole, within = _times_ten_to(value, power + len(str(units)) - 1, most * units)
        plain &= within & ~(is_negative & (value > 0) & (least == 0))
        return np.where(is_negative, -whole, whole), plain

    def _written(self) -> tuple[tuple[Ints, Ints, Flags], Flags]:
        """The digits of cells as whole numbers, the powers of ten by which to multiply them, and which are negative.

        Also which cells are read so: those with no more than 8 digits before the point and 16 behind it, 18 in all.
        """
        sign = self.letter(0)
        is_negative = sign == _MINUS
        at = self.starts + (is_negative | (sign == _PLUS))
        value, digits = self._from(at)
        at += digits
        pointed = self.letters[at] == _DOT
        plain: Flags = digits > 0
        at += pointed
        part, sizes = self._from(at, pointed)
        plain &= ~pointed | (sizes > 0)
        at += sizes
        value = value * _TENS[sizes] + part
        if (long := np.flatnonzero(sizes == _EIGHT)).size:
            part, more = self._from(at[long])
            at[long] += more
            sizes[long] += more
            value[long] = value[long] * _TENS[more] + part  # of too many digits, which are not plain, anything
        plain &= digits + sizes <= _DIGITS
        raised = self.letters[at] | _LOWER == _E
        at += raised
        sign = self.letters[at]
        is_small = sign == _MINUS
        at += raised & (is_small | (sign == _PLUS))
        power, count = self._from(at, raised)
        plain &= ~raised | ((count > 0) & (count <= _POWER_DIGITS))
        plain &= (at + count == self.starts + self.sizes) & (self.sizes <= _WIDEST)
        return (value, np.where(is_small, -power, power) - sizes, is_negative), plain

    def _from(self, at: Ints, only: Flags | None = None) -> tuple[Ints, Ints]:
        """The numbers that begin there, eight digits at most, and how many these are; 0 where it is not asked."""
        if only is not None and not only.any():
            return np.zeros_like(at), np.zeros_like(at)
        words: Words = np.ndarray((len(self.letters) - 7,), "<u8", buffer=self.letters, strides=(1,))
        value, digits = leading_numbers(words[at])
        return (value, digits) if only is None else (value * only, digits * only)

    def _by_character(self) -> tuple[tuple[Ints, Ints, Flags], Flags]:
        """The same of cells of any form, one character after the other."""
        rows = len(self.starts)
        state = np.full(rows, _START, np.uint8)
        value, power = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
        digits, parts, raised = np.zeros(rows, np.int8), np.zeros(rows, np.int64), np.zeros(rows, np.int8)
        is_negative, is_small = np.zeros(rows, np.bool_), np.zeros(rows, np.bool_)
        for at in range(min(_WIDEST, int(self.sizes.max()))):
            letter, here = self.letter(at), self.sizes > at
            after = np.where(here, _STEPS[(state.astype(np.uint16) << 8) | letter], state)
            own, part = letter.astype(np.int64) - 48, here & (after == _PART)
            digit = part | (here & (after == _WHOLE))
            value = np.where(digit & (digits < _DIGITS), value * 10 + own, value)
            digits += digit
            parts += part
            raising = here & (after == _POWER)
            raised += raising
            power = np.where(raising & (raised <= _POWER_DIGITS), power * 10 + own, power)
            is_negative |= here & (after == _SIGNED) & (letter == 45)
            is_small |= here & (after == _RAISED_SIGNED) & (letter == 45)
            state = after
        plain: Flags = ((state == _WHOLE) | (state == _PART) | (state == _POWER)) & (self.sizes <= _WIDEST)
        plain &= (digits <= _DIGITS) & (raised <= _POWER_DIGITS)
        return (value, np.where(is_small, -power, power) - parts, is_negative), plain

    def position(self, longest: Ints) -> tuple[Ints, Flags]:
        """The cells as positions, and which of them are plain and on their chromosomes."""
        value, digits = self._from(self.starts)
        ninth = self.letter(_EIGHT) - np.uint8(48)
        is_long = (self.sizes == _EIGHT + 1) & (ninth < 10)
        plain: Flags = ((digits == self.sizes) | (is_long & (digits == _EIGHT))) & (digits > 0) & (self.letter(0) != 48)
        value = np.where(is_long, value * 10 + ninth, value)
        return value, plain & (value <= longest)

    def chromosome(self) -> tuple[Bytes, Flags, Flags]:
        """The cells as autosomes, which of them are, and which are empty."""
        prefixed = (self.sizes >= 3) & (self.letter(0) == 99) & (self.letter(1) == 104) & (self.letter(2) == 114)
        bare = _Column(self.letters, self.starts + 3 * prefixed, self.sizes - 3 * prefixed)
        first, second = bare.letter(0).astype(np.int64) - 48, bare.letter(1).astype(np.int64) - 48
        one: Flags = (bare.sizes == 1) & (first >= 1) & (first <= 9)
        two: Flags = (bare.sizes == 2) & (first >= 1) & (first <= 2) & (second >= 0) & (second <= 9)
        number = np.where(two, first * 10 + second, np.where(one, first, 0))
        return number.astype(np.uint8), (one | two) & (number <= 22), bare.sizes == 0


def _times_ten_to(value: Ints, by: Ints, most: int) -> tuple[Ints, Flags]:
    """Numbers of at most 18 digits times powers of ten, rounded half to even; and which surely are at most `most`."""
    up, down = np.clip(by, 0, _DIGITS), np.clip(-by, 0, _DIGITS)
    raised = value <= most // _TENS[up]
    raised &= (by <= _DIGITS) | (value == 0)
    larger = np.where(raised, value, 0) * _TENS[up]
    if not down.any():
        return larger, raised
    quotient, rest = np.divmod(value, _TENS[down])
    half = _TENS[down] // 2
    quotient += (by < 0) & ((rest > half) | ((rest == half) & (quotient % 2 == 1)))
    quotient[by < -_DIGITS] = 0  # fewer than half of a unit
    lowered = (quotient < most) | ((quotient == most) & (rest == 0))
    return np.where(by < 0, quotient, larger), np.where(by < 0, lowered, raised)


@frozen(eq=False, kw_only=True)
class PlainRows:
    """Some rows in columns.

    Attributes:
        plain: which rows were read; of the others nothing here means anything.
    """

    plain: Flags
    effects: Bytes
    others: Bytes
    weights: Ints
    frequencies: Ints | None
    errors: Ints | None
    places: Mapping[Build, Places]
    names: Bytes
    name_sizes: Ints


def grid_of(text: bytes, columns: int) -> tuple[Ints, Ints] | None:
    """Where the cells of lines begin and end, a row a line; None unless all lines have so many cells."""
    letters = np.frombuffer(text, np.uint8)
    marks = np.flatnonzero(letters - np.uint8(9) < 2)  # tabs and line ends
    if len(marks) % columns:
        return None
    stops = marks.reshape(-1, columns)
    pattern = np.array([9] * (columns - 1) + [10], np.uint8)
    if not (letters[stops] == pattern).all():
        return None
    starts = np.empty_like(stops)
    starts[:, 1:] = stops[:, :-1] + 1
    starts[0, 0] = 0
    starts[1:, 0] = stops[:-1, -1] + 1
    return starts, stops


def plain_rows(
    text: bytes,
    columns: Sequence[str],
    places: Mapping[Build, Sequence[tuple[str, str]]],
    plain_flags: Mapping[str, str],
    numbers: Mapping[str, tuple[int, int, int]],
    most_line: int,
) -> PlainRows | None:
    """The rows of some whole lines; None when they have not all as many cells as there are columns.

    Args:
        text: the lines, each with its line end.
        columns: the names of the columns.
        places: of each build the columns of chromosome and position.
        plain_flags: columns that change what a row means, with the text at which they do not.
        numbers: the columns of numbers, with their units, their least and their most.
        most_line: the longest line that is read here.
    """
    grid = grid_of(text, len(columns))
    if grid is None:
        return None
    letters = np.frombuffer(text + _PAD, np.uint8)
    starts, stops = grid
    cells = {
        name: _Column(letters, starts[:, at].copy(), stops[:, at] - starts[:, at]) for at, name in enumerate(columns)
    }
    plain: Flags = stops[:, -1] - starts[:, 0] <= most_line
    for name, word in plain_flags.items():
        if name in cells:
            plain &= (cells[name].sizes == 0) | cells[name].says(word)
    effect, other = cells["effect_allele"], cells["other_allele"]
    plain &= (effect.sizes == 1) & (other.sizes == 1) & (effect.letter(0) != other.letter(0))
    plain &= np.isin(effect.letter(0), _BASES) & np.isin(other.letter(0), _BASES)
    values = {}
    for name, bounds in numbers.items():
        if name in cells:
            values[name], sound = cells[name].number(*bounds)
            plain &= sound
    found = {build: _places(cells, build, pairs, plain) for build, pairs in places.items()}
    plain &= np.logical_or.reduce([own.chroms > 0 for own in found.values()])
    names, sizes = _names(cells, letters)
    return PlainRows(
        plain=plain,
        effects=effect.letter(0).copy(),
        others=other.letter(0).copy(),
        weights=values["effect_weight"],
        frequencies=values.get("allelefrequency_effect"),
        errors=values.get("standard_error"),
        places=found,
        names=names,
        name_sizes=sizes,
    )


def _places(cells: Mapping[str, _Column], build: Build, pairs: Sequence[tuple[str, str]], plain: Flags) -> Places:
    """The places of rows on a build; rows without a sound one are taken out of `plain`."""
    chroms, positions = np.zeros(len(plain), np.uint8), np.zeros(len(plain), np.int64)
    for chrom_column, pos_column in pairs:
        chrom, is_autosome, is_empty = cells[chrom_column].chromosome()
        position, is_inside = cells[pos_column].position(_LONGEST[build][np.where(is_autosome, chrom, 0)])
        without = is_empty & (cells[pos_column].sizes == 0)
        given = is_autosome & is_inside & ~without
        plain &= without | given
        plain &= ~given | (chroms == 0) | ((chroms == chrom) & (positions == position))
        chroms, positions = np.where(given, chrom, chroms), np.where(given, position, positions)
    return Places(chroms=chroms, positions=positions)


def _names(cells: Mapping[str, _Column], letters: Bytes) -> tuple[Bytes, Ints]:
    """The names of rows one after the other, and their sizes: the harmonised rsID, or the author's."""
    rows = len(next(iter(cells.values())).starts)
    starts, sizes = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    for name in ("rsID", "hm_rsID"):
        if name in cells:
            own = cells[name]
            starts, sizes = np.where(own.sizes > 0, own.starts, starts), np.where(own.sizes > 0, own.sizes, sizes)
    before = np.cumsum(sizes) - sizes
    return letters[np.repeat(starts - before, sizes) + np.arange(int(sizes.sum()))], sizes


def put(rows: PlainRows, at: int, allele: ScoredAllele) -> None:
    """Put an allele that was read by itself among rows, in place of what is not plain."""
    rows.effects[at], rows.others[at] = ord(allele.effect), ord(allele.other)
    rows.weights[at] = allele.weight
    if rows.frequencies is not None and allele.frequency is not None:
        rows.frequencies[at] = allele.frequency
    if rows.errors is not None and allele.error is not None:
        rows.errors[at] = allele.error
    for build, places in rows.places.items():
        chrom, pos = allele.on(build) or ("0", 0)
        places.chroms[at], places.positions[at] = int(chrom), pos


def joined(parts: Sequence[PlainRows], first_line: int) -> ScoredAlleles:
    """All rows of a file."""
    frequencies = [part.frequencies for part in parts if part.frequencies is not None]
    errors = [part.errors for part in parts if part.errors is not None]
    return ScoredAlleles(
        first_line=first_line,
        effects=np.concatenate([part.effects for part in parts]),
        others=np.concatenate([part.others for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
        frequencies=np.concatenate(frequencies) if frequencies else None,
        errors=np.concatenate(errors) if errors else None,
        places={
            build: Places(
                chroms=np.concatenate([part.places[build].chroms for part in parts]),
                positions=np.concatenate([part.places[build].positions for part in parts]),
            )
            for build in parts[0].places
        },
        names=b"".join(part.names.tobytes() for part in parts),
        name_ends=np.cumsum(np.concatenate([part.name_sizes for part in parts])),
    )


def repeated(alleles: ScoredAlleles, build: Build) -> list[tuple[int, int]]:
    """The rows whose place on a build an earlier row has, each with the first such row."""
    if build not in alleles.places or ((keys := alleles.on(build).keys)[1:] > keys[:-1]).all():
        return []
    order = np.argsort(keys, kind="stable")
    same = (keys[order][1:] == keys[order][:-1]) & (keys[order][1:] > 0)
    firsts: dict[int, int] = {}
    for at in np.flatnonzero(same).tolist():
        firsts.setdefault(int(keys[order[at]]), int(order[at]))
    later = sorted(order[1:][same].tolist())
    return [(at, firsts[int(keys[at])]) for at in later]
