"""From records to calls: for each listed allele what the records at its place say of it."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, partial
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import REFERENCE, UNTRUSTED, Call, Sex, State, in_order, together
from assigner.rules.panels import Panel
from assigner.rules.schema import Gates
from assigner.truth import Truth
from assigner.vcf.meaning.coverage import Regions, halved_by
from assigner.vcf.meaning.events import is_absent_deletion
from assigner.vcf.meaning.judged import Judged, alleles_of, call_of
from assigner.vcf.meaning.known import NEAR, FirstTold, Known, Part, Placed, Told, alleles_near, rest
from assigner.vcf.records.beside import Records
from assigner.vcf.records.record import Record
from assigner.vcf.records.spellings import Doubt, are_its_bases, doubt, exceed
from assigner.vcf.scan.plain_calls import PlainCalls

if TYPE_CHECKING:
    from assigner.genome.reference import Reference

_TRUST = (
    State.CALLED,
    State.PARTIAL,
    State.LOW_QUALITY,
    State.CONTRADICTED,
    State.FILTERED,
    State.NO_CALL,
    State.INVALID,
)

_IN_PARTS = "its bases are replaced in several records, and not all are believed and in a common phase"

_TOO_MANY = "the records of its bases call more alleles than there are copies"


@frozen
class Sites:
    """All records of the panel in one sample, ready to be asked about alleles.

    Attributes:
        exact: for each variant that a record lists: the record and the allele's number.
        covering: by chromosome, the records by where they begin.
        halved: where one copy is deleted.
        aligned: the listed alleles in their leftmost form, where a reference tells it.
        leftmost: the chromosomes whose indels are all in their leftmost form.
        plain: the records that were read at once; none is near a listed allele.
        records: all of them, beside those of the file's first participant; None where that is not asked.
        otherwise: the calls of listed alleles of which no record can say anything.
    """

    panel: Panel
    sex: Sex | None
    exact: Mapping[Variant, Sequence[tuple[Judged, int]]]
    covering: Mapping[str, Sequence[Judged]]
    starts: Mapping[str, Sequence[int]]
    longest: Mapping[str, int]
    halved: Regions
    aligned: Mapping[Variant, Variant] = field(factory=dict)
    leftmost: frozenset[str] = frozenset()
    known: Known | None = field(default=None, repr=False)
    plain: PlainCalls = field(factory=PlainCalls, repr=False)
    records: Records | None = field(default=None, repr=False)
    otherwise: Mapping[Variant, Call] = field(factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        records: Iterable[Record],
        panel: Panel,
        sex: Sex | None,
        reference: Reference | None = None,
        known: Known | None = None,
        plain: PlainCalls | None = None,
        otherwise: Mapping[Variant, Call] | None = None,
    ) -> Sites:
        """The sites of these records; with a reference, indels meet in their leftmost form.

        Args:
            records: those of one file and participant, in the order of the file.
            panel: the rule set's places on the file's build.
            sex: decides how many copies of X and Y there are.
            reference: the genome.
            known: what was worked out for other participants of the file.
            plain: the file's records that were read at once.
            otherwise: the calls of listed alleles of which no record can say anything.
        """
        gates, records = panel.content.gates, Records.of(records).where(_has_chrom)
        if known is None or reference is not None:
            alleles = None if reference is None else partial(alleles_of, reference=reference)
            placed = Placed.of(records, gates, alleles)
        else:
            placed = records.first.once(_placed, gates)
            if records is not records.first:
                placed = placed.exchanged(records.gone, records.new, gates)
        return cls(
            panel,
            sex,
            placed.exact,
            placed.covering,
            placed.starts,
            placed.longest,
            halved_by(placed.deleting, panel.build, gates),
            {} if reference is None else {variant: _leftmost(variant, reference) for variant in panel.alleles},
            frozenset(() if reference is None else reference.names),
            known,
            plain or PlainCalls(),
            None if reference is not None else records,
            otherwise or {},
        )

    def _call_of(self, judged: Judged, allele: int) -> Call:
        """What a record says of one of its alleles, beside the others of the file."""
        halved, gates = self._is_halved(judged.record), self.panel.content.gates
        found, key = judged.record.once(_calls, gates), (allele, self.sex, self.panel.build, halved)
        if key not in found:
            found[key] = call_of(judged, allele, self.sex, self.panel.build, gates, halved=halved)
        return found[key]

    def _is_halved(self, record: Record) -> bool:
        """Whether another record deletes one copy of its bases."""
        return self.halved.covers(record.chrom or "", record.pos, record.end)

    @cached_property
    def _halved_ids(self) -> frozenset[int]:
        """The identities of the records of which another one deletes one copy."""
        if self.halved.is_empty:
            return frozenset()
        every = (judged.record for items in self.covering.values() for judged in items)
        return frozenset(id(record) for record in every if self._is_halved(record))

    def call(self, variant: Variant) -> Call | None:
        """What the records say of an allele; None when none of them is at its place.

        A record that lists it as carried says that it is. Another spelling of it, or a larger change, may hold it on
        the haplotypes for which no record lists it, also where a record lists it as not carried: that one may be there
        for the genotypes of other samples.
        """
        if self.known is None:
            return self._worked_out(variant)
        if (told := self._told_first(variant)) is not None:
            return told[0]
        return self._as_known(variant, self.known)

    @property
    def calls(self) -> dict[Variant, Call] | None:
        """The calls of all listed alleles, in the order of the panel; None where each must be asked for."""
        if self._first is None or self.known is None:
            return None
        first, changed = self._first
        found, is_in_order = dict(first.calls), True
        for variant in changed:
            call = self._as_known(variant, self.known)
            call = self.otherwise.get(variant) if call is None else call
            if call is None:
                found.pop(variant, None)
            else:
                is_in_order = is_in_order and variant in found
                found[variant] = call
        return found if is_in_order else {each: found[each] for each in self.panel.alleles if each in found}

    def counted(self, work: Callable[[Record], Part]) -> Counter[Part]:
        """What a pure function says of the records on which the calls of the listed alleles rest, each asked once."""
        if self._first is None:
            every = (record for variant in self.panel.alleles for record in self.telling(variant))
            return Counter(record.once(work) for record in {id(record): record for record in every}.values())
        first, changed = self._first
        before = [record for variant in changed for record in first.told[variant][1]]
        now = [record for variant in changed for record in self.telling(variant)]
        touched = {id(record): first.telling.get(id(record), (record, 0)) for record in (*before, *now)}
        after = {each: told for each, told in touched.items() if told[1]}
        rest(after, before, -1)
        rest(after, now, 1)
        counts = first.counted(work).copy()
        counts.subtract(record.once(work) for record, calls in touched.values() if calls)
        counts.update(record.once(work) for record, _ in after.values())
        return counts

    def _as_known(self, variant: Variant, known: Known) -> Call | None:
        named = self.exact.get(self.aligned.get(variant, variant), ())
        near = self.over(variant.chrom, variant.pos - NEAR, variant.end + NEAR)
        records = (*(judged.record for judged, _ in named), *(judged.record for judged in near))
        halved = self._halved_ids and self._halved_ids.intersection(map(id, records))
        key = (variant, self.sex, self.panel.build, halved, *map(id, records))
        return known.call(key, lambda: (self._worked_out(variant), records))[0]

    def telling(self, variant: Variant) -> Sequence[Record]:
        """The records that a reference call rests on: those that list the allele, else those that cover it."""
        if (told := self._told_first(variant)) is not None:
            return told[1]
        if listed := self.exact.get(self.aligned.get(variant, variant)):
            return [judged.record for judged, _ in listed]
        return [judged.record for judged in self.over(variant.chrom, variant.pos, variant.end)]

    def _told_first(self, variant: Variant) -> Told | None:
        """What is said of a listed allele around which the records are those of the file's first participant."""
        if self._first is None:
            return None
        first, changed = self._first
        return None if variant in changed else first.told.get(variant)

    @cached_property
    def _first(self) -> tuple[FirstTold, AbstractSet[Variant]] | None:
        """What the file's first participant has, and the listed alleles around which the records are others.

        What is said of an allele depends on the records that cover it, or lie no further from it than `NEAR`, and on
        which of them have one copy deleted.
        """
        if self.known is None or self.records is None:
            return None
        first, key = self.records.first, (self.sex, self.panel.build, bool(self.otherwise))
        if key not in self.known.told:
            every = Sites.of(first, self.panel, self.sex, known=self.known)
            told = {variant: every._told(variant, self.known) for variant in self.panel.alleles}
            self.known.told[key] = FirstTold.of(every._halved_ids, told, self.otherwise)
        known = self.known.told[key]
        others = [first.by_id[each] for each in self._halved_ids ^ known.halved if each in first.by_id]
        differing = (*self.records.gone, *self.records.new, *others)
        return known, {near for record in differing for near in alleles_near(record, self.panel)}

    def _told(self, variant: Variant, known: Known) -> Told:
        listed = self.exact.get(variant) or [(each, 0) for each in self.over(variant.chrom, variant.pos, variant.end)]
        return self._as_known(variant, known), [judged.record for judged, _ in listed]

    def _worked_out(self, variant: Variant) -> Call | None:
        found: Call | None = None
        named = self.exact.get(self.aligned.get(variant, variant))
        if not named and not self.over(variant.chrom, variant.pos - NEAR, variant.end + NEAR):
            return None
        if named:
            calls = [self._call_of(judged, number) for judged, number in named]
            if len(calls) > 1:
                calls.sort(key=in_order)  # not in the file's order
            found = functools.reduce(Call.merged, calls)
            if found.carries is Truth.UNKNOWN and found.seen:
                return found
        why = self._doubt(variant)
        if found is not None and found.carries is Truth.TRUE:
            if self._exceeds(variant, found):
                return evolve(found, state=State.CONFLICT, why=_TOO_MANY)
            return found if why is None or why.state is not State.OBSCURED else _perhaps_elsewhere(found, why.why)
        if why is None or (found is not None and why.state is not State.OBSCURED):
            return self._by_cover(variant) if found is None else found
        parts = variant.bases()
        over = [judged.record for judged in self.over(variant.chrom, variant.pos, variant.end)]
        believed = found is None or found.state not in UNTRUSTED
        if len(parts) < 2 or not believed or not are_its_bases(over, variant):
            return Call(why.state, why=why.why)
        bases = [self._worked_out(part) for part in parts]
        known = [call for call in bases if call is not None]
        if len(known) == len(bases) or any(call.carries is Truth.FALSE for call in known):
            return together(known, _IN_PARTS)
        return found  # a base without a record: what absence means is not for this file to say

    def lacking(self, variant: Variant) -> Iterator[Call]:
        """The calls of records that list a variant and do not carry it, believed or not."""
        for judged, number in self.exact.get(variant, ()):
            genotype = judged.record.genotype
            if genotype is None or {number, None}.intersection(genotype.alleles):
                continue
            call = self._call_of(judged, number)
            if call.copies and not any(copy is not False for copy in call.copies):
                yield call

    def _exceeds(self, variant: Variant, call: Call) -> bool:
        """Whether believed records call more alleles of a carried variant's bases than there are copies."""
        over = self.over(variant.chrom, variant.pos, variant.end)
        believed = [
            judged.record
            for judged in over
            if judged.state is None
            and judged.record.genotype
            and len(judged.record.genotype.alleles) == len(call.copies)
        ]
        return exceed(believed, variant, sum(copy is True for copy in call.copies), len(call.copies))

    def _doubt(self, variant: Variant) -> Doubt | None:
        reach = 1 if len(variant.ref) == len(variant.alt) else NEAR
        near = self.over(variant.chrom, variant.pos - reach, variant.end + reach)
        if all(judged.is_without_doubt for judged in near):
            return None
        unread = [judged.record for judged in near if not judged.calls_each_copy]
        return doubt([each.record for each in near], variant, unread=unread, exact=variant.chrom in self.leftmost)

    def _by_cover(self, variant: Variant) -> Call | None:
        """What the records that cover an allele's bases say, none of which lists it or may hold it.

        Of several records over a base the nearest one speaks: the record of the base itself, then the shortest block,
        then the shortest record of a variant. Where two are equally near, the less trusted one does.
        """
        over = self.over(variant.chrom, variant.pos, variant.end)
        over = [judged for judged in over if judged.tells_bases and not is_absent_deletion(judged.record)]
        if variant.ref == variant.alt[:1]:  # an insertion stands behind its base
            over = [judged for judged in over if judged.record.speaks_behind(variant.pos)]
        calls = [(judged, self._call_of(judged, 0)) for judged in over]
        used: list[Call] = []
        for at in _changing(over, variant):
            here = [(j.record, call) for j, call in calls if j.record.pos <= at <= j.record.end]
            if not here:
                return None
            _, call = min(here, key=lambda item: (_nearness(item[0], at), -_trust(item[1]), str(item[1])))
            if call.state is not State.CALLED:
                return call
            used.append(call)
        plain = all(set(j.record.genotype.alleles) == {0} for j, _ in calls if j.record.genotype)
        if not used or not plain:
            return used[0] if used else None
        return self._reference(used)

    def _reference(self, used: Sequence[Call]) -> Call:
        """The reference; with the least depth and quality that bear it out, where a criterion has gates of its own."""
        if not self.panel.stricter:
            return REFERENCE
        depths, qualities = [call.depth for call in used], [call.quality for call in used]
        return Call(State.REFERENCE, depth=_least(depths), quality=_least(qualities))

    def over(self, chrom: str, start: int, end: int) -> list[Judged]:
        """The records that cover any base from `start` to `end`."""
        items = self.covering.get(chrom, ())
        if not items:
            return []
        starts = self.starts[chrom]
        low = bisect_right(starts, start - self.longest[chrom] - 1)
        return [j for j in items[low : bisect_right(starts, end)] if j.record.end >= start]

    def letters(self, chrom: str, pos: int) -> tuple[str | None, ...] | None:
        """The bases called at a place, in order.

        None unless the records of this base agree, each is believed as for a listed allele, and no other record over it
        says that something else is carried: a deletion, a longer change, a structural variant.
        """
        found: set[tuple[str | None, ...] | None] = {letters for letters, _ in self.plain.at(chrom, pos)}
        if None in found:
            return None
        for judged in self.over(chrom, pos, pos):
            genotype = judged.record.genotype
            if genotype is None:
                continue
            if not _is_of_one_base(judged, pos):
                if any(genotype.alleles):
                    return None
                continue
            if any(self._call_of(judged, each).state in UNTRUSTED for each in {0, *filter(None, genotype.alleles)}):
                return None
            bases = (judged.record.ref, *judged.record.alts)
            found.add(tuple(sorted((None if a is None else bases[a] for a in genotype.alleles), key=str)))
        return found.pop() if len(found) == 1 else None

    def has_own_record(self, chrom: str, pos: int) -> bool:
        """Whether a record of this base alone calls it, believed or not."""
        over = self.over(chrom, pos, pos)
        own = any(judged.record.genotype is not None and _is_of_one_base(judged, pos) for judged in over)
        return own or any(True for _ in self.plain.at(chrom, pos))

    def something_else_at(self, chrom: str, pos: int) -> bool:
        """Whether a record over a base carries a change, or leaves a copy open."""
        genotypes = (judged.record.genotype for judged in self.over(chrom, pos, pos))
        if any(copies for _, copies in self.plain.at(chrom, pos)):
            return True
        return any(None in each.alleles or any(each.alleles) for each in genotypes if each is not None)


def _has_chrom(record: Record) -> bool:
    return record.chrom is not None


def _placed(records: Records, gates: Gates) -> Placed:
    return Placed.of(records, gates, None)


def _calls(_record: Record, _gates: Gates) -> dict[tuple[int, Sex | None, Build, bool], Call]:
    """Where the calls of a record's alleles are kept, by all that they depend on."""
    return {}


def _is_of_one_base(judged: Judged, pos: int) -> bool:
    return judged.record.pos == pos and len(judged.record.ref) == 1 and judged.tells_bases


def _changing(over: Sequence[Judged], variant: Variant) -> list[int]:
    """The bases of a variant at which another record may speak than at the one before."""
    edges = {variant.pos}
    for judged in over:
        edges |= {judged.record.pos, judged.record.pos + 1, judged.record.end, judged.record.end + 1}
    return sorted(at for at in edges if variant.pos <= at <= variant.end)


def _nearness(record: Record, at: int) -> tuple[int, int]:
    """How near a record is to a base that it covers; the nearest is the least."""
    if record.is_of_base(at):
        return (0, 0)
    return (1 if record.tells_each_base else 2, record.end - record.pos)


def _perhaps_elsewhere(call: Call, why: str) -> Call:
    """The call of a carried allele that the haplotypes without it may have in another spelling."""
    copies = tuple(copy or None for copy in call.copies)
    return evolve(call, copies=copies, state=State.PARTIAL, why=why) if None in copies else call


def _least(values: Sequence[int | None]) -> int | None:
    """The least of the values; None when one of them is missing."""
    known = [value for value in values if value is not None]
    return min(known) if len(known) == len(values) else None


def _leftmost(variant: Variant, reference: Reference) -> Variant:
    if len(variant.ref) == len(variant.alt) or variant.chrom not in reference.names:
        return variant
    place = reference.left_aligned(variant.chrom, variant.pos, variant.ref, variant.alt)
    return Variant(variant.chrom, *place)


def _trust(call: Call) -> int:
    """How far a call is to be trusted: one that calls most, then one that was read in part."""
    return _TRUST.index(call.state)
