"""Compares the genotypes of participants, to find pairs with the same genome and close relatives."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from assigner.genome.builds import Build
from assigner.values import Private
from assigner.vcf.files import File
from assigner.vcf.scan.fingerprints import Marks

LEAST_SITES = 100
"""Least number of sites to judge a pair: both have a genotype, and at least one of them carries the variant.

Curators' judgement: many pairs are compared, so that chance must be small in each.
"""

LEAST_SAME = 950
"""From this share of equal genotypes at such sites, in thousandths, a pair has one genome (curators' judgement).

Two call sets of one person differ at a few in a hundred; of two people who both carry a variant about 640 in a thousand
have the same genotype, and of two children of the same parents about 790, as `assigner.vcf.meaning.relatedness` says.
"""

LEAST_HET = 100
"""Least heterozygous sites of each participant to estimate their kinship (curators' judgement)."""

CLOSE = 177
"""From this kinship, in thousandths, a pair is first-degree: parent and child, or full siblings.

The geometric mean of the kinships of first and second degree, 1 / 2^2.5: Manichaikul et al. 2010, PMID:20926424. Their
estimator that is robust to population structure is used here.
"""

MOST_COLUMNS = 4096
"""Most sites that are compared; those that most participants have are taken."""

_TILE = 512  # participants per block of the matrix of pairs


@frozen(eq=False, repr=False)
class Genome(Private):
    """Some genotypes of one participant.

    Attributes:
        build: the build of their positions.
        joint: SHA-256 of the multi-sample file that they are from, which has reference calls too; None for a file of
            the participant alone.
        marks: each genotype as an integer, ascending.
    """

    build: Build
    joint: str | None
    marks: Marks

    @property
    def form(self) -> dict[str, str | None]:
        """The genome as JSON values."""
        steps = np.diff(self.marks, prepend=np.uint64(0))  # differences are small and compress well
        text = base64.b85encode(zlib.compress(steps.astype("<u8").tobytes())).decode()
        return {"build": self.build.value, "joint": self.joint, "marks": text}

    @classmethod
    def parse(cls, build: str, joint: str | None, marks: str) -> Self:
        """Read a genome from its JSON values.

        Raises:
            ValueError: they are not a genome.
        """
        try:
            steps = np.frombuffer(zlib.decompress(base64.b85decode(marks)), "<u8")
        except zlib.error as error:
            raise ValueError("marks") from error
        return cls(Build(build), joint, np.cumsum(steps, dtype=np.uint64))


def genome_of(files: Iterable[File], build: Build) -> Genome | None:
    """The genotypes of a participant, from the file that has most."""
    best: Genome | None = None
    for file in files:
        if file.marks is not None and (best is None or len(file.marks) > len(best.marks)):
            is_joint = file.fingerprint is None and file.input is not None
            best = Genome(build, file.input.sha256 if is_joint and file.input else None, file.marks)
    return best


@frozen
class Pair:
    """Two participants, and how many of their genotypes are the same.

    Attributes:
        kinship: in thousandths; None where it cannot be estimated.
    """

    first: str
    second: str
    same: int
    sites: int
    kinship: int | None = None


@frozen(kw_only=True)
class Comparison:
    """The comparison of all pairs of participants.

    Attributes:
        one_genome: pairs with the same genome: one person under two ids, or identical twins.
        close: pairs of close relatives.
        judged: number of pairs with enough sites to say whether they have one genome.
        kin: number of pairs with enough sites to estimate their kinship.
        pairs: number of all pairs.
        without: participants who share enough sites with no other one, so that they cannot be compared.
    """

    one_genome: tuple[Pair, ...]
    close: tuple[Pair, ...]
    judged: int
    kin: int
    pairs: int
    without: tuple[str, ...]
    participants: int

    @property
    def everybody(self) -> bool:
        """Whether no participant can be compared; then all are in `without`."""
        return len(self.without) == self.participants


def compared(genomes: Mapping[str, Genome | None]) -> Comparison:
    """Compare all pairs of participants; the genome is None for one without genotypes."""
    names = [name for name, genome in genomes.items() if genome is not None]
    known = [genome for genome in genomes.values() if genome is not None]
    copies = _table(known)
    files: dict[str, int] = {}
    ranks = (-1 if each.joint is None else files.setdefault(each.joint, len(files)) for each in known)
    joint = np.fromiter(ranks, np.int64, len(known))
    one_genome: list[Pair] = []
    close: list[Pair] = []
    judged = kin = 0
    met = np.zeros(len(names), bool)
    for rows, columns in _tiles(len(names)):
        tile = _Tile.of(copies[rows], copies[columns])
        later = np.arange(len(names))[rows][:, None] < np.arange(len(names))[columns][None, :]
        enough = later & (tile.sites >= LEAST_SITES)
        alike = enough & (1000 * tile.same >= LEAST_SAME * tile.sites)
        of_one_file = (joint[rows][:, None] == joint[columns][None, :]) & (joint[rows] >= 0)[:, None]
        has_kin = later & of_one_file & (tile.least_het >= LEAST_HET)
        related = has_kin & ~alike & (tile.kinship >= CLOSE)
        judged, kin = judged + int(enough.sum()), kin + int(has_kin.sum())
        met[rows] |= enough.any(axis=1)
        met[columns] |= enough.any(axis=0)
        for chosen, pairs in ((alike, one_genome), (related, close)):
            for at, other in np.argwhere(chosen).tolist():
                first, second = names[rows][at], names[columns][other]
                kinship = int(tile.kinship[at, other]) if has_kin[at, other] else None
                pairs.append(Pair(first, second, int(tile.same[at, other]), int(tile.sites[at, other]), kinship))
    unmet = {name for name, is_met in zip(names, met.tolist(), strict=True) if not is_met}
    without = tuple(name for name, genome in genomes.items() if genome is None or name in unmet)
    count = len(genomes) * (len(genomes) - 1) // 2
    return Comparison(
        one_genome=tuple(one_genome),
        close=tuple(close),
        judged=judged,
        kin=kin,
        pairs=count,
        without=without,
        participants=len(genomes),
    )


def _table(genomes: Sequence[Genome]) -> NDArray[np.int8]:
    """Copies of the variant by participant (row) and site (column); -1 if unknown; only sites that several have."""
    sites = [(genome.marks >> np.uint64(2)) | np.uint64(list(Build).index(genome.build) << 48) for genome in genomes]
    every, counts = np.unique(np.concatenate([np.empty(0, np.uint64), *sites]), return_counts=True)
    shared = np.lexsort((every, -counts))[:MOST_COLUMNS]
    columns = np.sort(every[shared[counts[shared] > 1]])
    table = np.full((len(genomes), len(columns)), -1, np.int8)
    for row, own, genome in zip(table, sites, genomes, strict=True):
        _, at, there = np.intersect1d(columns, own, assume_unique=True, return_indices=True)
        row[at] = (genome.marks[there] & np.uint64(3)).astype(np.int8)
    return table


def _tiles(count: int) -> Iterator[tuple[slice, slice]]:
    """The blocks on and above the diagonal of the matrix of pairs."""
    for first in range(0, count, _TILE):
        for second in range(first, count, _TILE):
            yield slice(first, first + _TILE), slice(second, second + _TILE)


Counts = NDArray[np.int64]


@frozen(kw_only=True, eq=False)
class _Tile:
    """A block of the matrix of pairs: rows are participants of the first group, columns of the second.

    Attributes:
        sites: number of sites at which both have a genotype and at least one carries the variant.
        same: number of these sites with the same genotype.
        least_het: number of heterozygous sites of the one who has fewer.
        kinship: in thousandths.
    """

    sites: Counts
    same: Counts
    least_het: Counts
    kinship: Counts

    @classmethod
    def of(cls, ones: NDArray[np.int8], others: NDArray[np.int8]) -> Self:
        """Count the genotypes of all pairs."""
        mine, theirs = (
            np.concatenate([(each == copies).astype(np.float32) for copies in range(3)]) for each in (ones, others)
        )
        both = np.rint(mine @ theirs.T).astype(np.int64).reshape(3, len(ones), 3, len(others))
        one_het, other_het = both[1].sum(axis=1), both[:, :, 1].sum(axis=0)
        opposite = both[0, :, 2] + both[2, :, 0]
        kinship = 1000 * (both[1, :, 1] - 2 * opposite) // np.maximum(one_het + other_het, 1)
        return cls(
            sites=both.sum(axis=(0, 2)) - both[0, :, 0],
            same=both[1, :, 1] + both[2, :, 2],
            least_het=np.minimum(one_het, other_het),
            kinship=kinship,
        )
