"""ExpansionHunter, DRAGEN and STRipy: sizes joined with `/`, ALT `<STRn>`, INFO/REF the reference's size."""

from __future__ import annotations

import re

from attrs import evolve

from assigner.vcf.repeats.callers import Marks, RepeatCaller, by_size_format
from assigner.vcf.repeats.calls import Counts, RepeatCall, RepeatRecord, whole
from assigner.vcf.repeats.support import by_kind_of_read


def _recognises(record: RepeatRecord) -> bool:
    if any(re.fullmatch(r"<STR[0-9]+>", alt) for alt in record.alts):
        return True
    return "RU" in record.info and bool({"REPID", "VARID"} & record.info.keys() or "REPCN" in record.fmt)


def _read(record: RepeatRecord) -> RepeatCall:
    """The caller's sizes; version 2 has them under other keys.

    A row without ALT whose genotype is the reference's on every haplotype has the size INFO/REF, also where a later
    tool has dropped the count; any other allele has the count's interval, or is unknown.
    """
    key, interval_key = ("REPCN", "REPCI") if "REPCN" in record.fmt or "CN" not in record.fmt else ("CN", "CI")
    written = [whole(record.info.get("REF", "")), *(whole(alt[4:-1]) for alt in record.alts)]
    alleles = record.genotype or ()
    if key not in record.fmt and not record.alts and set(alleles) == {0} and written[0] is not None:
        counts = Counts(sizes=(written[0],) * len(alleles), intervals=(None,) * len(alleles))
    else:
        counts = _bounded(record, record.counted(key, interval_key, "/", written))
    return record.call(EXPANSION_HUNTER.name, counts, start=record.pos, motif=record.info.get("RU", ""))


def _bounded(record: RepeatRecord, counts: Counts) -> Counts:
    """The sizes; one without an interval that no read spans is the least that there is (`SO`)."""
    kinds = record.values("SO", "/")
    if len(kinds) != len(counts.sizes):
        return counts
    each = zip(counts.sizes, counts.intervals, kinds, strict=True)
    intervals = tuple(
        (size, None) if size is not None and interval is None and kind in ("FLANKING", "INREPEAT") else interval
        for size, interval, kind in each
    )
    return evolve(counts, intervals=intervals)


EXPANSION_HUNTER = RepeatCaller(
    name="ExpansionHunter",
    described='ExpansionHunter, "Output VCF files"',
    read_from=(
        (
            "ExpansionHunter 3 to 5, DRAGEN, STRipy; annotated by Stranger or not",
            "`REPCN`, `REPCI`; INFO/`REF` in a row without ALT and count",
        ),
        ("ExpansionHunter 2", "`CN`, `CI`"),
    ),
    declared_by=by_size_format,
    recognises=_recognises,
    read=_read,
    support=by_kind_of_read,
    hides_bases=Marks(info=frozenset({"REPID"}), formats=frozenset({"REPCN", "CN"})),
    not_structural=Marks(info=frozenset({"RU"}), alts=("<STR",)),
)
