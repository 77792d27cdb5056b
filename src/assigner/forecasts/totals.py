"""The scores of all samples of a cohort, added up record by record.

Of each sample and score two sums and a count are kept, whatever the number of alleles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from assigner.errors import RecordError
from assigner.genome.builds import chrom_of
from assigner.rules.polygenic import UNKNOWN_COPIES, Score, copies_of_letters
from assigner.rules.scored_alleles import Ints, keys_of
from assigner.rules.scoring_files import FREQUENCY_UNITS
from assigner.vcf.scan.letters import BaseRecord, Codes, Letters

_BITS = 25  # of the lower part of a weight: sums of a million products of either part fit into 63 bits


@define(eq=False)
class Total:
    """One score of all samples.

    Attributes:
        called: how many of the alleles that count are known, of each sample.
        seen: which alleles of the file have had a record.
    """

    score: Score
    samples: int
    called: NDArray[np.int32] = field(init=False)
    seen: NDArray[np.bool_] = field(init=False)
    _high: Ints = field(init=False)
    _low: Ints = field(init=False)
    _rows: Ints = field(init=False)
    _keys: Ints = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.called = np.zeros(self.samples, np.int32)
        self._high, self._low = np.zeros(self.samples, np.int64), np.zeros(self.samples, np.int64)
        self.seen = np.zeros(len(self.score.counts), np.bool_)
        keys = self.score.places.keys
        rows = np.flatnonzero(self.score.counts & (keys > 0))
        self._rows = rows[np.argsort(keys[rows], kind="stable")]
        self._keys = keys[self._rows]

    def rows_at(self, key: int) -> list[int]:
        """The alleles that count at a place."""
        first, last = (int(np.searchsorted(self._keys, key, side)) for side in ("left", "right"))
        found: list[int] = self._rows[first:last].tolist()
        return found

    def add(self, row: int, different: tuple[Letters | None, ...], codes: Codes) -> None:
        """Add what one allele is worth in each sample."""
        allele = self.score.file.alleles[row]
        copies = [UNKNOWN_COPIES if own is None else copies_of_letters(allele, own) for own in different]
        table = np.array(copies, np.int64)
        known = table != UNKNOWN_COPIES
        self.called += known[codes]
        self._high += ((allele.weight >> _BITS) * table * known)[codes]
        self._low += ((allele.weight & ((1 << _BITS) - 1)) * table * known)[codes]
        self.seen[row] = True

    def of(self, sample: int) -> int | None:
        """The score of a sample, in parts of `SCORE_UNITS`; None where an allele that counts is not known."""
        if int(self.called[sample]) != self.score.counted:
            return None
        worth = (int(self._high[sample]) << _BITS) + int(self._low[sample])
        return worth * FREQUENCY_UNITS - self.score.mean

    @property
    def lacking(self) -> Iterator[str]:
        """The alleles that count of which there was no record."""
        for row in np.flatnonzero(self.score.counts & ~self.seen).tolist():
            yield self.score.file.alleles[row].name


@frozen
class _Place:
    """What the records of one place say together."""

    key: int
    record: str
    different: tuple[Letters | None, ...]
    codes: Codes

    def beside(self, other: _Place) -> _Place:
        """Together with another record of the place: where the two do not say the same, nothing is known."""
        width = len(other.different)
        pairs, codes = np.unique(self.codes * width + other.codes, return_inverse=True)
        both = ((self.different[pair // width], other.different[pair % width]) for pair in pairs.tolist())
        different = tuple(one if one == two else None for one, two in both)
        return _Place(self.key, other.record, different, codes.reshape(-1))


@define(eq=False)
class Totals:
    """All scores of all samples; records of one place stand one after the other."""

    scores: Mapping[str, Score]
    samples: int
    found: dict[str, Total] = field(init=False)
    _open: _Place | None = field(default=None, init=False)

    @found.default
    def _none(self) -> dict[str, Total]:
        return {name: Total(score, self.samples) for name, score in self.scores.items()}

    def take(self, record: BaseRecord) -> None:
        """Take in the next record of the file.

        Raises:
            RecordError: its place had records before others.
        """
        chrom = chrom_of(record.contig)
        if chrom is None or not chrom.isdecimal():
            return
        place = _Place(
            int(keys_of(int(chrom), np.array([record.pos]))[0]), record.place, record.different, record.codes
        )
        if self._open is not None and self._open.key == place.key:
            self._open = self._open.beside(place)
            return
        self.close()
        self._open = place

    def close(self) -> None:
        """Add up the last place."""
        if (place := self._open) is None:
            return
        self._open = None
        for total in self.found.values():
            for row in total.rows_at(place.key):
                if total.seen[row]:
                    expected = "the records of one place one after the other"
                    raise RecordError(place.record, expected, "a place that had records before others")
                total.add(row, place.different, place.codes)
