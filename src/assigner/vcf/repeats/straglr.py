"""Straglr before 1.5.2: mean copies of each allele's reads (`AC`), and the least and most of them (`ACR`)."""

from __future__ import annotations

import re
from math import ceil, floor

from assigner.genome.motifs import same_motif
from assigner.vcf.repeats.callers import Marks, RepeatCaller, by_no_header
from assigner.vcf.repeats.calls import Counts, RepeatCall, RepeatRecord
from assigner.vcf.repeats.support import by_reads_of_alleles

_MEAN = r"[0-9]{1,6}(?:\.[0-9]{1,6})?"


def _recognises(record: RepeatRecord) -> bool:
    by_info = {"LOCUS", "MOTIF", "COPIES"} <= record.info.keys()
    return by_info or ("LOCUS" in record.info and {"AC", "ACR"} <= record.fmt.keys())


def _read(record: RepeatRecord) -> RepeatCall:
    """One allele may stand for two that were not separated, so that only the range of the reads is believed."""
    copies, ranges = record.values("AC", "/"), record.values("ACR", "/")
    motif = record.info.get("MOTIF", record.info.get("RU", ""))
    sized = [
        (None, None) if number is None else _sized(mean, _span(text))
        for mean, text, number in zip(copies, ranges, record.genotype or (), strict=False)
    ]
    sizes, intervals = tuple(size for size, _ in sized), tuple(interval for _, interval in sized)
    counts = Counts(sizes=sizes, intervals=intervals, problem=_problem(record, copies, ranges, motif))
    return record.call(STRAGLR.name, counts, start=record.pos, motif=motif)


def _problem(record: RepeatRecord, copies: list[str], ranges: list[str], motif: str) -> str | None:
    genotype = record.genotype
    if not genotype or all(number is None for number in genotype) or not copies:
        return "not called"
    if (beyond := record.beyond()) is not None:
        return beyond
    if not len(copies) == len(ranges) == len(genotype):
        return "AC, ACR and GT differ in ploidy"
    others = re.findall("[A-Z]+", record.fmt.get("ALT_MOTIF", ""))
    return None if all(same_motif(other, motif) for other in others) else "reads with another motif"


def _sized(mean: str, span: tuple[int, int] | None) -> tuple[int | None, tuple[int, int] | None]:
    if span is None or not re.fullmatch(_MEAN, mean) or not span[0] <= float(mean) <= span[1]:
        return None, None
    return round(float(mean)), span


def _span(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(f"({_MEAN})-({_MEAN})", text)
    return (floor(float(found[1])), ceil(float(found[2]))) if found else None


STRAGLR = RepeatCaller(
    name="Straglr",
    described='Straglr, "VCF output"',
    read_from=(("Straglr before 1.5.2", "`AC`, `ACR`"),),
    declared_by=by_no_header,
    recognises=_recognises,
    read=_read,
    support=by_reads_of_alleles,
    hides_bases=Marks(info=frozenset({"COPIES"})),
)
