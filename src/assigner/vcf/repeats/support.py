"""What a repeat record says for and against its sizes: reads, quality and purity, by each caller's keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from attrs import frozen

from assigner.vcf.records.numbers import decimal_of
from assigner.vcf.repeats.calls import RepeatRecord, interval_of, whole

MOST_WITHIN = 3
"""The most reads within an allele that other reads span: the most that any such allele of some 4,000 real ones has, in
three public files of ExpansionHunter; and the most reads with more units than any allele of GangSTR's: two at the most,
of 9,703 calls in a public file. A choice, not a published number."""


class UnreadableError(ValueError):
    """A value that is there and is not what its key should hold; the message is the key."""


@frozen
class Reads:
    """How many reads there are at a repeat, as one field (or several together) has it."""

    field: str
    count: Decimal


@frozen(kw_only=True)
class RepeatSupport:
    """What one record says for its sizes.

    Attributes:
        answers: the gates of which the caller's records can speak; a strict rule set demands no others of them.
        reads: how many there are, by each field that says so.
        posterior: the chance that the sizes are right (GangSTR's Q).
        purity: the least share of an allele's bases that are units of the motif (TRGT's AP).
        unseen: the field by which an allele has no read at all.
        single: the field by which an allele has one read.
        within: the field by which many reads lie wholly within an allele that other reads span.
        longer: the field by which many reads have more units than any allele.
        contrary: two fields of which one says that reads span an allele, and the other that none does.
        unread: a key whose value is there and cannot be read.
    """

    answers: frozenset[str] = frozenset({"depth"})
    reads: tuple[Reads, ...] = ()
    posterior: Decimal | None = None
    purity: Decimal | None = None
    unseen: str | None = None
    single: str | None = None
    within: str | None = None
    longer: str | None = None
    contrary: str | None = None
    unread: str | None = None


Supports = Callable[[RepeatRecord], RepeatSupport]
"""What reads the keys of one caller."""


def by_depth(record: RepeatRecord) -> RepeatSupport:
    """By DP or LC alone."""
    return RepeatSupport(reads=tuple(_depths(record)))


def by_reads_of_alleles(record: RepeatRecord) -> RepeatSupport:
    """By DP, and AD as Straglr writes it: the reads of each allele in GT's order, joined with `/`."""
    return _of_alleles(record, numbers(record, "AD", "/"))


def by_allele_depths(record: RepeatRecord) -> RepeatSupport:
    """By DP, and AD as the specification has it: the reads of REF and of each ALT; those that GT names are counted."""
    depths = numbers(record, "AD", ",")
    named = sorted({number for number in record.genotype or () if number is not None})
    return _of_alleles(record, [depths[number] for number in named] if len(depths) == len(record.alts) + 1 else ())


def _of_alleles(record: RepeatRecord, reads: Sequence[Decimal | None]) -> RepeatSupport:
    known = [count for count in reads if count is not None]
    return RepeatSupport(
        reads=(*_depths(record), *((Reads("AD", sum(known, Decimal(0))),) if known else ())),
        unseen="AD" if 0 in known else None,
        single="AD" if 1 in known else None,
    )


def by_posterior(record: RepeatRecord) -> RepeatSupport:
    """By GangSTR's keys: DP, the posterior Q, and the chance QEXP of as many expanded alleles as it calls.

    RC counts enclosing, spanning, fully repetitive and bounding reads. An allele that reads enclose (ENCLREADS) is
    shorter than a read, so few reads lie within it.
    """
    chances = [chance for chance in (*numbers(record, "Q", ",")[:1], _of_expanded(record)) if chance is not None]
    answers = frozenset({"depth", "quality", "likelihood"})
    classes = numbers(record, "RC", ",")
    repetitive = classes[2] if len(classes) == 4 else None
    enclosed = {size for size, _, count in (each.partition(",") for each in record.values("ENCLREADS", "|")) if count}
    short = set(record.values("REPCN", ",")) <= enclosed
    return RepeatSupport(
        answers=answers,
        reads=tuple(_depths(record)),
        posterior=min(chances, default=None),
        within="RC" if short and repetitive is not None and repetitive > MOST_WITHIN else None,
        longer=_longer(record),
    )


def _longer(record: RepeatRecord) -> str | None:
    """Which of GangSTR's lists of reads has many with more units than the most of any allele.

    A read that encloses the repeat may have one unit more than its allele by an error of the polymerase; one that
    flanks it shows no more than are there.
    """
    ends = [span[1] for span in map(interval_of, record.values("REPCI", ",")) if span is not None]
    sizes = [size for size in map(whole, record.values("REPCN", ",")) if size is not None]
    most = max([*ends, *sizes], default=None)
    for key, more in (("FLNKREADS", 0), ("ENCLREADS", 1)):
        pairs = [re.fullmatch("([0-9]{1,9}),([0-9]{1,9})", each) for each in record.values(key, "|")]
        counts = [
            int(pair[2]) for pair in pairs if pair is not None and most is not None and int(pair[1]) > most + more
        ]
        if sum(counts) > MOST_WITHIN:
            return key
    return None


def _of_expanded(record: RepeatRecord) -> Decimal | None:
    """The chance of so many alleles above EXPTHRESH as the sizes have; None where the record gives none."""
    threshold = decimal_of(record.info.get("EXPTHRESH", "."))
    if threshold is None or threshold < 1:  # without one it writes -1, also as each chance
        return None
    chances = numbers(record, "QEXP", ",")
    sizes = [size for size in numbers(record, "REPCN", ",") if size is not None]
    if len(chances) != 3 or len(sizes) > 2:
        return None
    return chances[sum(size > threshold for size in sizes)]


def by_spanning(record: RepeatRecord) -> RepeatSupport:
    """By TRGT's keys: SD, the reads that span each allele, and AP, the purity of each."""
    spanning = [count for count in numbers(record, "SD", ",") if count is not None]
    pure = [share for share in numbers(record, "AP", ",") if share is not None]
    return RepeatSupport(
        reads=(*_depths(record), *((Reads("SD", sum(spanning, Decimal(0))),) if spanning else ())),
        purity=min(pure, default=None),
        unseen="SD" if 0 in spanning else None,
        single="SD" if 1 in spanning else None,
    )


def by_kind_of_read(record: RepeatRecord) -> RepeatSupport:
    """By ExpansionHunter's keys: LC, and the reads of each kind that are consistent with each allele.

    Before version 3 their keys had an underscore.

    Alleles of one size have the same reads, and a flanking read may be consistent with both. An allele that reads span
    is shorter than a read, so few reads lie within it: more of them may come from an expansion that was missed.

    One that reads span (SO) has a spanning read (ADSP), and is shorter than one that none spans: so are all of some
    8,500 alleles in public files of ExpansionHunter.
    """
    keys = ("AD_SP", "AD_FL", "AD_IR") if "AD_SP" in record.fmt else ("ADSP", "ADFL", "ADIR")
    kinds = [numbers(record, key, "/") for key in keys]
    depths = tuple(_depths(record))
    alleles = {len(kind) for kind in kinds}
    if alleles == {0} or len(alleles) > 1 or any(None in kind for kind in kinds):
        return RepeatSupport(reads=depths)
    spanning, flanking, inside = ([count for count in kind if count is not None] for kind in kinds)
    sizes = record.values("REPCN" if "REPCN" in record.fmt else "CN", "/")
    counted = max if len(set(sizes)) == 1 else sum
    total = counted(spanning) + max(flanking) + counted(inside)
    fewest = min(map(sum, zip(spanning, flanking, inside, strict=True)))
    named = f"{keys[0]}, {keys[1]} and {keys[2]}"
    spanned = zip(record.values("SO", "/"), inside, strict=False)
    within = any(kind == "SPANNING" and count > MOST_WITHIN for kind, count in spanned)
    return RepeatSupport(
        reads=(*depths, Reads(named, Decimal(total))),
        unseen=named if fewest == 0 else None,
        single=named if fewest == 1 else None,
        within=keys[2] if within else None,
        contrary=_contrary(record.values("SO", "/"), spanning, keys[0], sizes),
    )


def _contrary(kinds: Sequence[str], spanning: Sequence[Decimal], key: str, sizes: Sequence[str]) -> str | None:
    """Which fields contradict the kind of read by which each allele was sized, if any do.

    >>> _contrary(["SPANNING", "SPANNING"], [Decimal(9), Decimal(0)], "ADSP", ["2", "8"])
    'SO and ADSP'
    >>> _contrary(["SPANNING", "INREPEAT"], [Decimal(9), Decimal(0)], "ADSP", ["9", "8"])
    'SO and sizes'
    """
    if len(kinds) != len(spanning) or not set(kinds) <= _KINDS or len(sizes) != len(kinds):
        return None
    if any(kind == "SPANNING" and count == 0 for kind, count in zip(kinds, spanning, strict=True)):
        return f"SO and {key}"
    each = [(kind, whole(size) or 0) for kind, size in zip(kinds, sizes, strict=True)]
    spanned = max((size for kind, size in each if kind == "SPANNING"), default=-1)
    return "SO and sizes" if any(kind != "SPANNING" and size <= spanned for kind, size in each) else None


_KINDS = frozenset({"SPANNING", "FLANKING", "INREPEAT"})
"""The kinds of reads that ExpansionHunter's SO names."""


def supported(record: RepeatRecord, support: Supports) -> RepeatSupport:
    """What a record says by a caller's keys; a value that cannot be read says nothing and is named."""
    try:
        return support(record)
    except UnreadableError as unread:
        return RepeatSupport(unread=str(unread))


def numbers(record: RepeatRecord, key: str, joint: str) -> Sequence[Decimal | None]:
    """The numbers of one of the sample's values, None for `.`; none where the key is not given.

    Raises:
        UnreadableError: for a value that is no number of at least 0.
    """
    parts = record.values(key, joint)
    found = [decimal_of(part) for part in parts]
    if not all(part == "." or (number is not None and number >= 0) for part, number in zip(parts, found, strict=True)):
        raise UnreadableError(key)
    return found


def _depths(record: RepeatRecord) -> Iterator[Reads]:
    for key in ("DP", "LC"):
        for depth in numbers(record, key, ","):
            if depth is not None:
                yield Reads(key, depth)
