"""adVNTR, which counts units of its own models: recognised, and not read."""

from __future__ import annotations

from assigner.vcf.repeats.callers import RepeatCaller, by_no_header
from assigner.vcf.repeats.calls import RepeatCall, RepeatRecord


def _recognises(record: RepeatRecord) -> bool:
    return {"VID", "RU"} <= record.info.keys()


def _read(record: RepeatRecord) -> RepeatCall:
    return record.not_read(ADVNTR.name, record.info["RU"])


ADVNTR = RepeatCaller(
    name="adVNTR",
    described="adVNTR, its documentation",
    read_from=(("adVNTR", None),),
    declared_by=by_no_header,
    recognises=_recognises,
    read=_read,
)
