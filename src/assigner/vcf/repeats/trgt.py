"""TRGT: for each allele the perfect units of each motif, and the parts that they fill.

TRGT gives no confidence interval. Its count of perfect units is the least, and what fits from the first to the last of
them, interruptions included, the most. Where an allele has a read of more than twice its length (`ALLR`), that one is
the most: an expansion may have been averaged away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve

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
    lengths = [whole(part) for part in record.values("AL", ",")]
    more = _longer_reads(record.values("ALLR", ","), lengths, len(motifs[index]))
    more = more if len(more) == len(sizes) else [0] * len(sizes)
    if problem is not None or len(spans) != len(sizes):
        wider = zip(sizes, more, strict=True)
        intervals = tuple((size, size + units) if size is not None and units else None for size, units in wider)
        return Counts(sizes=sizes, intervals=intervals, problem=problem)
    across = [_units_across(span, index, len(motifs[index])) for span in spans]
    if len(lengths) == len(spans):
        across = [
            units if units or length is None else _unexplained(span, length, len(motifs[index]))
            for span, length, units in zip(spans, lengths, across, strict=True)
        ]
    return Counts(
        sizes=sizes,
        intervals=tuple(
            None if size is None or units is None else (min(size, units), max(size, units) + longer)
            for size, units, longer in zip(sizes, across, more, strict=True)
        ),
    )


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


def _unexplained(text: str, length: int, unit: int) -> int:
    """Units that would fit into the bases of an allele that no motif fills; where none is found, much may be hidden."""
    filled = sum(int(end) - int(first) for first, end in re.findall(r"\(([0-9]{1,9})-([0-9]{1,9})\)", text))
    return max(0, length - filled) // max(1, unit)


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
