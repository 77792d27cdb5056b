"""Which of many alleles may lie on one haplotype with another one: those that show the same are asked together.

Each of them alters all that lies behind some place. So one question after another would be asked of all pairs of the
alleles of a gene; here few are looked at for each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Generic, Self, TypeVar

from attrs import evolve, frozen

from assigner.profiles.calls import Call
from assigner.vcf.meaning.haplotypes import calls_apart

Thing = TypeVar("Thing")


@frozen
class Shown:
    """What all records of an allele show of the haplotypes that it lies on.

    Attributes:
        records: how many there are.
        calls: what they show, each once.
    """

    records: int
    calls: frozenset[Call]

    @classmethod
    def of(cls, calls: Sequence[Call]) -> Self:
        """What some records show."""
        plain = (evolve(each, fraction=None, depth=None, quality=None, why=None) for each in calls)
        return cls(len(calls), frozenset(plain))

    def lies_apart(self, other: Self, most: int) -> bool:
        """Whether these surely lie on other haplotypes than those of another allele, or nothing shows that one.

        They do where some records show it, and none the contrary. More pairs of records than `most` tell nothing.
        """
        if self.records * other.records > most:
            return False
        shown = {calls_apart(one, two) for one in self.calls for two in other.calls}
        return not other.records or (True in shown and False not in shown)


@frozen(eq=False)
class Ranked(Generic[Thing]):
    """Things by what is shown of the alleles that each is of, each from some place on.

    Attributes:
        parts: those of which the same is shown, each part by its places; the part with the first place comes first.
    """

    parts: Sequence[tuple[tuple[Shown, ...], Sequence[tuple[float, Thing]]]]

    @classmethod
    def of(cls, things: Iterable[tuple[float, Sequence[Shown], Thing]]) -> Self:
        """Some things, each with its place and with what is shown of its alleles; none with one that is not shown."""
        found: dict[tuple[Shown, ...], list[tuple[float, Thing]]] = defaultdict(list)
        for place, shown, thing in things:
            if all(each.records for each in shown):
                found[tuple(shown)].append((place, thing))
        parts = [(shown, sorted(own, key=itemgetter(0))) for shown, own in found.items()]
        return cls(sorted(parts, key=lambda part: part[1][0][0]))

    def until(self, last: float, are_apart: Callable[[Shown], bool]) -> Iterator[Thing]:
        """Those up to a place, but for those with an allele that surely lies apart by what is shown of it."""
        for shown, own in self.parts:
            if own[0][0] > last:
                return
            if any(map(are_apart, shown)):
                continue
            for place, thing in own:
                if place > last:
                    break
                yield thing
