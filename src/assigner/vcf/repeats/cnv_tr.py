"""The `<CNV:TR>` of VCF 4.4 and later: each ALT is one or more repeat sequences, given in INFO by flat lists.

RN says how many sequences each ALT has, and so how the lists RUS, RUL, RUC, RB, CIRUC, CIRB and RUB are divided (VCF
4.5, "INFO keys used for structural variants"). CIRUC and CIRB are distances from RUC and RB; one without an upper end
is a lower bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from math import ceil, floor
from typing import Final

from attrs import evolve, frozen

from assigner.genome.motifs import same_motif
from assigner.vcf.repeats.callers import Marks, RepeatCaller
from assigner.vcf.repeats.calls import Counts, RepeatCall, RepeatRecord, whole
from assigner.vcf.repeats.support import by_allele_depths
from assigner.vcf.scan.extents import Extent
from assigner.vcf.scan.headers import Header

_TANDEM: Final = "<CNV:TR>"

_NUMBER = re.compile(r"-?[0-9]{1,7}(?:\.[0-9]{1,9})?")

Bounds = tuple[Decimal, Decimal | None]


class _UnsoundError(ValueError):
    """The lists do not fit each other; the message says which."""


@frozen(kw_only=True)
class _RepeatSequence:
    """One repeat sequence of an allele: its unit, and how many there are."""

    motif: str
    count: Decimal | None
    least: Decimal = Decimal(0)
    most: Decimal | None = None


def _recognises(record: RepeatRecord) -> bool:
    return _TANDEM in record.alts or bool({"RUS_REF", "RUL_REF"} & record.info.keys())


def _read(record: RepeatRecord) -> RepeatCall:
    """One call for each motif of the record's alleles.

    An allele has as many units of a motif as its sequences of that motif sum up to, and at most as many as all that
    stands in it could hold: what lies between may be interrupted units.
    """
    reference = record.info.get("RUS_REF", "")
    length = _reference_length(record)
    end = None if length is None else record.pos + length
    try:
        alleles = _alleles(record)
        problem = record.beyond()
    except _UnsoundError as fault:
        alleles, problem = [], str(fault)
    genotype = record.genotype or ()
    if all(number is None for number in genotype):
        problem = "not called"
    elif problem is None and reference and set(genotype) <= {0, None}:
        problem = "no size is given for an allele near the reference's"
    motifs: list[str] = []
    for motif in (*(sequence.motif for allele in alleles for sequence in allele or ()), reference.upper()):
        if motif and not any(same_motif(motif, known) for known in motifs):
            motifs.append(motif)
    calls = []
    for motif in motifs or record.info.get("RUS", "").split(",")[:1]:
        own = None if problem is not None or reference else _reference(length, motif, motifs)
        sized = [(None, None) if problem else _sized(number, alleles, motif, own) for number in genotype]
        counts = Counts(sizes=tuple(s for s, _ in sized), intervals=tuple(i for _, i in sized), problem=problem)
        calls.append(record.call(CNV_TR.name, counts, start=record.pos, motif=motif, end=end))
    return evolve(calls[0], also=tuple(calls[1:]))


def _sized(
    number: int | None, alleles: list[tuple[_RepeatSequence, ...] | None], motif: str, reference: tuple[int, int] | None
) -> tuple[int | None, tuple[int, int | None] | None]:
    """The units of a motif in one allele of the genotype, with their interval."""
    if number == 0 and reference is not None:
        return reference[0], reference
    allele = alleles[number - 1] if number else None
    own = [sequence for sequence in allele or () if same_motif(sequence.motif, motif)]
    if not allele or any(sequence.count is None or not sequence.motif for sequence in allele):
        return None, None
    tops = [None if s.most is None else s.most * len(s.motif) / len(motif) for s in allele]
    most = None if None in tops else ceil(sum(top for top in tops if top is not None))
    return floor(sum(sequence.count or 0 for sequence in own)), (floor(sum(sequence.least for sequence in own)), most)


def _reference_length(record: RepeatRecord) -> int | None:
    """The bases of the reference's allele: SVLEN of `<CNV:TR>`, or up to END."""
    extent = Extent.of(record.info)
    pairs = zip(extent.lengths, record.alts, strict=False)
    own = {length for length, alt in pairs if alt == _TANDEM and length is not None}
    given: set[int | None] = {*own} or {None if extent.end is None else max(0, extent.end - record.pos)}
    return given.pop() if len(given) == 1 else None


def _reference(length: int | None, motif: str, motifs: list[str]) -> tuple[int, int] | None:
    """The reference's units where the record knows one motif only; a unit that is not whole may count."""
    if length is None or len(motifs) != 1:
        return None
    return length // len(motif), -(-length // len(motif))


def _alleles(record: RepeatRecord) -> list[tuple[_RepeatSequence, ...] | None]:
    """The repeat sequences of each ALT; None for an ALT that is not `<CNV:TR>`."""
    numbers = _numbers(record)
    sequences = _sequences(record, sum(numbers))
    found = [tuple(islice(sequences, number)) for number in numbers]
    return [each if alt == _TANDEM else None for each, alt in zip(found, record.alts, strict=True)]


def _numbers(record: RepeatRecord) -> list[int]:
    given = record.info.get("RN", ".")
    if given == ".":
        return [int(alt == _TANDEM) for alt in record.alts]
    numbers = [0 if part == "." else whole(part) for part in given.split(",")]
    if len(numbers) != len(record.alts) or None in numbers:
        raise _UnsoundError("RN is not one number for each ALT")
    return [number or 0 for number in numbers]


def _sequences(record: RepeatRecord, total: int) -> Iterator[_RepeatSequence]:
    motifs, units = _column(record, "RUS", total), _column(record, "RUL", total)
    counts, bases = _column(record, "RUC", total), _column(record, "RB", total)
    around_counts, around_bases = _column(record, "CIRUC", 2 * total), _column(record, "CIRB", 2 * total)
    _each_unit(record, counts)
    sequences = []
    for at in range(total):
        motif = "" if motifs is None or motifs[at] == "." else motifs[at].upper()
        unit = _number(units, at, "RUL")
        if motif and unit is not None and unit != len(motif):
            raise _UnsoundError("RUS and RUL differ")
        count, length = _number(counts, at, "RUC"), _number(bases, at, "RB")
        ways = [] if count is None else [_bounds(count, around_counts, at, "CIRUC")]
        if length is not None and motif:
            least, most = _bounds(length, around_bases, at, "CIRB")
            ways.append((least / len(motif), None if most is None else most / len(motif)))
            count = length / len(motif) if count is None else count
        if not ways:
            sequences.append(_RepeatSequence(motif=motif, count=None))
            continue
        tops = [most for _, most in ways]
        least, most = min(least for least, _ in ways), max((top for top in tops if top is not None), default=None)
        sequences.append(_RepeatSequence(motif=motif, count=count, least=least, most=None if None in tops else most))
    return iter(sequences)


def _column(record: RepeatRecord, key: str, entries: int) -> list[str] | None:
    """The values of an INFO list, None when it is not given."""
    text = record.info.get(key, ".")
    if text == ".":
        return None
    values = text.split(",")
    if len(values) != entries:
        raise _UnsoundError(f"{key} does not have the entries that RN says")
    return values


def _number(values: list[str] | None, at: int, key: str) -> Decimal | None:
    if values is None or values[at] == ".":
        return None
    if not _NUMBER.fullmatch(values[at]) or values[at].startswith("-"):
        raise _UnsoundError(f"{key} is not a list of numbers")
    return Decimal(values[at])


def _bounds(value: Decimal, around: list[str] | None, at: int, key: str) -> Bounds:
    """A value's interval; a lower end that is missing is the value itself, an upper end that is missing is open."""
    if around is None:
        return value, value
    low, high = around[2 * at : 2 * at + 2]
    if not all(end == "." or _NUMBER.fullmatch(end) for end in (low, high)):
        raise _UnsoundError(f"{key} is not a list of numbers")
    below, above = Decimal(0) if low == "." else Decimal(low), None if high == "." else Decimal(high)
    if below > 0 or (above is not None and above < 0):
        raise _UnsoundError(f"{key} does not hold its value")
    return max(Decimal(0), value + below), None if above is None else value + above


def _each_unit(record: RepeatRecord, counts: list[str] | None) -> None:
    """RUB lists the length of every unit, so its number of entries must be RUC's sum."""
    listed = record.info.get("RUB", ".")
    if listed == ".":
        return
    numbers = [whole(count) for count in counts or () if count != "."]
    if None in numbers or len(listed.split(",")) != sum(number or 0 for number in numbers):
        raise _UnsoundError("RUB does not list every unit that RUC counts")


def _declared_by(header: Header) -> bool:
    return any(_TANDEM in line or line.startswith("##ALT=<ID=CNV:TR,") for line in header.meta)


CNV_TR = RepeatCaller(
    name=_TANDEM,
    described='VCF 4.5, "INFO keys used for structural variants"',
    read_from=(("VCF 4.4 and later, `<CNV:TR>`; Straglr from 1.5.2 on", "`RUS`, `RUC`, `RB`, `CIRUC`, `CIRB`"),),
    declared_by=_declared_by,
    recognises=_recognises,
    read=_read,
    support=by_allele_depths,
    hides_bases=Marks(info=frozenset({"RUS", "RUS_REF", "RUL_REF"})),
    not_structural=Marks(info=frozenset({"RUS"}), alts=("<CNV:TR",)),
)
