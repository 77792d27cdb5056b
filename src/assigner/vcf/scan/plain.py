"""Plain genotypes at the places of polygenic scores, read for many lines at once.

A score asks for the letters of one base and nothing else, of up to a million places: too many to read each in full. A
line is plain when it is the record of one base and one other base, its FORMAT has no other fields than those that are
judged here, its values are written plainly, and no key of INFO says anything for or against the genotype. Plain lines
are judged by the rule set's gates as all others are; whatever is not plain is read in full.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

import numpy as np
from attrs import Factory, define, evolve, field

from assigner.genome.builds import chrom_of
from assigner.rules.schema import Gates
from assigner.vcf.scan.cells import JUDGED, PHASES, Cells
from assigner.vcf.scan.columns import FIXED, runs_of
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Choice, Intervals
from assigner.vcf.scan.keys import InfoKeys
from assigner.vcf.scan.plain_calls import BASES, PlainCalls
from assigner.vcf.scan.scans import Line
from assigner.vcf.scan.spans import PAD, Bytes, Flags, Ints, Table, table

_MOST_FORMATS = 8  # of the lines that are looked at together
_MOST_FILTERS = 1000  # values of FILTER that are kept
_NONE = np.uint8(255)
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


@define(eq=False, kw_only=True)
class PlainReader:
    """Takes the plain lines at the places of scores out of those that are kept.

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

    def rest(self, name: str, rows: Table, chosen: Ints, first: Ints, last: Ints) -> Ints:
        """Which of some lines are not plain; the others are taken in.

        Args:
            name: their contig.
            rows: the lines of a chunk.
            chosen: which of them are asked about, ascending.
            first: the first base of each of these.
            last: the last one.
        """
        places = self.places.get(name)
        if places is None or not len(chosen):
            return chosen
        nearest = np.minimum(np.searchsorted(places, first), len(places) - 1)
        asked = (places[nearest] == first) & (first == last)
        if (others := self.others.get(name)) is not None:
            asked[others.overlapped(first, last)] = False
        lines = np.flatnonzero(asked)
        if not len(lines):
            return chosen
        plain, codes = self._codes(rows, chosen[lines])
        if (genes := self.genes.get(name)) is not None:
            for at in genes.overlapped(first[lines], first[lines]).tolist():
                plain[at] = plain[at] and self._is_enough(rows, int(chosen[lines[at]]), int(codes[at]))
        self._found.append((name, first[lines[plain]], codes[plain]))
        left = np.ones(len(chosen), np.bool_)
        left[lines[plain]] = False
        return chosen[left]

    def _is_enough(self, rows: Table, line: int, code: int) -> bool:
        """Whether the letters of a plain line in a gene are all that is asked of it.

        One that shows REF alone speaks against another record of the same change.
        """
        fixed = rows.text(int(rows.starts[line]), int(rows.stops[line, FIXED - 1]) + 1)
        own = rows.text(*(rows.stops[line, self.column - 1 : self.column + 1] + (1, 0)).tolist())
        return code >> 4 & 3 > 0 and not self._chooser.wants(fixed + own)

    def apart(self, lines: Sequence[Line]) -> tuple[Flags, PlainCalls]:
        """Which lines of one sample are not plain, and what the others say; this reader takes in none.

        Args:
            lines: sound ones at what the file is asked, each with the sample's column alone.
        """
        reader, left = evolve(self, found=[]), np.ones(len(lines), np.bool_)
        buffer = bytearray().join((PAD, *(line.text + b"\n" for line in lines), PAD))
        letters = np.frombuffer(buffer, np.uint8)
        rows = table(buffer, 0, np.flatnonzero((letters == 9) | (letters == 10)).reshape(-1, FIXED + 1))
        positions = np.array([int(line.text.split(b"\t", 2)[1]) for line in lines], np.int64)
        at = 0
        for stop, name in runs_of(rows, 0, len(lines)):
            chosen, first = np.arange(at, stop), positions[at:stop]
            rest = reader.rest(name.decode("utf-8", "replace"), rows, chosen, first, first)  # a longer one is not plain
            left[at:stop] = np.isin(chosen, rest, assume_unique=True)
            at = stop
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

    def _codes(self, rows: Table, lines: Ints) -> tuple[Flags, Bytes]:
        """Which lines are plain, and the code of each."""
        stops = rows.stops[lines]
        ref, alt = _INDEX[rows.letters[stops[:, 2] + 1]], _INDEX[rows.letters[stops[:, 3] + 1]]
        plain: Flags = (stops[:, 3] - stops[:, 2] == 2) & (stops[:, 4] - stops[:, 3] == 2)
        plain &= (ref != _NONE) & (alt != _NONE) & (ref != alt)
        codes: Bytes = ((ref & 3) | ((alt & 3) << 2)).astype(np.uint8)
        known, accepted = self._accepted(rows, stops)
        plain &= known
        silent, depth = self.keys.read(rows, stops, asks_depth=self.alone)
        plain &= silent
        done = ~plain
        for _ in range(_MOST_FORMATS):
            if done.all():
                break
            same = ~done & _same_format(rows, stops, int(np.flatnonzero(~done)[0]))
            done |= same
            own = np.flatnonzero(same)
            read = Cells.of(rows, stops[own], self.column, self.formats)
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
