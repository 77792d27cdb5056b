"""How many copies of a place a sound genome has."""

from __future__ import annotations

from typing import assert_never

from assigner.genome.builds import Build, is_haploid_in_males
from assigner.profiles.calls import Sex


def expected_copies(build: Build, chrom: str, pos: int, sex: Sex | None) -> int | None:
    """The copies of a place, by the sex; None where only the sex tells it, which is not known.

    >>> expected_copies(Build.GRCH38, "X", 67545316, Sex.MALE), expected_copies(Build.GRCH38, "X", 20000, Sex.MALE)
    (1, 2)
    >>> expected_copies(Build.GRCH38, "Y", 5000000, Sex.FEMALE), expected_copies(Build.GRCH38, "X", 67545316, None)
    (0, None)
    """
    if not is_haploid_in_males(build, chrom, pos):
        return 2
    match sex:
        case None:
            return None
        case Sex.MALE:
            return 1
        case Sex.FEMALE:
            return 2 if chrom == "X" else 0
        case _:
            assert_never(sex)
