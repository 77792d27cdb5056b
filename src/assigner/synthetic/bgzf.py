"""BGZF and its index, written without a library: the same bytes everywhere."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from assigner.texts import BGZF_END

BLOCK = 65000
"""The number of bytes of the text in a block."""

_AROUND = 31
"""The number of bytes around the text of a stored block."""


def stored(text: bytes) -> bytes:
    """Up to 65,535 bytes in the form of DEFLATE that compresses nothing: no version of zlib decides the bytes."""
    return struct.pack("<BHH", 1, len(text), len(text) ^ 0xFFFF) + text


def block_of(text: bytes, deflate: Callable[[bytes], bytes] = stored, extra: bytes = b"") -> bytes:
    """One block of BGZF.

    Args:
        text: what is in it.
        deflate: how it is compressed.
        extra: goes into the extra field before BGZF's own part.
    """
    body = deflate(text)
    head = struct.pack("<4B4xBBH", 31, 139, 8, 4, 0, 255, len(extra) + 6) + extra
    size = len(head) + 6 + len(body) + 8
    return head + b"BC" + struct.pack("<HH", 2, size - 1) + body + struct.pack("<II", zlib.crc32(text), len(text))


def bgzf(
    text: bytes, deflate: Callable[[bytes], bytes] = stored, *, block: int = BLOCK, cuts: Iterable[int] = ()
) -> bytes:
    """A BGZF file; its blocks end after each `block` bytes and at `cuts`."""
    bounds = sorted({*range(0, len(text), block), *(cut for cut in cuts if cut < len(text)), len(text)})
    return b"".join(block_of(text[start:end], deflate) for start, end in pairwise(bounds)) + BGZF_END


def virtual_offset(offset: int) -> int:
    """Where a byte of the text is in a file of stored blocks: the place of its block, and the byte in it."""
    return (offset // BLOCK * (BLOCK + _AROUND)) << 16 | offset % BLOCK


def bin_of(start: int, end: int) -> int:
    """The smallest bin of the UCSC scheme that holds a span (from 0, end excluded)."""
    end -= 1
    for shift, first in ((14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)):
        if start >> shift == end >> shift:
            return first + (start >> shift)
    return 0


def tabix(header: str, rows: Sequence[tuple[str, int, int]]) -> bytes:
    """The .tbi of a file of stored blocks, without the linear index, which only saves time.

    Args:
        header: the text before the first row.
        rows: the lines in order, each with its line feed, its first and its last base (1-based).
    """
    at = len(header.encode())
    bins: dict[str, dict[int, list[tuple[int, int]]]] = {}
    for line, first, last in rows:
        begin, at = at, at + len(line.encode())
        own = bins.setdefault(line.split("\t", 1)[0], {})
        own.setdefault(bin_of(first - 1, last), []).append((virtual_offset(begin), virtual_offset(at)))
    names = b"".join(name.encode() + b"\0" for name in bins)
    out = struct.pack("<4s8i", b"TBI\1", len(bins), 2, 1, 2, 0, ord("#"), 0, len(names)) + names
    for own in bins.values():
        out += struct.pack("<i", len(own))
        for number, chunks in sorted(own.items()):
            out += struct.pack("<Ii", number, len(chunks)) + b"".join(struct.pack("<QQ", *chunk) for chunk in chunks)
        out += struct.pack("<i", 0)
    return bgzf(out)
