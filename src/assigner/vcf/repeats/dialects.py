"""The dialects of callers that write one size for each allele: ExpansionHunter and its kin, GangSTR, Straglr."""

from __future__ import annotations

import re
from math import ceil, floor

from assigner.vcf.repeats.calls import Counts, RepeatCall, RepeatRecord, same_motif, whole


def expansion_hunter(record: RepeatRecord) -> RepeatCall:
    """ExpansionHunter, DRAGEN or STRipy: sizes joined with `/`, ALT `<STRn>`, INFO/REF the reference's size.

    A row without ALT whose genotype is the reference's on every haplotype has the size INFO/REF, also where a later
    tool has dropped the count; any other allele has the count's interval, or is unknown.
    """
    key, interval_key = ("REPCN", "REPCI") if "REPCN" in record.fmt or "CN" not in record.fmt else ("CN", "CI")
    written = [whole(record.info.get("REF", "")), *(whole(alt[4:-1]) for alt in record.alts)]
    if (
        key not in record.fmt
        and not record.alts
        and set(record.genotype() or (None,)) == {0}
        and written[0] is not None
    ):
        counts = Counts(
            sizes=(written[0],) * len(record.genotype() or ()), intervals=(None,) * len(record.genotype() or ())
        )
    else:
        counts = record.counted(key, interval_key, "/", written)
    return record.call("ExpansionHunter", counts, start=record.pos, motif=record.info.get("RU", ""))


def gangstr(record: RepeatRecord) -> RepeatCall:
    """GangSTR: sizes joined with `,`, alleles as sequence, POS the first base of the repeat."""
    motif = record.info["RU"]
    alleles = (record.ref, *record.alts)
    written = [len(each) // len(motif) if motif else None for each in alleles]
    counts = record.counted("REPCN", "REPCI", ",", written)
    return record.call("GangSTR", counts, start=max(record.pos - 1, 0), motif=motif)


def straglr(record: RepeatRecord) -> RepeatCall:
    """Straglr before 1.5.2: mean copies of each allele's reads (`AC`), and the least and most of them (`ACR`).

    One allele may stand for two that were not told apart, so that only the range of the reads is believed.
    """
    copies, ranges = record.values("AC", "/"), record.values("ACR", "/")
    spans = [_span(text) for text in ranges]
    motif = record.info.get("MOTIF", record.info.get("RU", ""))
    genotype = record.genotype()
    problem = record.beyond()
    if not genotype or all(number is None for number in genotype) or not copies:
        problem = "not called"
    elif problem is None and not len(copies) == len(ranges) == len(genotype):
        problem = "AC, ACR and GT differ in ploidy"
    elif problem is None and any(
        not same_motif(other, motif) for other in re.findall("[A-Z]+", record.fmt.get("ALT_MOTIF", ""))
    ):
        problem = "reads with another motif"
    sized = [
        (round(float(mean)), span)
        if number is not None and span is not None and re.fullmatch(_MEAN, mean) and span[0] <= float(mean) <= span[1]
        else (None, None)
        for mean, span, number in zip(copies, spans, genotype or (), strict=False)
    ]
    counts = Counts(sizes=tuple(s for s, _ in sized), intervals=tuple(i for _, i in sized), problem=problem)
    return record.call("Straglr", counts, start=record.pos, motif=motif)


_MEAN = r"[0-9]{1,6}(?:\.[0-9]{1,6})?"


def _span(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(f"({_MEAN})-({_MEAN})", text)
    return (floor(float(found[1])), ceil(float(found[2]))) if found else None


def not_read(record: RepeatRecord) -> RepeatCall | None:
    """A record of a caller whose sizes are not read, or None for any other record.

    HipSTR and LongTR write differences from the reference in bases, and adVNTR units of its own models.
    """
    if "PERIOD" in record.info and {"BPDIFFS", "INFRAME_PGEOM", "GB"} & {*record.info, *record.fmt}:
        caller, motif = "HipSTR", record.info.get("RU", record.info.get("MOTIF", ""))
    elif {"VID", "RU"} <= record.info.keys():
        caller, motif = "adVNTR", record.info["RU"]
    else:
        return None
    return record.call(caller, Counts(problem=f"not read: {caller}"), start=record.pos, motif=motif)
