"""Plain genotypes at the places of polygenic scores, read for many lines at once.

A score asks for the letters of one base and nothing else, of up to a million places: too many to read each in full. A
line is plain when it is the record of one base and one other base, its FORMAT has no other fields than those that are
judged here, its values are written plainly, and no key of INFO says anything for or against the genotype. Plain lines
are judged by the rule set's gates as all others are; whatever is not plain is read in full.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from attrs import Factory, define, evolve, field, frozen

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
_MOST_FORMATS = 8  # of the lines that are looked at together
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


@frozen(eq=False, slots=False)
class _Waiting:
    """Lines of one contig that wait to be read with others.

    Attributes:
        name: the contig.
        first: where each stands.
        numbers: those of the lines in the file.
        texts: the lines with one sample and a line end.
    """

    name: str
    first: Ints
    numbers: Ints
    texts: Sequence[bytes | bytearray]

    @cached_property
    def size(self) -> int:
        """How many bytes these are."""
        return sum(map(len, self.texts))


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
        alone: whether QUAL and INFO/DP speak of the sample alone.
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
        of_one_base = rows.stops[lines, 4] - rows.stops[lines, 3] == 2
        asked, lines = asked[of_one_base], lines[of_one_base]
        texts = self._copied(rows, lines)
        is_ascii = [whole.isascii() for whole in self._whole(rows, lines, texts)]
        if not all(is_ascii):
            asked, texts = asked[is_ascii], [*itertools.compress(texts, is_ascii)]
        if not len(asked):
            return chosen
        self._waiting.append(_Waiting(name, first[asked], numbers[asked], texts))
        left = np.ones(len(chosen), np.bool_)
        left[asked] = False
        return chosen[left]

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

    def _copied(self, rows: Table, lines: Ints) -> Sequence[bytes | bytearray]:
        """Lines with the column of one sample, and their line ends."""
        buffer, base = rows.buffer, rows.base
        starts, ends = (rows.starts[lines] + base).tolist(), (rows.stops[lines, -1] + base + 1).tolist()
        if rows.stops.shape[1] == FIXED + 1:
            return [buffer[start:end] for start, end in zip(starts, ends, strict=True)]
        own = rows.stops[lines][:, [FIXED - 1, self.column - 1, self.column]] + base
        return [
            b"".join((buffer[start : fixed + 1], buffer[before + 1 : after], b"\n"))
            for start, (fixed, before, after) in zip(starts, own.tolist(), strict=True)
        ]

    def _whole(self, rows: Table, lines: Ints, texts: Sequence[bytes | bytearray]) -> Iterable[bytes | bytearray]:
        """The same lines with all samples."""
        return texts if rows.stops.shape[1] == FIXED + 1 else (rows.line(line) for line in lines.tolist())

    def read(self, *, to_end: bool = False) -> list[Line]:
        """Take in the plain ones of the lines that wait, if these are enough or the last ones; the others come back."""
        count, size = sum(len(each.texts) for each in self._waiting), sum(each.size for each in self._waiting)
        if not count or not (to_end or count >= AT_ONCE or size >= _MOST_WAITING):
            return []
        plain, codes = self._codes(_table(itertools.chain.from_iterable(each.texts for each in self._waiting)))
        left, at = list[Line](), 0
        for each in self._waiting:
            own = slice(at, at + len(each.texts))
            self._in_gene(each, plain[own], codes[own])
            self._found.append((each.name, each.first[plain[own]], codes[own][plain[own]]))
            others = np.flatnonzero(~plain[own]).tolist()
            left += [Line(int(each.numbers[index]), bytes(each.texts[index][:-1])) for index in others]
            at = own.stop
        self._waiting = []
        return left

    def _in_gene(self, lines: _Waiting, plain: Flags, codes: Bytes) -> None:
        """Take those out of plain lines of which more is asked than their letters, as they lie in genes.

        One that shows REF alone speaks against another record of the same change.
        """
        genes = self.genes.get(lines.name)
        if genes is None:
            return
        for at in genes.overlapped(lines.first, lines.first).tolist():
            if plain[at]:
                shows_alt = int(codes[at]) >> 4 & 3 > 0
                plain[at] = shows_alt and not self._chooser.wants(bytes(lines.texts[at][:-1]))

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
            texts = [lines[index].text + b"\n" for index in (at + asked).tolist()]
            if texts:
                reader._waiting.append(_Waiting(contig, first[asked], at + asked, texts))
            left[at + asked] = False
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
        silent, depth = self.keys.read(rows, asks_depth=self.alone)
        plain &= silent
        done = ~plain
        for _ in range(_MOST_FORMATS):
            if done.all():
                break
            same = ~done & _same_format(rows, stops, int(np.flatnonzero(~done)[0]))
            done |= same
            own = np.flatnonzero(same)
            read = Cells.of(rows, stops[own], self.formats)
            sound, copies, marks = read.judged(self.gates, self.alone, rows, stops[own], depth[own])
            plain[own] &= sound
            codes[own] |= (copies << 4).astype(np.uint8) | np.where(accepted[own], marks, 0).astype(np.uint8)
        return plain & done, codes

    def _accepted(self, rows: Table, stops: Ints) -> tuple[Flags, Flags]:
        """Of which lines FILTER is understood, and of which it is accepted."""
        starts, sizes = stops[:, 5] + 1, stops[:, 6] - stops[:, 5] - 1
        accepted: Flags = (sizes == 4) & (rows.words[starts] & _FOUR == _PASS)
        known = accepted.copy()
        for at in np.flatnonzero(~accepted).tolist():
            text = rows.text(int(starts[at]), int(stops[at, 6]))
            if text not in self._filters:
                if len(self._filters) >= _MOST_FILTERS:
                    self._filters.clear()
                self._filters[text] = self.accepts(text)
            known[at], accepted[at] = self._filters[text] is not None, bool(self._filters[text])
        return known, accepted


def _table(lines: Iterable[bytes | bytearray]) -> Table:
    """The table of some lines with one sample and their line ends."""
    buffer = bytearray().join((PAD, *lines, PAD))
    marks = np.flatnonzero(np.frombuffer(buffer, np.uint8) - _TAB < 2)  # tabs and line ends
    return table(buffer, 0, marks.reshape(-1, FIXED + 1))


def _same_format(rows: Table, stops: Ints, at: int) -> Flags:
    """Which lines have the FORMAT of one of them; only of those as long is anything read, so that it stands in them."""
    starts, sizes = stops[:, 7] + 1, stops[:, 8] - stops[:, 7] - 1
    size = int(sizes[at])
    found: Flags = sizes == size
    alike = np.flatnonzero(found)
    for offset in range(0, size, 8):
        rest = np.uint64(8 * max(0, 8 - size + offset))
        own = rows.words[starts[alike] + offset] << rest == rows.words[starts[at] + offset] << rest
        found[alike] &= own
    return found
