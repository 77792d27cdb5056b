"""Stranger's word on a repeat (INFO/STR_STATUS), beside the sizes of which it says it.

Stranger writes the gravest status of a record's alleles, older versions one for each ALT, and the two sizes that part
them: up to STR_NORMAL_MAX an allele is `normal`, from STR_PATHOLOGIC_MIN on a `full_mutation`, else a `pre_mutation`.
ALTs may be those of other samples; where there is none it writes `normal`. Of TRGT's records it counts all samples'
motifs, so they are compared in a file of one sample where the record has one motif.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from assigner.vcf.records.numbers import decimal_of
from assigner.vcf.records.record import Record
from assigner.vcf.repeats.calls import RepeatCall

STATUS = "STR_STATUS"
_GRAVE = ("normal", "pre_mutation", "full_mutation")


def status_against(record: Record, call: RepeatCall, normal: int | None) -> str | None:
    """Why Stranger's word and the sizes beside it cannot both be right, if so.

    Args:
        record: the record; one that was put together from rows has the words of all of them.
        call: the repeat call in it.
        normal: up to how many units the rule set calls an allele normal, where the record does not say it itself.
    """
    said = {word for word in record.info.get(STATUS, ".").split(",") if word != "."}
    sizes = [size for size in call.shown if size is not None]
    if not said or not sizes:
        return None
    why = f"{STATUS} says otherwise than the sizes"
    limits = [decimal_of(record.info.get(key, ".")) for key in ("STR_NORMAL_MAX", "STR_PATHOLOGIC_MIN")]
    if None in limits:
        return why if "full_mutation" in said and max(sizes) <= (normal or 0) else None
    least, most = (int(limit) for limit in limits if limit is not None)
    symbolic = [int(found[1]) for alt in record.alts if (found := re.fullmatch("<STR([0-9]{1,9})>", alt))]
    if len(symbolic) < len(record.alts) and not (record.alone and "," not in record.info.get("MOTIFS", "")):
        return None
    own = {_status(size, least, most) for size in (symbolic or sizes)} if record.alts else {"normal"}
    of_sizes = {_status(size, least, most) for size in sizes}
    return None if said in (own, _gravest(own), _gravest(of_sizes)) else why


def _status(size: int, least: int, most: int) -> str:
    return _GRAVE[0] if size <= least else _GRAVE[1] if size < most else _GRAVE[2]


def _gravest(statuses: Iterable[str]) -> set[str]:
    return {max(statuses, key=_GRAVE.index)}
