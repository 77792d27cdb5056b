"""Plain lines at places of scores in genes: which of them are read in full all the same.

A carried change of one base of which nothing is said leaves a gene open where it may be coding. Of these some in each
gene are named, and the others counted: no more is asked of them than their letters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Self

from attrs import frozen

from assigner.vcf.meaning.unexplained import Chooser


@frozen
class PlainInGenes:
    """Says of one plain line after the other whether it is read in full.

    Attributes:
        silent: the keys of INFO that say nothing of a change; a line with another one is read in full.
        chooser: chooses the lines that are named.
    """

    silent: frozenset[bytes]
    chooser: Chooser

    @classmethod
    def of(cls, silent: Collection[str], chooser: Chooser) -> Self:
        """The same, of keys as text."""
        return cls(frozenset(key.encode() for key in (*silent, ".")), chooser)

    @property
    def left_out(self) -> Counter[str]:
        """By gene, how many lines are not named, because enough others are."""
        return self.chooser.left_out

    def wants(self, line: bytes) -> bool:
        """Whether a line with one sample is read in full: it may say what it does, or it is named."""
        info = line.split(b"\t", 8)[7]
        keys = (each.partition(b"=")[0] for each in info.split(b";"))
        return not self.silent.issuperset(keys) or self.chooser.wants(line)
