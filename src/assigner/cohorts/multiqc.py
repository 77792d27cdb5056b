"""The numbers of a summary as custom content for MultiQC: files of JSON whose names end in `_mqc.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assigner.cohorts.summaries import KNOWN, MEASURES, Summary
from assigner.reports.pages import STATES

_PARENT = {
    "parent_id": "assigner",
    "parent_name": "assigner",
    "parent_description": "Genotypes to categories to interventions. For research use only; not a medical device.",
}


NAMES = ("participants", "places")
"""The names of the two files."""


def places(page: Path) -> list[Path]:
    """The paths of the files: beside the page, with its name as prefix."""
    return [page.with_name(f"{page.stem}_{name}_mqc.json") for name in NAMES]


def contents(summary: Summary, page: Path) -> dict[Path, bytes]:
    """The files and their contents: a table of participants, and how well listed places are known."""
    parts = (_participants(summary), _places(summary))
    return {path: f"{json.dumps(part, indent=1)}\n".encode() for path, part in zip(places(page), parts, strict=True)}


def _participants(summary: Summary) -> dict[str, Any]:
    """A MultiQC table with each participant's result and numbers."""
    twins: dict[str, list[str]] = {}
    for pair in summary.comparison.one_genome:
        for who, other in ((pair.first, pair.second), (pair.second, pair.first)):
            twins.setdefault(who, []).append(other)
    without = set(summary.comparison.without)
    keys = {what: f"number_{at}" for at, what in enumerate(MEASURES)}
    data: dict[str, dict[str, Any]] = {}
    for row in summary.rows:
        who = str(row["participant"])
        cells: dict[str, Any] = {name: row[name] for name in ("outcome", "category", "provisional", "reasons", "error")}
        cells["settled"] = None if row["settled"] is None else "yes" if row["settled"] else "no"
        if (seen := summary.seen.get(who)) is not None:
            cells |= {keys[what]: of(seen) for what, of in MEASURES.items()}
            cells["sex"] = "differs" if seen.differs_in_sex else seen.shown_sex and seen.shown_sex.value
        cells["one_genome"] = ", ".join(twins.get(who, [])) or ("not known" if who in without else "none found")
        data[who] = {name: cell for name, cell in cells.items() if cell is not None}
    headers: dict[str, Mapping[str, Any]] = {
        "outcome": {"title": "Outcome"},
        "category": {"title": "Category"},
        "provisional": {"title": "Provisional", "description": "in review, what the evidence alone would give"},
        "reasons": {"title": "Reasons"},
        "settled": {"title": "Settled", "description": "whether nothing that is unknown could overturn the result"},
        **{keys[what]: {"title": what, "format": "{:,.0f}"} for what in MEASURES},
        "sex": {"title": "Sex", "description": "shown by the calls on X and Y; differs: from what is declared"},
        "one_genome": {"title": "One genome with", "description": "participants who meet as the same genome"},
        "error": {"title": "Error"},
    }
    return {
        "id": "assigner_participants",
        **_PARENT,
        "section_name": "Participants",
        "description": "What each participant is assigned to, and what is known.",
        "plot_type": "table",
        "pconfig": {
            "id": "assigner_participants_table",
            "title": "assigner: participants",
            "col1_header": "Participant",
        },
        "headers": headers,
        "data": data,
    }


def _places(summary: Summary) -> dict[str, Any]:
    """A MultiQC bar graph of how well listed places are known."""
    return {
        "id": "assigner_places",
        **_PARENT,
        "section_name": "Listed places",
        "description": "How well the places of the rule set's listed alleles are known.",
        "plot_type": "bargraph",
        "pconfig": {"id": "assigner_places_plot", "title": "assigner: listed places", "ylab": "places"},
        "categories": {state: {"name": STATES[state].partition(":")[0]} for state in KNOWN},
        "data": {who: {state: seen.known.get(state, 0) for state in KNOWN} for who, seen in summary.seen.items()},
    }
