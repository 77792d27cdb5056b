"""Conversion of traces of schemas 1.0 to 1.2 to the current schema and back.

Up to 1.2 an unknown finding had no `why`. Up to 1.1 a trace had no grade and no accrual, and a finding about a whole
gene had the gene as its locus. In 1.0 decisive unknown findings and findings to test were written in full, not by
index, and listed places without data were among the loci.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import ConfigDict

from assigner.traces.schema import FindingRecord, Listed, LocusRecord, Record

Parts = dict[str, Any]

SINCE_1_2 = ("grade", "accrual", "stability")
"""The keys that were added in version 1.2."""
Question = tuple[str, str, tuple[str, ...]]


class _Part(Record):
    """The fields that changed since; all others are checked as in the current schema."""

    model_config = ConfigDict(extra="allow")


class _Named(Record):
    criterion: str
    gene: str
    loci: list[str]
    carrier_ppm: int


class _Tests(_Part):
    findings: list[_Named]


class _Findings(_Part):
    unknown: list[FindingRecord]


class _Panel(Record):
    gene: str
    states: dict[str, int]


class _Trace(_Part):
    decisive_unknowns: list[_Named]
    to_test: _Tests
    findings: _Findings
    loci: list[LocusRecord]
    panel: list[_Panel]


class _Asked(FindingRecord):
    """An unknown finding up to 1.2."""

    carrier_ppm: int | None


class _Answers(_Part):
    unknown: list[_Asked]


class _Answered(_Part):
    findings: _Answers


def from_1_2(value: Any) -> Parts:
    """Convert a trace of schema 1.2 to the current schema; fields that it lacks are None.

    Raises:
        pydantic.ValidationError: when it is not such a trace.
    """
    old = _Answered.model_validate(value).findings
    unknown = [finding.model_dump(mode="json") | {"why": None} for finding in old.unknown]
    return {**value, "findings": {**value["findings"], "unknown": unknown, "why": None}}


def as_1_2(parts: Parts) -> Parts:
    """Convert a trace to schema 1.2: findings without `why`, inputs without `part`."""
    unknown = [_without(finding, "why") for finding in parts["findings"]["unknown"]]
    findings = _without(parts["findings"], "why") | {"unknown": unknown}
    return parts | {"findings": findings, "inputs": [_without(each, "part") for each in parts["inputs"]]}


def from_1_1(value: Any) -> Parts:
    """Convert a trace of schema 1.1 to 1.2; fields that it lacks are None."""
    return {**value, **dict.fromkeys(SINCE_1_2)}


def as_1_1(parts: Parts) -> Parts:
    """Convert a trace of schema 1.2 to 1.1: a finding about a whole gene has the gene as its locus."""
    findings = {
        truth: [each | {"loci": each["loci"] or [each["gene"]]} for each in parts["findings"][truth]]
        for truth in ("true", "unknown")
    }
    without_later = {key: value for key, value in parts.items() if key not in SINCE_1_2}
    return without_later | {"findings": parts["findings"] | findings}


def from_1_0(value: Any) -> Parts:
    """Convert a trace of schema 1.0 to 1.1; fields that it lacks are None.

    Raises:
        pydantic.ValidationError: when it is not such a trace.
    """
    old = _Trace.model_validate(value)
    places = {_question(finding): at for at, finding in enumerate(old.findings.unknown)}
    chances = {_question(each): each.carrier_ppm for each in (*old.decisive_unknowns, *old.to_test.findings)}
    unknown = [
        finding.model_dump(mode="json") | {"carrier_ppm": chances.get(_question(finding))}
        for finding in old.findings.unknown
    ]
    no_data: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for locus in filter(_has_no_data, old.loci):
        no_data[locus.gene].setdefault(locus.kind, []).append(locus.id)
    return {
        **value,
        "decisive_unknowns": _places(old.decisive_unknowns, places),
        "to_test": old.to_test.model_dump(mode="json") | {"findings": _places(old.to_test.findings, places)},
        "findings": old.findings.model_dump(mode="json") | {"unknown": unknown},
        "loci": [locus.model_dump(mode="json") for locus in old.loci if not _has_no_data(locus)],
        "panel": [{**each.model_dump(mode="json"), "not_assessed": no_data[each.gene]} for each in old.panel],
    }


def as_1_0(parts: Parts) -> Parts:
    """Convert a trace of schema 1.1 to 1.0."""
    unknown = parts["findings"]["unknown"]
    named = [{key: finding[key] for key in _Named.model_fields} for finding in unknown]
    no_data = [
        _without_data(name, panel["gene"], kind)
        for panel in parts["panel"]
        for kind, names in panel["not_assessed"].items()
        for name in names
    ]
    return parts | {
        "decisive_unknowns": [named[at] for at in parts["decisive_unknowns"]],
        "to_test": parts["to_test"] | {"findings": [named[at] for at in parts["to_test"]["findings"]]},
        "findings": parts["findings"] | {"unknown": [_without(finding, "carrier_ppm") for finding in unknown]},
        "loci": sorted([*parts["loci"], *no_data], key=lambda locus: (locus["kind"], locus["gene"], locus["id"])),
        "panel": [_without(panel, "not_assessed") for panel in parts["panel"]],
    }


def _places(named: Iterable[_Named], places: Mapping[Question, int]) -> list[int]:
    """The indexes of findings; one that is not found is left out, so that comparing the trace with its form fails."""
    return [places[_question(each)] for each in named if _question(each) in places]


def _question(finding: _Named | FindingRecord) -> Question:
    return finding.criterion, finding.gene, tuple(finding.loci)


def _has_no_data(locus: LocusRecord) -> bool:
    return locus.kind in get_args(Listed) and locus.model_dump() == _without_data(locus.id, locus.gene, locus.kind)


def _without_data(name: str, gene: str, kind: str) -> Parts:
    """The record of a listed place without data."""
    state = "not_assessed"
    more = dict.fromkeys(("why", "depth", "quality", "fraction"))
    return {"id": name, "gene": gene, "kind": kind, "state": state, "shown": state if kind == "allele" else "", **more}


def _without(parts: Parts, key: str) -> Parts:
    return {name: value for name, value in parts.items() if name != key}
