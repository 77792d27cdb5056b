"""The writing of a whole trace: its parts in canonical JSON, and the digest over all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from assigner.canonical import canonical, keyed

SCHEMA_VERSION = "1.3"
"""The version of the traces that are written."""


def sealed(plain: Mapping[str, Any], written: Mapping[str, Iterable[bytes]]) -> bytes:
    """A trace of plain values and of parts that have been written in pieces, with the digest over all of them."""
    late = bytes.fromhex("ff")  # in no JSON
    pieces = list(keyed(plain, {**written, "digest": (late,)}))
    at = next(at for at, piece in enumerate(pieces) if piece is late)
    digest = hashlib.sha256()
    for piece in (*pieces[: at - 1], *pieces[at + 1 :]):  # without the key and its value
        digest.update(piece)
    pieces[at] = canonical(digest.hexdigest())
    return b"".join(pieces)


def digest_in(written: bytes, digest: str) -> str | None:
    """The digest of a sealed trace's bytes without the one that stands in them; None when that is not found once."""
    before, *after = written.split(b'"digest":%b,' % canonical(digest))
    return hashlib.sha256(before + after[0]).hexdigest() if len(after) == 1 else None
