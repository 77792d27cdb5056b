"""The alleles of a scoring file in columns: some fifty bytes for a row, so that a million of them fit in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from assigner.genome.builds import Build
from assigner.rules.scoring_files import ScoredAllele, Spot

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

POSITION_BITS = np.int64(32)
"""The lower bits of the number that stands for a place: its position."""


def keys_of(chroms: Bytes | int, positions: Ints) -> Ints:
    """One number for each place, in the order of chromosomes and positions; 0 without a place."""
    found: Ints = (np.asarray(chroms, np.int64) << POSITION_BITS) | positions
    return found


@frozen(eq=False, kw_only=True)
class Places:
    """Where alleles stand on one build; chromosome and position are 0 where there is no place."""

    chroms: Bytes
    positions: Ints

    @classmethod
    def none(cls, rows: int) -> Places:
        """The places of so many alleles on a build on which the file has none."""
        return cls(chroms=np.zeros(rows, np.uint8), positions=np.zeros(rows, np.int64))

    def spot(self, at: int) -> Spot | None:
        """One of the places."""
        return (str(self.chroms[at]), int(self.positions[at])) if self.chroms[at] else None

    @property
    def keys(self) -> Ints:
        """One number for each place; see `keys_of`."""
        return keys_of(self.chroms, self.positions)


@frozen(eq=False, kw_only=True)
class ScoredAlleles:
    """The rows of a scoring file; see `ScoredAllele`.

    Attributes:
        first_line: where the first row stands in the file; the others follow it line by line.
        effects: the effect alleles, as ASCII.
        others: the other alleles.
        weights: in units of 10^-12.
        frequencies: in units of 10^-9; None when the file does not give them.
        errors: the standard errors, in units of 10^-12; None when the file does not give them.
        places: by build, those on which the file has places.
        names: all names that rows have, one after the other.
        name_ends: where the name of each row ends in `names`.
    """

    first_line: int
    effects: Bytes
    others: Bytes
    weights: Ints
    frequencies: Ints | None
    errors: Ints | None
    places: Mapping[Build, Places]
    names: bytes = field(repr=False)
    name_ends: Ints

    def __len__(self) -> int:
        return len(self.weights)

    def __getitem__(self, at: int) -> ScoredAllele:
        spots = {build: places.spot(at) for build, places in self.places.items()}
        spot = next(spot for spot in spots.values() if spot)
        name = self.names[int(self.name_ends[at - 1]) if at else 0 : int(self.name_ends[at])].decode()
        return ScoredAllele(
            line=self.first_line + at,
            name=name or f"{spot[0]}:{spot[1]}",
            effect=chr(self.effects[at]),
            other=chr(self.others[at]),
            weight=int(self.weights[at]),
            frequency=None if self.frequencies is None else int(self.frequencies[at]),
            error=None if self.errors is None else int(self.errors[at]),
            grch37=spots.get(Build.GRCH37),
            grch38=spots.get(Build.GRCH38),
        )

    def __iter__(self) -> Iterator[ScoredAllele]:
        return map(self.__getitem__, range(len(self)))

    def on(self, build: Build) -> Places:
        """Their places on a build."""
        return self.places.get(build) or Places.none(len(self))
