"""Reads traces from bytes: JSON without repeated keys or floats, up to `MOST_BYTES`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assigner.canonical import canonical
from assigner.errors import TraceError
from assigner.files import Source, bytes_up_to, name_of, write_whole
from assigner.mistaken import Sort, sort_of
from assigner.strict import loosely_keyed, whole_json_in
from assigner.traces.commitments import Opening
from assigner.traces.documents import RedactedTrace, Trace, redacted_of, trace_of
from assigner.traces.seals import digest_in

MOST_BYTES = 64_000_000


def parse_trace(source: bytes | str, name: str = "trace") -> Trace:
    """Read a trace.

    Args:
        source: its bytes, or its text.
        name: what to call it in errors.

    Raises:
        TraceError: when it is not JSON, too large or deep, repeats a key, or is not a trace of a known version. A
            wrong digest is not an error here: see `Trace.is_intact`.
    """
    value = _json(source, name)
    try:
        return trace_of(value, name)
    except TraceError:
        # a redacted trace is not refused here: the error above names it
        _refuse_another_sort(source, name, "a trace", Sort.TRACE, Sort.REDACTED_TRACE)
        raise


def parse_sealed(written: bytes, name: str = "trace") -> Trace:
    """Read an intact trace that must be in canonical bytes.

    Valid traces take a fast path: bytes equal to the canonical form of their values cannot repeat a key, and
    their digest can be checked without writing the trace again. All others are read with `parse_trace`, for the error.

    Raises:
        TraceError: as `parse_trace`, and when the trace was modified, or its bytes differ from `Trace.to_bytes`.
    """
    found = _sealed(written)
    if found is not None:
        return found
    trace = parse_trace(written, name)
    trace.expect_intact(name)
    if trace.to_bytes() != written:
        raise TraceError(name, "canonical JSON (RFC 8785)", "other bytes of the same values")
    return trace


def _sealed(written: bytes) -> Trace | None:
    """The trace, if its bytes are canonical and its digest is correct; else None."""
    if len(written) > MOST_BYTES:
        return None
    try:
        value = loosely_keyed(written)
        trace = trace_of(value, "trace")
        is_whole = trace.is_written_as_read or trace.form() == value
        is_canonical = is_whole and canonical(value) == written
        is_sealed = is_canonical and digest_in(written, trace.digest) == trace.digest
    except (TraceError, ValueError, RecursionError):
        return None
    return trace if is_sealed else None


def is_redacted(source: bytes | str) -> bool:
    """Whether these bytes are a redacted trace, by their `schema_version`.

    Raises:
        TraceError: when they are not JSON.
    """
    value = _json(source, "trace")
    return isinstance(value, dict) and str(value.get("schema_version", "")).startswith("redacted-")


def read_redacted(source: Source) -> RedactedTrace:
    """Read a redacted trace from a path, an open binary file or its bytes.

    Raises:
        TraceError: as `read_trace`.
    """
    name = name_of(source, "redacted trace")
    return redacted_of(_json(bytes_of(source), name, "a redacted trace"), name)


def write_openings(openings: Mapping[str, Opening], path: str | os.PathLike[str]) -> None:
    """Write openings to a file that only its owner can read: with them the whole trace can be restored."""
    write_whole(Path(path), canonical({key: opening.form for key, opening in openings.items()}))


def read_openings(source: Source) -> dict[str, Opening]:
    """Read some or all openings of a redacted trace from a path, an open binary file or their bytes.

    Raises:
        TraceError: when they cannot be read, or are not in the format of `write_openings`.
    """
    name = name_of(source, "openings")
    value = _json(bytes_of(source), name, "openings by key")
    if not isinstance(value, dict):
        raise TraceError(name, "openings by key", type(value).__name__)
    return {key: Opening.from_form(form, f"{name}: {key}") for key, form in value.items()}


def _json(source: bytes | str, name: str, of: str = "a trace") -> Any:
    """Parse JSON without repeated keys or floats, up to `MOST_BYTES`.

    Args:
        source: the bytes, or the text.
        name: what errors call it.
        of: what is expected, for the error message.
    """
    if not isinstance(source, bytes | str):
        raise TraceError(name, "bytes or text", type(source).__name__)
    if len(source) > MOST_BYTES:
        raise TraceError(name, f"at most {MOST_BYTES} bytes", str(len(source)))
    try:
        return whole_json_in(source, name, "a trace", "no floats", TraceError)
    except TraceError:
        _refuse_another_sort(source, name, of, Sort.TRACE, Sort.REDACTED_TRACE, Sort.OPENINGS)
        start = source[:1000].lstrip()[:1]
        text = start.decode("latin-1") if isinstance(start, bytes) else start
        if not text.isascii() or text in set('{["-0123456789'):
            raise
        raise TraceError(name, of, "text that is no JSON" if source.strip() else "an empty file") from None


def _refuse_another_sort(source: bytes | str, name: str, of: str, *accepted: Sort) -> None:
    """Refuse a file of another kind, and name the command that reads it."""
    sort = sort_of(source if isinstance(source, bytes) else source.encode("utf-8", "replace"))
    if sort is not None and sort not in accepted:
        raise TraceError(name, of, sort.advice) from None


def read_trace(source: Source) -> Trace:
    """Read a trace from a path, an open binary file or its bytes.

    Raises:
        TraceError: as `parse_trace`, and when the file cannot be read.
    """
    return parse_trace(bytes_of(source), name_of(source, "trace"))


def bytes_of(source: Source) -> bytes:
    """The bytes of a trace; at most `MOST_BYTES` + 1 are read.

    Raises:
        TraceError: when it cannot be read.
    """
    return bytes_up_to(MOST_BYTES, source, TraceError, "trace")
