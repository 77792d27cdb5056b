"""GangSTR: sizes joined with `,`, alleles as sequence, POS the first base of the repeat."""

from __future__ import annotations

from assigner.vcf.repeats.callers import Marks, RepeatCaller, by_size_format
from assigner.vcf.repeats.calls import RepeatCall, RepeatRecord
from assigner.vcf.repeats.support import by_posterior


def _recognises(record: RepeatRecord) -> bool:
    own = {"GRID", "EXPTHRESH"} & record.info.keys() or "REPCN" in record.fmt
    return {"RU", "PERIOD", "REF"} <= record.info.keys() and bool(own)


def _read(record: RepeatRecord) -> RepeatCall:
    motif = record.info["RU"]
    alleles = (record.ref, *record.alts)
    written = [len(each) // len(motif) if motif else None for each in alleles]
    counts = record.counted("REPCN", "REPCI", ",", written)
    return record.call(GANGSTR.name, counts, start=max(record.pos - 1, 0), motif=motif)


GANGSTR = RepeatCaller(
    name="GangSTR",
    described='GangSTR, "VCF format fields"',
    read_from=(("GangSTR", "`REPCN`, `REPCI`"),),
    declared_by=by_size_format,
    recognises=_recognises,
    read=_read,
    support=by_posterior,
    hides_bases=Marks(formats=frozenset({"REPCN"})),
    not_structural=Marks(info=frozenset({"RU"})),
)
