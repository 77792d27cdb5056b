"""HipSTR and LongTR, which write differences from the reference in bases: recognised, and not read."""

from __future__ import annotations

from assigner.vcf.repeats.callers import RepeatCaller, by_no_header
from assigner.vcf.repeats.calls import RepeatCall, RepeatRecord


def _recognises(record: RepeatRecord) -> bool:
    return "PERIOD" in record.info and bool({"BPDIFFS", "INFRAME_PGEOM", "GB"} & {*record.info, *record.fmt})


def _read(record: RepeatRecord) -> RepeatCall:
    return record.not_read(HIPSTR.name, record.info.get("RU", record.info.get("MOTIF", "")))


HIPSTR = RepeatCaller(
    name="HipSTR",
    described='HipSTR, "Call file format"',
    read_from=(("HipSTR", None), ("LongTR", None)),
    declared_by=by_no_header,
    recognises=_recognises,
    read=_read,
)
