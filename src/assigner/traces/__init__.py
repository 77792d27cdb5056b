"""The trace: everything that led to an outcome, as canonical JSON with its own digest."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assigner.traces.documents import SHOWN, RedactedTrace, Trace, digest_of
    from assigner.traces.loading import (
        MOST_BYTES,
        bytes_of,
        is_redacted,
        parse_sealed,
        parse_trace,
        read_openings,
        read_redacted,
        read_trace,
        write_openings,
    )
    from assigner.traces.schema import CheckRecord, FindingRecord, LocusRecord, Record, ScoreRecord, TierRecord
    from assigner.traces.seals import SCHEMA_VERSION, sealed

__all__ = [
    "MOST_BYTES",
    "SCHEMA_VERSION",
    "SHOWN",
    "CheckRecord",
    "FindingRecord",
    "LocusRecord",
    "Record",
    "RedactedTrace",
    "ScoreRecord",
    "TierRecord",
    "Trace",
    "bytes_of",
    "digest_of",
    "is_redacted",
    "parse_sealed",
    "parse_trace",
    "read_openings",
    "read_redacted",
    "read_trace",
    "sealed",
    "write_openings",
]

_HOMES = {
    "seals": ("SCHEMA_VERSION", "sealed"),
    "documents": ("SHOWN", "RedactedTrace", "Trace", "digest_of"),
    "schema": ("CheckRecord", "FindingRecord", "LocusRecord", "Record", "ScoreRecord", "TierRecord"),
    "loading": (),
}


def __getattr__(name: str) -> Any:
    """Import a name on first use, so that writing a trace does not import the models that read one."""
    if name in _HOMES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((home for home, names in _HOMES.items() if name in names), "loading")
    found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_HOMES})
