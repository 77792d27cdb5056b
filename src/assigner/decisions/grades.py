"""How strong the ground of a decision is."""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Grade(enum.StrEnum):
    """How strong the ground of a category is, the strongest first.

    Attributes:
        ESTABLISHED: known pathogenic alleles and expanded repeats.
        SUPPORTED: rare variants with a predicted effect.
        WEAK: common alleles together.
        ALLOCATED: no biology: by lot, by balance or by a written order.
        EXTERNAL: another party's call; no assignment of ours has it, an entry of a ledger may.
    """

    ESTABLISHED = "established"
    SUPPORTED = "supported"
    WEAK = "weak"
    ALLOCATED = "allocated"
    EXTERNAL = "external"


ALLOCATION = "The protocol allocated this category; evidence did not choose it."
"""What is said of every category with the grade `allocated`."""


def weakest(grades: Iterable[Grade]) -> Grade:
    """The weakest of some grades.

    >>> weakest([Grade.WEAK, Grade.ESTABLISHED])
    <Grade.WEAK: 'weak'>
    """
    return max(grades, key=list(Grade).index)
