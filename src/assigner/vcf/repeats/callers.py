"""What a repeat caller is to the reader: one value, which each module of a caller makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Self

from attrs import frozen

from assigner.vcf.records.record import Record
from assigner.vcf.repeats.calls import RepeatCall, RepeatRecord
from assigner.vcf.repeats.support import Supports, by_depth
from assigner.vcf.scan.headers import Header


@frozen(kw_only=True)
class Marks:
    """What a record can be recognised by: INFO keys, FORMAT keys, and the first characters of an ALT."""

    info: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    alts: tuple[str, ...] = ()

    @classmethod
    def any_of(cls, several: Iterable[Marks]) -> Self:
        """The marks of all of these together."""
        those = tuple(several)
        return cls(
            info=frozenset().union(*(each.info for each in those)),
            formats=frozenset().union(*(each.formats for each in those)),
            alts=tuple(alt for each in those for alt in each.alts),
        )

    def on(self, record: Record) -> bool:
        """Whether a record has one of these marks."""
        keys = self.info & record.info.keys() or self.formats & record.sample.keys()
        return bool(keys) or any(alt.startswith(self.alts) for alt in record.alts)


@frozen(kw_only=True)
class RepeatCaller:
    """How the records of one program, or of one form in the specification, are recognised and read.

    Attributes:
        name: what it is called in a repeat call.
        described: where its records are described.
        read_from: for the docs: which programs and versions write such records, and the keys that their sizes are read
            from; None for those whose sizes are not read.
        declared_by: whether a header shows that the file is made of such records.
        recognises: whether a record is one of them; the first caller that says so reads it.
        read: the call in such a record.
        support: what its record says for the sizes.
        hides_bases: the marks of its records whose GT 0 does not say that the reference's bases stand there.
        not_structural: the marks of its records that could be taken for structural variants.
    """

    name: str
    described: str
    read_from: tuple[tuple[str, str | None], ...]
    declared_by: Callable[[Header], bool]
    recognises: Callable[[RepeatRecord], bool]
    read: Callable[[RepeatRecord], RepeatCall]
    support: Supports = by_depth
    hides_bases: Marks = Marks()
    not_structural: Marks = Marks()


def by_no_header(_: Header) -> bool:
    """Of a caller whose headers do not show what the file is made of."""
    return False


def by_size_format(header: Header) -> bool:
    """By FORMAT/REPCN, which several callers declare."""
    return "REPCN" in header.formats
