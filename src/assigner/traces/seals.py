"""Writes a whole trace in canonical JSON, with its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from assigner.canonical import canonical, keyed

SCHEMA_VERSION = "1.3"
"""The version of the traces that are written."""


def sealed(plain: Mapping[str, Any], written: Mapping[str, Iterable[bytes]]) -> bytes:
    """A trace in canonical JSON, from plain values and already written parts, with the digest added."""
    late = bytes.fromhex("ff")  # a placeholder that JSON cannot contain
    pieces = list(keyed(plain, {**written, "digest": (late,)}))
    at = next(at for at, piece in enumerate(pieces) if piece is late)
    digest = hashlib.sha256()
    for piece in (*pieces[: at - 1], *pieces[at + 1 :]):  # without the key and its value
        digest.update(piece)
    pieces[at] = canonical(digest.hexdigest())
    return b"".join(pieces)


def digest_in(written: bytes, digest: str) -> str | None:
    """Compute the digest of a trace's bytes without their digest field; None if the field is not found exactly once."""
    before, *after = written.split(b'"digest":%b,' % canonical(digest))
    return hashlib.sha256(before + after[0]).hexdigest() if len(after) == 1 else None
