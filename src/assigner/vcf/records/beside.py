"""The records of one participant, beside those of the first participant of the same file."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from assigner.vcf.records.record import Record

Given = TypeVar("Given")
Result = TypeVar("Result")


class Records(tuple[Record, ...]):
    """Records of one participant and file, in the order of the file.

    In a file of many participants most of these are those of the first participant, the same values. What is asked of
    all of them is then what it is of the first one's, but for the few that differ. What the first one's came to is held
    by them, and lives as long as they do.

    Attributes:
        gone: the first one's that are not among these.
        new: those that are not among the first one's.
    """

    gone: Sequence[Record] = ()
    new: Sequence[Record] = ()
    _first: Records | None = None

    @classmethod
    def of(cls, records: Iterable[Record]) -> Records:
        """These records, beside those that they are beside already."""
        return records if isinstance(records, Records) else cls(records)

    @property
    def first(self) -> Records:
        """Those of the first participant; these themselves where they are the same."""
        return self if self._first is None else self._first

    @cached_property
    def by_id(self) -> Mapping[int, Record]:
        """The records by their identities."""
        return {id(record): record for record in self}

    @cached_property
    def _known(self) -> dict[tuple[Any, int], tuple[Any, Any]]:
        return {}

    @cached_property
    def _chosen(self) -> dict[tuple[Any, int], tuple[Records, Any]]:
        return {}

    def beside(self, first: Records) -> Records:
        """The same records, beside those of the first participant."""
        gone = [first.by_id[each] for each in first.by_id.keys() - self.by_id.keys()]
        new = sorted((self.by_id[each] for each in self.by_id.keys() - first.by_id.keys()), key=_number)
        return _beside(self, first, gone, new) if gone or new else first

    def where(self, wanted: Callable[..., bool], given: Any = None) -> Records:
        """The records of which a pure function holds, beside those of the first participant of which it does.

        Args:
            wanted: the function of a record, and of something else if given.
            given: what else it is told; it lives as long as the records.
        """
        if self._first is None:
            key = (wanted, id(given))
            if key not in self._chosen:
                self._chosen[key] = (_chosen(self, wanted, given), given)
            return self._chosen[key][0]
        first = self._first.where(wanted, given)
        gone, new = _chosen(self.gone, wanted, given), _chosen(self.new, wanted, given)
        if not gone and not new:
            return first
        if len(first) == len(self.first) and len(gone) == len(self.gone) and len(new) == len(self.new):
            return self
        found = list(first)
        for record in gone:
            del found[bisect_left(found, record.number, key=_number)]
        for record in new:
            insort(found, record, key=_number)
        return _beside(Records(found), first, gone, new)

    @property
    def carried(self) -> Records:
        """Those that show an ALT."""
        return self.where(_is_carried)

    def once(self, work: Callable[[Records, Given], Result], given: Given) -> Result:
        """What a pure function makes of all of them and of something else; it is called the first time only."""
        key = (work, id(given))
        if key not in self._known:
            self._known[key] = (work(self, given), given)  # held, so that no other value gets its id
        result: Result = self._known[key][0]
        return result


def _beside(records: Records, first: Records, gone: Sequence[Record], new: Sequence[Record]) -> Records:
    records._first, records.gone, records.new = first, gone, new
    return records


def _chosen(records: Iterable[Record], wanted: Callable[..., bool], given: Any) -> Records:
    return Records(filter(wanted, records) if given is None else [each for each in records if wanted(each, given)])


def _is_carried(record: Record) -> bool:
    return record.is_carried


def _number(record: Record) -> int:
    return record.number
