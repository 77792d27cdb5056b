"""BGZF and its index, written without a library: the same bytes everywhere."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence


def blocks(text: bytes) -> bytes:
    """BGZF of stored blocks: the same bytes with every version of zlib."""
    parts = []
    for at in range(0, len(text), 65000):
        part = text[at : at + 65000]
        body = struct.pack("<BHH", 1, len(part), len(part) ^ 0xFFFF) + part
        head = struct.pack("<4B4xBBH2sHH", 31, 139, 8, 4, 0, 255, 6, b"BC", 2, len(body) + 25)
        parts.append(head + body + struct.pack("<II", zlib.crc32(part), len(part)))
    return b"".join(parts) + bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def place_of(offset: int) -> int:
    """The virtual offset of a byte of the text in such a file: a block's place, and the byte in it."""
    return (offset // 65000 * (65000 + 31)) << 16 | offset % 65000


def bin_of(start: int, end: int) -> int:
    """The smallest bin of the UCSC scheme that holds a stretch (from 0, end excluded)."""
    end -= 1
    for shift, first in ((14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)):
        if start >> shift == end >> shift:
            return first + (start >> shift)
    return 0


def tabix(head: str, lines: Sequence[str], spans: Sequence[tuple[int, int]]) -> bytes:
    """The .tbi of a file whose rows are these lines, in order, without the linear index, which only saves time.

    Args:
        head: the text before the first line.
        lines: the rows, each with its line feed.
        spans: of each row its first and last base, 1-based.
    """
    names = list(dict.fromkeys(line.split("\t", 1)[0] for line in lines))
    text = b"".join(name.encode() + b"\0" for name in names)
    out = struct.pack("<4s8i", b"TBI\1", len(names), 2, 1, 2, 0, ord("#"), 0, len(text)) + text
    at, spots = len(head.encode()), []
    for line, (first, last) in zip(lines, spans, strict=True):
        begin, stop = place_of(at), place_of(at + len(line.encode()))
        spots.append((line.split("\t", 1)[0], first - 1, last, begin, stop))
        at += len(line.encode())
    for name in names:
        own = [spot for spot in spots if spot[0] == name]
        bins: dict[int, list[tuple[int, int]]] = {}
        for _, start, end, begin, stop in own:
            bins.setdefault(bin_of(start, end), []).append((begin, stop))
        out += struct.pack("<i", len(bins))
        for number, chunks in sorted(bins.items()):
            out += struct.pack("<Ii", number, len(chunks)) + b"".join(struct.pack("<QQ", *chunk) for chunk in chunks)
        out += struct.pack("<i", 0)
    return blocks(out)
