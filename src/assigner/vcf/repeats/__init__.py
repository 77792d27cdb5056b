"""Tandem repeat calls: how many units each allele has, as the callers' records say it.

Read are the records of

- ExpansionHunter 3 to 5 and DRAGEN (FORMAT `REPCN`, `REPCI`), also as annotated by Stranger or STRipy, and
  ExpansionHunter 2 (`CN`, `CI`): ExpansionHunter, "Output VCF files";
- GangSTR (`REPCN`, `REPCI`, with commas): GangSTR, "VCF format fields";
- TRGT (`MC`, `MS`): TRGT, "Description of VCF files";
- the `<CNV:TR>` of VCF 4.4 and later (`RUS`, `RUC`, `RB` and their intervals), which Straglr 1.5.2 and later writes;
- Straglr before that (`AC`, `ACR`): Straglr, "VCF output".

HipSTR, LongTR and adVNTR are recognised and their sizes left unknown.

The caller's own count is the size. GT and ALT must agree with it, allele by allele, or the record speaks
with two voices and its sizes are unknown. A GT that is missing as a whole withdraws the call; one that is
missing for one allele (a record split by allele) or not written at all leaves the count standing. Sizes are
never taken from the sequences of REF and ALT alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assigner.vcf.repeats.calls import RepeatCall, RepeatRecord, same_motif
from assigner.vcf.repeats.cnv_tr import TANDEM, cnv_tr
from assigner.vcf.repeats.dialects import expansion_hunter, gangstr, not_read, straglr
from assigner.vcf.repeats.trgt import trgt

__all__ = ["RepeatCall", "repeat_call", "same_motif"]


def repeat_call(
    chrom: str,
    pos: int,
    ref: str,
    alts: Sequence[str],
    filters: Sequence[str],
    info: Mapping[str, str],
    fmt: Mapping[str, str],
) -> RepeatCall | None:
    """The repeat call in one record for one sample, or None when the record is not about a repeat.

    Args:
        chrom: CHROM.
        pos: POS.
        ref: REF.
        alts: ALT; `.` or nothing when there is none.
        filters: FILTER; `.` or nothing when there is none.
        info: INFO values as text.
        fmt: the sample's values as text, by FORMAT key.

    >>> place = ("chr9", 27573526, "C", ["<STR2>", "<STR349>"], ["PASS"])
    >>> unit = {"END": "27573544", "REF": "3", "RU": "GGCCCC", "VARID": "C9ORF72", "REPID": "C9ORF72"}
    >>> call = repeat_call(*place, unit, {"GT": "1/2", "REPCN": "2/349", "REPCI": "2-2/323-376"})
    >>> call.sizes, call.intervals, call.start, call.problem
    ((2, 349), ((2, 2), (323, 376)), 27573526, None)
    """
    record = RepeatRecord(
        chrom=chrom,
        pos=pos,
        ref=ref,
        alts=tuple(alt for alt in alts if alt not in ("", ".")),
        filters=tuple(name for name in filters if name not in ("", ".")),
        info=info,
        fmt=fmt,
    )
    if {"TRID", "MOTIFS"} <= info.keys():
        return trgt(record)
    if TANDEM in record.alts or {"RUS_REF", "RUL_REF"} & info.keys():
        return cnv_tr(record)
    if {"RU", "PERIOD", "REF"} <= info.keys() and ({"GRID", "EXPTHRESH"} & info.keys() or "REPCN" in fmt):
        return gangstr(record)
    if any(re.fullmatch(r"<STR[0-9]+>", alt) for alt in record.alts) or (
        "RU" in info and ({"REPID", "VARID"} & info.keys() or "REPCN" in fmt)
    ):
        return expansion_hunter(record)
    if {"LOCUS", "MOTIF", "COPIES"} <= info.keys() or ("LOCUS" in info and {"AC", "ACR"} <= fmt.keys()):
        return straglr(record)
    return not_read(record)
