"""Strict JSON, and the first fault that pydantic finds in a value."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from assigner.errors import shown


def first_fault(error: ValidationError) -> tuple[str, str, str]:
    """Where the first fault of a validation is, what was expected and what was got; the whole has no place."""
    detail = error.errors(include_url=False)[0]
    return ".".join(map(str, detail["loc"])), detail["msg"], shown(detail["input"])


def each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of a JSON text, for `json.loads`.

    Raises:
        ValueError: a key stands twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found
