"""Tandem repeat calls: how many units each allele has, as the callers' records say it.

Each caller is one module, which makes a `RepeatCaller`; `CALLERS` lists them.

The caller's own count is the size. GT and ALT must agree with it, allele by allele, or the record contradicts itself
and its sizes are unknown. A GT that is missing as a whole withdraws the call; one that is missing for one allele (a
record split by allele) or not written at all leaves the count standing. Sizes are never taken from the sequences of REF
and ALT alone.
"""

from __future__ import annotations

from typing import Final

from assigner.vcf.records.record import Record
from assigner.vcf.repeats.advntr import ADVNTR
from assigner.vcf.repeats.callers import Marks, RepeatCaller
from assigner.vcf.repeats.calls import RepeatCall, RepeatRecord
from assigner.vcf.repeats.cnv_tr import CNV_TR
from assigner.vcf.repeats.expansion_hunter import EXPANSION_HUNTER
from assigner.vcf.repeats.gangstr import GANGSTR
from assigner.vcf.repeats.hipstr import HIPSTR
from assigner.vcf.repeats.straglr import STRAGLR
from assigner.vcf.repeats.support import RepeatSupport, supported
from assigner.vcf.repeats.trgt import TRGT
from assigner.vcf.scan.headers import Header

__all__ = [
    "CALLERS",
    "HIDES_BASES",
    "NOT_STRUCTURAL",
    "Marks",
    "RepeatCall",
    "RepeatCaller",
    "RepeatSupport",
    "holds_repeats",
    "repeat_call",
    "repeat_support",
]

CALLERS: Final = (TRGT, CNV_TR, GANGSTR, EXPANSION_HUNTER, STRAGLR, HIPSTR, ADVNTR)
"""Every caller; the first that recognises a record reads it."""

HIDES_BASES: Final = Marks.any_of(caller.hides_bases for caller in CALLERS)
"""The marks of records whose GT 0 does not say that the reference's bases stand there."""

NOT_STRUCTURAL: Final = Marks.any_of(caller.not_structural for caller in CALLERS)
"""The marks of records that could be taken for structural variants, and are of repeats."""


def holds_repeats(header: Header) -> bool:
    """Whether a header shows that its file is made of repeat calls."""
    return any(caller.declared_by(header) for caller in CALLERS)


def repeat_call(record: Record) -> RepeatCall | None:
    """The repeat call in a record, or None when the record is not about a repeat."""
    own = RepeatRecord.of(record)
    caller = _caller(own)
    return None if caller is None else caller.read(own)


def repeat_support(record: Record) -> RepeatSupport:
    """What a record says for the sizes in it."""
    own = RepeatRecord.of(record)
    caller = _caller(own)
    return RepeatSupport() if caller is None else supported(own, caller.support)


def _caller(record: RepeatRecord) -> RepeatCaller | None:
    return next((caller for caller in CALLERS if caller.recognises(record)), None)
