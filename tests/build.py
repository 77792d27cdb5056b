"""Files written by hand, byte for byte: no other library's writer stands between a test and its input."""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Iterable, Sequence

END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def bgzf_block(data: bytes, *, level: int = 6, extra: bytes = b"") -> bytes:
    """One BGZF block; `extra` goes into its extra field before BGZF's own."""
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    head = struct.pack("<4B4xBBH", 31, 139, 8, 4, 0, 255, len(extra) + 6) + extra
    size = len(head) + 6 + len(body) + 8
    tail = struct.pack("<II", zlib.crc32(data), len(data))
    return head + b"BC" + struct.pack("<HH", 2, size - 1) + body + tail


def bgzf(data: bytes, *, block: int = 65280, cuts: Iterable[int] = (), end: bool = True, level: int = 6) -> bytes:
    """A BGZF file; its blocks end at each `block` bytes and at `cuts`."""
    bounds = sorted({*range(0, len(data), block), *(cut for cut in cuts if cut < len(data)), len(data)})
    parts = [bgzf_block(data[a:b], level=level) for a, b in itertools.pairwise(bounds)]
    return b"".join(parts) + (END if end else b"")


def gzip(data: bytes, *, cuts: Iterable[int] = ()) -> bytes:
    """An ordinary gzip file, with a member for each stretch between `cuts`."""
    bounds = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    parts = []
    for a, b in itertools.pairwise(bounds):
        deflate = zlib.compressobj(6, zlib.DEFLATED, 31)
        parts.append(deflate.compress(data[a:b]) + deflate.flush())
    return b"".join(parts)


def header(
    *,
    version: str = "4.2",
    contigs: Sequence[str] = (),
    samples: Sequence[str] = ("S1",),
    meta: Sequence[str] = ('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',),
) -> bytes:
    """A VCF's header; a contig is given as `name` or `name,length=..`."""
    columns = [
        "#CHROM",
        "POS",
        "ID",
        "REF",
        "ALT",
        "QUAL",
        "FILTER",
        "INFO",
        *(["FORMAT", *samples] if samples else []),
    ]
    lines = [
        f"##fileformat=VCFv{version}",
        *meta,
        *(f"##contig=<ID={contig}>" for contig in contigs),
        "\t".join(columns),
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def record(
    chrom: str = "1",
    pos: int | str = 100,
    ref: str = "A",
    alt: str = "C",
    *,
    info: str = ".",
    samples: Sequence[str] = ("0/1",),
    keys: str = "GT",
) -> bytes:
    """One record, with its line end."""
    columns = [chrom, str(pos), ".", ref, alt, ".", "PASS", info, *([keys, *samples] if samples else [])]
    return ("\t".join(columns) + "\n").encode()
