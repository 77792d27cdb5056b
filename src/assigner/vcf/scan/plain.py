"""Plain genotypes at the places of polygenic scores, read for many lines at once.

A score asks for the letters of one base and nothing else, of up to a million places: too many to read each in full. A
line is plain when it is the record of one base and one other base, its FORMAT has no other fields than those that are
judged here, its values are written plainly, and no key of INFO says anything for or against the genotype. Plain lines
are judged by the rule set's gates as all others are; whatever is not plain is read in full.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, Self

import numpy as np
from attrs import Factory, define, evolve, field, frozen
from numpy.typing import NDArray

from assigner.genome.builds import chrom_of
from assigner.rules.schema import Gates
from assigner.vcf.scan.cells import JUDGED, PHASES, Cells
from assigner.vcf.scan.columns import FIXED
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Choice, Intervals
from assigner.vcf.scan.keys import InfoKeys
from assigner.vcf.scan.plain_calls import BASES, PlainCalls
from assigner.vcf.scan.scans import Line
from assigner.vcf.scan.spans import PAD, Bytes, Flags, Ints, Table, table

AT_ONCE = 8192
"""How many lines are read together: so many that each step takes little beside what it does."""

_MOST_WAITING = 1 << 22  # bytes of lines that wait to be read with others
_USUAL = 256  # bytes of a line
_MOST_ALIKE = 8  # values of FORMAT or FILTER whose lines are looked at together
_MOST_FILTERS = 1000  # values of FILTER that are kept
_NONE = np.uint8(255)
_TAB = np.uint8(9)
_PASS = np.uint64(int.from_bytes(b"PASS", "little"))
_FOUR = np.uint64(0xFFFFFFFF)

_INDEX = np.full(256, _NONE, np.uint8)
_INDEX[list(BASES)] = range(4)

Accepts = Callable[[bytes], bool | None]
"""Whether values of FILTER are accepted; None of a text that holds none."""


class InGenes(Protocol):
    """Says of one plain line in a gene after the other whether it is read in full."""

    @property
    def left_out(self) -> Mapping[str, int]:
        """By gene, how many lines were not, because enough others were."""

    def wants(self, line: bytes) -> bool:
        """Whether a line, with one sample, is read in full."""


@frozen(eq=False)
class _Waiting:
    """Lines of one contig that wait to be read with others.

    Attributes:
        name: the contig.
        first: where each stands.
        numbers: those of the lines in the file.
        texts: as many bytes of each line, which stands in them between any other text.
        starts: where each line starts, in bytes of all.
        stops: a row a line: where its fixed columns end, the column before that of the sample, and the sample's.
    """

    name: str
    first: Ints
    numbers: Ints
    texts: NDArray[np.void]
    starts: Ints
    stops: Ints

    @classmethod
    def of(cls, name: str, first: Ints, numbers: Ints, rows: Table, lines: Ints, column: int) -> Self:
        """Copies of some lines of a table, as many bytes of each, given the sample's column."""
        begins, stops = rows.starts.take(lines), rows.stops.take(lines, axis=0)
        width = (int((stops[:, -1] - begins).max()) >> 3) + 1 << 3  # with the line end
        kind, last = np.dtype((np.void, width)), len(rows.letters) - width
        texts = np.ndarray((last + 1,), kind, buffer=rows.buffer, offset=rows.base, strides=(1,))
        copied = np.minimum(begins, last)
        moved = width * np.arange(len(lines)) - copied
        stops = stops.take([*range(FIXED), column - 1, column], axis=1)
        stops += moved[:, None]
        return cls(name, first, numbers, texts[copied], begins + moved, stops)

    def __len__(self) -> int:
        return len(self.first)

    @property
    def are_ascii(self) -> Flags:
        """Which of the lines are ASCII, where none was left out yet."""
        letters, found = self.texts.view(np.int8), np.ones(len(self), np.bool_)
        if letters.min() < 0:
            for index in np.flatnonzero(letters.reshape(len(self), -1).min(axis=1) < 0).tolist():
                begin = int(self.starts[index]) - index * self.texts.itemsize
                found[index] = self.texts[index].tobytes()[begin:].partition(b"\n")[0].isascii()
        return found

    def only(self, lines: Flags) -> Self:
        """Some of the lines."""
        parts = {each: getattr(self, each)[lines] for each in ("first", "numbers", "starts", "stops")}
        return evolve(self, **parts)


@define(eq=False, kw_only=True)
class PlainReader:
    """Takes the plain lines at the places of scores out of those that are kept.

    Lines are copied and wait until there are enough of them, as each chunk of a file may have only a few.

    Attributes:
        places: by contig, ascending.
        others: what is asked of the file beside scores: lines there are read in full.
        genes: where a plain line may have to be read in full, too.
        in_genes: makes what says of each of these whether it is.
        gates: those of the rule set.
        alone: whether QUAL and INFO's numbers speak of the sample alone.
        accepts: says which values of FILTER are accepted.
        formats: the FORMAT keys that are understood.
        keys: the keys of INFO that are not.
        column: that of the sample.
    """

    places: Mapping[str, Ints]
    others: Mapping[str, Intervals]
    genes: Mapping[str, Intervals]
    in_genes: Callable[[], InGenes]
    gates: Gates
    alone: bool
    accepts: Accepts
    formats: Collection[str]
    keys: InfoKeys
    column: int
    _waiting: list[_Waiting] = field(factory=list)
    _found: list[tuple[str, Ints, Bytes]] = field(factory=list)
    _chooser: InGenes = field(default=Factory(lambda self: self.in_genes(), takes_self=True), init=False)
    _filters: dict[bytes, bool | None] = field(factory=dict)

    @classmethod
    def of(
        cls,
        header: Header,
        column: int,
        *,
        places: Mapping[str, Ints],
        others: Choice,
        genes: Choice,
        in_genes: Callable[[], InGenes],
        gates: Gates,
        accepts: Accepts,
        hidden: Collection[str],
    ) -> PlainReader:
        """The reader of a file's sample.

        Args:
            header: the file's.
            column: that of the sample.
            places: by contig, ascending.
            others: what is asked of the file beside scores.
            genes: where a plain line may have to be read in full, too.
            in_genes: makes what says of each of these, in their order, whether it is.
            gates: those of the rule set.
            accepts: says which values of FILTER are accepted.
            hidden: keys of INFO that say something for or against a genotype.
        """
        declared = {key: header.formats.get(key) for key in JUDGED}
        judged = {key for key, own in declared.items() if own and f"{own.number} {own.type}" in JUDGED[key]}
        return cls(
            places=places,
            others=Intervals.by_contig(others),
            genes=Intervals.by_contig(genes),
            in_genes=in_genes,
            gates=gates,
            alone=len(header.samples) == 1,
            accepts=accepts,
            formats={"GT", *judged, *PHASES},
            keys=InfoKeys.of(hidden),
            column=column,
        )

    def rest(self, name: str, rows: Table, chosen: Ints, first: Ints, last: Ints, numbers: Ints) -> Ints:
        """Which of some lines are surely not plain; the others are copied, and wait to be read.

        Args:
            name: their contig.
            rows: the lines of a chunk.
            chosen: which of them are asked about, ascending.
            first: the first base of each of these.
            last: the last one.
            numbers: the number of each in the file.
        """
        asked = np.flatnonzero(self._asks(name, first, last))
        lines = chosen[asked]
        asked = asked[rows.stops[lines, 4] - rows.stops[lines, 3] == 2]
        left = np.ones(len(chosen), np.bool_)
        left[asked] = ~self._wait(name, rows, chosen[asked], first[asked], numbers[asked])
        return chosen[left]

    def _wait(self, name: str, rows: Table, lines: Ints, first: Ints, numbers: Ints) -> Flags:
        """Copy some lines, which wait then; whether each of them does."""
        found = np.zeros(len(lines), np.bool_)
        for own in _of_like_sizes(rows.stops[lines, -1] - rows.starts[lines]):
            waiting = _Waiting.of(name, first[own], numbers[own], rows, lines[own], self.column)
            found[own] = are_ascii = waiting.are_ascii
            if are_ascii.any():
                self._waiting.append(waiting if are_ascii.all() else waiting.only(are_ascii))
        return found

    def _asks(self, name: str, first: Ints, last: Ints) -> Flags:
        """Which spans of a contig are places of scores about which nothing else is asked."""
        places = self.places.get(name)
        if places is None or not len(first):
            return np.zeros(len(first), np.bool_)
        nearest = np.minimum(np.searchsorted(places, first), len(places) - 1)
        asked: Flags = (places[nearest] == first) & (first == last)
        if (others := self.others.get(name)) is not None:
            asked[others.overlapped(first, last)] = False
        return asked

    def read(self, *, to_end: bool = False) -> list[Line]:
        """Take in the plain ones of the lines that wait, if these are enough or the last ones; the others come back."""
        count, size = sum(map(len, self._waiting)), sum(each.texts.nbytes for each in self._waiting)
        if not count or not (to_end or count >= AT_ONCE or size >= _MOST_WAITING):
            return []
        rows = _joined(self._waiting)
        plain, codes = self._codes(rows)
        self._leave_to_genes(rows, plain, codes)
        left, at = list[Line](), 0
        for each in self._waiting:
            own = slice(at, at + len(each))
            self._found.append((each.name, each.first[plain[own]], codes[own][plain[own]]))
            others = np.flatnonzero(~plain[own]).tolist()
            left += [Line(int(each.numbers[index]), _text(rows, at + index)) for index in others]
            at = own.stop
        self._waiting = []
        return left

    def _leave_to_genes(self, rows: Table, plain: Flags, codes: Bytes) -> None:
        """Take those out of plain lines of which more is asked than their letters, as they lie in genes.

        One that shows REF alone speaks against another record of the same change. The others are asked about in their
        order in the file.

        Args:
            rows: the lines that wait.
            plain: which of them are plain, which is changed.
            codes: the code of each.
        """
        inside, at = [np.zeros(0, np.int64)], 0
        for each in self._waiting:
            if (genes := self.genes.get(each.name)) is not None:
                inside.append(at + genes.overlapped(each.first, each.first))
            at += len(each)
        lines = np.concatenate(inside)
        lines = lines[plain[lines]]
        shows_alt = codes[lines] >> 4 & 3 > 0
        plain[lines[~shows_alt]] = False
        lines = lines[shows_alt]
        numbers = np.concatenate([each.numbers for each in self._waiting])
        for index in lines[np.argsort(numbers[lines])].tolist():
            plain[index] = not self._chooser.wants(_text(rows, index))

    def apart(self, lines: Sequence[Line]) -> tuple[Flags, PlainCalls]:
        """Which lines of one sample are not plain, and what the others say; this reader takes in none.

        Args:
            lines: sound ones at what the file is asked, each with the sample's column alone.
        """
        reader, left = evolve(self, found=[], waiting=[]), np.ones(len(lines), np.bool_)
        begins = [line.text.split(b"\t", 2)[:2] for line in lines]
        at = 0
        for name, run in itertools.groupby(begins, key=lambda begin: begin[0]):
            first = np.array([int(pos) for _, pos in run], np.int64)
            contig = name.decode("utf-8", "replace")
            asked = np.flatnonzero(reader._asks(contig, first, first))  # a longer one is not plain
            rows = _table([lines[index].text for index in (at + asked).tolist()])
            left[at + asked] = ~reader._wait(contig, rows, np.arange(len(asked)), first[asked], at + asked)
            at += len(first)
        left[[line.number for line in reader.read(to_end=True)]] = True
        return left, reader.calls()

    def calls(self) -> PlainCalls:
        """All that was taken in."""
        positions: dict[str, Ints] = {}
        codes: dict[str, Bytes] = {}
        for chrom in {chrom_of(name) for name, _, _ in self._found} - {None}:
            parts = [(pos, code) for name, pos, code in self._found if chrom_of(name) == chrom]
            pos, code = (np.concatenate(each) for each in zip(*parts, strict=True))
            order = np.argsort(pos, kind="stable")
            positions[chrom or ""], codes[chrom or ""] = pos[order], code[order]
        return PlainCalls(positions, codes, self._chooser.left_out)

    def _codes(self, rows: Table) -> tuple[Flags, Bytes]:
        """Which lines with one sample are plain, and the code of each."""
        stops = rows.stops
        ref, alt = _INDEX[rows.letters[stops[:, 2] + 1]], _INDEX[rows.letters[stops[:, 3] + 1]]
        plain: Flags = (stops[:, 3] - stops[:, 2] == 2) & (stops[:, 4] - stops[:, 3] == 2)
        plain &= (ref != _NONE) & (alt != _NONE) & (ref != alt)
        codes: Bytes = ((ref & 3) | ((alt & 3) << 2)).astype(np.uint8)
        known, accepted = self._accepted(rows, stops)
        plain &= known
        silent, depth, counted = self.keys.read(rows, asks_numbers=self.alone)
        plain &= silent
        left = np.flatnonzero(plain)
        for _ in range(_MOST_ALIKE):
            if not len(left):
                break
            there = stops.take(left, axis=0)
            same = _same_text(rows, there, 8)
            own, left, there = left[same], left[~same], there.compress(same, axis=0)
            read = Cells.of(rows, there, self.formats)
            sound, copies, marks = read.judged(self.gates, self.alone, rows, there, depth[own], counted[own])
            plain[own] = sound
            codes[own] |= (copies << 4).astype(np.uint8) | np.where(accepted[own], marks, 0).astype(np.uint8)
        plain[left] = False
        return plain, codes

    def _accepted(self, rows: Table, stops: Ints) -> tuple[Flags, Flags]:
        """Of which lines FILTER is understood, and of which it is accepted."""
        starts, sizes = stops[:, 5] + 1, stops[:, 6] - stops[:, 5] - 1
        accepted: Flags = (sizes == 4) & (rows.words[starts] & _FOUR == _PASS)
        known, left = accepted.copy(), np.flatnonzero(~accepted)
        parts = list[Ints]()
        while len(left) and len(parts) < _MOST_ALIKE:
            same = _same_text(rows, stops[left], 6)
            parts.append(left[same])
            left = left[~same]
        for own in (*parts, *left.reshape(-1, 1)):
            says = self._filter(rows.text(int(starts[own[0]]), int(stops[own[0], 6])))
            known[own], accepted[own] = says is not None, bool(says)
        return known, accepted

    def _filter(self, text: bytes) -> bool | None:
        """What a value of FILTER says."""
        if text not in self._filters:
            if len(self._filters) >= _MOST_FILTERS:
                self._filters.clear()
            self._filters[text] = self.accepts(text)
        return self._filters[text]


def _of_like_sizes(sizes: Ints) -> Iterator[Ints]:
    """Indices of lines in parts, in none of which one is much longer than the others, as all take as many bytes."""
    left, most = np.arange(len(sizes)), _USUAL
    while len(left):
        are_short = sizes[left] <= most
        if are_short.any():
            yield left[are_short]
        left, most = left[~are_short], 2 * most


def _table(lines: Iterable[bytes]) -> Table:
    """The table of some lines with one sample."""
    buffer = bytearray().join((PAD, *(line + b"\n" for line in lines), PAD))
    marks = np.flatnonzero(np.frombuffer(buffer, np.uint8) - _TAB < 2)  # tabs and line ends
    return table(buffer, 0, marks.reshape(-1, FIXED + 1))


def _joined(parts: Sequence[_Waiting]) -> Table:
    """The table of lines that wait."""
    buffer = bytearray().join((PAD, *(each.texts.data for each in parts), PAD))
    before = np.cumsum([len(PAD), *(each.texts.nbytes for each in parts)])
    stops = np.concatenate([each.stops + size for each, size in zip(parts, before, strict=False)])
    starts = np.concatenate([each.starts + size for each, size in zip(parts, before, strict=False)])
    return evolve(table(buffer, 0, stops), starts=starts)


def _text(rows: Table, index: int) -> bytes:
    """A line of such a table, with the column of its sample alone."""
    fixed, before, stop = rows.stops[index, FIXED - 1 :].tolist()
    return rows.text(int(rows.starts[index]), fixed + 1) + rows.text(before + 1, stop)


def _same_text(rows: Table, stops: Ints, column: int) -> Flags:
    """Which lines have the text of the first in a column; only of those as long is anything read."""
    starts, sizes = stops[:, column - 1] + 1, stops[:, column] - stops[:, column - 1] - 1
    size = int(sizes[0])
    found: Flags = sizes == size
    alike = starts[found]
    for offset in range(0, size, 8):
        rest = np.uint64(8 * max(0, 8 - size + offset))
        own = rows.words[alike + offset] << rest == rows.words[alike[0] + offset] << rest
        if not own.all():
            found[found] = own
            alike = alike[own]
    return found
