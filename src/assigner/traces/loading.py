"""From bytes to traces: JSON with each key once, no floats, and not too much of it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assigner.canonical import canonical
from assigner.errors import TraceError, shown
from assigner.files import Source, bytes_up_to, name_of, write_whole
from assigner.strict import each_key_once
from assigner.traces.commitments import Opening
from assigner.traces.documents import RedactedTrace, Trace, redacted_of, trace_of

MOST_BYTES = 64_000_000


def parse_trace(source: bytes | str, name: str = "trace") -> Trace:
    """Read a trace.

    Args:
        source: its bytes, or its text.
        name: what to call it in errors.

    Raises:
        TraceError: when it is not JSON, too large or deep, repeats a key, or is not a trace of a known version. A
            digest that does not fit is no error here: see `Trace.is_intact`.
    """
    return trace_of(_json(source, name), name)


def is_redacted(source: bytes | str) -> bool:
    """Whether these bytes are a redacted trace's, by what they say of their schema.

    Raises:
        TraceError: when they are no JSON.
    """
    value = _json(source, "trace")
    return isinstance(value, dict) and str(value.get("schema_version", "")).startswith("redacted-")


def read_redacted(source: Source) -> RedactedTrace:
    """Read a redacted trace from a path, an open binary file or its bytes.

    Raises:
        TraceError: as `read_trace`.
    """
    name = name_of(source, "redacted trace")
    return redacted_of(_json(bytes_of(source), name), name)


def write_openings(openings: Mapping[str, Opening], path: str | os.PathLike[str]) -> None:
    """Write openings to a file readable by its owner only: who holds it holds the whole trace."""
    write_whole(Path(path), canonical({key: opening.form for key, opening in openings.items()}))


def read_openings(source: Source) -> dict[str, Opening]:
    """Read openings, all of a redacted trace or some, from a path, an open binary file or their bytes.

    Raises:
        TraceError: when they cannot be read, or are not written as `write_openings` does.
    """
    name = name_of(source, "openings")
    value = _json(bytes_of(source), name)
    if not isinstance(value, dict):
        raise TraceError(name, "openings by key", type(value).__name__)
    return {key: Opening.from_form(form, f"{name}: {key}") for key, form in value.items()}


def _json(source: bytes | str, name: str) -> Any:
    """JSON with each key once, without floats, and not too much of it."""
    if not isinstance(source, bytes | str):
        raise TraceError(name, "bytes or text", type(source).__name__)
    if len(source) > MOST_BYTES:
        raise TraceError(name, f"at most {MOST_BYTES} bytes", str(len(source)))
    try:
        return json.loads(
            source if isinstance(source, str) else source.decode("utf-8"),
            object_pairs_hook=each_key_once,
            parse_int=_safe_int,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except UnicodeDecodeError as error:
        raise TraceError(name, "UTF-8", f"byte {source[error.start]:#04x} at {error.start}") from error
    except RecursionError as error:
        raise TraceError(name, "JSON of a trace's depth", "deeper nesting") from error
    except ValueError as error:
        raise TraceError(name, "JSON with each key once and no floats", shown(str(error))) from error


def read_trace(source: Source) -> Trace:
    """Read a trace from a path, an open binary file or its bytes.

    Raises:
        TraceError: as `parse_trace`, and when the file cannot be read.
    """
    return parse_trace(bytes_of(source), name_of(source, "trace"))


def bytes_of(source: Source) -> bytes:
    """The bytes of a trace, one more than the most that are read when it is larger.

    Raises:
        TraceError: when it cannot be read.
    """
    return bytes_up_to(MOST_BYTES, source, TraceError, "trace")


def _safe_int(text: str) -> int:
    if len(text) > 17 or abs(int(text)) >= 2**53:  # RFC 8785 writes no larger ones
        raise ValueError("a whole number beyond 2**53")
    return int(text)


def _no_float(_: str) -> None:
    raise ValueError("a number that is not whole")
