"""The formats of others that an assignment can be written in: each is one module, and one member here."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING, Any, assert_never

if TYPE_CHECKING:
    from assigner.rules import Rules
    from assigner.traces import Trace


class Format(enum.StrEnum):
    """A format; its module and the library that checks it are loaded when it is used."""

    PHENOPACKET = "phenopacket"
    FHIR_R4 = "fhir-r4"
    FHIR_R5 = "fhir-r5"
    PROV = "prov"


def export(
    kind: Format,
    trace: Trace,
    rules: Rules,
    *,
    at: datetime | None = None,
    disease: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """The assignment in a format, as JSON values.

    Args:
        kind: the format.
        trace: the assignment's trace.
        rules: the rule set that decided it.
        at: when it was decided or issued; a trace has no time.
        disease: id and label of the trial's disease; only a Phenopacket holds it.

    Raises:
        TraceError: when the trace was changed, another rule set decided it, or the format cannot hold it.
        InputError: when the extra `interchange` is not installed, or the time has no zone.
    """
    match kind:
        case Format.PHENOPACKET:
            from assigner.exports.phenopackets import phenopacket

            return phenopacket(trace, rules, at=at, disease=disease)
        case Format.FHIR_R4 | Format.FHIR_R5:
            from assigner.exports.fhir import bundle

            return bundle(trace, rules, release="R4" if kind is Format.FHIR_R4 else "R5", at=at)
        case Format.PROV:
            from assigner.exports.prov import provenance

            return provenance(trace, rules, at=at)
        case _:
            assert_never(kind)
