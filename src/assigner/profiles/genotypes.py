"""The genotype that a GT writes, read in one place for all who need it."""

from __future__ import annotations

import re
from typing import Self

from attrs import frozen

_GT = re.compile(r"[/|]?(?:[0-9]{1,9}|\.)(?:[/|](?:[0-9]{1,9}|\.))*")

_USUAL = {f"{a}{sign}{b}": ((a, b), sign == "|") for a in (0, 1) for b in (0, 1) for sign in "/|"}
"""What is written at nearly all places, with its alleles and whether it is phased."""


@frozen
class Genotype:
    """The alleles called at one record; None stands for the `.` of VCF, 0 for REF, n for the n-th ALT.

    Attributes:
        phased: whether `|` stands before every allele; never of a single one, which has no order to keep.
        marks: for each allele whether `|` stands before it, when that is not the same for all (VCF 4.4); else empty.
    """

    alleles: tuple[int | None, ...]
    phased: bool = False
    marks: tuple[bool, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The genotype that a text writes as VCF's GT; None when it writes none.

        The sign before the first allele may be left out: it is `/` if there is any, else `|` (VCF 4.4).

        >>> Genotype.parse("0|1"), Genotype.parse("|1"), Genotype.parse("0,1")
        (Genotype(alleles=(0, 1), phased=True, marks=()), Genotype(alleles=(1,), phased=False, marks=()), None)
        >>> Genotype.parse("0/.|2")
        Genotype(alleles=(0, None, 2), phased=False, marks=(False, False, True))
        """
        if text in _USUAL:
            return cls(*_USUAL[text])
        if not _GT.fullmatch(text):
            return None
        alleles = tuple(None if a == "." else int(a) for a in re.split(r"[/|]", text.lstrip("/|")))
        if len(alleles) == 1:
            return cls(alleles)
        signs = re.sub(r"[^/|]", "", text)
        if len(signs) < len(alleles):
            signs = ("/" if "/" in signs else "|") + signs
        marks = tuple(sign == "|" for sign in signs)
        return cls(alleles, all(marks), () if len(set(marks)) == 1 else marks)
