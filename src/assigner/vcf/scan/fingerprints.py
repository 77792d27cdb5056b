"""A few thousand genotypes of one sample from all over its autosomes, by which two files are held against each other.

Taken are records of one base and one other base, whose FILTER is accepted and whose depth and quality pass the rule
set's gates where the record gives them. When there are too many, only those stay whose position is a multiple of two,
then of four, and so on. So what stays depends on the file alone, and of two files the same places stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from assigner.genome.builds import CHROMS
from assigner.rules.schema import Gates
from assigner.vcf.scan.alts import ANY_OTHER_BYTES
from assigner.vcf.scan.sexes import Filters
from assigner.vcf.scan.spans import Ints, Table

MOST_SITES = 2048
"""How many genotypes are kept of a file; of a genome's variants about one in two thousand."""

Site = tuple[str, int, bytes, bytes]
"""Chromosome, position, REF and ALT."""

_AUTOSOMES = frozenset(CHROMS[:22])
BASES = frozenset((b"A", b"C", b"G", b"T"))
"""What REF and ALT of a record that is taken are."""
_COPIES = {b"0/0": 0, b"0|0": 0, b"0/1": 1, b"1/0": 1, b"0|1": 1, b"1|0": 1, b"1/1": 2, b"1|1": 2}
DISPUTED = -1
"""The copies at a site on which records disagree."""


@define
class Fingerprint:
    """How many copies of the other base a sample has, by site.

    Attributes:
        filters: the values of FILTER that are accepted.
        depth: the least FORMAT/DP, where it is given.
        quality: the least FORMAT/GQ, where it is given.
        level: positions are multiples of two to this power.
        copies: 0, 1 or 2 of each site; -1 where records disagree.
    """

    filters: Filters = field(factory=Filters)
    depth: int = 0
    quality: int = 0
    level: int = 0
    copies: dict[Site, int] = field(factory=dict)

    @classmethod
    def of(cls, gates: Gates) -> Fingerprint:
        """An empty one, with the gates of a rule set."""
        return cls(Filters.of(gates), gates.depth, gates.quality)

    def wanted(self, chrom: str | None, positions: Ints) -> Ints:
        """Which of these records of one contig may be taken, by their positions."""
        return places_wanted(chrom, positions, self.level)

    def add_line(self, chrom: str, line: bytes) -> None:
        """Take a record, if it can be: a line with its nine fixed columns and the sample's."""
        _, pos, _, ref, alt, _, filters, _, keys, values = line.split(b"\t")
        sample = dict(zip(keys.split(b":"), values.split(b":"), strict=False))
        if self.filters.accept(filters):
            depth, quality = (_number(sample.get(key)) for key in (b"DP", b"GQ"))
            self.add((chrom, int(pos), ref, alt), _COPIES.get(sample.get(b"GT", b"")), depth, quality)

    def add(self, site: Site, copies: int | None, depth: int | None, quality: int | None) -> None:
        """Take a genotype whose FILTER is accepted; ALT may name any other base besides."""
        chrom, pos, ref, alt = site
        site = (chrom, pos, ref.upper(), one_base(alt).upper())
        if not self._stays(site):
            return
        poor = (depth is not None and depth < self.depth) or (quality is not None and quality < self.quality)
        if poor or copies is None or not {*site[2:]} <= BASES:
            return
        self.copies[site] = copies if self.copies.get(site, copies) == copies else DISPUTED
        while len(self.copies) > MOST_SITES:
            self.level += 1
            self.copies = {site: copies for site, copies in self.copies.items() if self._stays(site)}

    def _stays(self, site: Site) -> bool:
        return site[1] % (1 << self.level) == 0

    @property
    def marks(self) -> Marks:
        """The genotypes as numbers."""
        return _marks((site, copies) for site, copies in self.copies.items() if copies != DISPUTED)


Marks = NDArray[np.uint64]
"""Genotypes of one sample, ascending: the site in all bits but the last two, and in these how many copies there are."""

_OF_BASE = {b"A": 0, b"C": 1, b"G": 2, b"T": 3}


def _marks(sites: Iterable[tuple[Site, int]]) -> Marks:
    found = np.fromiter((number_of(site) << 2 | copies for site, copies in sites), np.uint64)
    return np.sort(found)


def number_of(site: Site) -> int:
    """A site as a number below 2 to the 40th."""
    chrom, pos, ref, alt = site
    return (CHROMS.index(chrom) << 31 | pos) << 4 | _OF_BASE[ref] << 2 | _OF_BASE[alt]


def alike(one: Fingerprint, other: Fingerprint) -> tuple[int, int]:
    """At how many sites of both they have the same genotype, and how many there are; one of them at least carries ALT.

    Where neither does, most people are alike.
    """
    coarse = max(one, other, key=lambda each: each.level)
    pairs = [(one.copies[site], other.copies[site]) for site in one.copies.keys() & other.copies if coarse._stays(site)]
    shared = [pair for pair in pairs if DISPUTED not in pair and any(pair)]
    return sum(mine == its for mine, its in shared), len(shared)


def places_wanted(chrom: str | None, positions: Ints, level: int) -> Ints:
    """Which positions may be taken: on autosomes those that are multiples of two to the power of the level."""
    if chrom not in _AUTOSOMES:
        return np.zeros(0, np.int64)
    return np.flatnonzero(positions & ((1 << level) - 1) == 0)


def one_base(alt: bytes) -> bytes:
    """ALT without the one that stands for any other base."""
    return alt.rpartition(b",")[0] if alt.endswith(ANY_OTHER_BYTES) else alt


def single_bases(rows: Table, chosen: Ints) -> Ints:
    """Which of these lines have a REF of one letter and an ALT that begins with a base."""
    stops = rows.stops[chosen]
    letters = rows.letters[stops[:, 3] + 1] | np.uint8(32)  # in lower case
    one = stops[:, 3] - stops[:, 2] == 2
    bases: Ints = chosen[one & (letters >= ord("a")) & (letters <= ord("t"))]
    return bases


def copies_of(alleles: Sequence[int]) -> int | None:
    """The copies of the first ALT in a genotype of two alleles that has no other one."""
    return sum(alleles) if len(alleles) == 2 and set(alleles) <= {0, 1} else None


def _number(text: bytes | None) -> int | None:
    return int(text) if text is not None and text.isdigit() and len(text) < 10 else None
