"""Whether two files hold the genotypes of one person: how many of those that both have are the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from attrs import frozen

from assigner.profiles.profile import Check
from assigner.vcf.scan.fingerprints import Fingerprint, alike

LEAST_SITES = 20
"""Sites from which two files are judged: both call them reliably, and one of them at least carries the variant.

Curators' judgement: fewer are soon those of one or two genes, and say little of two people.
"""

LEAST_ALIKE = 800
"""Of a thousand such sites, how many have the same genotype in two files of one person (curators' judgement).

Two callers of one person's reads differ at a few in a hundred. Of two people who both carry a variant about 640 in a
thousand have the same genotype, and of two children of the same parents about 790: worked out from Hardy-Weinberg
proportions, where variants of frequency p are as many as 1/p.
"""


@frozen(kw_only=True)
class Relation:
    """Two files, by their ranks from 1, and at how many of the sites of both they are alike."""

    first: int
    second: int
    same: int
    sites: int

    @classmethod
    def between(cls, fingerprints: Sequence[Fingerprint | None]) -> Iterator[Relation]:
        """Every two files of which genotypes were kept."""
        kept = [(rank, each) for rank, each in enumerate(fingerprints, start=1) if each is not None]
        for (first, one), (second, other) in itertools.combinations(kept, 2):
            same, sites = alike(one, other)
            yield cls(first=first, second=second, same=same, sites=sites)

    @property
    def is_known(self) -> bool:
        """Whether there are enough sites to judge."""
        return self.sites >= LEAST_SITES

    @property
    def is_discordant(self) -> bool:
        """Whether the files are clearly not of one person."""
        return self.is_known and self.same * 1000 < LEAST_ALIKE * self.sites

    def __str__(self) -> str:
        """The numbers, for people.

        >>> str(Relation(first=1, second=2, same=30, sites=60))
        'files 1 and 2: 30 of 60 shared genotypes are the same'
        """
        return f"files {self.first} and {self.second}: {self.same} of {self.sites} shared genotypes are the same"

    @property
    def check(self) -> Check:
        """What a trace says of it."""
        result = "different people" if self.is_discordant else "one person" if self.is_known else "not known"
        needs = f"{LEAST_ALIKE}/1000 of at least {LEAST_SITES} for one person"
        return Check("relatedness", result, f"{self}; {needs}")
