"""TRGT: for each allele the perfect units of each motif, and the parts that they fill.

TRGT gives no confidence interval. Its count of perfect units is the least, and what fits from the first to the last of
them, interruptions included, the most; without the parts (`MS`) it is what fits into the allele. Where an allele has a
read of more than twice its length (`ALLR`), that one is the most: an expansion may have been averaged away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve

from assigner.profiles.profile import Interval
from assigner.vcf.repeats.callers import Marks, RepeatCaller
from assigner.vcf.repeats.calls import Counts, RepeatCall, RepeatRecord, whole
from assigner.vcf.repeats.support import by_spanning
from assigner.vcf.scan.headers import Header


def _recognises(record: RepeatRecord) -> bool:
    return {"TRID", "MOTIFS"} <= record.info.keys()


def _read(record: RepeatRecord) -> RepeatCall:
    """The perfect units of each motif (`MC`), one call a motif, and the parts that they fill (`MS`)."""
    motifs = record.info["MOTIFS"].upper().split(",")
    lengths = [whole(part) for part in record.values("AL", ",")]
    padding = _padding(record, lengths)
    problem = record.withdrawn("MC") or record.beyond()
    if problem is None and (len(padding) > 1 or padding - {0, 1}):
        problem = "GT and ALT do not have the lengths that AL gives"
    start = record.pos - 1 if padding == {0} else record.pos
    calls = [
        record.call(TRGT.name, _counts(record, index, motifs, problem), start=max(start, 0), motif=motif)
        for index, motif in enumerate(motifs)
    ]
    return evolve(calls[0], also=tuple(calls[1:]))


def _counts(record: RepeatRecord, index: int, motifs: Sequence[str], problem: str | None) -> Counts:
    written = [part.split("_") for part in record.values("MC", ",")]
    spans = record.values("MS", ",")
    genotype = record.genotype
    if problem is None and any(len(counts) != len(motifs) for counts in written if counts != ["."]):
        problem = "MC does not count each motif of MOTIFS"
    elif problem is None and genotype and len(genotype) != len(written):
        problem = "MC and GT differ in ploidy"
    sizes = tuple(whole(counts[index]) if index < len(counts) else None for counts in written)
    unit = max(1, len(motifs[index]))
    lengths = [whole(part) for part in record.values("AL", ",")]
    more = _longer_reads(record.values("ALLR", ","), lengths, unit)
    more = more if len(more) == len(sizes) else [0] * len(sizes)
    each_length = lengths if len(lengths) == len(sizes) else [None] * len(sizes)
    if problem is not None or len(spans) != len(sizes):
        held = [size if length is None else length // unit for size, length in zip(sizes, each_length, strict=True)]
        bounds = [_bounds(size, size, top, longer) for size, top, longer in zip(sizes, held, more, strict=True)]
        intervals = tuple(None if bound is None or bound[0] == bound[1] else bound for bound in bounds)
        return Counts(sizes=sizes, intervals=intervals, problem=problem)
    across = [_units_across(span, index, unit) for span in spans]
    tops = [
        units if length is None else (units or 0) + _unexplained(span, length, unit, units or 0)
        for span, length, units in zip(spans, each_length, across, strict=True)
    ]
    least = [top if units is None else units for units, top in zip(across, tops, strict=True)]
    every = zip(sizes, least, tops, more, strict=True)
    return Counts(sizes=sizes, intervals=tuple(_bounds(*each) for each in every))


def _bounds(size: int | None, units: int | None, top: int | None, longer: int) -> Interval | None:
    """The least and the most units of an allele, by TRGT's count and by what its parts and its longest read leave."""
    if size is None or units is None or top is None:
        return None
    return min(size, units), max(size, units, top) + longer


def _longer_reads(ranges: Sequence[str], lengths: Sequence[int | None], unit: int) -> list[int]:
    """How many whole units the longest read of each allele has more than the allele, where it is twice as long.

    Reads of normal alleles differ by less. That the limit is twice the length is a judgement.

    >>> _longer_reads(["12-14", "12-720", "."], [12, 12, 12], 6)
    [0, 118, 0]
    """
    ends = [re.fullmatch(r"[0-9]{1,9}-([0-9]{1,9})", text) for text in ranges]
    return [
        (int(end[1]) - length) // max(1, unit) if end and length is not None and int(end[1]) > 2 * length else 0
        for end, length in zip(ends, lengths, strict=False)
    ]


def _padding(record: RepeatRecord, lengths: Sequence[int | None]) -> set[int]:
    """How many bases TRGT's alleles are longer than the repeat they hold: 1, or 0 before version 1."""
    alleles = (record.ref, *record.alts)
    return {
        len(alleles[number]) - length
        for number, length in zip(record.genotype or (), lengths, strict=False)
        if number is not None and number < len(alleles) and length is not None
    }


def _unexplained(text: str, length: int, unit: int, units: int) -> int:
    """Units that would fit into the bases of an allele that no motif fills, beside the units that are found in it.

    Where none is found, much may be hidden. Beside those that are, bases at both ends count where they are more than a
    fifth of the allele, which is no longer flank or a few interruptions.

    >>> _unexplained("0(0-30)", 720, 6, 5), _unexplained("0(0-30)", 36, 6, 5), _unexplained("1(3-30)", 36, 6, 0)
    (115, 0, 1)
    """
    parts = [(int(first), int(end)) for first, end in re.findall(r"\(([0-9]{1,9})-([0-9]{1,9})\)", text)]
    if not units:
        return max(0, length - sum(end - first for first, end in parts)) // max(1, unit)
    outside = length - (max(end for _, end in parts) - min(first for first, _ in parts))
    return outside // max(1, unit) if outside * LEAST_FOUND > length else 0


LEAST_FOUND = 5
"""A fifth of an allele outside of all its units is more than a flank: curators' judgement, as `LEAST_PURITY`."""


def _units_across(text: str, index: int, unit: int) -> int | None:
    """Units that fit from the first to the last base of one motif in TRGT's `MS`.

    >>> _units_across("0(0-24)_0(27-39)_0(42-66)", 0, 3), _units_across(".", 0, 3)
    (22, None)
    """
    parts = [re.fullmatch(r"([0-9]{1,4})\(([0-9]{1,9})-([0-9]{1,9})\)", part) for part in text.split("_")]
    ends = [(int(found[2]), int(found[3])) for found in parts if found and int(found[1]) == index]
    if None in parts or unit == 0:
        return None
    return max(0, max(end for _, end in ends) - min(first for first, _ in ends)) // unit if ends else 0


def _declared_by(header: Header) -> bool:
    return {"TRID", "MOTIFS"} <= header.info.keys()


TRGT = RepeatCaller(
    name="TRGT",
    described='TRGT, "Description of VCF files"',
    read_from=(("TRGT", "`MC`, `MS`, `AL`"),),
    declared_by=_declared_by,
    recognises=_recognises,
    read=_read,
    support=by_spanning,
    hides_bases=Marks(info=frozenset({"TRID"})),
    not_structural=Marks(info=frozenset({"TRID"})),
)
