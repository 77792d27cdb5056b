"""The genotypes by which samples are held against each other, of all samples of one file at once."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from assigner.vcf.scan.columns import FIXED
from assigner.vcf.scan.fingerprints import (
    BASES,
    DISPUTED,
    MOST_SITES,
    Marks,
    Site,
    number_of,
    one_base,
    places_wanted,
)
from assigner.vcf.scan.sexes import Filters
from assigner.vcf.scan.spans import Ints

MOST_HELD = 4 * MOST_SITES
"""How many sites are held while the file is read; at the end those stay at which the samples differ most."""

Copies = NDArray[np.int8]
"""0, 1 or 2 copies of each sample; below 0 where that is not known, or records disagree."""

_UNKNOWN = -2

_TAB = ord("\t")
_SIGNS = np.frombuffer(b"/|", np.uint8)
_ENDS = np.frombuffer(b":\t", np.uint8)
_COUNTED = np.full(256, -9, np.int8)  # by letter: an allele that is neither 0 nor 1 makes the sum of two negative
_COUNTED[[ord("0"), ord("1")]] = 0, 1


@define(slots=False)
class JointFingerprint:
    """Genotypes of all samples of a file: at each site that is taken, how many copies each sample has.

    FILTER is asked, and the gates of depth and quality are not, since they are the samples' own.

    Attributes:
        samples: how many there are.
        filters: the values of FILTER that are accepted.
        level: positions are multiples of two to this power.
        copies: 0, 1 or 2 of each sample, by site; below 0 where that is not known, or records disagree.
    """

    samples: int
    filters: Filters = field(factory=Filters)
    level: int = 0
    copies: dict[Site, Copies] = field(factory=dict)

    def wanted(self, chrom: str | None, positions: Ints) -> Ints:
        """Which of these records of one contig may be taken, by their positions."""
        return places_wanted(chrom, positions, self.level)

    def add_line(self, chrom: str, line: bytes) -> None:
        """Take a record, if it can be: a line with the columns of all samples."""
        *fixed, rest = line.split(b"\t", FIXED)
        _, pos, _, ref, alt, _, filters, _, keys = fixed
        if self.filters.accept(filters) and keys.split(b":", 1)[0] == b"GT":
            self.add((chrom, int(pos), ref, alt), _copies_in(rest))

    def add(self, site: Site, copies: Copies) -> None:
        """Take the genotypes of all samples at a site whose FILTER is accepted; ALT may name any other base besides."""
        chrom, pos, ref, alt = site
        site = (chrom, pos, ref.upper(), one_base(alt).upper())
        if pos % (1 << self.level) or not {*site[2:]} <= BASES:
            return
        before = self.copies.get(site)
        self.copies[site] = copies if before is None else _agreed(before, copies)
        while len(self.copies) > MOST_HELD:
            self.level += 1
            self.copies = {site: each for site, each in self.copies.items() if site[1] % (1 << self.level) == 0}

    def put(self, more: JointFingerprint) -> None:
        """Take the genotypes that were taken of other records."""
        for site, copies in more.copies.items():
            self.add(site, copies)

    @cached_property
    def _table(self) -> tuple[NDArray[np.uint64], Copies]:
        """The sites at which most samples are likely to differ, as numbers, ascending, and a row of copies for each."""
        numbers = np.fromiter(map(number_of, self.copies), np.uint64, len(self.copies))
        rows = np.array([*self.copies.values()], np.int8).reshape(len(numbers), self.samples)
        known = (rows >= 0).sum(axis=1)
        carried = np.where(rows > 0, rows, 0).sum(axis=1) / np.maximum(2 * known, 1)
        best = np.lexsort((numbers, -(carried * (1 - carried) * known)))[:MOST_SITES]
        order = best[np.argsort(numbers[best])]
        return numbers[order], rows[order]

    def marks(self, sample: int) -> Marks:
        """The genotypes of one sample, as numbers; the file must have been read to its end."""
        numbers, rows = self._table
        known = rows[:, sample] >= 0
        marks: Marks = numbers[known] << np.uint64(2) | rows[known, sample].astype(np.uint64)
        return marks


def _agreed(one: Copies, other: Copies) -> Copies:
    """What two records of a site say together; one in which a sample is not known says nothing of it."""
    found = np.where((one == other) | (other == _UNKNOWN), one, np.int8(DISPUTED))
    return np.where(one == _UNKNOWN, other, found)


def _copies_in(cells: bytes) -> Copies:
    r"""The copies of the first ALT in each of some cells whose first key is GT.

    >>> _copies_in(b"0/1:9\t1|1\t0/2\t.\t0").tolist()
    [1, 2, -2, -2, -2]
    """
    letters = np.frombuffer(cells + b"\t\t\t\t", np.uint8)
    begins = np.concatenate(([0], np.flatnonzero(letters[:-4] == _TAB) + 1))
    first, sign, second, end = (letters[begins + at] for at in range(4))
    sound = np.isin(sign, _SIGNS) & np.isin(end, _ENDS)
    copies = _COUNTED[first] + _COUNTED[second]
    return np.where(sound & (copies >= 0), copies, np.int8(_UNKNOWN)).astype(np.int8)


def copies_of_rows(values: NDArray[np.signedinteger]) -> Copies:
    """The copies of the first ALT in the genotypes of a BCF record, which has a row of values for each sample."""
    if values.shape[1] != 2:
        return np.full(len(values), _UNKNOWN, np.int8)
    alleles = (values.astype(np.int64) >> 1) - 1
    known = ((alleles == 0) | (alleles == 1)).all(axis=1)
    return np.where(known, alleles.sum(axis=1), _UNKNOWN).astype(np.int8)
