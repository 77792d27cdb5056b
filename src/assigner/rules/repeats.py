"""Tandem repeats that a rule set lists: their motifs, and the bands of sizes that mean the same."""

from __future__ import annotations

import functools
from typing import Literal, Self, assert_never

from pydantic import model_validator

from assigner.genome.motifs import same_motif
from assigner.rules.scalars import (
    Chrom,
    Id,
    Motif,
    Natural,
    Positive,
    Reasoned,
    Rule,
    Span,
    fault,
)


class Band(Rule):
    """Sizes of a repeat that mean the same.

    Attributes:
        least: the smallest of them, in units.
        most: the largest; without one there is no end.
        means: whether alleles of these sizes are normal or do harm.
    """

    least: Natural
    most: Natural | None = None
    means: Literal["normal", "harmful"]

    @property
    def does_harm(self) -> bool:
        """Whether alleles of its sizes do harm."""
        match self.means:
            case "harmful":
                return True
            case "normal":
                return False
            case _:
                assert_never(self.means)

    def holds(self, least: int, most: int | None) -> bool:
        """Whether all sizes from the least to the most, or all from the least on, are in it."""
        return self.least <= least and (self.most is None or (most is not None and most <= self.most))

    def __str__(self) -> str:
        return f"{_sizes(self.least, self.most)} {self.means}"


class Repeat(Reasoned):
    """A short tandem repeat with its bands, in repeat units.

    Sizes up to `normal` are normal and sizes from `expanded` on do harm; or `bands` say it of any sizes. What lies in
    no band is grey.

    Attributes:
        motif: the unit that is counted.
        reference: the unit that the reference genome has there, when it is another one.
        grch37: 0-based start and end of the reference repeat, as in BED.
        normal: the largest size that is normal.
        expanded: the smallest size that is expanded.
        bands: in ascending order, in place of `normal` and `expanded`.
        needs: the number of harmful alleles that make the finding.
        only: whether it counts in males only (recessive on X).
    """

    id: Id
    gene: Id
    motif: Motif
    reference: Motif | None = None
    chrom: Chrom
    grch37: Span
    grch38: Span
    normal: Natural | None = None
    expanded: Positive | None = None
    bands: tuple[Band, ...] = ()
    needs: Literal["one", "two"]
    only: Literal["male"] | None = None
    use: Literal["evidence", "mimic"]

    @model_validator(mode="after")
    def _bands(self) -> Self:
        simple = (self.normal, self.expanded)
        if simple != (None, None) if self.bands else None in simple:
            raise fault("normal and expanded, or bands")
        if self.normal is not None and self.expanded is not None and self.normal >= self.expanded:
            raise fault("a normal band that ends below the expanded band")
        if any(band.most is not None and band.most < band.least for band in self.bands):
            raise fault("bands whose most is not below their least")
        ends = zip(self.bands, self.bands[1:], strict=False)
        if not all(one.most is not None and one.most < other.least for one, other in ends):
            raise fault("bands in ascending order that do not overlap")
        if {band.does_harm for band in self.all_bands} != {True, False}:
            raise fault("a normal and a harmful band")
        return self

    @model_validator(mode="after")
    def _another_motif(self) -> Self:
        if self.reference is not None and same_motif(self.reference, self.motif):
            raise fault("another motif than the one that is counted, or none")
        return self

    @property
    def all_bands(self) -> tuple[Band, ...]:
        """The bands in ascending order, bands of one meaning that touch as one."""
        return _joined(self.normal, self.expanded, self.bands)

    @property
    def grey(self) -> tuple[tuple[int, int | None], ...]:
        """The sizes that are in no band, as least and most; without a most there is no end."""
        found: list[tuple[int, int | None]] = []
        start: int | None = 0
        for band in self.all_bands:
            if start is not None and start < band.least:
                found.append((start, band.least - 1))
            start = None if band.most is None else band.most + 1
        return (*found, (start, None)) if start is not None else tuple(found)

    @property
    def edges(self) -> tuple[int, ...]:
        """The sizes that are not normal and at which the meaning changes, ascending."""
        return tuple(sorted([least for least, _ in self.grey] + [b.least for b in self._of(harm=True)]))

    @property
    def least_harmful(self) -> int:
        """The smallest size that does harm."""
        return self._of(harm=True)[0].least

    @property
    def normal_ends(self) -> tuple[int, ...]:
        """The largest size of each normal band, or the smallest of one that has no end."""
        return tuple(band.least if band.most is None else band.most for band in self._of(harm=False))

    def is_normal(self, least: int, most: int | None) -> bool:
        """Whether all sizes from the least to the most, or all from the least on, are normal."""
        return any(band.holds(least, most) for band in self._of(harm=False))

    def is_harmful(self, least: int, most: int | None) -> bool:
        """Whether all of them do harm."""
        return any(band.holds(least, most) for band in self._of(harm=True))

    def _of(self, *, harm: bool) -> tuple[Band, ...]:
        return tuple(band for band in self.all_bands if band.does_harm is harm)

    @property
    def bands_in_words(self) -> str:
        """What sizes mean, for people."""
        if not self.bands:
            return f"normal to {self.normal}, expanded from {self.expanded}"
        return f"units: {', '.join(map(str, self.all_bands))}, others intermediate"

    @property
    def is_evidence(self) -> bool:
        """Whether criteria ask about it; else only flags do."""
        match self.use:
            case "evidence":
                return True
            case "mimic":
                return False
            case _:
                assert_never(self.use)


@functools.lru_cache(maxsize=1024)
def _joined(normal: int | None, expanded: int | None, bands: tuple[Band, ...]) -> tuple[Band, ...]:
    if normal is not None and expanded is not None:
        return Band(least=0, most=normal, means="normal"), Band(least=expanded, means="harmful")
    found: list[Band] = []
    for band in bands:
        last = found[-1] if found else None
        if last is not None and last.means == band.means and last.most == band.least - 1:
            found[-1] = last.model_copy(update={"most": band.most})
        else:
            found.append(band)
    return tuple(found)


def _sizes(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} and more"
    return str(least) if least == most else f"{least} to {most}"
