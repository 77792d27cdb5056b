"""Which filters a record failed, by FILTER, the sample's FT, and GATK's status of each allele."""

from __future__ import annotations

from assigner.rules.schema import Gates
from assigner.vcf.records.parsing import CODES
from assigner.vcf.records.record import Record

ALLELE_FILTERS = "AS_FilterStatus"
"""GATK's key of INFO with a status for each ALT."""

_PASSED = frozenset({"", ".", "NA", "PASS", "SITE"})


def accepts_filter(text: str, gates: Gates) -> bool | None:
    """Whether a value of FILTER is accepted; None of a text that is none."""
    if text == ".":
        return gates.accepts_unfiltered
    return {*text.split(";")} <= {"PASS", *gates.filters} if CODES.fullmatch(text) else None


def failed_filters(record: Record, gates: Gates) -> frozenset[str]:
    """The codes of FILTER and of FT that the rule set does not accept."""
    codes = {*record.filters}
    if "FT" in record.sample:
        codes |= {*record.sample["FT"].split(";")} - {"."}
    return frozenset(codes - {"PASS", *gates.filters})


def fails_alone(record: Record, allele: int) -> str | None:
    """Why an allele, by its number from 1, did not pass though its record did, if so.

    FILTER is that of the best allele (GATK's header line of AS_FilterStatus), so another one may have failed. Where
    none has passed by its own status, FILTER has another threshold and stands, if there is one. ApplyVQSR puts a comma
    between alleles; FilterMutectCalls `|`, and a comma between the filters of one.
    """
    if ALLELE_FILTERS not in record.info:
        return None
    text = record.info[ALLELE_FILTERS]
    statuses = text.split("|" if "|" in text or len(record.alts) == 1 else ",")
    failed = [not {status.strip() for status in each.split(",")} <= _PASSED for each in statuses]
    if not any(failed) or (all(failed) and record.filters):
        return None
    if len(statuses) != len(record.alts):
        return f"{ALLELE_FILTERS} that has not one status for each ALT"
    return f"filter {statuses[allele - 1]} ({ALLELE_FILTERS})" if failed[allele - 1] else None
