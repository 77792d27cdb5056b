"""What was worked out for participants of one file of many, and serves the next ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from attrs import define, field, frozen

from assigner.genome.variants import Variant
from assigner.profiles.calls import Call
from assigner.rules.panels import Panel
from assigner.rules.schema import Gates
from assigner.vcf.meaning.events import deleted_by
from assigner.vcf.meaning.judged import Judged, alleles_of, judge
from assigner.vcf.records.beside import Records
from assigner.vcf.records.record import Record

Part = TypeVar("Part")

NEAR = 150
"""How far, in bases, an indel may stand from a listed one and still be the same, shifted along a repeat."""

MOST_CALLS = 10_000
"""How many calls are kept for the next participants of a file: some 5 kB each, with their records."""

Told: TypeAlias = tuple[Call | None, Sequence[Record]]
"""What is said of an allele, and the records on which that rests as a reference call."""


@frozen(eq=False)
class Placed:
    """Records by what they list and where they begin, each judged.

    Attributes:
        exact: for each variant that a record lists: the record and the allele's number.
        covering: by chromosome, the records by where they begin.
        starts: where those begin.
        longest: by chromosome, how far behind its first base no record reaches beyond.
        deleting: those that may delete one of two copies.
    """

    exact: Mapping[Variant, Sequence[tuple[Judged, int]]]
    covering: Mapping[str, Sequence[Judged]]
    starts: Mapping[str, Sequence[int]]
    longest: Mapping[str, int]
    deleting: Sequence[Judged]

    @classmethod
    def of(
        cls, records: Iterable[Record], gates: Gates, alleles: Callable[[Record], Iterable[tuple[int, Variant]]] | None
    ) -> Placed:
        """These records, in the order of the file.

        Args:
            records: those with a chromosome.
            gates: those of the rule set.
            alleles: what gives the variants that a record's ALTs are, where it is not the record itself.
        """
        exact: dict[Variant, list[tuple[Judged, int]]] = defaultdict(list)
        covering: dict[str, list[Judged]] = defaultdict(list)
        deleting: list[Judged] = []
        for record in records:
            judged, own, may_delete = record.once(_looked_at, gates)
            covering[record.chrom or ""].append(judged)
            for number, variant in own if alleles is None or not record.alts else alleles(record):
                exact[variant].append((judged, number))
            if may_delete:
                deleting.append(judged)
        for items in covering.values():
            items.sort(key=_begins)
        starts = {chrom: [*map(_begins, items)] for chrom, items in covering.items()}
        longest = {chrom: max(map(_reaches, items)) for chrom, items in covering.items()}
        return cls(exact, covering, starts, longest, deleting)

    def exchanged(self, gone: Sequence[Record], new: Sequence[Record], gates: Gates) -> Placed:
        """The same without some records and with others of the same file."""
        exact, covering, starts, longest = dict(self.exact), dict(self.covering), dict(self.starts), dict(self.longest)
        left, more = {id(record) for record in gone}, defaultdict[str, list[Judged]](list)
        for record in gone:
            for _, variant in record.once(_looked_at, gates)[1]:
                exact[variant] = [item for item in exact[variant] if id(item[0].record) not in left]
        for record in new:
            judged, own, _ = record.once(_looked_at, gates)
            more[record.chrom or ""].append(judged)
            for number, variant in own:
                exact[variant] = sorted((*exact.get(variant, ()), (judged, number)), key=lambda item: _at(item[0]))
        for chrom in {record.chrom or "" for record in gone} | more.keys():
            items = [judged for judged in covering.get(chrom, ()) if id(judged.record) not in left]
            covering[chrom] = items = sorted((*items, *more[chrom]), key=_at) if more[chrom] else items
            starts[chrom] = [*map(_begins, items)]
            longest[chrom] = max(longest.get(chrom, 0), *map(_reaches, more[chrom]), 0)
        looked = (record.once(_looked_at, gates) for record in new)
        deleting = [judged for judged in self.deleting if id(judged.record) not in left]
        return Placed(exact, covering, starts, longest, deleting + [judged for judged, _, may in looked if may])


def _begins(judged: Judged) -> int:
    return judged.record.pos


def _at(judged: Judged) -> tuple[int, int]:
    """Where a record begins, and of those that begin there its place in the file."""
    return judged.record.pos, judged.record.number


def _reaches(judged: Judged) -> int:
    return judged.record.end - judged.record.pos


def _looked_at(record: Record, gates: Gates) -> tuple[Judged, Sequence[tuple[int, Variant]], bool]:
    """A record judged, the variants that its ALTs are, and whether it may delete one of two copies."""
    judged = judge(record, gates)
    is_called = judged.state is None and record.genotype is not None and len(record.genotype.alleles) == 2
    may_delete = is_called and any(deleted_by(record, alt) is not None for alt in record.alts)
    return judged, tuple(alleles_of(record)) if record.alts else (), may_delete


@frozen(eq=False)
class FirstTold:
    """What the records of the file's first participant say of the listed alleles, if the participant has some sex.

    Attributes:
        halved: the identities of records of which another one deletes one copy.
        told: what all say of each listed allele.
        calls: the calls among that, in the order of the panel.
        telling: the records on which calls rest, by their identities, each with how many calls rest on it.
    """

    halved: frozenset[int]
    told: Mapping[Variant, Told]
    calls: Mapping[Variant, Call]
    telling: Mapping[int, tuple[Record, int]]
    _counted: dict[Callable[[Record], Any], Counter[Any]] = field(factory=dict, init=False)

    def counted(self, work: Callable[[Record], Part]) -> Counter[Part]:
        """What a pure function says of the records on which calls rest, each asked once."""
        if work not in self._counted:
            self._counted[work] = Counter(record.once(work) for record, _ in self.telling.values())
        found: Counter[Part] = self._counted[work]
        return found

    @classmethod
    def of(cls, halved: frozenset[int], told: Mapping[Variant, Told], otherwise: Mapping[Variant, Call]) -> FirstTold:
        """From what the records say of each listed allele, and the calls of alleles of which none says anything."""
        telling: dict[int, tuple[Record, int]] = {}
        for _, resting in told.values():
            rest(telling, resting, 1)
        every = ((v, otherwise.get(v) if call is None else call) for v, (call, _) in told.items())
        return cls(halved, told, {variant: call for variant, call in every if call is not None}, telling)


def rest(telling: dict[int, tuple[Record, int]], records: Iterable[Record], calls: int) -> None:
    """Let so many more calls rest on some records, or fewer; one on which none does is left out."""
    for record in records:
        count = telling.get(id(record), (record, 0))[1] + calls
        if count:
            telling[id(record)] = record, count
        else:
            del telling[id(record)]


@define(eq=False)
class Known:
    """What was worked out for participants of one file, and serves the others.

    Attributes:
        records: those of the first participant.
        told: by sex and build, and whether mitochondrial positions are those of the rule set, what those say.
        parts: other results, by what they are of.
        at_listed: of lines that last, whether they touch what is listed, by their identities.
        lasting: the ids of lines that live as long as this value.
    """

    records: Records | None = None
    told: dict[Hashable, FirstTold] = field(factory=dict)
    parts: dict[Any, Any] = field(factory=dict)
    at_listed: dict[int, bool] = field(factory=dict)
    lasting: Container[int] = frozenset()
    _calls: dict[tuple[Any, ...], Told] = field(factory=dict, init=False)
    _before: dict[tuple[Any, ...], Told] = field(factory=dict, init=False)

    def call(self, key: tuple[Any, ...], work: Callable[[], Told]) -> Told:
        """What is said of an allele; of the most recently used ones half as many as may be kept, or more, are.

        Args:
            key: what it depends on: the allele, the sex, the build, and the records on it and around, by identity.
            work: works it out; the records that it gives are held with it, so that no others get their identities.
        """
        found = self._calls.get(key)
        if found is None:
            if len(self._calls) >= MOST_CALLS // 2:
                self._before, self._calls = self._calls, {}
            found = self._calls[key] = self._before.get(key) or work()
        return found

    def beside_first(self, records: Sequence[Record]) -> Records:
        """The records of a participant, beside those of the first one; the first one is who is asked about first."""
        if self.records is None:
            self.records = Records(records)
        return Records(records).beside(self.records)

    def once(self, key: Hashable, work: Callable[[], Part]) -> Part:
        """A result that is worked out the first time only."""
        if key not in self.parts:
            self.parts[key] = work()
        found: Part = self.parts[key]
        return found


def alleles_near(record: Record, panel: Panel) -> Sequence[Variant]:
    """The listed alleles no further than `NEAR` from a record."""
    return record.once(_all_near, panel)


def _all_near(record: Record, panel: Panel) -> Sequence[Variant]:
    near = panel.cached(_by_chrom).get(record.chrom or "", ())
    return [each for each in near if each.pos - NEAR <= record.end and record.pos <= each.end + NEAR]


def _by_chrom(panel: Panel) -> Mapping[str, Sequence[Variant]]:
    found: dict[str, list[Variant]] = defaultdict(list)
    for variant in panel.alleles:
        found[variant.chrom].append(variant)
    return found
