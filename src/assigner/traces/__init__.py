"""The trace: everything that led to an outcome, as canonical JSON with its own digest."""

from assigner.traces.documents import SCHEMA_VERSION, SHOWN, RedactedTrace, Trace, digest_of, sealed
from assigner.traces.loading import (
    MOST_BYTES,
    bytes_of,
    is_redacted,
    parse_trace,
    read_openings,
    read_redacted,
    read_trace,
    write_openings,
)
from assigner.traces.schema import CheckRecord, FindingRecord, LocusRecord, Record, ScoreRecord, TierRecord

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
    "parse_trace",
    "read_openings",
    "read_redacted",
    "read_trace",
    "sealed",
    "write_openings",
]
