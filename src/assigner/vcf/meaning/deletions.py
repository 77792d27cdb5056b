"""The deletions that a participant carries, and the `*` of other records that they explain.

`*` is the allele that is missing because of a deletion which begins before it (VCF 4.5, 1.6.1.5). Where no carried
deletion takes its place, as in a file from which the indels were taken out, what that haplotype has is not known.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Protocol

from attrs import frozen

from assigner.profiles.calls import Call
from assigner.profiles.profile import StructuralKind
from assigner.truth import Truth
from assigner.vcf.meaning.alleles import Allele
from assigner.vcf.meaning.haplotypes import lie_apart
from assigner.vcf.meaning.rearrangements import Rearrangement, Rearrangements
from assigner.vcf.records.record import Record


class Reader(Protocol):
    """What reads the records of one file."""

    def deletions(self) -> Iterator[tuple[Allele, Call]]:
        """The carried alleles that are deletions in bases, with what their records say of them."""


@frozen(eq=False)
class Deletions:
    """Those of all files of a participant, looked for when a file has a `*`.

    Attributes:
        readers: of each file that is asked for small variants.
        rearranged: the alleles that are told by their ends.
    """

    readers: Sequence[Reader]
    rearranged: Rearrangements

    def unexplained(self, alleles: Iterable[Allele], called: Callable[[Record, int], Call]) -> Iterator[Allele]:
        """Those of some carried alleles that are no `*`, or one that no carried deletion explains.

        Args:
            alleles: the alleles.
            called: what a record says of one of its alleles.
        """
        return (each for each in alleles if not (each.is_missing and self._explain(each, called)))

    def _explain(self, own: Allele, called: Callable[[Record, int], Call]) -> bool:
        """Whether believed deletions of one file, which may lie on its haplotypes, take the place of all its copies."""
        call, found = called(own.record, own.number), Counter[int]()
        for record, theirs in self._over(own.place, own.record.pos):
            if theirs.carries is Truth.TRUE and not lie_apart(own.record, call, record, theirs):
                found[record.file] += theirs.copies.count(True)
        return max(found.values(), default=0) >= call.copies.count(True)

    def _over(self, chrom: str, pos: int) -> Iterator[tuple[Record, Call]]:
        """The deletions that take a base, each once in a file."""
        seen = set()
        for own, call in self._in_bases.get(chrom, ()):
            if own.first <= pos <= own.last and (own.record.file, own.key) not in seen:
                seen.add((own.record.file, own.key))
                yield own.record, call
        for each in self._by_ends:
            if each.record.chrom == chrom and each.covers(pos, pos):
                yield each.record, each.call

    @cached_property
    def _in_bases(self) -> Mapping[str, Sequence[tuple[Allele, Call]]]:
        found: dict[str, list[tuple[Allele, Call]]] = defaultdict(list)
        for reader in self.readers:
            for own, call in reader.deletions():
                found[own.place].append((own, call))
        return found

    @cached_property
    def _by_ends(self) -> Sequence[Rearrangement]:
        every = {each.key: each for own in self.rearranged.by_gene.values() for each in own}
        return [each for each in every.values() if each.kind is StructuralKind.DELETION]
